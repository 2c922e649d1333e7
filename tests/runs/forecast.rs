//! What two tasks break together though git merges them: foreseen while they run, and found before it lands.

use crate::support::{TestRepo, until};
use serde_json::{Value, json};

fn live(bed: &TestRepo, args: &[&str]) -> Value {
    let args: Vec<&str> = ["conflicts", "--json"].iter().chain(args).copied().collect();
    serde_json::from_str(&bed.orca(&args).exits(0).stdout).unwrap()
}

/// `A x B severity: kinds`, of what is foreseen.
fn foreseen(document: &Value) -> Vec<String> {
    let pair = |it: &Value| {
        let kinds = |key: &str| -> Vec<String> {
            it[key].as_array().unwrap().iter().map(|path| path["kind"].as_str().unwrap().to_owned()).collect()
        };
        let all = [kinds("paths"), kinds("symbols"), kinds("clashes")].concat().join(", ");
        format!(
            "{} x {} {}: {all}",
            it["tasks"][0].as_str().unwrap(),
            it["tasks"][1].as_str().unwrap(),
            it["severity"].as_str().unwrap()
        )
    };
    document["live"].as_array().unwrap().iter().map(pair).collect()
}

const MIDDLE: &str = "def one():\n    return 1\n\n\ndef two():\n    return 2\n\n\ndef three():\n    a = 1\n    b = 2\n    c = 3\n    d = 4\n    e = 5\n    return a\n";

fn shop() -> TestRepo {
    let bed = TestRepo::new();
    bed.write("shop.py", MIDDLE);
    bed.write("tax.py", "def rate():\n    return 1\n\n\nx = 1\n");
    bed.write("migrations/0001_first.py", "x = 1\n");
    bed.write("package.json", "{\n  \"name\": \"shop\",\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 3,\n  \"d\": 4\n}\n");
    bed.commit("a shop");
    bed
}

#[test]
fn what_git_merges_and_nobody_meant_is_foreseen_and_does_not_land() {
    let bed = shop();
    bed.toml("[run]\nfound-gates = false\n[gates.read]\nkind = \"review\"\n[conflicts]\nresolve = []\n");
    let work = [
        ("top", "printf 'def total():\\n    return 1\\n\\n\\n' | cat - shop.py > new && mv new shop.py"),
        ("end", "printf '\\n\\ndef total(a):\\n    return a\\n' >> shop.py"),
        ("drop", "printf 'x = 1\\n' > tax.py"),
        ("use", "printf 'from tax import rate\\n\\n\\nprint(rate())\\n' > cart.py"),
        ("users", "echo 'y = 1' > migrations/0002_users.py"),
        ("orders", "echo 'y = 2' > migrations/0002_orders.py"),
        ("first", "sed -i 's/\"name\": \"shop\",/\"name\": \"shop\",\\n  \"z\": 9,/' package.json"),
        ("last", "sed -i 's/\"d\": 4/\"d\": 4,\\n  \"z\": 8/' package.json"),
        ("other", "printf '\\n\\ny = 2\\n' >> README.md"),
    ];
    let tasks: Vec<Value> = work
        .iter()
        .map(|(id, run)| json!({"id": id, "run": format!("{run}; git add -A; git commit -qm work; touch {}; until test -e {}; do sleep 0.05; done", bed.out(&format!("did-{id}")).display(), bed.out("go").display())}))
        .collect();
    bed.plan(json!(tasks));
    let running = bed.spawn(&["execute", "--yes", "-j", "9", "--attempts", "1", "--sandbox", "off"]);
    until("all have committed", || work.iter().all(|(id, _)| bed.out(&format!("did-{id}")).exists()));
    let document = live(&bed, &[]);
    let wanted = [
        "top x end high: two definitions of total; the other: line 1",
        "drop x use high: rate was removed by one side and is used by the other; the other: tax.py",
        "users x orders high: two migrations of the number 0002; the other: migrations/0002_users.py",
        "first x last high: two values for the key z; the other: line 3",
    ];
    assert_eq!(foreseen(&document), wanted);
    // Again, from what is kept.
    assert_eq!(live(&bed, &[])["live"], document["live"]);
    std::fs::write(bed.out("go"), "").unwrap();
    running.wait();
    let landed: Vec<String> = bed.landings().into_keys().collect();
    assert_eq!(landed.len(), 5, "one of each pair, and the one that clashes with nobody: {}", bed.standings());
    let journal: String = bed.journal().iter().map(|entry| serde_json::to_string(&entry.event).unwrap()).collect();
    for rule in ["defined-twice", "removed-and-used", "migration-twice", "key-twice"] {
        assert!(journal.contains(&format!("\"rule\":\"{rule}\"")), "the gate did not find `{rule}`");
    }
}

/// Where nobody asked for a review it lands, and is said.
#[test]
fn what_nobody_reviews_and_yet_clashes_is_told_when_it_lands() {
    let bed = shop();
    bed.toml("[run]\nfound-gates = false\n[gates.any]\nrun = \"true\"\n");
    bed.plan(json!([
        {"id": "top", "run": "printf 'def total():\\n    return 1\\n\\n\\n' | cat - shop.py > new && mv new shop.py"},
        {"id": "end", "run": "printf '\\n\\ndef total(a):\\n    return a\\n' >> shop.py"},
        {"id": "other", "run": "printf '\\n\\nz = 3\\n' >> README.md"},
    ]));
    let output = bed.execute(&[]).exits(0);
    assert_eq!(output.stderr.matches("two definitions of `total`").count(), 1, "{}", output.stderr);
    assert!(output.stderr.contains("merged cleanly, and yet shop.py:"), "{}", output.stderr);
}

#[test]
fn honest_neighbours_are_not_foreseen_to_clash_and_land() {
    let bed = shop();
    bed.toml("[run]\nfound-gates = false\n[gates.read]\nkind = \"review\"\n");
    let work = [
        ("top", "printf 'def zero():\\n    return 0\\n\\n\\n' | cat - shop.py > new && mv new shop.py"),
        ("end", "printf '\\n\\ndef four():\\n    return 4\\n' >> shop.py"),
        ("begin", "sed -i 's/a = 1/a = 11/' shop.py"),
        ("finish", "sed -i 's/e = 5/e = 55/' shop.py"),
        ("move", "git mv tax.py rates.py; printf 'from rates import rate, x\\n' > tax.py"),
        ("use", "printf 'from tax import rate\\n\\n\\nprint(rate())\\n' > cart.py"),
        ("users", "echo 'y = 1' > migrations/0002_users.py"),
        ("orders", "echo 'y = 2' > migrations/0003_orders.py"),
    ];
    let tasks: Vec<Value> = work
        .iter()
        .map(|(id, run)| json!({"id": id, "run": format!("{run}; touch {}; until test -e {}; do sleep 0.05; done", bed.out(&format!("did-{id}")).display(), bed.out("go").display())}))
        .collect();
    bed.plan(json!(tasks));
    let running = bed.spawn(&["execute", "--yes", "-j", "8", "--attempts", "1", "--sandbox", "off"]);
    until("all have written", || work.iter().all(|(id, _)| bed.out(&format!("did-{id}")).exists()));
    // Nothing is committed, and nobody has saved it yet.
    assert_eq!(foreseen(&live(&bed, &[])), Vec::<String>::new());
    let now = live(&bed, &["--now"]);
    let of = |a: &str, b: &str| foreseen(&now).into_iter().find(|it| it.starts_with(&format!("{a} x {b} ")));
    assert_eq!(of("begin", "finish").unwrap(), "begin x finish warning: same symbol: three");
    assert_eq!(of("top", "end").unwrap(), "top x end info: ");
    assert!(foreseen(&now).iter().all(|it| it.contains(" info: ") || it.contains(" warning: ")), "{now:#}");
    let seen = now["seen"].as_array().unwrap();
    assert_eq!(seen.len(), work.len());
    assert!(seen.iter().all(|it| it["age"].as_f64().is_some_and(|age| age < 60.0)), "{seen:?}");
    assert!(bed.orca(&["conflicts", "--now"]).exits(0).stdout.contains("seen     top"), "people are told as well");
    std::fs::write(bed.out("go"), "").unwrap();
    running.wait().exits(0);
    assert_eq!(bed.landings().len(), work.len());
}

/// Two files that macOS and Windows cannot keep side by side: said while both tasks run.
#[test]
fn names_that_differ_only_in_case_or_accents_are_foreseen() {
    for (one, other) in
        [("ui/Button.tsx", "ui/button.tsx"), ("Docs/a.md", "docs/b.md"), ("caf\u{e9}.txt", "cafe\u{301}.txt")]
    {
        let bed = TestRepo::new();
        bed.toml("[run]\nfound-gates = false\n");
        let task = |id: &str, path: &str| {
            let (did, go) = (bed.out(&format!("did-{id}")), bed.out("go"));
            let wait = format!("touch {}; until test -e {}; do sleep 0.05; done", did.display(), go.display());
            json!({"id": id, "run": format!("put {path} {id}; git add -A; git commit -qm work; {wait}")})
        };
        bed.plan(json!([task("A", one), task("B", other), task("C", "quite/another.txt")]));
        let running = bed.spawn(&["execute", "--yes", "-j", "3", "--sandbox", "off"]);
        until("all have committed", || ["A", "B", "C"].iter().all(|id| bed.out(&format!("did-{id}")).exists()));
        let shown = bed.orca(&["conflicts"]).exits(0).stdout;
        let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.contains("case or accents do not count"), "{one}: {shown}");
        let pairs = foreseen(&live(&bed, &[]));
        assert!(pairs.iter().any(|pair| pair.starts_with("A x B")), "{one}: {pairs:?}");
        assert!(!pairs.iter().any(|pair| pair.contains('C')), "{one}: {pairs:?}");
        std::fs::write(bed.out("go"), "").unwrap();
        running.wait().exits(0);
    }
}
