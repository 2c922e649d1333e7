//! Agents over the agent client protocol: Gemini CLI and opencode as they are, against a model server of the test, and a
//! scripted one for what well-made programs do not do.

use std::path::PathBuf;

use crate::support::{Output, Real, Reply, Running, TestRepo, until};
use git_orca::journal::{Attempt, Event, FailClass};
use serde_json::json;

/// A bed with the scripted agent, as it behaves in one way.
struct Scripted {
    bed: TestRepo,
}

impl Scripted {
    fn new(how: &str, more: &str) -> Scripted {
        let bed = TestRepo::new();
        let script = bed.root().join("agent.sh");
        std::fs::write(&script, include_str!("../support/acp_agent.sh")).unwrap();
        let seen = bed.out("seen");
        std::fs::create_dir_all(&seen).unwrap();
        let acp =
            ["sh", script.to_str().unwrap(), how, seen.to_str().unwrap()].map(|word| format!("{word:?}")).join(", ");
        bed.toml(&format!("[run]\nagent = \"double\"\nattempts = 1\n[agents.double]\nacp = [{acp}]\n{more}"));
        bed.plan(json!([{"id": "A", "title": "Make it so", "details": "As the title says."}]));
        Scripted { bed }
    }

    fn seen(&self, name: &str) -> PathBuf {
        self.bed.out("seen").join(name)
    }

    fn run(&self) -> Output {
        self.bed.execute(&[])
    }

    fn begin(&self) -> Running {
        self.bed.spawn(&["execute", "--yes"])
    }

    fn attempt(&self) -> Attempt {
        self.bed.state().tasks[0].attempts[0].clone()
    }

    fn failure(&self) -> (FailClass, String) {
        let attempt = self.attempt();
        attempt.failure().map(|(class, why)| (class, why.to_owned())).unwrap()
    }
}

#[test]
fn a_turn_whose_work_is_there_lands_however_oddly_it_ends() {
    for how in ["good", "garbled", "late", "stays", "asks-oddly"] {
        let scripted = Scripted::new(how, "");
        let output = scripted.run();
        assert_eq!((output.code, scripted.bed.result("a.txt").as_str()), (0, "hello"), "{how}: {}", output.stderr);
        let attempt = scripted.attempt();
        assert_eq!(attempt.session.map(|it| it.to_string()).as_deref(), Some("s1"), "{how}");
        assert_eq!(attempt.usage.tokens(), if how == "late" { 0 } else { 1100 }, "{how}");
        scripted.bed.assert_no_processes();
        match how {
            "garbled" => assert!(std::fs::read_to_string(scripted.seen("refused")).unwrap().contains("-32601")),
            "asks-oddly" => assert!(std::fs::read_to_string(scripted.seen("told")).unwrap().contains("cancelled")),
            _ => {}
        }
    }
}

#[test]
fn a_checkpoint_about_tests_is_answered_by_the_tests_and_by_a_person_where_there_are_none() {
    let plan = json!([
        {"id": "A", "title": "Make it so"},
        {"id": "Check", "kind": "verify", "title": "Checkpoint - Ensure all tests pass", "after": ["A"]},
        {"id": "C", "run": "put c.txt c", "after": ["Check"]},
    ]);
    let tested = Scripted::new("good", "[gates.suite]\nrun = \"sh tests.sh\"\n");
    tested.bed.plan(plan.clone());
    tested.bed.write("tests.sh", "test ! -f a.txt || grep -q hello a.txt\n");
    tested.bed.commit("tests");
    tested.run().exits(0);
    assert_eq!(tested.bed.standings(), "A landed, Check landed, C landed");
    let check = tested.bed.state().tasks[1].clone();
    assert_eq!((check.attempts.len(), check.attempts[0].agent.as_str()), (1, "script"));
    tested.bed.orca(&["show", "Check"]).exits(0).answers(&["sh tests.sh"]);

    let untested = Scripted::new("good", "");
    untested.bed.plan(plan);
    let running = untested.begin();
    until("a person is asked", || untested.bed.try_state().is_some_and(|state| state.unanswered().count() == 1));
    untested.bed.orca(&["approve", "Check"]).exits(0);
    running.wait().exits(0);
    assert_eq!(untested.bed.state().tasks[1].last().unwrap().agent, "person");
}

#[test]
fn another_version_is_refused_with_words() {
    let scripted = Scripted::new("version", "");
    scripted.run().exits(4);
    let (class, why) = scripted.failure();
    assert_eq!((class, why.contains("version 1 is wanted")), (FailClass::Fatal, true), "{why}");
}

#[test]
fn leave_follows_the_permissions_and_a_refusal_explains_the_lack_of_work() {
    let scripted = Scripted::new("asks", "");
    scripted.run().exits(0);
    assert!(std::fs::read_to_string(scripted.seen("told")).unwrap().contains("\"yes\""));
    let scripted = Scripted::new("asks", "permissions = \"workspace\"\n");
    scripted.run().exits(4);
    let (class, why) = scripted.failure();
    assert!(class == FailClass::Fatal && why.contains("denied shell (touch /etc/x)"), "{why}");
    assert!(std::fs::read_to_string(scripted.seen("told")).unwrap().contains("\"no\""));
}

#[test]
fn one_that_asks_and_then_says_nothing_is_ended_when_it_is_silent() {
    let scripted = Scripted::new("mute", "idle = \"2s\"\n");
    scripted.run().exits(4);
    let (class, why) = scripted.failure();
    assert_eq!((class, why.contains("no output")), (FailClass::Retryable, true), "{why}");
    scripted.bed.assert_no_processes();
}

#[test]
fn it_is_asked_to_break_off_before_it_gets_a_signal() {
    let scripted = Scripted::new("waits", "");
    let running = scripted.begin();
    until("its turn runs", || scripted.seen("waits").exists());
    scripted.bed.orca(&["stop", "A"]).exits(0);
    running.wait().exits(4);
    assert!(scripted.seen("cancelled").exists());
    assert_eq!(scripted.failure().0, FailClass::Stopped);
}

#[test]
fn words_go_into_a_turn_where_the_agent_takes_them() {
    let scripted = Scripted::new("waits", "");
    let running = scripted.begin();
    until("its turn runs", || scripted.seen("waits").exists());
    scripted.bed.orca(&["say", "A", "mind the WORD1"]).exits(0).says(&["A has heard it (attempt 1)"]);
    running.wait().exits(0);
    assert!(std::fs::read_to_string(scripted.seen("steered")).unwrap().contains("mind the WORD1"));
    assert_eq!(scripted.bed.result("a.txt"), "better");
}

#[test]
fn settings_of_an_agent_say_one_way_to_start_it() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "details": "x"}]));
    bed.toml("[run]\nagent = \"mine\"\n[agents.mine]\nacp = [\"x\", \"acp\"]\ncommand = [\"y\"]\n");
    bed.execute(&[]).exits(2).says(&["has `acp` and `command`"]);
    bed.toml("[run]\nagent = \"mine\"\n[agents.mine]\nacp = [\"no-such-agent\", \"acp\"]\n");
    let output = bed.execute(&[]);
    assert!(
        output.code != 0 && (output.stderr + &output.stdout).contains("no-such-agent"),
        "it is said which is missing"
    );
}

/// Makes a test of each case for an agent.
macro_rules! over_acp {
    ($agent:ident: $($case:ident),+ $(,)?) => {
        mod $agent {
            $(#[test] fn $case() { if let Some(real) = super::over(stringify!($agent)) { super::$case(real) } })+
        }
    };
}

over_acp!(gemini: commits_and_goes_on_in_its_session, is_denied_a_tool, hears_a_word_after_its_turn, is_refused);
over_acp!(opencode: commits_and_goes_on_in_its_session, hears_a_word_after_its_turn, is_refused);
over_acp!(gemini_live: commits_and_goes_on_in_its_session, hears_a_word_after_its_turn);
over_acp!(opencode_live: commits_and_goes_on_in_its_session, hears_a_word_after_its_turn);
over_acp!(codex_acp: commits_and_goes_on_in_its_session, hears_a_word_in_its_turn);
over_acp!(claude_agent_acp: commits_and_goes_on_in_its_session, is_denied_a_tool, hears_a_word_in_its_turn);

fn over(agent: &'static str) -> Option<Real> {
    let (name, def) = match agent {
        // They are built in, and speak it where that is asked for.
        "gemini_live" => return Real::live("gemini"),
        "opencode_live" => return Real::live("opencode"),
        "gemini" => (agent, "acp = [\"gemini\", \"--skip-trust\", \"--acp\", \"-m\", \"gemini-2.5-pro\"]\n"),
        "opencode" => (agent, "acp = [\"opencode\", \"acp\"]\n"),
        "codex_acp" => (agent, "acp = [\"codex_acp\"]\nenv = [\"OPENAI_API_KEY\", \"CODEX_HOME\"]\n"),
        _ => (
            agent,
            "acp = [\"claude_agent_acp\"]\nenv = [\"ANTHROPIC_API_KEY\", \"ANTHROPIC_BASE_URL\", \"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC\"]\n",
        ),
    };
    let mut real = Real::new(name)?;
    if agent == "codex_acp" {
        // It uses tools as the model server knows them.
        let file = real.bed.root().join("home/codex/config.toml");
        let settings = std::fs::read_to_string(&file).unwrap();
        std::fs::write(file, format!("model = \"gpt-5\"\n{settings}")).unwrap();
    }
    real.def = def.to_owned();
    Some(real)
}

fn commits_and_goes_on_in_its_session(mut real: Real) {
    real.toml = "[gates.right]\nrun = \"grep -q right a.txt || { echo 'a.txt is not right'; false; }\"\n".to_owned();
    let task = real.task("A", [Reply::commit("a.txt", "wrong"), Reply::Say("Done.")]);
    real.model.answers("A", [Reply::commit("a.txt", "right"), Reply::Say("Now it is.")]);
    real.execute(vec![task], &[]).exits(0);
    let mut attempts = real.attempts("A");
    // Gemini CLI forgets a session that is loaded in the minute in which it began; then a fresh agent goes on.
    if real.agent == "gemini" && attempts[1].failure().is_some_and(|(class, _)| class == FailClass::SessionLost) {
        assert_eq!(attempts.remove(2).resume, None);
    } else {
        assert!(attempts.iter().all(|attempt| attempt.usage.tokens() >= 1000), "{attempts:?}");
    }
    assert_eq!((attempts.len(), real.bed.result("a.txt").as_str()), (2, "right"));
    assert!(attempts[1].resume.is_some() && attempts[1].resume == attempts[0].session, "{attempts:?}");
    let last = real.model.asked("A").pop().unwrap().text;
    assert!(last.contains("a.txt is not right") && last.contains("It is so"), "it remembers: {last}");
    real.bed.assert_no_processes();
}

fn is_denied_a_tool(mut real: Real) {
    real.def.push_str("permissions = \"workspace\"\nallow = [\"echo *\"]\n");
    let task = real.task("A", [Reply::Escalate("touch /etc/orca-was-here"), Reply::Say("I was not allowed to.")]);
    real.execute(vec![task], &[]).exits(4);
    let attempt = real.attempts("A").pop().unwrap();
    let (class, why) = attempt.failure().unwrap();
    assert!(class == FailClass::Fatal && why.contains("denied") && why.contains("touch"), "{why}");
    assert!(!std::path::Path::new("/etc/orca-was-here").exists());
}

/// It takes no words into a turn, and a second prompt would end the first: the word is a turn of its own, after it.
fn hears_a_word_after_its_turn(real: Real) {
    let tool = real.bed.fifo("tool");
    let task = real.task("A", [Reply::Run(tool.hold()), Reply::commit("a.txt", "hello"), Reply::Say("Done.")]);
    real.model.answers("A", [Reply::commit("a.txt", "better"), Reply::Say("Now it is.")]);
    let running = real.begin(vec![task], &[]);
    let held = tool.wait();
    let said = real.bed.spawn(&["say", "A", "mind the WORD1"]);
    let is_handed = || real.bed.journal().iter().any(|entry| matches!(entry.event, Event::WordIntended { .. }));
    until("it is handed over", is_handed);
    drop(held);
    running.wait().exits(0);
    said.wait().exits(0);
    let counts: Vec<usize> = real.model.asked("A").iter().map(|asked| asked.text.matches("WORD1").count()).collect();
    assert_eq!(counts, [0, 0, 0, 1, 1]);
    assert_eq!((real.bed.result("a.txt").as_str(), real.attempts("A").len()), ("better", 1));
    assert!(real.events().iter().any(|event| matches!(event, Event::WordHeard { .. })));
}

/// It goes into the turn that runs, with the tool's answer or the one after it, and stays there.
fn hears_a_word_in_its_turn(real: Real) {
    let tool = real.bed.fifo("tool");
    let steps =
        [Reply::Run(tool.hold()), Reply::commit("a.txt", "hello"), Reply::Say("Done."), Reply::Say("Still done.")];
    let running = real.begin(vec![real.task("A", steps)], &[]);
    let held = tool.wait();
    let said = real.bed.spawn(&["say", "A", "mind the WORD1"]);
    let is_handed = || real.bed.journal().iter().any(|entry| matches!(entry.event, Event::WordIntended { .. }));
    until("it is handed over", is_handed);
    drop(held);
    said.wait().exits(0).says(&["A has heard it (attempt 1)"]);
    running.wait().exits(0);
    let counts: Vec<usize> = real.model.asked("A").iter().map(|asked| asked.text.matches("WORD1").count()).collect();
    let unheard = counts.iter().take_while(|count| **count == 0).count();
    assert!(unheard < 3 && counts[unheard..].iter().all(|count| *count == 1), "in the turn, once: {counts:?}");
    assert!(counts.len() > unheard, "{counts:?}");
    assert_eq!((real.bed.result("a.txt").as_str(), real.attempts("A").len()), ("hello", 1));
    assert!(real.events().iter().any(|event| matches!(event, Event::WordHeard { .. })));
}

fn is_refused(real: Real) {
    let task = real.task("A", std::iter::repeat_n(Reply::Status(401), 10));
    real.execute(vec![task], &[]).exits(4);
    let attempt = real.attempts("A").pop().unwrap();
    assert_eq!(attempt.failure().map(|(class, _)| class), Some(FailClass::Authentication), "{attempt:?}");
}
