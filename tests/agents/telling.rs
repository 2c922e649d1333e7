//! What git orca itself tells an agent that works (`[run] tell`): conflicts that are foreseen, and what landed. With the real
//! Claude Code: each piece is in the model's requests once.

use crate::support::{Real, Reply, until};
use git_orca::journal::Event;

/// How often a text stands in the last request of a conversation.
fn known(real: &Real, task: &str, text: &str) -> usize {
    real.model.asked(task).last().map_or(0, |asked| asked.text.matches(text).count())
}

/// The messages that were handed to a task's agent.
fn handed(real: &Real, task: &str) -> Vec<String> {
    let of = |event: Event| match event {
        Event::WordIntended { attempt, message } if attempt.task.as_str() == task => Some(message),
        _ => None,
    };
    real.events().into_iter().filter_map(of).collect()
}

fn two_that_conflict(real: &mut Real, settings: &str) -> [usize; 3] {
    real.toml = format!("[run]\nfound-gates = false\nsnapshot-every = \"1s\"\n{settings}");
    let (first, second) = (real.bed.fifo("first"), real.bed.fifo("second"));
    // A snapshot is made of what is not committed.
    let a =
        [Reply::Run(format!("echo one > a.txt; {}", first.hold())), Reply::commit("a.txt", "one"), Reply::Say("Done.")];
    let back = "rm a.txt; echo two > b.txt; git add b.txt; git commit -qm 'out of the way'";
    let b =
        [Reply::Run(format!("echo two > a.txt; {}", second.hold())), Reply::Run(back.to_owned()), Reply::Say("Done.")];
    let running = real.begin(vec![real.task("A", a), real.task("B", b)], &["-j", "2"]);
    let (first, second) = (first.wait(), second.wait());
    let is_told = settings.contains("tell");
    if is_told {
        until("both are told", || [handed(real, "A"), handed(real, "B")].iter().all(|it| it.len() == 1));
    }
    drop(first);
    until("A has landed", || real.bed.standings().contains("A landed"));
    if is_told {
        until("B is told", || handed(real, "B").len() == 2);
    }
    drop(second);
    running.wait().exits(0);
    assert_eq!((real.bed.result("a.txt"), real.bed.result("b.txt")), ("one".to_owned(), "two".to_owned()));
    assert_eq!(["A", "B"].map(|task| real.attempts(task).len()), [1, 1]);
    [
        known(real, "A", "conflicts with that of task `B`"),
        known(real, "B", "conflicts with that of task `A`"),
        known(real, "B", "Task `A`, with which your work conflicts, has landed"),
    ]
}

#[test]
fn who_works_is_told_once_of_a_conflict_and_of_its_landing() {
    let Some(mut real) = Real::new("claude") else { return };
    assert_eq!(two_that_conflict(&mut real, "tell = true\n"), [1, 1, 1]);
    let heard = real.events().iter().filter(|event| matches!(event, Event::WordHeard { .. })).count();
    assert_eq!((heard, handed(&real, "A").len(), handed(&real, "B").len()), (3, 1, 2));
    let log = real.bed.orca(&["log"]).exits(0).stdout;
    assert!(log.contains("A x B foreseen") && log.contains("has heard message conflict-A-"), "{log}");
}

#[test]
fn nobody_is_told_who_did_not_ask_for_it() {
    let Some(mut real) = Real::new("claude") else { return };
    assert_eq!(two_that_conflict(&mut real, ""), [0, 0, 0]);
}

/// It began on work that was merged, while the gates had still to speak of it.
#[test]
fn who_began_early_is_told_that_what_it_builds_on_has_landed() {
    let Some(mut real) = Real::new("claude") else { return };
    let (gate, tool) = (real.bed.fifo("gate"), real.bed.fifo("tool"));
    real.toml = format!(
        "[run]\nfound-gates = false\nspeculate = true\ntell = true\n[gates.whole]\nrun = \"test -e b.txt || {}\"\n\
         on = \"merged\"\n",
        gate.hold()
    );
    let a = real.task("A", [Reply::commit("a.txt", "one"), Reply::Say("Done.")]);
    // The second prompt names the first task, and with it its conversation.
    real.model.answers("A", [Reply::Run(tool.hold()), Reply::commit("b.txt", "two"), Reply::Say("Done.")]);
    let b = serde_json::json!({"id": "B", "title": "Build on it, talk:A", "details": "As it says.", "after": ["A"]});
    let running = real.begin(vec![a, b], &["-j", "2"]);
    let (gate, tool) = (gate.wait(), tool.wait());
    drop(gate);
    until("B is told", || handed(&real, "B").len() == 1);
    drop(tool);
    running.wait().exits(0);
    assert_eq!(known(&real, "A", "Task `A`, which yours builds on, has landed"), 1);
    assert_eq!(real.bed.result("b.txt"), "two");
}
