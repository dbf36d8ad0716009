//! The floor: for whoever is in charge, people at work beside the queues, alarms above both.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::components::floor::{About, Agents, Alarms, CallerDialog, CallersDialog, FloorQueues, ManageDialog, MessageDialog};
use crate::components::kit::{Button, EmptyState, Glyph, Icon, Spinner, When};
use crate::components::shell::{Frame, Title};
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, Stores};

/// The page.
#[component]
pub fn Floor() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let acknowledge = Dispatch::use_context().acknowledging();
    let there = stores.floor.memo(|floor| floor.there);
    let steers = stores.floor.memo(|floor| floor.steers);
    let feed = stores.desk.memo(|desk| desk.feed);
    let (manage, caller, all, message) = (About::new(), About::new(), About::new(), About::new());
    let nothing = move || {
        view! {
            <When when=move || feed.get() fallback=move || view! { <Spinner label=t.of(Key::Loading)/> }>
                <EmptyState glyph=Glyph::People title=t.of(Key::FloorNotYours)/>
            </When>
        }
    };
    view! {
        <Title page=Key::NavFloor/>
        <Frame title=Key::NavFloor>
            <When when=move || there.get() fallback=nothing>
                <Alarms acknowledge/>
                <div class="floor-links">
                    <A href="/wallboard" attr:class="btn">
                        <Icon glyph=Glyph::Eye/>
                        <span>{t.of(Key::WallTitle)}</span>
                    </A>
                    <When when=move || steers.get()>
                        <Button
                            label=t.of(Key::FloorMessageAll)
                            glyph=Glyph::Bell
                            press=Callback::new(move |()| message.show(""))
                        />
                    </When>
                </div>
                <div class="floor">
                    <Agents manage/>
                    <FloorQueues caller all/>
                </div>
                <ManageDialog about=manage/>
                <CallersDialog about=all caller/>
                <CallerDialog about=caller/>
                <MessageDialog about=message/>
            </When>
        </Frame>
    }
}
