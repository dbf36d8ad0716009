//! The only loop: driver input to the agent and the desk, their outputs to drivers and stores. Only this writes
//! stores, and only here the parts of the app meet.

mod convert;
pub mod gate;
mod inbox;
mod kept;
pub mod office;
mod perform;
mod shared;
pub mod wall;

use std::collections::VecDeque;
use std::rc::Rc;

use leptos::prelude::*;
use send_wrapper::SendWrapper;
use sip_ws::Agent;
use sip_ws::io::{self, FlowId, SocketInput};

use self::inbox::{Inbox, Loop};
use self::kept::Kept;
use self::shared::Handover;
use crate::app::App;
use crate::desk::action::Action;
use crate::desk::event::Event;
use crate::desk::view::doors::PictureView;
use crate::desk::view::session::SessionView;
use crate::desk::{Desk, event};
use crate::driver::audio::Audio;
use crate::driver::clock::{Clock, Timer};
use crate::driver::devices::Devices;
use crate::driver::feed::Feed;
use crate::driver::http::Http;
use crate::driver::page::Page;
use crate::driver::rtc::Rtc;
use crate::driver::socket::Socket;
use crate::driver::{audio, devices, feed, http, lease, loader, page, pictures, random, rtc, storage};
use crate::recorder::Recorder;
use crate::store::{Canvas, Dispatch, Media, MediaElement, MediaSource, Pictures, Stores};

/// The page's heart beat: countdowns, timers on the screen, retries that have second precision.
const TICK_MS: u64 = 1_000;

/// Mounts the page and starts the loop.
pub fn start() {
    page::install_fault_screen();
    // The sign-in page leaves here, in the same task in which the desk comes: no frame is drawn without one of them.
    let handover = loader::take_handover().and_then(|json| serde_json::from_str(&json).ok());
    mount_to_body(move || {
        let stores = Stores::new();
        let inbox = Inbox::new();
        provide(stores, &inbox);
        inbox.serve(Runner::new(stores, &inbox));
        inbox.push(Input::Start(handover));
        view! { <App /> }
    });
}

/// Contexts of all pages.
fn provide(stores: Stores, inbox: &Rc<Inbox<Runner>>) {
    provide_context(stores);
    provide_context(stores.front);
    provide_context(stores.board());
    let actions = SendWrapper::new(inbox.clone());
    provide_context(Dispatch::new(move |action| actions.push(Input::Action(action))));
    let media = SendWrapper::new(inbox.clone());
    provide_context(Media::new(move |element, source| media.push(Input::Element(element, source))));
    let pictures = SendWrapper::new(inbox.clone());
    provide_context(Pictures::new(move |canvas, door| pictures.push(Input::Canvas(canvas, door))));
    provide_context(shared::platform());
}

/// Everything that enters the loop.
enum Input {
    Start(Option<Handover>),
    /// Whether this tab is the device that it was before the page was loaded again.
    Lease(bool),
    Tick,
    AgentTimer,
    Action(Action),
    Element(MediaElement, Option<MediaSource>),
    Canvas(Canvas, Option<String>),
    Pictures(pictures::Event),
    Socket(FlowId, SocketInput),
    Rtc(rtc::Event),
    Audio(audio::Event),
    Devices(devices::Event),
    Http(http::Event),
    Feed(feed::Event),
    Page(page::Event),
}

/// The parts, and what waits between them.
struct Runner {
    stores: Stores,
    inbox: Rc<Inbox<Runner>>,
    desk: Desk,
    agent: Option<Agent>,
    /// The agent was told to stop and leaves when its socket is closed.
    agent_leaving: bool,
    agent_inputs: VecDeque<io::Input>,
    desk_events: VecDeque<Event>,
    agent_timer: Option<(u64, Timer)>,
    tick: Option<Timer>,
    recorder: Recorder,
    clock: Clock,
    socket: Socket,
    rtc: Rtc,
    audio: Audio,
    devices: Devices,
    http: Http,
    feed: Feed,
    pictures: pictures::Pictures,
    page: Page,
    metering: bool,
    /// Waits for the lease.
    handover: Option<Handover>,
    kept: Kept,
    /// Id of this tab as a SIP device.
    instance: Option<String>,
    /// What was last remembered about the session.
    remembered: Option<bool>,
}

impl Loop for Runner {
    type Input = Input;

    fn at_once(input: &Input) -> bool {
        matches!(input, Input::Page(page::Event::Leaving))
    }

    fn step(&mut self, input: Input) -> bool {
        match input {
            Input::Start(handover) => {
                self.handover = handover;
                match storage::load_instance() {
                    Some(id) => {
                        let inbox = self.inbox.clone();
                        lease::claim(&id, inbox.sink(Input::Lease));
                        self.instance = Some(id);
                        return false;
                    }
                    None => self.begin(),
                }
            }
            Input::Lease(ours) => self.leased(ours),
            Input::Tick => self.beat(),
            Input::AgentTimer => {
                self.agent_timer = None;
                self.agent_inputs.push_back(io::Input::Timer);
            }
            Input::Action(action) => {
                self.note(format!("action {action:?}"));
                self.desk_events.push_back(Event::Action(action));
            }
            Input::Element(element, source) => {
                match source {
                    Some(source) => self.rtc.attach(element, convert::source(source)),
                    None => self.rtc.detach(&element),
                }
                return false;
            }
            Input::Canvas(canvas, door) => {
                match door {
                    Some(door) => self.pictures.attach(canvas, door),
                    None => self.pictures.detach(&canvas),
                }
                self.show_pictures();
                return false;
            }
            Input::Pictures(pictures::Event::Changed) => {
                self.show_pictures();
                return false;
            }
            Input::Socket(flow, input) => {
                self.agent_inputs.push_back(io::Input::Socket(flow, input));
            }
            Input::Rtc(event) => self.media(event),
            Input::Audio(audio::Event::Level(level)) => {
                self.stores.microphone_level.put(level);
                return false;
            }
            Input::Audio(audio::Event::Begun) => self.desk_events.push_back(Event::SoundBegun),
            Input::Audio(audio::Event::Locked(locked)) => self.desk_events.push_back(Event::SoundLocked(locked)),
            Input::Audio(audio::Event::Beeped { call, heard }) => {
                self.desk_events.push_back(Event::Beeped { call: convert::key(call), heard });
            }
            Input::Devices(event) => self.device(event),
            Input::Http(event) => self.desk_events.push_back(convert::http(event)),
            Input::Feed(feed::Event::Frame(frame)) => self.desk_events.push_back(Event::Feed(frame)),
            Input::Feed(feed::Event::Closed { signed_out }) => {
                self.note("feed closed");
                self.desk_events.push_back(Event::FeedClosed { signed_out });
            }
            Input::Page(event) => self.paged(event),
        }
        self.settle();
        true
    }

    fn publish(&mut self) {
        let changed = self.desk.take_changed();
        self.stores.floor.put(self.desk.floor_view());
        if changed.all {
            self.publish_rows();
        } else {
            let (stores, desk) = (self.stores, &self.desk);
            stores.people.change(desk.people_view_of(&changed.people).into_iter().map(|row| (row.user.clone(), row)));
            stores.agents.change(desk.agent_rows_of(&changed.agents).into_iter().map(|row| (row.user.clone(), row)));
            stores.floor_queues.change(desk.floor_queue_rows_of(&changed.queues).into_iter().map(|row| (row.queue.name.clone(), row)));
        }
        if changed.all || changed.rest {
            self.publish_rest();
        }
    }
}

impl Runner {
    fn publish_rows(&self) {
        let (stores, desk) = (self.stores, &self.desk);
        stores.people.put(desk.people_view().into_iter().map(|row| (row.user.clone(), row)));
        stores.agents.put(desk.agent_rows().into_iter().map(|row| (row.user.clone(), row)));
        stores.floor_queues.put(desk.floor_queue_rows().into_iter().map(|row| (row.queue.name.clone(), row)));
    }

    fn publish_rest(&mut self) {
        self.remember_session();
        let (stores, desk) = (self.stores, &self.desk);
        self.kept.note(|call| desk.call_notes(call));
        stores.session.put(desk.session_view());
        stores.settings.put(desk.settings().clone());
        stores.devices.put(desk.device_view());
        stores.desk.put(desk.desk_view());
        stores.calls.put(desk.call_views().into_iter().map(|row| (row.call, row)));
        stores.incoming.put(desk.incoming_views().into_iter().map(|row| (row.call, row)));
        stores.work.put(desk.work_view());
        stores.visitor.put(desk.visitor_view());
        let doors = desk.door_views();
        self.pictures.stand_by(!doors.is_empty());
        stores.doors.put(doors.into_iter().map(|row| (row.id.clone(), row)));
        stores.entrances.put(desk.entrances_view());
        stores.access.put(desk.access_view());
        stores.history.put(desk.history_view());
        stores.diagnostics.put(desk.diagnostics_view());
    }

    fn new(stores: Stores, inbox: &Rc<Inbox<Runner>>) -> Runner {
        let clock = Clock::new();
        let audio = Audio::new(clock.clone(), inbox.sink(Input::Audio));
        Runner {
            stores,
            inbox: inbox.clone(),
            desk: Desk::new(),
            agent: None,
            agent_leaving: false,
            agent_inputs: VecDeque::new(),
            desk_events: VecDeque::new(),
            agent_timer: None,
            tick: None,
            recorder: Recorder::default(),
            socket: Socket::new(inbox.sink(|(flow, input)| Input::Socket(flow, input))),
            rtc: Rtc::new(clock.clone(), audio.clone(), inbox.sink(Input::Rtc)),
            audio,
            devices: Devices::new(inbox.sink(Input::Devices)),
            http: Http::new(inbox.sink(Input::Http)),
            feed: Feed::new(feed::OF_PERSON, inbox.sink(Input::Feed)),
            pictures: pictures::Pictures::new(clock.clone(), inbox.sink(Input::Pictures)),
            page: Page::new(inbox.sink(Input::Page)),
            clock,
            metering: false,
            handover: None,
            kept: Kept::default(),
            instance: None,
            remembered: None,
        }
    }

    fn leased(&mut self, ours: bool) {
        if ours {
            self.kept = Kept::load().unwrap_or_default();
        } else {
            // Another tab is that device and has those calls; here is a copy of what it kept.
            self.instance = None;
            storage::forget_shift();
        }
        self.begin();
    }

    fn begin(&mut self) {
        let (session, settings) =
            self.handover.take().map_or_else(|| (None, shared::saved_settings()), |known| (Some(known.me), known.settings));
        let seed = random::seed().map_or(1, |seed| seed.iter().fold(0, |sum, byte| (sum << 8) ^ (sum >> 56) ^ u64::from(*byte)));
        self.desk_events.push_back(Event::Started(event::Start {
            settings,
            session,
            languages: page::languages(),
            visitor: page::path().strip_prefix("/call/").filter(|queue| !queue.is_empty()).map(str::to_owned),
            online: page::online(),
            resume: self.kept.resume(),
            seed,
        }));
        self.beat();
    }

    fn beat(&mut self) {
        let inbox = self.inbox.clone();
        self.tick = Some(self.clock.after(TICK_MS, move || inbox.push(Input::Tick)));
        self.stores.now.put(self.clock.now());
        self.show_pictures();
        self.desk_events.push_back(Event::Tick);
    }

    /// Ages move on by themselves: once a second, and whenever something happens to a picture.
    fn show_pictures(&self) {
        let view = |status: pictures::Status| PictureView::of(status.age_ms, status.trouble, status.connected);
        self.stores.pictures.put(self.pictures.statuses().into_iter().map(|(door, status)| (door, view(status))));
    }

    fn media(&mut self, event: rtc::Event) {
        match event {
            rtc::Event::Media(input) => self.agent_inputs.push_back(io::Input::Media(input)),
            rtc::Event::Samples(samples) => self.desk_events.push_back(Event::Samples(convert::samples(samples))),
            rtc::Event::PlayRefused => self.desk_events.push_back(Event::PlayRefused),
            rtc::Event::Ice { call, state } => {
                self.desk_events.push_back(Event::Ice { call: convert::key(call), state });
            }
            rtc::Event::TonesPlayed { number, sent } => self.desk_events.push_back(Event::TonesPlayed { ask: number, sent }),
            rtc::Event::Odd(text) => {
                self.note(text.clone());
                self.desk_events.push_back(Event::Log(text));
            }
        }
    }

    fn device(&mut self, event: devices::Event) {
        let event = match event {
            devices::Event::Opened(kind) => {
                self.use_device(kind);
                Event::DeviceOpened(convert::kind(kind))
            }
            devices::Event::Failed(kind, fault) => {
                self.use_device(kind);
                self.note(format!("{kind:?} failed: {fault:?}"));
                Event::DeviceFailed(convert::kind(kind), convert::fault(fault))
            }
            devices::Event::Lost(kind) => {
                self.use_device(kind);
                self.note(format!("{kind:?} lost"));
                Event::DeviceLost(convert::kind(kind))
            }
            devices::Event::Allowed(kind, allowed) => Event::DeviceAllowed(convert::kind(kind), allowed),
            devices::Event::Listed(list) => Event::DevicesListed(convert::device_list(list)),
            devices::Event::Odd(text) => Event::Log(text),
        };
        self.desk_events.push_back(event);
    }

    fn paged(&mut self, event: page::Event) {
        let event = match event {
            page::Event::Online => Event::Online,
            page::Event::Offline => Event::Offline,
            page::Event::Gesture => {
                self.rtc.resume_playing();
                Event::Gesture
            }
            page::Event::Leaving => Event::Leaving,
            page::Event::SystemDark(dark) => {
                self.stores.system_dark.put(dark);
                return;
            }
            page::Event::Visible | page::Event::Hidden => return,
        };
        self.desk_events.push_back(event);
    }

    /// Runs until nobody has anything to say.
    fn settle(&mut self) {
        loop {
            if let Some(input) = self.agent_inputs.pop_front() {
                self.feed_agent(input);
            } else if let Some(event) = self.desk_events.pop_front() {
                self.desk.handle(self.clock.now(), self.clock.unix(), event);
                while let Some(effect) = self.desk.poll() {
                    self.perform(effect);
                }
            } else {
                break;
            }
        }
    }

    /// One input, then everything the agent has to say about it.
    fn feed_agent(&mut self, input: io::Input) {
        let Some(agent) = self.agent.as_mut() else { return };
        let now = self.clock.now();
        self.recorder.input(now, &input);
        agent.input(io::Millis(now), input);
        self.drain_agent();
    }

    fn drain_agent(&mut self) {
        loop {
            let Some(agent) = self.agent.as_mut() else { return };
            let output = agent.poll();
            self.recorder.output(self.clock.now(), &output);
            match output {
                io::Output::Connect { flow, url } => self.socket.connect(flow, &url),
                io::Output::Disconnect { flow } => self.socket.disconnect(flow),
                io::Output::Send { flow, bytes } => self.socket.send(flow, &bytes),
                io::Output::Media(request) => self.rtc.request(request),
                io::Output::Event(event) => {
                    if let io::Event::Ended { call, .. } = &event {
                        // A call that never came to media leaves nothing behind either.
                        self.rtc.request(io::MediaRequest::Close { call: *call });
                    }
                    let gone = self.agent_leaving && event == io::Event::Link(io::LinkState::Off);
                    self.desk_events.push_back(Event::Sip(event));
                    if gone {
                        self.agent = None;
                        self.agent_leaving = false;
                        self.agent_timer = None;
                    }
                }
                io::Output::Keep { call, stored } => {
                    let notes = self.desk.call_notes(convert::key(call));
                    self.kept.put(call, stored.map(|stored| *stored), notes);
                }
                io::Output::Wait(at) => {
                    self.wake_agent(at.map(|at| at.0));
                    return;
                }
            }
        }
    }

    fn wake_agent(&mut self, at: Option<u64>) {
        if self.agent_timer.as_ref().map(|(due, _)| *due) == at {
            return;
        }
        self.agent_timer = at.map(|due| {
            let inbox = self.inbox.clone();
            let wait = due.saturating_sub(self.clock.now());
            (due, self.clock.after(wait, move || inbox.push(Input::AgentTimer)))
        });
    }

    /// Whether the next page of this browser begins with the desk.
    fn remember_session(&mut self) {
        let signed_in = match self.desk.session_view() {
            SessionView::Starting => return,
            SessionView::SignedOut(_) => false,
            SessionView::SignedIn(_) => true,
        };
        if self.remembered != Some(signed_in) {
            self.remembered = Some(signed_in);
            self.pictures.forget();
            storage::remember_signed_in(signed_in);
        }
    }

    fn note(&mut self, text: impl Into<String>) {
        self.recorder.note(self.clock.now(), text);
    }
}
