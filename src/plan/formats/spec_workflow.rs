//! spec-workflow: `.spec-workflow/specs/*/tasks.md`, numbered boxes as Kiro has them, with `_Leverage:_`, `_Prompt:_` and
//! `File: a.ts, b.ts`.

use super::format::Format;
use super::numbered;
use super::shared::companions;
use crate::plan::document::Document;
use crate::plan::plan_draft::PlanDraft;

pub(in crate::plan) struct SpecWorkflow;

impl Format for SpecWorkflow {
    fn name(&self) -> &'static str {
        "spec-workflow"
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        let marks = ["_Leverage:", "_Prompt:"];
        document.is_markdown()
            && (marks.iter().any(|mark| document.text.contains(mark)) || document.path.contains(".spec-workflow/"))
            && numbered::looks_like(document.lines())
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        numbered::read(document.lines(), sheet);
        let steering = [".spec-workflow/steering/product.md", ".spec-workflow/steering/tech.md"];
        companions(document, sheet, &["requirements.md", "design.md"], &steering);
    }
}
