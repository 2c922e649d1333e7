use jiff::{SignedDuration, Timestamp};

use super::block::MAX_WARNINGS;
use super::lines::NAME;
use super::*;
use crate::journal::LeftOut;
use crate::model::{
    AgentDef, GateDef, GateKind, GatePhase, Place, Problem, Role, RolePool, RunOptions, Severity, Tdd, Why,
};
use crate::process::Bound;
use crate::report::WIDTH;
use crate::report::testing::{HOSTILE, inert, screen};
use crate::schedule::Expected;

fn gate(name: &str, run: &str, kind: GateKind, on: GatePhase, required: bool) -> GateDef {
    GateDef { run: run.into(), required, on, ..GateDef::new(name.parse().unwrap(), kind) }
}

fn shop() -> Beginning {
    let now: Timestamp = "2026-11-20T18:12:00Z".parse().unwrap();
    let claude = AgentDef { timeout: Some(1800), ..AgentDef::default() };
    Beginning {
        plan: "specs/001-cart/tasks.md".into(),
        kind: "spec-kit".into(),
        plan_uncommitted: false,
        tasks: 14,
        left_out: LeftOut::default(),
        edges: vec![(Why::Phase, 12), (Why::Order, 9), (Why::Files, 3)],
        layers: 5,
        speed_up: 2.4,
        expected: None,
        base_name: "main".into(),
        on_branch: true,
        base: "9f2c1ab000000000000000000000000000000000".parse().unwrap(),
        upstream: Some(UpstreamFacts {
            name: "origin/main".into(),
            ahead: 0,
            behind: 0,
            fetched: Some(now - SignedDuration::from_hours(2)),
        }),
        uncommitted: 3,
        agent: Some(AgentFacts { name: "claude".into(), version: Some("2.1.197".into()), found_beside: None }),
        scripts: 0,
        people: 0,
        loose: None,
        bound: Bound::Width,
        options: RunOptions {
            jobs: 4,
            checks: 2,
            agents: [("claude".to_owned(), claude)].into(),
            gates: vec![
                gate("tdd", "pytest", GateKind::Tdd, GatePhase::Both, true),
                gate("lint", "ruff check", GateKind::Command, GatePhase::Task, false),
            ],
            ..RunOptions::default()
        },
        gates_found: true,
        has_file: false,
        not_found: vec![("coverage".into(), "`pytest-cov` is missing (pip install pytest-cov)".into())],
        language: "Python".into(),
        slots: "../shop.orca".into(),
        slots_elsewhere: false,
        checkout: Some(90_000_000),
        copies: vec![".env".into()],
        setup_found: None,
        run: Some("20261120-1812-k3".parse().unwrap()),
        warnings: Vec::new(),
        now,
    }
}

#[test]
fn a_plan_for_a_coding_agent() {
    insta::assert_snapshot!(screen(&beginning(&shop(), WIDTH)), @r#"
    plan       specs/001-cart/tasks.md (spec-kit): 14 tasks, none done, none optional
    order      24 edges: 12 phase, 9 order, 3 files; 5 layers; at best 2.4x faster than one agent
    base       main 9f2c1ab, level with origin/main (fetched 2 h ago)
               3 uncommitted files in your checkout are not in it; the agents will not see them
    agent      claude 2.1.197, at most 4 at once (the plan never has more tasks ready)
               per task 30 min and 3 attempts, at most 42 in all; no spending limit (--budget-usd sets
               one)
               merging a conflict takes attempts of its own: at most 1 attempt each time
    sandbox    off: agents can write wherever you can
    gates      found for Python, since there is no orca.toml:
                 tdd   pytest, red before and green after
                 lint  ruff check, on tasks only, reported, never blocks
                 NOT checked: coverage: `pytest-cov` is missing (pip install pytest-cov)
    worktrees  ../shop.orca (4-8 slots, 2 more for gates, about 90 MB each); copies .env; no setup
               command configured
    result     branches orca/20261120-1812-k3/...; main and your checkout stay as they are
    "#);
}

#[test]
fn everything_that_can_be_odd() {
    let mut facts = shop();
    facts.plan_uncommitted = true;
    (facts.tasks, facts.left_out) = (9, LeftOut { done: 3, optional: 1, chosen: 1 });
    (facts.edges, facts.speed_up) = (Vec::new(), 1.0);
    facts.expected = Some(Expected { jobs: 4, minutes: 12.0, low: 9.0, high: 20.0, attempts: 31, tasks: Vec::new() });
    (facts.base_name, facts.on_branch, facts.uncommitted) = ("v1.2".into(), false, 1);
    facts.upstream = Some(UpstreamFacts { name: "origin/main".into(), ahead: 2, behind: 3, fetched: None });
    facts.agent = Some(AgentFacts { name: "codex".into(), version: None, found_beside: Some(vec!["aider".into()]) });
    (facts.scripts, facts.bound) = (4, Bound::Cpus);
    facts.options.gates.clear();
    facts.options.budget_usd = Some(10.0);
    facts.options.into = Some(("main".into(), "0".into()));
    facts.options.deploy = Some("make deploy-dev".into());
    facts.options.worktree.setup = Some("npm ci".into());
    facts.not_found = vec![("tests".into(), "there are no tests yet".into())];
    (facts.slots, facts.slots_elsewhere) = ("/home/ada/.cache/git-orca/shop-1f".into(), true);
    (facts.run, facts.checkout) = (None, None);
    let at = Place::new("tasks.md", 61);
    facts.warnings =
        vec![
            Problem::new(Severity::Warning, at, "T011 depends on T099, which is not in the plan", "write T009?");
            MAX_WARNINGS + 2
        ];
    insta::assert_snapshot!(screen(&beginning(&facts, WIDTH)), @r#"
    plan       specs/001-cart/tasks.md (spec-kit): 14 tasks, 9 to run; left out: 3 done, 1 optional, 1
               not asked for
               it is not committed; it works all the same
    order      no edges; 5 layers; every task waits for another: no faster than one agent
    time       about 12 min (9-20), learned from 31 attempts in this repository
    base       v1.2 9f2c1ab, 2 commits ahead of and 3 BEHIND origin/main
               1 uncommitted file in your checkout is not in it; the agents will not see it
    agent      codex for 5 tasks, script (each task's own `run` text) for 4, at most 4 at once (two for
               each processor)
               found in your PATH, since none is named; installed too: aider (--agent NAME)
               per task no time limit and 3 attempts; at most $10.00 in all
               merging a conflict takes attempts of its own: at most 1 attempt each time
    sandbox    off: agents can write wherever you can
    gates      none: nothing will be checked; to add gates: git orca init
               NOT checked: tests: there are no tests yet
    worktrees  /home/ada/.cache/git-orca/shop-1f (4-8 slots), since nothing can be written beside the
               repository; copies .env; setup: npm ci
    result     branches orca/<run>/...; your checkout stays as it is
               `main` moves to the result once everything has landed (--into)
               then, once everything has landed: make deploy-dev
    warning    tasks.md:61  T011 depends on T099, which is not in the plan; write T009?
    warning    tasks.md:61  T011 depends on T099, which is not in the plan; write T009?
    warning    tasks.md:61  T011 depends on T099, which is not in the plan; write T009?
    warning    tasks.md:61  T011 depends on T099, which is not in the plan; write T009?
    warning    tasks.md:61  T011 depends on T099, which is not in the plan; write T009?
    warning    tasks.md:61  T011 depends on T099, which is not in the plan; write T009?
    warning    tasks.md:61  T011 depends on T099, which is not in the plan; write T009?
    warning    tasks.md:61  T011 depends on T099, which is not in the plan; write T009?
               and 2 more: git orca plan
    "#);
}

#[test]
fn on_forty_columns_no_line_but_those_with_long_words_is_wider() {
    let text = crate::report::testing::plain(&beginning(&shop(), 40));
    for line in text.lines() {
        let longest = line.split_whitespace().map(str::len).max().unwrap_or(0);
        assert!(crate::report::words::display::width(line) <= 40.max(NAME + 10 + longest), "{line}");
    }
}

#[test]
fn hostile_names_stay_text() {
    for name in HOSTILE {
        let mut facts = shop();
        (facts.plan, facts.base_name) = ((*name).to_owned(), (*name).to_owned());
        facts.copies = vec![(*name).to_owned()];
        facts.options.gates[0].run = (*name).to_owned();
        inert(&beginning(&facts, WIDTH));
    }
}

#[test]
fn how_tests_are_made_is_told_where_it_is_asked_for() {
    let mut facts = shop();
    let row = |facts: &Beginning| {
        let text = crate::report::testing::plain(&beginning(facts, 200));
        text.lines()
            .find(|line| line.starts_with("tests "))
            .map(|line| line.trim_start_matches("tests").trim().to_owned())
    };
    assert_eq!(row(&facts), None);
    facts.options.tdd = Tdd::Single;
    assert_eq!(row(&facts).unwrap(), "single: one agent works test first; the tdd gate proves it");
    facts.options.tdd = Tdd::Staged;
    facts.options.roles.insert(Role::Test, RolePool { agent: Some("codex".into()), ..RolePool::default() });
    let staged = "staged: a fresh agent each for design, test (codex), code, refactor; the tdd gate proves it";
    assert_eq!(row(&facts).unwrap(), staged);
}

/// The screen with its line breaks as spaces.
fn one_line(facts: &Beginning) -> String {
    screen(&beginning(facts, 100)).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_another_reading_gains_and_the_dearest_it_can_get() {
    let mut facts = shop();
    facts.loose = Some(LooseFacts { speed_up: 4.7, silent: 9 });
    let shown = one_line(&facts);
    assert!(
        shown.contains("--loose would be 4.7x faster than one agent; against it: 9 tasks name no files"),
        "{shown}"
    );
    let mut most = |attempt: Option<f64>, task: Option<f64>| {
        facts.options.limits.attempt.usd = attempt;
        facts.options.limits.task.usd = task;
        let shown = one_line(&facts);
        shown.split("3 attempts").nth(1).unwrap().split(" (").next().unwrap().to_owned()
    };
    assert_eq!(most(None, None), ", at most 42 in all; no spending limit");
    assert_eq!(most(Some(2.0), None), "; at most $84.00 in all, by [limits]");
    assert_eq!(most(Some(2.0), Some(5.0)), "; at most $70.00 in all, by [limits]");
    assert_eq!(most(None, Some(5.0)), "; at most $70.00 in all, by [limits]");
}
