//! GitHub spec-kit: `specs/NNN-name/tasks.md` with `- [ ] T001 [P] [US1] Description in src/path`.
//!
//! Boxes with an id are the tasks; where a file has none, headings, table rows or bullets with ids are. Phases are the
//! headings, user stories among them run side by side after the foundational phase, `[P]` marks what may run beside its
//! neighbours. Order by id stands in task lines, in sections about dependencies and in tables ([`edges`], [`stories`]).

mod edges;
mod ids;
mod phases;
mod stories;
mod table;
mod tasks;

use super::format::Format;
use crate::plan::document::Document;
use crate::plan::formats::shared::companions;
use crate::plan::names::Names;
use crate::plan::plan_draft::PlanDraft;

pub(in crate::plan) struct SpecKit;

/// Documents that spec-kit writes beside `tasks.md`, and the project's constitution.
const COMPANIONS: [&str; 9] = [
    "plan.md",
    "spec.md",
    "requirements.md",
    "prd.md",
    "design.md",
    "research.md",
    "data-model.md",
    "quickstart.md",
    "contracts/",
];

impl Format for SpecKit {
    fn name(&self) -> &'static str {
        "spec-kit"
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        document.is_markdown() && tasks::looks_like(document.lines())
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        let lines = document.lines();
        // The template has a mark for what may run beside its neighbors.
        sheet.independent_by_files = false;
        let blocks = tasks::read(lines, sheet);
        phases::assign(lines, &blocks, sheet);
        let names = Names::of(&sheet.items);
        edges::of_tasks(lines, &blocks, &names, sheet);
        edges::of_sections(lines, &names, sheet);
        companions(document, sheet, &COMPANIONS, &[".specify/memory/constitution.md"]);
    }
}
