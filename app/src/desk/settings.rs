//! What a user chose for this browser. Kept in local storage: preferences only, never a secret.

use serde::{Deserialize, Serialize};

/// Languages of the user interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English
    #[default]
    En,
    /// French
    Fr,
    /// Italian
    It,
    /// German
    De,
}

impl Language {
    /// All languages, in the order of the chooser.
    pub const ALL: [Language; 4] = [Language::En, Language::Fr, Language::It, Language::De];

    /// BCP 47 tag, also the value of the `lang` attribute.
    pub fn tag(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Fr => "fr",
            Language::It => "it",
            Language::De => "de",
        }
    }

    /// The language of a BCP 47 tag such as `de-CH`, if we have it.
    pub fn from_tag(tag: &str) -> Option<Language> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Language::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }
}

/// Colours of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// What the operating system prefers.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// A kind of device that the user may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeviceKind {
    /// Audio in.
    Microphone,
    /// Video in.
    Camera,
    /// Audio out.
    Speaker,
}

/// Everything that is remembered in this browser. Unknown or missing fields fall back to the default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Language of the user interface; the browser's own where never chosen.
    pub language: Option<Language>,
    /// Light, dark or as the system.
    pub theme: Theme,
    /// Chosen device ids; `None` is the system's default device.
    pub microphone: Option<String>,
    /// Camera.
    pub camera: Option<String>,
    /// Speaker.
    pub speaker: Option<String>,
    /// Loudness of the ring sound, 0 to 100.
    pub ring_volume: u8,
    /// Trusted callers may have their calls answered, held and resumed without the user.
    pub auto_answer: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            language: None,
            theme: Theme::System,
            microphone: None,
            camera: None,
            speaker: None,
            ring_volume: 80,
            auto_answer: false,
        }
    }
}

impl Settings {
    /// Where no language was ever chosen: the first of the browser's languages that we have, else English.
    pub fn speak_one_of(&mut self, tags: &[String]) {
        if self.language.is_none() {
            self.language = Some(tags.iter().find_map(|tag| Language::from_tag(tag)).unwrap_or_default());
        }
    }

    /// The chosen device of one kind; `None` is the system's default.
    pub fn device(&self, kind: DeviceKind) -> Option<&str> {
        match kind {
            DeviceKind::Microphone => self.microphone.as_deref(),
            DeviceKind::Camera => self.camera.as_deref(),
            DeviceKind::Speaker => self.speaker.as_deref(),
        }
    }

    /// Remembers the chosen device of one kind.
    pub fn set_device(&mut self, kind: DeviceKind, id: Option<String>) {
        match kind {
            DeviceKind::Microphone => self.microphone = id,
            DeviceKind::Camera => self.camera = id,
            DeviceKind::Speaker => self.speaker = id,
        }
    }
}
