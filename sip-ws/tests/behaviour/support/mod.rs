//! What the behaviour tests share: two endpoints or two whole agents under one virtual clock, and their traffic as a transcript.

pub mod desk;
pub mod driver;
pub mod edges;
pub mod hub;
pub mod pair;
pub mod proxy;
pub mod transcript;
pub mod watched;
