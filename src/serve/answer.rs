//! From what a command said to what a call answers.

use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::{Map, Value};

use super::tool::ServedTool;
use crate::process::CommandAnswer;
use crate::report::words::json_text;

/// Bytes of a text that a client gets: more than that a model cannot use.
const LONGEST_TEXT: usize = 200_000;

/// A call that was refused before any command ran.
pub fn refused(why: impl Into<String>) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(why)])
}

/// What a call answers. A command that gave an answer has done what it was asked, whatever its exit code: a plan with
/// problems and a commit that gates refuse are answers; the code then stands beside it.
pub fn of_command(
    tool: &ServedTool,
    arguments: &Map<String, Value>,
    said: &CommandAnswer,
    is_watched: bool,
) -> CallToolResult {
    let answer = match is_watched {
        true => last_document(&said.stdout),
        false => said.stdout.trim_end(),
    };
    // A command that was watching ends when it is told to.
    let code = if is_watched && !answer.is_empty() { 0 } else { said.code };
    let words = words(said, code);
    if answer.is_empty() {
        let text = if words.is_empty() { "done".to_owned() } else { words };
        return match said.code {
            0 => CallToolResult::success(vec![ContentBlock::text(text)]),
            _ => refused(text),
        };
    }
    let whole: Option<Value> = serde_json::from_str(answer).ok();
    let (text, structured) = match (tool.part, whole) {
        (Some(part), Some(whole)) => match part(&whole, arguments) {
            Ok(part) => (json_text::pretty(&part), Some(part)),
            Err(why) => return refused(why),
        },
        (_, whole) => (cut(answer, tool), whole),
    };
    let mut content = vec![ContentBlock::text(text)];
    content.extend((!words.is_empty()).then(|| ContentBlock::text(words)));
    let mut result = CallToolResult::success(content);
    result.structured_content = structured.filter(Value::is_object);
    result
}

/// What a command that was watching said last: a document a line, or, where there was nothing to watch, one document of many.
fn last_document(text: &str) -> &str {
    let last = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    let is_whole = serde_json::from_str::<Value>(last).is_ok();
    if is_whole { last } else { text.trim_end() }
}

/// What the command said to a person, with its exit code where that is not 0.
fn words(said: &CommandAnswer, code: i32) -> String {
    let mut words = said.stderr.trim_end().to_owned();
    if code != 0 {
        words = format!("{words}\nexit code {code}").trim_start().to_owned();
    }
    words
}

/// A long text up to a line, with what is missing.
fn cut(text: &str, tool: &ServedTool) -> String {
    if text.len() <= LONGEST_TEXT || serde_json::from_str::<Value>(text).is_ok() {
        return text.to_owned();
    }
    let end = text[..text.floor_char_boundary(LONGEST_TEXT)].rfind('\n').unwrap_or(0);
    let (shown, all) = (text[..end].lines().count(), text.lines().count());
    format!("{}\n({shown} of {all} lines; all of it: git orca {})", &text[..end], tool.command.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::tools::TOOLS;
    use serde_json::json;

    fn answer(tool: &str, code: i32, stdout: &str, stderr: &str, is_watched: bool) -> Value {
        let tool = TOOLS.iter().find(|known| known.name == tool).unwrap();
        let said =
            CommandAnswer { code, stdout: stdout.to_owned(), stderr: stderr.to_owned(), ..CommandAnswer::default() };
        serde_json::to_value(of_command(tool, &Map::new(), &said, is_watched)).unwrap()
    }

    #[test]
    fn an_answer_is_no_error_whatever_its_exit_code() {
        let refused = answer("validate", 5, "{\"format\": 1}\n", "1 uncommitted file is not judged\n", false);
        assert_eq!(refused["isError"], false);
        assert_eq!(refused["structuredContent"], json!({"format": 1}));
        assert_eq!(refused["content"][0]["text"], "{\"format\": 1}");
        assert_eq!(refused["content"][1]["text"], "1 uncommitted file is not judged\nexit code 5");
        let failed = answer("validate", 1, "", "error: not trusted\n", false);
        assert_eq!(failed["isError"], true);
        assert_eq!(failed["content"][0]["text"], "error: not trusted\nexit code 1");
        assert_eq!(answer("stop", 0, "", "", false)["content"][0]["text"], "done");
    }

    #[test]
    fn of_a_watched_command_the_last_answer_counts() {
        let last = answer("status", 143, "{\"a\": 1}\n{\"a\": 2}\n", "", true);
        assert_eq!(last["structuredContent"], json!({"a": 2}));
        assert_eq!(last["content"].as_array().unwrap().len(), 1);
        let nothing = answer("status", 0, "{\n  \"run\": null\n}\n", "", true);
        assert_eq!(nothing["structuredContent"], json!({"run": null}), "no run to wait for");
        let part =
            answer("findings", 0, "{\"format\": 1, \"tasks\": [{\"task_id\": \"T1\", \"files\": []}]}", "", false);
        assert_eq!(part["structuredContent"]["tasks"][0]["task_id"], "T1");
        assert!(part["structuredContent"]["tasks"][0].get("files").is_none());
    }

    #[test]
    fn a_long_patch_ends_with_a_whole_line() {
        let long = "+ a line\n".repeat(LONGEST_TEXT / 8);
        let said = answer("diff", 0, &long, "", false);
        let text = said["content"][0]["text"].as_str().unwrap();
        assert!(text.ends_with("lines; all of it: git orca diff)") && text.contains("+ a line\n("), "{}", text.len());
    }
}
