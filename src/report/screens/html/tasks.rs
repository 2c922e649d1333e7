//! Tasks: one row each, and below a block with attempts, gates and findings.

use super::controls;
use super::escape::text;
use super::place::ReportPlace;
use crate::journal::{Attempt, AttemptOutcome, CheckState};
use crate::model::Finding;
use crate::report::facts::attempts::outcome_words;
use crate::report::facts::picture::{Picture, StateWord};
use crate::report::facts::reason;
use crate::report::facts::timing;
use crate::report::machine::report_json::Changes;
use crate::report::machine::result::FileChange;
use crate::report::screens::summary::kept;
use crate::report::words::measure::{changes, duration};

/// A row for each task.
pub(super) fn table(picture: &Picture<'_>) -> String {
    let mut html = "<h2>Tasks</h2>\n<table class=\"tasks\">\n<tr><th class=\"n\">layer</th><th>task</th>\
                    <th>title</th><th>state</th><th class=\"n\">attempts</th><th>gates</th><th class=\"n\">time</th></tr>\n"
        .to_owned();
    for i in 0..picture.len() {
        let task = picture.task(i);
        let facts = picture.facts(i);
        let words = facts.last().map(|last| picture.words(i, last)).unwrap_or_default();
        let time = if facts.attempts.is_empty() { String::new() } else { duration(timing::of_task(picture, i)) };
        let state = picture.state_word(i);
        html.push_str(&format!(
            "<tr><td class=\"n layer\">{}</td><td class=\"id\"><code>{}</code></td><td class=\"title\">{}</td>\
             <td class=\"state {state}\">{state}</td><td class=\"n tried\">{}</td><td class=\"gates\">{}</td>\
             <td class=\"n time\">{time}</td></tr>\n",
            picture.state.info.layers[i],
            text(task.id.as_str()),
            text(&task.title),
            facts.attempts.len(),
            gates(&words),
        ));
    }
    html.push_str("</table>\n");
    html
}

fn gates(words: &[StateWord<'_>]) -> String {
    let word = |word: &StateWord<'_>| {
        let name = text(word.gate.name.as_str());
        match word.check {
            Some(CheckState::Judged(judgement)) => {
                let verdict = judgement.verdict.word();
                format!("{name} <span class=\"{verdict}\">{verdict}</span>")
            }
            Some(CheckState::Open) | None => format!("{name} {}", word.word()),
        }
    };
    words.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// A block for each task that was tried or will not go on.
pub(super) fn each(picture: &Picture<'_>, files: &Changes, place: ReportPlace) -> String {
    let mut html = "<h2>Task by task</h2>\n".to_owned();
    for i in 0..picture.len() {
        let why = reason::of(picture, i);
        if picture.facts(i).attempts.is_empty() && why.is_none() {
            continue;
        }
        let task = picture.task(i);
        let state = picture.state_word(i);
        let open = if matches!(state, "failed" | "conflicted") { " open" } else { "" };
        html.push_str(&format!(
            "<details id=\"task-{0}\"{open}><summary><code>{0}</code> {1} <span class=\"{state}\">{state}</span></summary>\n",
            text(task.id.as_str()),
            text(&task.title)
        ));
        if place == ReportPlace::Live {
            html.push_str(&controls::of_task(picture, i));
        }
        if let Some(why) = why {
            html.push_str(&format!("<p>{}</p>\n", text(&why)));
        }
        picture.facts(i).by_number().into_iter().for_each(|attempt| html.push_str(&one(picture, i, attempt)));
        if matches!(state, "failed" | "conflicted")
            && let Some(kept) = kept(picture, i)
        {
            html.push_str(&format!("<p>kept: <code>{}</code></p>\n", text(&kept)));
        }
        if !task.acceptance.is_empty() {
            html.push_str("<p class=\"dim\">acceptance, not checked by itself:</p>\n<ul>\n");
            task.acceptance.iter().for_each(|it| html.push_str(&format!("<li>{}</li>\n", text(it))));
            html.push_str("</ul>\n");
        }
        html.push_str(&changed(files.get(&task.id).map_or(&[], Vec::as_slice)));
        html.push_str("</details>\n");
    }
    html
}

fn one(picture: &Picture<'_>, i: usize, attempt: &Attempt) -> String {
    let size = match &attempt.ended {
        Some((_, AttemptOutcome::Committed { files, added, removed, .. })) => {
            format!(", {}", changes(u64::from(*files), u64::from(*added), u64::from(*removed)))
        }
        _ => String::new(),
    };
    let words = picture.words(i, attempt);
    let verdicts = if words.is_empty() { String::new() } else { format!("; {}", gates(&words)) };
    let why = reason::of_attempt(picture, i, attempt).map(|why| format!("; {}", text(&why))).unwrap_or_default();
    let mut html = format!(
        "<p>attempt {} by {}: {}{size}{verdicts}{why}</p>\n",
        attempt.n,
        text(&attempt.agent),
        outcome_words(picture, attempt)
    );
    for word in &words {
        if let Some(CheckState::Judged(judgement)) = word.check
            && !judgement.findings.is_empty()
        {
            html.push_str(&findings(word.gate.name.as_str(), &judgement.findings));
        }
    }
    html
}

fn findings(gate: &str, findings: &[Finding]) -> String {
    let mut html =
        format!("<div class=\"wide\"><table>\n<tr><th>{}</th><th>finding</th><th>advice</th></tr>\n", text(gate));
    for found in findings {
        let place = match (found.file.as_str(), found.line) {
            ("", _) => String::new(),
            (file, 0) => text(file),
            (file, line) => format!("{}:{line}", text(file)),
        };
        let rule = if found.rule.is_empty() { String::new() } else { format!(" <i>{}</i>", text(&found.rule)) };
        html.push_str(&format!(
            "<tr><td><code>{place}</code></td><td>{}{rule}</td><td>{}</td></tr>\n",
            found.message.lines().map(text).collect::<Vec<_>>().join(" "),
            text(&found.advice)
        ));
    }
    html.push_str("</table></div>\n");
    html
}

fn changed(files: &[FileChange]) -> String {
    if files.is_empty() {
        return String::new();
    }
    let rows: String = files
        .iter()
        .map(|file| {
            format!(
                "<tr><td><code>{}</code></td><td class=\"n\">+{} -{}</td></tr>\n",
                text(&file.path),
                file.added,
                file.removed
            )
        })
        .collect();
    format!("<table>\n{rows}</table>\n")
}
