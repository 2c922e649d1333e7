//! `--tdd single` and `staged`: who is asked for what, what is refused, and what is proved.

use crate::support::{Real, Reply, TestRepo, TestRequirement, needs, until};
use git_orca::journal::{AttemptOutcome, FailClass};
use git_orca::model::{Role, Verdict};
use serde_json::{Value, json};

/// Tests are scripts below `tests/`; what runs them prints TAP.
const RUNNER: &str = "n=0; bad=0
for file in tests/*.sh; do
  n=$((n + 1))
  if sh \"$file\" > /dev/null 2>&1; then echo \"ok $n - $file\"; else echo \"not ok $n - $file\"; bad=1; fi
done
echo \"1..$n\"
exit $bad
";

const GATE: &str = "
[gates.tdd]
kind = \"tdd\"
run = \"sh run-tests\"
report = { path = \"-\", format = \"tap\" }
coverage = { min = 0 }
";

/// An agent that plays all roles: what it does in a phase stands in a file `ROLE` of the bed, one script an attempt.
fn actor(bed: &TestRepo, name: &str) {
    let out = bed.out("");
    let script = format!(
        r#"#!/bin/sh -e
cat "$ORCA_PROMPT_FILE" > '{out}/prompt-'"$ORCA_ATTEMPT"
role=code
grep -q 'design (you)' "$ORCA_PROMPT_FILE" && role=design
grep -q 'tests (you)' "$ORCA_PROMPT_FILE" && role=test
grep -q 'refactoring (you)' "$ORCA_PROMPT_FILE" && role=refactor
echo "{name} $role" >> '{out}/played'
n=$(grep -c " $role" '{out}/played')
script='{out}'/$role-$n
[ -e "$script" ] || script='{out}'/$role
if [ -e "$script" ]; then sh -e "$script"; fi
"#,
        out = out.display().to_string().trim_end_matches('/')
    );
    bed.program(name, &script);
}

fn plays(bed: &TestRepo, phase: &str, script: &str) {
    std::fs::write(bed.out(phase), script).unwrap();
}

const DESIGN: &str = "mkdir -p docs/design; echo '# Design' > docs/design/A.md; git add .; git commit -qm design";
const TEST: &str = "mkdir -p tests; echo 'sh shop.sh | grep -q hello' > tests/hello.sh; git add .; \
                    git commit -qm 'tests' -m 'Orca-Phase: red'";
const CODE: &str = "echo 'echo hello' > shop.sh; git add .; git commit -qm code -m 'Orca-Phase: green'";

fn bed(agents: &[&str]) -> TestRepo {
    let bed = TestRepo::new();
    for agent in agents {
        actor(&bed, agent);
    }
    plays(&bed, "design", DESIGN);
    plays(&bed, "test", TEST);
    plays(&bed, "code", CODE);
    project(&bed);
    bed.commit("a shop");
    bed.plan(json!([{"id": "A", "title": "Say hello", "acceptance": ["hello is said"]}]));
    bed
}

fn project(bed: &TestRepo) {
    bed.write("shop.sh", "echo nothing\n");
    bed.write("run-tests", RUNNER);
    bed.write("tests/base.sh", "test -e shop.sh\n");
}

fn agents(names: &[&str]) -> String {
    names.iter().map(|name| format!("[agents.{name}]\ncommand = [\"{name}\"]\n")).collect()
}

fn phases(bed: &TestRepo) -> Vec<(Role, String, bool)> {
    let state = bed.state();
    let attempts = &state.task(&"A".parse().unwrap()).unwrap().attempts;
    attempts.iter().map(|attempt| (attempt.role, attempt.agent.clone(), attempt.result().is_some())).collect()
}

fn words(phases: &[(Role, String, bool)]) -> Vec<String> {
    let word = |(role, agent, good): &(Role, String, bool)| {
        format!("{} {agent}{}", role.word(), if *good { "" } else { " failed" })
    };
    phases.iter().map(word).collect()
}

#[test]
fn staged_is_four_agents_in_one_branch() {
    let bed = bed(&["one", "two"]);
    bed.toml(&format!(
        "{}{GATE}[roles.design]\nagent = \"two\"\n[roles.refactor]\nagent = \"two\"\nmax = 1\n",
        agents(&["one", "two"])
    ));
    bed.execute(&["--agent", "one", "--tdd", "staged"]).exits(0);
    assert_eq!(words(&phases(&bed)), ["design two", "test one", "code one", "refactor two"]);
    assert_eq!(bed.standings(), "A landed");
    assert!(bed.result("shop.sh").contains("hello"));
    // Each is told its own part, and where the design is.
    let prompt = |n: u32| std::fs::read_to_string(bed.out(&format!("prompt-{n}"))).unwrap();
    assert!((1..=4).all(|n| prompt(n).contains("docs/design/A.md")));
    // The proof is required, whatever else is.
    let state = bed.state();
    assert!(state.info.options.gates.iter().all(|gate| gate.required && !gate.detected));
    let shown = bed.orca(&["show", "A"]).exits(0).stdout;
    assert!(shown.contains("attempt 2 (test) by one") && shown.contains("attempt 4 (refactor) by two"), "{shown}");
    let result: Value = serde_json::from_str(&bed.orca(&["report", "--format", "json"]).exits(0).stdout).unwrap();
    assert!(result.to_string().contains("\"phase\":\"refactor\""), "{result}");
}

#[test]
fn a_coder_that_touches_the_tests_is_refused_and_tries_again() {
    let bed = bed(&["one"]);
    plays(
        &bed,
        "code-1",
        "echo true > tests/hello.sh; echo 'exit 0' > tests/more.sh; git add .; git commit -qm 'easier'",
    );
    bed.toml(&format!("{}{GATE}", agents(&["one"])));
    bed.execute(&["--agent", "one", "--tdd", "staged"]).exits(0);
    assert_eq!(words(&phases(&bed)), ["design one", "test one", "code one failed", "code one", "refactor one"]);
    let state = bed.state();
    let refused = &state.task(&"A".parse().unwrap()).unwrap().attempts[2];
    let (class, why) = refused.failure().unwrap();
    assert_eq!(class, FailClass::Phase);
    assert!(why.contains("the coder may not change the tests: tests/hello.sh:1, tests/more.sh:1"), "{why}");
    // It is told why, its work is kept, and nothing of it is in the result.
    assert!(std::fs::read_to_string(bed.out("prompt-4")).unwrap().contains("the coder may not change the tests"));
    assert!(bed.git(&["show", &format!("{}:tests/hello.sh", bed.attempt("A", 3))]).contains("true"));
    assert!(bed.result("tests/hello.sh").contains("grep"));
}

#[test]
fn other_phases_keep_to_their_own_too() {
    let bed = bed(&["one"]);
    plays(&bed, "design-1", "echo x > shop.sh; git add .; git commit -qm 'not a design'");
    plays(&bed, "test-1", &format!("{CODE}; {TEST}"));
    bed.toml(&format!("{}{GATE}", agents(&["one"])));
    bed.execute(&["--agent", "one", "--tdd", "staged"]).exits(0);
    let all = words(&phases(&bed));
    assert_eq!(all, ["design one failed", "design one", "test one failed", "test one", "code one", "refactor one"]);
}

#[test]
fn what_the_gates_refuse_goes_back_to_the_phase_that_can_mend_it() {
    let bed = bed(&["one"]);
    // A test that is red at first and yet passes without the code proves nothing: the tests are at fault.
    plays(
        &bed,
        "test-1",
        "mkdir -p tests; echo 'test -e hello.txt' > tests/hello.sh; git add .; git commit -qm vacuous",
    );
    plays(&bed, "code-1", &format!("echo hello > hello.txt; {CODE}"));
    bed.toml(&format!("{}{GATE}", agents(&["one"])));
    bed.execute(&["--agent", "one", "--tdd", "staged"]).exits(0);
    assert_eq!(words(&phases(&bed)), ["design one", "test one", "code one", "refactor one", "test one"]);
    let prompt = std::fs::read_to_string(bed.out("prompt-5")).unwrap();
    assert!(prompt.contains("Gate tdd: ") && prompt.contains("tests (you)"), "{prompt}");
}

#[test]
fn tests_that_are_not_red_are_refused_before_the_coder_starts() {
    let bed = bed(&["one"]);
    plays(&bed, "test-1", "mkdir -p tests; echo true > tests/hello.sh; git add .; git commit -qm vacuous");
    bed.toml(&format!("{}{GATE}", agents(&["one"])));
    let end = bed.execute(&["--agent", "one", "--tdd", "staged"]).exits(0);
    let state = bed.state();
    let attempts = &state.task(&"A".parse().unwrap()).unwrap().attempts;
    let all = words(&phases(&bed));
    let expected = ["design one", "test one failed", "test one", "code one", "refactor one"];
    assert_eq!(all, expected, "{}", end.stderr);
    let (class, why) = attempts[1].failure().unwrap();
    assert_eq!(class, FailClass::Phase);
    assert!(why.contains("its tests are not red: ") && why.contains("`tests/hello.sh` passes before"), "{why}");
    // The next one is told.
    let prompt = std::fs::read_to_string(bed.out("prompt-3")).unwrap();
    assert!(prompt.contains("its tests are not red"), "{prompt}");
}

#[test]
fn what_cannot_be_told_of_tests_is_said_and_goes_on() {
    let bed = bed(&["one"]);
    let gate = GATE.replace("{ path = \"-\", format = \"tap\" }", "{ path = \"none.xml\", format = \"junit\" }");
    bed.toml(&format!("{}{gate}", agents(&["one"])));
    let end = bed.execute(&["--agent", "one", "--tdd", "staged", "--attempts", "1"]).exits(5);
    assert_eq!(words(&phases(&bed)), ["design one", "test one", "code one", "refactor one"]);
    let said = "it is not known yet whether its tests are red: ";
    assert!(end.stderr.contains(said), "{}", end.stderr);
    assert!(bed.orca(&["show", "A"]).exits(0).stdout.contains(said));
}

#[test]
fn code_that_does_not_pass_goes_back_to_the_coder() {
    let bed = bed(&["one"]);
    plays(&bed, "code-1", "echo 'echo wrong' > shop.sh; git add .; git commit -qm wrong");
    bed.toml(&format!("{}{GATE}", agents(&["one"])));
    bed.execute(&["--agent", "one", "--tdd", "staged"]).exits(0);
    assert_eq!(words(&phases(&bed)), ["design one", "test one", "code one", "refactor one", "code one"]);
}

#[test]
fn attempts_are_counted_by_phase() {
    let bed = bed(&["one"]);
    plays(&bed, "code", "true");
    bed.toml(&format!("{}{GATE}[run]\nattempts = 2\n", agents(&["one"])));
    bed.execute(&["--agent", "one", "--tdd", "staged"]).exits(4);
    assert_eq!(words(&phases(&bed)), ["design one", "test one", "code one failed", "code one failed"]);
    // What failed is tried again from there, not from the beginning.
    plays(&bed, "code", CODE);
    bed.orca(&["retry", "A"]).exits(0);
    bed.orca(&["resume", "--yes"]).exits(0);
    assert_eq!(words(&phases(&bed))[4..], ["code one", "refactor one"]);
    assert_eq!(bed.standings(), "A landed");
}

#[test]
fn a_run_killed_between_phases_goes_on_with_the_right_one() {
    let bed = bed(&["one"]);
    let gate = bed.fifo("coder");
    plays(&bed, "code-1", &format!("block coder; {CODE}"));
    bed.toml(&format!("{}{GATE}", agents(&["one"])));
    let running = bed.spawn(&["execute", "--yes", "--agent", "one", "--tdd", "staged"]);
    until("the coder runs", || bed.notes("played").len() == 3);
    until("its phase is told", || {
        let status: Value = serde_json::from_str(&bed.orca(&["status", "--json"]).stdout).unwrap_or_default();
        status["tasks"][0]["phase"] == "code"
    });
    // With SIGKILL.
    drop(running);
    drop(gate);
    bed.orca(&["resume", "--yes"]).exits(0);
    let all = phases(&bed);
    assert_eq!(words(&all), ["design one", "test one", "code one failed", "code one", "refactor one"]);
    assert_eq!(bed.standings(), "A landed");
}

#[test]
fn a_pool_of_one_never_holds_two() {
    let bed = TestRepo::new();
    let out = bed.out("");
    let out = out.display().to_string();
    bed.program(
        "one",
        &format!(
            "#!/bin/sh -e\nmkdir '{out}/busy' || echo two >> '{out}/clash'\nput \"$ORCA_TASK.txt\" x\ngit add .\n\
             git commit -qm x\nrmdir '{out}/busy'\n"
        ),
    );
    bed.plan(json!((1..=4).map(|n| json!({"id": format!("T{n}"), "title": "t"})).collect::<Vec<_>>()));
    bed.toml("[agents.one]\ncommand = [\"one\"]\n[roles.code]\nmax = 1\n");
    bed.execute(&["--agent", "one", "-j", "4"]).exits(0);
    assert!(bed.notes("clash").is_empty());
}

#[test]
fn single_is_told_to_the_agent_and_proved() {
    let bed = bed(&["one"]);
    bed.toml(&format!("{}{}", agents(&["one"]), GATE.replace("kind", "required = false\nkind")));
    // Without a proof it does not pass, although the gate was not required.
    bed.execute(&["--agent", "one", "--tdd", "single", "--attempts", "1"]).exits(5);
    let prompt = std::fs::read_to_string(bed.out("prompt-1")).unwrap();
    assert!(prompt.contains("`Orca-Phase: red`") && prompt.contains("`Orca-Phase: green`"), "{prompt}");
    plays(&bed, "code", &format!("{TEST}; {CODE}"));
    bed.execute(&["--agent", "one", "--tdd", "single", "--new"]).exits(0);
    let state = bed.state();
    let subject = git_orca::journal::Subject::Attempt(git_orca::model::AttemptId { task: "A".parse().unwrap(), n: 1 });
    assert_eq!(state.judgement(&subject, &"tdd".parse().unwrap()).unwrap().verdict, Verdict::Pass);
    assert!(matches!(
        state.task(&"A".parse().unwrap()).unwrap().last().unwrap().ended,
        Some((_, AttemptOutcome::Committed { .. }))
    ));
}

#[test]
fn without_a_way_to_run_tests_single_does_not_pass() {
    let bed = bed(&["one"]);
    bed.toml(&agents(&["one"]));
    let end = bed.execute(&["--agent", "one", "--tdd", "single", "--attempts", "1"]).exits(5);
    assert!(end.stderr.contains("tdd"), "{}", end.stderr);
}

#[test]
fn a_real_agent_goes_through_all_phases() {
    let Some(real) = Real::new("claude") else { return needs(TestRequirement::Claude) };
    let task = real.task(
        "A",
        [DESIGN, TEST, CODE]
            .into_iter()
            .flat_map(|what| [Reply::Run(what.to_owned()), Reply::Say("Done.")])
            .chain([Reply::Say("Nothing is worth improving.")]),
    );
    let mut real = real;
    project(&real.bed);
    real.bed.commit("a shop");
    real.toml = GATE.to_owned();
    real.execute(vec![task], &["--tdd", "staged"]).exits(0);
    let all = real.attempts("A");
    assert_eq!(all.iter().map(|it| it.role).collect::<Vec<_>>(), git_orca::schedule::PHASES);
    // A fresh agent each: four sessions.
    assert_eq!(real.model.sessions("A").len(), 4);
    assert_eq!(real.bed.standings(), "A landed");
}
