//! Conversations by script: what is written, what is told, when the input may end.

use std::path::Path;

use serde_json::{Value, json};

use super::permission::AcpPolicy;
use super::stream::{AcpStream, AcpTask};
use super::usage::AcpAccount;
use crate::agent::seam::StreamReader;
use crate::model::{AgentEvent, Finish, Permissions, Usage};

/// A conversation under test, from our side.
struct AcpScript(AcpStream);

impl AcpScript {
    fn new(change: impl FnOnce(&mut AcpTask)) -> AcpScript {
        let mut task = AcpTask {
            prompt: "do it".into(),
            folder: "/w".into(),
            resume: None,
            model: None,
            permissions: Permissions::Workspace,
            servers: json!([]),
        };
        change(&mut task);
        let policy = AcpPolicy::new(task.permissions, Path::new("/w"), &[]);
        AcpScript(AcpStream::new(task, policy, AcpAccount::new(Usage::default(), |_| None)))
    }

    /// What was written since: methods, and answers as `!`.
    fn wrote(&mut self) -> Vec<String> {
        let text = self.0.speaker().unwrap().to_write();
        let frames = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        frames.map(|frame| frame["method"].as_str().unwrap_or("!").to_owned()).collect()
    }

    fn reads(&mut self, frame: Value) -> Vec<AgentEvent> {
        self.0.read(&frame.to_string())
    }

    fn answers(&mut self, id: u64, result: Value) -> Vec<AgentEvent> {
        self.reads(json!({"jsonrpc": "2.0", "id": id, "result": result}))
    }

    fn refuses(&mut self, id: u64, error: Value) -> Vec<AgentEvent> {
        self.reads(json!({"jsonrpc": "2.0", "id": id, "error": error}))
    }

    fn may_end(&mut self) -> bool {
        self.0.speaker().unwrap().is_answered()
    }

    fn say(&mut self, id: &str) {
        self.0.speaker().unwrap().say(id, "a word");
    }

    /// Until its first prompt runs.
    fn begun(greeting: Value) -> AcpScript {
        let mut script = AcpScript::new(|_| {});
        assert_eq!(script.wrote(), ["initialize"]);
        assert!(script.answers(1, greeting).is_empty() && !script.may_end());
        assert_eq!(script.wrote(), ["session/new"]);
        assert_eq!(started(&script.answers(2, json!({"sessionId": "s1"}))), ["s1"]);
        assert_eq!(script.wrote(), ["session/prompt"]);
        assert!(!script.may_end());
        script
    }
}

fn plain() -> Value {
    json!({"protocolVersion": 1, "agentCapabilities": {}})
}

fn steering() -> Value {
    json!({"protocolVersion": 1, "agentCapabilities": {}, "_meta": {"steering": {"supported": true}}})
}

fn started(says: &[AgentEvent]) -> Vec<String> {
    let session = |say: &AgentEvent| match say {
        AgentEvent::Started { session, .. } => Some(session.to_string()),
        _ => None,
    };
    says.iter().filter_map(session).collect()
}

fn finished(says: &[AgentEvent]) -> Option<Finish> {
    says.iter().rev().find_map(|say| if let AgentEvent::Finished { finish, .. } = say { Some(*finish) } else { None })
}

fn heard(says: &[AgentEvent]) -> Vec<&str> {
    says.iter().filter_map(|say| if let AgentEvent::Heard { id } = say { Some(id.as_str()) } else { None }).collect()
}

#[test]
fn a_turn_ends_with_its_answer_whatever_comes_late() {
    let mut script = AcpScript::begun(plain());
    let said = json!({"sessionUpdate": "agent_message_chunk", "content": {"text": "Done."}});
    let update = |update: &Value| json!({"jsonrpc": "2.0", "method": "session/update", "params": {"update": update}});
    assert!(script.reads(update(&said)).is_empty());
    let says = script.answers(3, json!({"stopReason": "end_turn"}));
    assert_eq!(says[0], AgentEvent::Said { text: "Done.".into() });
    assert_eq!((finished(&says), script.may_end()), (Some(Finish::Done), true));
    let late = json!({"sessionUpdate": "tool_call", "toolCallId": "1", "kind": "read", "status": "in_progress"});
    assert!(finished(&script.reads(update(&late))).is_none() && script.may_end());
    assert!(script.answers(3, json!({"stopReason": "end_turn"})).is_empty(), "answered before");
}

#[test]
fn reasons_to_stop_mean_what_follows() {
    for (reason, finish) in [
        ("max_turn_requests", Finish::OutOfTurns),
        ("max_tokens", Finish::Failed),
        ("refusal", Finish::Failed),
        ("cancelled", Finish::Failed),
        ("", Finish::Failed),
    ] {
        let mut script = AcpScript::begun(plain());
        assert_eq!(finished(&script.answers(3, json!({"stopReason": reason}))), Some(finish), "{reason}");
        assert!(script.may_end());
    }
    let mut script = AcpScript::begun(plain());
    assert_eq!(finished(&script.refuses(3, json!({"code": 429, "message": "slow"}))), Some(Finish::RateLimited));
    assert!(script.may_end());
}

#[test]
fn another_version_or_a_session_that_is_gone_ends_it_before_it_begins() {
    let mut script = AcpScript::new(|_| {});
    assert_eq!(finished(&script.answers(1, json!({"protocolVersion": 2}))), Some(Finish::Impossible));
    assert!(script.may_end());
    let resumed = || AcpScript::new(|task| task.resume = Some("s0".parse().unwrap()));
    let mut script = resumed();
    assert_eq!(finished(&script.answers(1, plain())), Some(Finish::SessionLost), "it goes on in none");
    let mut script = resumed();
    script.answers(1, json!({"protocolVersion": 1, "agentCapabilities": {"loadSession": true}}));
    assert_eq!(script.wrote(), ["initialize", "session/load"]);
    assert_eq!(finished(&script.refuses(2, json!({"message": "no such session"}))), Some(Finish::SessionLost));
    let mut script = resumed();
    script.answers(1, json!({"protocolVersion": 1, "agentCapabilities": {"sessionCapabilities": {"resume": {}}}}));
    assert_eq!(script.wrote(), ["initialize", "session/resume"]);
    assert_eq!(started(&script.answers(2, Value::Null)), ["s0"]);
    assert_eq!(script.wrote(), ["session/prompt"]);
}

#[test]
fn mode_and_model_are_set_before_the_prompt_and_a_model_that_is_not_there_is_refused() {
    let session = json!({"sessionId": "s1", "modes": {"currentModeId": "default", "availableModes": [{"id": "yolo"}]},
        "models": {"currentModelId": "a", "availableModels": [{"modelId": "b"}]}});
    let with = |model: &str| {
        let mut script = AcpScript::new(|task| {
            task.permissions = Permissions::Full;
            task.model = Some(model.to_owned());
        });
        script.answers(1, plain());
        script
    };
    let mut script = with("b");
    script.answers(2, session.clone());
    assert_eq!(script.wrote(), ["initialize", "session/new", "session/set_mode", "session/set_model"]);
    script.refuses(3, json!({"message": "not as root"}));
    assert!(script.wrote().is_empty());
    script.answers(4, json!({}));
    assert_eq!(script.wrote(), ["session/prompt"]);
    let mut script = with("c");
    assert_eq!(finished(&script.answers(2, session)), Some(Finish::Impossible));
    assert!(script.may_end());
}

#[test]
fn requests_have_an_answer_at_once() {
    let mut script = AcpScript::begun(plain());
    let ask = |method: &str, params: Value| json!({"jsonrpc": "2.0", "id": "x", "method": method, "params": params});
    let options = json!([{"optionId": "y", "kind": "allow_once"}, {"optionId": "n", "kind": "reject_once"}]);
    let call = |command: &str| json!({"toolCall": {"toolCallId": command, "kind": "execute", "title": command}, "options": options});
    let tool = script.reads(ask("session/request_permission", call("git status")));
    assert!(matches!(&tool[..], [AgentEvent::Tool { what, .. }] if what == "git status"), "{tool:?}");
    let denied = script.reads(ask("session/request_permission", call("touch /etc/x")));
    assert_eq!(denied, [AgentEvent::Denied { tool: "shell".into(), why: "touch /etc/x".into() }]);
    assert_eq!(script.reads(ask("session/request_permission", Value::Null)).len(), 1);
    assert!(script.reads(ask("fs/read_text_file", json!({}))).is_empty());
    assert_eq!(script.wrote(), ["!", "!", "!", "!"]);
}

#[test]
fn words_go_into_the_turn_where_that_is_offered_and_else_after_it() {
    let mut script = AcpScript::begun(steering());
    script.say("w1");
    assert_eq!(script.wrote(), ["_session/steering"]);
    assert_eq!(heard(&script.answers(4, json!({"outcome": "injected"}))), ["w1"]);
    script.say("w2");
    // The turn is over before the word is in.
    assert_eq!(finished(&script.answers(3, json!({"stopReason": "end_turn"}))), Some(Finish::Done));
    assert!(!script.may_end());
    assert!(script.answers(5, json!({"outcome": "promptRequired"})).is_empty() && !script.may_end());
    assert_eq!(script.wrote(), ["_session/steering", "session/prompt"]);
    let says = script.answers(6, json!({"stopReason": "end_turn"}));
    assert_eq!((started(&says).len(), heard(&says), finished(&says)), (1, vec!["w2"], Some(Finish::Done)));
    assert!(script.may_end());

    let mut script = AcpScript::begun(plain());
    script.say("w1");
    script.say("w2");
    assert!(script.wrote().is_empty(), "a second prompt would end the first");
    let says = script.answers(3, json!({"stopReason": "end_turn"}));
    assert_eq!((finished(&says), heard(&says)), (None, vec![]));
    assert_eq!(script.wrote(), ["session/prompt"], "both in one");
    let says = script.answers(4, json!({"stopReason": "end_turn"}));
    assert_eq!((heard(&says), finished(&says)), (vec!["w1", "w2"], Some(Finish::Done)));
    assert!(script.may_end());
}

/// An agent that does not know the method may answer with nothing: nobody knows then, so it is not taken for heard.
#[test]
fn a_word_that_is_not_confirmed_is_not_heard() {
    for odd in [json!({}), json!(null), json!({"outcome": "what"})] {
        let mut script = AcpScript::begun(steering());
        script.say("w1");
        assert!(script.answers(4, odd).is_empty());
        script.answers(3, json!({"stopReason": "end_turn"}));
        assert!(script.may_end());
    }
}

#[test]
fn malformed_frames_change_nothing() {
    let mut script = AcpScript::begun(plain());
    for odd in ["{", "[]", r#"{"jsonrpc":"2.0"}"#, r#"{"jsonrpc":"2.0","id":99,"result":{}}"#, "", "\u{0}"] {
        assert!(script.0.read(odd).iter().all(|say| matches!(say, AgentEvent::Printed { .. })), "{odd}");
    }
    for odd in
        [json!(7), json!(null), json!({"update": []}), json!({"update": {"sessionUpdate": "plan", "entries": 3}})]
    {
        assert!(script.reads(json!({"jsonrpc": "2.0", "method": "session/update", "params": odd})).is_empty());
    }
    assert!(!script.may_end() && script.wrote().is_empty());
}

#[test]
fn a_turn_is_called_off_and_nothing_else_is() {
    let mut script = AcpScript::new(|_| {});
    assert!(!script.0.speaker().unwrap().cancel());
    let mut script = AcpScript::begun(plain());
    assert!(script.0.speaker().unwrap().cancel());
    assert_eq!(script.wrote(), ["session/cancel"]);
    script.answers(3, json!({"stopReason": "cancelled"}));
    assert!(!script.0.speaker().unwrap().cancel() && script.may_end());
}
