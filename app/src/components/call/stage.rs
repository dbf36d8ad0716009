//! The middle of the desk: the call in front, the other calls, or the quiet.

use leptos::prelude::*;

use super::card::CallCard;
use super::line::CallLine;
use crate::components::kit::{Each, EmptyState, Glyph, When, memo};
use crate::components::past::RecentCalls;
use crate::components::queue::{QueueBoard, WrapUp};
use crate::components::shell::current;
use crate::desk::CallKey;
use crate::i18n::{I18n, Key};
use crate::store::Stores;

/// Every call of this desk that does not ring.
#[component]
pub fn Stage() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let front = memo(move || {
        let active = stores.desk.with(|desk| desk.active);
        current(&stores.calls.all(), active).map(|call| call.call)
    });
    let others = move || {
        let front = front.get();
        stores.calls.keys().into_iter().filter(|call| Some(*call) != front).collect::<Vec<CallKey>>()
    };
    let has_others = memo(move || stores.calls.keys().len() > 1);
    let over =
        memo(move || front.get().and_then(|call| stores.calls.row(&call)).is_some_and(|call| call.with(|call| call.ended_at.is_some())));
    view! {
        <section
            class="stage"
            class:is-quiet=move || front.get().is_none()
            class:is-over=move || over.get()
            aria-label=t.of(Key::CallsTitle)
        >
            // Whatever else is in front: a note that is half written outlives the next call.
            <WrapUp/>
            <When when=move || has_others.get()>
                <ul class="lines">
                    <Each each=others key=|call| *call let:call>
                        {stores.calls.row(&call).map(|view| view! { <CallLine call view/> })}
                    </Each>
                </ul>
            </When>
            {move || match front.get().and_then(|call| stores.calls.row(&call).map(|view| (call, view))) {
                Some((call, view)) => view! { <CallCard call view/> }.into_any(),
                None => {
                    view! {
                        <div class="quiet" tabindex="0">
                            <QueueBoard/>
                            <EmptyState glyph=Glyph::Phone title=t.of(Key::NoCallsTitle) text=t.of(Key::NoCallsText) />
                            <RecentCalls />
                        </div>
                    }
                    .into_any()
                }
            }}
        </section>
    }
}
