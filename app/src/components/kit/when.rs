//! Shows something while a condition holds. The framework's own `Show` is compiled anew for every place it is used;
//! this one is compiled once, which a download of this size notices.

use leptos::prelude::*;

use super::boxed::memo;

/// Children while `when` is true, otherwise the fallback.
#[component]
pub fn When(
    /// The condition.
    #[prop(into)]
    when: Signal<bool>,
    /// Shown while it does not hold.
    #[prop(optional, into)]
    fallback: ViewFn,
    /// Shown while it holds.
    children: ChildrenFn,
) -> AnyView {
    let holds = memo(move || when.get());
    (move || if holds.get() { children() } else { fallback.run() }).into_any()
}
