//! What the fields of tasks that are headings say about order: `**Dependencies:** 1.2, 1.3`, bullets below such a field or
//! heading, "All previous tasks". Every format whose tasks are headings shares it.

use super::fields::{Field, is_dependency, is_none};
use crate::model::{Severity, Why};
use crate::plan::names::Names;
use crate::plan::plan_draft::{Link, PlanDraft};
use crate::plan::text::{Block, Grammar, Group, Line, References, Shape, plain_title};

/// What one task says about order.
#[derive(Debug, Default)]
pub(super) struct Stated {
    /// Whether there is anything, "None" included.
    pub said: bool,
    /// Texts that name what comes first, with their lines.
    waits: Vec<(String, u32)>,
    /// Line of "All previous tasks", or 0.
    all_previous: u32,
}

/// What the lines of `block`, whose fields are `all`, say.
pub(super) fn stated(lines: &[Line<'_>], block: &Block, all: &[Field<'_>]) -> Stated {
    let mut says = Stated::default();
    let mut found = false;
    for field in all.iter().filter(|field| is_dependency(&field.name)) {
        found = true;
        if !field.value.is_empty() || field.items.is_empty() {
            says.note(field.value, field.line);
        }
        field.items.iter().for_each(|text| says.note(text, field.line));
    }
    if !found {
        for line in &lines[block.start + 1..block.end] {
            plain_wait(line).into_iter().for_each(|text| says.note(text, line.number));
        }
    }
    says
}

impl Stated {
    /// One text about what comes first.
    pub fn note(&mut self, text: &str, line: u32) {
        let lower = text.to_lowercase();
        self.said = true;
        let all = ["all previous", "all prior", "all earlier", "all above", "all preceding"];
        if all.iter().any(|words| lower.contains(words)) {
            self.all_previous = line;
        } else if !is_none(text) {
            self.waits.push((text.to_owned(), line));
        }
    }
}

/// What a line says about order whose author left out the stars: `Depends on: Task 1`, `- Dependencies: none`, or a
/// sentence `Depends on Step 1.`
pub(super) fn plain_wait<'a>(line: &Line<'a>) -> Option<&'a str> {
    let text = match line.shape {
        Shape::Item(text) => text,
        Shape::Text => line.text.trim(),
        _ => return None,
    };
    if let Some((_, value)) = text
        .split_once([':', '：'])
        .filter(|(name, _)| is_dependency(&name.trim_matches(['*', '_', ' ']).to_lowercase()))
    {
        return Some(value.trim());
    }
    let said = text.split(". ").map(str::trim_start).find_map(|sentence| {
        let begins = sentence.get(..11).is_some_and(|words| words.eq_ignore_ascii_case("depends on "));
        begins.then(|| &sentence[11..])
    })?;
    References::new(said, IDS).listed().next().is_some().then_some(said)
}

/// `TASK-1.1`, `US-2`, `IMPL-03` at the start.
pub(super) fn lettered(text: &str) -> Option<(&str, &str)> {
    hyphened(text).filter(|(id, _)| id.find('-') > Some(1))
}

/// The same, with one letter too: `T-4`.
fn hyphened(text: &str) -> Option<(&str, &str)> {
    let letters = text.bytes().take_while(u8::is_ascii_uppercase).count();
    let rest = text[letters..].strip_prefix('-')?;
    let numbers = rest.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let id = text[..letters + 1 + numbers].trim_end_matches('.');
    let ends = !text[id.len()..].starts_with(|c: char| c.is_ascii_alphanumeric());
    let first = rest.starts_with(|c: char| c.is_ascii_digit());
    ((1..=8).contains(&letters) && first && numbers <= 12 && ends).then(|| (id, &text[id.len()..]))
}

/// What tasks with a number call themselves.
pub(super) const TASK_WORDS: [&str; 22] = [
    "task",
    "tasks",
    "aufgabe",
    "aufgaben",
    "tâche",
    "tâches",
    "tarea",
    "tareas",
    "tarefa",
    "tarefas",
    "attività",
    "compito",
    "taak",
    "uppgift",
    "zadanie",
    "задача",
    "задачи",
    "任务",
    "任務",
    "タスク",
    "작업",
    "과제",
];
/// What steps with a number call themselves.
pub(super) const STEP_WORDS: [&str; 13] = [
    "step",
    "steps",
    "schritt",
    "schritte",
    "étape",
    "étapes",
    "paso",
    "passo",
    "шаг",
    "步骤",
    "ステップ",
    "手順",
    "단계",
];

/// What stands behind such a word, in whatever case: its number.
pub(super) fn called<'a>(text: &'a str, words: &[&str]) -> Option<&'a str> {
    words.iter().find_map(|word| {
        let mut rest = text.chars();
        let same = word.chars().all(|c| rest.next().is_some_and(|own| own == c || own.to_lowercase().eq([c])));
        let rest = rest.as_str();
        // Scripts without spaces between words have none before a number, either.
        let apart = rest.starts_with([' ', '\u{a0}', '#']) || !word.starts_with(|c: char| c < '\u{1100}');
        (same && apart).then(|| rest.trim_start().trim_start_matches('#'))
    })
}

/// Ids in fields: with letters (`TASK-1.1`, `T3`), or a number, perhaps behind "Task" or `#`.
pub(super) const IDS: Grammar = Grammar(|text, _| {
    if let Some((id, _)) = hyphened(text) {
        return Some((id.len(), id));
    }
    let behind = called(text, &TASK_WORDS).or_else(|| called(text, &STEP_WORDS)).or_else(|| text.strip_prefix('#'));
    let word = behind.map_or(0, |rest| text.len() - rest.len());
    let rest = &text[word..];
    // "Task A" has a letter where others have a number.
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    if word > 0 && rest.starts_with(|c: char| c.is_ascii_uppercase()) && ends(&rest[1..]) {
        return Some((word + 1, &rest[..1]));
    }
    let letter = usize::from(rest.starts_with(|c: char| c.is_ascii_uppercase()));
    let digits = rest[letter..].bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let id = rest[..letter + digits].trim_end_matches('.');
    let suffix =
        usize::from(id.len() == letter + digits && rest[id.len()..].starts_with(|c: char| c.is_ascii_lowercase()));
    let id = &rest[..id.len() + suffix];
    let open = rest[id.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '%' | '_'));
    (id.len() > letter + suffix && id.len() <= 12 && !open).then(|| (word + id.len(), id))
});

/// Turns what fields say into links.
pub(super) fn link(sheet: &mut PlanDraft, stated: &[Stated]) {
    let mut names = Names::of(&sheet.items);
    for n in 0..sheet.items.len() {
        names.also(&sheet.items[n].title.to_lowercase(), n as u32);
    }
    for (n, says) in stated.iter().enumerate() {
        let n = n as u32;
        if says.all_previous > 0 {
            let line = says.all_previous;
            sheet.link(Link { before: (0..n).collect(), after: vec![n], why: Why::Explicit, line, own: false });
        }
        for (text, line) in &says.waits {
            waits(sheet, &names, n, text, *line);
        }
    }
}

fn waits(sheet: &mut PlanDraft, names: &Names, n: u32, text: &str, line: u32) {
    // `**Task:** 1 (…)`: the label of an item is no word of it.
    let plain = text.replace("**", "");
    let text = plain.strip_prefix("Task:").map_or(plain.as_str(), str::trim);
    let references = References::new(text, IDS);
    let groups: Vec<&Group<'_>> = references.listed().collect();
    let mut found = Vec::new();
    for group in &groups {
        let members = names.group(group, n, &sheet.items);
        members.dangling.iter().for_each(|id| sheet.dangling(names, id, line));
        found.extend(members.items);
    }
    if found.is_empty() {
        found = by_title(names, text, n, sheet);
    }
    if found.is_empty() && groups.is_empty() {
        let shown: String = text.chars().filter(|c| !c.is_control()).take(60).collect();
        let what = format!("this dependency names no task of the plan: `{shown}`");
        sheet.problem(Severity::Warning, line, what, "name the task by its id, or write it into the details");
    }
    sheet.link(Link { before: found, after: vec![n], why: Why::Explicit, line, own: true });
}

/// A dependency by title: `Pydantic Models`, `Task Extraction (done)`.
fn by_title(names: &Names, text: &str, from: u32, sheet: &PlanDraft) -> Vec<u32> {
    let lower = plain_title(text).to_lowercase();
    let bare = lower.split('(').next().unwrap_or(&lower).trim();
    [lower.trim(), bare]
        .iter()
        .map(|title| names.one(title, from, &sheet.items))
        .find(|f| !f.is_empty())
        .unwrap_or_default()
}
