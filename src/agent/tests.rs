//! The suite that every agent of the registry must pass: recorded streams under `fixtures/agents/NAME/`, what they say
//! and what their ends mean.
//!
//! Beside each `CASE.jsonl` (lines as the program wrote them, both streams; times, ids and paths made harmless) stands
//! `CASE.said`: the events as `events.jsonl` has them, then the ending. `ORCA_TEST_BLESS=1` writes them anew, to be looked
//! at.

use std::path::{Path, PathBuf};

use super::*;
use crate::model::{AgentDef, AgentEvent, Allowance, Finish, Task, Usage};
use crate::process::End;

/// A job in which nothing is special.
pub(crate) fn job(task: &Task, def: AgentDef) -> Job<'_> {
    Job {
        task,
        n: 1,
        def,
        worktree: "/w".into(),
        folder: "/w".into(),
        shared: vec!["/r/.git/worktrees/a1".into(), "/r/.git/objects".into()],
        task_file: "/t".into(),
        prompt_file: "/p".into(),
        spoken: None,
        script_file: "/s".into(),
        log: "/l".into(),
        env: Default::default(),
        resume: None,
        allowance: Allowance::default(),
        prices: Default::default(),
        root: false,
        review: None,
    }
}

fn task() -> Task {
    Task { run: Some("true".to_owned()), ..crate::run::simulation::task(1, &[]) }
}

fn of_kind(name: &str) -> AgentDef {
    let command = if matches!(name, "command" | "acp") { vec!["mine".to_owned()] } else { Vec::new() };
    // Its streams are those of Gemini CLI.
    let model = match name {
        "codex" => Some("gpt-5".to_owned()),
        "acp" => Some("gemini-2.5-pro".to_owned()),
        _ => None,
    };
    AgentDef { command, model, ..AgentDef::default() }
}

fn fixtures(agent: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/agents").join(agent);
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut streams: Vec<_> = paths.filter(|path| path.extension().is_some_and(|end| end == "jsonl")).collect();
    streams.sort();
    streams
}

/// First line of a fixture: how the program ended (`exit 0`, `signal 15`), whether its input was open (`live`), and what the
/// session used before.
fn head(line: &str) -> (End, bool, Usage) {
    let words: Vec<&str> = line.trim_start_matches("# ").split(' ').collect();
    let n: i32 = words[1].parse().unwrap();
    let end = match words[0] {
        "exit" => End::Exited(n),
        "signal" => End::Signaled(n),
        other => panic!("`{other}` is no end"),
    };
    let before = words.get(3).map(|json| serde_json::from_str(json).unwrap()).unwrap_or_default();
    (end, words.get(2) == Some(&"live"), before)
}

/// What a fixture says: its events, and its ending.
fn played(agent: &dyn Agent, text: &str) -> (Vec<AgentEvent>, Transcript, Ending) {
    let (first, lines) = text.split_once('\n').unwrap();
    let (end, is_live, before) = head(first);
    let task = task();
    let mut job = job(&task, of_kind(agent.name()));
    job.spoken = is_live.then(|| "do it".to_owned());
    job.def.live = is_live.then_some(true);
    if before != Usage::default() {
        job.resume = Some(("s".parse().unwrap(), before));
    }
    let mut reader = agent.reader(&job);
    let says: Vec<AgentEvent> = lines.lines().flat_map(|line| reader.read(line)).collect();
    let mut told = Transcript::default();
    says.iter().for_each(|say| told.hear(say));
    let ending = agent.judge(&end, &told);
    (says, told, ending)
}

#[test]
fn recorded_streams_say_what_they_said() {
    let mut streams = 0;
    for agent in AGENTS {
        for path in fixtures(agent.name()) {
            let (says, _, ending) = played(*agent, &std::fs::read_to_string(&path).unwrap());
            let mut said: String =
                says.iter().map(|say| format!("{}\n", serde_json::to_string(say).unwrap())).collect();
            said.push_str(&format!("{ending:?}\n"));
            let expected = path.with_extension("said");
            if std::env::var_os("ORCA_TEST_BLESS").is_some() {
                std::fs::write(&expected, &said).unwrap();
            }
            assert_eq!(said, std::fs::read_to_string(&expected).unwrap(), "{}", path.display());
            streams += 1;
        }
    }
    assert!(streams >= 20, "only {streams} streams: is this the right folder?");
}

#[test]
fn agents_with_a_stream_have_every_case_recorded() {
    for agent in AGENTS.iter().filter(|agent| agent.program().is_some()) {
        let names: Vec<String> = fixtures(agent.name())
            .iter()
            .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        for case in [
            "commits",
            "no-work",
            "denied",
            "http-500",
            "http-401",
            "http-429",
            "limited-then-done",
            "resumed",
            "session-lost",
            "terminated",
        ] {
            assert!(names.iter().any(|name| name == case), "{} lacks {case}", agent.name());
        }
    }
}

#[test]
fn what_a_stream_tells_is_told() {
    for agent in AGENTS.iter().filter(|agent| agent.tells().session) {
        let path = fixtures(agent.name()).into_iter().find(|path| path.ends_with("commits.jsonl")).unwrap();
        let (says, told, ending) = played(*agent, &std::fs::read_to_string(path).unwrap());
        assert_eq!(ending, Ending::Finished);
        assert!(
            told.session.is_some() && told.usage.tokens() > 0 && told.usage.usd > 0.0,
            "{}: {told:?}",
            agent.name()
        );
        assert!(says.iter().any(|say| matches!(say, AgentEvent::Tool { .. })), "{}", agent.name());
    }
}

/// Cumulative counts of a session become deltas: two attempts together used what the second's account says.
#[test]
fn a_resumed_session_is_not_counted_twice() {
    for agent in AGENTS.iter().filter(|agent| agent.tells().session) {
        let text = |case: &str| {
            let path = fixtures(agent.name()).into_iter().find(|path| path.file_stem().unwrap() == case).unwrap();
            std::fs::read_to_string(path).unwrap()
        };
        let (_, first, _) = played(*agent, &text("commits"));
        let (_, second, _) = played(*agent, &text("resumed"));
        assert!(second.usage.tokens() < first.usage.tokens(), "{}: {second:?}", agent.name());
        assert!(second.usage.usd > 0.0 && second.usage.usd < first.usage.usd, "{}: {second:?}", agent.name());
    }
}

#[test]
fn ends_without_a_last_word_are_no_success() {
    for agent in AGENTS.iter().filter(|agent| agent.program().is_some()) {
        let judge = |end| agent.judge(&end, &Transcript::default());
        for end in [End::Exited(0), End::Exited(1), End::Signaled(15), End::WallLimit, End::IdleLimit] {
            assert!(matches!(judge(end.clone()), Ending::Retryable(_)), "{} {end:?}", agent.name());
        }
        assert_eq!(judge(End::Stopped), Ending::Stopped);
        let done = Transcript { finish: Some((Finish::Done, String::new())), ..Transcript::default() };
        assert_eq!(agent.judge(&End::Stopped, &done), Ending::Finished, "ended after its last word");
        let refused = Transcript { finish: Some((Finish::Refused, "no such key".to_owned())), ..Transcript::default() };
        let ending = agent.judge(&End::Signaled(17), &refused);
        assert!(matches!(ending, Ending::Refused { .. }), "{} {ending:?}", agent.name());
        let missing = End::NotStarted { why: "there is no program".to_owned(), missing: true };
        let Ending::Fatal(why) = judge(missing) else { panic!("{}", agent.name()) };
        assert!(why.contains("install") && why.contains("[agents."), "{why}");
    }
}

#[test]
fn every_agent_makes_a_command_out_of_a_plain_job() {
    let task = task();
    for agent in AGENTS {
        let job = Job { spoken: Some("do it".to_owned()), ..job(&task, of_kind(agent.name())) };
        let (spec, _) = agent.command(&job).unwrap();
        assert!(!spec.program.is_empty() && spec.cwd == job.worktree && spec.log == job.log, "{}", agent.name());
        if agent.program().is_some() {
            let own = Job { def: AgentDef { command: vec!["/opt/it".into(), "--x".into()], ..job.def.clone() }, ..job };
            let (spec, _) = agent.command(&own).unwrap();
            assert_eq!((spec.program.as_str(), spec.args[0].as_str()), ("/opt/it", "--x"), "{}", agent.name());
        }
    }
}

#[test]
fn names_are_unique_and_described() {
    let names: std::collections::BTreeSet<&str> = AGENTS.iter().map(|agent| agent.name()).collect();
    assert_eq!(names.len(), AGENTS.len());
    assert!(AGENTS.iter().all(|agent| !agent.about().is_empty()));
    assert_eq!(find("script", None).name(), "script");
    assert_eq!(find("mine", None).name(), "command");
    let kind = |kind: &str| AgentDef { kind: Some(kind.to_owned()), ..AgentDef::default() };
    assert_eq!(find("mine", Some(&kind("claude"))).name(), "claude");
    assert_eq!(defined("mine", Some(&kind("codex"))).provider.as_deref(), Some("openai"));
}

/// Lines that no program wrote, or that were cut, change nothing and break nothing.
#[test]
fn strange_lines_are_survived() {
    let task = task();
    for agent in AGENTS.iter().filter(|agent| agent.program().is_some()) {
        let mut reader = agent.reader(&job(&task, of_kind(agent.name())));
        for line in ["", "{}", "{\"type\":7}", "{\"type\":\"assistant\"}", "{\"type\":\"item.completed\"}"] {
            assert_eq!(reader.read(line), [], "{} {line}", agent.name());
        }
        assert!(matches!(&reader.read("{\"type\":\"resu")[..], [AgentEvent::Printed { .. }]));
        assert!(matches!(&reader.read("{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"--evil\"}")[..], []));
    }
}
