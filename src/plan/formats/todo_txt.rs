//! todo.txt: one task a line, `x` in front of what is done, `(A)` for its priority, `id:1` and `dep:1` where somebody says what
//! comes first.

use super::format::{Format, MarkPlace};
use crate::plan::document::Document;
use crate::plan::names::Names;
use crate::plan::plan_draft::{DataMark, Item, Order, PlanDraft};
use crate::plan::text::{Shape, task_title};

use super::shared::declared_files;

pub(in crate::plan) struct TodoTxt;

impl Format for TodoTxt {
    fn name(&self) -> &'static str {
        "todo.txt"
    }

    fn mark(&self) -> MarkPlace {
        MarkPlace::Data
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        let name = document.name();
        let lines = || document.lines().iter().filter(|line| line.shape != Shape::Blank);
        (name.eq_ignore_ascii_case("todo.txt") || name.ends_with(".todo.txt"))
            && lines().next().is_some()
            && lines().all(|line| line.shape == Shape::Text && line.indent == 0)
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        let phase = sheet.phase("", 0);
        let mut waits: Vec<Vec<String>> = Vec::new();
        for line in document.lines().iter().filter(|line| line.shape == Shape::Text) {
            let (done, rest) = match line.text.strip_prefix("x ") {
                Some(rest) => (true, rest),
                None => (false, line.text),
            };
            let (priority, rest) = priority(rest);
            let value = |name: &str| rest.split_whitespace().filter_map(|word| word.strip_prefix(name)).next();
            let plain: Vec<&str> = rest.split_whitespace().filter(|word| !is_aside(word)).collect();
            let title = task_title(&plain.join(" "));
            if !title.chars().any(char::is_alphanumeric) {
                sheet.not_read(line.number, line.text);
                continue;
            }
            waits.push(
                rest.split_whitespace().filter_map(|word| word.strip_prefix("dep:")).map(str::to_owned).collect(),
            );
            sheet.items.push(Item {
                key: value("id:").unwrap_or_default().to_owned(),
                line: line.number,
                phase,
                done,
                priority,
                files: declared_files(rest),
                details: rest.to_owned(),
                mark: Some(DataMark { range: line.offset..line.offset, done: "x ".to_owned() }),
                title,
                labels: rest.split_whitespace().filter_map(label).map(str::to_owned).collect(),
                ..Item::default()
            });
        }
        if waits.iter().any(|ids| !ids.is_empty()) {
            sheet.order = Order::Stated;
        }
        let names = Names::of(&sheet.items);
        for (n, ids) in waits.iter().enumerate() {
            let line = sheet.items[n].line;
            sheet.depends(&names, n as u32, ids, line);
        }
    }
}

/// `@garden`, `+house`: where a task belongs, and to what.
fn label(word: &str) -> Option<&str> {
    word.strip_prefix(['@', '+']).filter(|name| name.starts_with(char::is_alphanumeric))
}

/// `(A)` in front: the first letters matter most.
fn priority(text: &str) -> (Option<u8>, &str) {
    let mut chars = text.chars();
    let letter = match (chars.next(), chars.next(), chars.next(), chars.next()) {
        (Some('('), Some(letter @ 'A'..='Z'), Some(')'), Some(' ')) => letter,
        _ => return (None, text),
    };
    let value = match letter {
        'A' => 90,
        'B' => 75,
        'C' => 50,
        _ => 25,
    };
    (Some(value), chars.as_str())
}

/// Dates, projects, contexts and `key:value` are no words of the title.
fn is_aside(word: &str) -> bool {
    let date = word.len() == 10 && word.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let pair = word.split_once(':').is_some_and(|(key, value)| {
        !key.is_empty() && key.bytes().all(|b| b.is_ascii_lowercase()) && !value.is_empty() && !value.starts_with('/')
    });
    date || pair || word.len() > 1 && word.starts_with(['+', '@'])
}

#[cfg(test)]
mod tests {
    use crate::model::MapFiles;
    use crate::plan::{PlanEntry, Reading, apply, marks, read};

    #[test]
    fn lines_are_tasks_and_marks_come_back() {
        let text = "(A) 2025-01-01 Dig the pond +garden @home id:1\n(B) Plant reeds dep:1 due:2025-02-01\nx 2025-01-02 2025-01-01 Buy a spade\n\nAsk Bob\n";
        let files = MapFiles([("todo.txt".to_owned(), text.as_bytes().to_vec())].into());
        let entry = PlanEntry::new("todo.txt");
        let plan = read(&files, &entry, &Reading::default());
        let shown: Vec<String> = plan
            .tasks
            .iter()
            .map(|task| {
                let after: Vec<&str> = task.after.iter().map(|edge| edge.task.as_str()).collect();
                format!("{} {} {} {after:?}", task.title, task.done, task.priority)
            })
            .collect();
        assert_eq!(
            shown,
            [
                "Dig the pond false 90 []",
                "Plant reeds false 75 [\"1\"]",
                "Buy a spade true 50 []",
                "Ask Bob false 50 []"
            ]
        );
        let open: Vec<_> = plan.tasks.iter().filter(|task| !task.done).collect();
        let marking = marks(&files, &entry, "", &open[..1]);
        let marked = String::from_utf8(apply(text.as_bytes(), &marking.edits).unwrap()).unwrap();
        assert_eq!(marked, format!("x {text}"));
        let prose = MapFiles([("todo.txt".to_owned(), b"# Todo\n\n- dig\n".to_vec())].into());
        assert!(read(&prose, &entry, &Reading::default()).sources.first().is_none_or(|it| it.kind != "todo.txt"));
    }
}
