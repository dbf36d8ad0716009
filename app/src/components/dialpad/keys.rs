//! Twelve keys with one tab stop: arrows move, Home and End jump.

use leptos::ev;
use leptos::html;
use leptos::prelude::*;

use crate::components::kit::react;
use crate::i18n::{I18n, Key};

/// The keys with the letters printed below them. The style sheet prints these: they are no part of a key's name.
const KEYS: [(char, &str); 12] = [
    ('1', ""),
    ('2', "ABC"),
    ('3', "DEF"),
    ('4', "GHI"),
    ('5', "JKL"),
    ('6', "MNO"),
    ('7', "PQRS"),
    ('8', "TUV"),
    ('9', "WXYZ"),
    ('*', ""),
    ('0', "+"),
    ('#', ""),
];

/// Where an arrow leads from a key; edges stay.
fn neighbour(index: usize, key: &str) -> Option<usize> {
    let (row, column) = (index / 3, index % 3);
    match key {
        "ArrowLeft" if column > 0 => Some(index - 1),
        "ArrowRight" if column < 2 => Some(index + 1),
        "ArrowUp" if row > 0 => Some(index - 3),
        "ArrowDown" if row < 3 => Some(index + 3),
        "Home" => Some(0),
        "End" => Some(KEYS.len() - 1),
        _ => None,
    }
}

/// A group of twelve buttons.
#[component]
pub fn Keys(
    /// Accessible name of the group.
    label: Key,
    /// A key was pressed.
    #[prop(into)]
    press: Callback<char>,
    /// Digits typed while a key has the focus press it too.
    #[prop(optional)]
    typed: bool,
    /// The first key takes the focus when the group appears.
    #[prop(optional)]
    focus: bool,
) -> impl IntoView {
    let t = I18n::use_context();
    let stop = RwSignal::new(0_usize);
    let nodes: [NodeRef<html::Button>; 12] = std::array::from_fn(|_| NodeRef::new());
    let go = move |index: usize| {
        stop.set(index);
        if let Some(button) = nodes[index].get_untracked() {
            // Only a button that has left the page refuses the focus.
            drop(button.focus());
        }
    };
    if focus {
        let first = nodes[0];
        react(move || {
            if let Some(button) = first.get() {
                drop(button.focus());
            }
        });
    }
    let on_key = move |event: ev::KeyboardEvent| {
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        let key = event.key();
        if let Some(index) = neighbour(stop.get_untracked(), &key) {
            event.prevent_default();
            go(index);
        } else if typed && let Some(index) = KEYS.iter().position(|(digit, _)| key.len() == 1 && key.starts_with(*digit)) {
            event.prevent_default();
            go(index);
            press.run(KEYS[index].0);
        }
    };
    let buttons = KEYS
        .into_iter()
        .enumerate()
        .map(|(index, (digit, letters))| {
            view! {
                <button
                    type="button"
                    class="key"
                    node_ref=nodes[index]
                    aria-label=digit.to_string()
                    tabindex=move || if stop.get() == index { "0" } else { "-1" }
                    on:focus=move |_| stop.set(index)
                    on:click=move |_| press.run(digit)
                >
                    <span class="key-face" data-letters=letters>{digit.to_string()}</span>
                </button>
            }
        })
        .collect_view();
    view! { <div class="keys" role="group" aria-label=t.of(label) on:keydown=on_key>{buttons}</div> }
}

#[cfg(test)]
mod tests {
    use super::neighbour;

    #[test]
    fn arrows_stay_inside_the_pad() {
        assert_eq!(neighbour(0, "ArrowUp"), None);
        assert_eq!(neighbour(0, "ArrowLeft"), None);
        assert_eq!(neighbour(0, "ArrowDown"), Some(3));
        assert_eq!(neighbour(2, "ArrowRight"), None);
        assert_eq!(neighbour(10, "ArrowDown"), None);
        assert_eq!(neighbour(10, "ArrowRight"), Some(11));
        assert_eq!(neighbour(7, "Home"), Some(0));
        assert_eq!(neighbour(7, "End"), Some(11));
        assert_eq!(neighbour(7, "5"), None);
    }
}
