//! What the loops of the desk, of the office, and of the sign-in page before them have in common.

use serde::{Deserialize, Serialize};
use wire::Me;

use crate::desk::event::Failure;
use crate::desk::settings::Settings;
use crate::driver::{http, notify, page, storage};
use crate::store::{DateStyle, Platform};

/// What the sign-in page tells the program behind it. No secret: the session is a cookie that scripts cannot read.
#[derive(Serialize, Deserialize)]
pub(super) struct Handover {
    pub(super) me: Box<Me>,
    pub(super) settings: Settings,
}

pub(super) fn platform() -> Platform {
    Platform::new(
        |title| page::set_title(&title),
        |unix_ms, style, tag| {
            let (date, time) = match style {
                DateStyle::Time => (false, true),
                DateStyle::Date => (true, false),
                DateStyle::DateTime => (true, true),
            };
            page::format_date(unix_ms, date, time, tag)
        },
        notify::show,
        http::escaped,
        page::skipped,
    )
}

pub(super) fn saved_settings() -> Settings {
    storage::load_settings().and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default()
}

pub(super) fn save(settings: &Settings) {
    if let Ok(json) = serde_json::to_string(settings) {
        storage::save_settings(&json);
    }
}

pub(super) fn apply(settings: &Settings) {
    page::apply(settings.language.unwrap_or_default().tag(), settings.theme.attribute());
}

pub(super) fn failure(failure: http::Failure) -> Failure {
    Failure { status: failure.status, code: failure.code, retry_after: failure.retry_after }
}
