//! Reports: counted in the transaction that writes what they are counted from, and read.

mod calls;
mod count;
mod read;
mod recount;
mod states;

pub use calls::{CallsBy, CallsWanted};
pub use read::{SumRow, SumsWanted};

pub(super) use count::Counting;
