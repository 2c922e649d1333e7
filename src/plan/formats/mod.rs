//! One file for each plan format.
//!
//! To add a format: copy the file of the nearest one, implement [`Format`], add it to [`FORMATS`] before everything
//! less specific, put a small plan of your own writing under `fixtures/plans/<name>/`, and add a row to the README.

mod backlog_json;
mod boxes;
mod checklist;
mod fields;
mod headings;
mod native;
mod orca;
mod shared;
mod speckit;

use super::document::{Document, Folder};
use super::sheet::Sheet;

/// A plan format. Recognising is cheap and looks at content, since a plan may lie anywhere; reading never fails.
pub(super) trait Format: Sync {
    /// The name shown and accepted.
    fn name(&self) -> &'static str;

    /// Whether the document is of this format.
    fn fits(&self, _document: &Document<'_>) -> bool {
        false
    }

    /// Reads the document.
    fn read(&self, document: &Document<'_>, sheet: &mut Sheet);

    /// Whether the folder as a whole is a plan of this format: one task a file.
    fn fits_folder(&self, _folder: &Folder<'_>) -> bool {
        false
    }

    /// Reads a folder that fits.
    fn read_folder(&self, _folder: &Folder<'_>, _sheet: &mut Sheet) {}
}

/// All formats, most specific first.
pub(super) const FORMATS: &[&dyn Format] =
    &[&native::Native, &backlog_json::BacklogJson, &speckit::SpecKit, &orca::Orca, &checklist::Checklist];
