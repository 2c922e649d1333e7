//! What running agents do at the moment, in words.

use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::journal::{Pulse, RunPaths, RunState};
use crate::model::{AgentEvent, AttemptId, TaskId};

/// What running agents do, by task, in words that are not safe yet.
pub type Doings = HashMap<TaskId, String>;

/// What running agents do, as far as their streams say.
pub fn doings(paths: &RunPaths, state: &RunState) -> Doings {
    let mut doings = Doings::new();
    for (task, facts) in state.info.tasks.iter().zip(&state.tasks) {
        let Some(open) = facts.open() else { continue };
        let attempt = AttemptId { task: task.id.clone(), n: open.n };
        if let Some(doing) = last(&paths.root().join(RunPaths::events(&attempt))) {
            doings.insert(task.id.clone(), doing);
        }
    }
    doings
}

/// Bytes of a stream's end that are looked at: several of its lines, whatever they hold.
const END: u64 = 64 << 10;

/// The end of a file.
fn end_of(file: &Path) -> Option<Vec<u8>> {
    let mut stream = std::fs::File::open(file).ok()?;
    let from = stream.metadata().ok()?.len().saturating_sub(END);
    stream.seek(SeekFrom::Start(from)).ok()?;
    let mut bytes = Vec::new();
    stream.take(END).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// What an attempt's agent said lately, a line each, in words that are not safe yet: its stream, or what it printed where
/// it has none.
pub fn said_lately(paths: &RunPaths, attempt: &AttemptId) -> Vec<String> {
    let stream = end_of(&paths.root().join(RunPaths::events(attempt))).unwrap_or_default();
    let pulses = stream.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Pulse>(line).ok());
    let said: Vec<String> = pulses.filter_map(|pulse| words(&pulse.say)).collect();
    if !said.is_empty() {
        return said;
    }
    let printed = end_of(&paths.root().join(RunPaths::attempt_logs(attempt)).join("agent.log")).unwrap_or_default();
    String::from_utf8_lossy(&printed).lines().map(str::to_owned).collect()
}

/// The last thing a stream says that means something to people. No stream says nothing: its agent is a mute one.
fn last(file: &Path) -> Option<String> {
    let bytes = end_of(file)?;
    // The first line may be half of one, and so may the last: they are no events then.
    let pulses = bytes.rsplit(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Pulse>(line).ok());
    pulses.into_iter().find_map(|pulse| words(&pulse.say))
}

/// One thing that a stream said, in words; none for what only programs need.
fn words(say: &AgentEvent) -> Option<String> {
    let or = |text: &str, other: &str| if text.trim().is_empty() { other.to_owned() } else { text.trim().to_owned() };
    match say {
        AgentEvent::Tool { name, what, paths } => Some(tool(name, what.trim(), paths)),
        AgentEvent::Said { text } => first_line(text).map(|line| format!("says: {line}")),
        AgentEvent::Plans { step } => first_line(step).map(|line| format!("step: {line}")),
        AgentEvent::Waiting { why } => Some(format!("waits: {}", or(why, "its provider is slow"))),
        AgentEvent::RateLimited { why, .. } => Some(format!("waits for its provider: {}", or(why, "rate limit"))),
        AgentEvent::Refused { why } => Some(format!("refused by its provider: {}", or(why, "no reason given"))),
        AgentEvent::Denied { tool, .. } => Some(format!("not allowed: {tool}")),
        AgentEvent::Started { .. } => Some("starting".to_owned()),
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
    use super::*;

    #[test]
    fn the_last_line_that_means_something_counts() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("events.jsonl");
        assert_eq!(last(&file), None);
        let line = |rest: &str| format!("{{\"at\":\"2026-11-27T10:00:00Z\",{rest}}}\n");
        let long = line(&format!("\"say\":\"said\",\"text\":\"{}\"", "x".repeat(100_000)));
        let read = line(r#""say":"tool","name":"Read","paths":["a.rs"]"#);
        let used = line(r#""say":"used","delta":{}"#);
        std::fs::write(&file, format!("{long}{read}{used}{{\"at\":\"20")).unwrap();
        assert_eq!(last(&file).as_deref(), Some("reading a.rs"));
    }

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
