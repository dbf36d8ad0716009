//! The loop of the office: a program of its own, so that reports and administration weigh on nobody who takes calls. It has no link
//! and no feed; what it shows is asked for.

use std::rc::Rc;

use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen_futures::spawn_local;

use super::TICK_MS;
use super::inbox::{Inbox, Loop};
use super::shared::{self, Handover};
use crate::desk::action::Action;
use crate::desk::office::{Effect, Event, Office};
use crate::desk::settings::Language;
use crate::desk::view::session::SessionView;
use crate::driver::clock::{Clock, Timer};
use crate::driver::page::Page;
use crate::driver::{http, loader, page, storage};
use crate::i18n::I18n;
use crate::store::{Dispatch, Front, OfficeStores};

enum Input {
    Office(Event),
    Page(page::Event),
}

/// The parts.
struct Runner {
    stores: OfficeStores,
    inbox: Rc<Inbox<Runner>>,
    office: Office,
    clock: Clock,
    tick: Option<Timer>,
    /// What was last remembered about the session.
    remembered: Option<bool>,
    _page: Page,
}

/// Mounts the office `view` and starts its loop.
pub fn start<V: IntoView + 'static>(view: fn() -> V) {
    page::install_fault_screen();
    // The sign-in page leaves here, in the same task in which the office comes: no frame is drawn without one of them.
    let handover: Option<Handover> = loader::take_handover().and_then(|json| serde_json::from_str(&json).ok());
    let (settings, me) = handover.map_or_else(|| (shared::saved_settings(), None), |known| (known.settings, Some(known.me)));
    mount_to_body(move || {
        let stores = OfficeStores::new(Front::new());
        let inbox = Inbox::<Runner>::new();
        let clock = Clock::new();
        let mut office = Office::default();
        // Before the first frame, so that no other language is ever seen.
        office.handle(clock.now(), Event::Started(settings, page::languages(), me));
        let mut runner =
            Runner { stores, inbox: inbox.clone(), office, clock, tick: None, remembered: None, _page: Page::new(inbox.sink(Input::Page)) };
        runner.publish();
        inbox.serve(runner);
        inbox.push(Input::Office(Event::Tick));
        provide_context(stores);
        provide_context(stores.front);
        let language = stores.front.settings.memo(|settings| settings.language.unwrap_or(Language::En));
        provide_context(I18n::new(language.into()));
        let actions = SendWrapper::new(inbox);
        provide_context(Dispatch::new(move |action: Action| actions.push(Input::Office(Event::Action(action)))));
        provide_context(shared::platform());
        view()
    });
}

impl Loop for Runner {
    type Input = Input;

    fn at_once(_: &Input) -> bool {
        false
    }

    fn step(&mut self, input: Input) -> bool {
        let event = match input {
            Input::Office(event) => event,
            Input::Page(page::Event::Visible | page::Event::Online) => Event::Shown,
            Input::Page(page::Event::SystemDark(dark)) => {
                self.stores.front.system_dark.put(dark);
                return false;
            }
            Input::Page(page::Event::Offline | page::Event::Hidden | page::Event::Gesture | page::Event::Leaving) => return false,
        };
        if matches!(event, Event::Tick) {
            let inbox = self.inbox.clone();
            self.tick = Some(self.clock.after(TICK_MS, move || inbox.push(Input::Office(Event::Tick))));
        }
        self.office.handle(self.clock.now(), event);
        while let Some(effect) = self.office.poll() {
            self.perform(effect);
        }
        true
    }

    fn publish(&mut self) {
        let session = self.office.session_view();
        self.remember_session(&session);
        self.stores.front.now.put(self.clock.now());
        self.stores.front.session.put(session);
        self.stores.front.settings.put(self.office.settings().clone());
        self.stores.office.put(self.office.office_view());
    }
}

impl Runner {
    fn perform(&mut self, effect: Effect) {
        let inbox = self.inbox.clone();
        match effect {
            Effect::LoadSession => spawn_local(async move {
                inbox.push(Input::Office(Event::Session(http::session().await.map_err(shared::failure))));
            }),
            Effect::SignIn { user, password, new_password } => spawn_local(async move {
                inbox.push(Input::Office(Event::SignedIn(http::sign_in(user, password, new_password).await.map_err(shared::failure))));
            }),
            Effect::SignOut => spawn_local(async move {
                inbox.push(Input::Office(Event::SignedOut(http::sign_out().await.map_err(shared::failure))));
            }),
            Effect::SaveSettings(settings) => shared::save(&settings),
            Effect::ApplySettings(settings) => shared::apply(&settings),
        }
    }

    /// Whether the next page of this browser begins behind the sign-in.
    fn remember_session(&mut self, session: &SessionView) {
        let signed_in = match session {
            SessionView::Starting => return,
            SessionView::SignedOut(_) => false,
            SessionView::SignedIn(_) => true,
        };
        if self.remembered.replace(signed_in) != Some(signed_in) {
            storage::remember_signed_in(signed_in);
        }
    }
}
