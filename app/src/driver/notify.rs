//! Desktop notifications, shown only while the page is hidden.

use web_sys::{Notification, NotificationOptions, NotificationPermission};

use super::page;

/// Asks for permission where nothing is decided. Call it from a click.
pub fn ask() {
    if supported() && Notification::permission() == NotificationPermission::Default {
        let _ = Notification::request_permission();
    }
}

/// Shows a notification if the page is hidden and the user allowed it. A later one with the same `tag` replaces it.
pub fn show(title: &str, body: &str, tag: &str) {
    if !supported() || !page::hidden() || Notification::permission() != NotificationPermission::Granted {
        return;
    }
    let options = NotificationOptions::new();
    options.set_body(body);
    options.set_tag(tag);
    let _ = Notification::new_with_options(title, &options);
}

fn supported() -> bool {
    web_sys::window().is_some_and(|window| super::bindings::has_method(&window, "Notification"))
}
