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
