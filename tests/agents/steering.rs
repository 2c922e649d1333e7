//! What people say while agents work (`git orca say`): each word reaches the model once, in the right place, whenever it
//! is said and whoever is killed meanwhile. With the real Claude Code and Codex.

use crate::support::{Fifo, Real, Reply, until};
use git_orca::journal::{Event, FailClass};
use nix::sys::signal::Signal;

/// How often a text stands in a request of a conversation, for each of its requests.
fn counts(real: &Real, task: &str, word: &str) -> Vec<usize> {
    real.model.asked(task).iter().map(|asked| asked.text.matches(word).count()).collect()
}

/// Whether a word said after the first request stands once in each request from its second or third on: what is written
/// to an agent's input while its tool ends reaches it with that tool's result or, read a moment later, with the next.
fn is_once_and_remembered(counts: &[usize]) -> bool {
    let unheard = counts.iter().take_while(|count| **count == 0).count();
    (1..=2).contains(&unheard) && unheard < counts.len() && counts[unheard..].iter().all(|count| *count == 1)
}

/// What became of words in the journal, in order.
fn fates(real: &Real) -> Vec<&'static str> {
    let fate = |event: Event| match event {
        Event::WordIntended { .. } => Some("handed"),
        Event::WordHeard { .. } => Some("heard"),
        Event::WordCarried { .. } => Some("carried"),
        _ => None,
    };
    real.events().into_iter().filter_map(fate).collect()
}

/// A gate that waits, before the work may land.
fn gate_at(fifo: &Fifo) -> String {
    format!("[gates.waits]\nrun = \"{}\"\n", fifo.hold())
}

fn is_handed(real: &Real) -> bool {
    real.bed.journal().iter().any(|entry| matches!(entry.event, Event::WordIntended { .. }))
}

#[test]
fn a_word_during_a_tool_is_heard_in_the_same_turn() {
    let Some(real) = Real::new("claude") else { return };
    let tool = real.bed.fifo("tool");
    let steps = [Reply::Run(tool.hold()), Reply::commit("a.txt", "hello"), Reply::Say("Done.")];
    let running = real.begin(vec![real.task("A", steps)], &[]);
    let held = tool.wait();
    let said = real.bed.spawn(&["say", "A", "mind", "the", "WORD1"]);
    until("it is handed over", || is_handed(&real));
    drop(held);
    said.wait().exits(0).says(&["A has heard it (attempt 1)"]);
    running.wait().exits(0);
    let counted = counts(&real, "A", "WORD1");
    assert!(counted.len() == 3 && is_once_and_remembered(&counted), "{counted:?}");
    assert_eq!((fates(&real), real.attempts("A").len()), (vec!["handed", "heard"], 1));
    assert_eq!(real.attempts("A")[0].usage.tokens(), 3 * real.answer_tokens());
    assert!(real.bed.orca(&["log"]).exits(0).stdout.contains("has heard message"));
    real.bed.orca(&["say", "A", "too late"]).exits(2).says(&["already landed"]);
}

#[test]
fn a_word_during_the_last_answer_begins_a_turn_of_its_own() {
    let Some(real) = Real::new("claude") else { return };
    hears_a_word_during_the_last_answer(&real, &[4]);
}

/// Four answers, of which the agent tells what so many of them used.
fn hears_a_word_during_the_last_answer(real: &Real, told: &[u64]) {
    let last = real.bed.fifo("last");
    let steps = [
        Reply::commit("a.txt", "hello"),
        Reply::SayAfter(last.path().to_owned(), "Done."),
        Reply::commit("a.txt", "better"),
        Reply::Say("Now it is."),
    ];
    let running = real.begin(vec![real.task("A", steps)], &[]);
    let held = last.wait();
    let said = real.bed.spawn(&["say", "A", "mind the WORD1"]);
    until("it is handed over", || is_handed(real));
    drop(held);
    said.wait().exits(0).says(&["has heard it"]);
    running.wait().exits(0);
    assert_eq!(counts(real, "A", "WORD1"), [0, 0, 1, 1]);
    assert_eq!((real.bed.result("a.txt").as_str(), fates(real)), ("better", vec!["handed", "heard"]));
    // The first result was not the end, and its account was not the last.
    let attempts = real.attempts("A");
    let used = attempts[0].usage.tokens();
    assert!(attempts.len() == 1 && told.iter().any(|answers| used == answers * real.answer_tokens()), "{used}");
}

#[test]
fn two_words_while_the_provider_takes_nothing_are_both_heard_once() {
    let Some(real) = Real::new("claude") else { return };
    let steps = [Reply::Limited(4), Reply::commit("a.txt", "hello"), Reply::Say("Done."), Reply::Say("Still done.")];
    let running = real.begin(vec![real.task("A", steps)], &[]);
    until("it is limited", || real.model.asked("A").len() == 1);
    let said = ["WORD1", "WORD2"].map(|word| real.bed.spawn(&["say", "A", &format!("mind the {word}")]));
    said.into_iter().for_each(|said| drop(said.wait().exits(0)));
    running.wait().exits(0);
    for word in ["WORD1", "WORD2"] {
        let counted = counts(&real, "A", word);
        assert!(counted.last() == Some(&1) && counted.iter().all(|n| *n <= 1) && counted[0] == 0, "{counted:?}");
    }
    assert_eq!(fates(&real).iter().filter(|fate| **fate == "heard").count(), 2);
    assert_eq!(real.attempts("A").len(), 1);
}

#[test]
fn a_word_after_the_result_holds_the_landing_and_the_session_goes_on_with_it() {
    let Some(mut real) = Real::new("claude") else { return };
    let gate = real.bed.fifo("gate");
    real.toml = gate_at(&gate);
    let steps = [Reply::commit("a.txt", "hello"), Reply::Say("Done.")];
    let task = real.task("A", steps);
    real.model.answers("A", [Reply::commit("a.txt", "better"), Reply::Say("Now it is.")]);
    let running = real.begin(vec![task], &[]);
    let first = gate.wait();
    let said = real.bed.orca(&["say", "A", "mind the WORD1"]).exits(0);
    // The next attempt may have begun with it by the time that is looked up.
    let goes_on = ["A continues with it before anything lands", "A has it in the prompt of attempt 2"];
    assert!(goes_on.iter().any(|words| (said.stdout.clone() + &said.stderr).contains(words)), "{}", said.stdout);
    until("it goes on", || real.attempts("A").len() == 2);
    drop(first);
    drop(gate.wait());
    // Once more on the merged tree, where that is another.
    let mut running = running;
    until("it is over", || {
        drop(gate.caught());
        running.has_ended()
    });
    running.wait().exits(0);
    let attempts = real.attempts("A");
    assert_eq!((attempts.len(), &attempts[1].resume), (2, &attempts[0].session));
    assert_eq!((counts(&real, "A", "WORD1"), real.bed.result("a.txt")), (vec![0, 0, 1, 1], "better".to_owned()));
    let prompt = &real.model.asked("A")[2].text;
    assert!(prompt.contains("had something to say about it") && !prompt.contains("judged and refused"), "{prompt}");
}

/// Nothing has to change: then the work that was there lands.
#[test]
fn a_word_that_changes_nothing_costs_no_work() {
    let Some(mut real) = Real::new("claude") else { return };
    let gate = real.bed.fifo("gate");
    real.toml = gate_at(&gate);
    let task = real.task("A", [Reply::commit("a.txt", "hello"), Reply::Say("Done."), Reply::Say("You are welcome.")]);
    let mut running = real.begin(vec![task], &[]);
    let first = gate.wait();
    real.bed.orca(&["say", "A", "thanks, WORD1"]).exits(0);
    until("it went on", || real.attempts("A").get(1).is_some_and(|attempt| attempt.ended.is_some()));
    drop(first);
    until("it is over", || {
        drop(gate.caught());
        running.has_ended()
    });
    running.wait().exits(0);
    assert_eq!((real.bed.result("a.txt").as_str(), real.attempts("A").len()), ("hello", 2));
    assert_eq!(counts(&real, "A", "WORD1"), [0, 0, 1]);
}

#[test]
fn without_an_attempt_left_a_late_word_is_not_delivered_and_that_is_said() {
    let Some(mut real) = Real::new("claude") else { return };
    let gate = real.bed.fifo("gate");
    real.toml = format!("[run]\nattempts = 1\n{}", gate_at(&gate));
    let task = real.task("A", [Reply::commit("a.txt", "hello"), Reply::Say("Done.")]);
    let mut running = real.begin(vec![task], &[]);
    let first = gate.wait();
    real.bed.orca(&["say", "A", "mind the WORD1"]).exits(2).says(&["not delivered"]);
    drop(first);
    until("it is over", || {
        drop(gate.caught());
        running.has_ended()
    });
    running.wait().exits(0);
    assert_eq!((real.bed.standings().as_str(), counts(&real, "A", "WORD1")), ("A landed", vec![0, 0]));
}

#[test]
fn a_killed_orchestrator_loses_no_word_between_sent_and_heard() {
    let Some(real) = Real::new("claude") else { return };
    let tool = real.bed.fifo("tool");
    let task = real.task("A", [Reply::Run(tool.hold()), Reply::commit("a.txt", "hello"), Reply::Say("Done.")]);
    let running = real.begin(vec![task], &[]);
    let held = tool.wait();
    let said = real.bed.spawn(&["say", "A", "mind the WORD1"]);
    until("it is handed over", || is_handed(&real));
    running.signal(Signal::SIGKILL);
    running.wait().exits(137);
    drop((held, said));
    real.bed.orca(&["resume", "--yes"]).exits(0);
    let attempts = real.attempts("A");
    assert_eq!(attempts[0].failure().map(|(class, _)| class), Some(FailClass::Lost));
    assert_eq!((attempts.len(), real.bed.result("a.txt").as_str()), (2, "hello"));
    assert_eq!(counts(&real, "A", "WORD1"), [0, 1, 1], "the next prompt has it, once");
    assert_eq!(fates(&real), ["handed"]);
}

/// What the session heard is in its memory: a later prompt of the same session does not repeat it; a fresh one has it.
#[test]
fn what_was_heard_is_not_said_again_in_its_session_and_is_to_a_fresh_agent() {
    for forgets in [false, true] {
        let Some(mut real) = Real::new("claude") else { return };
        let tool = real.bed.fifo("tool");
        let home = real.bed.root().join("home/.claude/projects").display().to_string();
        let forget = if forgets { format!("rm -rf {home}; ") } else { String::new() };
        real.toml = format!("[gates.right]\nrun = \"{forget}grep -q right a.txt\"\n");
        let task = real.task("A", [Reply::Run(tool.hold()), Reply::commit("a.txt", "wrong"), Reply::Say("Done.")]);
        real.model.answers("A", [Reply::commit("a.txt", "right"), Reply::Say("Now it is.")]);
        let running = real.begin(vec![task], &[]);
        let held = tool.wait();
        let said = real.bed.spawn(&["say", "A", "mind the WORD1"]);
        until("it is handed over", || is_handed(&real));
        drop(held);
        said.wait().exits(0);
        running.wait().exits(0);
        let counted = counts(&real, "A", "WORD1");
        assert!(counted.len() == 5 && is_once_and_remembered(&counted), "forgets: {forgets}: {counted:?}");
        assert_eq!(real.model.sessions("A").len(), if forgets { 2 } else { 1 });
    }
}

/// What the model has in its last request is all that was said; each request has it once, or not yet.
fn is_heard_once(counts: &[usize]) -> bool {
    counts.last() == Some(&1) && counts.iter().all(|count| *count <= 1) && counts[0] == 0
}

#[test]
fn codex_hears_a_word_during_a_tool_in_the_same_turn() {
    let Some(real) = Real::live("codex") else { return };
    let tool = real.bed.fifo("tool");
    let steps = [Reply::Run(tool.hold()), Reply::commit("a.txt", "hello"), Reply::Say("Done.")];
    let running = real.begin(vec![real.task("A", steps)], &[]);
    let held = tool.wait();
    let said = ["WORD1", "WORD2"].map(|word| real.bed.spawn(&["say", "A", "mind", "the", word]));
    let handed = || real.bed.journal().iter().filter(|it| matches!(it.event, Event::WordIntended { .. })).count();
    until("both are handed over", || handed() == 2);
    drop(held);
    said.into_iter().for_each(|said| drop(said.wait().exits(0).says(&["A has heard it (attempt 1)"])));
    running.wait().exits(0);
    for word in ["WORD1", "WORD2"] {
        let counted = counts(&real, "A", word);
        assert!(counted.len() == 3 && is_once_and_remembered(&counted), "{word}: {counted:?}");
    }
    let attempts = real.attempts("A");
    assert_eq!((attempts.len(), attempts[0].usage.tokens()), (1, 3 * real.answer_tokens()));
    assert_eq!(fates(&real).iter().filter(|fate| **fate == "heard").count(), 2);
    assert_eq!(real.bed.result("a.txt"), "hello");
    real.bed.assert_no_processes();
}

#[test]
fn codex_hears_a_word_during_the_last_answer() {
    let Some(real) = Real::live("codex") else { return };
    // Where it breaks the answer off for the word, it does not tell what that has used.
    hears_a_word_during_the_last_answer(&real, &[3, 4]);
}

#[test]
fn codex_goes_on_in_its_thread_with_a_word_after_the_result() {
    let Some(mut real) = Real::live("codex") else { return };
    let gate = real.bed.fifo("gate");
    real.toml = gate_at(&gate);
    let task = real.task("A", [Reply::commit("a.txt", "hello"), Reply::Say("Done.")]);
    real.model.answers("A", [Reply::commit("a.txt", "better"), Reply::Say("Now it is.")]);
    let mut running = real.begin(vec![task], &[]);
    let first = gate.wait();
    real.bed.orca(&["say", "A", "mind the WORD1"]).exits(0);
    until("it goes on", || real.attempts("A").len() == 2);
    drop(first);
    until("it is over", || {
        drop(gate.caught());
        running.has_ended()
    });
    running.wait().exits(0);
    let attempts = real.attempts("A");
    assert_eq!((attempts.len(), &attempts[1].resume), (2, &attempts[0].session));
    assert_eq!((counts(&real, "A", "WORD1"), real.bed.result("a.txt")), (vec![0, 0, 1, 1], "better".to_owned()));
    assert_eq!(attempts.iter().map(|it| it.usage.tokens()).collect::<Vec<_>>(), [2 * real.answer_tokens(); 2]);
}

#[test]
fn codex_hears_a_word_that_was_said_while_its_provider_takes_nothing() {
    let Some(real) = Real::live("codex") else { return };
    let steps = [Reply::Limited(3), Reply::commit("a.txt", "hello"), Reply::Say("Done."), Reply::Say("Still done.")];
    let running = real.begin(vec![real.task("A", steps)], &[]);
    until("it is limited", || real.model.asked("A").len() == 1);
    real.bed.orca(&["say", "A", "mind the WORD1"]).exits(0);
    running.wait().exits(0);
    let counted = counts(&real, "A", "WORD1");
    assert!(is_heard_once(&counted), "{counted:?}");
    assert_eq!(real.bed.result("a.txt"), "hello");
}

#[test]
fn codex_is_interrupted_and_nothing_of_it_is_left() {
    let Some(real) = Real::live("codex") else { return };
    let tool = real.bed.fifo("tool");
    let hold = format!("echo half > half.txt; {}", tool.hold());
    let running = real.begin(vec![real.task("A", [Reply::Run(hold), Reply::Say("Done.")])], &[]);
    let held = tool.wait();
    real.bed.orca(&["stop", "A"]).exits(0);
    until("it has ended", || real.attempts("A")[0].ended.is_some());
    real.bed.assert_no_processes();
    drop(held);
    running.wait();
    assert_eq!(failure_of(&real), Some(FailClass::Stopped));
    assert!(real.bed.git(&["log", "--all", "--format=%s", "--name-only"]).contains("half.txt"), "its work is kept");
}

fn failure_of(real: &Real) -> Option<FailClass> {
    real.attempts("A")[0].failure().map(|(class, _)| class)
}

#[test]
fn a_killed_orchestrator_loses_no_word_to_codex() {
    let Some(real) = Real::live("codex") else { return };
    let tool = real.bed.fifo("tool");
    let task = real.task("A", [Reply::Run(tool.hold()), Reply::commit("a.txt", "hello"), Reply::Say("Done.")]);
    let running = real.begin(vec![task], &[]);
    let held = tool.wait();
    let said = real.bed.spawn(&["say", "A", "mind the WORD1"]);
    until("it is handed over", || is_handed(&real));
    running.signal(Signal::SIGKILL);
    running.wait().exits(137);
    drop((held, said));
    real.bed.orca(&["resume", "--yes"]).exits(0);
    let attempts = real.attempts("A");
    assert_eq!(
        (attempts.len(), failure_of(&real), real.bed.result("a.txt").as_str()),
        (2, Some(FailClass::Lost), "hello")
    );
    assert_eq!(counts(&real, "A", "WORD1"), [0, 1, 1], "the next prompt has it, once");
}

/// Where its input is closed a word waits, for Codex by `codex exec` as for Claude Code.
#[test]
fn without_an_open_input_a_word_waits_for_the_next_attempt() {
    for agent in ["codex", "claude"] {
        let Some(mut real) = Real::new(agent) else { continue };
        real.live = Some(false);
        real.toml = "[gates.right]\nrun = \"grep -q right a.txt\"\n".to_owned();
        let tool = real.bed.fifo("tool");
        let task = real.task("A", [Reply::Run(tool.hold()), Reply::commit("a.txt", "wrong"), Reply::Say("Done.")]);
        real.model.answers("A", [Reply::commit("a.txt", "right"), Reply::Say("Now it is.")]);
        let running = real.begin(vec![task], &[]);
        let held = tool.wait();
        real.bed.orca(&["say", "A", "mind the WORD1"]).exits(0).says(&["will see it on its next attempt"]);
        drop(held);
        running.wait().exits(0);
        assert_eq!(counts(&real, "A", "WORD1"), [0, 0, 0, 1, 1], "{agent}");
        let attempts = real.attempts("A");
        assert_eq!((attempts.len(), &attempts[1].resume), (2, &attempts[0].session), "{agent}");
    }
}
