//! Small services of the browser that pages need while drawing: the window's title, dates in the user's language.

use leptos::prelude::*;
use web_sys::Event;

/// How much of an instant to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateStyle {
    /// 14:05
    Time,
    /// 3 May 2026
    Date,
    /// 3 May, 14:05
    DateTime,
}

/// Get it in a component's body: `Platform::use_context()`.
#[derive(Clone, Copy)]
pub struct Platform {
    title: Callback<String>,
    date: Callback<(i64, DateStyle, String), String>,
    notify: Callback<(String, String, String)>,
    escaped: Callback<String, String>,
    skipped: Callback<Event, bool>,
}

impl Platform {
    /// For the root.
    pub fn new(
        title: impl Fn(String) + Send + Sync + 'static,
        date: impl Fn(i64, DateStyle, &str) -> String + Send + Sync + 'static,
        notify: impl Fn(&str, &str, &str) + Send + Sync + 'static,
        escaped: impl Fn(&str) -> String + Send + Sync + 'static,
        skipped: impl Fn(&Event) -> bool + Send + Sync + 'static,
    ) -> Platform {
        Platform {
            title: Callback::new(title),
            date: Callback::new(move |(at, style, tag): (i64, DateStyle, String)| date(at, style, &tag)),
            notify: Callback::new(move |(title, body, tag): (String, String, String)| notify(&title, &body, &tag)),
            escaped: Callback::new(move |text: String| escaped(&text)),
            skipped: Callback::new(move |event: Event| skipped(&event)),
        }
    }

    /// The services of this page.
    pub fn use_context() -> Platform {
        expect_context::<Platform>()
    }

    /// Sets the title of the tab.
    pub fn set_title(self, title: impl Into<String>) {
        self.title.run(title.into());
    }

    /// Shows a desktop notification while the page is hidden; a later one with the same `tag` replaces it.
    pub fn notify(self, title: impl Into<String>, body: impl Into<String>, tag: impl Into<String>) {
        self.notify.run((title.into(), body.into(), tag.into()));
    }

    /// Text as a value in the query of an address.
    pub fn escaped(self, text: &str) -> String {
        self.escaped.run(text.to_owned())
    }

    /// Whether the element of a `contentvisibilityautostatechange` is out of sight from now on.
    pub fn skipped(self, event: Event) -> bool {
        self.skipped.run(event)
    }

    /// Prints an instant (Unix milliseconds) in the language `tag` and the browser's time zone.
    pub fn date_time(self, unix_ms: i64, style: DateStyle, tag: &str) -> String {
        self.date.run((unix_ms, style, tag.to_owned()))
    }
}
