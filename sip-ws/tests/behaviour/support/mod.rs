//! What the behaviour tests share: two endpoints under one virtual clock, and their traffic as a transcript.

pub mod pair;
pub mod transcript;
