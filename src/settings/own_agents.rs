//! Agents of the user's own, without an `orca.toml`: `git config orca.agents.NAME.command "program {prompt_file}"`.
//!
//! No repository brings git's configuration along, so that they need no trust. They are read by the reader of
//! `[agents.NAME]`, from the same text that somebody would have written there, and go before it.

use std::collections::BTreeMap;

use super::file::OrcaFile;
use super::gate_keys::GateKinds;
use crate::model::{AgentDef, Place, Problem, Severity};

/// What the keys begin with.
pub(super) const START: &str = "orca.agents.";

/// Keys that take a list; git's configuration gives it as words, quoted as for a shell.
const LISTS: [&str; 4] = ["command", "args", "env", "allow"];

/// The agents that git's configuration defines, and what is wrong with them.
pub(super) fn own_agents(config: &BTreeMap<String, String>) -> (BTreeMap<String, (AgentDef, Place)>, Vec<Problem>) {
    let mut text = String::new();
    let mut problems = Vec::new();
    for (name, value) in config {
        let Some((agent, key)) = name.strip_prefix(START).and_then(|rest| rest.rsplit_once('.')) else { continue };
        match written(key, value) {
            Ok(value) => text.push_str(&format!("agents.{}.{} = {value}\n", quoted(agent), quoted(key))),
            Err(what) => {
                let what = format!("`{}`: {what}", name.escape_debug());
                problems.push(Problem::new(Severity::Error, Place::new(place(agent), 0), what, ""));
            }
        }
    }
    let (file, found) = OrcaFile::read("git config", &text, GateKinds::default());
    problems.extend(found.into_iter().map(|problem| Problem { at: Place::new("git config", 0), ..problem }));
    let own = |(name, (def, _)): (String, (AgentDef, Place))| {
        let at = Place::new(place(&name), 0);
        (name, (AgentDef { own: true, ..def }, at))
    };
    (file.agents.into_iter().map(own).collect(), problems)
}

fn place(agent: &str) -> String {
    format!("git config {START}{agent}")
}

/// A value as `orca.toml` would have it.
fn written(key: &str, value: &str) -> Result<String, String> {
    if LISTS.contains(&key) {
        let words: Vec<String> = words(value)?.iter().map(|word| quoted(word)).collect();
        return Ok(format!("[{}]", words.join(", ")));
    }
    Ok(if key == "turns" && value.parse::<u32>().is_ok() { value.to_owned() } else { quoted(value) })
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// The words of a command line: blanks part them, quotes and backslashes keep them together, nothing is expanded.
fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('\\', None | Some('"')) => word.get_or_insert_default().extend(chars.next()),
            (c, Some(_)) => word.get_or_insert_default().push(c),
            ('\'' | '"', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, None) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    match quote {
        Some(open) => Err(format!("the quote {open} is not closed")),
        None => Ok(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn an_agent_is_read_as_one_of_orca_toml_and_is_the_users_own() {
        let (agents, problems) = own_agents(&config(&[
            ("orca.agents.mine.command", "my-agent --title 'two words' {prompt_file}"),
            ("orca.agents.mine.env", "MY_KEY OTHER_KEY"),
            ("orca.agents.mine.timeout", "5m"),
            ("orca.agents.Second One.kind", "claude"),
            ("orca.agent", "mine"),
        ]));
        let names: Vec<&str> = agents.keys().map(String::as_str).collect();
        assert_eq!(names, ["Second One", "mine"]);
        let mine = &agents["mine"].0;
        assert_eq!(mine.command, ["my-agent", "--title", "two words", "{prompt_file}"]);
        assert_eq!((mine.env.len(), mine.timeout, mine.own), (2, Some(300), true));
        assert_eq!(agents["mine"].1.to_string(), "git config orca.agents.mine");
        // Names are checked as those of the file are.
        assert_eq!(problems.len(), 1, "{problems:?}");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_key() {
        for (key, value, what) in [
            ("orca.agents.mine.comand", "x", "unknown key `comand`"),
            ("orca.agents.mine.command", "x 'y", "the quote ' is not closed"),
            ("orca.agents.mine.command", "", "must name a program"),
            ("orca.agents.mine.timeout", "soon", "is not a duration"),
            ("orca.agents.mine.turns", "many", "turns"),
        ] {
            let (_, problems) = own_agents(&config(&[(key, value)]));
            assert!(problems.iter().any(|problem| problem.what.contains(what)), "{key} {value}: {problems:?}");
            assert!(problems.iter().all(|problem| problem.at.to_string().starts_with("git config")), "{problems:?}");
        }
    }

    #[test]
    fn words_are_parted_as_a_shell_does_it() {
        for (text, expected) in [
            ("a b", &["a", "b"][..]),
            ("  a\t'b c'  ", &["a", "b c"]),
            (r#"sh -c "echo \"hi\" > x""#, &["sh", "-c", "echo \"hi\" > x"]),
            (r"a\ b '\x'", &["a b", r"\x"]),
            ("''", &[""]),
            ("", &[]),
        ] {
            assert_eq!(words(text).unwrap(), expected, "{text}");
        }
    }
}
