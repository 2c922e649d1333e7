//! Product requirement prompts: tasks stand in a fence, `Task 1:` and below it `CREATE src/a.py` or `MODIFY src/b.py:` with what
//! is to be done there. Boxes around it check the result, they are no tasks.

use super::format::{Format, MarkPlace};
use super::headings;
use crate::model::FileUse;
use crate::plan::document::Document;
use crate::plan::plan_draft::{Item, PlanDraft};
use crate::plan::text::{Block, Line, Shape, path_of, task_title};

pub(in crate::plan) struct Prp;

/// What a line of a task begins with that says what becomes of a file.
const VERBS: [&str; 10] =
    ["CREATE", "MODIFY", "UPDATE", "ADD", "EDIT", "DELETE", "REMOVE", "IMPLEMENT", "REFACTOR", "EXTEND"];

impl Format for Prp {
    fn name(&self) -> &'static str {
        "prp"
    }

    fn mark(&self) -> MarkPlace {
        MarkPlace::Elsewhere("its tasks stand in a fence and have no boxes")
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        let lines = document.lines();
        document.is_markdown()
            && lines.iter().any(|line| matches!(line.shape, Shape::Code(_)) && number(line).is_some())
            && tasks(lines).len() > 1
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        let lines = document.lines();
        sheet.title = headings::title(lines);
        let found = tasks(lines);
        for block in &found {
            sheet.items.extend(item(lines, block));
        }
        headings::assign(lines, &found, sheet, |_| false);
        for line in lines.iter().filter(|line| line.boxed().is_some()) {
            sheet.ignore("boxes that check the result", line.number);
        }
    }
}

/// The lines of each task, in fences in which something is done to files below every one.
fn tasks(lines: &[Line<'_>]) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut n = 0;
    while n < lines.len() {
        let code = |line: &Line<'_>| matches!(line.shape, Shape::Code(_)) && !line.text.starts_with("```");
        if !code(&lines[n]) || number(&lines[n]).is_none() {
            n += 1;
            continue;
        }
        let ends = |k: &usize| !code(&lines[*k]) || number(&lines[*k]).is_some();
        let end = (n + 1..lines.len()).find(ends).unwrap_or(lines.len());
        if lines[n..end].iter().any(|line| verb(line.text).is_some()) {
            found.push(n..end);
        }
        n = end;
    }
    found
}

/// The number of a task's first line, and the words behind it.
fn number<'a>(line: &Line<'a>) -> Option<(&'a str, &'a str)> {
    let rest = line.text.strip_prefix("Task ").filter(|_| line.indent == 0)?;
    let digits = rest.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let number = rest[..digits].trim_end_matches('.');
    let behind = rest[digits..].strip_prefix([':', '-', ')']).or_else(|| rest[digits..].strip_prefix(" -"))?;
    (!number.is_empty() && number.len() <= 8).then(|| (number, behind.trim()))
}

/// The verb of a line, and what it speaks of.
fn verb(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start_matches(['-', '*', ' ']);
    let verb = VERBS.iter().find(|verb| text.strip_prefix(**verb).is_some_and(|rest| rest.starts_with([' ', ':'])))?;
    Some((verb, text[verb.len()..].trim_matches([' ', ':'])))
}

fn item(lines: &[Line<'_>], block: &Block) -> Option<Item> {
    let (key, words) = number(&lines[block.start])?;
    let body = &lines[block.start + 1..block.end];
    let first =
        body.iter().map(|line| line.text.trim_end_matches(':')).find(|text| !text.is_empty()).unwrap_or_default();
    let title = task_title(if words.is_empty() { first.trim_start_matches(['-', ' ']) } else { words });
    let details: Vec<String> = body.iter().map(|line| format!("{}{}", " ".repeat(line.indent), line.text)).collect();
    let files = body.iter().filter(|line| line.indent == 0 && !line.text.starts_with('-')).filter_map(|line| {
        let (verb, what) = verb(line.text)?;
        let path = path_of(what.split_whitespace().next()?)?;
        Some(FileUse { path, creates: verb == "CREATE" })
    });
    let mut files: Vec<FileUse> = files.collect();
    files.dedup_by(|a, b| a.path == b.path);
    Some(Item {
        key: key.to_owned(),
        line: lines[block.start].number,
        files,
        details: details.join("\n").trim_end().to_owned(),
        title,
        ..Item::default()
    })
}

#[cfg(test)]
mod tests {
    use crate::model::MapFiles;
    use crate::plan::{PlanEntry, Reading, read};

    #[test]
    fn tasks_in_a_fence_are_read_and_checks_of_the_result_are_none() {
        let text = "# Pond\n\n## Success Criteria\n- [ ] it is wet\n\n```yaml\nTask 1:\nCREATE src/pond.py:\n  - MIRROR pattern from: src/lake.py\n\nTask 2: Fill it\nMODIFY src/water.py:\n  - ADD a tap\n```\n\n## Final Validation Checklist\n- [ ] All tests pass\n";
        let files = MapFiles([("pond.md".to_owned(), text.as_bytes().to_vec())].into());
        let plan = read(&files, &PlanEntry::new("pond.md"), &Reading::default());
        let shown = plan.tasks.iter().map(|task| {
            let files: Vec<&str> = task.files.iter().map(|file| file.path.as_str()).collect();
            format!("{} {} {files:?}", task.key, task.title)
        });
        let wanted = ["1 CREATE src/pond.py [\"src/pond.py\"]", "2 Fill it [\"src/water.py\"]"];
        assert_eq!(shown.collect::<Vec<_>>(), wanted);
        assert!(plan.tasks[0].files[0].creates && plan.ignored[0].count == 2);
    }
}
