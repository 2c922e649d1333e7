//! What an agent does at the moment, from the stream that its worker keeps.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use serde_json::Value;

use super::live::Doings;
use crate::journal::{RunPaths, RunState};
use crate::model::AttemptId;

/// Bytes of a stream's end that are looked at: several of its lines, whatever they hold.
const END: u64 = 32 << 10;

/// What running agents do, as far as their streams say.
pub fn doings(paths: &RunPaths, state: &RunState) -> Doings {
    let mut doings = Doings::new();
    for (task, facts) in state.info.tasks.iter().zip(&state.tasks) {
        let Some(open) = facts.open() else { continue };
        let attempt = AttemptId { task: task.id.clone(), n: open.n };
        let file = paths.root().join(RunPaths::attempt_logs(&attempt)).join("events.jsonl");
        if let Some(doing) = last(&file) {
            doings.insert(task.id.clone(), doing);
        }
    }
    doings
}

/// The last thing a stream says that means something to people. No stream says nothing: its agent is a mute one.
fn last(file: &Path) -> Option<String> {
    let mut stream = std::fs::File::open(file).ok()?;
    let from = stream.metadata().ok()?.len().saturating_sub(END);
    stream.seek(SeekFrom::Start(from)).ok()?;
    let mut bytes = Vec::new();
    stream.take(END).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    text.lines().rev().find_map(|line| words(&serde_json::from_str(line).ok()?))
}

/// One line of a stream (`{"say":"tool",…}`) in words; none for what only programs need.
fn words(line: &Value) -> Option<String> {
    let text = |key: &str| line[key].as_str().map(str::trim).filter(|text| !text.is_empty());
    match line["say"].as_str()? {
        "tool" => Some(tool(text("name")?, text("what"), line["paths"].as_array().map_or(&[], Vec::as_slice))),
        "said" => text("text").map(|words| format!("says: {}", words.lines().next().unwrap_or_default())),
        "waiting" => Some(format!("waits: {}", text("why").unwrap_or("its provider is slow"))),
        "rate_limited" => Some(format!("waits for its provider: {}", text("why").unwrap_or("rate limit"))),
        "refused" => Some(format!("refused: {}", text("why").unwrap_or("by its provider"))),
        "denied" => Some(format!("not allowed: {}", text("tool").unwrap_or("a tool"))),
        "started" => Some("starting".to_owned()),
        _ => None,
    }
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

fn tool(name: &str, what: Option<&str>, paths: &[Value]) -> String {
    let is_shell =
        matches!(name.to_ascii_lowercase().as_str(), "bash" | "shell" | "command_execution" | "run_shell_command");
    let first = paths.first().and_then(Value::as_str);
    match (verb(name), first.or(what)) {
        (Some(verb), Some(about)) => format!("{verb} {about}"),
        (Some(verb), None) => verb.to_owned(),
        (None, Some(about)) if is_shell => about.lines().next().unwrap_or_default().to_owned(),
        (None, Some(about)) => format!("{name} {about}"),
        (None, None) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_are_told_by_what_they_do() {
        let table = [
            (r#"{"say":"tool","name":"Edit","paths":["shop/cart.py"]}"#, Some("editing shop/cart.py")),
            (r#"{"say":"tool","name":"Bash","what":"pytest tests/test_tax.py\nls"}"#, Some("pytest tests/test_tax.py")),
            (r#"{"say":"tool","name":"Grep","what":"TODO"}"#, Some("searching TODO")),
            (r#"{"say":"tool","name":"mcp__serena__find","what":"Cart"}"#, Some("mcp__serena__find Cart")),
            (r#"{"say":"tool","name":"TodoWrite"}"#, Some("TodoWrite")),
            (r#"{"say":"said","text":"I will look at the tests.\nThen"}"#, Some("says: I will look at the tests.")),
            (r#"{"say":"waiting","why":"overloaded"}"#, Some("waits: overloaded")),
            (r#"{"say":"used","delta":{}}"#, None),
            (r#"{"say":"said","text":" "}"#, None),
            (r#"{"other":1}"#, None),
        ];
        for (line, words) in table {
            assert_eq!(super::words(&serde_json::from_str(line).unwrap()).as_deref(), words, "{line}");
        }
    }

    #[test]
    fn the_last_line_that_means_something_counts() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("events.jsonl");
        assert_eq!(last(&file), None);
        let long = format!("{{\"say\":\"said\",\"text\":\"{}\"}}\n", "x".repeat(100_000));
        let text = format!(
            "{long}{}\n{}\n{{\"say\":\"to",
            r#"{"say":"tool","name":"Read","paths":["a.rs"]}"#, r#"{"say":"used","delta":{}}"#
        );
        std::fs::write(&file, text).unwrap();
        assert_eq!(last(&file).as_deref(), Some("reading a.rs"));
    }
}
