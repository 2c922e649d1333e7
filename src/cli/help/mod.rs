//! `git orca help [TOPIC|COMMAND]`: pages about a subject, which lie here as Markdown, and clap's help of a command.
//!
//! ## To add a topic
//!
//! Write `NAME.md` beside this file, name it in [`TOPICS`], and link to it from the README (a test looks).

use clap::CommandFactory;

use super::args::Cli;
use super::look;
use crate::model::{Error, ErrorKind};
use crate::report::print::out::Canvas;
use crate::report::screens;
use crate::report::{self, WIDTH};
use crate::settings::nearest;
use crate::start::here::{Here, Refusal};

/// A page.
#[derive(Debug, Clone, Copy)]
pub struct HelpTopic {
    /// What it is asked for by.
    pub name: &'static str,
    /// A line about it.
    pub about: &'static str,
    /// The page, as Markdown.
    pub text: &'static str,
}

macro_rules! topics {
    ($($name:literal: $about:literal,)*) => {
        /// All pages, in the order in which they are listed.
        pub const TOPICS: &[HelpTopic] =
            &[$(HelpTopic { name: $name, about: $about, text: include_str!(concat!($name, ".md")) },)*];
    };
}

topics! {
    "install": "building, completions, systems, environments for Python and Node, uninstalling",
    "running": "watching a run, notices, the result",
    "commands": "all commands, exit codes",
    "plans": "plan formats, order, expected times",
    "agents": "coding agents, programs of your own, permissions, how many at once",
    "budgets": "money, tokens, time, approvals",
    "gates": "what judges the work: tests, scanners, linters, reviews, measurements, evidence",
    "conflicts": "how conflicts are solved, by rules, agents and by hand",
    "publishing": "pull requests, one per layer",
    "sandbox": "what agents may write, the guard, trust, evidence",
    "hosts": "attempts on other machines, by ssh or Slurm",
    "configuration": "where settings come from, worktrees, setup",
    "limits": "what git orca cannot do",
    "troubleshooting": "you see this, do that",
}

/// Runs it. Works anywhere.
///
/// # Errors
/// There is neither a topic nor a command of that name.
pub fn main(words: &[String]) -> Result<u8, Refusal> {
    let [name, rest @ ..] = words else {
        report::answer(of_command(&[])?.trim_end());
        return Ok(0);
    };
    let topic = TOPICS.iter().find(|topic| topic.name == name && rest.is_empty());
    let Some(topic) = topic else {
        report::answer(of_command(words)?.trim_end());
        return Ok(0);
    };
    // What a console says differently each time stands in the pages as tests compare it.
    let page = topic.text.replace("[..]", "…");
    let text = match Canvas::Stdout.is_there() {
        true => screens::help::laid_out(&page, Canvas::Stdout.room().columns.min(WIDTH)),
        false => page,
    };
    // A subject that is also a command, such as `conflicts`: its options come first.
    let text = of_command(words).map_or_else(|_| text.clone(), |options| format!("{options}\n{text}"));
    look::page(Here::find().ok().as_ref(), &text)
}

/// clap's help of a command, or of the program.
fn of_command(words: &[String]) -> Result<String, Error> {
    let mut command = Cli::command();
    command.build();
    let mut at = &mut command;
    for word in words {
        at = match at.find_subcommand(word) {
            Some(_) => at.find_subcommand_mut(word).ok_or_else(|| unknown(word))?,
            None => return Err(unknown(word)),
        };
    }
    Ok(at.render_help().ansi().to_string())
}

fn unknown(name: &str) -> Error {
    let command = Cli::command();
    let commands: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    let names = TOPICS.iter().map(|topic| topic.name).chain(commands);
    let cause = format!("there is no topic and no command `{}`", name.escape_debug());
    let error = Error::new(ErrorKind::Usage, "looking for help", cause);
    let error = match nearest(name, names) {
        Some(near) => error.hint(format!("did you mean: git orca help {near}")),
        None => error,
    };
    listed().into_iter().fold(error.hint("git orca help"), Error::hint)
}

/// The topics, one a line.
fn listed() -> Vec<String> {
    let width = TOPICS.iter().map(|topic| topic.name.len()).max().unwrap_or(0);
    let line = |topic: &HelpTopic| format!("git orca help {:<width$}  {}", topic.name, topic.about);
    TOPICS.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_a_topic_with_a_title() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/help");
        let mut pages: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().to_string_lossy().strip_suffix(".md").map(str::to_owned))
            .collect();
        pages.sort();
        let mut topics: Vec<&str> = TOPICS.iter().map(|topic| topic.name).collect();
        topics.sort_unstable();
        assert_eq!(pages, topics);
        for topic in TOPICS {
            assert!(topic.text.starts_with("# "), "{}", topic.name);
            assert!(!topic.about.ends_with('.') && topic.about.len() <= 82, "{}", topic.name);
        }
    }

    #[test]
    fn commands_and_their_commands_have_help_and_others_get_the_topics() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let help = |of: &[String]| anstream::adapter::strip_str(&of_command(of).unwrap()).to_string();
        assert!(help(&words("execute")).contains("Usage: git orca execute"));
        assert!(help(&words("hooks install")).contains("Usage: git orca hooks install"));
        assert!(help(&[]).contains("Commands:"));
        let error = of_command(&words("gate")).unwrap_err();
        assert_eq!(error.hints[0], "did you mean: git orca help gates");
        assert_eq!(error.hints.len(), 2 + TOPICS.len());
    }
}
