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
use crate::desk::office::admin::{Answer, Errand, Record, Refused, Topic};
use crate::desk::office::reports::{self, civil};
use crate::desk::office::{Effect, Event, Office};
use crate::desk::settings::Language;
use crate::desk::view::session::SessionView;
use crate::driver::clock::{Clock, Timer};
use crate::driver::page::Page;
use crate::driver::{admin, http, loader, page, storage};
use crate::i18n::I18n;
use crate::store::{AskOffice, Calendar, DateStyle, Dispatch, Front, OfficeStores, Wish};

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
    page: Page,
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
        let mut office = Office::at(page::origin());
        // Before the first frame, so that no other language is ever seen.
        office.handle(clock.now(), Event::Started(settings, page::languages(), me));
        let mut runner =
            Runner { stores, inbox: inbox.clone(), office, clock, tick: None, remembered: None, page: Page::new(inbox.sink(Input::Page)) };
        runner.publish();
        inbox.serve(runner);
        inbox.push(Input::Office(Event::Tick));
        provide_context(stores);
        provide_context(stores.front);
        let language = stores.front.settings.memo(|settings| settings.language.unwrap_or(Language::En));
        provide_context(I18n::new(language.into()));
        let asks = SendWrapper::new(inbox.clone());
        provide_context(AskOffice::new(move |ask| asks.push(Input::Office(Event::Ask(ask)))));
        let wishes = SendWrapper::new(inbox.clone());
        provide_context(Wish::new(move |action| wishes.push(Input::Office(Event::Wish(action)))));
        let actions = SendWrapper::new(inbox);
        provide_context(Dispatch::new(move |action: Action| actions.push(Input::Office(Event::Action(action)))));
        provide_context(shared::platform());
        provide_context(Calendar::new(|shown, style, tag| {
            let time = matches!(style, DateStyle::Time | DateStyle::DateTime);
            page::format_shown(shown, style != DateStyle::Time, time, tag)
        }));
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
        self.stores.admin.put(self.office.admin().clone());
        self.stores.sessions.put(self.office.sessions_view());
        self.stores.audit.put(self.office.audit_view());
        self.stores.reports.put(self.office.reports_view());
        self.stores.lockouts.put(self.office.lockouts_view());
        self.stores.walls.put(self.office.walls_view());
        self.stores.call.put(self.office.call_view());
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
            Effect::LoadSessions { find, after } => spawn_local(async move {
                let result = http::office::sessions(&find, after.as_deref()).await.map_err(shared::failure);
                inbox.push(Input::Office(Event::Sessions(find, after, result)));
            }),
            Effect::ChangePassword { present, new } => spawn_local(async move {
                let result = http::office::change_password(present, new).await.map_err(shared::failure);
                inbox.push(Input::Office(Event::PasswordChanged(result)));
            }),
            Effect::EndSession { id } => spawn_local(async move {
                inbox.push(Input::Office(Event::SessionsEnded(http::office::end_session(&id).await.map_err(shared::failure))));
            }),
            Effect::EndSessions { person } => spawn_local(async move {
                let result = http::office::end_sessions(person.as_deref()).await.map_err(shared::failure);
                inbox.push(Input::Office(Event::SessionsEnded(result)));
            }),
            Effect::LoadLockouts => spawn_local(async move {
                inbox.push(Input::Office(Event::Lockouts(http::office::lockouts().await.map_err(shared::failure))));
            }),
            Effect::LiftLockout { id } => spawn_local(async move {
                inbox.push(Input::Office(Event::LockoutLifted(http::office::lift_lockout(&id).await.map_err(shared::failure))));
            }),
            Effect::LoadReport { ask, zone } => spawn_local(async move {
                let today = civil::day_of(&page::today(&zone)).unwrap_or_default();
                // What has no days is not asked for.
                let Some(days) = ask.range.days(today) else { return };
                let result = http::office::asked(&format!("/api/reports/{}", reports::name(ask.kind)), &ask.query(days)).await;
                let result = result.map(Box::new).map_err(shared::failure);
                inbox.push(Input::Office(Event::Report(Box::new(ask), result)));
            }),
            Effect::LoadAudit { query } => spawn_local(async move {
                let result = http::office::asked("/api/audit", &query).await.map_err(shared::failure);
                inbox.push(Input::Office(Event::Audit(query, result)));
            }),
            Effect::ProveAudit => spawn_local(async move {
                let result = http::office::asked("/api/audit/proof", &[]).await.map_err(shared::failure);
                inbox.push(Input::Office(Event::AuditProof(result)));
            }),
            Effect::LoadCalls { query } => spawn_local(async move {
                let result = http::office::asked("/api/reports/calls", &query).await.map_err(shared::failure);
                inbox.push(Input::Office(Event::Calls(query, result)));
            }),
            Effect::LoadCall { contact, known } => spawn_local(async move {
                let known = known.map(|known| ("known", known.to_string()));
                let result = http::office::call(&contact, known).await.map(Box::new).map_err(shared::failure);
                inbox.push(Input::Office(Event::Call(contact, result)));
            }),
            Effect::LoadWalls => spawn_local(async move {
                inbox.push(Input::Office(Event::Walls(http::office::walls().await.map_err(shared::failure))));
            }),
            Effect::MakeWall(wish) => spawn_local(async move {
                inbox.push(Input::Office(Event::WallMade(http::office::make_wall(&wish).await.map_err(shared::failure))));
            }),
            Effect::RevokeWall { id } => spawn_local(async move {
                inbox.push(Input::Office(Event::WallRevoked(http::office::revoke_wall(&id).await.map_err(shared::failure))));
            }),
            Effect::Copy(text) => spawn_local(async move {
                inbox.push(Input::Office(Event::Copied(page::copy(text.expose()).await)));
            }),
            Effect::SaveSettings(settings) => shared::save(&settings),
            Effect::ApplySettings(settings) => shared::apply(&settings),
            Effect::Errand(Errand::Guard(on)) => self.page.warn_on_leave(on),
            Effect::Errand(errand) => spawn_local(async move {
                if let Some(answer) = run(errand).await {
                    inbox.push(Input::Office(Event::Answer(answer)));
                }
            }),
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

/// Carries out an errand of administration.
async fn run(errand: Errand) -> Option<Answer> {
    let refused = |error| match error {
        admin::Error::Refused(refusal) => Refused::Because(refusal),
        admin::Error::Failed(failure) => Refused::Failed(shared::failure(failure)),
    };
    Some(match errand {
        Errand::List(Topic::People) => Answer::People(admin::list("people").await.map_err(refused)),
        Errand::List(Topic::Queues) => Answer::Queues(admin::list("queues").await.map_err(refused)),
        Errand::List(Topic::Reasons) => Answer::Reasons(admin::list("reasons").await.map_err(refused)),
        Errand::Save(topic, version, record) => {
            let what = address(topic);
            let saved = match &record {
                Record::Person(form) => admin::save(what, &form.user, version, form).await,
                Record::Queue(form) => admin::save(what, &form.name, version, form.as_ref()).await,
                Record::Reason(choice) => admin::save(what, &choice.name, version, choice).await,
            };
            Answer::Saved(topic, saved.map_err(refused))
        }
        Errand::Remove(topic, name, version) => {
            Answer::Removed(topic, admin::remove(address(topic), &name, &version).await.map_err(refused))
        }
        Errand::Password(user) => Answer::Password(admin::password(&user).await.map_err(refused)),
        Errand::Guard(_) => return None,
    })
}

fn address(topic: Topic) -> &'static str {
    match topic {
        Topic::People => "people",
        Topic::Queues => "queues",
        Topic::Reasons => "reasons",
    }
}
