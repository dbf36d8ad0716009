//! The desk: a single-page app in the browser. `driver` touches the browser, `desk` decides, `store` is read by the
//! pages, `runner` is the one loop between them.

pub mod app;
pub mod components;
pub mod desk;
pub mod driver;
pub mod i18n;
pub mod office;
pub mod pages;
pub mod recorder;
pub mod runner;
pub mod store;
