//! Kiro and cc-sdd: `.kiro/specs/<feature>/tasks.md` with numbered boxes, `_Requirements: 1.1_` (never task ids), `*` for
//! optional, `(P)` for parallel, `_Depends: 1.2_`, and since 2026 a last section with waves as JSON.

use super::format::Format;
use super::numbered;
use super::shared::companions;
use crate::plan::document::Document;
use crate::plan::names::Names;
use crate::plan::plan_draft::{Order, PlanDraft};
use crate::plan::text::{Line, Located, Node, Shape};

pub(in crate::plan) struct Kiro;

impl Format for Kiro {
    fn name(&self) -> &'static str {
        "kiro"
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        let marks = ["_Requirements:", "_Boundary:", "_Depends:", "\"waves\"", "**Validates: Req"];
        document.is_markdown()
            && (marks.iter().any(|mark| document.text.contains(mark)) || document.path.contains(".kiro/specs/"))
            && numbered::looks_like(document.lines())
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        numbered::read(document.lines(), sheet);
        waves(document.lines(), sheet);
        companions(document, sheet, &["requirements.md", "design.md", "research.md"], &STEERING);
    }
}

const STEERING: [&str; 3] = [".kiro/steering/product.md", ".kiro/steering/tech.md", ".kiro/steering/structure.md"];

/// `{"waves": [{"id": 0, "tasks": ["1.1", "2.1"]}, …]}` in a fence.
fn waves(lines: &[Line<'_>], sheet: &mut PlanDraft) {
    let Some(named) = lines.iter().position(|l| matches!(l.shape, Shape::Code(_)) && l.text.contains("\"waves\""))
    else {
        return;
    };
    let fence = |line: &Line<'_>| !matches!(line.shape, Shape::Code(_)) || line.text.starts_with("```");
    // The words may stand in the line that opens the fence (```json {"waves": …): then that line is the opening one.
    let start = (0..=named).rev().find(|&n| fence(&lines[n])).map_or(0, |n| n + 1);
    let end = (start..lines.len()).find(|&n| fence(&lines[n])).unwrap_or(lines.len());
    let text = lines[start..end].iter().map(|line| line.text).collect::<Vec<_>>().join("\n");
    let located = Located::new(&text);
    let Some(waves) = located.root().ok().and_then(|root| root.get("waves")).and_then(Node::array) else { return };
    let names = Names::of(&sheet.items);
    sheet.order = Order::Waves;
    for (n, wave) in waves.into_iter().enumerate() {
        // `["1", "2"]`, or `{"tasks": ["1", "2"]}`.
        for id in wave.get("tasks").unwrap_or(wave).texts() {
            let found = names.one(&id, sheet.items.len() as u32, &sheet.items);
            if found.is_empty() {
                sheet.dangling(&names, &id, lines[named].number);
            }
            found.into_iter().for_each(|item| sheet.items[item as usize].wave = Some(n as u32));
        }
    }
}
