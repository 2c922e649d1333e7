//! Setting up and keeping tidy: `init`, `trust`, `config`, `doctor`, `generate`, `schema`, `completions`, `man`,
//! `salvage`, `undo`, `clean`.

mod clean;
mod packaged;
mod place;
mod saved;
mod setting_up;
