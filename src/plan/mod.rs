//! Plan formats: documents in, tasks, edges and problems out. Pure over [`crate::model::Files`]; reading never fails.
//!
//! ```text
//! file or folder ─Document─▶ Format::fits ─▶ Format::read ─Sheet─▶ finish ─▶ Plan
//! ```
//!
//! | type | is |
//! |---|---|
//! | [`Plan`] | tasks, barriers, problems, companions, what was ignored |
//! | [`Reading`], [`Mode`] | how much order is read into a document |
//! | [`PlanEntry`] | what to read |
//! | [`Found`] | a plan found in a repository |
//! | [`MarkEdit`], [`Marking`] | write-back: the bytes that mark tasks as done |
//!
//! A *format* (`formats/`) turns a document into a *sheet*: items, phases, links, with lines. `order` adds what the
//! document implies, `finish` makes safe ids, edges and barriers of it. `text` reads Markdown lines, references,
//! paths, front matter and JSON without knowing any format. To add a format, see `formats/mod.rs`.

mod changes;
mod document;
mod edited_files;
mod finish;
mod foreign_marks;
mod formats;
mod independent;
mod marks;
mod names;
mod order;
#[expect(clippy::module_inception, reason = "the type is what the module is about")]
mod plan;
mod plan_draft;
mod read;
mod sections;
mod settle;
mod shared;
#[cfg(test)]
mod tests;
mod text;

pub use changes::{KnownTasks, changes, unmarked};
pub use foreign_marks::{ForeignMarks, foreign_marks};
pub use marks::{MarkEdit, Marking, apply, marks};
pub use plan::{Companion, Ignored, Mode, Plan, PlanEntry, PlanSection, Reading, SectionKind, Source};
pub use read::{Found, detect, find, read, read_all, read_modes};
#[cfg(test)]
pub(crate) use text::{YamlNode, YamlValue, yaml};

pub(crate) use text::named_paths;

/// Why nothing is written back into plans of this format, if so.
pub fn unmarkable(format: &str) -> Option<&'static str> {
    match formats::FORMATS.iter().find(|known| known.name() == format)?.mark() {
        formats::MarkPlace::Elsewhere(why) => Some(why),
        _ => None,
    }
}

/// Names of all plan formats, most specific first.
pub fn format_names() -> impl Iterator<Item = &'static str> {
    formats::FORMATS.iter().map(|format| format.name())
}
