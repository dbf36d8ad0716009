//! Buttons: with words, with an icon alone, and the round ones of a call.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use super::boxed::say;
use super::icon::{Glyph, Icon};

/// Weight of a button.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// The one thing to do here.
    Primary,
    /// One of several.
    #[default]
    Plain,
    /// Words only.
    Quiet,
    /// Takes a call.
    Good,
    /// Ends something.
    Bad,
}

impl Look {
    fn class(self) -> &'static str {
        match self {
            Look::Primary => "btn btn-primary",
            Look::Plain => "btn",
            Look::Quiet => "btn btn-quiet",
            Look::Good => "btn btn-good",
            Look::Bad => "btn btn-bad",
        }
    }
}

/// A button with words.
#[component]
pub fn Button(
    /// Words on it, also its accessible name.
    #[prop(into)]
    label: TextProp,
    /// Icon before the words.
    #[prop(optional)]
    glyph: Option<Glyph>,
    /// Weight.
    #[prop(optional)]
    look: Look,
    /// Cannot be pressed now.
    #[prop(into, optional)]
    disabled: Signal<bool>,
    /// Something is under way: shows that, and ignores presses.
    #[prop(into, optional)]
    busy: Signal<bool>,
    /// Submits the form it stands in.
    #[prop(optional)]
    submit: bool,
    /// More classes.
    #[prop(optional)]
    class: &'static str,
    /// What it does.
    #[prop(optional)]
    press: Option<Callback<()>>,
) -> impl IntoView {
    let on_click = move |_: MouseEvent| {
        if !disabled.get_untracked()
            && !busy.get_untracked()
            && let Some(press) = press
        {
            press.run(());
        }
    };
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class=format!("{} {class}", look.class())
            class:is-busy=busy
            disabled=move || disabled.get()
            aria-busy=move || busy.get().then_some("true")
            on:click=on_click
        >
            {glyph.map(|glyph| view! { <Icon glyph/> })}
            <span>{say(move || label.get())}</span>
        </button>
    }
}

/// A small square button with an icon alone.
#[component]
pub fn IconButton(
    /// Its accessible name and tooltip.
    #[prop(into)]
    label: TextProp,
    /// What is drawn.
    #[prop(into)]
    glyph: Signal<Glyph>,
    /// More classes.
    #[prop(optional)]
    class: &'static str,
    /// What it does.
    #[prop(into)]
    press: Callback<()>,
) -> impl IntoView {
    let title = label.clone();
    view! {
        <button
            type="button"
            class=format!("icon-btn {class}")
            aria-label=say(move || label.get())
            title=say(move || title.get())
            on:click=move |_| press.run(())
        >
            <Icon glyph/>
        </button>
    }
}

/// Colour of a round button.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RoundLook {
    /// A tool of the call.
    #[default]
    Tool,
    /// Takes the call.
    Good,
    /// Ends it.
    Bad,
}

/// A large round button with its words below.
#[component]
pub fn RoundButton(
    /// Words below it, also its accessible name.
    #[prop(into)]
    label: TextProp,
    /// What is drawn.
    #[prop(into)]
    glyph: Signal<Glyph>,
    /// Colour.
    #[prop(optional)]
    look: RoundLook,
    /// Its function is switched on (the microphone is off, the call is held).
    #[prop(into, optional)]
    on: Signal<bool>,
    /// Shows or hides another part of the screen: says whether that is open.
    #[prop(into, optional)]
    expanded: Option<Signal<bool>>,
    /// Keyboard chord, for assistive technology.
    #[prop(optional)]
    keys: &'static str,
    /// Takes the focus when it appears.
    #[prop(optional)]
    node_ref: NodeRef<leptos::html::Button>,
    /// What it does.
    #[prop(into)]
    press: Callback<()>,
) -> impl IntoView {
    let class = match look {
        RoundLook::Tool => "round",
        RoundLook::Good => "round round-good",
        RoundLook::Bad => "round round-bad",
    };
    view! {
        <button
            type="button"
            class=class
            class:is-on=on
            node_ref=node_ref
            aria-expanded=move || expanded.map(|open| if open.get() { "true" } else { "false" })
            aria-keyshortcuts=(!keys.is_empty()).then_some(keys)
            on:click=move |_| press.run(())
        >
            <span class="round-face"><Icon glyph/></span>
            <span class="round-label">{say(move || label.get())}</span>
        </button>
    }
}
