//! The real Claude Code, Codex, Gemini CLI and opencode, in a bed of their own, against a model server of the test.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::support::{Real, Reply};
use git_orca::journal::{Event, FailClass, Pulse, RunPaths};
use git_orca::model::{AgentEvent, AttemptId};

/// Makes a test of each case for an agent.
macro_rules! cases {
    ($agent:ident: $($case:ident),+ $(,)?) => {
        mod $agent {
            $(#[test] fn $case() { if let Some(real) = super::Real::new(stringify!($agent)) { super::$case(real) } })+
        }
    };
    ($agent:ident as $name:ident: $($case:ident),+ $(,)?) => {
        mod $name {
            $(#[test] fn $case() { if let Some(real) = super::Real::live(stringify!($agent)) { super::$case(real) } })+
        }
    };
}

cases!(claude:
    commits_and_lands,
    says_done_without_work,
    is_denied_a_tool,
    hangs_and_is_tried_again,
    is_limited_and_then_finishes,
    is_refused,
    gets_errors_of_the_server_and_is_tried_again,
    is_refused_by_a_gate_and_goes_on_in_its_session,
    loses_its_session_and_a_fresh_agent_goes_on,
    six_at_once_do_not_meet,
    eight_meet_one_limit,
);

cases!(codex:
    commits_and_lands,
    says_done_without_work,
    is_denied_a_tool,
    hangs_and_is_tried_again,
    is_limited_and_then_finishes,
    is_refused,
    gets_errors_of_the_server_and_is_tried_again,
    is_refused_by_a_gate_and_goes_on_in_its_session,
    loses_its_session_and_a_fresh_agent_goes_on,
    six_at_once_do_not_meet,
    eight_meet_one_limit,
);

// By the other of its two programs.
cases!(codex as codex_live:
    commits_and_lands,
    says_done_without_work,
    is_denied_a_tool,
    hangs_and_is_tried_again,
    is_limited_and_then_finishes,
    is_refused,
    gets_errors_of_the_server_and_is_tried_again,
    is_refused_by_a_gate_and_goes_on_in_its_session,
    loses_its_session_and_a_fresh_agent_goes_on,
    six_at_once_do_not_meet,
    eight_meet_one_limit,
);

// Each start of it takes seconds, so it is not started by the dozen.
cases!(gemini:
    commits_and_lands,
    says_done_without_work,
    is_denied_a_tool,
    is_limited_and_then_finishes,
    is_refused,
    gets_errors_of_the_server_and_is_tried_again,
    is_refused_by_a_gate_and_goes_on_in_its_session,
    loses_its_session_and_a_fresh_agent_goes_on,
);

// Nor is this one; and it tries errors of the server again by itself, for ever.
cases!(opencode:
    commits_and_lands,
    says_done_without_work,
    is_denied_a_tool,
    hangs_and_is_tried_again,
    is_limited_and_then_finishes,
    is_refused,
    is_refused_by_a_gate_and_goes_on_in_its_session,
    loses_its_session_and_a_fresh_agent_goes_on,
);

fn failures(real: &Real, task: &str) -> Vec<(FailClass, String)> {
    let attempts = real.attempts(task);
    attempts.iter().filter_map(|attempt| attempt.failure()).map(|(class, why)| (class, why.to_owned())).collect()
}

fn commits_and_lands(real: Real) {
    let task = real.task("A", [Reply::commit("a.txt", "hello"), Reply::Say("All done.")]);
    real.execute(vec![task], &[]).exits(0);
    assert_eq!((real.bed.standings().as_str(), real.bed.result("a.txt").as_str()), ("A landed", "hello"));
    let attempt = real.attempts("A").remove(0);
    assert_eq!(attempt.usage.tokens(), 2 * real.answer_tokens());
    assert!(attempt.usage.usd > 0.0 && attempt.usage.usd < 0.1, "{:?}", attempt.usage);
    let session = attempt.session.unwrap().to_string();
    // Gemini does not tell its provider.
    assert!(real.agent == "gemini" || real.model.sessions("A") == [session], "{:?}", real.model.sessions("A"));
    let kept = RunPaths::events(&AttemptId { task: "A".parse().unwrap(), n: 1 });
    let kept = std::fs::read_to_string(real.bed.paths().root().join(kept)).unwrap();
    let says: Vec<AgentEvent> = kept.lines().map(|line| serde_json::from_str::<Pulse>(line).unwrap().say).collect();
    assert!(
        says.iter().any(|say| matches!(say, AgentEvent::Tool { what, .. } if what.contains("git add a.txt"))),
        "{kept}"
    );
    assert!(says.iter().any(|say| matches!(say, AgentEvent::Said { text } if text == "All done.")), "{kept}");
    // The prompt is complete, and the user's key is nowhere.
    assert!(real.model.asked("A")[0].text.contains("It is so"));
    let logs = real.bed.paths().root().display().to_string();
    assert!(!real.bed.command("grep").args(["-rq", "sk-dummy", &logs]).status().unwrap().success());
    assert_eq!(real.model.left(), 0);
    real.bed.assert_no_processes();
}

fn says_done_without_work(mut real: Real) {
    real.toml = "[run]\nattempts = 1\n".to_owned();
    let task = real.task("A", [Reply::Say("All done, everything works.")]);
    real.execute(vec![task], &[]).exits(4);
    assert_eq!(failures(&real, "A")[0].0, FailClass::NoWork);
}

fn is_denied_a_tool(mut real: Real) {
    // Gemini and opencode ask for every program of a line.
    let allowed = if real.agent == "opencode" { "echo *" } else { "run_shell_command(echo)" };
    real.def = format!("permissions = \"workspace\"\nallow = [\"{allowed}\"]\n");
    let task = real.task("A", [Reply::Escalate("touch /etc/orca-was-here"), Reply::Say("I was not allowed to.")]);
    // Where it may, it does.
    let other = real.task("B", [Reply::commit("b.txt", "hello"), Reply::Say("Done.")]);
    real.execute(vec![task, other], &[]).exits(4);
    assert_eq!(real.bed.standings(), "A failed, B landed");
    // Two opencodes that start at once in a new home may meet in its database before.
    let (class, why) = failures(&real, "A").pop().unwrap();
    assert_eq!(class, FailClass::Fatal, "{why}");
    assert!(why.contains("denied") && why.contains("permissions"), "{why}");
    assert!(!std::path::Path::new("/etc/orca-was-here").exists());
    // Codex puts a `.git` over each folder that it opens in its sandbox; none of them stays.
    assert!(!real.bed.repo().join(".git/objects/.git").exists());
}

fn hangs_and_is_tried_again(mut real: Real) {
    // opencode takes seconds to begin, and more of them on a busy machine.
    let idle = if real.agent == "opencode" { "25s" } else { "3s" };
    real.def = format!("idle = \"{idle}\"\n");
    let task = real.task("A", [Reply::Hang, Reply::commit("a.txt", "hello"), Reply::Say("Done.")]);
    real.execute(vec![task], &[]).exits(0);
    let (class, why) = failures(&real, "A").remove(0);
    assert_eq!((class, why.contains("no output")), (FailClass::Retryable, true), "{why}");
    assert_eq!(real.attempts("A").len(), 2);
    real.bed.assert_no_processes();
}

fn is_limited_and_then_finishes(real: Real) {
    let task = real.task("A", [Reply::Limited(1), Reply::commit("a.txt", "hello"), Reply::Say("Done.")]);
    real.execute(vec![task], &[]).exits(0);
    assert_eq!(real.bed.standings(), "A landed");
    let provider = match real.agent {
        "claude" => "anthropic",
        "gemini" => "google",
        "opencode" => "test",
        _ => "openai",
    };
    let paused = |event: &Event| matches!(event, Event::ProviderPaused { provider: it, .. } if it == provider);
    assert_eq!(real.events().iter().filter(|event| paused(event)).count(), 1);
    assert_eq!(real.attempts("A").len(), 1, "it went on by itself");
}

fn is_refused(real: Real) {
    let refusals = || std::iter::repeat_n(Reply::Status(401), 20);
    let tasks = vec![real.task("A", refusals()), real.task("B", refusals()), real.task("C", refusals())];
    let login = match real.agent {
        "claude" => "/login",
        "gemini" => "/auth",
        "opencode" => "opencode auth login",
        _ => "codex login",
    };
    real.execute(tasks, &["-j", "1"]).exits(4).says(&[login]);
    let broken = real.events().iter().filter(|event| matches!(event, Event::ProviderBroken { .. })).count();
    assert_eq!(broken, 1);
    let tried: usize = ["A", "B", "C"].iter().map(|task| real.attempts(task).len()).sum();
    assert_eq!(tried, 1, "the others were not even started");
    assert!(real.model.all_asked().len() < 5, "it was ended at once: {}", real.model.all_asked().len());
}

fn gets_errors_of_the_server_and_is_tried_again(mut real: Real) {
    real.bed.set("CLAUDE_CODE_MAX_RETRIES", "1");
    let errors = [Reply::Status(500), Reply::Status(500)];
    let task = real.task("A", errors);
    real.model.answers("A", [Reply::commit("a.txt", "hello"), Reply::Say("Done.")]);
    real.execute(vec![task], &[]).exits(0);
    assert_eq!(failures(&real, "A").iter().map(|(class, _)| *class).collect::<Vec<_>>(), [FailClass::Unavailable]);
}

fn is_refused_by_a_gate_and_goes_on_in_its_session(mut real: Real) {
    real.toml = "[gates.right]\nrun = \"grep -q right a.txt || { echo 'a.txt is not right'; false; }\"\n".to_owned();
    let task = real.task("A", [Reply::commit("a.txt", "wrong"), Reply::Say("Done.")]);
    real.model.answers("A", [Reply::commit("a.txt", "right"), Reply::Say("Now it is.")]);
    real.execute(vec![task], &[]).exits(0);
    let attempts = real.attempts("A");
    assert_eq!((attempts.len(), real.bed.result("a.txt").as_str()), (2, "right"));
    assert_eq!(attempts[1].resume, attempts[0].session);
    assert_eq!(real.model.sessions("A").len(), 1, "one session did both");
    let last = real.model.asked("A").pop().unwrap().text;
    assert!(last.contains("a.txt is not right") && last.contains("Go on from where you stopped"), "{last}");
    let used: Vec<u64> = attempts.iter().map(|attempt| attempt.usage.tokens()).collect();
    assert_eq!(used, [2 * real.answer_tokens(); 2], "deltas, though the agent counts on");
    let usd: Vec<f64> = attempts.iter().map(|attempt| attempt.usage.usd).collect();
    assert!((usd[0] - usd[1]).abs() < 1e-9, "{usd:?}");
}

/// It waits and asks again by itself, and is not tried again for that.
#[test]
fn opencode_bears_errors_of_the_server() {
    let Some(real) = Real::new("opencode") else { return };
    let task = real.task("A", [Reply::Status(500), Reply::commit("a.txt", "hello"), Reply::Say("Done.")]);
    real.execute(vec![task], &[]).exits(0);
    assert_eq!((real.bed.standings().as_str(), real.attempts("A").len()), ("A landed", 1));
    let waited = std::fs::read_to_string(real.bed.paths().root().join("logs/A/1/events.jsonl")).unwrap();
    assert!(waited.contains(r#""say":"waiting","why":"the model says 500""#), "{waited}");
}

/// What a session remembers are paths of its own worktree: nobody else gets that while it may come back.
#[test]
fn codex_finds_its_worktree_again_though_another_task_ran_meanwhile() {
    let Some(mut real) = Real::new("codex") else { return };
    real.toml = "[gates.right]\nrun = \"test ! -e a.txt || grep -q right a.txt\"\n".to_owned();
    let first = real.task("A", [Reply::commit("a.txt", "wrong"), Reply::Say("Done.")]);
    real.model.answers("A", [Reply::commit("a.txt", "right"), Reply::Say("Now it is.")]);
    let second = real.task("B", [Reply::commit("b.txt", "hello"), Reply::Say("Done.")]);
    real.execute(vec![first, second], &["-j", "1"]).exits(0);
    let (a, b) = (real.attempts("A"), real.attempts("B"));
    assert_eq!((a.len(), &a[1].slot, &a[1].resume), (2, &a[0].slot, &a[0].session));
    assert_ne!(b[0].slot, a[0].slot);
}

fn loses_its_session_and_a_fresh_agent_goes_on(mut real: Real) {
    let home = real.bed.root().join("home").display().to_string();
    let forget =
        format!("rm -rf {home}/.claude/projects {home}/codex/sessions {home}/.gemini/tmp {home}/.local/share/opencode");
    real.toml = format!("[gates.right]\nrun = \"{forget}; cat *.txt | grep -q right\"\n");
    let task = real.task("A", [Reply::commit("a.txt", "wrong"), Reply::Say("Done.")]);
    real.model.answers("A", [Reply::commit("a.txt", "right"), Reply::Say("Now it is.")]);
    real.execute(vec![task], &[]).exits(0);
    let attempts = real.attempts("A");
    assert_eq!((attempts.len(), real.bed.result("a.txt").as_str()), (3, "right"));
    // The one whose session was gone did nothing, and is not counted.
    assert_eq!(attempts[1].failure().map(|(class, _)| class), Some(FailClass::SessionLost), "{:?}", attempts[1]);
    assert_eq!((&attempts[2].resume, &attempts[2].start), (&None, &attempts[1].start));
    assert_ne!(attempts[0].session, attempts[2].session, "a fresh session");
    let fresh = real.model.asked("A").pop().unwrap().text;
    // Complete task, patch and findings.
    assert!(fresh.contains("It is so") && fresh.contains("+wrong") && fresh.contains("Gate right"), "{fresh}");
}

fn six_at_once_do_not_meet(real: Real) {
    let own = "printf '%s\\n' \"$ORCA_PORT\" \"$TMPDIR\" \"$ORCA_TASK\" \"$PWD\" > $ORCA_TASK.txt && git add . && git commit -qm own";
    let names = ["A", "B", "C", "D", "E", "F"];
    let tasks = names.map(|name| real.task(name, [Reply::Run(own.to_owned()), Reply::Say("Done.")]));
    real.execute(tasks.to_vec(), &["-j", "6"]).exits(0);
    let (mut seen, mut sessions) = (BTreeSet::new(), BTreeSet::new());
    for name in names {
        let text = real.bed.result(&format!("{name}.txt"));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[2], name);
        seen.extend([lines[0].to_owned(), lines[1].to_owned(), lines[3].to_owned()]);
        sessions.extend(real.model.sessions(name));
        assert_eq!(real.attempts(name)[0].usage.tokens(), 2 * real.answer_tokens(), "{name}");
    }
    assert_eq!((seen.len(), sessions.len()), (18, 6), "{seen:?} {sessions:?}");
}

fn eight_meet_one_limit(real: Real) {
    let names = ["A", "B", "C", "D", "E", "F", "G", "H"];
    let tasks = names.map(|name| real.task(name, [Reply::commit(&format!("{name}.txt"), "x"), Reply::Say("Done.")]));
    real.model.limit_for(Duration::from_secs(3));
    real.execute(tasks.to_vec(), &["-j", "8"]).exits(0);
    let landed = names.map(|name| format!("{name} landed")).join(", ");
    assert_eq!(real.bed.standings(), landed);
    let pauses = real.events().iter().filter(|event| matches!(event, Event::ProviderPaused { .. })).count();
    assert_eq!(pauses, 1, "eight agents met it, and it is one pause");
}

#[test]
fn claude_takes_no_more_turns_than_it_may() {
    let Some(mut real) = Real::new("claude") else { return };
    real.def = "turns = 1\n".to_owned();
    real.toml = "[run]\nattempts = 1\n".to_owned();
    let task = real.task("A", [Reply::Run("true".to_owned()), Reply::Run("true".to_owned())]);
    real.execute(vec![task], &[]).exits(4);
    assert_eq!(failures(&real, "A")[0].0, FailClass::OutOfTurns);
}

/// Codex does not count its turns: it is ended when it goes on beyond them.
#[test]
fn codex_is_ended_at_its_turns() {
    let Some(mut real) = Real::new("codex") else { return };
    real.def = "turns = 1\n".to_owned();
    real.toml = "[run]\nattempts = 1\n".to_owned();
    let steps = [Reply::commit("a.txt", "half"), Reply::Run("true".to_owned()), Reply::Hang];
    let task = real.task("A", steps);
    // One answer with a tool and the last word are within.
    let other = real.task("B", [Reply::commit("b.txt", "hello"), Reply::Say("Done.")]);
    real.execute(vec![task, other], &[]).exits(4);
    assert_eq!(real.bed.standings(), "A failed, B landed");
    let (class, why) = failures(&real, "A").remove(0);
    assert_eq!((class, why.contains("turns")), (FailClass::OutOfTurns, true), "{why}");
    assert!(real.model.asked("A").len() <= 3);
    real.bed.assert_no_processes();
    let kept = real.bed.git(&["log", "--all", "--format=%s"]);
    assert!(kept.contains("a.txt: half"), "its work is kept: {kept}");
}

/// Claude Code is told its share of money, and ends itself after the turn that goes beyond it.
#[test]
fn claude_ends_over_its_money() {
    let Some(mut real) = Real::new("claude") else { return };
    real.toml = "[limits]\nattempt-usd = 0.02\n".to_owned();
    let task = real.task("A", std::iter::repeat_n(Reply::Run("true".to_owned()), 10));
    real.execute(vec![task], &[]).exits(4);
    assert_eq!(failures(&real, "A")[0].0, FailClass::OverBudget);
    let used = real.attempts("A")[0].usage.usd;
    assert!((0.02..0.026).contains(&used), "one turn beyond at most: {used}");
}

/// Tokens are no limit of its own: it is ended when what it tells goes beyond.
#[test]
fn claude_is_ended_over_its_tokens() {
    let Some(mut real) = Real::new("claude") else { return };
    real.toml = "[limits]\nattempt-tokens = 2000\n".to_owned();
    let steps = [Reply::Run("true".to_owned()), Reply::Run("true".to_owned()), Reply::Hang];
    let task = real.task("A", steps);
    real.execute(vec![task], &[]).exits(4);
    assert_eq!(failures(&real, "A")[0].0, FailClass::OverBudget);
    assert!(real.model.asked("A").len() <= 3);
    real.bed.assert_no_processes();
}

/// Codex tells at the end: what it used then keeps the next from starting.
#[test]
fn codex_leaves_nothing_of_the_budget_and_nothing_more_starts() {
    let Some(mut real) = Real::new("codex") else { return };
    real.toml = "[limits]\ntokens = 2000\n".to_owned();
    let first = real.task("A", [Reply::commit("a.txt", "hello"), Reply::Say("Done.")]);
    let second = real.task("B", [Reply::commit("b.txt", "hello"), Reply::Say("Done.")]);
    let output = real.execute(vec![first, second], &["-j", "1"]).exits(4);
    assert!(output.stdout.contains("the run's token budget is used up"), "{}", output.stdout);
    assert!(real.bed.standings().starts_with("A landed, B "), "{}", real.bed.standings());
    assert_eq!(real.model.asked("B").len(), 0);
}

/// Doctor asks the program itself, and no model.
#[test]
fn doctor_tells_who_is_logged_in_nowhere() {
    for (agent, fix) in
        [("claude", "/login"), ("codex", "codex login"), ("gemini", "/auth"), ("opencode", "auth login")]
    {
        let Some(mut real) = Real::new(agent) else { continue };
        real.bed.toml(&format!("[run]\nagent = \"{agent}\"\n[gates.g]\nrun = \"true\"\n"));
        real.bed.commit("settings");
        assert!(!real.bed.orca(&["doctor"]).stdout.contains("not logged in"), "{agent}: a key is a login");
        for key in ["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY"] {
            real.bed.set(key, "");
        }
        let said = real.bed.orca(&["doctor"]).stdout;
        assert!(said.contains(&format!("agent {agent}: not logged in")) && said.contains(fix), "{said}");
        assert!(real.model.all_asked().is_empty());
    }
}

#[test]
fn claude_takes_the_plugin_that_init_writes() {
    let Some(real) = Real::new("claude") else { return };
    real.bed.orca(&["init", "--plugin"]).exits(0);
    let claude = |words: &[&str]| {
        let mut command = real.bed.command("claude");
        let out = command.args(["plugin"]).args(words).output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        assert!(out.status.success(), "{words:?}: {said}");
        said
    };
    claude(&["validate", "."]);
    claude(&["marketplace", "add", "./"]);
    claude(&["install", "git-orca@git-orca"]);
    let found = claude(&["details", "git-orca"]);
    for skill in ["execute-plan", "generate-complete-tasks", "execute-parallel", "validate-quality", "execution-status"]
    {
        assert!(found.contains(skill), "{skill}: {found}");
    }
    assert!(real.model.all_asked().is_empty(), "nobody is asked");
}

#[test]
fn the_demo_runs_with_the_real_claude_code() {
    let Some(real) = Real::new("claude") else { return };
    // The model does by its shell what the demo's own agent does.
    real.model.works_by("sh -eu agent.sh");
    let keep = real.bed.out("demo");
    let out = real.bed.orca(&["demo", "--keep", keep.to_str().unwrap(), "--agent", "claude"]);
    let out = out
        .exits(0)
        .answers(&["8 of 8 landed"])
        .says(&["with claude, which uses your login or key and may cost money"]);
    assert!(!out.stderr.contains("kill -9"), "with a real agent nobody is killed");
    let app = std::fs::read_dir(&keep).unwrap().flatten().map(|made| made.path().join("app")).next().unwrap();
    let store = git_orca::journal::Store::new(&app.join(".git"));
    let state = store.find(None).unwrap().state().unwrap();
    assert!(state.tasks.iter().all(|task| task.landed.is_some() && task.last().unwrap().agent == "claude"));
    assert!(state.usage().usd > 0.0, "what it used is known");
}
