//! What a person does on the page: the tool, its arguments, and the command that they are.

use serde_json::{Map, Value, json};

use crate::process::CommandAnswer;
use crate::report::words::display::safe;
use crate::serve::tools::TOOLS;
use crate::serve::words::command_words;

/// The tools that the page can call.
const DEEDS: [&str; 6] = ["approve", "reject", "retry", "say", "stop", "resume"];

/// How the page names itself in the journal.
pub const CLIENT: &str = "git orca serve";

/// The words of the command.
///
/// # Errors
/// There is no such thing to do, or its arguments do not fit; in words.
pub fn deed_words(tool: &str, body: &[u8]) -> Result<Vec<String>, String> {
    let known = TOOLS.iter().find(|known| known.name == tool).filter(|_| DEEDS.contains(&tool));
    let tool = known.ok_or_else(|| "there is no such thing to do on this page".to_owned())?;
    let arguments: Map<String, Value> = serde_json::from_slice(body).map_err(|e| format!("this is no call: {e}"))?;
    // The page may be older than the active run.
    if !arguments.contains_key("run") {
        return Err("a call names its run".to_owned());
    }
    let has_reason = arguments.get("message").and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty());
    if tool.name == "reject" && !has_reason {
        return Err("say why: the agent gets it when its work is tried again".to_owned());
    }
    Ok(command_words(tool, &arguments)?.words)
}

/// What the page is told about a command that was run, with its HTTP status.
pub fn told(answer: &CommandAnswer) -> (u16, Value) {
    let words = [answer.stderr.trim(), answer.stdout.trim()].join("\n");
    let is_done = answer.code == 0;
    (if is_done { 200 } else { 422 }, json!({"ok": is_done, "said": safe_lines(words.trim())}))
}

/// What the page is told where no command was run.
pub fn refused(why: &str) -> (u16, Value) {
    (422, json!({"ok": false, "said": why}))
}

fn safe_lines(text: &str) -> String {
    text.lines().map(safe).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_become_commands_and_never_options() {
        let table = [
            ("approve", r#"{"what":["T1"],"run":"r"}"#, Ok("approve --run=r -- T1")),
            (
                "approve",
                r#"{"what":["T1"],"despite":["test"],"message":"a sample","run":"r"}"#,
                Ok("approve --despite=test --message=a sample --run=r -- T1"),
            ),
            ("reject", r#"{"what":["T1"],"message":"no","run":"r"}"#, Ok("reject --message=no --run=r -- T1")),
            ("retry", r#"{"tasks":["--yes"],"run":"r"}"#, Ok("retry --run=r -- --yes")),
            ("stop", r#"{"run":"--now"}"#, Ok("stop --run=--now")),
            ("resume", r#"{"run":"r"}"#, Ok("resume -- r")),
            ("reject", r#"{"what":["T1"],"message":" ","run":"r"}"#, Err("say why")),
            ("stop", "{}", Err("names its run")),
            ("stop", r#"{"run":7}"#, Err("`run` is a text")),
            ("approve", r#"{"run":"r","yes":true,"what":["T1"]}"#, Err("takes no argument `yes`")),
            ("execute", r#"{"run":"r"}"#, Err("no such thing")),
            ("validate", r#"{"run":"r"}"#, Err("no such thing")),
            ("stop", "[]", Err("this is no call")),
        ];
        for (tool, body, expected) in table {
            match (deed_words(tool, body.as_bytes()), expected) {
                (Ok(words), Ok(expected)) => assert_eq!(words.join(" "), expected),
                (Err(why), Err(expected)) => assert!(why.contains(expected), "{tool} {body}: {why}"),
                (given, _) => panic!("{tool} {body}: {given:?}"),
            }
        }
    }

    #[test]
    fn every_deed_is_a_tool() {
        assert!(DEEDS.iter().all(|deed| TOOLS.iter().any(|tool| tool.name == *deed)));
    }
}
