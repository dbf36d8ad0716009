//! The loop of a screen's wallboard: a program of its own, small enough for the computers that hang behind screens. It has a feed and
//! nothing else: no phone, no session, no form.

use std::rc::Rc;

use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen_futures::spawn_local;

use super::TICK_MS;
use super::inbox::{Inbox, Loop};
use super::shared;
use crate::desk::settings::Language;
use crate::desk::wall::{Effect, Event, Start, Wall};
use crate::driver::clock::{Clock, Timer};
use crate::driver::feed::{self, Feed};
use crate::driver::page::Page;
use crate::driver::{page, random, storage, wall};
use crate::i18n::I18n;
use crate::store::{AskWall, WallAsk, WallStores};

enum Input {
    Wall(Event),
    Ask(WallAsk),
    Feed(feed::Event),
    Page(page::Event),
}

/// The parts.
struct Runner {
    stores: WallStores,
    inbox: Rc<Inbox<Runner>>,
    wall: Wall,
    clock: Clock,
    tick: Option<Timer>,
    feed: Feed,
    _page: Page,
    _address: wall::Address,
}

/// Mounts `view` and starts its loop.
pub fn start<V: IntoView + 'static>(view: fn() -> V) {
    page::install_fault_screen();
    wall::keep_awake();
    mount_to_body(move || {
        let stores = WallStores::new();
        let inbox = Inbox::<Runner>::new();
        let clock = Clock::new();
        let mut runner = Runner {
            stores,
            inbox: inbox.clone(),
            wall: Wall::default(),
            tick: None,
            feed: Feed::new(feed::OF_SCREEN, inbox.sink(Input::Feed)),
            _page: Page::new(inbox.sink(Input::Page)),
            _address: wall::Address::new(inbox.sink(|token| Input::Wall(Event::Came(token)))),
            clock,
        };
        let seed = random::seed().map_or(1, |seed| seed.iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte)));
        let start = Start {
            settings: shared::saved_settings(),
            languages: page::languages(),
            token: wall::token(),
            by_queue: storage::load_layout(),
            seed,
        };
        // Before the first frame, so that no other language is ever seen.
        runner.step(Input::Wall(Event::Started(start)));
        runner.publish();
        inbox.serve(runner);
        inbox.push(Input::Wall(Event::Tick));
        provide_context(stores);
        provide_context(stores.board);
        let language = stores.settings.memo(|settings| settings.language.unwrap_or(Language::En));
        provide_context(I18n::new(language.into()));
        let asks = SendWrapper::new(inbox);
        provide_context(AskWall::new(move |ask| asks.push(Input::Ask(ask))));
        provide_context(shared::platform());
        view()
    });
}

impl Loop for Runner {
    type Input = Input;

    /// A browser fills the screen only in the turn in which somebody pressed the button.
    fn at_once(input: &Input) -> bool {
        matches!(input, Input::Ask(WallAsk::FullScreen))
    }

    fn step(&mut self, input: Input) -> bool {
        let event = match input {
            Input::Wall(event) => event,
            Input::Ask(WallAsk::Layout { by_queue }) => Event::Layout { by_queue },
            Input::Ask(WallAsk::FullScreen) => {
                wall::fill_screen();
                return false;
            }
            Input::Feed(feed::Event::Frame(frame)) => Event::Frame(frame),
            Input::Feed(feed::Event::Closed { signed_out }) => Event::Closed { ended: signed_out },
            Input::Page(page::Event::Visible) => {
                wall::keep_awake();
                Event::Shown
            }
            Input::Page(page::Event::Online) => Event::Shown,
            // Colours follow the style sheet alone; without a network the feed says so itself.
            Input::Page(
                page::Event::Offline | page::Event::Hidden | page::Event::Gesture | page::Event::Leaving | page::Event::SystemDark(_),
            ) => return false,
        };
        if matches!(event, Event::Tick) {
            let inbox = self.inbox.clone();
            self.tick = Some(self.clock.after(TICK_MS, move || inbox.push(Input::Wall(Event::Tick))));
        }
        self.wall.handle(self.clock.now(), event);
        while let Some(effect) = self.wall.poll() {
            self.perform(effect);
        }
        true
    }

    fn publish(&mut self) {
        let (stores, wall) = (self.stores, &self.wall);
        stores.board.now.put(self.clock.now());
        stores.settings.put(wall.settings().clone());
        stores.board.floor.put(wall.floor_view());
        stores.board.queues.put(wall.queue_rows().into_iter().map(|row| (row.queue.name.clone(), row)));
        stores.wall.put(wall.wall_view());
    }
}

impl Runner {
    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Ask(token) => {
                let inbox = self.inbox.clone();
                spawn_local(async move {
                    inbox.push(Input::Wall(Event::Passed(wall::pass(token).await.map_err(shared::failure))));
                });
            }
            Effect::ForgetToken => drop(wall::forget_token()),
            Effect::OpenFeed => self.feed.connect(None),
            Effect::CloseFeed => self.feed.close(),
            Effect::Send(frame) => self.feed.send(&frame),
            Effect::ApplySettings(settings) => shared::apply(&settings),
            Effect::KeepLayout(by_queue) => storage::save_layout(by_queue),
            Effect::Reload => page::reload(),
        }
    }
}
