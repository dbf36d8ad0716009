//! What pages are made of. A component gets signals and words, draws, and sends one action.

pub mod call;
pub mod dialpad;
pub mod doors;
pub mod floor;
pub mod kit;
pub mod office;
pub mod past;
pub mod people;
pub mod queue;
pub mod shell;
pub mod words;
