//! `git orca doctor`: what was looked at, and what to type where something is wrong.

use serde::Serialize;

use super::display::{hang, lines, safe};
use super::measure::plural;
use super::style::{self, paint};

/// What was found about one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at, one sentence: versions, counts, places.
    pub what: String,
    /// What is wrong with it.
    #[serde(flatten)]
    pub state: State,
}

/// Well or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Ok,
    /// Something does not work, and the commands that mend it, most useful first.
    Problem {
        /// To be typed.
        commands: Vec<String>,
    },
}

/// Columns of the first word.
const WORD: usize = 9;

/// The findings, and how many problems there are.
pub fn doctor(findings: &[Finding], columns: usize) -> String {
    let mut text = String::new();
    for finding in findings {
        let (word, colour, commands) = match &finding.state {
            State::Ok => ("ok", style::GOOD, &[][..]),
            State::Problem { commands } => ("PROBLEM", style::BAD, commands.as_slice()),
        };
        let line = hang(&format!("{word:<WORD$}"), &safe(&finding.what), columns);
        text.push_str(&line.replacen(word, &paint(colour, word), 1));
        text.push('\n');
        for line in commands.iter().flat_map(|command| lines(command)) {
            text.push_str(&format!("{:WORD$}{line}\n", ""));
        }
    }
    let problems = findings.iter().filter(|finding| finding.state != State::Ok).count();
    match problems {
        0 => text.push_str("no problems\n"),
        n => text.push_str(&format!("{}; nothing was changed\n", plural(n, "problem"))),
    }
    text
}

/// The same for programs.
#[derive(Debug, Serialize)]
pub struct Doctor<'a> {
    format: u32,
    problems: usize,
    findings: &'a [Finding],
}

/// The findings as a document.
pub fn doctor_json(findings: &[Finding]) -> Doctor<'_> {
    Doctor { format: 1, problems: findings.iter().filter(|finding| finding.state != State::Ok).count(), findings }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::WIDTH;
    use crate::report::testing::{HOSTILE, inert, screen};

    fn ok(what: &str) -> Finding {
        Finding { what: what.into(), state: State::Ok }
    }

    fn problem(what: &str, command: &str) -> Finding {
        Finding { what: what.into(), state: State::Problem { commands: vec![command.into()] } }
    }

    #[test]
    fn problems_end_in_commands() {
        let findings = [
            ok("git 2.47.3 (2.39 or newer); repository /srv/shop, 3,512 files, no submodules, no LFS"),
            problem(
                "worktrees cannot be made: /srv/shop.orca: permission denied",
                "git config orca.worktreeDir ~/.cache/orca/shop",
            ),
            problem(
                "run 20261119-2203-aa was interrupted 19 h ago: 2 of its agents still run (pid 4121, 4188), 3 tasks had not landed; their work is saved",
                "git orca resume 20261119-2203-aa",
            ),
        ];
        insta::assert_snapshot!(screen(&doctor(&findings, WIDTH)), @r"
        ok       git 2.47.3 (2.39 or newer); repository /srv/shop, 3,512 files, no submodules, no LFS
        PROBLEM  worktrees cannot be made: /srv/shop.orca: permission denied
                 git config orca.worktreeDir ~/.cache/orca/shop
        PROBLEM  run 20261119-2203-aa was interrupted 19 h ago: 2 of its agents still run (pid 4121, 4188),
                 3 tasks had not landed; their work is saved
                 git orca resume 20261119-2203-aa
        2 problems; nothing was changed
        ");
        insta::assert_snapshot!(screen(&doctor(&findings[..1], WIDTH)), @r"
        ok       git 2.47.3 (2.39 or newer); repository /srv/shop, 3,512 files, no submodules, no LFS
        no problems
        ");
        let json = serde_json::to_string(&doctor_json(&findings[1..2])).unwrap();
        insta::assert_snapshot!(json, @r#"
        {"format":1,"problems":1,"findings":[{"what":"worktrees cannot be made: /srv/shop.orca: permission denied","state":"problem","commands":["git config orca.worktreeDir ~/.cache/orca/shop"]}]}
        "#);
    }

    #[test]
    fn hostile_text_stays_text() {
        for text in &HOSTILE[..3] {
            inert(&doctor(&[problem(text, text)], WIDTH));
        }
    }
}
