use super::*;
use crate::journal::FailClass;
use crate::journal::Host;
use crate::model::Verdict;
use crate::report::testing::{HOSTILE, Story, id, inert, screen};

fn told(story: &Story, after: u64) -> String {
    let mut narration = Narration::new(crate::report::WIDTH, after);
    let mut text: String = story.entries.iter().map(|entry| narration.entry(entry)).collect();
    text.push_str(&narration.settle());
    text
}

fn eventful() -> Story {
    let tasks: &[(&str, &str, &[&str])] = &[
        ("task-1", "Platform detection", &[]),
        ("task-2", "Error handling", &[]),
        ("task-3", "Logging system", &[]),
        ("task-4", "Config management", &["task-3"]),
        ("task-5", "File operations", &["task-1"]),
        ("task-6", "Integration", &["task-4"]),
    ];
    let mut story = Story::new(tasks, &["syntax", "test"]);
    story.at(0.1).starts(&["task-1", "task-2", "task-3"]);
    story.at(0.6).commits("task-1", 3, 64, 0).gates("task-1", "syntax").gates("task-1", "test");
    story.at(0.7).says("task-1", "syntax", Verdict::Pass, "");
    story.at(0.8).says(
        "task-1",
        "test",
        Verdict::Fail,
        "tests/template.sh:12: expected \"Hello Ada\", got \"Hello {name}\"",
    );
    story.starts(&["task-1"]);
    story.at(2.1).commits("task-1", 4, 70, 0).lands_by(&["task-1"], &["union CHANGELOG.md"]).starts(&["task-5"]);
    story.at(3.0).fails("task-2", FailClass::Retryable, "it timed out after 30 min");
    story.at(3.6).starts(&["task-2"]).at(4.0).commits("task-2", 1, 1, 0).conflicts(
        "task-2",
        &["task-1"],
        &[("app.py", "41-58")],
    );
    story.at(5.0).fails("task-3", FailClass::Fatal, "the program `claude` is not installed");
    story.at(95.0).asks(Request::Stop { now: false }).at(97.0).commits("task-5", 2, 10, 1);
    story.finishes(RunOutcome::Stopped);
    story
}

#[test]
fn a_run_is_told_as_it_goes() {
    insta::assert_snapshot!(screen(&told(&eventful(), 0)), @r#"
      0.0  run 20261120-1812-k3: specs/001-cart/tasks.md, 6 tasks, 3 layers; 4 agents at once; gates
           syntax, test
      0.1  task-1 task-2 task-3  started
      0.8  task-1  gate test fails: tests/template.sh:12 expected "Hello Ada", got "Hello {name}"
      0.8  task-1  attempt 2 gets the finding
      2.1  task-1  landed    4 files, +70 -0, attempt 2, CHANGELOG.md changed on both sides, resolved by
           the union rule
      2.1  task-5  started   File operations
      3.0  task-2  attempt 1 failed: it timed out after 30 min
      3.6  task-2  attempt 2 starts
      4.0  task-2  conflicts with task-1 at app.py:41-58; git orca conflicts task-2
      5.0  task-3  attempt 1 failed: the program `claude` is not installed
      5.0  task-3  failed after 1 attempt; git orca retry task-3
      5.0  task-4 task-6  blocked: needs task-3
    01:35  stopping: running agents have 30 s to finish; press Ctrl-C again to stop now
    01:37  stopped
    "#);
}

#[test]
fn a_resumed_run_is_told_from_there_on() {
    let mut story = eventful();
    let after = story.entries.len() as u64;
    let host = Host { host: "here".into(), pid: 2, start: 1, boot: "b".into(), space: String::new() };
    story.at(4000.0).happens(Event::RunResumed { host, changes: vec!["jobs 4 -> 2".into()] });
    story.happens(Event::Reconciled {
        what: "processes of the run".into(),
        found: "2 ended, 0 could not be ended".into(),
    });
    story.asks(Request::Retry { task: id("task-3"), hint: Some("it is installed now".into()) }).starts(&["task-3"]);
    story.at(4001.0).commits("task-3", 1, 2, 3).lands(&["task-3"]);
    insta::assert_snapshot!(screen(&told(&story, after)), @r"
    01:37  run 20261120-1812-k3 continues: 1 landed, 1 interrupted, 1 failed, 1 conflicted, 2 blocked
    01:37  changed since the start: jobs 4 -> 2
    01:37  after the interruption: processes of the run: 2 ended, 0 could not be ended
    01:37  task-3  will be tried again, as asked
    01:37  task-3  attempt 2 starts (hint: it is installed now)
    01:38  task-3  landed    1 file, +2 -3, attempt 2
    ");
}

#[test]
fn a_red_batch_is_told_with_its_culprit() {
    let mut story = Story::new(&[("A", "a", &[]), ("B", "b", &[])], &["test"]);
    story.at(1.0).starts(&["A", "B"]);
    for task in ["A", "B"] {
        story.at(2.0).commits(task, 1, 1, 0).gates(task, "test").says(task, "test", Verdict::Pass, "");
    }
    let subject = Subject::Batch { batch: story.merges(&["A", "B"], &[]), layer: 1 };
    story.checks(subject.clone(), "test").at(3.0).judges(
        subject.clone(),
        "test",
        Verdict::Fail,
        "t.py:1: red together",
    );
    story.happens(Event::LandRefused {
        batch: 1,
        culprit: None,
        next: vec![vec![id("A")], vec![id("B")]],
        subject,
        out: Vec::new(),
    });
    story.lands(&["A"]);
    let subject = Subject::Batch { batch: story.merges(&["B"], &[]), layer: 1 };
    story.checks(subject.clone(), "test").at(4.0).judges(
        subject.clone(),
        "test",
        Verdict::Unchecked,
        "a program is missing: ruff",
    );
    story.happens(Event::LandRefused { batch: 3, culprit: Some(id("B")), next: Vec::new(), subject, out: Vec::new() });
    insta::assert_snapshot!(screen(&told(&story, 0)), @r"
    0.0  run 20261120-1812-k3: specs/001-cart/tasks.md, 2 tasks, 1 layer; 4 agents at once; gates test
    1.0  A B  started
    3.0  merged layer 1  gate test fails: t.py:1 red together
    3.0  red together; tried apart: A | B
    3.0  A  landed    1 file, +1 -0
    4.0  merged layer 1  gate test could not check it: a program is missing: ruff
    4.0  B  refused: the merged tree is red with it; the others continue without it
    ");
}

#[test]
fn hostile_text_stays_text() {
    for title in HOSTILE {
        let mut story = Story::new(&[("A", title, &[]), ("B", title, &["A"])], &["test"]);
        let short: String = title.chars().take(60).collect();
        story.starts(&["A"]).commits("A", 1, 1, 0).gates("A", "test").says("A", "test", Verdict::Fail, &short);
        story.starts(&["A"]).fails("A", FailClass::Fatal, &short);
        story.happens(Event::Reconciled { what: short.clone(), found: short });
        let text = told(&story, 0);
        inert(&text);
        screen(&text);
    }
}

#[test]
fn a_notice_is_told_once_and_an_answer_only_where_something_was_asked() {
    let mut story = Story::new(&[("T1", "One", &[])], &[]);
    let notice = || Event::Noticed { attempt: None, what: "places cannot be shared".to_owned() };
    let yes =
        crate::journal::Answer { id: "plan".to_owned(), digest: None, yes: true, note: None, ..Default::default() };
    story.asks(Request::Answer(yes)).at(0.1).starts(&["T1"]).happens(notice()).at(1.0).happens(notice());
    let text = told(&story, 0);
    assert_eq!(text.matches("places cannot be shared").count(), 1, "{text}");
    assert!(!text.contains("approved"), "{text}");
}
