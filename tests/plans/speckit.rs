//! Whole spec-kit plans, run to the end by a `command` agent that creates the files each task names and runs what tasks
//! say that only verify.

use std::path::{Path, PathBuf};

use crate::support::{TestRepo, until};
use serde_json::Value;

/// Reads `ORCA_TASK_FILE` with what every system has. `VERIFY` lists the tasks that it takes for mere checks. A folder that a task names gets a file of the task's own.
const AGENT: &str = r#"#!/bin/sh -e
case " $VERIFY " in *" $ORCA_TASK "*)
    sed -n 's/^ *"title": "\(.*\)",$/\1/p' "$ORCA_TASK_FILE" | head -n 1 |
        { grep -oE "\b($TOOLS) [a-z:]+( [a-z:]+)?" || true; } | while read -r command; do
            $command
        done
    note verified "$ORCA_TASK"
    exit 0;;
esac
files=$(awk '/"file_locations": \{\}/ {next} /"file_locations": \{/ {on=1; next} on && /^ *\}/ {on=0} on' "$ORCA_TASK_FILE" |
    sed -n 's/^ *"\([^"]*\)": .*/\1/p')
[ -n "$files" ] || files=notes/$ORCA_TASK
printf '%s\n' "$files" | while read -r file; do
    case $file in */) file=$file$ORCA_TASK;; esac
    if [ -d "$file" ]; then file=$file/$ORCA_TASK; fi
    mkdir -p "$(dirname "$file")"
    printf 'by %s\n' "$ORCA_TASK" >> "$file"
    note created "$file"
done
"#;

/// Programs that verifying tasks of these plans run. Here they only tell that they ran.
const TOOLS: [&str; 5] = ["npm", "pnpm", "cargo", "dotnet", "uv"];

/// A plan of our own: every kind of line that the real ones have.
const GREETER: &str = "# Tasks: Greeter

## Phase 1: Setup

- [ ] T001 Create the manifest in Cargo.toml
- [ ] T002 [P] Describe the project in docs/README.md

## Phase 2: Foundational

- [ ] T003 Write the greeting type in src/greeting.rs
- [ ] T004 [P] Read settings in src/settings.rs

## Phase 3: User Story 1 - Greet somebody (Priority: P1)

- [ ] T005 [P] [US1] Implement greet in src/greet.rs (depends on T003, T004)
- [ ] T006 [US1] Wire greet into src/main.rs

## Phase 4: User Story 2 - Part (Priority: P2)

- [ ] T007 [P] [US2] Implement part in src/part.rs
- [ ] T008 [US2] Wire part into src/main.rs

## Phase 5: Polish

- [ ] T009 Run `cargo test` and `cargo fmt check` over everything
- [ ] T010 Update docs/README.md with the commands
";

/// A repository with a spec-kit plan, its companions beside it.
fn bed(tasks: &str, companions: Option<&Path>) -> TestRepo {
    let mut bed = TestRepo::new();
    bed.program("doer", AGENT);
    for tool in TOOLS {
        bed.program(tool, &format!("#!/bin/sh\nnote ran {tool} \"$@\"\n"));
    }
    bed.set("TOOLS", &TOOLS.join("|"));
    bed.write("specs/001-plan/tasks.md", tasks);
    for file in companions.into_iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()) {
        let file = file.unwrap();
        if file.file_type().unwrap().is_file() {
            let text = std::fs::read_to_string(file.path()).unwrap();
            bed.write(&format!("specs/001-plan/{}", file.file_name().to_string_lossy()), &text);
        }
    }
    bed.toml("[agents.doer]\ncommand = [\"doer\"]\nenv = [\"TOOLS\", \"VERIFY\"]\n");
    bed.commit("a plan");
    let plan: Value = serde_json::from_str(&bed.orca(&["plan", "specs/001-plan", "--json"]).exits(0).stdout).unwrap();
    let verifying = plan["tasks"].as_array().unwrap().iter().filter(|task| task["kind"] == "verify");
    let verifying: Vec<&str> = verifying.map(|task| task["id"].as_str().unwrap()).collect();
    bed.set("VERIFY", &verifying.join(" "));
    bed
}

/// Runs the plan to its end. Every task has landed, and every file that an agent created is in the result.
fn runs_to_the_end(bed: &TestRepo) {
    let mut running = bed.spawn(&["execute", "specs/001-plan", "--yes", "--quiet", "--agent", "doer", "-j", "4"]);
    until("the plan ends", || {
        // "Run manual testing" is for a person, who says that it is done.
        if bed.try_state().is_some_and(|state| state.unanswered().next().is_some()) {
            bed.orca(&["approve"]);
        }
        running.has_ended()
    });
    running.wait().exits(0);
    let state = bed.state();
    assert!(state.tasks.iter().all(|task| task.landed.is_some()), "{}", bed.standings());
    let branch = format!("orca/{}/integration", bed.run());
    let tree = bed.git(&["ls-tree", "-r", "--name-only", "-z", &branch]);
    let files: Vec<&str> = tree.split('\0').collect();
    for created in bed.notes("created") {
        assert!(files.contains(&created.as_str()), "{created} is not in the result");
    }
    for task in &state.info.tasks {
        let text = std::fs::read_to_string(bed.paths().task_file(&task.id)).unwrap();
        let complete: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(complete["task_id"], task.id.as_str());
    }
}

#[test]
fn a_plan_of_our_own_runs_to_the_end() {
    let bed = bed(GREETER, None);
    runs_to_the_end(&bed);
    assert_eq!(bed.state().tasks.len(), 10);
    let mut ran = bed.notes("ran");
    ran.sort();
    assert_eq!(ran, ["cargo fmt check", "cargo test"]);
    assert_eq!(bed.notes("verified"), ["T009"]);
    assert_eq!(bed.result("src/main.rs"), "by T006\nby T008");
    assert_eq!(bed.result("docs/README.md"), "by T002\nby T010");
}

/// Plans that others wrote, where a checkout of theirs lies beside this one. They may not be copied here.
fn real_plans() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/plans/speckit");
    if folder.is_dir() {
        return Some(folder);
    }
    #[expect(clippy::print_stderr, reason = "a skipped test must say so")]
    {
        // Nothing installs them, so they are not demanded where everything installable is.
        eprintln!("skipped: needs ../shared/plans");
    }
    None
}

fn real_plan_runs_to_the_end(name: &str, tasks: usize) {
    let Some(folder) = real_plans() else { return };
    let text = std::fs::read_to_string(folder.join(format!("{name}.md"))).unwrap();
    let bed = bed(&text, Some(&folder.join(format!("{name}.companions"))));
    runs_to_the_end(&bed);
    assert_eq!(bed.state().tasks.len(), tasks);
}

#[test]
fn a_browser_extension_of_77_tasks_runs_to_the_end() {
    real_plan_runs_to_the_end("11me__light-session__1", 77);
}

#[test]
fn a_plugin_framework_of_30_tasks_runs_to_the_end() {
    real_plan_runs_to_the_end("1264459640__ModularGodot.Core__1", 30);
}

#[test]
fn a_web_service_of_51_tasks_runs_to_the_end() {
    real_plan_runs_to_the_end("dengmingcong__stoma__1", 51);
}
