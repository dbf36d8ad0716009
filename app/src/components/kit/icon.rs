//! Line icons on a 24 px grid, drawn for this project. Always decoration: the control beside one carries the name.

use leptos::prelude::*;

use super::boxed::say;

/// Which icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say what is drawn")]
pub enum Glyph {
    Phone,
    HangUp,
    Video,
    VideoOff,
    Mic,
    MicOff,
    Transfer,
    Pause,
    Play,
    Keypad,
    Desk,
    History,
    Settings,
    Pulse,
    Person,
    People,
    Search,
    Close,
    Check,
    Backspace,
    ArrowIn,
    ArrowOut,
    Warning,
    Info,
    NoLink,
    Speaker,
    Bell,
    Sun,
    Moon,
    Door,
    Entrance,
    Eye,
    EyeOff,
    Keyboard,
    Download,
    Refresh,
    Chart,
    Up,
}

impl Glyph {
    /// Strokes of the drawing.
    fn path(self) -> &'static str {
        match self {
            Glyph::Phone | Glyph::HangUp => {
                "M6.4 3.75h2.3l1.85 4.4-2.2 1.75a12.6 12.6 0 0 0 5.75 5.75l1.75-2.2 4.4 1.85v2.3a2.6 2.6 0 0 1-2.75 2.6A14.7 14.7 0 0 1 3.8 6.5a2.6 2.6 0 0 1 2.6-2.75z"
            }
            Glyph::Video => {
                "M4.75 6.75h8.5a2 2 0 0 1 2 2v6.5a2 2 0 0 1-2 2h-8.5a2 2 0 0 1-2-2v-6.5a2 2 0 0 1 2-2zM15.25 10.75l6-3.25v9l-6-3.25"
            }
            Glyph::VideoOff => {
                "M3.5 3.5l17 17M8.75 6.75h4.5a2 2 0 0 1 2 2v4.5M14.75 16.6a2 2 0 0 1-1.5.65h-8.5a2 2 0 0 1-2-2v-6.5a2 2 0 0 1 2-2M15.25 10.75l6-3.25v9l-2.75-1.5"
            }
            Glyph::Mic => {
                "M12 3.25a2.75 2.75 0 0 1 2.75 2.75v5.5a2.75 2.75 0 0 1-5.5 0V6A2.75 2.75 0 0 1 12 3.25zM5.75 11.25a6.25 6.25 0 0 0 12.5 0M12 17.5v3.25"
            }
            Glyph::MicOff => {
                "M3.5 3.5l17 17M9.25 9.25v2.25a2.75 2.75 0 0 0 4.3 2.25M14.75 11V6a2.75 2.75 0 0 0-5.2-1.25M5.75 11.25a6.25 6.25 0 0 0 10.2 4.85M18.25 11.25a6.2 6.2 0 0 1-.6 2.65M12 17.5v3.25"
            }
            Glyph::Transfer => "M4 8h13.5M13.5 4l4 4-4 4M20 16H6.5M10.5 12l-4 4 4 4",
            Glyph::Pause => "M8.5 5.5v13M15.5 5.5v13",
            Glyph::Play => "M7.5 5l11 7-11 7z",
            Glyph::Keypad => "M6 5.25v.01M12 5.25v.01M18 5.25v.01M6 12v.01M12 12v.01M18 12v.01M6 18.75v.01M12 18.75v.01M18 18.75v.01",
            Glyph::Desk => {
                "M4 13.5v-1.75a8 8 0 0 1 16 0v1.75M4 13.5h2.25a1 1 0 0 1 1 1v3.75a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1zM20 13.5h-2.25a1 1 0 0 0-1 1v3.75a1 1 0 0 0 1 1H19M20 13.5v5.25a2.5 2.5 0 0 1-2.5 2.5H13"
            }
            Glyph::History => "M3.75 12a8.25 8.25 0 1 0 2.6-6M3.75 4.25V8h3.75M12 7.5V12l3 2",
            Glyph::Settings => {
                "M4 7.25h9M17.5 7.25H20M4 16.75h2.5M11 16.75h9M15.25 5a2.25 2.25 0 1 1 0 4.5 2.25 2.25 0 0 1 0-4.5zM8.75 14.5a2.25 2.25 0 1 1 0 4.5 2.25 2.25 0 0 1 0-4.5z"
            }
            Glyph::Pulse => "M3 12.5h4l2.5-7 4.5 13 2.5-6H21",
            Glyph::Person => "M12 4a3.75 3.75 0 1 1 0 7.5A3.75 3.75 0 0 1 12 4zM4.75 20a7.25 7.25 0 0 1 14.5 0",
            Glyph::People => {
                "M9 4.75a3.25 3.25 0 1 1 0 6.5 3.25 3.25 0 0 1 0-6.5zM2.75 19.25a6.25 6.25 0 0 1 12.5 0M15.5 5a3.25 3.25 0 0 1 0 6M18 13.75a6.25 6.25 0 0 1 3.25 5.5"
            }
            Glyph::Search => "M10.75 4.25a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM15.5 15.5l4.75 4.75",
            Glyph::Close => "M6 6l12 12M18 6L6 18",
            Glyph::Check => "M5 12.5l4.5 4.5L19 7.5",
            Glyph::Backspace => {
                "M9 5.75h10a1.75 1.75 0 0 1 1.75 1.75v9A1.75 1.75 0 0 1 19 18.25H9L3.25 12zM11.5 9.75l4.5 4.5M16 9.75l-4.5 4.5"
            }
            Glyph::ArrowIn => "M18 6L7 17M7 8.5V17h8.5",
            Glyph::ArrowOut => "M6 18L17 7M17 15.5V7H8.5",
            Glyph::Warning => "M12 4.25l8.75 15.25H3.25zM12 10v4.25M12 16.9v.01",
            Glyph::Info => "M12 3.75a8.25 8.25 0 1 1 0 16.5 8.25 8.25 0 0 1 0-16.5zM12 11.25v4.75M12 8v.01",
            Glyph::NoLink => {
                "M3.5 3.5l17 17M2.75 9.5a13 13 0 0 1 4.5-2.85M10.5 5.6a13.2 13.2 0 0 1 10.75 3.9M6 13a8.6 8.6 0 0 1 3.6-2.1M14.6 11.2A8.6 8.6 0 0 1 18 13M12 18.25v.01"
            }
            Glyph::Speaker => "M4 9.5h3.25L12 5.25v13.5L7.25 14.5H4zM15.25 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11",
            Glyph::Bell => "M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.75h-15zM10 21h4",
            Glyph::Sun => {
                "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2.75v1.5M12 19.75v1.5M2.75 12h1.5M19.75 12h1.5M5.5 5.5l1 1M17.5 17.5l1 1M5.5 18.5l1-1M17.5 6.5l1-1"
            }
            Glyph::Moon => "M20 14.25A8.25 8.25 0 1 1 9.75 4a6.5 6.5 0 0 0 10.25 10.25z",
            Glyph::Door => "M14 3.75H7a1.5 1.5 0 0 0-1.5 1.5v13.5a1.5 1.5 0 0 0 1.5 1.5h7M11 12h9.5M17 8.25L20.75 12 17 15.75",
            Glyph::Entrance => "M6 20.25V5.25a1.5 1.5 0 0 1 1.5-1.5h9a1.5 1.5 0 0 1 1.5 1.5v15M3.5 20.25h17M14.25 12v1",
            Glyph::Eye => {
                "M2.75 12S6 5.75 12 5.75 21.25 12 21.25 12 18 18.25 12 18.25 2.75 12 2.75 12zM12 9.25a2.75 2.75 0 1 1 0 5.5 2.75 2.75 0 0 1 0-5.5z"
            }
            Glyph::EyeOff => {
                "M3.5 3.5l17 17M6.5 7.5C4 9.25 2.75 12 2.75 12S6 18.25 12 18.25a9 9 0 0 0 4.25-1.05M9.75 6a9 9 0 0 1 2.25-.25c6 0 9.25 6.25 9.25 6.25a15 15 0 0 1-2.25 3M10.1 10.1a2.75 2.75 0 0 0 3.85 3.85"
            }
            Glyph::Keyboard => {
                "M4.5 6.25h15A1.75 1.75 0 0 1 21.25 8v8a1.75 1.75 0 0 1-1.75 1.75h-15A1.75 1.75 0 0 1 2.75 16V8A1.75 1.75 0 0 1 4.5 6.25zM6.5 10v.01M10.2 10v.01M13.8 10v.01M17.5 10v.01M8.5 14h7"
            }
            Glyph::Up => "M12 19.25V5.25M6.5 10.5L12 5l5.5 5.5",
            Glyph::Download => "M12 4v11M7.5 10.75L12 15.25l4.5-4.5M4.5 19.75h15",
            Glyph::Chart => "M4.25 4v15.75H20M8.5 16v-4.5M12.75 16V8M17 16v-6",
            Glyph::Refresh => "M19.75 12a7.75 7.75 0 1 1-2.4-5.6M19.75 3.75V8H15.5",
        }
    }
}

/// Draws one icon in the colour of the text around it.
#[component]
pub fn Icon(
    /// Which one; may change.
    #[prop(into)]
    glyph: Signal<Glyph>,
) -> impl IntoView {
    let class = move || match glyph.get() {
        Glyph::HangUp => "icon icon-hang-up",
        Glyph::Keypad => "icon icon-dots",
        _ => "icon",
    };
    view! {
        <svg class=class viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=say(move || glyph.get().path())></path>
        </svg>
    }
}
