//! A person as initials on a quiet colour that stays the same for the same name.

use leptos::prelude::*;

use super::boxed::{memo, say};
use super::icon::{Glyph, Icon};
use super::when::When;

/// Size of an avatar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AvatarSize {
    /// In dense lists.
    Small,
    /// In lists.
    #[default]
    Normal,
    /// On cards.
    Large,
    /// On the stage of a call.
    Huge,
}

/// First letters of the first and the last word; nothing for a number.
pub(crate) fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphabetic()));
    let first = words.next();
    first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
}

/// One of six colours, by name.
pub(crate) fn hue(name: &str) -> usize {
    let sum = name.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    (sum % 6) as usize
}

/// Initials of a person. Decoration: the name stands beside it.
#[component]
pub fn Avatar(
    /// The person's name.
    #[prop(into)]
    name: Signal<String>,
    /// How big.
    #[prop(optional)]
    size: AvatarSize,
) -> impl IntoView {
    const HUES: [&str; 6] = ["av0", "av1", "av2", "av3", "av4", "av5"];
    let size = match size {
        AvatarSize::Small => "avatar avatar-sm",
        AvatarSize::Normal => "avatar",
        AvatarSize::Large => "avatar avatar-lg",
        AvatarSize::Huge => "avatar avatar-xl",
    };
    let class = move || format!("{size} {}", HUES[name.with(|name| hue(name))]);
    let letters = memo(move || name.with(|name| initials(name)));
    view! {
        <span class=class aria-hidden="true">
            <When when=move || !letters.with(String::is_empty) fallback=|| view! { <Icon glyph=Glyph::Person /> }>
                {say(move || letters.get())}
            </When>
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_of_names_numbers_and_hostile_text() {
        assert_eq!(initials("Agent One"), "AO");
        assert_eq!(initials("Desk of the second floor"), "DF");
        assert_eq!(initials("concierge"), "C");
        assert_eq!(initials("+49 30 1234"), "");
        assert_eq!(initials("<img onerror=x>"), "IO");
        assert_eq!(initials("  \u{202e} "), "");
    }

    #[test]
    fn a_name_keeps_its_colour() {
        assert_eq!(hue("Agent One"), hue("Agent One"));
        assert!(
            ["Agent One", "Agent Two", "Supervisor", "Concierge", "Admin", "Front Desk"]
                .iter()
                .map(|name| hue(name))
                .collect::<std::collections::HashSet<_>>()
                .len()
                > 2
        );
    }
}
