//! One line of the answer, and the whole of it in words and as JSON.

use serde_json::{Value, json};

use crate::brief::one_line;
use crate::model::{Error, Problem};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// As it should be.
    Ok,
    /// Worth knowing; nothing fails because of it.
    Note,
    /// A run would fail, or somebody is needed.
    Problem,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoctorFinding {
    /// How bad it is.
    pub level: Level,
    /// What was looked at, one word.
    pub about: &'static str,
    /// What was found.
    pub words: String,
    /// What to type, most useful first.
    pub hints: Vec<String>,
}

impl DoctorFinding {
    /// As it should be.
    pub fn ok(about: &'static str, words: impl Into<String>) -> DoctorFinding {
        DoctorFinding { level: Level::Ok, about, words: words.into(), hints: Vec::new() }
    }

    /// Worth knowing.
    pub fn note(about: &'static str, words: impl Into<String>) -> DoctorFinding {
        DoctorFinding { level: Level::Note, ..DoctorFinding::ok(about, words) }
    }

    /// Something is wrong.
    pub fn problem(about: &'static str, words: impl Into<String>) -> DoctorFinding {
        DoctorFinding { level: Level::Problem, ..DoctorFinding::ok(about, words) }
    }

    /// Adds what to type.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> DoctorFinding {
        self.hints.push(hint.into());
        self
    }

    /// An error, as a problem.
    pub fn of_error(about: &'static str, error: &Error) -> DoctorFinding {
        DoctorFinding { hints: error.hints.clone(), ..DoctorFinding::problem(about, error.sentence()) }
    }

    /// A problem of a document.
    pub fn of_problem(about: &'static str, problem: &Problem) -> DoctorFinding {
        let hints = Some(problem.hint.clone()).filter(|hint| !hint.is_empty()).into_iter().collect();
        DoctorFinding { hints, ..DoctorFinding::problem(about, format!("{}  {}", problem.at, problem.what)) }
    }
}

/// Number of problems.
pub fn problems(findings: &[DoctorFinding]) -> usize {
    findings.iter().filter(|finding| finding.level == Level::Problem).count()
}

/// For people: a line each, what to type below it, and the count at the end.
pub fn text(findings: &[DoctorFinding]) -> String {
    let mut lines = Vec::new();
    for finding in findings {
        let mark = match finding.level {
            Level::Ok => "ok",
            Level::Note => "note",
            Level::Problem => "PROBLEM",
        };
        lines.push(format!("{mark:7}  {}", one_line(&finding.words)));
        lines.extend(finding.hints.iter().map(|hint| format!("{:7}  {}", "", one_line(hint))));
    }
    lines.push(match problems(findings) {
        0 => "no problems; nothing was changed".to_owned(),
        1 => "1 problem; nothing was changed".to_owned(),
        n => format!("{n} problems; nothing was changed"),
    });
    lines.join("\n")
}

/// `{"format":1,"problems":n,"checks":[{about,state,text,hints}]}`; states are `ok`, `note`, `problem`.
pub fn json(findings: &[DoctorFinding]) -> String {
    let state = |level| match level {
        Level::Ok => "ok",
        Level::Note => "note",
        Level::Problem => "problem",
    };
    let checks: Vec<Value> = findings
        .iter()
        .map(|it| json!({"about": it.about, "state": state(it.level), "text": it.words, "hints": it.hints}))
        .collect();
    json!({"format": 1, "problems": problems(findings), "checks": checks}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_json_agree() {
        let findings = [
            DoctorFinding::ok("git", "git 2.47.3"),
            DoctorFinding::note("agents", "none defined\u{7}"),
            DoctorFinding::problem("worktrees", "cannot be made").hint("git config orca.worktreeDir /a/folder"),
        ];
        let expected = "\
ok       git 2.47.3
note     none defined\\u{7}
PROBLEM  cannot be made
         git config orca.worktreeDir /a/folder
1 problem; nothing was changed";
        assert_eq!(text(&findings), expected);
        let json: Value = serde_json::from_str(&json(&findings)).unwrap();
        assert_eq!((&json["problems"], &json["checks"][2]["state"]), (&json!(1), &json!("problem")));
    }
}
