//! Conversations with `codex app-server`, frame by frame.

use serde_json::{Value, json};

use super::live::{CodexLive, CodexTask};
use super::*;
use crate::agent::seam::Speaker;
use crate::agent::tests::job;
use crate::model::{AgentDef, AgentEvent, Finish, Price, Task, Usage};

/// A conversation, in which we write down what is asked.
struct Script(CodexLive);

impl Script {
    fn new(change: impl FnOnce(&mut CodexTask)) -> Script {
        let mut task = CodexTask {
            prompt: "do it".into(),
            folder: "/w".into(),
            resume: None,
            model: Some("gpt-5".into()),
            permissions: Permissions::Full,
        };
        change(&mut task);
        let price = Price { input: 1.0, cached: 0.1, output: 10.0 };
        Script(CodexLive::new(task, CodexAccount::new(Usage::default(), Some(price))))
    }

    /// In its first turn, which is `t1`.
    fn begun() -> Script {
        let mut script = Script::new(|_| {});
        assert_eq!(script.wrote(), ["initialize"]);
        assert!(script.reads(json!({"id": 1, "result": {}})).is_empty());
        assert_eq!(script.wrote(), ["initialized", "thread/start"]);
        assert!(!script.0.hears());
        assert!(script.reads(json!({"id": 2, "result": {"thread": {"id": "th"}}})).is_empty());
        assert_eq!(script.wrote(), ["turn/start"]);
        let says = script.reads(json!({"id": 3, "result": {"turn": {"id": "t1"}}}));
        assert!(matches!(&says[..], [AgentEvent::Started { session, .. }] if session.as_str() == "th"));
        script
    }

    fn reads(&mut self, frame: Value) -> Vec<AgentEvent> {
        self.0.read(&frame.to_string())
    }

    fn tells(&mut self, method: &str, mut params: Value) -> Vec<AgentEvent> {
        params["threadId"] = "th".into();
        self.reads(json!({"method": method, "params": params}))
    }

    fn ends(&mut self, turn: &str, status: &str) -> Vec<AgentEvent> {
        self.tells("turn/completed", json!({"turn": {"id": turn, "status": status, "error": null}}))
    }

    fn hears(&mut self, word: &str) -> Vec<AgentEvent> {
        self.tells("item/completed", json!({"item": {"type": "userMessage", "clientId": word}}))
    }

    /// Frames written since the last time.
    fn frames(&mut self) -> Vec<Value> {
        self.0.to_write().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Their methods.
    fn wrote(&mut self) -> Vec<String> {
        self.frames().iter().map(|frame| frame["method"].as_str().unwrap_or("!").to_owned()).collect()
    }
}

fn heard(id: &str) -> Vec<AgentEvent> {
    vec![AgentEvent::Heard { id: id.to_owned() }]
}

fn finish(says: &[AgentEvent]) -> Option<Finish> {
    says.iter().find_map(|say| if let AgentEvent::Finished { finish, .. } = say { Some(*finish) } else { None })
}

#[test]
fn a_word_goes_into_the_turn_that_runs_and_its_item_is_the_receipt() {
    let mut script = Script::begun();
    script.0.say("w1", "mind this");
    let frames = script.frames();
    let params = &frames[0]["params"];
    assert_eq!((frames.len(), frames[0]["method"].as_str()), (1, Some("turn/steer")));
    assert_eq!((params["expectedTurnId"].as_str(), params["clientUserMessageId"].as_str()), (Some("t1"), Some("w1")));
    assert!(script.reads(json!({"id": 4, "result": {"turnId": "t1"}})).is_empty(), "taken is not heard yet");
    assert_eq!(script.hears("w1"), heard("w1"));
    assert!(!script.0.is_answered());
    assert_eq!(finish(&script.ends("t1", "completed")), Some(Finish::Done));
    assert!(script.0.is_answered());
}

#[test]
fn a_word_that_comes_too_late_for_a_turn_begins_one_of_its_own() {
    let mut script = Script::begun();
    script.0.say("w1", "mind this");
    assert_eq!(script.wrote(), ["turn/steer"]);
    assert_eq!(finish(&script.ends("t1", "completed")), Some(Finish::Done));
    assert!(!script.0.is_answered(), "nobody knows yet whether it was taken");
    script.reads(json!({"id": 4, "error": {"code": -32600, "message": "no active turn to steer"}}));
    let frames = script.frames();
    assert_eq!(
        (frames[0]["method"].as_str(), frames[0]["params"]["clientUserMessageId"].as_str()),
        (Some("turn/start"), Some("w1"))
    );
    // A second one waits until the turn has a name.
    script.0.say("w2", "and this");
    assert!(script.wrote().is_empty() && !script.0.is_answered());
    let says = script.tells("turn/started", json!({"turn": {"id": "t2"}}));
    assert!(matches!(&says[..], [AgentEvent::Started { .. }]), "the first end was not the last");
    assert_eq!(script.wrote(), ["turn/steer"]);
    assert!(script.reads(json!({"id": 5, "result": {"turn": {"id": "t2"}}})).is_empty(), "told once");
    assert_eq!((script.hears("w1"), script.hears("w2")), (heard("w1"), heard("w2")));
    script.reads(json!({"id": 6, "result": {"turnId": "t2"}}));
    assert!(script.ends("t1", "completed").is_empty(), "an old turn");
    assert_eq!(finish(&script.ends("t2", "completed")), Some(Finish::Done));
    assert!(script.0.is_answered());
}

#[test]
fn what_was_taken_and_has_no_receipt_holds_nobody_up() {
    let mut script = Script::begun();
    script.0.say("w1", "mind this");
    script.reads(json!({"id": 4, "result": {"turnId": "t1"}}));
    script.ends("t1", "completed");
    assert!(script.0.is_answered(), "it is carried to the next attempt");
}

#[test]
fn a_turn_is_interrupted_and_nothing_else_is() {
    let mut script = Script::new(|_| {});
    assert!(!script.0.cancel());
    let mut script = Script::begun();
    assert!(script.0.cancel());
    assert_eq!(script.wrote(), ["turn/interrupt"]);
    assert_eq!(finish(&script.ends("t1", "interrupted")), Some(Finish::Failed));
    assert!(script.0.is_answered() && !script.0.hears() && !script.0.cancel());
}

#[test]
fn a_thread_is_gone_on_in_or_lost() {
    let resumed = |task: &mut CodexTask| task.resume = Some("old".parse().unwrap());
    let mut script = Script::new(resumed);
    script.reads(json!({"id": 1, "result": {}}));
    let open = script.frames().pop().unwrap();
    assert_eq!((open["method"].as_str(), open["params"]["threadId"].as_str()), (Some("thread/resume"), Some("old")));
    let says =
        script.reads(json!({"id": 2, "error": {"code": -32600, "message": "no rollout found for thread id old"}}));
    assert_eq!(finish(&says), Some(Finish::SessionLost));
    assert!(script.0.is_answered());
    // The same answer to a fresh thread is no lost session.
    let mut script = Script::new(|_| {});
    script.reads(json!({"id": 1, "result": {}}));
    let says = script.reads(json!({"id": 2, "error": {"code": -32600, "message": "unexpected status 401"}}));
    assert_eq!(finish(&says), Some(Finish::Refused));
}

#[test]
fn usage_is_told_as_it_grows_and_only_that_of_its_own_thread() {
    let mut script = Script::begun();
    let count = |n: u64| json!({"tokenUsage": {"total": {"inputTokens": 1000 * n, "cachedInputTokens": 200 * n, "outputTokens": 100 * n}}});
    let used = |says: Vec<AgentEvent>| match &says[..] {
        [AgentEvent::Used { delta }] => (delta.tokens(), delta.usd > 0.0),
        _ => (0, false),
    };
    assert_eq!(used(script.tells("thread/tokenUsage/updated", count(1))), (1100, true));
    assert_eq!(used(script.tells("thread/tokenUsage/updated", count(1))), (0, false));
    assert_eq!(used(script.tells("thread/tokenUsage/updated", count(3))), (2200, true));
    let mut other = count(9);
    other["threadId"] = "another".into();
    assert!(script.reads(json!({"method": "thread/tokenUsage/updated", "params": other})).is_empty());
}

#[test]
fn a_limit_has_the_end_of_the_window_that_is_used_up() {
    let mut script = Script::begun();
    let window = |used: u64, at: i64| json!({"usedPercent": used, "resetsAt": at});
    let limits = json!({"rateLimits": {"primary": window(100, 1_800_000_000), "secondary": window(40, 1_900_000_000)}});
    assert!(script.reads(json!({"method": "account/rateLimits/updated", "params": limits})).is_empty());
    let error = json!({"message": "You've hit your usage limit.", "codexErrorInfo": "usageLimitExceeded"});
    let says = script.tells("error", json!({"error": error, "willRetry": false}));
    let at = jiff::Timestamp::from_second(1_800_000_000).unwrap();
    assert!(
        matches!(&says[..], [AgentEvent::RateLimited { reset, .. }] if *reset == crate::model::Reset::At(at)),
        "{says:?}"
    );
    let says = script.tells("turn/completed", json!({"turn": {"id": "t1", "status": "failed", "error": error}}));
    assert_eq!(finish(&says), Some(Finish::RateLimited));
}

#[test]
fn malformed_frames_change_nothing() {
    let mut script = Script::begun();
    for odd in
        ["{", "[]", "7", "{\"id\":99,\"result\":{}}", "{\"id\":\"x\",\"result\":1}", "", "\u{0}", "{\"method\":7}"]
    {
        assert!(script.0.read(odd).iter().all(|say| matches!(say, AgentEvent::Printed { .. })), "{odd}");
    }
    for odd in [json!(7), json!(null), json!({"threadId": 7}), json!({"threadId": "th"})] {
        for method in ["turn/started", "item/completed", "turn/plan/updated", "thread/tokenUsage/updated", "new/thing"]
        {
            assert!(script.reads(json!({"method": method, "params": odd})).is_empty(), "{method} {odd}");
        }
    }
    assert!(!script.0.is_answered() && script.wrote().is_empty());
    let denied = "\u{1b}[2m2026\u{1b}[0m \u{1b}[31mERROR\u{1b}[0m \u{1b}[3merror\u{1b}[0m\u{1b}[2m=\u{1b}[0mapproval policy is Never; reject command \u{2014} no";
    assert!(matches!(&script.0.read(denied)[..], [AgentEvent::Denied { why, .. }] if why == "no"));
}

#[test]
fn exec_is_kept_for_what_the_server_cannot_do() {
    let task = Task { run: None, ..crate::run::simulation::task(1, &[]) };
    let first = |change: &dyn Fn(&mut Job<'_>)| {
        let live = AgentDef { live: Some(true), ..AgentDef::default() };
        let mut job = Job { spoken: Some("do it".to_owned()), ..job(&task, live) };
        change(&mut job);
        let (spec, _) = Codex.command(&job).unwrap();
        assert_eq!(spec.stdin == Stdin::Piped, spec.args[0] == "app-server");
        assert_eq!(Codex.reader(&job).speaker().is_some(), spec.args[0] == "app-server");
        spec.args.join(" ")
    };
    assert_eq!(first(&|_| {}), "app-server -c sandbox_mode=\"danger-full-access\" -c approval_policy=\"never\"");
    let inside = first(&|job| job.def.permissions = Permissions::Workspace);
    assert!(inside.contains("workspace-write") && inside.contains("/r/.git/objects"), "{inside}");
    assert!(first(&|job| job.spoken = None).starts_with("exec --json"));
    assert!(first(&|job| job.def.live = None).starts_with("exec --json"), "who asks for it gets it");
    assert!(first(&|job| job.def.live = Some(false)).starts_with("exec --json"));
    let args = |args: &[&str]| {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        first(&|job| job.def.args.clone_from(&args))
    };
    for both in [&["-c", "a=b"][..], &["--enable", "x", "--config=a=b"], &["--disable=x"]] {
        assert!(args(both).starts_with("app-server"), "{both:?}");
        assert!(args(both).ends_with(&both.join(" ")), "{both:?}");
    }
    for own in [&["--search"][..], &["-p", "mine"], &["-c"], &["-i", "a.png"], &["--ephemeral", "-c", "a=b"], &["x=y"]]
    {
        assert!(args(own).starts_with("exec"), "{own:?}");
    }
    let reviews = first(&|job| {
        job.review = Some(crate::agent::ReviewJob { schema: "{}", schema_file: "/f".into(), answer_file: "/a".into() });
    });
    assert!(reviews.starts_with("exec"), "{reviews}");
}
