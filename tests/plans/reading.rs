//! Plans as people have them, run by the whole program: marks come back into them, generated tasks run.

use crate::support::{TestRepo, until};
use serde_json::json;

/// An agent that writes a file named as its task.
const WRITER: &str = "[run]\nagent = \"mine\"\n[agents.mine]\ncommand = [\"sh\", \"-ec\", 'put $ORCA_TASK.txt done']\n";

const SPEC: &str = "\u{feff}# Tasks: shop\r\n\r\n## Phase 1: Setup\r\n\r\n- [X] T001 Create the folder  \r\n- [ ] T002 Write T002.txt\r\n\r\n## Phase 2: Rest\r\n\r\n- [ ] T003 [P] Write T003.txt\r\n- [ ] T004 [P] Write T004.txt\r\n";

fn bytes_at(bed: &TestRepo, rev: &str, path: &str) -> Vec<u8> {
    bed.command("git").args(["cat-file", "blob", &format!("{rev}:{path}")]).output().unwrap().stdout
}

#[test]
fn landed_tasks_are_marked_in_the_plan_and_nothing_else_changes() {
    let bed = TestRepo::new();
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
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    let output = bed.execute(&[]).exits(0);
    assert!(
        output.stdout.contains("nothing is marked as done in the plan: `tasks.json` is not tracked in main"),
        "{}",
        output.stdout
    );
    assert!(!bed.result_has("tasks.json"));
}

#[test]
fn writeback_can_be_left_off() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    bed.commit("a plan");
    let output = bed.execute(&["--no-writeback"]).exits(0);
    assert!(!output.stdout.contains("marked as done"), "{}", output.stdout);
    assert_eq!(bed.result("tasks.json"), std::fs::read_to_string(bed.repo().join("tasks.json")).unwrap().trim_end());
}

#[test]
fn the_native_list_gets_done_and_stays_valid() {
    let bed = TestRepo::new();
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
    let bed = TestRepo::new();
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
fn cart(bed: &TestRepo) {
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
fn the_plan_as_json_tells_how_one_sees_that_a_task_is_done() {
    let bed = TestRepo::new();
    cart(&bed);
    let output = bed.orca(&["plan", "specs/001-cart", "--format", "json"]).exits(0);
    let plan: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(plan["tasks"][0]["acceptance"], json!(["FR-001: The total is never negative."]));
    assert!(plan["tasks"][2].get("acceptance").is_none(), "nobody says when it is done: {}", plan["tasks"][2]);
}

#[test]
fn a_folder_of_generated_tasks_runs_with_what_a_person_changed_in_it() {
    let bed = TestRepo::new();
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
    let bed = TestRepo::new();
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
    let bed = TestRepo::new();
    let check = "import json,sys,jsonschema\nschema=json.load(open(sys.argv[1]))\nfor f in sys.argv[2:]: jsonschema.Draft202012Validator(schema).validate(json.load(open(f)))\n";
    if !bed.command("python3").args(["-c", "import jsonschema"]).output().is_ok_and(|it| it.status.success()) {
        return crate::support::needs(crate::support::TestRequirement::JsonSchema);
    }
    cart(&bed);
    bed.orca(&["generate", "specs/001-cart", "-o", "generated"]).exits(0);
    let schema = bed.orca(&["schema", "complete-task"]).exits(0);
    bed.write("schema.json", &schema.stdout);
    let files = ["generated/T001.json", "generated/T002.json", "generated/T003.json"];
    let output = bed.command("python3").args(["-c", check, "schema.json"]).args(files).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    bed.write("plan.json", include_str!("../../fixtures/demo/tasks.json"));
    bed.write("schema.json", &bed.orca(&["schema", "plan"]).exits(0).stdout);
    let output = bed.command("python3").args(["-c", check, "schema.json", "plan.json"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_task_too_long_by_real_tokens_is_cut_to_its_budget() {
    let bed = TestRepo::new();
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
    let bed = TestRepo::new();
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
    let bed = TestRepo::new();
    bed.write("tasks.md", "- [ ] T001 Write a.txt\n- [ ] T002 Write b.txt (depends on T099)\n");
    let output = bed.orca(&["plan", "tasks.md"]).exits(0);
    assert!(output.stdout.contains("`T099` is named as a dependency"), "{}", output.stdout);
    bed.orca(&["plan", "tasks.md", "--strict"]).exits(3);
}

#[test]
fn a_resumed_run_tells_what_became_of_its_plan() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}, {"id": "B", "run": "test -e \"$HOME/go\"; put b.txt b"}]));
    bed.execute(&[]).exits(4);
    bed.plan(json!([{"id": "A", "run": "put a.txt other"}, {"id": "B", "run": "test -e \"$HOME/go\"; put b.txt b"}, {"id": "Z", "run": "true"}]));
    std::fs::write(bed.root().join("home/go"), "").unwrap();
    let output = bed.orca(&["retry", "B"]).exits(0);
    assert!(output.stderr.contains("A was reworded in the plan"), "{}", output.stderr);
    assert!(output.stderr.contains("Z is new in the plan"), "{}", output.stderr);
}

/// What `plan` answers to programs.
fn planned(bed: &TestRepo, args: &[&str]) -> serde_json::Value {
    serde_json::from_str(&bed.orca(&[&["plan", "--json"], args].concat()).exits(0).stdout).unwrap()
}

#[test]
fn each_found_edge_says_its_kind_and_what_it_is_about() {
    let bed = TestRepo::new();
    bed.write(
        "tasks.md",
        "## Phase 1: All\n\n- [ ] T001 [P] Create the `orders` table in db/orders.sql\n\
         - [ ] T002 [P] Build src/report.rs; it reads from the `orders` table\n\
         - [ ] T003 [P] Write tests in tests/cart_test.rs\n\
         - [ ] T004 [P] Cover totals in tests/cart_test.rs\n\
         - [ ] T005 [P] Change src/report.rs (depends on T003)\n\
         - [ ] T006 [P] Write `test_sum` for sums\n\
         - [ ] T007 [P] Write `test_sum` for products\n",
    );
    let plan = planned(&bed, &["tasks.md"]);
    let after = |n: usize| {
        let edge = |it: &serde_json::Value| {
            ["task", "why", "kind"].map(|name| it[name].as_str().unwrap().to_owned()).join(" ")
                + " "
                + &it["over"].to_string()
        };
        plan["tasks"][n]["after"].as_array().unwrap().iter().map(edge).collect::<Vec<_>>()
    };
    assert_eq!(after(1), ["T001 files data [\"orders\"]"]);
    assert_eq!(after(3), ["T003 files tests [\"tests/cart_test.rs\"]"]);
    assert_eq!(after(4), ["T002 files files [\"src/report.rs\"]", "T003 explicit explicit null"]);
    assert_eq!(after(6), ["T006 files tests [\"test_sum\"]"]);
    let text = bed.orca(&["plan", "tasks.md"]).exits(0).stdout;
    assert!(text.contains("edges 5: 1 explicit, 1 files, 1 data, 2 tests"), "{text}");

    // Kinds can be chosen; what is left out is forecast instead.
    let only = planned(&bed, &["tasks.md", "--deps", "explicit,data"]);
    assert_eq!(only["tasks"][1]["after"][0]["kind"], "data");
    assert_eq!(only["tasks"][3]["after"], json!([]));
    let forecast = |plan: &serde_json::Value, kind: &str| {
        let all = plan["forecast"].as_array().unwrap().iter().filter(|it| it["kind"] == kind);
        all.map(|it| format!("{} {} {}", it["tasks"], it["paths"], it["names"])).collect::<Vec<_>>()
    };
    assert_eq!(
        forecast(&only, "test"),
        ["[\"T003\",\"T004\"] [\"tests/cart_test.rs\"] null", "[\"T006\",\"T007\"] [] [\"test_sum\"]"]
    );
    let loose = planned(&bed, &["tasks.md", "--loose"]);
    assert_eq!(forecast(&loose, "dependency"), ["[\"T001\",\"T002\"] [] [\"orders\"]"]);
}

#[test]
fn a_service_that_tasks_name_is_shared_only_where_somebody_says_how_much_there_is() {
    let bed = TestRepo::new();
    let task =
        |id: &str| json!({"id": id, "title": "Run against postgres", "run": format!("block {id}; put {id}.txt x")});
    bed.plan(json!([task("A"), task("B")]));
    let plan = planned(&bed, &[]);
    assert_eq!(plan["tasks"][0]["named"]["environment"], json!(["postgres"]));
    assert_eq!((&plan["tasks"][0]["needs"], &plan["schedule"]["makespan"]), (&json!({}), &json!(1.0)));
    let text = bed.orca(&["plan"]).exits(0).stdout;
    assert!(text.contains("needs     postgres: A B  (not limited; [resources] postgres = 1"), "{text}");

    bed.toml("[resources]\npostgres = 1\n");
    let plan = planned(&bed, &[]);
    assert_eq!((&plan["tasks"][0]["needs"], &plan["schedule"]["makespan"]), (&json!({"postgres": 1}), &json!(2.0)));
    let (a, b) = (bed.fifo("A"), bed.fifo("B"));
    let run = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let held = a.wait();
    // What starts together is intended together.
    assert!(bed.state().tasks[1].attempts.is_empty(), "both use the one postgres");
    drop(held);
    drop(b.wait());
    run.wait().exits(0);
}

#[test]
fn times_are_learned_from_earlier_runs_and_told_before_the_next() {
    let bed = TestRepo::new();
    bed.plan(json!([
        {"id": "A", "run": "put a.txt a"}, {"id": "B", "run": "put b.txt b"},
        {"id": "C", "run": "put c.txt c"}, {"id": "D", "after": ["A"], "run": "put d.txt d"},
    ]));
    assert_eq!(planned(&bed, &[])["expected"], serde_json::Value::Null);
    let first = bed.execute(&[]).exits(0);
    assert!(!first.stderr.contains("learned from"), "{}", first.stderr);
    assert!(bed.state().info.expected.is_empty());

    let plan = planned(&bed, &["-j", "2"]);
    let expected = &plan["expected"];
    let minutes = |name: &str| expected[name].as_f64().unwrap();
    assert_eq!((&expected["jobs"], &expected["attempts"]), (&json!(2), &json!(4)));
    assert!(0.0 < minutes("low") && minutes("low") <= minutes("minutes") && minutes("minutes") <= minutes("high"));
    assert!(plan["tasks"][0]["expected"].as_f64().unwrap() > 0.0);
    let text = bed.orca(&["plan", "-j", "2"]).exits(0).stdout;
    assert!(text.contains("with 2 agents, learned from 4 attempts in this repository"), "{text}");

    // The next run starts the longest remaining path by what was learned, and that is frozen in its journal.
    let second = bed.execute(&["--new"]).exits(0);
    assert!(second.stderr.contains("learned from 4 attempts"), "{}", second.stderr);
    assert_eq!(bed.state().info.expected.len(), 4);
}

/// Two features that use the same ids.
fn two_features(bed: &TestRepo) {
    for (name, file) in [("001-cart", "cart"), ("002-pay", "pay")] {
        bed.write(
            &format!("specs/{name}/tasks.md"),
            &format!("# Tasks: {name}\n\n## Phase 1: All\n\n- [ ] T001 Create {file}/one.txt\n- [ ] T002 Write {file}/two.txt\n"),
        );
    }
    bed.toml(WRITER);
    bed.commit("two plans");
}

#[test]
fn several_plans_run_as_one_and_each_is_marked() {
    let bed = TestRepo::new();
    two_features(&bed);
    let both = ["specs/001-cart", "specs/002-pay"];
    let plan = planned(&bed, &both);
    let ids: Vec<&str> = plan["tasks"].as_array().unwrap().iter().map(|task| task["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["001-cart.T001", "001-cart.T002", "002-pay.T001", "002-pay.T002"]);
    assert_eq!(plan["layers"], json!([["001-cart.T001", "002-pay.T001"], ["001-cart.T002", "002-pay.T002"]]));
    let text = bed.orca(&[&["plan"], &both[..]].concat()).exits(0).stdout;
    assert!(text.contains("next: git orca execute specs/001-cart specs/002-pay -j 2"), "{text}");
    let twice = bed.orca(&["plan", "specs/001-cart", "specs/001-cart/tasks.md"]).exits(0).stdout;
    assert!(twice.contains("2 tasks") && twice.contains("named twice; it is read once"), "{twice}");

    bed.execute(&both).exits(0);
    for (name, _) in [("001-cart", ()), ("002-pay", ())] {
        let marked = bed.result(&format!("specs/{name}/tasks.md"));
        assert!(marked.contains("- [X] T001") && marked.contains("- [X] T002"), "{marked}");
    }
    let status: serde_json::Value = serde_json::from_str(&bed.orca(&["status", "--json"]).exits(0).stdout).unwrap();
    assert_eq!(status["plan"], "specs/001-cart specs/002-pay");
    // One of several that are found has to be named, or several.
    let which = bed.orca(&["execute", "--yes"]).exits(2).stderr;
    assert!(
        which.contains("git orca execute specs/001-cart/tasks.md specs/002-pay/tasks.md    several at once"),
        "{which}"
    );
}

#[test]
fn an_interrupted_run_of_several_plans_is_known_by_its_set() {
    let bed = TestRepo::new();
    two_features(&bed);
    bed.toml("[run]\nagent = \"mine\"\n[agents.mine]\ncommand = [\"sh\", \"-ec\", 'test -e \"$HOME/go\"; put $ORCA_TASK.txt done']\n");
    bed.commit("an agent that waits for its day");
    bed.execute(&["specs/001-cart", "specs/002-pay", "--attempts", "1"]).exits(4);
    let run = bed.run();
    // It is over; as a stopped run it would be gone on with.
    let mut journal = std::fs::read_to_string(bed.paths().journal()).unwrap();
    let last = journal.trim_end().rfind('\n').unwrap();
    journal.truncate(last + 1);
    std::fs::write(bed.paths().journal(), journal).unwrap();

    let refused = bed.execute(&["specs/002-pay", "specs/001-cart"]).exits(1).stderr;
    assert!(refused.contains(&format!("git orca resume {run}")), "{refused}");
    let told = bed.orca(&["execute", "specs/002-pay", "--yes", "--attempts", "1"]).exits(4).stderr;
    assert!(told.contains("it has other plans besides specs/002-pay"), "{told}");

    // Resuming reads all of them again, and tells what became of each.
    std::fs::write(bed.root().join("home/go"), "").unwrap();
    std::fs::remove_file(bed.repo().join("specs/002-pay/tasks.md")).unwrap();
    let resumed = bed.orca(&["retry", "--run", run.as_str(), "001-cart.T001", "002-pay.T001"]).exits(0);
    let changed = "changed since the start: 002-pay.T001 is no longer in the plan";
    assert!(resumed.stderr.contains(changed), "{}", resumed.stderr);
    assert!(!resumed.stderr.contains("001-cart.T001 is no longer"), "{}", resumed.stderr);
}

#[test]
fn own_prompts_reach_agents_only_when_trusted() {
    let bed = TestRepo::new();
    cart(&bed);
    bed.write(".orca/prompts/code.md", "Speak like a pirate of: {{title}}\n");
    bed.commit("own words");
    let refused = bed.orca(&["execute", "specs/001-cart", "--detach"]).exits(1).stderr;
    assert!(refused.contains(".orca/prompts/code.md") && refused.contains("git orca trust"), "{refused}");
    assert!(bed.runs().is_empty(), "nothing was started");

    let listed = bed.orca(&["trust", "specs/001-cart", "--list"]).exits(0).stdout;
    assert!(listed.contains(".orca/prompts/code.md"), "{listed}");
    bed.orca(&["trust", "specs/001-cart", "--yes"]).exits(0);
    bed.orca(&["execute", "specs/001-cart", "--detach"]).exits(0);
    until("the run is over", || bed.try_state().is_some_and(|state| state.finished.is_some()));
    let prompt = bed.orca(&["show", "T001", "--prompt"]).exits(0).stdout;
    assert!(prompt.contains("Speak like a pirate of: Create src/cart.txt"), "{prompt}");

    // A change asks again.
    bed.write(".orca/prompts/code.md", "Speak like a king.\n");
    bed.commit("other words");
    bed.orca(&["execute", "specs/001-cart", "--new", "--detach"]).exits(1);
}

#[test]
fn a_plan_of_which_a_line_was_not_read_is_never_a_success() {
    let bed = TestRepo::new();
    let (held, go) = (bed.fifo("held"), bed.out("go"));
    let command = format!("test -e {} || block held; put $ORCA_TASK.txt done", go.display());
    bed.toml(&format!("[run]\nagent = \"mine\"\n[agents.mine]\ncommand = [\"sh\", \"-ec\", '{command}']\n"));
    let plan = "# Tasks\n\n## Phase 1\n\n- [ ] T001 Write T001.txt\n- [ ] fix the docs\n- [ ] T002 Write T002.txt\n";
    bed.write("specs/001-shop/tasks.md", plan);
    bed.commit("a plan");
    let unread = "specs/001-shop/tasks.md:6";
    bed.execute(&["specs/001-shop", "--dry-run"]).exits(3).says(&[unread]);
    // Neither is a run that was stopped and goes on.
    let running = bed.spawn(&["execute", "--yes", "specs/001-shop"]);
    let stopped = held.wait();
    bed.orca(&["stop", "--now"]).exits(0);
    running.wait().exits(130);
    drop(stopped);
    std::fs::write(go, "").unwrap();
    bed.orca(&["resume", "--yes"]).exits(3).says(&["2 of 2 landed", unread]);
    assert_eq!(bed.standings(), "T001 landed, T002 landed");
}
