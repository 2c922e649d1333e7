//! Complete tasks and prompts from small plans. The expected prompts lie in `snapshots/`, one file a role; after a
//! deliberate change: `ORCA_TEST_BLESS=1 cargo test --lib brief`.

use std::path::Path;

use super::*;
use crate::model::{FileUse, Finding, GateDef, MapFiles, Place, Task, TaskKind, Verdict};
use crate::project::{self, Project};

fn task() -> Task {
    serde_json::from_value(serde_json::json!({
        "id": "T003", "key": "T003", "title": "Export orders\u{1b}[31m as CSV", "at": {"file": "tasks.md", "line": 9},
        "group": "Phase 3: Export", "details": "Write `shop/export.py` (FR-007).\nKeep it small.",
        "acceptance": ["Quotes are doubled", "`pytest tests/test_export.py`"],
        "files": [{"path": "shop/export.py", "creates": true}, {"path": "tests/test_export.py", "creates": true}],
        "needs": {"db": 1}, "estimate": 20.0, "priority": 60
    }))
    .unwrap()
}

fn shop() -> Project {
    let files = [
        ("README.md", "# Shop\n\nA small shop in a file."),
        ("pyproject.toml", "[tool.ruff]"),
        ("shop/cart.py", ""),
        ("tests/test_cart.py", ""),
    ];
    let map = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
    project::read(&MapFiles(map)).unwrap()
}

fn gates() -> Vec<GateDef> {
    project::detect(&shop(), &|_| true, false).gates
}

fn docs() -> Vec<ContextDoc> {
    let doc = |path: &str, kind, text: &str| ContextDoc { path: path.to_owned(), kind, text: text.to_owned() };
    vec![
        doc("AGENTS.md", ContextKind::Rules, "Money is never a float."),
        doc("plan.md", ContextKind::Architecture, "# Storage\nOrders lie in SQLite.\n# Export\nCSV by RFC 4180."),
        doc("spec.md", ContextKind::Requirements, "## Users\nFR-001 log in.\n## Export\nFR-007 orders export as CSV."),
        doc("research.md", ContextKind::Guidance, "## Weather\nIt rains."),
    ]
}

fn delivered() -> Vec<Delivered> {
    vec![Delivered { task_id: "T001".into(), delivered: "Order model: shop/order.py, class Order".into() }]
}

fn build(task: &Task, docs: &[ContextDoc], project: &Project, gates: &[GateDef], budget: usize) -> CompleteTask {
    let library = Library::new(docs, estimate);
    let dependencies = delivered();
    let gate_kinds = crate::gate::kinds();
    let dependencies = &dependencies;
    complete(&Inputs { task, library: &library, dependencies, project, gates, gate_kinds, budget, count: estimate })
}

fn complete_shop() -> CompleteTask {
    build(&task(), &docs(), &shop(), &gates(), DEFAULT_BUDGET)
}

/// Compares with a file of `snapshots/`, or writes it when asked to.
fn expect_snapshot(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/brief/snapshots").join(name);
    if std::env::var_os("ORCA_TEST_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(text, expected, "differs from {}", path.display());
}

#[test]
fn the_documented_shape() {
    let complete = complete_shop();
    expect_snapshot("complete.json", &complete.to_json());
    assert!(complete.is_stateless_ready(), "{:?}", complete.missing);
    assert_eq!(serde_json::from_str::<CompleteTask>(&complete.to_json()).unwrap(), complete);
    assert_eq!(complete.to_json(), complete_shop().to_json());
}

#[test]
fn every_role_has_its_prompt() {
    let complete = complete_shop();
    let finding = Finding {
        file: "shop/export.py".into(),
        line: 12,
        rule: "E711".into(),
        message: "comparison\nto None".into(),
        advice: "use `is`".into(),
    };
    let failures = [
        GateFailure {
            gate: "test".parse().unwrap(),
            verdict: Verdict::Fail,
            findings: vec![finding],
            lines: vec!["if total == None:".into()],
            log_tail: "expected ```\x1b[1m\n1 failed".into(),
        },
        GateFailure {
            gate: "audit".parse().unwrap(),
            verdict: Verdict::Unchecked,
            findings: vec![],
            lines: vec![],
            log_tail: String::new(),
        },
    ];
    let hints = ["Use the csv module,\nnot string joins.".to_owned()];
    let conflict = Conflict {
        places: String::new(),
        earlier: "refs/orca/runs/r/attempt/T1/1 (commit 1234567): git show 1234567".into(),
        other: "T008 Tax rules: total() adds tax per line".into(),
        paths: vec![ConflictPath { path: "shop/cart.py".into(), kind: "contents".into() }],
    };
    let fresh = PromptInputs {
        task: &complete,
        failures: &[],
        reason: None,
        diff: "",
        hints: &[],
        conflict: None,
        cycle: "",
        gates: &[],
        unread: &[],
    };
    for (role, word) in Role::ALL {
        let inputs = match role {
            Role::Retry => PromptInputs { failures: &failures, diff: "+a line\n", hints: &hints, ..fresh },
            Role::Review => PromptInputs {
                gates: &["tdd: pass".to_owned()],
                unread: &["totals\u{1b} add up".to_owned()],
                diff: "+a line\n",
                ..fresh
            },
            Role::Resolve => PromptInputs { conflict: Some(&conflict), reason: Some("2 tests failed"), ..fresh },
            _ => fresh,
        };
        let text = prompt(role, &inputs, &Templates::default()).unwrap();
        assert!(!text.contains('\x1b') && !text.contains("\n\n\n"), "{word}");
        expect_snapshot(&format!("{word}.md"), &text);
    }
}

#[test]
fn what_a_fresh_agent_would_miss_is_said() {
    let bare: Task = serde_json::from_value(serde_json::json!({
        "id": "T1", "key": "T1", "title": "Do it, as FR-9 says", "at": {"file": "t.md", "line": 1}
    }))
    .unwrap();
    let nothing = Project::default();
    let complete = build(&bare, &[], &nothing, &[], DEFAULT_BUDGET);
    assert_eq!(complete.lacks(), MissingSection::ALL);
    assert_eq!(complete.missing.len(), 5);
    assert!(complete.missing[0].contains("`FR-9`"));
    let run = Task { run: Some("make it".into()), ..bare.clone() };
    assert!(build(&run, &[], &nothing, &[], DEFAULT_BUDGET).is_stateless_ready());
    let rules = [ContextDoc { path: "AGENTS.md".into(), kind: ContextKind::Rules, text: "Use tabs.".into() }];
    let ruled = build(&bare, &rules, &nothing, &[], DEFAULT_BUDGET);
    assert!(ruled.lacks().contains(&MissingSection::Guidance), "rules for everything are no guidance for this");
    let verify = Task { kind: TaskKind::Verify, acceptance: vec!["all is well".into()], ..bare };
    let verify = build(&verify, &[], &nothing, &[], DEFAULT_BUDGET);
    assert!(verify.lacks().contains(&MissingSection::Check), "a verifying task writes no tests");
}

#[test]
fn the_relevant_comes_and_the_rest_stays_out() {
    let complete = complete_shop();
    let context = &complete.complete_context;
    assert!(context.requirements_context.contains("FR-007"));
    assert!(context.architecture_context.contains("RFC 4180"));
    assert!(context.project_background.contains("never a float"));
    assert!(!complete.to_json().contains("rains"));
}

#[test]
fn budgets_hold() {
    let mut big = task();
    big.details = format!("See FR-007.\n{}", "This must be done with care.\n".repeat(3000));
    big.acceptance = (0..3000).map(|n| format!("criterion {n} about orders and exports")).collect();
    big.files =
        (0..3000).map(|n| FileUse { path: format!("shop/export{n}.py").parse().unwrap(), creates: true }).collect();
    let mut many = docs();
    for n in 0..1200 {
        let words = if n % 2 == 0 { "orders export CSV." } else { "rain wind hail." };
        let text = format!("## Part {n}\n{}", format!("{words} {n} ").repeat(20));
        many.push(ContextDoc { path: format!("docs/{n}.md"), kind: ContextKind::Requirements, text });
    }
    for budget in [4_000, 20_000, 100_000, 1_000_000] {
        for (name, task) in [("small", &task()), ("big", &big)] {
            let complete = build(task, &many, &shop(), &gates(), budget);
            let used = estimate(&complete.to_json());
            assert!(used <= budget.min(HARD_BUDGET), "{name}: {used} of {budget}");
            let filled = used * 2 > budget.min(HARD_BUDGET);
            assert!(filled || name == "small", "{name}: {used} of {budget} is too little");
            assert!(complete.to_json().contains("FR-007 orders export"), "{name}: {budget}");
        }
    }
}

#[test]
fn templates_of_the_project() {
    let complete = complete_shop();
    let inputs = PromptInputs {
        task: &complete,
        failures: &[],
        reason: None,
        diff: "",
        hints: &[],
        conflict: None,
        cycle: "",
        gates: &[],
        unread: &[],
    };
    let own = Templates::with_own([("code.md", "Do {{title}}.\n{{acceptance}}")]).unwrap();
    let text = prompt(Role::Code, &inputs, &own).unwrap();
    assert_eq!(text, "Do Export orders\\u{1b}[31m as CSV.\n- Quotes are doubled\n- `pytest tests/test_export.py`\n");
    assert!(prompt(Role::Test, &inputs, &own).unwrap().contains("only the tests"));
    let error = Templates::with_own([("coed.md", "")]).unwrap_err();
    assert_eq!(error.hints, ["did you mean `code`?"]);
}

/// Every key of a schema's objects occurs in the value, and every key of the value in the schema.
fn same_shape(schema: &serde_json::Value, value: &serde_json::Value, at: &str) {
    let Some(properties) = schema["properties"].as_object() else { return };
    let object = value.as_object().unwrap_or_else(|| panic!("{at} is no object"));
    for key in object.keys() {
        assert!(properties.contains_key(key), "{at}/{key} is not in the schema");
        same_shape(&properties[key], &object[key], &format!("{at}/{key}"));
    }
    for key in schema["required"].as_array().into_iter().flatten() {
        assert!(object.contains_key(key.as_str().unwrap()), "{at}/{key} is missing");
    }
}

#[test]
fn schemas_are_published_and_describe_what_is_written() {
    for (name, text) in SCHEMAS {
        let schema: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
    }
    assert!(schema("none").is_none());
    let text = schema("complete-task").unwrap();
    let value = serde_json::to_value(complete_shop()).unwrap();
    same_shape(&serde_json::from_str(text).unwrap(), &value, "");
}

#[test]
fn places_do_not_matter() {
    let moved = Task { at: Place::new("elsewhere.md", 99), ..task() };
    let elsewhere = build(&moved, &docs(), &shop(), &gates(), DEFAULT_BUDGET);
    assert_eq!(elsewhere, complete_shop());
}
