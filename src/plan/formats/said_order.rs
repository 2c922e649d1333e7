//! What the boxes of a plain list say about order: "（依赖任务1）", "(après la tâche 1)", "(depends on Model)". A list has no ids of
//! its own: numbers are those in front of boxes or behind the word for a task, names are the beginnings of titles.

use super::phrases::{bracketed, phrases};
use super::stated::{STEP_WORDS, TASK_WORDS, called};
use crate::model::{Severity, Why};
use crate::plan::names::Names;
use crate::plan::plan_draft::{Item, Link, PlanDraft};
use crate::plan::text::{Block, Grammar, Line, References, Relation, leading_id};

/// What brackets begin with that name what comes first; those behind `false` say something else as often.
const WORDS: [(&str, bool); 18] = [
    ("depends on", true),
    ("dependent on", true),
    ("blocked by", true),
    ("waits for", true),
    ("needs", false),
    ("requires", false),
    ("after", false),
    ("hängt ab von", true),
    ("abhängig von", true),
    ("nach", false),
    ("dépend de", true),
    ("après", false),
    ("depende de", true),
    ("después de", false),
    ("зависит от", true),
    ("после", false),
    ("依赖于", true),
    ("依赖", true),
];
/// Titles looked at for one name.
const MOST: usize = 50;
/// Letters of a name that can be told from an ordinary word.
const SHORTEST: usize = 3;

/// "Task 1", "任务1", and in a list of such the numbers behind.
const CALLED: Grammar = Grammar(|text, listed| {
    let behind = called(text, &TASK_WORDS).or_else(|| called(text, &STEP_WORDS));
    let rest = behind.or_else(|| listed.then_some(text))?;
    let id = number_at(rest)?;
    Some((text.len() - rest.len() + id.len(), id))
});

fn number_at(text: &str) -> Option<&str> {
    let end = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let id = text[..end].trim_end_matches('.');
    let open = text[id.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '%');
    (!id.is_empty() && id.len() <= 12 && !open && id.split('.').all(|part| !part.is_empty())).then_some(id)
}

/// The number that a task calls itself by, and what follows: `任务2：模型`.
fn own_number(text: &str) -> Option<(&str, &str)> {
    let rest = called(text.trim_start_matches(['*', '_', '`']), &TASK_WORDS)?;
    let id = number_at(rest)?;
    Some((id, &rest[id.len()..]))
}

/// Links what boxes say. `blocks` are the lines of each item, `texts` what stands behind its box, with the number in front.
pub(super) fn read_said(lines: &[Line<'_>], blocks: &[Block], texts: &[(&str, &str)], sheet: &mut PlanDraft) {
    let number = |(number, text): &(&str, &str)| own_number(text).map_or(*number, |(own, _)| own).to_owned();
    let numbered: Vec<Item> = texts
        .iter()
        .zip(&sheet.items)
        .map(|(text, item)| {
            let key = Some(number(text)).filter(|key| !key.is_empty()).unwrap_or_else(|| item.key.clone());
            let aliases = item.key.strip_prefix('#').map(str::to_owned).into_iter().collect();
            Item { key, aliases, phase: item.phase, ..Item::default() }
        })
        .collect();
    let names = Names::of(&numbered);
    let mut titles: Vec<(String, u32)> =
        (0u32..).zip(&sheet.items).map(|(n, item)| (item.title.to_lowercase(), n)).collect();
    titles.sort();
    for (n, (block, (_, text))) in (0u32..).zip(blocks.iter().zip(texts)) {
        for line in lines[block.clone()].iter().filter(|line| line.is_prose()) {
            let is_first = line.number == sheet.items[n as usize].line;
            let said = if is_first { own_number(text).map_or(*text, |(_, rest)| rest) } else { line.text };
            let understood = by_number(said, (&names, &numbered), n, line.number, sheet)
                | by_phrase(said, (&names, &numbered), (n, line.number), sheet)
                || by_letters(said, (&names, &numbered), (n, line.number), sheet);
            if !understood {
                by_title(said, &titles, (n, line.number), sheet);
            }
        }
    }
}

fn by_number(text: &str, (names, numbered): (&Names, &[Item]), n: u32, line: u32, sheet: &mut PlanDraft) -> bool {
    let references = References::new(text, CALLED);
    let mut understood = false;
    for (relation, group) in references.direct() {
        let found = names.group(group, n, numbered);
        found.dangling.iter().for_each(|id| sheet.dangling(names, id, line));
        let (before, after) = match relation {
            Relation::After => (found.items, vec![n]),
            Relation::Before => (vec![n], found.items),
        };
        understood = true;
        sheet.link(Link { before, after, why: Why::Explicit, line, own: true });
    }
    understood
}

/// Ids with letters: `ENG-102`, `T4`. Only those that tasks have mean any.
const LETTERED: Grammar = Grammar(|text, _| {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-' | '_')).unwrap_or(text.len());
    let bare = text[..end].trim_end_matches(['.', '-', '_']);
    let (id, _) = leading_id(bare).filter(|(id, _)| *id == bare && id.starts_with(|c: char| c.is_ascii_uppercase()))?;
    Some((id.len(), id))
});

/// What a sentence says of tasks whose ids have letters: `(blocks ENG-102)`, "once T4 is done".
fn by_letters(text: &str, (names, numbered): (&Names, &[Item]), (n, line): (u32, u32), sheet: &mut PlanDraft) -> bool {
    let references = References::new(text, LETTERED);
    let mut understood = false;
    for (relation, group) in references.direct() {
        let found = names.group(group, n, numbered);
        if !found.dangling.is_empty() || found.items.contains(&n) {
            continue;
        }
        understood = true;
        let (before, after) = match relation {
            Relation::After => (found.items, vec![n]),
            Relation::Before => (vec![n], found.items),
        };
        sheet.link(Link { before, after, why: Why::Explicit, line, own: relation == Relation::After });
    }
    understood
}

/// `(after 2)`, `– needs A1, A2`: phrases that hold nothing but ids.
fn by_phrase(text: &str, (names, numbered): (&Names, &[Item]), (n, line): (u32, u32), sheet: &mut PlanDraft) -> bool {
    let mut understood = false;
    for said in phrases(text) {
        let found: Vec<(&str, Vec<u32>)> = said.ids.iter().map(|id| (*id, names.one(id, n, numbered))).collect();
        // A word that says other things as often speaks of tasks only where all are known.
        if !said.is_sure && found.iter().any(|(_, items)| items.is_empty()) {
            // Numbers that count the list's own tasks are about order, though no task says that it has one.
            let counts = |id: &&str| id.parse().is_ok_and(|number: usize| (1..=numbered.len()).contains(&number));
            let none = found.iter().all(|(id, items)| items.is_empty() && counts(id));
            found.iter().filter(|_| none).for_each(|(id, _)| sheet.dangling(names, id, line));
            continue;
        }
        understood = true;
        for (id, items) in found {
            match items.as_slice() {
                [] => sheet.dangling(names, id, line),
                [own] if *own == n => {}
                _ => sheet.link(Link { before: items, after: vec![n], why: Why::Explicit, line, own: true }),
            }
        }
    }
    understood
}

/// `(depends on Model)`: the one task whose title begins so.
fn by_title(text: &str, titles: &[(String, u32)], (n, line): (u32, u32), sheet: &mut PlanDraft) {
    for said in bracketed(text) {
        let lower = said.to_lowercase();
        let Some((rest, is_sure)) =
            WORDS.iter().find_map(|(word, is_sure)| Some((lower.strip_prefix(word)?, *is_sure)))
        else {
            continue;
        };
        let edge =
            |c: char| c.is_whitespace() || matches!(c, ':' | '：' | '"' | '“' | '”' | '„' | '«' | '»' | '`' | '\'');
        let name = rest.trim_matches(edge);
        if name.chars().count() < SHORTEST {
            continue;
        }
        let first = titles.partition_point(|(title, _)| title.as_str() < name);
        let near = titles[first..].iter().take(MOST).take_while(|(title, _)| title.starts_with(name));
        let ends = |title: &str| !title[name.len()..].starts_with(char::is_alphanumeric);
        let mut found = near.filter(|(title, k)| *k != n && ends(title)).map(|(_, k)| *k);
        match (found.next(), found.next()) {
            (Some(one), None) => {
                sheet.link(Link { before: vec![one], after: vec![n], why: Why::Explicit, line, own: true });
            }
            _ if is_sure => {
                let shown: String = said.chars().filter(|c| !c.is_control()).take(60).collect();
                let what = format!("this dependency names no task of the plan: `{shown}`");
                sheet.problem(Severity::Warning, line, what, "name the task by the beginning of its title");
            }
            _ => {}
        }
    }
}
