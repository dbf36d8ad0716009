//! A part of the callers of a queue, in order: the first ones, which feeds show, and those behind them for whoever asks.

use super::engine::Engine;
use super::io::{ItemId, Name};
use super::line::{Line, Rank, WaitingView};
use super::waiting::Stand;
use std::fmt;
use std::ops::Bound;
use std::str::FromStr;

/// Where a list of callers goes on: behind the place where this caller stood, who may be gone meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(Rank);

/// A part of those who wait in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Callers who wait or are being offered, all of them.
    pub waiting: usize,
    /// How many of them stand before this part.
    pub before: usize,
    /// This part, in order.
    pub callers: Vec<WaitingView>,
    /// Where the rest begins; `None` where nobody stands behind these.
    pub next: Option<Cursor>,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cursor((at, ItemId(item))) = self;
        write!(f, "{at}.{item}")
    }
}

/// A text that is no cursor.
#[derive(Debug, thiserror::Error)]
#[error("this is no place in a list of callers")]
pub struct NoCursor;

impl FromStr for Cursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let (at, item) = text.split_once('.').ok_or(NoCursor)?;
        let cursor = Cursor((at.parse().map_err(|_| NoCursor)?, ItemId(item.parse().map_err(|_| NoCursor)?)));
        // One way to write each: what is read with another one came from nowhere.
        if cursor.to_string() == text { Ok(cursor) } else { Err(NoCursor) }
    }
}

impl Engine {
    /// At most `limit` callers of a queue behind a place in it, or the first ones. What it takes grows with them and with those who are
    /// being offered at this moment, of whom there are no more than agents; those who stand before them are counted and not looked at.
    pub fn listed(&self, queue: &Name, after: Option<Cursor>, limit: usize) -> Option<Listed> {
        let line = self.lines.get(queue)?;
        let from = after.map_or(Bound::Unbounded, |Cursor(rank)| Bound::Excluded(rank));
        let (mut order, ahead): (Vec<Rank>, Vec<Rank>) =
            line.offered.iter().copied().partition(|rank| after.is_none_or(|Cursor(after)| *rank > after));
        order.extend(line.waiting.range((from, Bound::Unbounded)).take(limit.saturating_add(1)));
        order.sort_unstable();
        let more = order.len() > limit;
        order.truncate(limit);
        Some(Listed {
            waiting: line.waiting.len() + line.offered.len(),
            before: ahead.len() + after.map_or(0, |Cursor(rank)| line.waiting.range(..=rank).count()),
            callers: order.iter().filter_map(|(_, id)| self.waiting_view(line, *id)).collect(),
            next: order.last().filter(|_| more).map(|rank| Cursor(*rank)),
        })
    }

    fn waiting_view(&self, line: &Line, id: ItemId) -> Option<WaitingView> {
        let item = self.items.get(&id)?;
        let offered_to = match &item.stand {
            Stand::Waiting => Vec::new(),
            Stand::Offered(ringing) => ringing.rung.iter().map(|rung| rung.agent.clone()).collect(),
        };
        Some(WaitingView {
            contact: item.contact.clone(),
            caller: item.caller.clone(),
            display: item.display.clone(),
            since: item.since,
            priority: item.priority,
            offered_to,
            lack: line.lack(item),
        })
    }
}
