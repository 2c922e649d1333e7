//! Real projects with real tools, one in each language: a good change passes all gates together, and the same change with
//! one thing spoiled is refused by the right gate at the right line, and by no other.
//!
//! Each file reads as a table of changes. `.ci/run` installs the tools beside the tree; without them a test says that it
//! is skipped.

mod audits;
mod change;
mod found;
mod go;
mod project;
mod python;
mod rules;
mod rust;
mod settings;
mod typescript;
