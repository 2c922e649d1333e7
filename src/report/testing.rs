//! Runs told entry by entry, for the tests of the screens: fixed times, real folding.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::journal::{
    AttemptOutcome, BatchPhase, Conflict, ConflictPath, Entry, Event, FailClass, Head, Host, Intended, LandedTask,
    PlanRef, Request, RunOutcome, RunStarted, RunState, Subject,
};
use crate::model::{
    AttemptId, ConflictOptions, Edge, Finding, GateDef, GateKind, Oid, Place, RunOptions, Task, TaskId, Usage, Verdict,
    Why,
};
use crate::report::words::display::width;

/// Titles that try to lie; every screen is tested with them.
pub(crate) const HOSTILE: [&str; 4] =
    ["\x1b[31mred\x1b[0m \x07bell", "\u{202e}desrever\u{2066} \u{200b}zero", "two\nlines\r\x08 and a \u{9b}31m", LONG];

/// 500 characters without a space.
const LONG: &str = match std::str::from_utf8(&[b'x'; 500]) {
    Ok(text) => text,
    Err(_) => "",
};

/// Text without colours.
pub(crate) fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

/// [`plain`] text that fits into [`WIDTH`](crate::report::WIDTH) columns.
pub(crate) fn screen(text: &str) -> String {
    let text = plain(text);
    for line in text.lines() {
        assert!(width(line) <= crate::report::WIDTH, "{} columns: {line}", width(line));
        assert_eq!(line, line.trim_end(), "spaces at the end");
    }
    text
}

/// Checks that a text of ours holds nothing that could act on a terminal.
pub(crate) fn inert(text: &str) {
    let text = plain(text);
    let bad = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{200b}' | '\u{202e}' | '\u{2066}');
    assert!(!text.chars().any(bad), "{text:?}");
    assert!(!text.contains(LONG), "a title of 500 characters was not cut");
}

pub(crate) fn id(task: &str) -> TaskId {
    task.parse().unwrap()
}

pub(crate) fn oid(n: u64) -> Oid {
    format!("{:07x}{n:033x}", 0x9f2_c1ab + n * 0x111).parse().unwrap()
}

/// A run, told in order.
pub(crate) struct Story {
    pub(crate) entries: Vec<Entry>,
    clock: Timestamp,
    made: u64,
    slots: u32,
}

/// A task of a story: id, title, dependencies.
pub(crate) type Line<'a> = (&'a str, &'a str, &'a [&'a str]);

pub(crate) fn gate(name: &str) -> GateDef {
    GateDef { run: "true".into(), timeout: 60, ..GateDef::new(name.parse().unwrap(), GateKind::Command) }
}

pub(crate) fn task(line: &Line<'_>, n: usize) -> Task {
    let at = Place::new("tasks.md", n as u32 + 3);
    let edge = |after: &&str| Edge { task: id(after), why: Why::Explicit, at: at.clone() };
    Task {
        id: id(line.0),
        key: line.0.into(),
        title: line.1.into(),
        kind: Default::default(),
        done: false,
        optional: false,
        after: line.2.iter().map(edge).collect(),
        at,
        group: String::new(),
        files: Vec::new(),
        needs: BTreeMap::new(),
        run: None,
        details: String::new(),
        acceptance: Vec::new(),
        named: crate::model::Named::default(),
        estimate: None,
        priority: 50,
        agent: None,
        model: None,
        role: None,
        candidates: None,
        labels: Vec::new(),
        pick: None,
    }
}

fn layers(tasks: &[Task]) -> Vec<u32> {
    let mut layers: BTreeMap<&TaskId, u32> = BTreeMap::new();
    for task in tasks {
        let below = task.after.iter().map(|edge| layers[&edge.task]).max().unwrap_or(0);
        layers.insert(&task.id, below + 1);
    }
    tasks.iter().map(|task| layers[&task.id]).collect()
}

/// 18:12:00 UTC on a day in 2026.
pub(crate) fn begin() -> Timestamp {
    "2026-11-20T18:12:00Z".parse().unwrap()
}

pub(crate) fn options(gates: &[&str]) -> RunOptions {
    RunOptions {
        jobs: 4,
        agent: "claude".into(),
        gates: gates.iter().map(|name| gate(name)).collect(),
        // Stories tell what people do: what clashes is theirs.
        conflicts: ConflictOptions { resolve: Vec::new(), ..ConflictOptions::default() },
        ..RunOptions::default()
    }
}

pub(crate) fn info(lines: &[Line<'_>], options: RunOptions) -> RunStarted {
    let tasks: Vec<Task> = lines.iter().enumerate().map(|(n, line)| task(line, n)).collect();
    RunStarted {
        unread: Vec::new(),
        format: 1,
        run: "20261120-1812-k3".parse().unwrap(),
        version: "0.1.0".into(),
        host: Host { host: "here".into(), pid: 4121, start: 1, boot: "b".into(), space: String::new() },
        plan: PlanRef {
            path: "specs/001-cart/tasks.md".into(),
            paths: Vec::new(),
            kind: "spec-kit".into(),
            digest: String::new(),
        },
        base: oid(0),
        base_tree: oid(1_000),
        base_name: "main".into(),
        layers: layers(&tasks),
        tasks,
        barriers: Vec::new(),
        left_out: Default::default(),
        slots: "../shop.orca".into(),
        marked: Vec::new(),
        left_alone: Vec::new(),
        not_chosen: Vec::new(),
        reading: None,
        tree: String::new(),
        expected: Vec::new(),
        options,
    }
}

impl Story {
    /// A run of these tasks with these gates, all required.
    pub(crate) fn new(lines: &[Line<'_>], gates: &[&str]) -> Story {
        Story::of(info(lines, options(gates)))
    }

    pub(crate) fn of(info: RunStarted) -> Story {
        let mut story = Story { entries: Vec::new(), clock: begin(), made: 0, slots: 0 };
        story.happens(Event::RunStarted(Box::new(info)));
        story
    }

    pub(crate) fn state(&self) -> RunState {
        RunState::replay(&self.entries).unwrap()
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Sets the clock, seconds from the beginning.
    pub(crate) fn at(&mut self, seconds: f64) -> &mut Story {
        self.clock = begin() + SignedDuration::from_millis((seconds * 1000.0) as i64);
        self
    }

    pub(crate) fn happens(&mut self, event: Event) -> &mut Story {
        let seq = self.entries.len() as u64 + 1;
        self.entries.push(Entry { seq, at: self.clock, event });
        self
    }

    fn fresh(&mut self) -> Oid {
        self.made += 1;
        oid(self.made)
    }

    fn last(&self, task: &str) -> AttemptId {
        let n = self.state().task(&id(task)).unwrap().attempts.len() as u32;
        AttemptId { task: id(task), n }
    }

    pub(crate) fn starts(&mut self, tasks: &[&str]) -> &mut Story {
        for task in tasks {
            let n = self.last(task).n + 1;
            self.slots += 1;
            let (attempt, slot) = (AttemptId { task: id(task), n }, format!("a{}", self.slots));
            let head = self.state().top().commit.clone();
            self.happens(Event::AttemptIntended(Box::new(Intended {
                attempt,
                agent: "claude".into(),
                provider: String::new(),
                model: None,
                role: Default::default(),
                slot,
                base: head.clone(),
                start: head,
                resume: None,
                reserved: Default::default(),
                merge: None,
                candidate: None,
                rival: None,
            })));
        }
        self
    }

    fn ends(&mut self, task: &str, outcome: AttemptOutcome) -> &mut Story {
        let attempt = self.last(task);
        self.happens(Event::AttemptEnded { attempt, outcome, seconds: 1.0, salvage: None, max_rss: 0, cpu: 0.0 })
    }

    pub(crate) fn commits(&mut self, task: &str, files: u32, added: u32, removed: u32) -> &mut Story {
        let (commit, tree) = (self.fresh(), self.fresh());
        self.ends(
            task,
            AttemptOutcome::Committed { commit, tree, files, added, removed, leftovers: false, note: String::new() },
        )
    }

    pub(crate) fn fails(&mut self, task: &str, class: FailClass, reason: &str) -> &mut Story {
        self.ends(task, AttemptOutcome::Failed { class, reason: reason.into() })
    }

    pub(crate) fn uses(&mut self, task: &str, tokens: u64, usd: f64) -> &mut Story {
        let attempt = self.last(task);
        self.happens(Event::UsageSeen { attempt, delta: Usage { input: tokens, output: 0, cached: 0, usd } })
    }

    pub(crate) fn checks(&mut self, subject: Subject, gate: &str) -> &mut Story {
        let (commit, slot) = (oid(0), "g1".into());
        self.happens(Event::CheckIntended { subject, gate: gate.parse().unwrap(), commit, slot, ask: None })
    }

    pub(crate) fn gates(&mut self, task: &str, gate: &str) -> &mut Story {
        let subject = Subject::Attempt(self.last(task));
        self.checks(subject, gate)
    }

    pub(crate) fn judges(&mut self, subject: Subject, gate: &str, verdict: Verdict, words: &str) -> &mut Story {
        let tree = self.tree(&subject);
        let located = words.split_once(": ").and_then(|(place, message)| Some((place.split_once(':')?, message)));
        let finding = located.map(|((file, line), message)| Finding {
            file: file.into(),
            line: line.parse().unwrap(),
            rule: String::new(),
            message: message.into(),
            advice: String::new(),
        });
        self.happens(Event::Judged {
            subject,
            gate: gate.parse().unwrap(),
            tree,
            verdict,
            reason: words.into(),
            findings: finding.into_iter().collect(),
            seconds: 0.5,
            cached: false,
            log: format!("logs/gate-{gate}.log"),
            measured: Default::default(),
        })
    }

    /// The tree that a subject is about.
    fn tree(&mut self, subject: &Subject) -> Oid {
        let state = self.state();
        let heads = match state.batch.map(|batch| batch.phase) {
            Some(BatchPhase::Checking { heads, .. }) => heads,
            _ => Vec::new(),
        };
        match subject {
            Subject::Batch { layer, .. } => heads.into_iter().find(|head| head.layer == *layer).unwrap().tree,
            Subject::Layer { layer, .. } => state.heads[layer].tree.clone(),
            Subject::Base(_) => state.info.base_tree.clone(),
            Subject::Attempt(_) | Subject::Phase(_) | Subject::Final(_) | Subject::Commit(_) => self.fresh(),
        }
    }

    /// The gate speaks about the latest attempt; words of the form `file:line: message` become a finding.
    pub(crate) fn says(&mut self, task: &str, gate: &str, verdict: Verdict, words: &str) -> &mut Story {
        let subject = Subject::Attempt(self.last(task));
        self.judges(subject, gate, verdict, words)
    }

    pub(crate) fn merges(&mut self, tasks: &[&str], rules: &[&str]) -> u32 {
        let batch = self.state().batches + 1;
        self.happens(Event::MergeIntended {
            batch,
            tasks: tasks.iter().map(|task| id(task)).collect(),
            without: Vec::new(),
        });
        let state = self.state();
        let mut heads: BTreeMap<u32, Head> = BTreeMap::new();
        let mut landed = Vec::new();
        for task in tasks {
            let layer = state.info.layers[state.index(&id(task)).unwrap()];
            let (commit, tree) = (self.fresh(), self.fresh());
            heads.insert(layer, Head { layer, commit: commit.clone(), tree });
            let rules = rules.iter().map(|rule| (*rule).to_owned()).collect();
            landed.push(LandedTask { task: id(task), commit: Some(commit), rules });
        }
        self.happens(Event::Merged { batch, heads: heads.into_values().collect(), landed, conflicts: Vec::new() });
        batch
    }

    pub(crate) fn lands(&mut self, tasks: &[&str]) -> &mut Story {
        self.lands_by(tasks, &[])
    }

    pub(crate) fn lands_by(&mut self, tasks: &[&str], rules: &[&str]) -> &mut Story {
        let batch = self.merges(tasks, rules);
        for gate in self.state().info.options.gates.clone() {
            let layer = self.state().info.layers[self.state().index(&id(tasks[0])).unwrap()];
            let subject = Subject::Batch { batch, layer };
            self.checks(subject.clone(), gate.name.as_str());
            self.judges(subject, gate.name.as_str(), Verdict::Pass, "");
        }
        self.happens(Event::LandIntended { batch });
        self.happens(Event::Landed { batch, held_back: Vec::new() })
    }

    pub(crate) fn conflicts(&mut self, task: &str, with: &[&str], paths: &[(&str, &str)]) -> &mut Story {
        let batch = self.state().batches + 1;
        self.happens(Event::MergeIntended { batch, tasks: vec![id(task)], without: Vec::new() });
        let layer = self.state().info.layers[self.state().index(&id(task)).unwrap()];
        let path = |(path, lines): &(&str, &str)| ConflictPath {
            path: (*path).into(),
            kind: "contents".into(),
            lines: (*lines).into(),
        };
        let paths = paths.iter().map(path).collect();
        let conflict =
            Conflict { task: id(task), layer, with: with.iter().map(|with| id(with)).collect(), paths, tried: vec![] };
        self.happens(Event::Merged { batch, heads: Vec::new(), landed: Vec::new(), conflicts: vec![conflict] })
    }

    pub(crate) fn asks(&mut self, request: Request) -> &mut Story {
        let message = format!("m{}", self.entries.len());
        self.happens(Event::Requested { message, request })
    }

    pub(crate) fn finishes(&mut self, outcome: RunOutcome) -> &mut Story {
        self.happens(Event::RunFinished { outcome })
    }

    /// One task from start to landing, with all gates passing; `length` seconds in all.
    pub(crate) fn done(&mut self, task: &str, from: f64, length: f64) -> &mut Story {
        self.at(from).starts(&[task]).at(from + length - 0.5).commits(task, 3, 64, 2);
        for gate in self.state().info.options.gates.clone() {
            self.gates(task, gate.name.as_str()).at(from + length).says(task, gate.name.as_str(), Verdict::Pass, "");
        }
        self.lands(&[task])
    }
}

/// A run in which most things that can go wrong have: of ten tasks five landed, one failed, one clashes, one is
/// blocked, one runs, one is being judged.
pub(crate) fn wreck() -> Story {
    let tasks: &[Line<'_>] = &[
        ("T001", "Create the package layout", &[]),
        ("T002", "Cart model", &["T001"]),
        ("T003", "Tax rules", &["T001"]),
        ("T004", "Order history", &["T001"]),
        ("T005", "Totals", &["T002"]),
        ("T006", "Discount codes", &["T003"]),
        ("T007", "Export orders as CSV", &["T004"]),
        ("T008", "Import orders from CSV", &["T007"]),
        ("T009", "Receipts by mail", &["T003"]),
        ("T010", "Admin pages", &["T004"]),
    ];
    let mut story = Story::new(tasks, &["test", "review"]);
    story.done("T001", 0.0, 52.0).done("T002", 52.0, 102.0).done("T003", 52.0, 140.0);
    story.at(52.0).starts(&["T004"]).at(150.0).commits("T004", 4, 121, 8).uses("T004", 900_000, 1.48);
    story.gates("T004", "test").gates("T004", "review").at(151.0).says("T004", "test", Verdict::Pass, "");
    story.says("T004", "review", Verdict::Pass, "").lands_by(&["T004"], &["union CHANGELOG.md"]);
    story.done("T005", 155.0, 80.0);
    story.at(200.0).starts(&["T006"]).at(300.0).commits("T006", 3, 41, 12);
    for gate in ["test", "review"] {
        story.gates("T006", gate).at(301.0).says("T006", gate, Verdict::Pass, "");
    }
    story.conflicts("T006", &["T005"], &[("shop/cart.py", "41-58"), ("shop/models.py", "7-9")]);
    for at in [210.0, 250.0, 300.0] {
        story.at(at).starts(&["T007"]).at(at + 30.0).commits("T007", 2, 88, 3);
        story.gates("T007", "test").gates("T007", "review").says("T007", "review", Verdict::Pass, "");
        story.says(
            "T007",
            "test",
            Verdict::Fail,
            "tests/test_export.py:19: passes without the change, so it proves nothing",
        );
    }
    story
        .at(340.0)
        .starts(&["T009", "T010"])
        .at(400.0)
        .commits("T010", 5, 70, 0)
        .gates("T010", "test")
        .gates("T010", "review");
    story.at(410.0).says("T010", "review", Verdict::Unchecked, "a program is missing: ruff");
    story
}
