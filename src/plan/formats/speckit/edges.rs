//! Order by id: in task lines, in sections about it, in tables.

use super::{IDS, task_id};
use crate::plan::names::Names;
use crate::plan::plan_draft::PlanDraft;
use crate::plan::text::{Block, Clause, Group, Line, Part, References, Shape};

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

/// "(depends on T007)", "after T207", "Dependencies: T012" in a task's own lines.
pub(super) fn of_tasks(lines: &[Line<'_>], blocks: &[Block], names: &Names, sheet: &mut PlanDraft) {
    for (n, block) in blocks.iter().enumerate() {
        let n = n as u32;
        for line in lines[block.clone()].iter().filter(|line| line.is_prose() && may_refer(line.text)) {
            for (relation, group) in References::new(line.text, IDS).direct() {
                sheet.waits(names, n, relation, group, line.number);
            }
        }
    }
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
    for line in lines {
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
            for Clause { before, after, pairwise } in References::new(line.text, IDS).clauses() {
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
}

/// A row of a table with a column about dependencies: the first id of the row waits for those in the column.
fn row(line: &Line<'_>, column: &mut Option<usize>, names: &Names, sheet: &mut PlanDraft) {
    let cells: Vec<&str> = line.text.trim_matches('|').split('|').map(str::trim).collect();
    let is_head = |cell: &&str| {
        let lower = cell.to_lowercase();
        ["depend", "blocked by", "依存", "依赖"].iter().any(|word| lower.contains(word)) && task_id(cell).is_none()
    };
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
