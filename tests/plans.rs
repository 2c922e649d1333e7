//! Plans as people have them, run by the whole program: marks come back into them, generated tasks run.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

pub mod support;

use serde_json::json;
use support::{Bed, until};

/// An agent that writes a file named as its task.
const WRITER: &str = "[run]\nagent = \"mine\"\n[agents.mine]\ncommand = [\"sh\", \"-ec\", 'put $ORCA_TASK.txt done']\n";

const SPEC: &str = "\u{feff}# Tasks: shop\r\n\r\n## Phase 1: Setup\r\n\r\n- [X] T001 Create the folder  \r\n- [ ] T002 Write T002.txt\r\n\r\n## Phase 2: Rest\r\n\r\n- [ ] T003 [P] Write T003.txt\r\n- [ ] T004 [P] Write T004.txt\r\n";

fn bytes_at(bed: &Bed, rev: &str, path: &str) -> Vec<u8> {
    bed.command("git").args(["cat-file", "blob", &format!("{rev}:{path}")]).output().unwrap().stdout
}

#[test]
fn landed_tasks_are_marked_in_the_plan_and_nothing_else_changes() {
    let bed = Bed::new();
    bed.write("specs/001-shop/tasks.md", SPEC);
    bed.toml(&format!("{WRITER}[gates.there]\nrun = \"note gate $(git rev-parse HEAD:)\"\non = \"merged\"\n"));
    bed.commit("a plan");
    bed.execute(&["specs/001-shop"]).exits(0);
    assert_eq!(bed.standings(), "T002 landed, T003 landed, T004 landed");

    let run = bed.run();
    let path = "specs/001-shop/tasks.md";
    let marked = |tasks: &[&str]| {
        let mark = |text: String, task: &&str| text.replace(&format!("[ ] {task}"), &format!("[X] {task}"));
        tasks.iter().fold(SPEC.to_owned(), mark).into_bytes()
    };
    assert_eq!(bytes_at(&bed, &format!("orca/{run}/layer/1"), path), marked(&["T002"]));
    assert_eq!(bytes_at(&bed, &bed.integration(), path), marked(&["T002", "T003", "T004"]));
    // One commit per head, on top, that changes the plan only.
    for layer in [1, 2] {
        let head = format!("orca/{run}/layer/{layer}");
        let changed = bed.git(&["diff", "--name-only", &format!("{head}^1"), &head]);
        assert_eq!(changed, path, "{head}");
    }
    // Gates have judged every tree but those of marks, which differ in nothing that they could see.
    let judged = bed.notes("gate");
    assert!(!judged.contains(&bed.git(&["rev-parse", &format!("{}^{{tree}}", bed.integration())])));
    // The user's checkout is the user's.
    assert_eq!(std::fs::read(bed.repo().join(path)).unwrap(), SPEC.as_bytes());

    // With the result taken, there is nothing left to do, said kindly.
    bed.git(&["merge", "-q", "--ff-only", &bed.integration()]);
    let again = bed.execute(&["specs/001-shop"]).exits(0);
    assert!(again.stderr.contains("nothing to do"), "{}", again.stderr);
}

#[test]
fn a_plan_that_is_not_in_the_base_is_left_alone_and_said() {
    let bed = Bed::new();
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    let output = bed.execute(&[]).exits(0);
    assert!(output.stdout.contains("not marked: `tasks.json` is not tracked in main"), "{}", output.stdout);
    assert!(!bed.result_has("tasks.json"));
}

#[test]
fn writeback_can_be_left_off() {
    let bed = Bed::new();
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    bed.commit("a plan");
    let output = bed.execute(&["--no-writeback"]).exits(0);
    assert!(!output.stdout.contains("not marked"), "{}", output.stdout);
    assert_eq!(bed.result("tasks.json"), std::fs::read_to_string(bed.repo().join("tasks.json")).unwrap().trim_end());
}

#[test]
fn the_native_list_gets_done_and_stays_valid() {
    let bed = Bed::new();
    bed.write(
        "tasks.json",
        "{\"orca\": 1, \"tasks\": [\n {\"id\": \"A\", \"run\": \"put a.txt a\"},\n {\"id\": \"B\", \"after\": [\"A\"], \"done\": false, \"run\": \"put b.txt b\"}]}\n",
    );
    bed.commit("a plan");
    bed.execute(&[]).exits(0);
    let expected = "{\"orca\": 1, \"tasks\": [\n {\"id\": \"A\", \"done\": true, \"run\": \"put a.txt a\"},\n {\"id\": \"B\", \"after\": [\"A\"], \"done\": true, \"run\": \"put b.txt b\"}]}";
    assert_eq!(bed.result("tasks.json"), expected);
}

#[test]
fn what_did_not_land_is_not_marked_and_a_retry_is() {
    let bed = Bed::new();
    let run = "test -e \"$HOME/again\"; put b.txt b";
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}, {"id": "B", "run": run}, {"id": "C", "after": ["B"], "run": "put c.txt c"}]));
    bed.commit("a plan");
    bed.execute(&[]).exits(4);
    let done = || {
        serde_json::from_str::<serde_json::Value>(&bed.result("tasks.json")).unwrap()["tasks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|task| task["done"] == true)
            .collect::<Vec<_>>()
    };
    assert_eq!(done(), [true, false, false]);
    std::fs::write(bed.root().join("home/again"), "").unwrap();
    bed.orca(&["retry", "B"]).exits(0);
    until("all is marked", || done() == [true, true, true]);
    bed.assert_lossless();
}

/// A plan for a folder of tasks, with a document that says more.
fn cart(bed: &Bed) {
    bed.write("README.md", "# Shop\n\nA small shop.\n");
    bed.write("specs/001-cart/spec.md", "# Cart\n\n- **FR-001**: The total is never negative.\n");
    bed.write(
        "specs/001-cart/tasks.md",
        "# Tasks: cart\n\n## Phase 1: Base\n\n- [ ] T001 Create src/cart.txt (FR-001)\n\n## Phase 2: Rest\n\n- [ ] T002 [P] Write src/total.txt (depends on T001), see docs/gone.md and FR-999\n- [ ] T003 [P] Write src/tax.txt\n",
    );
    bed.toml(WRITER);
    bed.commit("a plan");
}

#[test]
fn a_folder_of_generated_tasks_runs_with_what_a_person_changed_in_it() {
    let bed = Bed::new();
    cart(&bed);
    bed.orca(&["generate", "specs/001-cart", "-o", "generated"]).exits(0);
    let read = |id: &str| -> serde_json::Value {
        serde_json::from_str(&std::fs::read_to_string(bed.repo().join(format!("generated/{id}.json"))).unwrap())
            .unwrap()
    };
    let mut second = read("T002");
    assert_eq!(second["complete_context"]["dependencies"][0]["task_id"], "T001");
    second["title"] = "Write the total, as a person wants it".into();
    second["complete_context"]["implementation_guidance"] = "a person's own words".into();
    bed.write("generated/T002.json", &serde_json::to_string_pretty(&second).unwrap());

    let plan = bed.orca(&["plan", "generated", "--json"]).exits(0);
    let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    assert_eq!(plan["layers"], json!([["T001"], ["T002", "T003"]]));
    bed.execute(&["generated"]).exits(0);
    assert_eq!(bed.standings(), "T001 landed, T002 landed, T003 landed");
    let told = std::fs::read_to_string(bed.paths().task_file(&"T002".parse().unwrap())).unwrap();
    assert!(told.contains("a person's own words") && told.contains("commit "), "{told}");
    // Generated once more from themselves they are the same tasks.
    bed.orca(&["generate", "generated", "-o", "again"]).exits(0);
    let again: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(bed.repo().join("again/T002.json")).unwrap()).unwrap();
    assert_eq!(again["complete_context"]["implementation_guidance"], "a person's own words");
}

#[test]
fn what_a_task_cites_is_in_it_or_listed_as_missing() {
    let bed = Bed::new();
    cart(&bed);
    let output = bed.orca(&["generate", "specs/001-cart", "-o", "generated", "--require-complete"]).exits(3);
    assert!(output.stderr.contains("lack something"), "{}", output.stderr);
    let read = |id: &str| std::fs::read_to_string(bed.repo().join(format!("generated/{id}.json"))).unwrap();
    let missing = |id: &str| serde_json::from_str::<serde_json::Value>(&read(id)).unwrap()["missing"].to_string();
    assert!(read("T001").contains("The total is never negative"), "{}", read("T001"));
    assert!(!missing("T001").contains("FR-001"), "{}", missing("T001"));
    assert!(missing("T002").contains("`docs/gone.md` is cited") && missing("T002").contains("`FR-999` is cited"));
    bed.execute(&["specs/001-cart", "--require-complete"]).exits(3);
    assert!(bed.runs().is_empty(), "nothing was started");
}

#[test]
fn generated_tasks_fit_their_schema_by_somebody_elses_judgement() {
    let bed = Bed::new();
    let check = "import json,sys,jsonschema\nschema=json.load(open(sys.argv[1]))\nfor f in sys.argv[2:]: jsonschema.Draft202012Validator(schema).validate(json.load(open(f)))\n";
    if !bed.command("python3").args(["-c", "import jsonschema"]).output().is_ok_and(|it| it.status.success()) {
        return support::needs(support::TestRequirement::JsonSchema);
    }
    cart(&bed);
    bed.orca(&["generate", "specs/001-cart", "-o", "generated"]).exits(0);
    let schema = bed.orca(&["schema", "complete-task"]).exits(0);
    bed.write("schema.json", &schema.stdout);
    let files = ["generated/T001.json", "generated/T002.json", "generated/T003.json"];
    let output = bed.command("python3").args(["-c", check, "schema.json"]).args(files).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    bed.write("plan.json", include_str!("../fixtures/demo/tasks.json"));
    bed.write("schema.json", &bed.orca(&["schema", "plan"]).exits(0).stdout);
    let output = bed.command("python3").args(["-c", check, "schema.json", "plan.json"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_task_too_long_by_real_tokens_is_cut_to_its_budget() {
    let bed = Bed::new();
    // Digits take far more tokens than letters do, which no guess by length can see.
    let digits: String = (0..30_000_u64).map(|n| format!("{} ", n * 7_919 % 1_000_003)).collect();
    bed.plan(json!([{"id": "A", "title": "Write a", "details": digits, "acceptance": ["it is there"]}]));
    bed.orca(&["generate", "-o", "generated"]).exits(0);
    let text = std::fs::read_to_string(bed.repo().join("generated/A.json")).unwrap();
    let task: serde_json::Value = serde_json::from_str(&text).unwrap();
    let tokens = task["tokens"].as_u64().expect("a long task is counted");
    assert!((5_000..=20_000).contains(&tokens), "{tokens}");
}

#[test]
fn edges_of_the_settings_count_for_plan_and_execute_alike() {
    let bed = Bed::new();
    bed.plan(json!([
        {"id": "A", "run": "put a.txt a"},
        {"id": "B", "after": ["A"], "run": "put b.txt b"},
        {"id": "C", "run": "cat b.txt; put c.txt c"},
    ]));
    bed.toml("[deps]\nadd = [\"C after B\"]\ndrop = [\"B after A\"]\n");
    let plan = bed.orca(&["plan", "--json"]).exits(0);
    let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    assert_eq!(plan["layers"], json!([["A", "B"], ["C"]]));
    assert_eq!(plan["tasks"][2]["after"][0]["why"], "user");
    bed.execute(&[]).exits(0);
    assert_eq!(bed.state().info.layers, [1, 1, 2]);
}

#[test]
fn a_dependency_that_nobody_has_warns_and_strictly_fails() {
    let bed = Bed::new();
    bed.write("tasks.md", "- [ ] T001 Write a.txt\n- [ ] T002 Write b.txt (depends on T099)\n");
    let output = bed.orca(&["plan", "tasks.md"]).exits(0);
    assert!(output.stdout.contains("`T099` is named as a dependency"), "{}", output.stdout);
    bed.orca(&["plan", "tasks.md", "--strict"]).exits(3);
}

#[test]
fn a_resumed_run_tells_what_became_of_its_plan() {
    let bed = Bed::new();
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}, {"id": "B", "run": "test -e \"$HOME/go\"; put b.txt b"}]));
    bed.execute(&[]).exits(4);
    bed.plan(json!([{"id": "A", "run": "put a.txt other"}, {"id": "B", "run": "test -e \"$HOME/go\"; put b.txt b"}, {"id": "Z", "run": "true"}]));
    std::fs::write(bed.root().join("home/go"), "").unwrap();
    let output = bed.orca(&["retry", "B"]).exits(0);
    assert!(output.stderr.contains("A was reworded in the plan"), "{}", output.stderr);
    assert!(output.stderr.contains("Z is new in the plan"), "{}", output.stderr);
}
