//! The documents around a plan, cut into sections that can be found by what a task is about.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::budget::{Count, in_json};
use super::citations::{Citations, Scope, is_criteria, requirement_number, story_number};
use super::escape::visible;
use super::list_items::{ListItem, listed, opens_with};
use crate::model::Task;

/// What a document tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContextKind {
    /// What the project or feature is: README, proposal, introduction of a plan.
    Background,
    /// How it is built: architecture, design, data model, contracts.
    Architecture,
    /// What is wanted: requirements, specification, user stories.
    Requirements,
    /// How to go about it: phase goals, research, quickstart.
    Guidance,
    /// What always holds: constitution, steering, AGENTS.md.
    Rules,
}

/// One document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextDoc {
    /// Its path, as shown to agents.
    pub path: String,
    /// What it tells.
    pub kind: ContextKind,
    /// Its text, Markdown.
    pub text: String,
}

/// One section: a heading and what stands below it, up to the next heading.
#[derive(Debug, Clone)]
pub(super) struct Section {
    pub(super) path: String,
    pub(super) kind: ContextKind,
    /// The headings above it and its own, outermost first.
    pub(super) trail: String,
    /// First line in the document, from 1.
    pub(super) line: usize,
    pub(super) text: String,
    /// Tokens it takes when [`rendered`](Section::rendered) in a complete task.
    pub(super) tokens: usize,
    /// Whether it opens its document, or introduces what the document is about.
    first: bool,
    /// Whose it is.
    pub(super) scope: Scope,
    /// What its lists hold.
    pub(super) items: Vec<ListItem>,
}

impl Section {
    /// Its own heading.
    pub(super) fn heading(&self) -> &str {
        self.trail.rsplit(" > ").next().unwrap_or_default()
    }

    /// The section as it stands in a complete task: where it comes from, then its text.
    pub(super) fn rendered(&self) -> String {
        let trail = if self.trail.is_empty() { String::new() } else { format!(", {}", self.trail) };
        format!("[{}:{}{trail}]\n{}", self.path, self.line, self.text)
    }
}

/// All sections, with an index of the words in them.
#[derive(Debug, Clone, Default)]
pub struct Library {
    sections: Vec<Section>,
    index: BTreeMap<String, Vec<usize>>,
    ids: BTreeMap<String, Vec<usize>>,
    /// The sections of each story and requirement.
    scopes: BTreeMap<Scope, Vec<usize>>,
    /// The stories and requirements that have a section about criteria.
    with_criteria: BTreeSet<Scope>,
    /// The items of lists by how they open: number of the section, then of the item.
    openings: BTreeMap<String, Vec<(usize, usize)>>,
    /// The repository's files, by their last component.
    files: BTreeMap<String, Vec<String>>,
    /// Titles of the plan's tasks by id and by key.
    tasks: BTreeMap<String, String>,
    /// Files that tasks of the plan say they make or change: what is not there yet is made by one of them.
    made: BTreeSet<String>,
}

impl Library {
    /// Cuts and indexes `docs`, in their order.
    pub fn new(docs: &[ContextDoc], count: Count) -> Library {
        let mut library = Library::default();
        for doc in docs {
            library.sections.extend(sections(doc));
        }
        for (n, section) in library.sections.iter_mut().enumerate() {
            section.tokens = in_json(&section.rendered(), count);
            let all = format!("{}\n{}", section.trail, section.text);
            for word in words(&all) {
                library.index.entry(word).or_default().push(n);
            }
            for id in cited_ids(&all) {
                library.ids.entry(id).or_default().push(n);
            }
            if section.scope != Scope::All {
                library.scopes.entry(section.scope.clone()).or_default().push(n);
            }
            if is_criteria(section.heading()) {
                library.with_criteria.insert(section.scope.clone());
            }
            for (at, item) in section.items.iter().enumerate() {
                library.openings.entry(item.opening().to_owned()).or_default().push((n, at));
            }
        }
        library
    }

    /// Adds what else a task may cite: the repository's files, and the plan's own tasks.
    #[must_use]
    pub fn with_known<'t>(
        mut self,
        files: impl IntoIterator<Item = String>,
        tasks: impl IntoIterator<Item = &'t Task>,
    ) -> Library {
        for path in files {
            let name = path.rsplit('/').next().unwrap_or_default().to_owned();
            self.files.entry(name).or_default().push(path);
        }
        for task in tasks {
            self.tasks.insert(task.id.to_string(), task.title.clone());
            if !task.key.is_empty() {
                self.tasks.entry(task.key.clone()).or_insert_with(|| task.title.clone());
            }
            self.made.extend(task.files.iter().map(|file| file.path.as_str().to_owned()));
        }
        self
    }

    /// The repository's file that a text means by `path`: itself, or the only one that ends so.
    pub(super) fn file(&self, path: &str) -> Option<&str> {
        let same = self.files.get(path.rsplit('/').next()?)?;
        let ends = |file: &&String| file.as_str() == path || file.ends_with(&format!("/{path}"));
        let mut found = same.iter().filter(ends);
        let exact = same.iter().find(|file| file.as_str() == path);
        match (exact, found.next(), found.next()) {
            (Some(file), ..) | (None, Some(file), None) => Some(file),
            _ => None,
        }
    }

    /// Whether a task of the plan makes the file.
    pub(super) fn is_made(&self, path: &str) -> bool {
        self.made.contains(path)
    }

    /// Whether anything is known of the repository's files.
    pub(super) fn knows_files(&self) -> bool {
        !self.files.is_empty()
    }

    /// The tasks that `text` names, with their titles. Plain numbers mean too much else.
    pub(super) fn cited_tasks(&self, text: &str) -> BTreeMap<&str, &str> {
        let words = text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '.' | '_')));
        let words = words.map(|word| word.trim_matches(['-', '.'])).filter(|word| word.contains(char::is_alphabetic));
        let named = words.filter(|word| word.contains(|c: char| c.is_ascii_digit()));
        named
            .filter_map(|word| self.tasks.get_key_value(word))
            .map(|(id, title)| (id.as_str(), title.as_str()))
            .collect()
    }

    /// The sections of the story and the requirements that a task cites.
    pub(super) fn cited_sections(&self, citations: &Citations) -> BTreeSet<usize> {
        citations.scopes().filter_map(|scope| self.scopes.get(&scope)).flatten().copied().collect()
    }

    /// The items of lists that one of these ids stands for, since they begin with it: by section, in its order.
    pub(super) fn items_that_open_with(&self, ids: &BTreeSet<String>) -> BTreeMap<usize, BTreeSet<usize>> {
        let mut found: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for id in ids {
            let near = self.openings.range(id.clone()..).take_while(|(opening, _)| opening.starts_with(id.as_str()));
            for (section, item) in near.filter(|(opening, _)| opens_with(opening, id)).flat_map(|(_, places)| places) {
                found.entry(*section).or_default().insert(*item);
            }
        }
        found
    }

    /// Whether any section of this scope is one about criteria.
    pub(super) fn has_criteria(&self, scope: &Scope) -> bool {
        self.with_criteria.contains(scope)
    }

    /// Whether the repository has files whose name holds `part`.
    pub(super) fn any_file(&self, is: impl Fn(&str) -> bool) -> bool {
        self.files.keys().any(|name| is(name))
    }

    /// The first percentage that a document asks coverage to reach.
    pub(super) fn coverage(&self) -> Option<String> {
        self.sections.iter().flat_map(|section| section.text.lines()).find_map(|line| {
            let lower = line.to_lowercase();
            let asks = lower.contains("coverage") || lower.contains("覆盖率") || lower.contains("カバレッジ");
            let percent = lower.find('%').filter(|_| asks)?;
            let digits: String = lower[..percent].trim_end().chars().rev().take_while(char::is_ascii_digit).collect();
            let number: u32 = digits.chars().rev().collect::<String>().parse().ok()?;
            (10..=100).contains(&number).then(|| format!("at least {number} %, as the documents ask"))
        })
    }

    pub(super) fn section(&self, n: usize) -> &Section {
        &self.sections[n]
    }

    /// Whether any section holds the requirement id.
    pub(super) fn knows(&self, id: &str) -> bool {
        self.ids.contains_key(id)
    }

    /// The sections that concern `text`, most relevant first, ties in document order.
    ///
    /// A word that both hold counts the more, the fewer sections hold it; long sections are not
    /// preferred, since the sum is divided by the logarithm of their length. A cited requirement id counts as several
    /// rare words. Rules, and what opens a background document, concern everybody.
    pub(super) fn about(&self, text: &str, citations: &Citations) -> Vec<usize> {
        let all = self.sections.len();
        let mut scores: Vec<usize> = vec![0; all];
        for word in words(text) {
            let Some(holders) = self.index.get(&word) else { continue };
            let rarity = (all / holders.len()).max(1).ilog2() as usize + 1;
            // A word of more than half of all sections says nothing about any of them.
            if holders.len() * 2 <= all || all < 4 {
                holders.iter().for_each(|n| scores[*n] += rarity * 16);
            }
        }
        for (score, section) in scores.iter_mut().zip(&self.sections) {
            *score /= section.tokens.max(16).ilog2() as usize;
        }
        // Sections that share only an ordinary word or two are noise: a quarter of the best is the border.
        let least = scores.iter().copied().max().unwrap_or(0) / 4;
        for id in cited_ids(text) {
            self.ids.get(&id).into_iter().flatten().for_each(|n| scores[*n] += 100);
        }
        for (score, section) in scores.iter_mut().zip(&self.sections) {
            *score += match &section.scope {
                Scope::Requirement(number) if citations.cites(number) => 100,
                Scope::Story(story) if citations.story == Some(*story) => 100,
                _ => 0,
            };
            *score += match section.kind {
                ContextKind::Rules => least + 40,
                ContextKind::Background if section.first => least + 40,
                _ => 0,
            };
        }
        let concerns = |n: &usize| citations.admits(&self.sections[*n].scope);
        let mut found: Vec<usize> = (0..all).filter(|n| scores[*n] > least.max(1)).filter(concerns).collect();
        found.sort_by_key(|n| (std::cmp::Reverse(scores[*n]), *n));
        found
    }
}

fn sections(doc: &ContextDoc) -> Vec<Section> {
    let text = said(&visible(&doc.text));
    let mut found: Vec<Section> = Vec::new();
    let mut trail: Vec<(usize, String)> = Vec::new();
    let mut fence: Option<String> = None;
    let mut lines: Vec<&str> = Vec::new();
    let mut start = 1;
    let mut close = |lines: &mut Vec<&str>, trail: &[(usize, String)], line: usize| {
        let body = lines.join("\n").trim().to_owned();
        lines.clear();
        if !body.is_empty() {
            let scope = scope_of(trail);
            let intro = trail.last().is_some_and(|(_, heading)| introduces(heading));
            let trail = trail.iter().map(|(_, heading)| heading.as_str()).collect::<Vec<_>>().join(" > ");
            let whole = intro && scope == Scope::All && doc.kind != ContextKind::Rules;
            let first = found.is_empty() || whole;
            let (path, kind) = (doc.path.clone(), if whole { ContextKind::Background } else { doc.kind });
            let items = listed(&body);
            found.push(Section { path, kind, trail, line, text: body, tokens: 0, first, scope, items });
        }
    };
    for (n, line) in text.lines().enumerate() {
        let mark = fence_mark(line);
        match (&fence, mark) {
            (None, Some(mark)) => fence = Some(mark.to_owned()),
            (Some(open), Some(mark)) if mark.starts_with(open.as_str()) && line.trim() == mark => fence = None,
            _ => {}
        }
        match heading(line).filter(|_| fence.is_none()) {
            Some((level, title)) => {
                close(&mut lines, &trail, start);
                trail.retain(|(above, _)| *above < level);
                trail.push((level, title.to_owned()));
                start = n + 1;
            }
            None => lines.push(line),
        }
    }
    close(&mut lines, &trail, start);
    found
}

/// The text of a document without its front matter and its comments; every line keeps its number.
fn said(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let has_head = text.starts_with("---\n") && text[4..].contains("\n---");
    let mut head = has_head;
    let mut fence: Option<String> = None;
    let mut comment = false;
    for (n, line) in text.lines().enumerate() {
        let mut line = line;
        if head {
            head = n == 0 || line.trim_end() != "---";
            line = "";
        } else if comment {
            comment = !line.contains("-->");
            line = line.split_once("-->").map_or("", |(_, rest)| rest);
        } else {
            match (&fence, fence_mark(line)) {
                (None, Some(mark)) => fence = Some(mark.to_owned()),
                (Some(open), Some(mark)) if mark.starts_with(open.as_str()) && line.trim() == mark => fence = None,
                _ => {}
            }
            if fence.is_none()
                && let Some((before, rest)) = line.split_once("<!--")
            {
                comment = !rest.contains("-->");
                kept.push_str(before);
                line = rest.split_once("-->").map_or("", |(_, rest)| rest);
            }
        }
        kept.push_str(line);
        kept.push('\n');
    }
    kept
}

/// Whom the headings above a section say that it concerns.
fn scope_of(trail: &[(usize, String)]) -> Scope {
    for (_, heading) in trail.iter().rev() {
        if let Some(number) = requirement_number(heading) {
            return Scope::Requirement(number);
        }
        if let Some(story) = story_number(heading).filter(|_| !heading.to_lowercase().contains("stories")) {
            return Scope::Story(story);
        }
    }
    Scope::All
}

/// Whether a heading stands over an introduction.
fn introduces(heading: &str) -> bool {
    let lower = heading.to_lowercase();
    let bare = lower.trim_start_matches(|c: char| !c.is_alphabetic()).trim_end_matches(|c: char| !c.is_alphanumeric());
    const WORDS: [&str; 26] = [
        "executive summary",
        "overview",
        "introduction",
        "summary",
        "background",
        "purpose",
        "goal",
        "goals",
        "objective",
        "objectives",
        "why",
        "tl;dr",
        "problem statement",
        "project overview",
        "feature overview",
        "context",
        "motivation",
        "vision",
        "概要",
        "背景",
        "目标",
        "目的",
        "简介",
        "概述",
        "はじめに",
        "개요",
    ];
    WORDS.contains(&bare)
}

fn fence_mark(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let c = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let end = line.find(|other| other != c).unwrap_or(line.len());
    (end >= 3).then(|| &line[..end])
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let level = line.bytes().take_while(|b| *b == b'#').count();
    let title = line.get(level..)?.strip_prefix(' ')?.trim().trim_end_matches('#').trim_end();
    (1..=6).contains(&level).then_some((level, title))
}

/// English words that say nothing about a task.
const STOP: [&str; 24] = [
    "the", "and", "for", "with", "that", "this", "from", "into", "are", "all", "has", "have", "not", "can", "must",
    "should", "when", "then", "each", "its", "task", "tasks", "use", "using",
];

/// The words of a text: runs of letters and digits from three on, lower-case; of scripts without spaces, pairs of
/// characters.
fn words(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for run in text.split(|c: char| !c.is_alphanumeric()) {
        if run.is_ascii() {
            let word = run.to_ascii_lowercase();
            if word.len() >= 3 && !STOP.contains(&word.as_str()) {
                // "exports" and "export" are one word here; a real stemmer would gain little more.
                found.insert(word.strip_suffix('s').filter(|stem| stem.len() >= 4).map(str::to_owned).unwrap_or(word));
            }
        } else {
            let chars: Vec<char> = run.chars().flat_map(char::to_lowercase).collect();
            found.extend(chars.windows(2).map(|pair| pair.iter().collect::<String>()));
        }
    }
    found
}

/// Requirement ids in a text: capital letters, a hyphen and digits, possibly dotted: `FR-003`, `US-1.1`, `SC-004a`.
pub(super) fn cited_ids(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.'))) {
        let word = word.trim_matches(['-', '.']);
        let Some((letters, number)) = word.split_once('-') else { continue };
        let lettered = (2..=6).contains(&letters.len()) && letters.bytes().all(|b| b.is_ascii_uppercase());
        let numbered = number.starts_with(|c: char| c.is_ascii_digit()) && !number.contains('-') && number.len() <= 8;
        if lettered && numbered && !NOT_IDS.contains(&letters) {
            found.insert(word.to_owned());
        }
    }
    found
}

/// Names of standards that look like requirement ids.
const NOT_IDS: [&str; 10] = ["UTF", "ISO", "RFC", "SHA", "AES", "HTTP", "PEP", "CVE", "CWE", "RSA"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brief::estimate;

    fn doc(path: &str, kind: ContextKind, text: &str) -> ContextDoc {
        ContextDoc { path: path.to_owned(), kind, text: text.to_owned() }
    }

    #[test]
    fn sections_follow_headings_outside_fences() {
        let text = "intro\n# A\none\n```sh\n# no heading\n```\n## B\ntwo\n# C\n\n# D\nfour\n";
        let cut = sections(&doc("d.md", ContextKind::Guidance, text));
        let shown: Vec<_> = cut.iter().map(|s| (s.line, s.trail.as_str(), s.text.as_str())).collect();
        let expected =
            [(1, "", "intro"), (2, "A", "one\n```sh\n# no heading\n```"), (7, "A > B", "two"), (11, "D", "four")];
        assert_eq!(shown, expected);
    }

    #[test]
    fn requirement_ids() {
        let ids = cited_ids("FR-003, (US-1.1) and SC-004a; not T-1, UTF-8, a-1, FR-x, 2026-11-20 or FR-1-2");
        assert_eq!(ids.into_iter().collect::<Vec<_>>(), ["FR-003", "SC-004a", "US-1.1"]);
    }

    #[test]
    fn the_section_a_task_is_about_comes_first() {
        let mut docs = vec![doc("rules.md", ContextKind::Rules, "Never use floats for money.")];
        for n in 0..20 {
            docs.push(doc(&format!("{n}.md"), ContextKind::Requirements, &format!("## Part {n}\nwidget number {n}")));
        }
        docs.push(doc("spec.md", ContextKind::Requirements, "## Export\nFR-007 quotes are doubled in CSV files"));
        let library = Library::new(&docs, estimate);
        let found = library.about("Export orders as CSV (FR-007)", &Citations::default());
        assert_eq!(library.section(found[0]).path, "spec.md");
        assert!(found.iter().all(|n| !library.section(*n).text.starts_with("widget")));
        let unrelated = library.about("zzz", &Citations::default());
        assert_eq!(unrelated.iter().map(|n| library.section(*n).path.as_str()).collect::<Vec<_>>(), ["rules.md"]);
        assert_eq!(Library::new(&[], estimate).about("anything", &Citations::default()), Vec::<usize>::new());
    }
}
