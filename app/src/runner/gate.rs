//! The loop of the sign-in page before the desk or the office: a small program of its own, so that the form can be used while the
//! other is still on its way. It names nothing of calls, links and the other pages.

use std::any::Any;
use std::rc::Rc;

use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen_futures::spawn_local;

use super::TICK_MS;
use super::inbox::{Inbox, Loop};
use super::shared::{self, Handover};
use crate::desk::action::Action;
use crate::desk::gate::{Effect, Event, Gate};
use crate::desk::settings::Language;
use crate::desk::view::session::SessionView;
use crate::driver::clock::{Clock, Timer};
use crate::driver::page::Page;
use crate::driver::{http, loader, page};
use crate::i18n::I18n;
use crate::store::{Dispatch, Front};

enum Input {
    Gate(Event),
    Page(page::Event),
}

/// The parts. Dropping it takes the page off the screen.
struct Runner {
    front: Front,
    inbox: Rc<Inbox<Runner>>,
    gate: Gate,
    clock: Clock,
    tick: Option<Timer>,
    _page: Page,
    _mounted: Box<dyn Any>,
}

/// Mounts the sign-in page `view` and starts its loop, unless the loader has begun behind it.
pub fn start<V: IntoView + 'static>(view: fn() -> V) {
    let Some(body) = page::body().filter(|_| !loader::began_behind_gate()) else { return };
    page::install_fault_screen();
    let inbox = Inbox::<Runner>::new();
    let slot = Rc::new(std::cell::Cell::new(None));
    let (root, out) = (inbox.clone(), slot.clone());
    let mounted = mount_to(body, move || {
        let front = Front::new();
        front.session.put(SessionView::SignedOut(Default::default()));
        let mut gate = Gate::default();
        // Before the first frame, so that no other language is ever seen.
        gate.handle(0, Event::Started(shared::saved_settings(), page::languages()));
        front.settings.put(gate.settings().clone());
        out.set(Some((front, gate)));
        provide_context(front);
        let language = front.settings.memo(|settings| settings.language.unwrap_or(Language::En));
        provide_context(I18n::new(language.into()));
        let actions = SendWrapper::new(root);
        provide_context(Dispatch::new(move |action: Action| actions.push(Input::Gate(Event::Action(action)))));
        provide_context(shared::platform());
        view()
    });
    let Some((front, gate)) = slot.take() else { return };
    inbox.serve(Runner {
        front,
        gate,
        clock: Clock::new(),
        tick: None,
        _page: Page::new(inbox.sink(Input::Page)),
        _mounted: Box::new(mounted),
        inbox: inbox.clone(),
    });
    inbox.push(Input::Gate(Event::Tick));
    loader::prepare_next();
}

impl Loop for Runner {
    type Input = Input;

    fn at_once(_: &Input) -> bool {
        false
    }

    fn step(&mut self, input: Input) -> bool {
        match input {
            Input::Gate(event) => {
                if matches!(event, Event::Tick) {
                    let inbox = self.inbox.clone();
                    self.tick = Some(self.clock.after(TICK_MS, move || inbox.push(Input::Gate(Event::Tick))));
                }
                self.gate.handle(self.clock.now(), event);
            }
            Input::Page(page::Event::SystemDark(dark)) => self.front.system_dark.put(dark),
            Input::Page(
                page::Event::Online
                | page::Event::Offline
                | page::Event::Visible
                | page::Event::Hidden
                | page::Event::Gesture
                | page::Event::Leaving,
            ) => {}
        }
        while let Some(effect) = self.gate.poll() {
            self.perform(effect);
        }
        true
    }

    fn publish(&mut self) {
        self.front.now.put(self.clock.now());
        self.front.session.put(SessionView::SignedOut(self.gate.form().clone()));
        self.front.settings.put(self.gate.settings().clone());
    }
}

impl Runner {
    fn perform(&mut self, effect: Effect) {
        let inbox = self.inbox.clone();
        match effect {
            Effect::LoadSession => spawn_local(async move {
                inbox.push(Input::Gate(Event::Session(http::session().await.map_err(shared::failure))));
            }),
            Effect::SignIn { user, password, new_password } => spawn_local(async move {
                inbox.push(Input::Gate(Event::SignedIn(http::sign_in(user, password, new_password).await.map_err(shared::failure))));
            }),
            Effect::Enter(me) => {
                let handover = Handover { me, settings: self.gate.settings().clone() };
                spawn_local(async move {
                    let leaving = inbox.clone();
                    let json = serde_json::to_string(&handover).unwrap_or_default();
                    if !loader::start_next(&json, move || leaving.close()).await {
                        inbox.push(Input::Gate(Event::NotLoaded));
                    }
                });
            }
            Effect::SaveSettings(settings) => shared::save(&settings),
            Effect::ApplySettings(settings) => shared::apply(&settings),
        }
    }
}
