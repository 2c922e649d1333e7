//! Groups that say what they wait for: headings with ids, below each a field such as `**Dependencies:** T-001`. Where all of
//! them say it, that is the order between them, and the order of the document adds nothing; inside a group it stays.

use std::collections::BTreeMap;

use super::fields::{fields, is_dependency, is_none};
use crate::plan::names::Names;
use crate::plan::plan_draft::{Item, Phase, PlanDraft};
use crate::plan::text::{Block, Grammar, Line, References, Shape, leading_id, plain_title};

/// Groups from which on it is a habit of the plan.
const FEWEST: usize = 3;

/// A heading that is a group.
struct StatedGroup {
    title: String,
    line: u32,
    key: String,
    /// What it says it waits for, and where.
    waits: Vec<(String, u32)>,
}

/// An id inside a field: what a title could begin with.
const IDS: Grammar = Grammar(|text, _| {
    let is_number = text.starts_with(|c: char| c.is_ascii_digit());
    let belongs = |c: char| match is_number {
        true => c.is_ascii_digit() || c == '.',
        false => c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '#'),
    };
    let end = text.find(|c: char| !belongs(c)).unwrap_or(text.len());
    // A number alone is an id here, with or without the dot that titles have behind it.
    let id = if is_number { text[..end].trim_end_matches('.') } else { leading_id(&text[..end])?.0 };
    text.starts_with(id).then_some((id.len(), id))
});

/// Gives each group a phase of its own that waits for what its heading says. A group that names something else than groups
/// above it is left where it stands, and with it everything around it.
pub(super) fn order_groups(lines: &[Line<'_>], sheet: &mut PlanDraft) {
    let Some(groups) = stated_groups(lines, sheet) else { return };
    let keys: Vec<Item> = groups.values().map(|group| Item { key: group.key.clone(), ..Item::default() }).collect();
    let names = Names::of(&keys);
    let number: BTreeMap<u32, u32> = groups.keys().zip(0..).map(|(section, n)| (*section, n)).collect();
    let mut after: Vec<Vec<(u32, u32)>> = Vec::new();
    for (n, group) in (0u32..).zip(groups.values()) {
        let mut found = Vec::new();
        for (text, line) in &group.waits {
            let references = References::new(text, IDS);
            for said in references.groups() {
                let members = names.group(said, n, &keys);
                if !members.dangling.is_empty() || members.items.iter().any(|other| *other >= n) {
                    return;
                }
                found.extend(members.items.into_iter().map(|other| (other, *line)));
            }
        }
        if found.is_empty() && !group.waits.is_empty() {
            return;
        }
        after.push(found);
    }
    regroup(sheet, &groups, &number, &after);
}

/// The groups by the line of their heading, when all that have an id and tasks say what they wait for.
fn stated_groups(lines: &[Line<'_>], sheet: &PlanDraft) -> Option<BTreeMap<u32, StatedGroup>> {
    let mut groups = BTreeMap::new();
    let mut sections: Vec<u32> = sheet.items.iter().map(|item| item.section).collect();
    sections.dedup();
    for section in sections {
        // Lines count from 1.
        let Some(at) =
            (section as usize).checked_sub(1).filter(|at| lines.get(*at).is_some_and(|it| it.heading().is_some()))
        else {
            continue;
        };
        let title = lines[at].heading().map(|(_, title)| without_box(title)).unwrap_or_default();
        let Some((key, _)) = leading_id(title) else { continue };
        // What stands below the first box is about that box.
        let ends = |n: &usize| matches!(lines[*n].shape, Shape::Heading { .. } | Shape::Box(_));
        let end = (at + 1..lines.len()).find(ends).unwrap_or(lines.len());
        let block: Block = at..end;
        let said: Vec<_> = fields(lines, &block).into_iter().filter(|field| is_dependency(&field.name)).collect();
        if said.is_empty() {
            return None;
        }
        let values = said.iter().flat_map(|field| {
            let below = field.items.iter().map(|text| (*text, field.line));
            std::iter::once((field.value, field.line)).filter(|(text, _)| !text.is_empty()).chain(below)
        });
        let waits = values.filter(|(text, _)| !is_none(text)).map(|(text, line)| (text.to_owned(), line)).collect();
        groups.insert(section, StatedGroup { title: plain_title(title), line: section, key: key.to_owned(), waits });
    }
    (groups.len() >= FEWEST).then_some(groups)
}

/// Lets phases run beside the one before them where their heading says so: `## 2. Frontend (parallel to 1)`.
pub(super) fn beside_each_other(sheet: &mut PlanDraft) {
    for n in 1..sheet.phases.len() {
        let (above, here) = (sheet.phases[n - 1].title.clone(), sheet.phases[n].title.clone());
        if said_beside(&here).is_some_and(|name| is_called(&above, &name)) {
            sheet.phases[n - 1].story = true;
            sheet.phases[n].story = true;
        }
    }
}

/// What brackets at a heading's end say it runs beside.
fn said_beside(title: &str) -> Option<String> {
    let inner = title.trim_end().strip_suffix([')', '）'])?;
    let said = inner[inner.rfind(['(', '（'])?..].trim_start_matches(['(', '（']).to_lowercase();
    const BEFORE: [&str; 9] = [
        "in parallel with",
        "in parallel to",
        "parallel with",
        "parallel to",
        "parallel zu",
        "en parallèle de",
        "en paralelo con",
        "em paralelo com",
        "параллельно с",
    ];
    let behind = BEFORE.iter().find_map(|words| Some(said[said.find(words)? + words.len()..].trim().to_owned()));
    behind.or_else(|| {
        let name = ["并行", "並行", "と並行"].iter().find_map(|word| said.strip_suffix(word))?;
        Some(name.trim_start_matches(['与', '和', '同', '與']).trim_end_matches(['と', ' ']).to_owned())
    })
}

/// Whether a heading is called so: by its number, or by what it begins with.
fn is_called(title: &str, name: &str) -> bool {
    let number = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let bare = title.to_lowercase();
    let own = leading_id(title).map(|(id, _)| number(id)).filter(|id| !id.is_empty());
    let begins =
        |name: &str| bare.strip_prefix(name).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()));
    !name.is_empty()
        && (begins(name) || own.is_some_and(|own| own == number(name) && name.split_whitespace().count() <= 2))
}

/// A heading without the box in front of it.
fn without_box(title: &str) -> &str {
    let mut rest = title.chars();
    match (rest.next(), rest.next(), rest.next()) {
        (Some('['), Some(_), Some(']')) => rest.as_str().trim_start(),
        _ => title,
    }
}

/// Phases in the order of the document: one for each group, and those there were for what stands in none.
fn regroup(
    sheet: &mut PlanDraft,
    groups: &BTreeMap<u32, StatedGroup>,
    number: &BTreeMap<u32, u32>,
    after: &[Vec<(u32, u32)>],
) {
    let old = std::mem::take(&mut sheet.phases);
    // Where each group has its phase, and the section or phase of the last item.
    let mut place: BTreeMap<u32, usize> = BTreeMap::new();
    let sections: Vec<u32> = groups.keys().copied().collect();
    let mut last: Option<(u32, usize)> = None;
    for n in 0..sheet.items.len() {
        let (section, phase) = (sheet.items[n].section, sheet.items[n].phase);
        let group = groups.get(&section);
        let here = (group.map_or(0, |_| section), group.map_or(phase, |_| usize::MAX));
        if last != Some(here) {
            last = Some(here);
            let first_of = old.get(phase).cloned().unwrap_or_default();
            let fresh = match group {
                None => first_of,
                Some(group) => {
                    let waits = number.get(&section).map(|n| after[*n as usize].as_slice()).unwrap_or_default();
                    let phase_of = |other: u32| place.get(sections.get(other as usize)?).copied();
                    let phases = waits.iter().filter_map(|(other, line)| Some((phase_of(*other)?, *line)));
                    let (title, after) = (group.title.clone(), phases.collect());
                    Phase { title, line: group.line, story: true, after, notes: first_of.notes, ..Phase::default() }
                }
            };
            sheet.phases.push(fresh);
            place.insert(section, sheet.phases.len() - 1);
        }
        sheet.items[n].phase = sheet.phases.len() - 1;
    }
}
