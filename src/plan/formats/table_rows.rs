//! Plans that are a table and nothing else: a row for each task, with its number or id, what is to be done, and a column for
//! the state or for what comes first. Without all of these a table is no plan.

use super::fields::{Field, is_dependency, is_done_word};
use super::format::{Format, MarkPlace};
use super::headings;
use super::shared::declared_files;
use super::stated::{Stated, link, stated};
use crate::plan::document::Document;
use crate::plan::plan_draft::{Item, Order, PlanDraft};
use crate::plan::text::{Block, Line, Shape, minutes, priority_of, task_title};

pub(in crate::plan) struct TableRows;

const IDS: [&str; 14] =
    ["id", "#", "no", "no.", "nr", "nr.", "number", "task id", "key", "nº", "n°", "编号", "番号", "번호"];
const TITLES: [&str; 14] = [
    "task",
    "title",
    "work item",
    "item",
    "aufgabe",
    "tarea",
    "tarefa",
    "tâche",
    "attività",
    "задача",
    "任务",
    "タスク",
    "作業",
    "작업",
];
const STATES: [&str; 12] =
    ["status", "state", "done", "progress", "zustand", "estado", "état", "statut", "stato", "статус", "状态", "状態"];
const ESTIMATES: [&str; 6] = ["estimate", "effort", "aufwand", "estimación", "估时", "見積"];

/// What the columns of a table hold.
#[derive(Debug, Clone, Copy)]
struct RowShape {
    id: usize,
    title: usize,
    state: Option<usize>,
    waits: Option<usize>,
    estimate: Option<usize>,
    priority: Option<usize>,
}

impl Format for TableRows {
    fn name(&self) -> &'static str {
        "table"
    }

    fn mark(&self) -> MarkPlace {
        MarkPlace::Elsewhere("a table has no boxes: its column for the state is left to you")
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        let lines = document.lines();
        document.is_markdown() && lines.iter().all(|line| line.boxed().is_none()) && !tables(lines).is_empty()
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        let lines = document.lines();
        sheet.title = headings::title(lines);
        let (mut found, mut said): (Vec<Block>, Vec<Stated>) = (Vec::new(), Vec::new());
        for (rows, shape) in tables(lines) {
            if shape.waits.is_some() {
                sheet.order = Order::Stated;
            }
            for n in rows {
                match item(&lines[n], shape) {
                    Some(item) => {
                        let block = n..n + 1;
                        said.push(stated(lines, &block, &waits(&lines[n], shape)));
                        found.push(block);
                        sheet.items.push(item);
                    }
                    None => sheet.not_read(lines[n].number, lines[n].text),
                }
            }
        }
        headings::assign(lines, &found, sheet, |_| false);
        link(sheet, &said);
    }
}

/// The tables whose rows are tasks: which lines are rows, and what their columns hold.
fn tables(lines: &[Line<'_>]) -> Vec<(Block, RowShape)> {
    let mut found = Vec::new();
    let mut n = 0;
    while n < lines.len() {
        if lines[n].shape != Shape::Row {
            n += 1;
            continue;
        }
        let end = (n..lines.len()).find(|k| lines[*k].shape != Shape::Row).unwrap_or(lines.len());
        let first = if lines.get(n + 1).is_some_and(is_rule) { n + 2 } else { n + 1 };
        if let Some(shape) = row_shape(&lines[n]).filter(|_| first < end) {
            found.push((first..end, shape));
        }
        n = end;
    }
    found
}

/// `|---|:--|`.
fn is_rule(line: &Line<'_>) -> bool {
    line.text.contains('-') && line.text.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '))
}

fn row_shape(line: &Line<'_>) -> Option<RowShape> {
    let heads: Vec<String> = cells(line).iter().map(|cell| cell.trim_matches(['*', '`', ' ']).to_lowercase()).collect();
    let at = |names: &[&str]| heads.iter().position(|head| names.contains(&head.as_str()));
    let shape = RowShape {
        id: at(&IDS)?,
        title: at(&TITLES)?,
        state: at(&STATES),
        waits: heads
            .iter()
            .position(|head| is_dependency(head) || ["after", "needs", "abhängig von"].contains(&head.as_str())),
        estimate: at(&ESTIMATES),
        priority: at(&["priority", "prio"]),
    };
    (shape.state.is_some() || shape.waits.is_some()).then_some(shape)
}

fn cells<'a>(line: &Line<'a>) -> Vec<&'a str> {
    let text = line.text.trim();
    let text = text.strip_prefix('|').unwrap_or(text);
    text.strip_suffix('|').unwrap_or(text).split('|').map(str::trim).collect()
}

/// The task of a row; none where it has no id or no words.
fn item(line: &Line<'_>, shape: RowShape) -> Option<Item> {
    let cells = cells(line);
    let cell = |n: Option<usize>| n.and_then(|n| cells.get(n).copied()).unwrap_or_default();
    let key = cell(Some(shape.id)).trim_matches(['*', '`', '~', '#', ' ']);
    let title = task_title(cell(Some(shape.title)));
    let is_id = key.len() <= 24 && key.chars().any(char::is_alphanumeric) && !key.contains(char::is_whitespace);
    (is_id && title.chars().any(char::is_alphanumeric)).then(|| Item {
        key: key.to_owned(),
        line: line.number,
        done: is_done_word(cell(shape.state)),
        files: declared_files(line.text),
        estimate: minutes(cell(shape.estimate)),
        priority: priority_of(cell(shape.priority)),
        details: line.text.to_owned(),
        title,
        ..Item::default()
    })
}

/// What a row waits for, as the field that its column is.
fn waits<'a>(line: &Line<'a>, shape: RowShape) -> Vec<Field<'a>> {
    let cells = cells(line);
    let value = shape.waits.and_then(|n| cells.get(n).copied());
    let field = |value| Field { name: "dependencies".to_owned(), value, items: Vec::new(), line: line.number };
    value.map(field).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use crate::model::MapFiles;
    use crate::plan::{Plan, PlanEntry, Reading, read};

    fn plan(text: &str) -> Plan {
        let files = MapFiles([("PLAN.md".to_owned(), text.as_bytes().to_vec())].into());
        read(&files, &PlanEntry::new("PLAN.md"), &Reading::default())
    }

    #[test]
    fn rows_with_a_state_or_an_order_are_tasks_in_whatever_language() {
        let tables = [
            "| ID | Task | Status | Depends on |\n|---|---|---|---|\n| A1 | Dig the pond | Done | - |\n| A2 | Plant reeds in `pond/reeds.txt` | open | A1 |\n| A3 | Add frogs | In progress | A1, A2 |\n",
            "| Nr | Aufgabe | Abhängig von |\n|:--|---|---|\n| 1 | Teich graben | – |\n| 2 | Schilf pflanzen | 1 |\n| 3 | Frösche | 1, 2 |\n",
            "| 编号 | 任务 | 状态 | 依赖 |\n|---|---|---|---|\n| T1 | 挖池塘 | 已完成 | 无 |\n| T2 | 种芦苇 | 未开始 | T1 |\n| T3 | 青蛙 | 未开始 | T2 |\n",
        ];
        for text in tables {
            let plan = plan(&format!("# Pond\n\n{text}"));
            assert_eq!(plan.tasks.len(), 3, "{text}");
            let last: Vec<&str> = plan.tasks[2].after.iter().map(|edge| edge.task.as_str()).collect();
            assert!(last.contains(&plan.tasks[1].id.as_str()), "{text} {last:?}");
            assert_eq!(plan.tasks[0].done, text.contains("Done") || text.contains("已完成"), "{text}");
            assert!(plan.problems.is_empty(), "{:?}", plan.problems);
        }
    }

    #[test]
    fn other_tables_are_no_plan_and_a_row_without_an_id_is_named() {
        for text in [
            "| Name | Description |\n|---|---|\n| a | b |\n",
            "| ID | Task |\n|---|---|\n| 1 | b |\n",
            "| Task | Status |\n|---|---|\n| b | open |\n",
        ] {
            assert_eq!(plan(text).tasks.len(), 0, "{text}");
        }
        let odd = plan("| ID | Task | Status |\n|---|---|---|\n| 1 | Dig | open |\n| | Fill | open |\n");
        assert_eq!((odd.tasks.len(), odd.unread.len()), (1, 1));
    }
}
