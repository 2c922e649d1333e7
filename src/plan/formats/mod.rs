//! One file for each plan format.
//!
//! To add a format: copy the file of the nearest one, implement [`Format`], add it to [`FORMATS`] before everything
//! less specific, put a small plan of your own writing under `fixtures/plans/<name>/`, and add a row to the README.

mod agent_os;
mod backlog_json;
mod backlog_md;
mod beads;
mod bmad;
mod boxes;
mod cards;
mod ccpm;
mod checklist;
mod checks;
mod complete;
mod conductor;
mod fields;
mod github_issues;
mod gsd;
mod headings;
mod kiro;
pub(super) mod marks;
mod native;
mod numbered;
mod openspec;
mod orca;
mod ralph;
mod shared;
mod sisyphus;
mod spec_workflow;
mod speckit;
mod stated;
mod superpowers;
mod taskmaster;

use super::document::{Document, Folder};
use super::plan_draft::PlanDraft;

/// A plan format. Recognising is cheap and looks at content, since a plan may lie anywhere; reading never fails.
pub(super) trait Format: Sync {
    /// The name shown and accepted.
    fn name(&self) -> &'static str;

    /// Whether the document is of this format.
    fn fits(&self, _document: &Document<'_>) -> bool {
        false
    }

    /// Reads the document.
    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft);

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
pub(super) enum MarkPlace {
    /// The box on the task's line; under a heading, the boxes below it.
    Line,
    /// A field `**Status**: …` below the heading, or a box in it.
    Field,
    /// `status:` in the head of the task's file; this word means done where no other card shows one.
    Head(&'static str),
    /// A value in the data ([`super::plan_draft::DataMark`]).
    Data,
    /// Elsewhere: why nothing is written.
    Elsewhere(&'static str),
}

/// All formats, most specific first.
pub(super) const FORMATS: &[&dyn Format] = &[
    &native::Native,
    &backlog_json::BacklogJson,
    &ralph::Ralph,
    &taskmaster::TaskMaster,
    &github_issues::GithubIssues,
    &beads::Beads,
    &complete::Complete,
    &gsd::Gsd,
    &ccpm::Ccpm,
    &backlog_md::BacklogMd,
    &sisyphus::Sisyphus,
    &bmad::Bmad,
    &speckit::SpecKit,
    &conductor::Conductor,
    &superpowers::Superpowers,
    &spec_workflow::SpecWorkflow,
    &kiro::Kiro,
    &agent_os::AgentOs,
    &openspec::OpenSpec,
    &orca::Orca,
    &checklist::Checklist,
];
