//! What every plan format does.

use crate::plan::document::{Document, Folder};
use crate::plan::plan_draft::PlanDraft;

/// A plan format. Recognising is cheap and looks at content, since a plan may lie anywhere; reading never fails.
pub(in crate::plan) trait Format: Sync {
    /// The name shown and accepted.
    fn name(&self) -> &'static str;

    /// Whether the document is of this format.
    fn fits(&self, _document: &Document<'_>) -> bool {
        false
    }

    /// Reads the document.
    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft);

    /// Whether it takes for a plan what may be none: then only a file that somebody names is read so, none that is found.
    fn is_guess(&self) -> bool {
        false
    }

    /// Where it says that a task is done.
    fn mark(&self) -> MarkPlace {
        MarkPlace::Line
    }

    /// Whether the folder as a whole is a plan of this format: one task a file.
    fn fits_folder(&self, _folder: &Folder<'_>) -> bool {
        false
    }

    /// Reads a folder that fits.
    fn read_folder(&self, _folder: &Folder<'_>, _sheet: &mut PlanDraft) {}
}

/// Where a format says that a task is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::plan) enum MarkPlace {
    /// The box on the task's line; under a heading, the boxes below it.
    Line,
    /// A field `**Status**: …` below the heading, or a box in it.
    Field,
    /// `status:` in the head of the task's file; this word means done where no other card shows one.
    Head(&'static str),
    /// A value in the data ([`crate::plan::plan_draft::DataMark`]).
    Data,
    /// Elsewhere: why nothing is written.
    Elsewhere(&'static str),
}
