//! One row of the access log.

use leptos::prelude::*;

use crate::components::kit::{Badge, Glyph, Icon, Tone, When};
use crate::components::words;
use crate::desk::view::doors::{AccessEntry, KeptPicture};
use crate::i18n::{I18n, Key};
use crate::store::{DateStyle, Platform};

/// Who asked for which relay, and what became of it.
#[component]
pub fn AccessRow(
    /// What is known of it.
    row: AccessEntry,
) -> impl IntoView {
    let t = I18n::use_context();
    let platform = Platform::use_context();
    let at = row.at;
    let when = move || platform.date_time(at, DateStyle::DateTime, t.language().tag());
    let rings = row.relay.is_empty();
    let (outcome, tone) = if rings { (Key::AccessPictureRing, Tone::Off) } else { words::door_outcome(row.outcome) };
    let why = words::door_why(&row.why);
    let by = row.by.clone();
    let who = move || match (rings, by.is_empty()) {
        (true, _) => String::new(),
        (false, true) => t.get(Key::AccessErased).to_owned(),
        (false, false) => by.clone(),
    };
    let rang = row.caller.map(|name| view! { <p class="faint clip">{move || t.with(Key::AccessRang, &[("name", &name)])}</p> });
    view! {
        <li class="past-row access-row">
            <span class="past-way"><Icon glyph=Glyph::Entrance/></span>
            <div class="past-who">
                <p class="past-name clip"><bdi>{row.door}</bdi>{(!rings).then(|| view! { " · "<bdi>{row.relay}</bdi> })}</p>
                <p class="faint clip"><bdi>{row.site}</bdi></p>
            </div>
            <div class="past-who access-by">
                <p class="clip"><bdi>{who}</bdi></p>
                {rang}
                {(!row.pictures.is_empty()).then(|| view! { <Pictures pictures=row.pictures/> })}
                {(!row.note.is_empty()).then(|| view! { <p class="faint clip"><bdi>{row.note}</bdi></p> })}
            </div>
            <div class="past-outcome access-outcome">
                <Badge label=t.of(outcome) tone=tone/>
                {row.test.then(|| view! { <span class="faint">{t.of(Key::AccessTest)}</span> })}
                {why.map(|why| view! { <p class="faint">{t.of(why)}</p> })}
            </div>
            <span class="past-time soft num">{when}</span>
        </li>
    }
}

/// Pictures that are kept of a release. They are fetched when somebody wants to see them: each look is written down.
#[component]
fn Pictures(pictures: Vec<KeptPicture>) -> impl IntoView {
    let t = I18n::use_context();
    let platform = Platform::use_context();
    let wanted = RwSignal::new(false);
    let count = pictures.len().to_string();
    let pictures = StoredValue::new(pictures);
    let each = move |picture: KeptPicture| {
        let moment = if picture.ring { Key::AccessPictureRing } else { Key::AccessPictureOpening };
        let when = move || platform.date_time(picture.taken_at, DateStyle::DateTime, t.language().tag());
        view! {
            <figure>
                <img src=format!("/api/snapshots/{}", picture.id) alt=t.of(moment)/>
                <figcaption class="faint">{t.of(moment)}" · "{when}</figcaption>
            </figure>
        }
    };
    view! {
        <details class="access-pictures" on:toggle=move |_| wanted.set(true)>
            <summary>{move || t.with(Key::AccessPictures, &[("count", &count)])}</summary>
            <When when=move || wanted.get()>
                {pictures.get_value().into_iter().map(each).collect_view()}
            </When>
        </details>
    }
}
