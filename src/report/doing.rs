//! What running agents do at the moment, in words.

use std::collections::HashMap;

use crate::journal::{RunPaths, RunState};
use crate::model::{AttemptId, Say, TaskId};

/// What running agents do, by task, in words that are not safe yet.
pub type Doings = HashMap<TaskId, String>;

/// What running agents do, as far as their streams say.
pub fn doings(paths: &RunPaths, state: &RunState) -> Doings {
    let mut doings = Doings::new();
    for (task, facts) in state.info.tasks.iter().zip(&state.tasks) {
        let Some(open) = facts.open() else { continue };
        let attempt = AttemptId { task: task.id.clone(), n: open.n };
        if let Some(doing) = paths.doing(&attempt).and_then(|pulse| words(&pulse.say)) {
            doings.insert(task.id.clone(), doing);
        }
    }
    doings
}

/// One thing that a stream said, in words; none for what only programs need.
fn words(say: &Say) -> Option<String> {
    let or = |text: &str, other: &str| if text.trim().is_empty() { other.to_owned() } else { text.trim().to_owned() };
    match say {
        Say::Tool { name, what, paths } => Some(tool(name, what.trim(), paths)),
        Say::Said { text } => first_line(text).map(|line| format!("says: {line}")),
        Say::Waiting { why } => Some(format!("waits: {}", or(why, "its provider is slow"))),
        Say::RateLimited { why, .. } => Some(format!("waits for its provider: {}", or(why, "rate limit"))),
        Say::Refused { why } => Some(format!("refused by its provider: {}", or(why, "no reason given"))),
        Say::Denied { tool, .. } => Some(format!("not allowed: {tool}")),
        Say::Started { .. } => Some("starting".to_owned()),
        _ => None,
    }
}

fn first_line(text: &str) -> Option<String> {
    text.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
}

/// What tools of all agents are called, by what they do to the paths they name.
fn verb(name: &str) -> Option<&'static str> {
    match name.to_ascii_lowercase().as_str() {
        "edit" | "multiedit" | "write" | "notebookedit" | "file_change" | "apply_patch" | "replace" | "write_file" => {
            Some("editing")
        }
        "read" | "read_file" | "notebookread" => Some("reading"),
        "grep" | "glob" | "search" | "search_file_content" | "websearch" | "web_search" => Some("searching"),
        _ => None,
    }
}

fn tool(name: &str, what: &str, paths: &[String]) -> String {
    let is_shell =
        matches!(name.to_ascii_lowercase().as_str(), "bash" | "shell" | "command_execution" | "run_shell_command");
    let about = paths.first().map_or(what, String::as_str);
    match verb(name) {
        Some(verb) => format!("{verb} {about}").trim_end().to_owned(),
        None if is_shell => first_line(what).unwrap_or_else(|| "running a command".to_owned()),
        None => format!("{name} {about}").trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn tools_are_told_by_what_they_do() {
        let table = [
            (r#"{"say":"tool","name":"Edit","paths":["shop/cart.py"]}"#, Some("editing shop/cart.py")),
            (r#"{"say":"tool","name":"Bash","what":"pytest tests/test_tax.py\nls"}"#, Some("pytest tests/test_tax.py")),
            (r#"{"say":"tool","name":"Grep","what":"TODO"}"#, Some("searching TODO")),
            (r#"{"say":"tool","name":"mcp__serena__find","what":"Cart"}"#, Some("mcp__serena__find Cart")),
            (r#"{"say":"tool","name":"TodoWrite"}"#, Some("TodoWrite")),
            (r#"{"say":"said","text":"\nI will look at the tests.\nThen"}"#, Some("says: I will look at the tests.")),
            (r#"{"say":"waiting","why":"overloaded"}"#, Some("waits: overloaded")),
            (r#"{"say":"printed","text":"noise"}"#, None),
            (r#"{"say":"said","text":" "}"#, None),
        ];
        for (line, words) in table {
            assert_eq!(super::words(&serde_json::from_str(line).unwrap()).as_deref(), words, "{line}");
        }
    }
}
