//! From the arguments of a call to the words of a command. A value never becomes an option: it stands behind the `=` of
//! one, or after `--`.

use std::time::Duration;

use serde_json::{Map, Value};

use super::tool::{ParamKind, ServedTool, ToolParam};

/// Longest time for which a call waits.
const LONGEST_WAIT: u64 = 3600;

/// A command to be run for a call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallWords {
    /// Its words.
    pub words: Vec<String>,
    /// For how long it keeps answering.
    pub wait: Option<Duration>,
}

/// The words of a call.
///
/// # Errors
/// An argument is unknown, missing, or not of its kind; in words.
pub fn command_words(tool: &ServedTool, arguments: &Map<String, Value>) -> Result<CallWords, String> {
    if let Some(unknown) = arguments.keys().find(|name| tool.param(name).is_none()) {
        let known: Vec<&str> = tool.params.iter().map(|param| param.name).collect();
        return Err(format!("`{}` takes no argument `{unknown}`; it takes: {}", tool.name, known.join(", ")));
    }
    let mut call = CallWords { words: tool.command.iter().map(|word| (*word).to_owned()).collect(), wait: None };
    let mut last = Vec::new();
    for param in tool.params {
        match arguments.get(param.name).filter(|value| !value.is_null()) {
            Some(value) => add(param, value, &mut call, &mut last)?,
            None if param.is_required => return Err(format!("`{}` needs the argument `{}`", tool.name, param.name)),
            None => {}
        }
    }
    if !last.is_empty() {
        call.words.push("--".to_owned());
        call.words.append(&mut last);
    }
    Ok(call)
}

fn add(param: &ToolParam, value: &Value, call: &mut CallWords, last: &mut Vec<String>) -> Result<(), String> {
    let mut option = |name: &str, text: &str| call.words.push(format!("{name}={text}"));
    match param.kind {
        ParamKind::Text(name) => option(name, text(param, value)?),
        ParamKind::Texts(name) => texts(param, value)?.into_iter().for_each(|text| option(name, text)),
        ParamKind::OneOf(name, all) => match text(param, value)? {
            word if all.contains(&word) => option(name, word),
            _ => return Err(format!("`{}` is one of: {}", param.name, all.join(", "))),
        },
        ParamKind::Count(name) => option(name, &count(param, value)?.to_string()),
        ParamKind::Money(name) => match value.as_f64().filter(|usd| usd.is_finite() && *usd >= 0.0) {
            Some(usd) => option(name, &usd.to_string()),
            None => return Err(format!("`{}` is a number of US dollars", param.name)),
        },
        ParamKind::Switch(name) => match value.as_bool() {
            Some(true) => call.words.push(name.to_owned()),
            Some(false) => {}
            None => return Err(format!("`{}` is true or false", param.name)),
        },
        ParamKind::Word => last.push(text(param, value)?.to_owned()),
        ParamKind::Words => last.extend(texts(param, value)?.into_iter().map(str::to_owned)),
        ParamKind::Seconds => {
            call.wait = Some(Duration::from_secs(count(param, value)?.min(LONGEST_WAIT)));
            call.words.push("--watch".to_owned());
        }
        ParamKind::Part => drop(text(param, value)?),
    }
    Ok(())
}

fn text<'v>(param: &ToolParam, value: &'v Value) -> Result<&'v str, String> {
    let text = value.as_str().ok_or_else(|| format!("`{}` is a text", param.name))?;
    match text {
        text if text.trim().is_empty() => Err(format!("`{}` is empty", param.name)),
        text if text.contains('\0') => Err(format!("`{}` holds a character that no command takes", param.name)),
        text => Ok(text),
    }
}

fn texts<'v>(param: &ToolParam, value: &'v Value) -> Result<Vec<&'v str>, String> {
    let all = value.as_array().ok_or_else(|| format!("`{}` is a list of texts", param.name))?;
    all.iter().map(|one| text(param, one)).collect()
}

fn count(param: &ToolParam, value: &Value) -> Result<u64, String> {
    value.as_u64().filter(|n| *n > 0).ok_or_else(|| format!("`{}` is a whole number from 1", param.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::tools::TOOLS;
    use serde_json::json;

    fn words(tool: &str, arguments: Value) -> Result<String, String> {
        let tool = TOOLS.iter().find(|known| known.name == tool).unwrap();
        command_words(tool, arguments.as_object().unwrap()).map(|call| call.words.join(" "))
    }

    #[test]
    fn arguments_become_words_and_never_options() {
        let table = [
            ("status", json!({}), "status --json"),
            ("status", json!({"run": "--help"}), "status --json --run=--help"),
            ("status", json!({"wait_seconds": 5}), "status --json --watch"),
            ("task", json!({"task": "--yes", "run": null}), "show --json -- --yes"),
            ("say", json!({"task": "T1", "text": "-n is right"}), "say -- T1 -n is right"),
            (
                "add",
                json!({"title": "--run=x", "after": ["T1"], "details": "--yes"}),
                "add --json --message=--yes --after=T1 -- --run=x",
            ),
            ("retry", json!({"tasks": ["T1", "T2"], "message": "a b"}), "retry --message=a b -- T1 T2"),
            (
                "execute",
                json!({"plans": ["--detach"], "budget_usd": 2.5, "new": true, "include_optional": false}),
                "execute --json --budget-usd=2.5 --new -- --detach",
            ),
            ("findings", json!({"task": "T1"}), "report --json"),
        ];
        for (tool, arguments, expected) in table {
            assert_eq!(words(tool, arguments.clone()).as_deref(), Ok(expected), "{tool} {arguments}");
        }
    }

    #[test]
    fn arguments_that_do_not_fit_are_refused_in_words() {
        let table = [
            ("status", json!({"runn": "x"}), "`status` takes no argument `runn`; it takes: run, wait_seconds"),
            ("task", json!({}), "`task` needs the argument `task`"),
            ("task", json!({"task": 3}), "`task` is a text"),
            ("task", json!({"task": " "}), "`task` is empty"),
            ("retry", json!({"tasks": "T1"}), "`tasks` is a list of texts"),
            ("execute", json!({"jobs": 0}), "`jobs` is a whole number from 1"),
            ("execute", json!({"budget_usd": "2"}), "`budget_usd` is a number of US dollars"),
            ("execute", json!({"tdd": "on"}), "`tdd` is one of: off, single, staged"),
            ("execute", json!({"yes": true}), "takes no argument `yes`"),
            ("add", json!({"title": "x", "command": "rm -r /"}), "takes no argument `command`"),
            ("stop", json!({"now": 1}), "`now` is true or false"),
        ];
        for (tool, arguments, expected) in table {
            let said = words(tool, arguments.clone()).unwrap_err();
            assert!(said.contains(expected), "{tool} {arguments}: {said}");
        }
    }
}
