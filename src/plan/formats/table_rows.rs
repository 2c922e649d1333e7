//! Plans that are a table and nothing else: a row for each task, with its number or id, what is to be done, and a column for
//! the state or for what comes first. Without these a table is no plan.

use super::fields::{Field, is_criteria, is_dependency, is_done_word, is_dropped_word, is_state};
use super::format::{Format, MarkPlace};
use super::headings;
use super::shared::declared_files;
use super::stated::{Stated, link, stated};
use crate::plan::document::Document;
use crate::plan::plan_draft::{DataMark, Item, Order, PlanDraft};
use crate::plan::text::{Block, Line, Shape, is_struck, minutes, plain_title, priority_of, task_title};

pub(in crate::plan) struct TableRows;

const IDS: [&str; 17] = [
    "id", "#", "no", "no.", "nr", "nr.", "number", "task id", "ticket", "issue", "key", "nº", "n°", "编号", "序号",
    "番号", "번호",
];
const TITLES: [&str; 20] = [
    "task",
    "tasks",
    "title",
    "summary",
    "work item",
    "item",
    "todo",
    "what",
    "aufgabe",
    "tarea",
    "tarefa",
    "tâche",
    "attività",
    "задача",
    "任务",
    "任務",
    "タスク",
    "作業",
    "작업",
    "work",
];
const ESTIMATES: [&str; 8] = ["estimate", "effort", "duration", "aufwand", "estimación", "estimation", "估时", "見積"];
/// Columns of what is to be seen, beside those that every format knows.
const OUTCOMES: [&str; 4] = ["outcome", "testable outcome", "expected result", "test"];

/// What the columns of a table hold.
#[derive(Debug, Clone, Default)]
struct RowShape {
    heads: Vec<String>,
    id: Option<usize>,
    title: usize,
    state: Option<usize>,
    waits: Option<usize>,
    estimate: Option<usize>,
    priority: Option<usize>,
    accept: Option<usize>,
}

impl Format for TableRows {
    fn name(&self) -> &'static str {
        "table"
    }

    fn mark(&self) -> MarkPlace {
        MarkPlace::Data
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
            let done = done_word(lines, &rows, &shape);
            for n in rows {
                match item(&lines[n], &shape, &done) {
                    Some(item) => {
                        let block = n..n + 1;
                        said.push(stated(lines, &block, &waits(&lines[n], &shape)));
                        found.push(block);
                        sheet.items.push(item);
                    }
                    None if is_group(&lines[n]) => sheet.ignore("rows that only group others", lines[n].number),
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
        if let Some(shape) = row_shape(&lines[n], lines.get(first)).filter(|_| first < end) {
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

/// Whether a cell holds nothing but an id: `TASK-001`, `1.2`.
fn is_code(cell: &str) -> bool {
    let bare = cell.trim_matches(['*', '`', ' ']);
    bare.len() <= 16 && bare.bytes().any(|b| b.is_ascii_digit()) && !bare.contains(char::is_whitespace)
}

fn row_shape(line: &Line<'_>, first: Option<&Line<'_>>) -> Option<RowShape> {
    let heads: Vec<String> = cells(line).iter().map(|cell| cell.trim_matches(['*', '`', ' ']).to_lowercase()).collect();
    let named = |names: &[&str]| heads.iter().position(|head| names.contains(&head.as_str()));
    let like = |is: &dyn Fn(&str) -> bool| heads.iter().position(|head| is(head));
    let title = named(&TITLES)?;
    // `| Task | Description |` over `| TASK-001 | … |`: the first names what the second says.
    let words = named(&["description", "details", "beschreibung", "descripción", "描述", "说明"]);
    let coded = first.map(cells).is_some_and(|cells| cells.get(title).is_some_and(|cell| is_code(cell)));
    let (id, title) = match words.filter(|_| coded && named(&IDS).is_none()) {
        Some(words) => (Some(title), words),
        None => (named(&IDS), title),
    };
    let shape = RowShape {
        id,
        title,
        state: like(&|head| is_state(head) || ["done", "progress", "completed", "complete", "✅"].contains(&head)),
        waits: like(&|head| is_dependency(head) || ["after", "needs"].contains(&head)),
        estimate: named(&ESTIMATES),
        priority: named(&["priority", "prio", "priorität", "优先级", "優先度"]),
        accept: like(&|head| is_criteria(head) || OUTCOMES.contains(&head)),
        heads: Vec::new(),
    };
    let is_plan = shape.state.is_some() || shape.waits.is_some() && shape.id.is_some();
    is_plan.then_some(RowShape { heads, ..shape })
}

/// The cells of a row; `\|` is none of their borders.
fn cells<'a>(line: &Line<'a>) -> Vec<&'a str> {
    let text = line.text.trim();
    let text = text.strip_prefix('|').unwrap_or(text);
    let (mut found, mut start, mut last) = (Vec::new(), 0, ' ');
    for (at, c) in text.char_indices() {
        if c == '|' && last != '\\' {
            found.push(text[start..at].trim());
            start = at + 1;
        }
        last = c;
    }
    if !text[start..].trim().is_empty() {
        found.push(text[start..].trim());
    }
    found
}

/// A row with words in one cell only.
fn is_group(line: &Line<'_>) -> bool {
    cells(line).iter().filter(|cell| !cell.is_empty()).count() <= 1
}

/// How rows of this table say that they are done.
fn done_word(lines: &[Line<'_>], rows: &Block, shape: &RowShape) -> String {
    let states = lines[rows.clone()].iter().filter_map(|line| cells(line).get(shape.state?).copied());
    states.into_iter().find(|cell| is_done_word(cell) || is_yes(cell)).unwrap_or("Done").to_owned()
}

/// The task of a row; none where it has no id or no words.
fn item(line: &Line<'_>, shape: &RowShape, done: &str) -> Option<Item> {
    let cells = cells(line);
    let cell = |n: Option<usize>| n.and_then(|n| cells.get(n).copied()).unwrap_or_default();
    let key = cell(shape.id).trim_matches(['*', '`', '~', '#', ' ']);
    let title = task_title(cell(Some(shape.title)));
    let is_id = key.len() <= 24 && key.chars().any(char::is_alphanumeric) && !key.contains(char::is_whitespace);
    if shape.id.is_some() && !is_id || !title.chars().any(char::is_alphanumeric) {
        return None;
    }
    let state = shape.state.and_then(|n| cells.get(n).copied());
    let place = |state: &str| line.offset + (state.as_ptr() as usize).saturating_sub(line.text.as_ptr() as usize);
    Some(Item {
        key: key.to_owned(),
        line: line.number,
        done: is_done_word(cell(shape.state)) || is_yes(cell(shape.state)),
        optional: is_dropped_word(cell(shape.state)) || is_struck(cell(Some(shape.title))),
        files: declared_files(line.text),
        estimate: minutes(cell(shape.estimate)),
        priority: priority_of(cell(shape.priority)),
        acceptance: Some(plain_title(cell(shape.accept))).filter(|text| text.len() > 2).into_iter().collect(),
        mark: state.map(|state| DataMark {
            range: place(state)..place(state) + state.len(),
            done: if state.is_empty() { format!(" {done}") } else { done.to_owned() },
        }),
        details: details(&title, &cells, shape),
        title,
        ..Item::default()
    })
}

/// A column "Completed" says it in its own way.
fn is_yes(cell: &str) -> bool {
    ["x", "yes", "true", "ja", "[x]", "是"].iter().any(|word| cell.eq_ignore_ascii_case(word))
}

/// What the other columns say, each under its name; the state is no word of the task.
fn details(title: &str, cells: &[&str], shape: &RowShape) -> String {
    let told = |n: &usize| Some(*n) != shape.id && *n != shape.title && Some(*n) != shape.state;
    let others = (0..cells.len().min(shape.heads.len())).filter(told).filter(|n| !cells[*n].is_empty());
    let lines = others.map(|n| format!("{}: {}", shape.heads[n], cells[n]));
    std::iter::once(title.to_owned()).chain(lines).collect::<Vec<_>>().join("\n")
}

/// What a row waits for, as the field that its column is.
fn waits<'a>(line: &Line<'a>, shape: &RowShape) -> Vec<Field<'a>> {
    let cells = cells(line);
    let value = shape.waits.and_then(|n| cells.get(n).copied());
    let field = |value| Field { name: "dependencies".to_owned(), value, items: Vec::new(), line: line.number };
    value.map(field).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use crate::model::MapFiles;
    use crate::plan::{Plan, PlanEntry, Reading, apply, marks, read};

    fn files(text: &str) -> MapFiles {
        MapFiles([("PLAN.md".to_owned(), text.as_bytes().to_vec())].into())
    }

    fn plan(text: &str) -> Plan {
        read(&files(text), &PlanEntry::new("PLAN.md"), &Reading::default())
    }

    #[test]
    fn rows_with_a_state_or_an_order_are_tasks_in_whatever_language() {
        let tables = [
            "| ID | Task | Status | Depends on |\n|---|---|---|---|\n| A1 | Dig the pond | Done | - |\n| A2 | Plant reeds in `pond/reeds.txt` | open | A1 |\n| A3 | Add frogs | In progress | A1, A2 |\n",
            "| Nr | Aufgabe | Abhängig von |\n|:--|---|---|\n| 1 | Teich graben | – |\n| 2 | Schilf pflanzen | 1 |\n| 3 | Frösche | 1, 2 |\n",
            "| 编号 | 任务 | 状态 | 依赖 |\n|---|---|---|---|\n| T1 | 挖池塘 | 已完成 | 无 |\n| T2 | 种芦苇 | 未开始 | T1 |\n| T3 | 青蛙 | 未开始 | T2 |\n",
            "| Task | Status | Depends on |\n|---|---|---|\n| Dig | ✅ Done | |\n| Plant `a \\| b` | ⬜ | Dig |\n| Fill | 🔄 | Dig |\n",
        ];
        for text in tables {
            let plan = plan(&format!("# Pond\n\n{text}"));
            assert_eq!(plan.tasks.len(), 3, "{text}");
            assert_eq!(plan.tasks[0].done, text.contains("Done") || text.contains("已完成"), "{text}");
            assert!(!plan.tasks[1].after.is_empty() && !plan.has_errors(), "{text} {:?}", plan.problems);
        }
    }

    #[test]
    fn ids_in_the_column_of_tasks_and_ticks_in_that_of_what_is_completed() {
        let text = "# Pond\n\n- GOAL-001: Water\n\n| Task | Description | Completed | Date |\n|---|---|---|---|\n| TASK-001 | Dig `pond.txt` | ✅ | 2025-01-01 |\n| TASK-002 | Fill it | | |\n\n- GOAL-002: Life\n\n| Task | Description | Completed | Date |\n|---|---|---|---|\n| TASK-003 | ~~Frogs~~ | | |\n";
        let plan = plan(text);
        let shown: Vec<_> =
            plan.tasks.iter().map(|task| (task.key.as_str(), task.title.as_str(), task.done, task.optional)).collect();
        assert_eq!(
            shown,
            [
                ("TASK-001", "Dig `pond.txt`", true, false),
                ("TASK-002", "Fill it", false, false),
                ("TASK-003", "Frogs", false, true)
            ]
        );
        let marking = marks(&files(text), &PlanEntry::new("PLAN.md"), "", &[&plan.tasks[1]]);
        let marked = String::from_utf8(apply(text.as_bytes(), &marking.edits).unwrap()).unwrap();
        assert!(marked.contains("| TASK-002 | Fill it | ✅"), "{marked}");
    }

    #[test]
    fn other_tables_are_no_plan_and_a_row_without_an_id_is_named() {
        for text in [
            "| Name | Description |\n|---|---|\n| a | b |\n",
            "| ID | Task |\n|---|---|\n| 1 | b |\n",
            "| Task | Depends on |\n|---|---|\n| b | c |\n",
        ] {
            assert_eq!(plan(text).tasks.len(), 0, "{text}");
        }
        let odd =
            plan("| ID | Task | Status |\n|---|---|---|\n| **Phase 1** | | |\n| 1 | Dig | open |\n| | Fill | open |\n");
        assert_eq!((odd.tasks.len(), odd.unread.len()), (1, 1));
    }

    #[test]
    fn the_cell_of_the_state_is_marked_as_others_are() {
        let text = "| ID | Task | Status | Acceptance |\n|---|---|---|---|\n| 1 | Dig | ✅ Done | wet |\n| 2 | Fill | 🔄 In progress | full of water |\n";
        let files = files(text);
        let plan = read(&files, &PlanEntry::new("PLAN.md"), &Reading::default());
        assert_eq!(plan.tasks[1].acceptance, ["full of water"]);
        let marking = marks(&files, &PlanEntry::new("PLAN.md"), "", &[&plan.tasks[1]]);
        let marked = String::from_utf8(apply(text.as_bytes(), &marking.edits).unwrap()).unwrap();
        assert_eq!(marked, text.replace("🔄 In progress", "✅ Done"));
    }
}
