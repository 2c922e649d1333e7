//! A front that is no terminal begins a run through `start` alone.

use std::cell::{Cell, RefCell};

use git_orca::journal::{Answer, Request, RunOutcome};
use git_orca::report::live::progress::ProgressMode;
use git_orca::run;
use git_orca::settings::Flags;
use git_orca::start::begin::{Agreement, OpenedPlan, OverRun};
use git_orca::start::front::{Front, StartChoice, StartQuestion};
use git_orca::start::here::{Here, Refusal};
use serde_json::json;

use crate::support::{TestRepo, until};

/// Answers every question in one way, and remembers which were put.
#[derive(Default)]
struct DummyFront {
    answer: Cell<Option<StartChoice>>,
    asked: RefCell<Vec<String>>,
}

impl Front for DummyFront {
    fn tell(&self, text: &str) {
        self.asked.borrow_mut().push(format!("told {text}"));
    }

    fn ask(&self, question: &StartQuestion<'_>) -> Option<StartChoice> {
        let kind = match question {
            StartQuestion::Interrupted(it) => format!("{} of {} landed", it.landed, it.tasks),
            StartQuestion::SetUp(found) => format!("set up {}", found.command),
            StartQuestion::Begin { prepared, .. } => format!("begin {}", prepared.given.shown),
            StartQuestion::Trust(unseen) => format!("trust {}", unseen.new[0].key),
            StartQuestion::BaseRed(refused) => format!("base red {}", refused.join(" ")),
        };
        self.asked.borrow_mut().push(kind);
        self.answer.get().filter(|answer| question.choices().contains(answer))
    }

    fn is_read(&self) -> bool {
        true
    }
}

impl DummyFront {
    fn answers(&self, answer: Option<StartChoice>) -> &DummyFront {
        self.answer.set(answer);
        self.asked.borrow_mut().clear();
        self
    }

    /// The steps of a start, as any front takes them; nothing where nobody could be asked.
    fn begins(&self, here: &Here) -> Result<Option<OverRun>, Refusal> {
        let flags = Flags::default();
        let opened = OpenedPlan::read(here, self, &flags)?;
        assert_eq!(opened.interrupted(here, self, &flags)?, None);
        match opened.set_up(here, self, &flags)?.ready(here)?.agreed(here, self, &flags)? {
            Agreement::Agreed(run) => Ok(Some(run.drive(here, self, ProgressMode::Quiet)?)),
            Agreement::NobodyThere => Ok(None),
        }
    }
}

/// Says yes to the one task of the plan, as soon as that is asked.
fn approve_look() {
    let here = Here::find().unwrap();
    let asked = || here.run(None).is_ok_and(|(_, state)| state.unanswered().next().is_some());
    until("the task asks for a person", asked);
    let answer = Answer { id: "Look".to_owned(), yes: true, ..Answer::default() };
    let (paths, _) = here.run(None).unwrap();
    run::send(&here.store, here.repo.common_dir(), &paths, &Request::Answer(answer)).unwrap();
}

/// The front in a process of its own, whose environment is the test's.
#[test]
#[ignore = "the test below runs it"]
fn in_a_process_of_its_own() {
    let here = Here::find().unwrap();
    let front = DummyFront::default();
    assert!(front.answers(None).begins(&here).unwrap().is_none(), "nobody could be asked");
    assert_eq!(*front.asked.borrow(), ["begin tasks.json"]);
    let no = front.answers(Some(StartChoice::No)).begins(&here).unwrap_err();
    assert!(matches!(&no, Refusal::Error(why) if why.cause == "cancelled; nothing was started"), "{no:?}");
    let answering = std::thread::spawn(approve_look);
    let over = front.answers(Some(StartChoice::Yes)).begins(&here).unwrap();
    answering.join().unwrap();
    assert_eq!(over.map(|(outcome, _)| outcome), Some(RunOutcome::Done));
    assert_eq!(*front.asked.borrow(), ["begin tasks.json", "trust .worktreeinclude"]);
}

#[test]
fn a_second_front_begins_a_run_by_the_same_questions() {
    let bed = TestRepo::new();
    bed.write(".worktreeinclude", "*.secret\n");
    bed.plan(json!([{"id": "Look", "kind": "approval"}]));
    bed.commit("plan");
    let this = std::env::current_exe().unwrap();
    let mut command = bed.command(this.to_str().unwrap());
    command.current_dir(bed.repo()).args(["--ignored", "--exact", "fronts::in_a_process_of_its_own"]);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    assert_eq!(bed.standings(), "Look landed");
    assert!(bed.paths().root().join("report.json").exists(), "its report is left");
    bed.orca(&["trust", "--list"]).exits(0);
}

/// As above, where the project's lock file gives a setup command away.
#[test]
#[ignore = "the test below runs it"]
fn offered_what_a_lock_file_names() {
    let here = Here::find().unwrap();
    let front = DummyFront::default();
    let no = front.answers(Some(StartChoice::No)).begins(&here).unwrap_err();
    assert!(matches!(&no, Refusal::Error(why) if why.cause == "cancelled; nothing was started"), "{no:?}");
    assert_eq!(*front.asked.borrow(), ["set up npm ci", "begin tasks.json"], "no is no, and is asked again");
    let answering = std::thread::spawn(approve_look);
    let over = front.answers(Some(StartChoice::Yes)).begins(&here).unwrap();
    answering.join().unwrap();
    // No gate can be started from here: this program is no launcher.
    assert!(over.is_some());
    assert_eq!(*front.asked.borrow(), ["set up npm ci", "begin tasks.json", "trust file package.json scripts"]);
}

/// A project whose tests pass only where `npm ci` was run.
fn with_lock_file() -> TestRepo {
    let bed = TestRepo::new();
    let npm =
        "#!/bin/sh\ncase $1 in\nci) note npm \"$PWD\"; mkdir -p node_modules;;\ntest) test -d node_modules;;\nesac\n";
    bed.program("npm", npm);
    bed.write("package.json", r#"{"scripts": {"test": "check"}, "devDependencies": {"check": "1.0.0"}}"#);
    bed.write("package-lock.json", r#"{"lockfileVersion": 3, "packages": {}}"#);
    bed.write(".gitignore", "node_modules/\n");
    bed
}

#[test]
fn a_setup_command_is_offered_once_and_never_run_unasked() {
    let work = json!([{"id": "A", "run": "put a.js 'export const a = 1;'"}]);
    let bed = with_lock_file();
    bed.plan(work.clone());
    bed.commit("plan");
    bed.orca(&["execute", "--yes", "--new"]).exits(0).says(&["NOT checked: npm test", "but `npm ci` seems"]);
    assert_eq!(bed.notes("npm"), Vec::<String>::new(), "--yes trusts what the repository says, which is not this");
    let bed = with_lock_file();
    bed.plan(json!([{"id": "Look", "kind": "approval"}]));
    bed.commit("plan");
    let this = std::env::current_exe().unwrap();
    let mut command = bed.command(this.to_str().unwrap());
    command.current_dir(bed.repo()).args(["--ignored", "--exact", "fronts::offered_what_a_lock_file_names"]);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    // The program itself does the work: whoever stands for a front here is no launcher of agents.
    bed.plan(work);
    bed.commit("another plan");
    bed.orca(&["execute", "--yes", "--new"]).exits(0);
    assert!(!bed.notes("npm").is_empty(), "it ran in the worktrees");
    let report = bed.orca(&["report", "--json"]).stdout;
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let gates = report["tasks"][0]["gates"].to_string();
    assert!(gates.contains("pass") && gates.contains("\"test"), "the tests have judged it: {gates}");
    bed.orca(&["trust", "--list"]).exits(0).answers(&["worktree.setup", "npm ci"]);
}
