//! Everybody who waits in a queue, part by part.

use super::board;
use super::work::WaitingView;
use crate::desk::Desk;

/// A part of the list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallersView {
    /// Name of the queue.
    pub queue: String,
    /// Callers who wait, all of them; nothing before it is known.
    pub waiting: Option<u32>,
    /// How many of them stand before this part.
    pub before: usize,
    /// This part, in order.
    pub rows: Vec<WaitingView>,
    /// There is a part before it.
    pub back: bool,
    /// There is one behind it.
    pub on: bool,
    /// It could not be read just now.
    pub failed: bool,
}

impl Desk {
    /// The list that is looked at; an empty one where none is.
    pub(super) fn callers_view(&self) -> CallersView {
        let Some(list) = &self.state.callers else { return CallersView::default() };
        let part = list.part.as_ref();
        let name_of = |user: &str| self.name_of(user);
        CallersView {
            queue: list.queue.clone(),
            waiting: part.map(|part| part.waiting),
            before: part.map_or(0, |part| usize::try_from(part.before).unwrap_or(0)),
            rows: part.map(|part| board::waiting_views(&part.callers, self.clocks(), &name_of)).unwrap_or_default(),
            back: !list.starts.is_empty(),
            on: part.is_some_and(|part| part.next.is_some()),
            failed: list.failed,
        }
    }
}
