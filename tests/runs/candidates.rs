//! Several attempts of one task at once (`candidates`): the checks choose, the right one lands, the others stay below refs.
//! Real git, scripts as agents.

use crate::support::{Running, TestRepo, until};
use git_orca::journal::{Attempt, Event, FailClass, TaskState};
use nix::sys::signal::Signal;
use serde_json::json;

/// What an agent that tells its usage prints: so many tokens, and that it is done.
const TELL: &str = r#"#!/bin/sh -e
used() { printf '{"type":"assistant","message":{"id":"%s","model":"x","usage":{"input_tokens":%s,"output_tokens":1}}}\n' "$1" "$1"; }
over() { echo '{"type":"result","subtype":"success","is_error":false,"result":"done"}'; exit 0; }
"#;

/// What each agent does. All but `wrong` say hello; only `small` in few words.
const AGENTS: [(&str, &str); 6] = [
    ("wrong", "used 10; put hello.txt nothing"),
    ("large", "used 10; seq 1 60 > numbers.txt; put hello.txt hello; announce numbers.txt"),
    ("small", "used 10; put hello.txt hello"),
    ("slow", "used 10; put half.txt half; note slow started; block slow; rm half.txt; put hello.txt hello"),
    ("hung", "used 10; put hung.txt hung; note hung started; exec sleep 3600"),
    ("spender", "used 999999; put spent.txt spent; note spender started; exec sleep 3600"),
];

/// A bed with a task A that the named agents do at once, and a gate that wants hello.
fn bed(candidates: &[&str], settings: &str) -> TestRepo {
    let bed = TestRepo::in_memory();
    let mut toml = format!(
        "[run]\nagent = \"small\"\n[gates.test]\nrun = \"grep -qx hello hello.txt\"\n\
         [tasks.A]\ncandidates = {}\n{settings}\n",
        json!(candidates)
    );
    for (name, script) in AGENTS {
        bed.program(name, &format!("{TELL}{script}\nover\n"));
        toml.push_str(&format!("[agents.{name}]\nkind = \"claude\"\ncommand = [\"{name}\"]\n"));
    }
    bed.toml(&toml);
    bed.plan(json!([{"id": "A", "title": "Say hello", "details": "Write it down."}]));
    bed.commit("agents, settings, a plan");
    bed
}

fn task(bed: &TestRepo) -> TaskState {
    bed.state().tasks[0].clone()
}

fn agents(attempts: &[Attempt]) -> Vec<&str> {
    attempts.iter().map(|attempt| attempt.agent.as_str()).collect()
}

/// `small` landed, and nothing of the others is in the result; what they left has refs.
#[track_caller]
fn small_landed(bed: &TestRepo, others: usize) {
    let task = task(bed);
    assert_eq!((bed.standings().as_str(), agents(&task.attempts)), ("A landed", vec!["small"]));
    assert_eq!(task.rivals.len(), others);
    let run = bed.run();
    let result = task.last().unwrap().result().unwrap().to_string();
    assert_eq!(bed.git(&["rev-parse", &format!("refs/heads/orca/{run}/task/A")]).trim(), result);
    let merged = bed.git(&["rev-list", &format!("orca/{run}/integration")]);
    assert!(merged.lines().any(|commit| commit == result));
    for lost in &task.rivals {
        let Some(commit) = lost.result() else { continue };
        assert!(merged.lines().all(|merged| merged != commit.as_str()), "{} is in the result", lost.agent);
        let branch = format!("refs/heads/orca/{run}/candidate/A/{}", lost.n);
        for name in [branch, format!("refs/orca/runs/{run}/attempt/A/{}", lost.n)] {
            assert_eq!(bed.git(&["rev-parse", &name]).trim(), commit.as_str(), "{name}");
        }
    }
    bed.assert_lossless();
    bed.assert_no_processes();
}

fn chosen(bed: &TestRepo) -> Vec<(u32, String)> {
    let choice = |event: &Event| match event {
        Event::CandidateChosen { attempt, why } => Some((attempt.n, why.clone())),
        _ => None,
    };
    bed.journal().iter().filter_map(|entry| choice(&entry.event)).collect()
}

#[test]
fn of_wrong_large_and_small_the_small_one_lands_in_every_order() {
    for order in [["wrong", "large", "small"], ["small", "wrong", "large"], ["large", "small", "wrong"]] {
        let bed = bed(&order, "");
        let told = bed.execute(&["-j", "3"]).exits(0).stderr;
        small_landed(&bed, 2);
        let n = order.iter().position(|name| *name == "small").unwrap() as u32 + 1;
        let choices = chosen(&bed);
        assert!(choices.len() == 1 && choices[0].0 == n, "{choices:?}");
        assert!(choices[0].1.contains("of 2 that passed the smallest change"), "{choices:?}");
        assert!(told.contains(&format!("A  attempt {n} is chosen: of 2 that passed")), "{told}");
        let shown = bed.orca(&["show", "A"]).exits(0).stdout;
        for words in ["chosen: of 2 that passed", "passed; another was chosen", "refused; another was chosen"] {
            assert!(shown.contains(words), "{words}\n{shown}");
        }
        let report: serde_json::Value =
            serde_json::from_str(&bed.orca(&["report", "--format", "json"]).exits(0).stdout).unwrap();
        let attempts = report["tasks"][0]["attempts"].as_array().unwrap();
        let stands: Vec<&str> = attempts.iter().map(|it| it["candidate"].as_str().unwrap()).collect();
        assert_eq!(attempts.len(), 3);
        assert_eq!(stands[n as usize - 1], "chosen");
    }
}

/// A reviewing agent that has nothing against any attempt, and answers the question which is best by `answer`.
fn with_critic(bed: &TestRepo, answer: &str) {
    let asked = "note asked \"$ORCA_PROMPT_FILE\"";
    bed.program(
        "critic",
        &format!(
            "#!/bin/sh -e\nif grep -q 'Say which one is best' \"$ORCA_PROMPT_FILE\"; then {asked}; {answer}\n\
             else echo '{{\"verdict\": \"pass\", \"findings\": []}}'; fi\n"
        ),
    );
    let settings = std::fs::read_to_string(bed.repo().join("orca.toml")).unwrap();
    if settings.contains("[gates.read]") {
        return;
    }
    let settings = settings.trim_start().trim_start_matches("orca = 1").trim_start();
    let critic = "[gates.read]\nkind = \"review\"\nagent = \"critic\"\n[agents.critic]\ncommand = [\"critic\"]\n";
    bed.toml(&format!("{settings}{critic}"));
    bed.commit("a critic");
}

/// What the critic was asked, each time.
fn questions(bed: &TestRepo) -> Vec<String> {
    bed.notes("asked").iter().map(|path| std::fs::read_to_string(path.trim()).unwrap()).collect()
}

#[test]
fn the_reviewing_agent_chooses_between_those_that_passed() {
    let bed = bed(&["wrong", "small", "large"], "");
    with_critic(&bed, "echo 'I read both.'; echo '{\"chosen\": 3, \"why\": \"it has numbers\"}'");
    let told = bed.execute(&["-j", "3"]).exits(0).stderr;
    assert_eq!((bed.standings().as_str(), agents(&task(&bed).attempts)), ("A landed", vec!["large"]));
    assert_eq!(chosen(&bed), [(3, "of 2 that passed the one that `critic` prefers: it has numbers".to_owned())]);
    assert!(told.contains("A  2 attempts passed; asking critic which of them is best"), "{told}");
    let asked = questions(&bed);
    assert_eq!(asked.len(), 1);
    for words in ["### Attempt 2", "### Attempt 3", "+hello", "+60", "test: pass", "Write it down.", "git diff "] {
        assert!(asked[0].contains(words), "{words}\n{}", asked[0]);
    }
    for secret in ["### Attempt 1", "small", "large"] {
        assert!(!asked[0].contains(secret), "{secret}\n{}", asked[0]);
    }
    let log = bed.orca(&["log"]).exits(0).stdout;
    assert!(log.contains("the reviewing agent prefers attempt 3: it has numbers"), "{log}");
    bed.assert_lossless();
    bed.assert_no_processes();
}

#[test]
fn without_an_answer_that_can_be_taken_the_smaller_change_lands() {
    for (answer, why) in [
        ("echo '{\"chosen\": 1, \"why\": \"the refused one\"}'", "it named attempt 1, not one of 2, 3"),
        ("echo 'the third'", "its last output is not a JSON object"),
        ("true", "it gave no answer"),
        ("exit 3", "exit 3"),
        // Its worktree is only to read: the shell fails.
        ("echo '{\"chosen\": 3}' ; echo changed > hello.txt", "exit 2"),
    ] {
        let bed = bed(&["wrong", "large", "small"], "");
        with_critic(&bed, answer);
        bed.execute(&["-j", "3"]).exits(0);
        small_landed(&bed, 2);
        let choices = chosen(&bed);
        assert!(choices[0].1.contains("the smallest change"), "{choices:?}");
        assert!(
            choices[0].1.contains("`critic` was asked and chose none") && choices[0].1.contains(why),
            "{choices:?}"
        );
        assert_eq!(questions(&bed).len(), 1, "{answer}");
    }
}

#[test]
fn where_only_one_passed_or_the_first_counts_nobody_is_asked() {
    for (candidates, settings) in [(["wrong", "small", "wrong"], ""), (["small", "hung", "hung"], "pick = \"first\"")] {
        let bed = bed(&candidates, settings);
        with_critic(&bed, "echo '{\"chosen\": 1, \"why\": \"\"}'");
        bed.execute(&["-j", "3"]).exits(0);
        small_landed(&bed, 2);
        assert!(questions(&bed).is_empty());
    }
}

#[test]
fn killed_while_the_reviewing_agent_thinks_it_is_asked_the_same_again() {
    let bed = bed(&["small", "large"], "");
    let thinks = bed.fifo("thinks");
    with_critic(&bed, "block thinks; echo '{\"chosen\": 2, \"why\": \"so\"}'");
    let running = bed.spawn(&["execute", "--yes", "-j", "3"]);
    let held = thinks.wait();
    let before = task(&bed).choices[0].clone();
    assert!(before.answer.is_none() && before.ask.of == [1, 2]);
    running.signal(Signal::SIGKILL);
    running.wait();
    drop((held, thinks));
    with_critic(&bed, "echo '{\"chosen\": 2, \"why\": \"so\"}'");
    bed.orca(&["resume", "--yes"]).exits(0);
    let task = task(&bed);
    assert_eq!((bed.standings().as_str(), agents(&task.attempts)), ("A landed", vec!["large"]));
    assert_eq!((task.choices.len(), &task.choices[0].ask), (1, &before.ask));
    bed.assert_no_processes();
}

/// Starts it, and goes on once `name` works.
fn begun(bed: &TestRepo, name: &str, args: &[&str]) -> Running {
    let words: Vec<&str> = ["execute", "--yes", "-j", "3"].iter().chain(args).copied().collect();
    let running = bed.spawn(&words);
    until("the agent works", || !bed.notes(name).is_empty());
    running
}

#[test]
fn killed_in_the_middle_what_was_cut_short_is_made_again_in_its_place() {
    let bed = bed(&["wrong", "slow", "large"], "");
    let slow = bed.fifo("slow");
    let running = begun(&bed, "slow", &[]);
    until("the others are judged", || bed.try_state().is_some_and(|state| state.checks.len() == 2));
    running.signal(Signal::SIGKILL);
    running.wait();
    drop(slow);
    bed.program("slow", &format!("{TELL}used 10; put hello.txt hello\nover\n"));
    bed.orca(&["resume", "--yes"]).exits(0);
    let task = task(&bed);
    assert_eq!((bed.standings().as_str(), agents(&task.attempts)), ("A landed", vec!["slow"]));
    let again = task.last().unwrap().rival.unwrap();
    let lost: Vec<&Attempt> = task.rivals.iter().filter(|it| it.rival.unwrap().place == again.place).collect();
    assert!(lost.len() == 1 && matches!(lost[0].failure(), Some((FailClass::Lost, _))), "{lost:?}");
    bed.assert_lossless();
}

#[test]
fn who_goes_over_its_budget_is_out_and_the_small_one_lands() {
    let bed = bed(&["spender", "small", "large"], "[limits]\nattempt-tokens = 5000");
    bed.execute(&["-j", "3"]).exits(0);
    small_landed(&bed, 2);
    let task = task(&bed);
    let spender = task.rivals.iter().find(|it| it.agent == "spender").unwrap();
    assert!(matches!(spender.failure(), Some((FailClass::OverBudget, _))), "{spender:?}");
    assert!(task.all_attempts().all(|it| it.reserved.tokens.is_some()), "each has its own reservation");
}

#[test]
fn the_first_that_passes_stops_the_others() {
    let bed = bed(&["hung", "small", "hung"], "pick = \"first\"");
    bed.execute(&["-j", "3"]).exits(0);
    small_landed(&bed, 2);
    assert_eq!(chosen(&bed), [(2, "the first of 3 that passed its gates".to_owned())]);
    let stopped = task(&bed).rivals;
    assert!(stopped.iter().all(|it| matches!(it.failure(), Some((FailClass::Stopped, _)))), "{stopped:?}");
}

#[test]
fn one_after_another_where_what_they_need_is_there_once() {
    let bed = bed(&["wrong", "large", "small"], "[resources]\ndb = 1");
    for (name, script) in AGENTS {
        let alone = "mkdir \"$(dirname \"$(command -v note)\")/../out/alone\"";
        let free = "rmdir \"$(dirname \"$(command -v note)\")/../out/alone\"";
        bed.program(name, &format!("{TELL}{alone}\n{script}\n{free}\nover\n"));
    }
    bed.plan(json!({"orca": 1, "resources": {"db": 1}, "tasks": [
        {"id": "A", "title": "Say hello", "details": "Write it down.", "needs": {"db": 1}}
    ]}));
    bed.commit("what it needs");
    bed.execute(&["-j", "3"]).exits(0);
    small_landed(&bed, 2);
}

#[test]
fn where_the_chosen_one_conflicts_the_next_that_passed_lands() {
    let bed = bed(&["small", "large"], "");
    bed.write("hello.txt", "nothing yet\n");
    let wait = "note waits \"$ORCA_ATTEMPT\"; block go";
    bed.program("small", &format!("{TELL}used 10; {wait}; put hello.txt hello; put said.txt small\nover\n"));
    bed.program("large", &format!("{TELL}used 10; seq 1 60 > said.txt; announce said.txt\nover\n"));
    let settings = std::fs::read_to_string(bed.repo().join("orca.toml")).unwrap();
    let settings = settings.trim_start().trim_start_matches("orca = 1").trim_start();
    bed.write("orca.toml", &settings.replace("grep -qx hello hello.txt", "test -e said.txt || test -e other.txt"));
    bed.plan(json!([
        {"id": "A", "title": "Say hello", "details": "Write it down."},
        {"id": "B", "title": "Other", "run": "put hello.txt other; put other.txt other"},
    ]));
    bed.commit("another task");
    let go = bed.fifo("go");
    let mut running = bed.spawn(&["execute", "--yes", "-j", "3"]);
    let landed = || bed.try_state().is_some_and(|state| state.tasks[1].landed.is_some());
    until("the other task has landed", || landed() || running.has_ended());
    assert!(landed(), "{}", running.said());
    let held = go.wait();
    drop(held);
    running.wait().exits(0);
    assert_eq!(bed.standings(), "A landed, B landed");
    let choices = chosen(&bed);
    assert_eq!(choices.iter().map(|(n, _)| *n).collect::<Vec<_>>(), [1, 2], "{choices:?}");
    assert_eq!(choices[1].1, "attempt 1 conflicts with what landed; this one passed its gates, too");
    assert_eq!(agents(&task(&bed).attempts), ["large"]);
    assert_eq!(bed.result("hello.txt"), "other");
    bed.assert_lossless();
}

#[test]
fn none_that_passes_is_mended_like_any_other() {
    let bed = bed(&["wrong", "wrong"], "");
    bed.execute(&["-j", "2"]).exits(0);
    let task = task(&bed);
    assert_eq!(bed.standings(), "A landed");
    assert_eq!(agents(&task.attempts), ["wrong", "small"], "the task's own agent mends it");
    assert!(chosen(&bed)[0].1.starts_with("none of 2 passed its gates"), "{:?}", chosen(&bed));
    assert_eq!(task.attempts[1].n, 3);
}

/// Who speaks of A means the task: all that work on it are told, and the one that was chosen is approved.
#[test]
fn a_word_and_an_approval_are_for_the_task() {
    let bed = bed(&["slow", "small"], "");
    let slow = bed.fifo("slow");
    let running = bed.spawn(&["execute", "--yes", "-j", "3", "--approve", "task"]);
    let held = slow.wait();
    bed.orca(&["say", "A", "mind the gap"]).exits(0);
    drop(held);
    until("a person is asked", || bed.try_state().is_some_and(|state| state.unanswered().count() > 0));
    let asked = bed.state().unanswered().count();
    assert_eq!(asked, 1, "once for both");
    assert_eq!(chosen(&bed).len(), 1, "after the choice");
    bed.orca(&["approve", "A"]).exits(0);
    running.wait().exits(0);
    // The word came when the chosen one took no more: the task went on with it before it landed.
    let task = task(&bed);
    assert_eq!((bed.standings().as_str(), task.rivals.len(), task.words.len()), ("A landed", 1, 1));
    let word = &task.words[0];
    assert!(word.text == "mind the gap" && word.known.contains(&task.last().unwrap().n), "{word:?}");
}

#[test]
fn what_cannot_be_meant_is_refused_before_anything_runs() {
    let bed = bed(&["small", "large"], "");
    for (flag, words) in [
        ("0", "at least 1 candidate"),
        ("99", "99 is too many"),
        ("small", "for small only: --agent small"),
        ("small,nobody", "there is no agent `nobody`"),
    ] {
        let said = bed.orca(&["execute", "--yes", "--candidates", flag]);
        assert!(said.code == 2 && said.stderr.contains(words), "{flag}: {:?} {}", said.code, said.stderr);
    }
    assert!(bed.runs().is_empty());
}
