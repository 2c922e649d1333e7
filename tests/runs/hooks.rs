//! The repository's own hooks: what they refuse does not land, what they rewrite belongs to the commit, and no agent gets
//! round them.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::support::{TestRepo, TestRequirement, fences, in_cache};

const REFUSES: &str =
    "#!/bin/sh\n! git diff --cached | grep -q '^+.*FIXME' || { echo 'policy: none of that' >&2; exit 1; }\n";

/// An executable file of the checkout.
fn hook(bed: &TestRepo, path: &str, text: &str) {
    bed.write(path, text);
    std::fs::set_permissions(bed.repo().join(path), std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn reason(bed: &TestRepo, task: usize) -> String {
    bed.state().tasks[task].last().unwrap().failure().map(|(_, why)| why.to_owned()).unwrap_or_default()
}

fn told(bed: &TestRepo, word: &str) -> usize {
    bed.journal().iter().filter(|entry| serde_json::to_string(&entry.event).unwrap().contains(word)).count()
}

/// Whoever committed it and how, with and without a fence, in the main checkout's hooks and a folder of one's own.
#[test]
fn what_a_hook_refuses_does_not_land() {
    let rows = [
        ("left", "echo FIXME > a.txt"),
        ("refused once", "echo FIXME > a.txt; git add -A; git commit -qm a || true"),
        ("past it", "echo FIXME > a.txt; git add -A; git commit -qm a --no-verify"),
        ("planted", "git config core.hooksPath /nowhere; echo FIXME > a.txt; git add -A; git commit -qm a || true"),
        (
            "hidden",
            "git update-index --skip-worktree README.md; echo FIXME > README.md; git add -A; git update-index --no-skip-worktree README.md; git commit -qm a --no-verify -a",
        ),
        ("in between", "echo FIXME > a.txt; git add -A; git commit -qm a --no-verify; echo more > b2.txt"),
    ];
    for fence in fences() {
        for (what, does) in
            rows.iter().filter(|(what, _)| *what != "planted" || matches!(fence, "repository" | "bwrap"))
        {
            let bed = TestRepo::new();
            bed.plan(json!([{"id": "A", "run": does}, {"id": "B", "run": "echo fine > b.txt"}]));
            hook(&bed, ".git/hooks/pre-commit", REFUSES);
            bed.execute(&["--attempts", "1", "--no-writeback", "--sandbox", fence]).exits(4);
            assert_eq!(bed.standings(), "A failed, B landed", "{what} in {fence}");
            let why = reason(&bed, 0);
            assert!(why.contains("pre-commit") && why.contains("none of that"), "{what} in {fence}: {why}");
            assert!(bed.git_says(&["cat-file", "-e", &bed.attempt("A", 1)]), "{what} in {fence}: the work is kept");
        }
    }
}

/// The next attempt goes on from what was refused, and knows why.
#[test]
fn an_agent_mends_what_a_hook_refuses() {
    let bed = TestRepo::new();
    bed.toml("[run]\nagent = \"s\"\nattempts = 3\n[agents.s]\ncommand = [\"sh\", \"-c\", \"if test -e a.txt; then sed -i s/FIXME/done/ a.txt; else echo FIXME > a.txt; fi\"]\n");
    bed.plan(json!([{"id": "A", "title": "A", "details": "x"}]));
    hook(&bed, ".git/hooks/pre-commit", REFUSES);
    bed.execute(&[]).exits(0);
    assert_eq!((bed.result("a.txt").as_str(), bed.state().tasks[0].attempts.len()), ("done", 2));
    let prompt = std::fs::read_to_string(bed.paths().root().join("prompts/A.2.md")).unwrap();
    assert!(prompt.contains("policy: none of that"), "{prompt}");
}

/// As the pre-commit framework and lint-staged do: fix and refuse, fix and stage, stash what is not staged.
#[test]
fn what_a_hook_rewrites_belongs_to_the_commit() {
    let fixes = "for f in $(git diff --cached --name-only -- '*.txt'); do sed -i 's/tab/space/' $f; done";
    let rows = [
        (
            "fixes and refuses",
            format!("#!/bin/sh\n{fixes}\ngit diff --quiet || {{ echo 'files were modified'; exit 1; }}\n"),
        ),
        ("fixes and stages", format!("#!/bin/sh\n{fixes}\ngit add -u\n")),
        (
            "stashes",
            format!(
                "#!/bin/sh\nset -e\ns=$(git stash create); test -z \"$s\" || git stash store -m lint $s\n{fixes}\ngit add -u\ntest -z \"$s\" || git stash drop -q\n"
            ),
        ),
        ("leaves files about", format!("#!/bin/sh\n{fixes}\ngit add -u\necho r > report.xml\n")),
    ];
    for (what, text) in &rows {
        for does in ["echo tab > a.txt", "echo tab > a.txt; git add -A; git commit -qm own --no-verify"] {
            let bed = TestRepo::new();
            hook(&bed, ".git/hooks/pre-commit", text);
            bed.plan(json!([{"id": "A", "run": does}]));
            bed.execute(&["--attempts", "1", "--no-writeback"]).exits(0);
            assert_eq!(bed.result("a.txt"), "space", "{what}: {does}");
            assert!(!bed.result_has("report.xml"), "{what}: {does}");
            assert_eq!(bed.git(&["stash", "list"]), "", "{what}: {does}");
        }
    }
}

/// Tracked hooks count in the version of the base, whatever an agent makes of them, and a message has a form.
#[test]
fn tracked_hooks_are_those_of_the_base_and_a_message_can_have_a_form() {
    let bed = TestRepo::new();
    hook(&bed, "hooks/pre-commit", "#!/bin/sh\nsed -i 's/tab/space/' *.txt; git add -u\n");
    hook(&bed, "hooks/commit-msg", "#!/bin/sh\ngrep -q '^feat: ' \"$1\" || { echo 'form: feat: …'; exit 1; }\n");
    hook(&bed, "hooks/prepare-commit-msg", "#!/bin/sh\ntest \"$2\" = message && echo 'Ticket: 7' >> \"$1\"\n");
    bed.commit("hooks");
    bed.git(&["config", "core.hooksPath", "hooks"]);
    let plants = "printf '#!/bin/sh\\nexit 0\\n' > hooks/commit-msg; echo tab > a.txt";
    bed.plan(json!([{"id": "A", "title": "Add a", "run": plants}]));
    bed.execute(&["--attempts", "1", "--no-writeback"]).exits(4);
    let why = reason(&bed, 0);
    assert!(why.contains("commit-msg") && why.contains("form: feat") && why.contains("message"), "{why}");
    // One that commits by itself, as it is told.
    bed.plan(
        json!([{"id": "A", "title": "Add a", "run": "echo tab > a.txt; git add -A; git commit -qm 'feat: mine'"}]),
    );
    bed.execute(&["--attempts", "1", "--no-writeback", "--new"]).exits(0);
    assert_eq!(bed.result("a.txt"), "space");
    bed.plan(json!([{"id": "A", "title": "Add a", "run": plants}]));
    bed.toml("[worktree]\nmessage = \"feat: {title}\"\n");
    bed.execute(&["--attempts", "1", "--no-writeback", "--new"]).exits(0);
    assert_eq!(bed.result("a.txt"), "space", "what the hook rewrote is part of it");
    let message = bed.git(&["log", "-1", "--format=%s%n%b", &bed.attempt("A", 1)]);
    assert!(message.starts_with("feat: Add a\n") && message.contains("Ticket: 7"), "{message}");
    bed.toml("[worktree]\nhooks = \"off\"\n");
    bed.execute(&["--attempts", "1", "--no-writeback", "--new"]).exits(0).says(&["pre-commit", "off"]);
    assert_eq!(bed.result("a.txt"), "tab");
}

/// husky as it installs itself: a folder that git ignores runs the tracked files beside it.
#[test]
fn husky_runs_what_the_base_has() {
    let bed = TestRepo::new();
    hook(&bed, ".husky/pre-commit", "lint\n");
    bed.commit("husky");
    let runner = "#!/usr/bin/env sh\nn=$(basename \"$0\"); s=$(dirname \"$(dirname \"$0\")\")/$n\n[ ! -f \"$s\" ] && exit 0\nexport PATH=\"node_modules/.bin:$PATH\"\nsh -e \"$s\" \"$@\"\n";
    bed.write(".husky/_/.gitignore", "*");
    bed.write(".husky/_/h", runner);
    hook(&bed, ".husky/_/pre-commit", "#!/usr/bin/env sh\n. \"$(dirname \"$0\")/h\"\n");
    bed.git(&["config", "core.hooksPath", ".husky/_"]);
    bed.program("lint", "#!/bin/sh\n! grep -rn FIXME --include=*.txt . || { echo 'lint says no'; exit 1; }\n");
    bed.plan(json!([
        {"id": "A", "run": "echo true > .husky/pre-commit; echo FIXME > a.txt; git add -A; git commit -qm a --no-verify"},
        {"id": "B", "run": "echo b > b.txt; git add -A; git commit -qm b"},
    ]));
    bed.execute(&["--attempts", "1", "--no-writeback"]).exits(4);
    assert_eq!(bed.standings(), "A failed, B landed");
    assert!(reason(&bed, 0).contains("lint says no"), "{}", reason(&bed, 0));
}

/// husky itself, and lint-staged's kind of hook behind it.
#[test]
fn the_real_husky_is_asked() {
    let Some(program) = in_cache("hooks/node_modules/husky/bin.js", TestRequirement::Husky) else { return };
    let bed = TestRepo::new();
    let installed = bed.command("node").arg(&program).status().is_ok_and(|status| status.success());
    assert!(installed, "husky installs itself");
    bed.write(".husky/pre-commit", "lint\n");
    bed.program("lint", "#!/bin/sh\n! grep -rn FIXME --include=*.txt . || { echo 'lint says no'; exit 1; }\nsed -i s/tab/space/ *.txt; git add -u\n");
    bed.commit("husky");
    bed.plan(json!([
        {"id": "A", "run": "echo true > .husky/pre-commit; echo FIXME > a.txt; git add -A; git commit -qm a --no-verify"},
        {"id": "B", "run": "echo tab > b.txt; git add -A; git commit -qm b"},
        {"id": "C", "run": "echo tab > c.txt"},
    ]));
    bed.execute(&["--attempts", "1", "--no-writeback"]).exits(4);
    assert_eq!(bed.standings(), "A failed, B landed, C landed");
    assert!(reason(&bed, 0).contains("lint says no"), "{}", reason(&bed, 0));
    assert_eq!((bed.result("b.txt"), bed.result("c.txt")), ("space".into(), "space".into()));
}

/// The pre-commit framework itself, with hooks that lie in the repository: one refuses, one rewrites.
#[test]
fn the_real_pre_commit_is_asked() {
    let Some(program) = in_cache("hooks/python/bin/pre-commit", TestRequirement::PreCommit) else { return };
    let bed = TestRepo::new();
    bed.write(
        ".pre-commit-config.yaml",
        "repos:\n- repo: local\n  hooks:\n  - {id: fixme, name: no fixme, language: pygrep, entry: FIXME, files: txt$}\n  \
         - {id: tabs, name: tabs, language: system, entry: sed -i s/tab/space/, files: txt$}\n",
    );
    bed.commit("pre-commit");
    assert!(bed.command(program.to_str().unwrap()).arg("install").status().unwrap().success());
    bed.plan(json!([
        {"id": "A", "run": "echo FIXME > a.txt; git add -A; git commit -qm a --no-verify"},
        {"id": "B", "run": "echo b > b.txt; git add -A; git commit -qm b"},
        {"id": "C", "run": "echo FIXME > c.txt"},
        {"id": "D", "run": "echo d > d.txt"},
    ]));
    bed.execute(&["--attempts", "1", "--no-writeback"]).exits(4);
    assert_eq!(bed.standings(), "A failed, B landed, C failed, D landed");
    for task in [0, 2] {
        assert!(reason(&bed, task).contains("no fixme"), "{}", reason(&bed, task));
    }
}

/// A hook that waits for ever is not waited for twice, and what it did not check is said.
#[test]
fn a_hook_without_an_answer_is_said_once() {
    let bed = TestRepo::new();
    bed.toml("[worktree]\nhook-timeout = \"1s\"\n");
    hook(
        &bed,
        ".git/hooks/pre-commit",
        "#!/bin/sh\necho asked >> \"$ASKED\"; exec tail -f /dev/null\n"
            .replace("$ASKED", bed.out("asked").to_str().unwrap())
            .as_str(),
    );
    bed.plan(json!([{"id": "A", "run": "echo a > a.txt"}, {"id": "B", "after": ["A"], "run": "echo b > b.txt"}]));
    bed.execute(&["--attempts", "1", "--no-writeback"]).exits(0);
    assert_eq!(bed.standings(), "A landed, B landed");
    assert_eq!((told(&bed, "it does not check the agents"), bed.notes("asked").len()), (1, 1));
    bed.assert_no_processes();
}

/// From a linked worktree the hooks are those of the repository; they are as they were, though somebody changes them.
#[test]
fn hooks_are_those_of_the_beginning_also_in_a_linked_worktree() {
    let bed = TestRepo::new();
    hook(&bed, ".git/hooks/pre-commit", REFUSES);
    bed.git(&["worktree", "add", "-q", "-b", "feature", "../linked"]);
    let linked = bed.root().join("linked");
    let go = bed.fifo("go");
    let plan = json!({"orca": 1, "tasks": [
        {"id": "A", "run": "block go; echo FIXME > a.txt", "title": "A"},
        {"id": "B", "run": "echo b > b.txt", "title": "B"},
    ]});
    std::fs::write(linked.join("tasks.json"), plan.to_string()).unwrap();
    let running = bed.spawn_in(&linked, &["execute", "--yes", "--attempts", "1"], &[]);
    let held = go.wait();
    std::fs::remove_file(bed.repo().join(".git/hooks/pre-commit")).unwrap();
    bed.git(&["config", "core.hooksPath", "/nowhere"]);
    drop(held);
    running.wait().exits(4);
    assert_eq!(bed.standings(), "A failed, B landed");
    assert!(reason(&bed, 0).contains("none of that"), "{}", reason(&bed, 0));
}
