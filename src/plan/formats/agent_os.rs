//! Agent OS (`.agent-os/specs/*/tasks.md`) and ai-dev-tasks (`tasks/tasks-*.md`): numbered boxes, hard-wrapped lines.

use super::format::Format;
use super::numbered;
use super::shared::companions;
use crate::plan::document::Document;
use crate::plan::plan_draft::PlanDraft;

pub(in crate::plan) struct AgentOs;

impl Format for AgentOs {
    fn name(&self) -> &'static str {
        "agent-os"
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        let marks = ["# Spec Tasks", "@.agent-os/", "## Relevant Files"];
        document.is_markdown()
            && (marks.iter().any(|mark| document.text.contains(mark)) || document.path.contains(".agent-os/"))
            && numbered::looks_like(document.lines())
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        numbered::read(document.lines(), sheet);
        companions(document, sheet, &["spec.md", "spec-lite.md", "sub-specs/"], &[".agent-os/product/mission.md"]);
    }
}
