//! What a reviewing agent answered, as a judgement. Its word counts only where it can be checked: the answer must be the
//! object that was asked for, and what it finds must lie in the difference.

use serde::Deserialize;

use super::super::{Diff, Judged};
use crate::model::{Finding, Verdict};

/// Lines around a changed one that a patch shows, and that a finding may name.
const CONTEXT: u32 = 3;

/// Findings kept: nobody mends more at once.
const MOST: usize = 50;

/// Characters kept of one text.
const MOST_TEXT: usize = 1_000;

#[derive(Debug, Deserialize)]
struct Answer {
    verdict: Word,
    #[serde(default)]
    findings: Vec<Found>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Pass,
    Fail,
}

#[derive(Debug, Deserialize)]
struct Found {
    #[serde(default)]
    file: String,
    #[serde(default)]
    line: u32,
    message: String,
    #[serde(default)]
    advice: String,
}

/// Judges what `agent` said; `text` is its answer, or everything it wrote with the answer as the last thing.
pub fn judge(agent: &str, text: &str, diff: &Diff) -> Judged {
    let Some(object) = last_object(text) else {
        return Judged::unchecked(match text.trim() {
            "" => format!("`{agent}` gave no answer"),
            _ => format!("the last output of `{agent}` is not a JSON object"),
        });
    };
    let answer: Answer = match serde_json::from_str(object) {
        Ok(answer) => answer,
        Err(why) => return Judged::unchecked(format!("the answer of `{agent}` does not match its schema: {why}")),
    };
    let all = answer.findings.len();
    let findings: Vec<Finding> =
        answer.findings.into_iter().map(Finding::from).filter(|finding| is_cited(diff, finding)).take(MOST).collect();
    let dropped = match all - findings.len() {
        0 => String::new(),
        1 => "1 of its findings was dropped: its file and line are not in the diff".to_owned(),
        n => format!("{n} of its findings were dropped: their files and lines are not in the diff"),
    };
    let reason = |words: String| match dropped.as_str() {
        "" => words,
        dropped => format!("{words}; {dropped}"),
    };
    match (answer.verdict, findings.first()) {
        (Word::Pass, _) => Judged::of(Verdict::Pass, reason(format!("`{agent}` has no objections")), findings),
        (Word::Fail, Some(first)) => {
            let words = format!("`{agent}`: {}:{} {}", first.file, first.line, first.message);
            Judged::fail(reason(words), findings)
        }
        (Word::Fail, None) => {
            Judged::unchecked(reason(format!("`{agent}` refuses it without naming a place in the diff")))
        }
    }
}

impl From<Found> for Finding {
    fn from(found: Found) -> Finding {
        let cut = |text: String| text.chars().take(MOST_TEXT).collect::<String>();
        Finding {
            file: found.file.strip_prefix("./").unwrap_or(&found.file).to_owned(),
            line: found.line,
            rule: "reviewer".to_owned(),
            message: cut(found.message),
            advice: cut(found.advice),
        }
    }
}

/// Whether a finding's place is one that the patch shows.
fn is_cited(diff: &Diff, finding: &Finding) -> bool {
    let Some(file) = diff.file(&finding.file).filter(|_| finding.line > 0) else { return false };
    let is_near = |number: u32| number.abs_diff(finding.line) <= CONTEXT;
    let exists = || {
        let lines = diff.new.text(&finding.file).map_or(0, |text| text.lines().count());
        finding.line as usize <= lines
    };
    let added = file.added.iter().any(|line| is_near(line.number)) && exists();
    added || file.removed.iter().any(|line| line.number == finding.line)
}

/// The JSON object that ends a text, white space and a closing fence aside.
pub fn last_object(text: &str) -> Option<&str> {
    let text = text.trim_end().trim_end_matches('`').trim_end();
    if !text.ends_with('}') {
        return None;
    }
    // The shortest end that is an object would be a part of it: the longest is meant, so from the front of the last line
    // that begins one, backwards.
    let starts = text.match_indices('{').map(|(at, _)| at);
    let is_object =
        |at: &usize| serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text[*at..]).is_ok();
    starts
        .take(MOST_STARTS)
        .find(is_object)
        .or_else(|| text.rfind('\n').map(|at| at + 1).filter(is_object))
        .map(|at| &text[at..])
}

/// Places tried as the beginning of the answer: text with more braces before it is a log, whose last line counts.
const MOST_STARTS: usize = 2_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::testing;

    fn judged(text: &str) -> Judged {
        judge("critic", text, &testing::diff(&[("a.py", "x = 1\ny = 1\n", "x = 2\ny = 1\n"), ("gone.py", "z\n", "")]))
    }

    fn answer(verdict: &str, places: &[(&str, u32)]) -> String {
        let findings: Vec<_> = places
            .iter()
            .map(|(file, line)| serde_json::json!({"file": file, "line": line, "message": "m", "advice": "a"}))
            .collect();
        serde_json::json!({"verdict": verdict, "findings": findings}).to_string()
    }

    #[test]
    fn verdicts() {
        use Verdict::{Fail, Pass, Unchecked};
        let table = [
            (answer("pass", &[]), Pass, 0),
            (answer("pass", &[("a.py", 1)]), Pass, 1),
            (answer("fail", &[("a.py", 1)]), Fail, 1),
            (answer("fail", &[("./a.py", 1), ("a.py", 99), ("b.py", 1), ("a.py", 0)]), Fail, 1),
            (answer("fail", &[("gone.py", 1)]), Fail, 1),
            (answer("fail", &[("a.py", 99)]), Unchecked, 0),
            (answer("fail", &[]), Unchecked, 0),
            (answer("perhaps", &[]), Unchecked, 0),
            (String::new(), Unchecked, 0),
            ("Looks good to me!".to_owned(), Unchecked, 0),
            ("{\"verdict\": \"pass\"".to_owned(), Unchecked, 0),
            ("{\"findings\": []}".to_owned(), Unchecked, 0),
            ("[\"pass\"]".to_owned(), Unchecked, 0),
            (format!("I looked at {{x}}.\n```json\n{}\n```\n", answer("pass", &[])), Pass, 0),
            (format!("{}\n and that is all", answer("pass", &[])), Unchecked, 0),
            (format!("{}\n{}", answer("pass", &[]), answer("fail", &[("a.py", 1)])), Fail, 1),
        ];
        for (text, verdict, findings) in table {
            let judged = judged(&text);
            assert_eq!((judged.verdict, judged.findings.len()), (verdict, findings), "{text}: {}", judged.reason);
        }
    }

    #[test]
    fn what_is_dropped_is_counted() {
        let one = judged(&answer("fail", &[("a.py", 1), ("b.py", 7)]));
        assert_eq!(
            one.reason,
            "`critic`: a.py:1 m; 1 of its findings was dropped: its file and line are not in the diff"
        );
        let none = judged(&answer("fail", &[("b.py", 7), ("b.py", 8)]));
        assert!(
            none.reason.contains("without naming a place") && none.reason.contains("2 of its findings"),
            "{}",
            none.reason
        );
    }
}
