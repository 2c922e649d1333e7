//! Tests of files and sources together.

use std::collections::BTreeMap;

use super::trust::settings_items;
use super::*;
use crate::model::{GatePhase, Problem, ReportFormat, ScheduleMode, Severity};

/// The file of DESIGN 11.
const FULL: &str = r#"orca = 1

[run]
agent = "claude"
jobs = 4
base = "exact"
deps = ["explicit", "phase"]

[limits]
usd = 20.0
tokens = 5_000_000

[agents.mine]
command = ["mine", "--prompt-file", "{prompt_file}"]
stdin = "prompt"
timeout = "30m"
idle = "5m"
memory = "2G"
env = ["MINE_API_KEY"]

[gates.test]
run = "cargo test"
kind = "command"
report = { path = "target/report.xml", format = "junit" }
coverage = { path = "lcov.info", format = "lcov", min = 95 }
paths = ["src/**", "tests/**"]
needs = { db = 1 }
timeout = "10m"
required = true
on = "both"

[gates.audit]
run = "cargo audit"
required = false
on = "final"

[resources]
db = 1

[resources.mail]
create = "mail make {slot}"
drop = "mail drop {slot}"
url = "smtp://{slot}"

[worktree]
setup = "npm ci"
copy = [".env"]
keep = ["target/"]
inputs = ["package-lock.json"]
teardown = "docker compose down"
submodules = "refuse"

[conflicts]
union = ["CHANGELOG.md"]
exclusive = ["migrations/**"]
regenerate = { "Cargo.lock" = "cargo update --workspace --offline" }

[deps]
add = ["T7 after T3"]
drop = ["T6 after T2"]

[roles.review]
agent = "codex"
max = 2

[publish]
remote = "upstream"
draft = false

[finish]
deploy = "make deploy-dev"
"#;

const BUILT_IN: &[&str] = &["claude", "codex", "script"];

#[derive(Default)]
struct Given {
    flags: Flags,
    env: BTreeMap<String, String>,
    git: BTreeMap<String, String>,
    file: Option<String>,
}

impl Given {
    fn file(text: &str) -> Given {
        Given { file: Some(text.to_owned()), ..Given::default() }
    }

    fn env(mut self, name: &str, value: &str) -> Given {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    fn git(mut self, name: &str, value: &str) -> Given {
        self.git.insert(name.to_owned(), value.to_owned());
        self
    }

    fn resolve(&self) -> Result<Settings, Vec<Problem>> {
        resolve(&Sources {
            beneath: &[],
            flags: &self.flags,
            env: &self.env,
            git_config: &self.git,
            file: self.file.as_deref().map(|text| ("orca.toml", text)),
            built_in_agents: BUILT_IN,
            gate_kinds: crate::gate::kinds(),
        })
    }

    fn source_of(&self, key: &str) -> (String, String) {
        let settings = self.resolve().unwrap();
        let shown = settings.shown().iter().find(|shown| shown.key == key).unwrap();
        (shown.value.clone(), shown.source.clone())
    }
}

#[test]
fn the_documented_file_is_read_whole() {
    let settings = Given::file(FULL).resolve().unwrap();
    assert_eq!(settings.warnings, []);
    assert_eq!(settings.jobs, Some(JobsWish::Count(4)));
    assert_eq!((settings.budget_usd, settings.budget_tokens), (Some(20.0), Some(5_000_000)));
    let mine = &settings.agents["mine"];
    assert_eq!((mine.timeout, mine.idle, mine.memory), (Some(1800), Some(300), Some(2 << 30)));
    let test = &settings.gates[0];
    assert_eq!((test.name.as_str(), test.timeout, test.required), ("test", 600, true));
    assert_eq!(test.report.as_ref().unwrap().format, ReportFormat::Junit);
    assert_eq!(test.coverage.as_ref().unwrap().min, Some(95.0));
    assert_eq!((settings.gates[1].on, settings.gates[1].required), (GatePhase::Final, false));
    assert_eq!(settings.deps_add[0].task, "T7");
    assert_eq!(settings.deps_drop[0].at.line, 60);
    assert_eq!(settings.roles["review"].max, Some(2));
    assert_eq!((settings.publish_remote.as_str(), settings.publish_draft), ("upstream", false));
    let options = settings.options(3, None, &[]);
    assert_eq!((options.jobs, options.gates.len(), options.agent.as_str()), (3, 2, "claude"));
    assert_eq!(options.worktree.setup.as_deref(), Some("npm ci"));
}

#[test]
fn everything_executable_in_it_needs_trust() {
    let items = settings_items(&Given::file(FULL).resolve().unwrap(), crate::gate::kinds());
    let keys: Vec<&str> = items.iter().map(|item| item.key.as_str()).collect();
    let expected = [
        "agents.mine.command",
        "agents.mine.env",
        "gates.test.run",
        "gates.audit.run",
        "worktree.setup",
        "worktree.teardown",
        "worktree.copy",
        "conflicts.regenerate.Cargo.lock",
        "finish.deploy",
        "resources.mail.create",
        "resources.mail.drop",
        "resources.mail.env",
    ];
    assert_eq!(keys, expected);
    assert_eq!(settings_items(&Given::default().resolve().unwrap(), crate::gate::kinds()), []);
}

#[test]
fn defaults() {
    let settings = Given::default().resolve().unwrap();
    assert_eq!((settings.jobs, settings.attempts, settings.checks), (None, 3, 4));
    assert_eq!((settings.writeback, settings.agent.clone(), settings.snapshot_every), (true, None, 60));
    let settings = Given::file("[gates.a]\nrun = 'x'\n[agents.b]\ncommand = ['b']").resolve().unwrap();
    assert_eq!((settings.gates[0].timeout, settings.gates[0].required), (GATE_TIMEOUT, true));
    let options = settings.options(1, None, &[]);
    assert_eq!((options.agents["b"].timeout, options.agents["b"].idle), (Some(AGENT_TIMEOUT), None));
    let limits = "[limits]\nattempt-time = '5m'\nturns = 9\n[agents.b]\ncommand = ['b']\n[agents.c]\ncommand = ['c']\ntimeout = '1m'";
    let options = Given::file(limits).resolve().unwrap().options(1, None, &[]);
    assert_eq!((options.agents["b"].timeout, options.agents["b"].turns), (Some(300), Some(9)));
    assert_eq!(options.agents["c"].timeout, Some(60), "an agent's own definition is nearer");
}

#[test]
fn the_better_source_wins_and_is_named() {
    let mut given = Given::file("[run]\nschedule = 'sequential'");
    let source = |given: &Given| given.source_of("schedule");
    assert_eq!(Given::default().source_of("schedule"), ("ready".into(), "default".into()));
    assert_eq!(source(&given), ("sequential".into(), "orca.toml:2".into()));
    given = given.git("orca.schedule", "layered");
    assert_eq!(source(&given), ("layered".into(), "git config orca.schedule".into()));
    given = given.env("ORCA_SCHEDULE", "ready");
    assert_eq!(source(&given), ("ready".into(), "ORCA_SCHEDULE".into()));
    given.flags.schedule = Some(ScheduleMode::Layered);
    assert_eq!(source(&given), ("layered".into(), "--schedule".into()));
}

#[test]
fn every_key_is_resolved_from_every_source() {
    let shown: Vec<String> = Given::default().resolve().unwrap().shown().iter().map(|s| s.key.clone()).collect();
    assert_eq!(shown, KEYS.iter().map(|key| key.name).collect::<Vec<_>>());
    let text = |key: &Key| match key.name {
        "schedule" => "layered",
        "tdd" => "single",
        "pick" => "first",
        "symbols" => "serena",
        "base-mode" => "exact",
        "base-red" => "ok",
        "approve" => "plan",
        "executor" | "gates-at" => "slurm",
        "sandbox" => "bwrap",
        "reading" => "loose",
        "deps" => "explicit,files",
        "snapshot-every" | "attempt-time" | "idle" | "task-time" | "run-time" | "far-patience" | "publish-poll"
        | "publish-silence" => "2m",
        "gate-memory" | "disk" => "3 GB",
        "agent" => "codex",
        "success-alert" => "0.5",
        "github-api" | "forge-api" => "https://ghe.example/api/v3",
        "forge" => "forgejo",
        "publish-issues" => "close",
        _ => match key.shape {
            ValueShape::Switch => "true",
            _ => "7",
        },
    };
    for key in KEYS {
        let value = text(key);
        let env = Given::default().env(&key.env(), value);
        assert_eq!(env.source_of(key.name), (value.to_owned(), key.env()));
        let git = Given::default().git(&key.git().to_lowercase(), value);
        assert_eq!(git.source_of(key.name), (value.to_owned(), format!("git config {}", key.git())));
        let Some((table, field)) = key.file else { continue };
        let literal = match key.shape {
            ValueShape::Text => format!("'{value}'"),
            ValueShape::Texts => format!("{:?}", value.split(',').collect::<Vec<_>>()),
            _ => value.to_owned(),
        };
        let file = Given::file(&format!("[{table}]\n{field} = {literal}"));
        assert_eq!(file.source_of(key.name), (value.to_owned(), "orca.toml:2".to_owned()));
    }
}

/// (file, line, part of what, part of hint) of a single error.
const WRONG: &[(&str, u32, &str, &str)] = &[
    ("[run]\njbos = 4", 2, "unknown key `jbos` in `[run]`", "did you mean `jobs`?"),
    ("[gate.test]\nrun = 'x'", 1, "unknown key `gate`", "did you mean `gates`?"),
    ("[run]\njobs = 0", 2, "neither a number of at least 1 nor `auto`", ""),
    ("[run]\njobs = '4x'", 2, "`run.jobs`", ""),
    ("[run]\nattempts = '3'", 2, "`run.attempts` must be a whole number, not a text", ""),
    ("[run]\nschedule = 'layerd'", 2, "did you mean `layered`?", ""),
    ("[run]\nbase = 'main'", 2, "`run.base`: `main` is not one of its values", ""),
    ("[run]\nyes = true", 2, "unknown key `yes`", ""),
    ("[run]\nsandbox = 'off'", 2, "unknown key `sandbox`", ""),
    ("run = 3", 1, "`run` must be a table, not a whole number", ""),
    ("[limits]\nusd = '20'", 2, "`limits.usd` must be a number, not a text", ""),
    ("[limits]\nusd = -1.0", 2, "not an amount in US dollars", ""),
    ("[gates.test]\nrun = 'x'\ntimeout = '10'", 3, "`gates.test.timeout`: `10` is not a duration", ""),
    ("[gates.test]\nrun = 'x'\ntimeout = 10", 3, "must be text in quotes, not a whole number", ""),
    ("[gates.test]\nrun = 'x'\non = 'always'", 3, "`always` is not one of its values", ""),
    ("[gates.test]\nrun = 'x'\npaths = ['src/[']", 3, "`src/[` is not a valid glob", ""),
    ("[gates.test]\nrun = 'x'\npaths = ['ok',\n'../x']", 4, "leaves the repository", ""),
    ("[gates.test]\nruns = 'x'", 1, "gate `test` has no command", "run ="),
    ("[gates.'a b']\nrun = 'x'", 1, "gate `a b`: not a valid name", ""),
    ("[gates.a]\nrun='x'\n[gates.A]\nrun='x'", 3, "differ by case only", ""),
    ("[gates.a]\nrun='x'\nneeds = {db = 2}\n[resources]\ndb = 1", 3, "there are only 1", ""),
    ("[gates.a]\nrun='x'\ncoverage = {path='l', format='lcov', min=950}", 3, "from 0 to 100", ""),
    ("[agents.mine]\ncommand = []", 2, "must name a program", ""),
    ("[agents.mine]\nidle = '5m'", 1, "agent `mine` has no command and is not built in", ""),
    ("[agents.cluade]\nidle = '5m'", 1, "agent `cluade`", "did you mean `claude`?"),
    ("[agents.claude]\nenv = ['A=b']", 2, "not the name of a variable", "names only"),
    ("[agents.claude]\nmemory = '2'", 2, "`agents.claude.memory`: `2` is not a size", ""),
    ("[run]\nagent = 'cluade'", 2, "there is no agent `cluade`", "did you mean `claude`?"),
    ("[roles.code]\nmin = 3\nmax = 2", 2, "`min` is more than `max`", "the pool has between `min` and `max` agents"),
    ("[roles.code]\nmin = 0", 2, "`roles.code.min` must be a whole number of at least 1", ""),
    ("[roles.reviewer]\nmax = 1", 1, "unknown role `reviewer`", "did you mean `review`?"),
    ("[deps]\nadd = ['T7 before T3']", 2, "not of the form `T7 after T3`", ""),
    ("[conflicts.regenerate]\n'../x' = 'y'", 2, "not a path inside the repository", ""),
    ("[resources]\ndb = 0", 2, "`resources.db` must be a whole number of at least 1", ""),
    ("orca = 2\n[future]\nx = 1", 1, "this file has format 2", "newer git orca"),
    ("orca = 'one'", 1, "must be 1", ""),
    ("[run\njobs = 1", 1, "not valid TOML", ""),
    ("\u{1}", 1, "not valid TOML", ""),
];

#[test]
fn wrong_files_are_refused_with_line_and_hint() {
    for (text, line, what, hint) in WRONG {
        let problems = Given::file(text).resolve().expect_err(text);
        let found = problems.iter().find(|problem| problem.what.contains(what) && problem.hint.contains(hint));
        let found = found.unwrap_or_else(|| panic!("{text:?}: {problems:#?}"));
        assert_eq!((found.at.file.as_str(), found.at.line), ("orca.toml", *line), "{text:?}");
        assert_eq!(found.severity, Severity::Error);
    }
}

#[test]
fn all_errors_come_at_once() {
    let given = Given::file("[run]\njbos = 1\n[gates.t]\nrun = 'x'\ntimeout = 'soon'\n[fnish]\n")
        .env("ORCA_ATTEMPTS", "many")
        .git("orca.jbos", "4");
    let problems = given.resolve().unwrap_err();
    let lines: Vec<String> = problems.iter().map(|p| format!("{}: {}", p.at, p.what)).collect();
    for part in ["orca.toml:2", "orca.toml:5", "orca.toml:6", "environment ORCA_ATTEMPTS", "git config: unknown key"] {
        assert!(lines.iter().any(|line| line.starts_with(part)), "{part}: {lines:#?}");
    }
}

#[test]
fn foreign_variables_only_warn_and_own_ones_are_silent() {
    let given =
        Given::default().env("ORCA_TASK", "T1").env("ORCA_TEST_SCRIPT", "x").env("ORCA_JBOS", "4").env("ORCA_JOBS", "");
    let settings = given.resolve().unwrap();
    assert_eq!(settings.warnings.len(), 1);
    assert_eq!(settings.warnings[0].hint, "did you mean `ORCA_JOBS`?");
    assert_eq!(settings.jobs, None);
}

#[test]
fn likely_slips_warn() {
    let table = [
        ("[agents.m]\ncommand = ['m', '{promptfile}']", "did you mean `{prompt_file}`?"),
        ("[gates.a]\nrun = 'x'\nneeds = {dbb = 1}\n[resources]\ndb = 1", "did you mean `db`?"),
    ];
    for (text, hint) in table {
        let settings = Given::file(text).resolve().unwrap();
        assert_eq!(settings.warnings[0].hint, hint, "{text}");
    }
    let json = Given::file(r#"agents.m.command = ['m', '{"a": 1}']"#).resolve().unwrap();
    assert_eq!(json.warnings, []);
}

#[test]
fn settings_of_the_file_are_shown_with_their_places() {
    let given = Given::file(FULL);
    assert_eq!(given.source_of("gates.test"), ("cargo test".into(), "orca.toml:21".into()));
    assert_eq!(given.source_of("gates.audit").0, "cargo audit  (not required)");
    assert_eq!(given.source_of("deps.add").0, "T7 after T3");
    assert_eq!(given.source_of("budget-usd"), ("20".into(), "orca.toml:10".into()));
}
