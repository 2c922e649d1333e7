//! Setting up and keeping tidy: `init`, `trust`, `config`, `doctor`, `generate`, `schema`, `completions`, `man`,
//! `salvage`, `undo`, `clean`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod clean;
mod packaged;
mod place;
mod saved;
mod setting_up;
