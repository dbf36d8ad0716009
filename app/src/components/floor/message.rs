//! A message to one person, or to everybody of one's sites.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::About;
use crate::components::kit::{Button, Dialog, Glyph, TextArea};
use crate::desk::action::Action;
use crate::desk::view::floor::{MESSAGE_LIMIT, SteerWish};
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, Stores};

/// The dialog for a message to everybody.
#[component]
pub fn MessageDialog(
    /// About nobody in particular.
    about: About,
) -> impl IntoView {
    let t = I18n::use_context();
    let sent = Callback::new(move |()| about.open.set(false));
    view! {
        <Dialog title=t.of(Key::FloorMessageAll) open=about.open>
            <Message to=about.what sent=sent/>
        </Dialog>
    }
}

/// The form.
#[component]
pub(super) fn Message(
    /// User name; empty for everybody.
    to: RwSignal<String>,
    /// Something to do once it is on its way.
    #[prop(optional)]
    sent: Option<Callback<()>>,
) -> impl IntoView {
    let t = I18n::use_context();
    let dispatch = Dispatch::use_context();
    let busy = Stores::use_context().floor.memo(|floor| floor.busy);
    let text = RwSignal::new(String::new());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let words = text.get_untracked();
        if words.trim().is_empty() || busy.get_untracked() {
            return;
        }
        let to = to.get_untracked();
        dispatch.send(Action::Steer(SteerWish::Tell((!to.is_empty()).then_some(to), words)));
        text.set(String::new());
        if let Some(sent) = sent {
            sent.run(());
        }
    };
    view! {
        <form class="message" on:submit=submit>
            <TextArea label=t.of(Key::FloorMessage) id="floor-message" value=text limit=MESSAGE_LIMIT/>
            <Button label=t.of(Key::FloorSend) glyph=Glyph::ArrowOut busy=busy submit=true/>
        </form>
    }
}
