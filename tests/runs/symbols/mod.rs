//! What agents are told of the symbols in their task's files, and symbols that one task removes and another uses.

mod serena;

use crate::support::{TestRepo, until};
use git_orca::journal::Event;
use git_orca::model::AttemptId;
use serde_json::{Value, json};

/// A bed whose agent waits at the FIFO of its task's name, and writes one file.
fn bed_with(settings: &str) -> TestRepo {
    let bed = TestRepo::new();
    let script = "block $ORCA_TASK; echo $ORCA_TASK > $ORCA_TASK.txt";
    bed.toml(&format!(
        "[run]\nagent = \"mine\"\nfound-gates = false\n{settings}[agents.mine]\ncommand = [\"sh\", \"-ec\", '''{script}''']\n"
    ));
    bed
}

/// The lines of a task's first prompt that tell of symbols.
fn told(bed: &TestRepo, task: &str) -> Vec<String> {
    let prompt = bed.paths().prompt_file(&AttemptId { task: task.parse().unwrap(), n: 1 });
    let text = std::fs::read_to_string(prompt).unwrap();
    let (_, rest) = text.split_once("## What they define, and who uses it\n\n").unwrap_or_default();
    rest.lines().take_while(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Lets each task go as its agent waits.
fn execute(bed: &TestRepo, tasks: &[&str]) {
    let fifos: Vec<_> = tasks.iter().map(|task| bed.fifo(task)).collect();
    let running = bed.spawn(&["execute", "--yes", "-j", "4"]);
    fifos.iter().for_each(|fifo| drop(fifo.wait()));
    running.wait().exits(0);
}

fn foreseen(bed: &TestRepo) -> Vec<String> {
    let status: Value = serde_json::from_str(&bed.orca(&["status", "--json"]).exits(0).stdout).unwrap();
    let words = |it: &Value| {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let paths = it["paths"].as_array().unwrap().iter();
        let paths: Vec<String> = paths
            .map(|path| format!("{}:{} {}", text(&path["path"]), text(&path["lines"]), text(&path["kind"])))
            .collect();
        format!("{} x {} {}: {}", text(&it["tasks"][0]), text(&it["tasks"][1]), text(&it["severity"]), paths.join("; "))
    };
    status["foreseen"].as_array().into_iter().flatten().map(words).collect()
}

/// A task that does `text`, and waits to be let go.
fn scripted(id: &str, text: &str) -> Value {
    json!({"id": id, "run": format!("{text}; block {id}; git add -A; git commit -qm {id}")})
}

/// In each language, through whatever kind of import; files that only have the name are left out.
#[test]
fn a_prompt_tells_who_uses_what_its_files_define() {
    let bed = bed_with("");
    for (path, text) in [
        ("shop/cart.py", "class Cart:\n    def total(self):\n        return 1\n\n\ndef rate():\n    return 1\n"),
        ("shop/bill.py", "from shop.cart import Cart\nfrom shop import cart\n\n\nprint(Cart().total(), cart.rate())\n"),
        ("shop/other.py", "def rate():\n    return 2\n\n\nprint(rate())\n"),
        ("web/tax.ts", "export function rate() {\n  return 1;\n}\n"),
        ("web/bill.ts", "import { rate } from './tax';\nconsole.log(rate());\n"),
        ("web/old.js", "const tax = require('./tax');\nconsole.log(tax.rate());\n"),
        ("web/other.ts", "import { rate } from 'elsewhere';\nrate();\n"),
        ("tax/tax.go", "package tax\n\nfunc Rate() int { return 1 }\n"),
        ("cmd/main.go", "package main\n\nimport \"example.com/shop/tax\"\n\nfunc main() { println(tax.Rate()) }\n"),
        ("src/tax.rs", "pub struct Tax;\n\nimpl Tax {\n    pub fn rate(&self) {}\n}\n"),
        ("src/bill.rs", "use crate::tax::Tax;\n\nfn bill(tax: &Tax) {\n    tax.rate();\n}\n"),
    ] {
        bed.write(path, text);
    }
    bed.commit("a shop");
    bed.plan(json!([
        {"id": "A", "title": "Change it", "files": ["shop/cart.py", "web/tax.ts", "README.md", "new.py"]},
        {"id": "B", "title": "Change that", "files": ["tax/tax.go", "src/tax.rs"]},
        {"id": "C", "title": "Say something", "files": ["README.md"]},
    ]));
    execute(&bed, &["A", "B", "C"]);
    let expected = [
        "- `shop/cart.py` defines `Cart` (line 1; used in shop/bill.py:1,5), `Cart.total` (line 2; used in shop/bill.py:5), \
         `rate` (line 6; used in shop/bill.py:5)",
        "- `web/tax.ts` defines `rate` (line 1; used in web/bill.ts:1,2 web/old.js:2)",
    ];
    assert_eq!(told(&bed, "A"), expected);
    let expected = [
        "- `tax/tax.go` defines `Rate` (line 3; used in cmd/main.go:5)",
        "- `src/tax.rs` defines `Tax` (line 1; used in src/bill.rs:1,3), `Tax.rate` (line 4; used in src/bill.rs:4)",
    ];
    assert_eq!(told(&bed, "B"), expected);
    assert_eq!(told(&bed, "C"), [] as [&str; 0], "nothing is defined there");
    assert!(!bed.slots().join("symbols").exists(), "nobody needed a worktree");
}

/// What an earlier task brought is told to the one that builds on it.
#[test]
fn a_later_task_is_told_of_what_landed_before() {
    let bed = TestRepo::new();
    let script = "printf 'def %s():\\n    return 1\\n' $ORCA_TASK >> made.py";
    bed.toml(&format!(
        "[run]\nagent = \"mine\"\nfound-gates = false\n[agents.mine]\ncommand = [\"sh\", \"-ec\", '''{script}''']\n"
    ));
    let files = json!(["made.py"]);
    bed.plan(json!([{"id": "A", "files": files}, {"id": "B", "after": ["A"], "files": files}]));
    bed.execute(&[]).exits(0);
    assert_eq!(told(&bed, "A"), [] as [&str; 0]);
    assert_eq!(told(&bed, "B"), ["- `made.py` defines `A` (line 1)"]);
}

#[test]
fn nobody_is_asked_where_the_user_wants_none() {
    let bed = bed_with("symbols = \"off\"\n");
    bed.write("tax.py", "def rate():\n    return 1\n");
    bed.commit("tax");
    bed.plan(json!([{"id": "A", "files": ["tax.py"]}]));
    execute(&bed, &["A"]);
    assert_eq!(told(&bed, "A"), [] as [&str; 0]);
}

/// A function of a type that nothing else has; a name that is imported; and what is none of both.
#[test]
fn what_one_task_removes_and_another_uses_is_foreseen_in_status() {
    let bed = TestRepo::new();
    bed.toml("[run]\nfound-gates = false\nsnapshot-every = \"1s\"\n[gates.read]\nkind = \"review\"\n[conflicts]\nresolve = []\n");
    bed.write(
        "cart.py",
        "class Cart:\n    def add_up(self):\n        return 1\n\n    def close(self):\n        return 2\n",
    );
    bed.write("tax.py", "def rate():\n    return 1\n\n\nx = 1\n");
    bed.write("door.py", "class Door:\n    def close(self):\n        return 1\n");
    bed.commit("a shop");
    bed.plan(json!([
        scripted("drop", "printf 'class Cart:\\n    pass\\n' > cart.py"),
        scripted("use", "printf 'from cart import Cart\\n\\n\\nprint(Cart().add_up())\\n' > bill.py"),
        scripted(
            "other",
            "printf 'from cart import Cart\\nfrom door import Door\\n\\n\\nprint(Cart, Door().close())\\n' > hall.py"
        ),
        scripted("rename", "printf 'def new_rate():\\n    return 1\\n\\n\\nx = 1\\n' > tax.py"),
        scripted("call", "printf 'import tax\\n\\n\\nprint(tax.rate())\\n' > pay.py"),
    ]));
    let fifos: Vec<_> = ["drop", "use", "other", "rename", "call"].iter().map(|id| bed.fifo(id)).collect();
    let running = bed.spawn(&["execute", "--yes", "-j", "5", "--attempts", "1", "--sandbox", "off"]);
    let held: Vec<_> = fifos.iter().map(|fifo| fifo.wait()).collect();
    let words = "was removed by one side and is used by the other; the other:";
    let expected = [
        format!("drop x use high: bill.py:4 Cart.add_up {words} cart.py"),
        format!("rename x call high: pay.py:4 rate {words} tax.py"),
    ];
    until("both are foreseen", || foreseen(&bed).len() >= expected.len());
    let mut found = foreseen(&bed);
    found.sort();
    assert_eq!(found, expected);
    let document: Value = serde_json::from_str(&bed.orca(&["conflicts", "--json"]).exits(0).stdout).unwrap();
    let pairs: Vec<&Value> = document["live"].as_array().unwrap().iter().map(|it| &it["tasks"]).collect();
    assert_eq!(pairs, [&json!(["drop", "use"]), &json!(["rename", "call"])], "{document:#}");
    let status = bed.orca(&["status"]).exits(0).stdout;
    assert!(status.contains("foreseen  drop x use  severity high: bill.py:4"), "{status}");
    drop(held);
    running.wait();
    let landed = bed.landings();
    assert_eq!(landed.len(), 3, "one of each pair, and the one that breaks nothing: {}", bed.standings());
    assert!(landed.contains_key("other"));
    let refused = bed
        .journal()
        .iter()
        .filter(|it| {
            matches!(&it.event, Event::Judged { findings, .. }
        if findings.iter().any(|finding| finding.rule == "removed-and-used"))
        })
        .count();
    assert!(refused >= 2, "the gate finds both on the merged tree");
    assert_eq!(foreseen(&bed), [] as [&str; 0], "one of each has landed");
}

/// What would clash no more, since its author put it back, is taken back.
#[test]
fn what_is_put_back_is_foreseen_no_more() {
    let bed = TestRepo::new();
    bed.toml("[run]\nfound-gates = false\nsnapshot-every = \"1s\"\n");
    bed.write("tax.py", "def rate():\n    return 1\n\n\nx = 1\n");
    bed.commit("tax");
    bed.plan(json!([
        scripted("drop", "echo 'x = 1' > tax.py; block again; git checkout -q -- tax.py; echo 'y = 2' >> tax.py"),
        scripted("use", "printf 'from tax import rate\\n\\n\\nprint(rate())\\n' > cart.py"),
    ]));
    let (drops, again, uses) = (bed.fifo("drop"), bed.fifo("again"), bed.fifo("use"));
    let running = bed.spawn(&["execute", "--yes", "-j", "2", "--sandbox", "off"]);
    let (used, held) = (uses.wait(), again.wait());
    until("it is foreseen", || foreseen(&bed).len() == 1);
    drop(held);
    let dropped = drops.wait();
    until("it is taken back", || foreseen(&bed).is_empty());
    drop((used, dropped));
    running.wait().exits(0);
    assert_eq!(bed.landings().len(), 2);
}
