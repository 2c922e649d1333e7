//! What a person should know before a run begins (TRANSCRIPTS b).

use jiff::Timestamp;

use super::display::{clip, hang, safe};
use super::measure::{self, few, plural, seconds};
use super::style::{self, paint};
use crate::journal::LeftOut;
use crate::model::{GateDef, GatePhase, Oid, Problem, RunId, RunOptions, ScheduleMode, Why};
use crate::process::Bound;
use crate::schedule::Expected;

/// The facts, as data.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// The plan's path.
    pub plan: String,
    /// Its format.
    pub kind: String,
    /// Whether the plan itself is among the uncommitted files.
    pub plan_uncommitted: bool,
    /// Tasks that run.
    pub tasks: usize,
    /// Tasks that do not.
    pub left_out: LeftOut,
    /// Edges by origin, those that occur.
    pub edges: Vec<(Why, usize)>,
    /// Layers.
    pub layers: u32,
    /// How many times faster than one agent the best schedule on these places is, by the estimates.
    pub speed_up: f64,
    /// How long it will take, where earlier runs tell.
    pub expected: Option<Expected>,
    /// The base as named.
    pub base_name: String,
    /// Whether that is a branch.
    pub on_branch: bool,
    /// The base.
    pub base: Oid,
    /// The base branch's upstream.
    pub upstream: Option<Upstream>,
    /// Uncommitted files of the checkout, the plan not counted.
    pub uncommitted: usize,
    /// Who does tasks without `run` text; none when every task has one.
    pub agent: Option<Agent>,
    /// Tasks with their own `run` text.
    pub scripts: usize,
    /// Tasks that only a person can do.
    pub people: usize,
    /// What decided how many agents run at once.
    pub bound: Bound,
    /// Frozen options.
    pub options: RunOptions,
    /// Whether gates were looked for because none are configured.
    pub gates_found: bool,
    /// Whether there is an `orca.toml`.
    pub has_file: bool,
    /// What is not checked, and how to get it.
    pub not_found: Vec<(String, String)>,
    /// The project's languages in words.
    pub language: String,
    /// Folder of the worktrees, as shown.
    pub slots: String,
    /// Whether that is not beside the repository because nothing can be written there.
    pub slots_elsewhere: bool,
    /// Bytes of a checkout; none when git could not tell.
    pub checkout: Option<u64>,
    /// Patterns of files that are copied.
    pub copies: Vec<String>,
    /// The set-up command that a fresh worktree seems to need, where none is set.
    pub setup_found: Option<String>,
    /// The run's id; none when nothing will be started.
    pub run: Option<RunId>,
    /// Warnings.
    pub warnings: Vec<Problem>,
    /// The moment.
    pub now: Timestamp,
}

/// The base branch's upstream.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// Its short name.
    pub name: String,
    /// Commits it lacks.
    pub ahead: usize,
    /// Commits it has and the base has not.
    pub behind: usize,
    /// When it was last fetched, if that is known.
    pub fetched: Option<Timestamp>,
}

/// The agent of tasks without `run` text.
#[derive(Debug, Clone)]
pub struct Agent {
    /// Its name.
    pub name: String,
    /// Its program's version, where it says one.
    pub version: Option<String>,
    /// Installed agents that could do it too, when nobody named this one and it was found.
    pub found_beside: Option<Vec<String>>,
}

/// Warnings shown; the rest is counted.
const MAX_WARNINGS: usize = 8;
/// Columns of a path or name: more than any that is meant to be read.
const LONGEST: usize = 200;
/// Columns of the names on the left.
const NAME: usize = 11;

/// The block, without a final newline.
pub fn beginning(facts: &Beginning, columns: usize) -> String {
    let mut block = Block { text: String::new(), columns };
    plan(facts, &mut block);
    base(facts, &mut block);
    agents(facts, &mut block);
    gates(facts, &mut block);
    worktrees(facts, &mut block);
    result(facts, &mut block);
    for problem in facts.warnings.iter().take(MAX_WARNINGS) {
        let hint = if problem.hint.is_empty() { String::new() } else { format!("; {}", safe(&problem.hint)) };
        let at =
            if problem.at.file.is_empty() { String::new() } else { format!("{}  ", safe(&problem.at.to_string())) };
        block.row("warning", &format!("{at}{}{hint}", safe(&problem.what)));
    }
    if facts.warnings.len() > MAX_WARNINGS {
        block.row("", &format!("and {} more: git orca plan", facts.warnings.len() - MAX_WARNINGS));
    }
    block.text.trim_end().to_owned()
}

/// Lines with a name on the left.
struct Block {
    text: String,
    columns: usize,
}

impl Block {
    fn row(&mut self, name: &str, text: &str) {
        let head = format!("{}{:space$}", paint(style::DIM, name), "", space = NAME - name.len().min(NAME - 1));
        self.text.push_str(&hang(&head, text, self.columns));
        self.text.push('\n');
    }
}

fn plan(facts: &Beginning, block: &mut Block) {
    let LeftOut { done, optional, chosen } = facts.left_out;
    let all = facts.tasks + (done + optional + chosen) as usize;
    let out = [(done, "done"), (optional, "optional"), (chosen, "not asked for")];
    let mut said = plural(all, "task");
    if facts.tasks == all {
        said.push_str(", none done, none optional");
    } else {
        let out: Vec<String> = out.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
        said.push_str(&format!(", {} to run; left out: {}", facts.tasks, out.join(", ")));
    }
    block.row("plan", &format!("{} ({}): {said}", clip(&facts.plan, LONGEST), safe(&facts.kind)));
    if facts.plan_uncommitted {
        block.row("", "it is not committed; it works all the same");
    }
    let total: usize = facts.edges.iter().map(|(_, n)| n).sum();
    let kinds: Vec<String> =
        facts.edges.iter().map(|(why, n)| format!("{} {}", measure::count(*n as u64), origin(*why))).collect();
    let edges = match facts.edges.len() {
        0 => "no edges".to_owned(),
        _ => format!("{}: {}", plural(total, "edge"), kinds.join(", ")),
    };
    let gain = match facts.speed_up {
        x if x < 1.05 => "every task waits for another: no faster than one agent".to_owned(),
        x => format!("at best {x:.1}x faster than one agent"),
    };
    block.row("order", &format!("{edges}; {}; {gain}", plural(facts.layers as usize, "layer")));
    if let Some(it) = &facts.expected {
        let time = measure::about(it.low * 60.0, it.minutes * 60.0, it.high * 60.0);
        let attempts = plural(it.attempts as usize, "attempt");
        block.row("time", &format!("{time}, learned from {attempts} in this repository"));
    }
}

fn origin(why: Why) -> &'static str {
    match why {
        Why::Explicit => "written",
        Why::Order => "order",
        Why::Phase => "phase",
        Why::Files => "files",
        Why::Wave => "wave",
        Why::User => "yours",
        Why::Data => "data",
        Why::Tests => "tests",
    }
}

fn base(facts: &Beginning, block: &mut Block) {
    let at = format!("{} {}", clip(&facts.base_name, LONGEST), facts.base.short());
    let commits = |n: usize| plural(n, "commit");
    let far = facts.upstream.as_ref().map(|up| {
        let name = safe(&up.name);
        let fetched = up.fetched.map(|at| format!(" (fetched {} ago)", measure::duration(seconds(at, facts.now))));
        let fetched = fetched.unwrap_or_default();
        match (up.ahead, up.behind) {
            (0, 0) => format!(", level with {name}{fetched}"),
            (ahead, 0) => format!(", {} ahead of {name}{fetched}", commits(ahead)),
            (0, behind) => format!(", {} BEHIND {name}{fetched}: git pull, or --base {name}", commits(behind)),
            (ahead, behind) => format!(", {} ahead of and {behind} BEHIND {name}{fetched}", commits(ahead)),
        }
    });
    block.row("base", &format!("{at}{}", far.unwrap_or_default()));
    match facts.uncommitted {
        0 => {}
        1 => block.row("", "1 uncommitted file in your checkout is not in it; the agents will not see it"),
        n => block
            .row("", &format!("{n} uncommitted files in your checkout are not in it; the agents will not see them")),
    }
}

fn agents(facts: &Beginning, block: &mut Block) {
    let at_once = match facts.options.schedule {
        ScheduleMode::Sequential => "one at a time".to_owned(),
        ScheduleMode::Layered => format!("at most {} at once, layer by layer", facts.options.jobs),
        ScheduleMode::Ready => format!("at most {} at once{}", facts.options.jobs, decided(facts)),
    };
    let script = "script (each task's own `run` text)";
    let who = match &facts.agent {
        None => script.to_owned(),
        Some(agent) => {
            let version = agent.version.as_ref().map(|version| format!(" {}", safe(version))).unwrap_or_default();
            let name = format!("{}{version}", safe(&agent.name));
            let others = facts.tasks.saturating_sub(facts.scripts + facts.people);
            if facts.scripts == 0 {
                name
            } else {
                format!("{name} for {}, {script} for {}", plural(others, "task"), facts.scripts)
            }
        }
    };
    block.row("agent", &format!("{who}, {at_once}"));
    if facts.people > 0 {
        let answer = "git orca approve, from any terminal";
        block.row("", &format!("{} only you can do: the run waits for {answer}", plural(facts.people, "task")));
    }
    if let Some(beside) = facts.agent.as_ref().and_then(|agent| agent.found_beside.as_ref()) {
        let others = if beside.is_empty() {
            "another one: --agent NAME".to_owned()
        } else {
            format!("installed too: {} (--agent NAME)", few(beside, 5))
        };
        block.row("", &format!("found in your PATH, since none is named; {others}"));
    }
    block.row("", &limits(facts));
    block.row("sandbox", &safe(&facts.options.sandbox.about()));
}

fn decided(facts: &Beginning) -> &'static str {
    match facts.bound {
        Bound::Width => " (the plan is never wider)",
        Bound::Cpus => " (two for each processor)",
        Bound::Memory => " (memory for no more)",
        Bound::Default => " (more with -j)",
        Bound::Asked | Bound::Most => "",
    }
}

fn limits(facts: &Beginning) -> String {
    let options = &facts.options;
    let name = facts.agent.as_ref().map_or("script", |agent| agent.name.as_str());
    let time = options.agents.get(name).and_then(|def| def.timeout);
    let time = time.map_or("no time limit".to_owned(), |seconds| measure::duration(seconds as f64));
    if facts.agent.is_none() {
        return format!("per task {time} and 1 attempt");
    }
    let attempts = match facts.options.attempts {
        1 => "1 attempt".to_owned(),
        n => format!("{n} attempts"),
    };
    let mut text = format!("per task {time} and {attempts}; ");
    match (options.budget_usd, options.budget_tokens) {
        (None, None) => text.push_str("money: no limit (set one with --budget-usd)"),
        (usd, tokens) => {
            let usd = usd.map(|most| format!("at most {}", measure::dollars(most)));
            let tokens = tokens.map(|most| format!("at most {} tokens", measure::rough(most)));
            text.push_str(&[usd, tokens].into_iter().flatten().collect::<Vec<_>>().join(", "));
            text.push_str(" in all");
        }
    }
    text
}

fn gates(facts: &Beginning, block: &mut Block) {
    let gates = &facts.options.gates;
    let languages = if facts.language.is_empty() { "this repository" } else { &facts.language };
    let indent = if gates.is_empty() { "" } else { "  " };
    match (gates.is_empty(), facts.gates_found) {
        (true, _) => block.row(
            "gates",
            &format!(
                "none: {}; git orca init writes an orca.toml to put some in",
                paint(style::WARN, "nothing will be checked")
            ),
        ),
        (false, true) => {
            let since = if facts.has_file { "orca.toml names none" } else { "there is no orca.toml" };
            block.row("gates", &format!("found for {languages}, since {since}:"));
        }
        (false, false) => block.row("gates", "from orca.toml:"),
    }
    let wide = gates.iter().map(|gate| gate.name.as_str().len()).max().unwrap_or(0);
    for gate in gates {
        let name = gate.name.as_str();
        let head = format!("{:NAME$}  {name:wide$}  ", "");
        block.text.push_str(&hang(&head, &judges(gate), block.columns));
        block.text.push('\n');
    }
    let head = format!("{:NAME$}{indent}", "");
    for (what, how) in &facts.not_found {
        let line = format!("{} {}: {}", paint(style::WARN, "NOT checked:"), safe(what), safe(how));
        block.text.push_str(&hang(&head, &line, block.columns));
        block.text.push('\n');
    }
}

/// What a gate runs, on what, and whether it blocks.
fn judges(gate: &GateDef) -> String {
    let looks_at = super::gate_text(gate);
    let on = match gate.on {
        GatePhase::Task => "on tasks only",
        GatePhase::Merged => "on merged trees only",
        GatePhase::Both => "",
        GatePhase::Final => "on the result only",
    };
    let optional = if gate.required { "" } else { "reported, never blocks" };
    let parts = [looks_at, on.to_owned(), optional.to_owned()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

fn worktrees(facts: &Beginning, block: &mut Block) {
    let options = &facts.options;
    let size = facts.checkout.map(|bytes| format!(", about {} each", measure::bytes(bytes))).unwrap_or_default();
    let gates = if options.gates.is_empty() { 0 } else { options.checks.min(options.jobs.max(1)) };
    let for_gates = if gates == 0 { String::new() } else { format!(", {gates} more for gates") };
    let mut text = format!("{} ({}{for_gates}{size})", safe(&facts.slots), plural(options.jobs as usize, "slot"));
    if facts.slots_elsewhere {
        text.push_str(", since the folder beside the repository cannot be written");
    }
    if !facts.copies.is_empty() {
        let copies: Vec<String> = facts.copies.iter().map(|pattern| clip(pattern, LONGEST)).collect();
        text.push_str(&format!("; copies {}", few(&copies, 5)));
    }
    match (&options.worktree.setup, &facts.setup_found) {
        (Some(setup), _) => text.push_str(&format!("; set-up: {}", safe(setup.trim()))),
        (None, Some(found)) => {
            text.push_str(&format!("; no set-up, but `{}` seems needed: git orca init", safe(found)))
        }
        (None, None) => text.push_str("; no set-up command known"),
    }
    block.row("worktrees", &text);
}

fn result(facts: &Beginning, block: &mut Block) {
    let run = facts.run.as_ref().map_or("<run>".to_owned(), ToString::to_string);
    let yours = if facts.on_branch { clip(&facts.base_name, LONGEST) } else { "your branches".to_owned() };
    match &facts.options.into {
        None => block.row("result", &format!("branches orca/{run}/...; {yours} and your checkout stay as they are")),
        Some((branch, _)) => {
            block.row("result", &format!("branches orca/{run}/...; your checkout stays as it is"));
            block.row("", &format!("`{}` moves to the result when everything landed (--into)", safe(branch)));
        }
    }
    if let Some(deploy) = &facts.options.deploy {
        block.row("", &format!("then, when everything landed: {}", safe(deploy.trim())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AgentDef, GateKind, Place, Severity};
    use crate::report::WIDTH;
    use crate::report::testing::{HOSTILE, inert, screen};
    use jiff::SignedDuration;

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
            base_name: "main".into(),
            on_branch: true,
            base: "9f2c1ab000000000000000000000000000000000".parse().unwrap(),
            upstream: Some(Upstream {
                name: "origin/main".into(),
                ahead: 0,
                behind: 0,
                fetched: Some(now - SignedDuration::from_hours(2)),
            }),
            uncommitted: 3,
            agent: Some(Agent { name: "claude".into(), version: Some("2.1.197".into()), found_beside: None }),
            scripts: 0,
            people: 0,
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
        insta::assert_snapshot!(screen(&beginning(&shop(), WIDTH)), @r"
        plan       specs/001-cart/tasks.md (spec-kit): 14 tasks, none done, none optional
        order      24 edges: 12 phase, 9 order, 3 files; 5 layers; at best 2.4x faster than one agent
        base       main 9f2c1ab, level with origin/main (fetched 2 h ago)
                   3 uncommitted files in your checkout are not in it; the agents will not see them
        agent      claude 2.1.197, at most 4 at once (the plan is never wider)
                   per task 30 min and 3 attempts; money: no limit (set one with --budget-usd)
        sandbox    off: agents can write wherever you can
        gates      found for Python, since there is no orca.toml:
                     tdd   pytest, red before and green after
                     lint  ruff check, on tasks only, reported, never blocks
                     NOT checked: coverage: `pytest-cov` is missing (pip install pytest-cov)
        worktrees  ../shop.orca (4 slots, 2 more for gates, about 90 MB each); copies .env; no set-up
                   command known
        result     branches orca/20261120-1812-k3/...; main and your checkout stay as they are
        ");
    }

    #[test]
    fn everything_that_can_be_odd() {
        let mut facts = shop();
        facts.plan_uncommitted = true;
        (facts.tasks, facts.left_out) = (9, LeftOut { done: 3, optional: 1, chosen: 1 });
        (facts.edges, facts.speed_up) = (Vec::new(), 1.0);
        (facts.base_name, facts.on_branch, facts.uncommitted) = ("v1.2".into(), false, 1);
        facts.upstream = Some(Upstream { name: "origin/main".into(), ahead: 2, behind: 3, fetched: None });
        facts.agent = Some(Agent { name: "codex".into(), version: None, found_beside: Some(vec!["aider".into()]) });
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
        insta::assert_snapshot!(screen(&beginning(&facts, WIDTH)), @r"
        plan       specs/001-cart/tasks.md (spec-kit): 14 tasks, 9 to run; left out: 3 done, 1 optional, 1
                   not asked for
                   it is not committed; it works all the same
        order      no edges; 5 layers; every task waits for another: no faster than one agent
        base       v1.2 9f2c1ab, 2 commits ahead of and 3 BEHIND origin/main
                   1 uncommitted file in your checkout is not in it; the agents will not see it
        agent      codex for 5 tasks, script (each task's own `run` text) for 4, at most 4 at once (two for
                   each processor)
                   found in your PATH, since none is named; installed too: aider (--agent NAME)
                   per task no time limit and 3 attempts; at most $10.00 in all
        sandbox    off: agents can write wherever you can
        gates      none: nothing will be checked; git orca init writes an orca.toml to put some in
                   NOT checked: tests: there are no tests yet
        worktrees  /home/ada/.cache/git-orca/shop-1f (4 slots), since the folder beside the repository
                   cannot be written; copies .env; set-up: npm ci
        result     branches orca/<run>/...; your checkout stays as it is
                   `main` moves to the result when everything landed (--into)
                   then, when everything landed: make deploy-dev
        warning    tasks.md:61  T011 depends on T099, which is not in the plan; write T009?
        warning    tasks.md:61  T011 depends on T099, which is not in the plan; write T009?
        warning    tasks.md:61  T011 depends on T099, which is not in the plan; write T009?
        warning    tasks.md:61  T011 depends on T099, which is not in the plan; write T009?
        warning    tasks.md:61  T011 depends on T099, which is not in the plan; write T009?
        warning    tasks.md:61  T011 depends on T099, which is not in the plan; write T009?
        warning    tasks.md:61  T011 depends on T099, which is not in the plan; write T009?
        warning    tasks.md:61  T011 depends on T099, which is not in the plan; write T009?
                   and 2 more: git orca plan
        ");
    }

    #[test]
    fn on_forty_columns_no_line_but_those_with_long_words_is_wider() {
        let text = crate::report::testing::plain(&beginning(&shop(), 40));
        for line in text.lines() {
            let longest = line.split_whitespace().map(str::len).max().unwrap_or(0);
            assert!(super::super::display::width(line) <= 40.max(NAME + 10 + longest), "{line}");
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
}
