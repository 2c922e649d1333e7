//! Every tool.
//!
//! To add one: an entry here. Its answer is what its command prints.

use serde_json::{Map, Value};

use super::tool::ParamKind::{Count, Money, OneOf, Part, Seconds, Switch, Text, Texts, Word, Words};
use super::tool::{ParamKind, ServedTool, ToolAccess, ToolParam, ToolPlace};

const fn param(name: &'static str, kind: ParamKind, about: &'static str) -> ToolParam {
    ToolParam { name, kind, is_required: false, about }
}

const fn required(name: &'static str, kind: ParamKind, about: &'static str) -> ToolParam {
    ToolParam { name, kind, is_required: true, about }
}

const RUN: ToolParam = param("run", Text("--run"), "the run; default: the active one, else the last");
const TASK: ToolParam = required("task", Word, "the task's id");
const PLANS: ToolParam = param("plans", Words, "plan files or folders, read as one; default: the plan found here");
const BUDGET_TOKENS: ToolParam =
    param("budget_tokens", Count("--budget-tokens"), "most tokens of the run, all attempts together");
const BUDGET_USD: ToolParam =
    param("budget_usd", Money("--budget-usd"), "most US dollars of the run, all attempts together");

const fn reading(
    name: &'static str,
    title: &'static str,
    about: &'static str,
    command: &'static [&'static str],
    params: &'static [ToolParam],
) -> ServedTool {
    let (access, place) = (ToolAccess::Read, ToolPlace::Outside);
    ServedTool { name, title, about, access, place, command, params, part: None }
}

const fn writing(
    name: &'static str,
    title: &'static str,
    about: &'static str,
    command: &'static [&'static str],
    params: &'static [ToolParam],
) -> ServedTool {
    ServedTool { access: ToolAccess::Write, ..reading(name, title, about, command, params) }
}

/// All tools, in the order in which they are listed.
pub static TOOLS: &[ServedTool] = &[
    reading(
        "plan",
        "Read a plan",
        "Reads and checks an implementation plan: tasks, order, layers, speed-up, forecast conflicts, problems. Starts \
         nothing.",
        &["plan", "--json"],
        &[
            PLANS,
            param("strict", Switch("--strict"), "the format's own order"),
            param("loose", Switch("--loose"), "only phases and shared files order tasks"),
            param("include_optional", Switch("--include-optional"), "optional tasks too"),
            param("include_done", Switch("--include-done"), "tasks marked as done too"),
        ],
    ),
    reading(
        "status",
        "Status of a run",
        "How a run stands: every task with its state, what needs a person and the command for it, totals, conflicts. \
         With `wait_seconds` it answers when the run is over, when a person is needed for something more, or when that \
         time is over, and tells progress meanwhile.",
        &["status", "--json"],
        &[
            RUN,
            param(
                "wait_seconds",
                Seconds,
                "wait so many seconds for the end of the run, or for a need of a person (at most 3600)",
            ),
        ],
    ),
    ServedTool {
        place: ToolPlace::Everywhere,
        ..reading(
            "task",
            "One task",
            "One task of a run: state and why, attempts, gates with findings, changed files, cost.",
            &["show", "--json"],
            &[TASK, RUN],
        )
    },
    reading("diff", "A task's change", "What a task changed, as a patch.", &["diff"], &[TASK, RUN]),
    ServedTool {
        place: ToolPlace::Everywhere,
        ..reading(
            "conflicts",
            "Conflicts",
            "Merge conflicts that are left and the commands that solve them; while a run lasts, which tasks under way \
             change the same files and where they would clash.",
            &["conflicts", "--json"],
            &[param("task", Word, "only this task"), RUN],
        )
    },
    ServedTool {
        part: Some(findings),
        ..reading(
            "findings",
            "What gates found",
            "What gates found, task by task and on merged trees: verdict, reason, findings with their places.",
            &["report", "--json"],
            &[param("task", Part, "only this task"), param("run", Word, RUN.about)],
        )
    },
    reading(
        "report",
        "Report of a run",
        "The whole report of a run: tasks, attempts, gates, conflicts, usage.",
        &["report", "--json"],
        &[param("run", Word, RUN.about)],
    ),
    ServedTool {
        access: ToolAccess::Judge,
        ..reading(
            "validate",
            "Run the gates",
            "Runs the gates on tasks, branches, commits or ranges A..B, alone: what they say and find.",
            &["validate", "--json"],
            &[
                param("what", Words, "tasks, branches, commits or ranges; default: what is checked out"),
                param("base", Text("--base"), "what the changes are counted from"),
                param("gates", Texts("--gate"), "only these gates"),
                param("no_cache", Switch("--no-cache"), "ask every gate again, whatever is known"),
                RUN,
            ],
        )
    },
    ServedTool {
        place: ToolPlace::Inside,
        part: Some(deliveries),
        ..reading(
            "deliveries",
            "What siblings delivered",
            "The other tasks of this run: state, files that they changed, the commit that landed.",
            &["report", "--json"],
            &[param("run", Word, RUN.about)],
        )
    },
    writing(
        "execute",
        "Begin a run",
        "Begins a run of a plan, or of tasks in words, in the background, and answers with its id. It needs a budget \
         here or a limit in orca.toml, and a repository whose commands a person has trusted.",
        &["execute", "--json"],
        &[
            PLANS,
            param("messages", Texts("--message"), "tasks in words instead of a plan"),
            BUDGET_TOKENS,
            BUDGET_USD,
            param("jobs", Count("--jobs"), "agents at once"),
            param("agent", Text("--agent"), "agent for tasks without a script of their own"),
            param("base", Text("--base"), "where tasks start from: a revision; default HEAD"),
            param("only", Texts("--only"), "only these tasks: ids, globs, layer:N"),
            param("skip", Texts("--skip"), "without these tasks"),
            param("attempts", Count("--attempts"), "attempts per task"),
            param("tdd", OneOf("--tdd", &["off", "single", "staged"]), "how tests are made"),
            param(
                "approve",
                OneOf("--approve", &["none", "plan", "layer", "task"]),
                "what a person is asked while it runs",
            ),
            param("include_optional", Switch("--include-optional"), "optional tasks too"),
            param("new", Switch("--new"), "start over although an earlier run of this plan was interrupted"),
        ],
    ),
    writing(
        "add",
        "One task more",
        "Gives a run one more task for its agent, at its next decision; a run that no process is running has it when it is resumed. \
         What it is to run is no part of a call: only people may say that.",
        &["add", "--json"],
        &[
            required("title", Word, "what is to be done"),
            param("details", Text("--message"), "more words for the agent"),
            param("after", Texts("--after"), "tasks that have to land first: ids, globs, or layer:N"),
            param("files", Texts("--files"), "files that it changes"),
            param("accept", Texts("--accept"), "criteria that it has to meet"),
            param("agent", Text("--agent"), "an agent of the run that does it"),
            param("run", Text("--of"), RUN.about),
        ],
    ),
    writing(
        "resume",
        "Resume a run",
        "Continues an interrupted or paused run, in the background.",
        &["resume"],
        &[param("run", Word, "the run; default: the last one that is not over"), BUDGET_TOKENS, BUDGET_USD],
    ),
    writing(
        "retry",
        "Try tasks again",
        "Tries tasks again, with a hint for their agent; continues the run in the background if no process is running it.",
        &["retry"],
        &[
            required("tasks", Words, "ids, globs, or layer:N"),
            param("message", Text("--message"), "what to tell the agent"),
            RUN,
        ],
    ),
    writing(
        "say",
        "Tell an agent",
        "Tells the agent of a task something.",
        &["say"],
        &[TASK, required("text", Word, "what to tell it"), RUN],
    ),
    writing(
        "stop",
        "End a run or tasks",
        "Ends the run, or the running attempts of some tasks; their work is saved.",
        &["stop"],
        &[
            param("tasks", Words, "tasks whose attempts end; without any, the run ends"),
            param("now", Switch("--now"), "give running agents no time to finish"),
            RUN,
        ],
    ),
    ServedTool {
        access: ToolAccess::Approve,
        ..writing(
            "approve",
            "Approve",
            "Approves the plan, a layer or tasks that wait for a person; with `despite`, lets work of tasks land that a gate \
             refuses.",
            &["approve"],
            APPROVAL,
        )
    },
    ServedTool {
        access: ToolAccess::Approve,
        ..writing("reject", "Reject", "Rejects the plan, a layer or tasks that wait for a person.", &["reject"], ANSWER)
    },
];

const DESPITE: ToolParam = param(
    "despite",
    Texts("--despite"),
    "gates that refuse the work of these tasks and are waived for it; `message` says why, and stands in report and pull request",
);
/// As [`ANSWER`], with gates to waive.
const APPROVAL: &[ToolParam] = &[ANSWER[0], DESPITE, ANSWER[1], ANSWER[2]];

const ANSWER: &[ToolParam] = &[
    required("what", Words, "what waits: plan, layer:N, task ids or globs"),
    param("message", Text("--message"), "why: it stands in the log, and an agent gets it when its work is rejected"),
    RUN,
];

/// The tasks with what their gates said, and what gates said of merged trees.
fn findings(report: &Value, arguments: &Map<String, Value>) -> Result<Value, String> {
    let only = arguments.get("task").and_then(Value::as_str);
    let is_meant = |task: &&Value| {
        only.is_none_or(|only| task["task_id"].as_str().is_some_and(|id| id.eq_ignore_ascii_case(only)))
    };
    let tasks = report["tasks"].as_array().into_iter().flatten().filter(is_meant);
    let told = tasks.map(|task| picked(task, &["task_id", "title", "state", "reason", "gates"]));
    let tasks: Vec<Value> = told.collect();
    match only.filter(|_| tasks.is_empty()) {
        Some(only) => Err(format!("the run has no task `{only}`; the tool `status` lists them")),
        None => {
            let mut all = picked(report, &["format", "run", "merged", "gaps"]);
            all["tasks"] = tasks.into();
            Ok(all)
        }
    }
}

/// The tasks with what came of them.
fn deliveries(report: &Value, _: &Map<String, Value>) -> Result<Value, String> {
    let tasks = report["tasks"].as_array().into_iter().flatten();
    let told = tasks.map(|task| picked(task, &["task_id", "title", "layer", "state", "files", "landed_commit"]));
    let tasks: Vec<Value> = told.collect();
    let mut all = picked(report, &["format", "run"]);
    all["tasks"] = tasks.into();
    Ok(all)
}

/// An object with these fields alone.
fn picked(value: &Value, fields: &[&str]) -> Value {
    fields.iter().map(|field| ((*field).to_owned(), value[*field].clone())).collect::<Map<String, Value>>().into()
}
