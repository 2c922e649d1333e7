//! What a plan says beside its tasks: introduction, constraints, architecture, requirements. Every task may need it; the
//! sections that tasks stand in are theirs alone, and those about order and bookkeeping are nobody's.

use super::document::Document;
use super::plan::{Companion, PlanSection, SectionKind};
use super::plan_draft::PlanDraft;
use super::text::{Line, Shape, named_paths};

/// Bytes kept of one section.
const MAX_SECTION: usize = 16 << 10;

/// Words of headings, and what stands below them; the first that fits counts.
const KINDS: [(SectionKind, &[&str]); 5] = [
    (
        SectionKind::Aside,
        &[
            "depend",
            "parallel",
            "execution order",
            "execution strategy",
            "implementation strategy",
            "critical path",
            "legend",
            "format:",
            "checklist",
            "progress",
            "task summary",
            "table of contents",
            "changelog",
            "revision",
            "sign-off",
            "timeline",
            "commit strategy",
            "estimate",
            "wave",
            "self-review",
            "traceab",
            "依存",
            "依赖",
            "并行",
            "目次",
            "目录",
            "進捗",
            "进度",
        ],
    ),
    (
        SectionKind::Rules,
        &[
            "constraint",
            "guardrail",
            "must not",
            "must have",
            "convention",
            "ground rule",
            "global rule",
            "rules",
            "non-goal",
            "out of scope",
            "coding standard",
            "principle",
            "约束",
            "制約",
            "規約",
            "规范",
            "restricciones",
            "einschränkung",
        ],
    ),
    (
        SectionKind::Background,
        &[
            "executive summary",
            "overview",
            "introduction",
            "goal",
            "background",
            "purpose",
            "context",
            "summary",
            "tl;dr",
            "tldr",
            "objective",
            "motivation",
            "why",
            "about",
            "vision",
            "problem",
            "original request",
            "what we",
            "概要",
            "背景",
            "目标",
            "目的",
            "简介",
            "概述",
            "はじめに",
            "介绍",
            "개요",
            "목표",
            "배경",
            "resumen",
            "introducción",
            "objetivo",
            "visão geral",
            "introdução",
            "résumé",
            "aperçu",
            "überblick",
            "einleitung",
            "ziel",
            "zusammenfassung",
        ],
    ),
    (
        SectionKind::Architecture,
        &[
            "architecture",
            "design",
            "tech stack",
            "technology",
            "structure",
            "data model",
            "api",
            "schema",
            "module",
            "component",
            "架构",
            "设计",
            "構成",
            "設計",
            "技术",
            "아키텍처",
            "arquitectura",
            "arquitetura",
            "architektur",
        ],
    ),
    (
        SectionKind::Requirements,
        &[
            "requirement",
            "user stor",
            "acceptance",
            "success criteria",
            "definition of done",
            "scenario",
            "需求",
            "要件",
            "验收",
            "受け入れ",
            "요구",
            "requisitos",
            "anforderung",
            "exigences",
        ],
    ),
];

/// The sections of a document without tasks.
pub(super) fn sections(document: &Document<'_>, sheet: &PlanDraft) -> Vec<PlanSection> {
    let lines = document.lines();
    let body = document.head().map_or(0, |head| head.body.saturating_sub(1) as usize).min(lines.len());
    let mut starts: Vec<u32> = sheet.items.iter().filter(|item| item.file.is_none()).map(|item| item.line).collect();
    starts.sort_unstable();
    let mut found: Vec<PlanSection> = Vec::new();
    // The kind of the headings that are open, with their levels.
    let mut open: Vec<(u8, SectionKind)> = Vec::new();
    let mut task: Option<u8> = None;
    let mut n = body;
    while n < lines.len() {
        let end = (n + 1..lines.len()).find(|&k| lines[k].heading().is_some()).unwrap_or(lines.len());
        let heading = lines[n].heading();
        let level = heading.map_or(1, |(level, _)| level);
        let title = heading.map_or("", |(_, title)| title);
        open.retain(|(above, _)| *above < level);
        task = task.filter(|above| level > *above);
        let at = starts.partition_point(|line| *line < lines[n].number);
        let holds = |end: usize| starts.get(at).is_some_and(|line| *line <= lines[end - 1].number);
        if heading.is_some() && starts.get(at) == Some(&lines[n].number) {
            task = Some(level);
        }
        let outer = open.last().map(|(_, kind)| *kind);
        let kind = kind_of(title, level, starts.first().is_none_or(|first| lines[n].number < *first), outer);
        open.push((level, kind));
        // Below the title, what stands before the first task is the introduction, though tasks may follow.
        let (upto, partial) = if holds(end) { (first_task(lines, n, end, starts[at]), true) } else { (end, false) };
        let wanted = task.is_none() && kind != SectionKind::Aside && (!partial || level == 1);
        if wanted && let Some(text) = text_of(&lines[n..upto], heading.is_some()) {
            found.push(PlanSection { path: document.path.to_owned(), line: lines[n].number, kind, text });
        }
        n = end;
    }
    found
}

fn first_task(lines: &[Line<'_>], start: usize, end: usize, task: u32) -> usize {
    (start..end).find(|&k| lines[k].number >= task).unwrap_or(end)
}

fn kind_of(title: &str, level: u8, before_tasks: bool, outer: Option<SectionKind>) -> SectionKind {
    let lower = title.to_lowercase();
    let named = KINDS.iter().find(|(_, words)| words.iter().any(|word| has_word(&lower, word))).map(|(kind, _)| *kind);
    match (named, outer) {
        // What stands below the title of the document introduces it.
        _ if level == 1 && before_tasks => SectionKind::Background,
        (Some(kind), None | Some(SectionKind::Background | SectionKind::Guidance)) => kind,
        (_, Some(outer)) if outer != SectionKind::Background || level > 2 => outer,
        (Some(kind), _) => kind,
        (None, _) => SectionKind::Guidance,
    }
}

/// Whether a heading has the word, as a word where it is Latin.
fn has_word(title: &str, word: &str) -> bool {
    title.match_indices(word).any(|(at, _)| !word.is_ascii() || !title[..at].ends_with(|c: char| c.is_alphanumeric()))
}

/// The words of a section: without boxes, comments, rules, and the notes of templates. None where nothing is left.
fn text_of(lines: &[Line<'_>], headed: bool) -> Option<String> {
    let mut text = String::new();
    let mut says = false;
    for (n, line) in lines.iter().enumerate() {
        let kept = match line.shape {
            Shape::Comment | Shape::Box(_) => false,
            Shape::Blank => true,
            Shape::Heading { .. } => n == 0 && headed,
            _ => !is_template(line.text),
        };
        says |= kept && !matches!(line.shape, Shape::Blank | Shape::Heading { .. });
        if kept {
            text.push_str(&" ".repeat(line.indent.min(40)));
            text.push_str(line.text);
        }
        text.push('\n');
        if text.len() > MAX_SECTION {
            break;
        }
    }
    says.then(|| text.trim_end().to_owned())
}

/// Lines that a template or a tool puts at the top of a plan, and that say nothing of the project.
fn is_template(text: &str) -> bool {
    let text = text.trim_start_matches(['>', '*', '_', '-', ' ']);
    text.chars().all(|c| matches!(c, '-' | '*' | '_'))
        || [
            "REQUIRED SUB-SKILL",
            "For agentic workers",
            "For Claude",
            "Steps use checkbox",
            "Input**",
            "Input:",
            "Prerequisites**",
            "Prerequisites:",
            "Tests**",
            "Tests:",
            "Organization**",
            "Organization:",
            "Branch:",
            "Feature Branch",
            "Created:",
            "Date:",
            "Status:",
            "Generated",
            "Last updated",
        ]
        .iter()
        .any(|start| text.starts_with(start))
}

/// Labels of lines at the top of a plan that name a document about it.
const LABELS: [(&str, &str); 14] = [
    ("spec", "spec"),
    ("specification", "spec"),
    ("design", "design"),
    ("design doc", "design"),
    ("architecture", "architecture"),
    ("prd", "prd"),
    ("requirements", "requirements"),
    ("source", "spec"),
    ("based on", "spec"),
    ("proposal", "proposal"),
    ("reference", "guidance"),
    ("references", "guidance"),
    ("context", "guidance"),
    ("documents", "guidance"),
];

/// Documents that the lines before the first task name, where they exist.
pub(super) fn named_companions(document: &Document<'_>, sheet: &mut PlanDraft) {
    let first = sheet.items.iter().map(|item| item.line).min().unwrap_or(u32::MAX);
    for line in document.lines().iter().take_while(|line| line.number < first).filter(|line| line.is_prose()) {
        let text = line.text.trim_start_matches(['-', '*', '_', '>', ' ']);
        let Some((label, value)) = text.split_once([':', '：']) else { continue };
        let label = label.trim_matches(['*', '_', ' ']).to_lowercase();
        let Some((_, kind)) = LABELS.iter().find(|(word, _)| *word == label || label.ends_with(&format!(" {word}")))
        else {
            continue;
        };
        for path in named_paths(&super::text::without_links(&value.replace("](", " ").replace('[', " "))) {
            note(document, sheet, path.as_str(), kind);
        }
    }
}

/// Adds a document that exists as named, or beside the plan.
fn note(document: &Document<'_>, sheet: &mut PlanDraft, path: &str, kind: &str) {
    let beside = if document.folder().is_empty() { path.to_owned() } else { format!("{}/{path}", document.folder()) };
    let readable = path.ends_with(".md") || path.ends_with(".txt");
    let found = [path.to_owned(), beside].into_iter().find(|path| document.files.exists(path));
    if let Some(path) = found.filter(|path| readable && *path != document.path)
        && !sheet.companions.iter().any(|known| known.path == path)
    {
        sheet.companions.push(Companion { path, kind: kind.to_owned() });
    }
}
