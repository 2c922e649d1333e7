//! Order by id: in task lines, in sections about it, in tables.

use super::ids::{IDS, task_id};
use super::table::is_waits;
use crate::model::{Severity, Why};
use crate::plan::formats::fields::{is_dependency, is_none};
use crate::plan::names::Names;
use crate::plan::plan_draft::{Link, PlanDraft};
use crate::plan::text::{Block, Clause, Group, Line, Part, References, Relation, Shape, Wire, wires};

/// Words of a heading under which sentences about ids are orders.
const SECTIONS: [&str; 13] = [
    "depend",
    "execution order",
    "task order",
    "critical path",
    "依存",
    "依赖",
    "依賴",
    "dependên",
    "dépend",
    "의존",
    "关键路径",
    "执行顺序",
    "実行順",
];

/// Lines named of those that were not understood.
const MAX_UNCLEAR: usize = 30;
/// Columns of a drawing's margin; nobody draws further to the right.
const MAX_INDENT: usize = 400;

/// "(depends on T007)", "after T207", "Dependencies: T012" in a task's own lines.
pub(super) fn of_tasks(lines: &[Line<'_>], blocks: &[Block], names: &Names, sheet: &mut PlanDraft) {
    for (n, block) in blocks.iter().enumerate() {
        let n = n as u32;
        for line in lines[block.clone()].iter().filter(|line| line.is_prose() && may_refer(line.text)) {
            if let Some(value) = dependency_field(line) {
                if !is_none(value) {
                    for group in References::new(value, IDS).listed() {
                        sheet.waits(names, n, Relation::After, group, line.number);
                    }
                }
                continue;
            }
            for (relation, group) in References::new(line.text, IDS).direct() {
                sheet.waits(names, n, relation, group, line.number);
            }
        }
    }
}

/// The value of a line that is a field about dependencies: `**Dependencies**: T001`, `- Depends on: T001`.
fn dependency_field<'a>(line: &Line<'a>) -> Option<&'a str> {
    let text = match line.shape {
        Shape::Item(text) => text,
        Shape::Text => line.text,
        _ => return None,
    };
    let (name, value) = text.split_once([':', '：'])?;
    let named = is_dependency(&name.trim_matches(['*', '_', ' ', '-']).to_lowercase());
    named.then(|| value.trim_start_matches(['*', '_', ' ']))
}

/// Whether there can be an id at all; most lines have none, and looking is much cheaper than reading.
fn may_refer(text: &str) -> bool {
    text.match_indices('T').any(|(at, _)| text.as_bytes().get(at + 1).is_some_and(u8::is_ascii_digit))
}

/// Sentences, arrows and tables in sections about dependencies. Fences count there, since many draw the order in one.
pub(super) fn of_sections(lines: &[Line<'_>], names: &Names, sheet: &mut PlanDraft) {
    let end = sheet.items.len() as u32;
    let mut section: Option<u8> = None;
    let mut column: Option<usize> = None;
    let mut drawing: Vec<(u32, String)> = Vec::new();
    let mut unclear: Vec<u32> = Vec::new();
    for line in lines {
        if section.is_some() && matches!(line.shape, Shape::Code(_) | Shape::Text) {
            drawing.push((line.number, format!("{}{}", " ".repeat(line.indent.min(MAX_INDENT)), line.text)));
        } else {
            drawn(std::mem::take(&mut drawing), names, sheet);
        }
        if let Some((level, title)) = line.heading() {
            if section.is_some_and(|open| level <= open) {
                section = None;
            }
            let lower = title.to_lowercase();
            if section.is_none() && SECTIONS.iter().any(|word| lower.contains(word)) && task_id(title).is_none() {
                section = Some(level);
            }
            continue;
        }
        if line.shape == Shape::Row {
            row(line, &mut column, names, sheet);
            continue;
        }
        column = None;
        let speaks = matches!(line.shape, Shape::Text | Shape::Item(_) | Shape::Code(_));
        if section.is_some() && speaks && may_refer(line.text) {
            let references = References::new(line.text, IDS);
            let clauses = references.clauses();
            let known = || references.groups().flat_map(|group| &group.0).filter(|part| names.has(part.first)).count();
            let several = || known() > 1 || known() == 1 && !references.direct().is_empty();
            if clauses.is_empty() && references.speaks_of_order() && several() && !is_apart(line.text) {
                unclear.push(line.number);
            }
            for Clause { before, after, pairwise } in clauses {
                if pairwise && before.0.len() == after.0.len() {
                    for (first, second) in before.0.iter().zip(&after.0) {
                        sheet.explicit(names, &Group(vec![*first]), &Group(vec![*second]), end, line.number, false);
                    }
                } else {
                    sheet.explicit(names, &before, &after, end, line.number, false);
                }
            }
        }
    }
    drawn(drawing, names, sheet);
    if let Some(&first) = unclear.first() {
        let shown = unclear.iter().take(MAX_UNCLEAR).map(u32::to_string).collect::<Vec<_>>().join(", ");
        let lines = if unclear.len() == 1 { "line" } else { "lines" };
        let what = format!("{lines} {shown}: an order of tasks is mentioned that was not understood");
        sheet.problem(Severity::Warning, first, what, "write `T002 depends on T001`, or `T001 → T002`");
    }
}

/// What a drawing joins.
fn drawn(rows: Vec<(u32, String)>, names: &Names, sheet: &mut PlanDraft) {
    let end = sheet.items.len() as u32;
    for Wire { before, after, line } in wires(&rows, IDS) {
        let group = |ids: &[String]| ids.iter().flat_map(|id| names.one(id, end, &sheet.items)).collect::<Vec<u32>>();
        let (before, after) = (group(&before), group(&after));
        sheet.link(Link { before, after, why: Why::Explicit, line, own: false });
    }
}

/// Sentences that say that tasks need not wait, or that are about phases and stories ([`super::stories`]).
fn is_apart(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words = [
        "parallel",
        "independent",
        "no depend",
        "not depend",
        "concurrent",
        "any order",
        "phase",
        "story",
        "stories",
        "us1",
        "us2",
        "us3",
        "setup",
        "foundational",
        "polish",
        "blocks all",
        "block all",
        "并行",
        "並列",
        "独立",
        "阶段",
        "フェーズ",
    ];
    words.iter().any(|word| lower.contains(word))
}

/// A row of a table with a column about dependencies: the first id of the row waits for those in the column.
fn row(line: &Line<'_>, column: &mut Option<usize>, names: &Names, sheet: &mut PlanDraft) {
    let cells: Vec<&str> = line.text.trim_matches('|').split('|').map(str::trim).collect();
    let is_head = |cell: &&str| is_waits(cell) && task_id(cell).is_none();
    if let Some(found) = cells.iter().position(is_head) {
        *column = Some(found);
        return;
    }
    let Some(cell) = column.and_then(|column| cells.get(column)) else { return };
    let marks = |c: char| matches!(c, '*' | '`' | '~' | '[');
    let waits = cells.iter().take(2).find_map(|cell| task_id(cell.trim_start_matches(marks)));
    let Some(waits) = waits else { return };
    let after = Group(vec![Part { first: waits, last: None }]);
    let end = sheet.items.len() as u32;
    let groups: Vec<Group<'_>> = References::new(cell, IDS).groups().cloned().collect();
    for before in &groups {
        sheet.explicit(names, before, &after, end, line.number, true);
    }
}
