//! Tasks as rows of a table: which cell is the title, which says when the task is done.

use super::ids::task_id;
use crate::plan::formats::fields::{is_dependency, is_none};
use crate::plan::text::{Line, Shape};

/// What the columns of a table hold, by their heads.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    title: Option<usize>,
    criteria: Vec<usize>,
    estimate: Option<usize>,
    waits: Option<usize>,
}

/// A row, taken apart.
#[derive(Debug, Default)]
pub(super) struct TaskRow {
    pub title: String,
    pub criteria: Vec<String>,
    pub estimate: Option<String>,
    /// Whether it says itself what it waits for, be it nothing.
    pub tells_order: bool,
}

const TITLES: [&str; 10] = ["task", "title", "description", "name", "what", "任务", "描述", "タスク", "作業", "작업"];
const CRITERIA: [&str; 11] = [
    "outcome",
    "acceptance",
    "criteria",
    "criterion",
    "done when",
    "verification",
    "verify",
    "expected result",
    "验收",
    "受け入れ",
    "완료 조건",
];
const ESTIMATES: [&str; 7] = ["estimate", "effort", "duration", "time", "估时", "工时", "見積"];

/// Whether a cell says what a task waits for: nothing, or tasks by their ids.
fn says_order(cell: &str) -> bool {
    is_none(cell) || cell.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).any(|word| task_id(word).is_some())
}

/// The cells of a row.
fn cells<'a>(line: &Line<'a>) -> Vec<&'a str> {
    let text = line.text.strip_prefix('|').unwrap_or(line.text);
    text.strip_suffix('|').unwrap_or(text).split('|').map(str::trim).collect()
}

/// The columns of the table that row `at` belongs to: its first row, unless that is a task itself.
pub(super) fn columns(lines: &[Line<'_>], at: usize) -> Columns {
    let first = (0..=at).rev().take_while(|&n| lines[n].shape == Shape::Row).last().unwrap_or(at);
    let heads = cells(&lines[first]);
    let marks = |c: char| matches!(c, '*' | '`' | '~' | '[' | ' ');
    if first == at || heads.iter().any(|cell| task_id(cell.trim_start_matches(marks)).is_some()) {
        return Columns::default();
    }
    let lower: Vec<String> = heads.iter().map(|head| head.trim_matches(marks).to_lowercase()).collect();
    let has = |head: &str, words: &[&str]| words.iter().any(|word| head.contains(word));
    let criteria: Vec<usize> = (0..lower.len()).filter(|&n| has(&lower[n], &CRITERIA)).collect();
    let titled = |n: &usize| has(&lower[*n], &TITLES) && !criteria.contains(n) && !lower[*n].contains("id");
    Columns {
        title: (0..lower.len()).find(titled),
        estimate: (0..lower.len()).find(|&n| has(&lower[n], &ESTIMATES) && !criteria.contains(&n)),
        criteria,
        waits: lower.iter().position(|head| is_waits(head)),
    }
}

/// Whether a column of this name holds what a task waits for.
pub(super) fn is_waits(head: &str) -> bool {
    let lower = head.to_lowercase();
    is_dependency(&lower) || ["depend", "blocked by", "依存", "依赖"].iter().any(|word| lower.contains(word))
}

/// A row under these columns; where no head names one, the cell behind the id is the title.
pub(super) fn row(line: &Line<'_>, columns: &Columns) -> TaskRow {
    let cells = cells(line);
    let marks = |c: char| matches!(c, '*' | '`' | '~' | '[' | ' ');
    let id = cells.iter().position(|cell| task_id(cell.trim_start_matches(marks)).is_some()).unwrap_or(0);
    let beside = |n: usize| cells.get(n).copied().unwrap_or_default();
    let title = columns.title.filter(|n| *n != id).unwrap_or(id + 1);
    let filled = |n: &usize| {
        let cell = beside(*n).trim_matches(marks);
        cell.chars().any(char::is_alphanumeric).then(|| cell.to_owned())
    };
    TaskRow {
        title: beside(title).to_owned(),
        criteria: columns.criteria.iter().filter_map(filled).collect(),
        estimate: columns.estimate.as_ref().and_then(filled),
        tells_order: columns.waits.is_some_and(|n| says_order(beside(n))),
    }
}
