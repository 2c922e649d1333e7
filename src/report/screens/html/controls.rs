//! What a person can do on the live page, beside what it is about. Each form says which tool it calls with which
//! arguments; the page's script sends it. Without a script the forms are not shown, and the commands are.

use serde_json::{Value, json};

use super::escape::text;
use crate::journal::{Approval, CheckState, Question};
use crate::report::facts::picture::{Picture, RunWord, StateWord};
use crate::report::words::question;
use crate::schedule::TaskStatus;

/// A field of a form: its name in the call, what stands in it while it is empty, and whether it may stay so.
struct FormField {
    name: &'static str,
    about: &'static str,
    is_required: bool,
}

/// A button: the tool that it calls, its words, and what is asked before.
type FormButton<'a> = (&'static str, &'a str, Option<&'static str>);

/// A form. `key` tells it from all others of the page.
fn form(key: &str, arguments: &Value, field: Option<&FormField>, buttons: &[FormButton<'_>]) -> String {
    let input = field.map_or(String::new(), |field| {
        let required = if field.is_required { " required" } else { "" };
        let FormField { name, about, .. } = field;
        format!(
            "<input name=\"{name}\" placeholder=\"{about}\" aria-label=\"{about}\" autocomplete=\"off\"{required}/>"
        )
    });
    let button = |(tool, words, sure): &FormButton<'_>| {
        let sure = sure.map(|sure| format!(" data-sure=\"{sure}\"")).unwrap_or_default();
        format!("<button type=\"button\" value=\"{tool}\"{sure}>{words}</button>")
    };
    format!(
        "<form class=\"deed\" data-key=\"{}\" data-arguments=\"{}\">{input}{}<output></output></form>\n",
        text(key),
        text(&arguments.to_string()),
        buttons.iter().map(button).collect::<String>()
    )
}

/// What waits for a person, and the run as a whole.
pub(super) fn of_run(picture: &Picture<'_>) -> String {
    let run = picture.state.info.run.as_str();
    let is_open = |_: &&Approval| picture.state.finished.is_none();
    let asked: String = picture.state.unanswered().filter(is_open).map(|asked| question(run, asked)).collect();
    let section = if asked.is_empty() { asked } else { format!("<h2>Waiting for you</h2>\n{asked}") };
    section + &whole(picture, run)
}

fn question(run: &str, asked: &Approval) -> String {
    let id = asked.question.id();
    let words = text(&question::words(&asked.question));
    if matches!(asked.question, Question::BaseRed { .. }) {
        return format!("<p>{words} <code>{}</code></p>\n", question::BASE_RED);
    }
    let about = "a note; why, where you reject";
    let field = FormField { name: "message", about, is_required: false };
    let buttons = [("approve", "Approve", None), ("reject", "Reject", None)];
    let diff = asked.question.task().map(|task| diff(run, task.as_str())).unwrap_or_default();
    format!(
        "<div class=\"asked\"><p>{words}{diff}</p>\n<noscript><code>git orca approve {0}</code> or \
         <code>git orca reject {0}</code></noscript>\n{1}</div>\n",
        text(&id),
        form(&format!("ask-{id}"), &json!({"what": [id], "run": run}), Some(&field), &buttons)
    )
}

/// The way to a task's change.
fn diff(run: &str, task: &str) -> String {
    let path = |part: &str| part.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    format!(" <a href=\"diff/{}/{}\">diff</a>", path(run), path(task))
}

fn whole(picture: &Picture<'_>, run: &str) -> String {
    match picture.word() {
        RunWord::Running => {
            let sure = "End this run? Running agents may finish first; their work is saved.";
            form("run", &json!({"run": run}), None, &[("stop", "Stop the run", Some(sure))])
        }
        RunWord::Paused | RunWord::Interrupted => {
            form("run", &json!({"run": run}), None, &[("resume", "Resume the run", None)])
        }
        RunWord::Finished => String::new(),
    }
}

/// A form for each gate that refuses what a task left last: a person can let it land all the same, and says why.
fn waiving(picture: &Picture<'_>, i: usize) -> String {
    let Some(last) = picture.facts(i).last().filter(|last| last.result().is_some()) else { return String::new() };
    let (run, task) = (picture.state.info.run.as_str(), picture.task(i).id.as_str());
    let why = FormField { name: "message", about: "why it may land all the same", is_required: true };
    let one = |word: StateWord<'_>| {
        let gate = word.gate.name.as_str();
        let sure = "Let it land although this gate refuses it? Your reason stands in the report and the pull request.";
        let words = format!("Waive {}", text(gate));
        let arguments = json!({"what": [task], "despite": [gate], "run": run});
        form(&format!("waive-{task}-{gate}"), &arguments, Some(&why), &[("approve", &words, Some(sure))])
    };
    let refuses = |word: &StateWord<'_>| matches!(word.check, Some(CheckState::Judged(said)) if word.gate.required && !said.is_let_through(word.gate));
    picture.words(i, last).into_iter().filter(refuses).map(one).collect()
}

/// What can be done about a task.
pub(super) fn of_task(picture: &Picture<'_>, i: usize) -> String {
    let (run, task) = (picture.state.info.run.as_str(), picture.task(i).id.as_str());
    let has_result = picture.facts(i).attempts.iter().any(|attempt| attempt.result().is_some());
    let diff = if has_result { format!("<p>{}</p>\n", diff(run, task).trim_start()) } else { String::new() };
    let tell = FormField { name: "text", about: "tell its agent something", is_required: true };
    let hint = FormField { name: "message", about: "a hint for its agent (optional)", is_required: false };
    let say = || {
        let arguments = json!({"task": task, "run": run});
        form(&format!("say-{task}"), &arguments, Some(&tell), &[("say", "Say", None)])
    };
    let forms = match picture.standing(i) {
        TaskStatus::Running => {
            let sure = "Stop this attempt? Its work is saved.";
            let stop = [("stop", "Stop this attempt", Some(sure))];
            say() + &form(&format!("stop-{task}"), &json!({"tasks": [task], "run": run}), None, &stop)
        }
        TaskStatus::Failed(_) | TaskStatus::Conflicted => {
            let retry = [("retry", "Retry", None)];
            form(&format!("retry-{task}"), &json!({"tasks": [task], "run": run}), Some(&hint), &retry)
                + &waiving(picture, i)
        }
        TaskStatus::Landed | TaskStatus::Skipped => String::new(),
        _ if picture.state.finished.is_some() => String::new(),
        _ => say(),
    };
    diff + &forms
}
