//! A modal dialog on the browser's own `<dialog>`: focus stays inside, Escape closes, focus returns.

use leptos::prelude::*;

use super::boxed::{react, say};
use super::button::IconButton;
use super::icon::Glyph;
use super::when::When;
use crate::i18n::{I18n, Key};

/// A modal dialog with a title and a close button.
#[component]
pub fn Dialog(
    /// Title and accessible name.
    #[prop(into)]
    title: TextProp,
    /// Whether it is shown.
    open: RwSignal<bool>,
    /// What it holds.
    children: ChildrenFn,
) -> impl IntoView {
    let t = I18n::use_context();
    let node = NodeRef::<leptos::html::Dialog>::new();
    react(move || {
        let Some(dialog) = node.get() else { return };
        if open.get() && !dialog.open() {
            // Fails only for a dialog that is already shown or not in the document; neither can be here.
            drop(dialog.show_modal());
        } else if !open.get() && dialog.open() {
            dialog.close();
        }
    });
    let name = title.clone();
    view! {
        <dialog class="dialog" node_ref=node aria-label=say(move || name.get()) on:close=move |_| open.set(false)>
            <div class="dialog-head">
                <h2>{say(move || title.get())}</h2>
                <IconButton label=t.of(Key::Close) glyph=Glyph::Close press=move |()| open.set(false)/>
            </div>
            <div class="dialog-body"><When when=move || open.get()>{children()}</When></div>
        </dialog>
    }
}
