//! Worktrees as people have them: setup commands, submodules, filters, hooks, and what agents leave in them.

use crate::support::{TestRepo, TestRequirement, fences, needs, until};
use serde_json::json;

fn told(bed: &TestRepo, word: &str) -> bool {
    bed.journal().iter().any(|entry| serde_json::to_string(&entry.event).unwrap().contains(word))
}

/// What setup leaves, by kind of task, first and second use of a worktree, with and without a gate.
#[test]
fn what_set_up_leaves_is_nobodys_work() {
    let bed = TestRepo::new();
    bed.write(".gitignore", ".inst/\n");
    bed.toml(
        "[run]\njobs = 1\n[worktree]\nsetup = \"echo TOKEN > .env; echo stamped >> README.md; mkdir -p .inst; echo i > .inst/i\"\n\
         [gates.g]\nrun = \"test -s .env && grep -q stamped README.md\"\n",
    );
    bed.plan(json!([
        {"id": "idle", "run": "true"},
        {"id": "left", "run": "echo l > l.txt"},
        {"id": "committed", "run": "echo c > c.txt; git add -A; git commit -qm c"},
        {"id": "look", "kind": "verify", "run": "test -s .env"},
        {"id": "declared", "files": [".env"], "run": "echo d > d.txt"},
    ]));
    bed.execute(&["--attempts", "1"]).exits(4);
    assert_eq!(bed.standings(), "idle failed, left landed, committed landed, look landed, declared landed");
    assert!(bed.result_has("l.txt") && bed.result_has("c.txt") && bed.result_has("d.txt"));
    assert!(!bed.result("README.md").contains("stamped"));
    assert_eq!(bed.result(".env"), "TOKEN", "one task declared it");
    let all = bed.git(&["log", "--all", "--format=%H %s", "--", ".env"]);
    assert!(all.lines().all(|line| line.contains("declared")), "only where it was declared:\n{all}");
    assert!(!bed.slots().join("aside").exists(), "no worktree was taken for edited");
}

/// What git ignored is no work either when an agent adds it by force, or changes what is ignored: by set-up and by copying,
/// a file and a folder, committed, staged, left, and taken back again. What the agent made itself under the same folder is.
#[test]
fn ignored_files_that_lay_there_before_are_nobodys_work() {
    let bed = TestRepo::new();
    bed.write(".gitignore", ".env\n.copied\nbuild/\n");
    bed.write(".worktreeinclude", ".copied\n");
    bed.commit("what is ignored");
    bed.write(".copied", "COPIED\n");
    bed.toml(
        "[run]\njobs = 1\n[worktree]\nsetup = \"echo TOKEN > .env; mkdir -p build/lib; echo made > build/lib/made\"\n",
    );
    bed.plan(json!([
        {"id": "forced", "run": "echo f > f.txt; git add -A --force; git commit -qm f"},
        {"id": "opened", "run": ": > .gitignore; echo o > o.txt; git add -A; git commit -qm o"},
        {"id": "staged", "run": "echo s > s.txt; git add -A --force"},
        {"id": "left", "run": "printf x > .gitignore; echo l > l.txt"},
        {"id": "back", "run": "echo b > b.txt; git add -A --force; git commit -qm b; git rm -rq --cached .env .copied build; git commit -qm back"},
        {"id": "own", "run": "echo mine > build/lib/mine; git add --force build/lib/mine; git commit -qm own"},
        {"id": "idle", "run": "git add -A --force; git commit -qm nothing"},
    ]));
    bed.execute(&["--attempts", "1"]).exits(4);
    let tree = bed.git(&["ls-tree", "-r", "--name-only", &bed.integration()]);
    let is_there = |path: &str| tree.lines().any(|line| line == path);
    assert!(["f.txt", "o.txt", "s.txt", "l.txt", "b.txt", "build/lib/mine"].into_iter().all(is_there), "{tree}");
    assert!(![".env", ".copied", "build/lib/made"].into_iter().any(is_there), "{tree}");
    assert!(bed.standings().contains("idle failed"), "{}", bed.standings());
    let all = bed.git(&["log", "--all", "--format=%H %s", "--", ".env", ".copied", "build/lib/made"]);
    assert_eq!(all, "", "nowhere in history");
}

/// Index files that only git reads: split, of version 4, without a checksum, and made so by the agent.
#[test]
fn whatever_kind_of_index_git_writes_work_is_found_in_it() {
    let rows: [&[(&str, &str)]; 4] = [
        &[("core.splitIndex", "true"), ("splitIndex.maxPercentChange", "100")],
        &[("feature.manyFiles", "true")],
        &[("index.version", "4"), ("core.untrackedCache", "true")],
        &[],
    ];
    for settings in rows {
        let bed = TestRepo::new();
        for (key, value) in settings {
            bed.git(&["config", key, value]);
        }
        bed.write("a.txt", "1\n");
        bed.write("lib/z", "z\n");
        bed.commit("files");
        // Git itself loses a split index that has no checksum.
        let splits = settings.iter().all(|(key, _)| *key != "feature.manyFiles");
        let by_agent = if splits { "git update-index --split-index; " } else { "" };
        bed.plan(json!([
            {"id": "A", "run": format!("{by_agent}echo x > x.txt; git mv lib/z lib/zz; git add -A; git commit -qm x")},
            {"id": "B", "run": format!("{by_agent}echo 2 > a.txt; git add a.txt; echo y > y.txt")},
            {"id": "C", "after": ["A", "B"], "run": "grep -q 2 a.txt && test -f lib/zz && echo c > c.txt"},
        ]));
        bed.execute(&[]).exits(0);
        let has = |path: &str| bed.result_has(path);
        assert!(has("x.txt") && has("y.txt") && has("c.txt") && has("lib/zz") && !has("lib/z"), "{settings:?}");
        bed.orca(&["take"]).exits(0);
        assert_eq!(bed.git(&["status", "--porcelain", "--untracked-files=no"]), "", "{settings:?}");
    }
}

/// Files and tags whose names git could take for something else.
#[test]
fn files_named_like_revisions_confuse_nobody() {
    let bed = TestRepo::new();
    for name in ["HEAD", "main", "orca", "refs/heads/main"] {
        bed.write(name, "a file\n");
    }
    bed.commit("odd names");
    bed.git(&["tag", "main", "HEAD~1"]);
    bed.plan(json!([{"id": "A", "run": "echo x > x.txt"}, {"id": "B", "after": ["A"], "run": "echo y >> HEAD"}]));
    bed.execute(&[]).exits(0);
    assert!(bed.result_has("x.txt") && bed.result("HEAD").contains('y'));
}

/// Node, Python and Rust by their manifests, a file that only the command names, and one that only the settings name.
#[test]
fn set_up_runs_again_when_what_it_reads_changed_and_only_then() {
    let rows = [
        ("package.json", "cp package.json .inst", ""),
        ("requirements.txt", "cp requirements.txt .inst", ""),
        ("Cargo.toml", "cp Cargo.toml .inst", ""),
        ("tools/deps.lst", "sh tools/install.sh tools/deps.lst", ""),
        ("tools/deps.lst", "sh tools/all.sh", "inputs = [\"tools/deps.lst\"]\n"),
    ];
    for (file, setup, more) in rows {
        let bed = TestRepo::new();
        bed.write(".gitignore", ".inst\n.count\n");
        bed.write(file, "one\n");
        bed.write("tools/install.sh", "cp \"$1\" .inst\n");
        bed.write("tools/all.sh", "cp tools/*.lst .inst\n");
        bed.commit("a project");
        bed.toml(&format!(
            "[run]\njobs = 1\nfound-gates = false\n[worktree]\nsetup = \"{setup}; echo x >> {}/count-$(basename $PWD)\"\n{more}[gates.fresh]\nrun = \"cmp {file} .inst\"\n",
            bed.out("").display()
        ));
        bed.plan(json!([
            {"id": "A", "run": "echo a > a.txt"},
            {"id": "B", "after": ["A"], "run": format!("echo two >> {file}")},
            {"id": "C", "after": ["B"], "run": format!("cmp {file} .inst; echo c > c.txt")},
            {"id": "D", "after": ["C"], "run": "echo d > d.txt"},
        ]));
        bed.execute(&["--attempts", "1", "--no-writeback"]).exits(0);
        let count = std::fs::read_to_string(bed.out("count-a1")).unwrap().lines().count();
        assert_eq!(count, 2, "{file}: for the agent's worktree once, and once more after the change");
    }
}

#[test]
fn teardown_runs_before_a_worktree_goes() {
    let bed = TestRepo::new();
    let mark = bed.out("torn-down");
    bed.toml(&format!(
        "[run]\njobs = 1\n[worktree]\nsetup = \"true\"\nteardown = \"test -d . && echo $ORCA_WORKTREE >> {}\"\n",
        mark.display()
    ));
    bed.plan(json!([{"id": "A", "run": "echo a > a.txt"}]));
    bed.execute(&["--sandbox", "off"]).exits(0);
    assert!(!mark.exists(), "the worktree is there still");
    bed.orca(&["clean", "-f", "--unlanded"]).exits(0);
    assert!(std::fs::read_to_string(mark).unwrap().contains("/a1"));
}

/// Somebody edited it: it is given up, and what set-up started there is ended with what set-up knew.
#[test]
fn teardown_of_a_worktree_that_is_given_up_has_what_set_up_had() {
    let bed = TestRepo::new();
    let words = "$ORCA_WORKTREE $ORCA_PORT $TMPDIR";
    let (up, down) = (bed.out("up"), bed.out("down"));
    bed.toml(&format!(
        "[run]\njobs = 1\n[worktree]\nsetup = \"echo {words} >> {}\"\nteardown = \"echo {words} >> {}\"\n",
        up.display(),
        down.display()
    ));
    bed.plan(json!([{"id": "A", "run": "echo a > a.txt"}]));
    bed.execute(&["--sandbox", "off"]).exits(0);
    std::fs::write(bed.slots().join("a1/mine.txt"), "mine").unwrap();
    bed.execute(&["--sandbox", "off", "--new"]).exits(0);
    assert!(bed.slots().join("aside").exists(), "the worktree was given up");
    let (up, down) = (bed.notes("up"), bed.notes("down"));
    assert_eq!((down.len(), &down[0]), (1, &up[0]), "with the same environment");
    assert_eq!(up[0].split(' ').filter(|word| !word.is_empty()).count(), 3, "{up:?}");
}

/// git itself needs the lock of `packed-refs` and a stash: an agent has its own of both.
#[test]
fn git_works_inside_the_fence_and_nothing_of_it_reaches_the_user() {
    for fence in fences().into_iter().filter(|fence| *fence != "landlock") {
        let bed = TestRepo::new();
        bed.write("a.txt", "a\n");
        bed.commit("base");
        bed.git(&["switch", "-qc", "feature"]);
        bed.write("b.txt", "b\n");
        bed.commit("feature");
        bed.git(&["switch", "-q", "main"]);
        bed.git(&["pack-refs", "--all"]);
        bed.toml("[run]\nbase = \"exact\"\n");
        let config = std::fs::read(bed.repo().join(".git/config")).unwrap();
        bed.plan(json!([
            {"id": "pick", "run": "git cherry-pick feature"},
            {"id": "rebase", "run": "echo w > w.txt; git add w.txt; git commit -qm w; git rebase -q feature"},
            {"id": "revert", "run": "git cherry-pick feature; git revert --no-edit HEAD; echo r > r.txt"},
            {"id": "merge", "run": "git merge -q --no-edit --no-ff feature"},
        ]));
        bed.execute(&["--sandbox", fence, "-j", "1"]).exits(0);
        assert_eq!(bed.result("w.txt"), "w", "{fence}");
        assert_eq!(std::fs::read(bed.repo().join(".git/config")).unwrap(), config, "{fence}");
        assert_eq!(bed.git(&["branch", "--list", "feature", "main"]).lines().count(), 2, "{fence}");
    }
    if fences().contains(&"repository") {
        let bed = TestRepo::new();
        bed.write("a.txt", "mine\n");
        bed.git(&["stash", "-q"]);
        let before = bed.git(&["stash", "list", "--format=%H"]);
        bed.plan(json!([
            {"id": "A", "run": "echo x > a.txt; git add a.txt; git stash -q; git stash list | grep -c . > n.txt; git stash pop -q"},
            {"id": "B", "run": "put only-stashed.txt precious; git stash -q -u; echo b > b.txt"},
        ]));
        bed.execute(&["--sandbox", "repository", "-j", "2"]).exits(0);
        assert_eq!(bed.result("n.txt"), "1", "a stash of its own");
        assert_eq!(bed.git(&["stash", "list", "--format=%H"]), before, "the user's is as it was");
        bed.assert_lossless();
        assert_eq!(bed.notes("announced").len(), 1, "what lay in the stash alone is reachable from a ref");
    }
}

/// Somebody packs refs, collects, and deletes our refs while an agent works.
#[test]
fn an_agent_keeps_its_branch_whatever_the_user_does_to_refs() {
    // Landlock opens each folder of objects by itself, and a collection removes those that it empties.
    for fence in fences().into_iter().filter(|fence| *fence != "landlock") {
        let bed = TestRepo::new();
        let go = bed.fifo("go");
        bed.plan(json!([
            {"id": "A", "run": "echo 1 > a.txt; git add -A; git commit -qm one; block go; echo 2 >> a.txt; git commit -qam two; git log --format=%s > log.txt"},
        ]));
        let running = bed.spawn(&["execute", "--yes", "--sandbox", fence, "--attempts", "1"]);
        let held = go.wait();
        let branch = format!("refs/heads/orca/{}/task/A", bed.run());
        let one = bed.git(&["rev-parse", &branch]);
        let slots = bed.slots().display().to_string();
        let knows = || bed.succeeds("grep", &["-rqsF", "--include=packed-refs", &format!("{one} {branch}"), &slots]);
        // Without a fence it has no view of its own.
        if fence != "off" {
            until("the agent's view knows its first commit", knows);
        }
        bed.git(&["pack-refs", "--all", "--prune"]);
        bed.git(&["gc", "-q"]);
        drop(held);
        running.wait().exits(0);
        assert_eq!(bed.result("log.txt"), "two\none\nfirst commit", "{fence}");
    }
}

/// Packing refs inside the fence would take other tasks' branches away.
#[test]
fn an_agent_cannot_pack_the_refs_of_others() {
    for fence in fences().into_iter().filter(|fence| *fence != "off") {
        let bed = TestRepo::new();
        bed.plan(json!([
            {"id": "A", "run": "echo a > a.txt; git add -A; git commit -qm a"},
            {"id": "B", "after": ["A"], "run": "git pack-refs --all --prune || true; git gc -q || true; git branch -D main || true; echo b > b.txt; git add -A; git commit -qm b"},
        ]));
        let before = bed.git(&["rev-parse", "main"]);
        bed.execute(&["--sandbox", fence, "--attempts", "1", "--no-writeback"]).exits(0);
        assert_eq!(bed.standings(), "A landed, B landed", "{fence}");
        assert_eq!(bed.git(&["rev-parse", "main"]), before, "{fence}");
        assert_eq!(bed.git(&["log", "-1", "--format=%s", &format!("orca/{}/task/A", bed.run())]), "a", "{fence}");
    }
}

/// What somebody deleted is named again, by what the journal knows.
#[test]
fn refs_that_somebody_deleted_are_made_again() {
    let bed = TestRepo::new();
    let go = bed.fifo("go");
    bed.plan(json!([
        {"id": "A", "run": "echo a > a.txt"},
        {"id": "B", "after": ["A"], "run": "block go; echo b > b.txt"},
    ]));
    let running = bed.spawn(&["execute", "--yes", "-j", "1", "--no-writeback"]);
    let held = go.wait();
    running.signal(nix::sys::signal::Signal::SIGKILL);
    running.wait();
    drop((held, go));
    let ours = bed.git(&["for-each-ref", "--format=delete %(refname)", "refs/orca", "refs/heads/orca"]);
    let stdin = bed.root().join("tmp/delete");
    std::fs::write(&stdin, format!("{ours}\n")).unwrap();
    let mut delete = bed.command("git");
    assert!(
        delete.args(["update-ref", "--stdin"]).stdin(std::fs::File::open(stdin).unwrap()).status().unwrap().success()
    );
    bed.program("block", "#!/bin/sh\n");
    bed.orca(&["resume", "--yes"]).exits(0);
    assert_eq!(bed.standings(), "A landed, B landed");
    let head = format!("refs/orca/runs/{}/head/2", bed.run());
    assert_eq!((bed.show(&head, "a.txt").as_str(), bed.show(&head, "b.txt").as_str()), ("a", "b"));
}

/// A filter of another program: git-lfs itself.
#[test]
fn git_lfs_is_what_git_would_make_of_it() {
    let bed = TestRepo::new();
    if !bed.succeeds("git", &["lfs", "version"]) {
        return needs(TestRequirement::GitLfs);
    }
    bed.git(&["lfs", "install", "--local", "--skip-repo"]);
    bed.git(&["lfs", "track", "*.bin"]);
    bed.write("old.bin", "large as it is\n");
    bed.commit("lfs");
    bed.toml("[gates.g]\nrun = \"grep -q large old.bin\"\n");
    bed.plan(json!([
        {"id": "A", "run": "grep -q large old.bin; echo 'more of it' > new.bin"},
        {"id": "B", "after": ["A"], "run": "grep -q more new.bin; echo changed > old.bin; echo large >> old.bin; git add -A; git commit -qm b"},
    ]));
    bed.execute(&["--attempts", "1"]).exits(0);
    for path in ["old.bin", "new.bin"] {
        assert!(bed.result(path).starts_with("version https://git-lfs"), "{path} is a pointer: {}", bed.result(path));
    }
}

/// git-crypt, unlocked.
#[test]
fn git_crypt_stores_what_it_should() {
    let bed = TestRepo::new();
    if !bed.succeeds("git", &["crypt", "version"]) {
        return needs(TestRequirement::GitCrypt);
    }
    bed.git(&["crypt", "init"]);
    bed.write(".gitattributes", "*.key filter=git-crypt diff=git-crypt\n");
    bed.write("old.key", "secret\n");
    bed.commit("crypt");
    bed.toml("[gates.g]\nrun = \"grep -q secret old.key && { test ! -e new.key || grep -q also new.key; }\"\n");
    bed.plan(json!([
        {"id": "A", "run": "grep -q secret old.key; echo also > new.key"},
        {"id": "B", "run": "grep -q secret old.key; echo b > b.txt"},
        {"id": "C", "after": ["A"], "run": "grep -q also new.key; echo secret and more > old.key; git add -A; git commit -qm c"},
    ]));
    bed.execute(&["--attempts", "1"]).exits(0);
    let tip = bed.integration();
    for path in ["old.key", "new.key"] {
        let stored = bed.command("git").args(["cat-file", "blob", &format!("{tip}:{path}")]).output().unwrap().stdout;
        assert!(stored.starts_with(b"\0GITCRYPT\0"), "{path} is stored in clear: {stored:?}");
    }
    assert!(!bed.git_says(&["grep", "-q", "-e", "also", "-e", "secret", &tip, "--", "*.key"]), "it is stored in clear");
}

/// Odd things, at the end of an attempt, when it is stopped, and when git orca is killed and goes on.
#[test]
fn odd_things_hang_nothing_and_are_named() {
    let things = "rm .gitignore; mkfifo .gitignore; mkdir d; mkfifo d/.gitattributes; mkfifo odd; rm -f README.md; mkfifo README.md; truncate -s 1T big.bin; mkdir shut; chmod 0 shut; ln -s /dev/zero zero";
    for how in ["ends", "stopped", "killed"] {
        let bed = TestRepo::new();
        let go = bed.fifo("go");
        let wait = if how == "ends" { "" } else { "block go" };
        bed.plan(json!([{"id": "A", "run": format!("put x.txt precious; {things}; {wait}")}]));
        let running = bed.spawn(&["execute", "--yes", "--attempts", "1", "--no-writeback"]);
        match how {
            "ends" => drop(running.wait().exits(4)),
            "stopped" => {
                let _held = go.wait();
                bed.orca(&["stop", "--now"]);
                running.wait();
            }
            _ => {
                let _held = go.wait();
                running.signal(nix::sys::signal::Signal::SIGKILL);
                running.wait();
                bed.program("block", "#!/bin/sh\n");
                bed.orca(&["resume", "--yes"]).exits(4);
            }
        }
        drop(go);
        bed.assert_no_processes();
        assert!(!bed.notes("announced").is_empty(), "{how}");
        bed.assert_lossless();
        for named in ["`.gitignore` (pipe)", "`d/.gitattributes` (pipe)", "`README.md` (pipe)"] {
            assert!(told(&bed, named), "{how}: {named} is named");
        }
        until("the lock is free", || !bed.repo().join(".git/orca/lock.held").exists());
    }
}

#[test]
fn sparse_worktrees_have_their_part_and_results_have_all() {
    let bed = TestRepo::new();
    for path in ["packages/web/a.txt", "packages/api/a.txt", "vendor/lib.c", "docs/deep/x.md"] {
        bed.write(path, "one\n");
    }
    bed.commit("a monorepo");
    bed.toml(
        "[run]\njobs = 2\nfound-gates = false\n[worktree]\nsparse = [\"packages/web\"]\n\
         [gates.full]\nrun = \"test -e vendor/lib.c && test -e packages/api/a.txt\"\n\
         [gates.part]\nrun = \"test ! -e vendor/lib.c && test -e packages/web/a.txt && git diff --quiet HEAD\"\nsparse = true\n",
    );
    let is_clean = "test -z \"$(git status --porcelain)\"";
    bed.plan(json!([
        {"id": "inside", "run": format!("test ! -e packages/api && test -e README.md && {is_clean} && echo x >> packages/web/a.txt; git commit -qam w")},
        {"id": "outside", "run": "mkdir -p packages/api other; echo new > packages/api/new.txt; echo o > other/o.txt; rm packages/web/a.txt; git checkout -q packages/web/a.txt"},
        {"id": "declared", "files": ["packages/api/a.txt", "docs/deep"], "run": "test -e docs/deep/x.md && test ! -e vendor && echo x >> packages/api/a.txt"},
        {"id": "after", "after": ["outside"], "run": "test ! -e packages/api && git show HEAD:packages/api/new.txt > packages/web/copy.txt"},
        {"id": "remove", "after": ["declared"], "run": "git rm -q --sparse docs/deep/x.md; git commit -qm gone"},
    ]));
    let config = std::fs::read(bed.repo().join(".git/config")).unwrap();
    bed.execute(&["--attempts", "1"]).exits(0);
    assert_eq!(bed.landings().len(), 5, "{}", bed.standings());
    assert_eq!(std::fs::read(bed.repo().join(".git/config")).unwrap(), config, "the user's configuration is as it was");
    assert!(!bed.repo().join(".git/info/sparse-checkout").exists());
    for (path, text) in [
        ("packages/web/a.txt", "one\nx"),
        ("packages/api/a.txt", "one\nx"),
        ("packages/api/new.txt", "new"),
        ("packages/web/copy.txt", "new"),
        ("other/o.txt", "o"),
        ("vendor/lib.c", "one"),
    ] {
        assert_eq!(bed.result(path), text, "{path}");
    }
    assert!(!bed.result_has("docs/deep/x.md"), "it was removed on purpose");
}

#[test]
fn the_users_own_sparse_checkout_is_that_of_worktrees_and_what_was_touched_comes_back() {
    let bed = TestRepo::new();
    for path in ["web/a.txt", "api/a.txt", "api/b.txt"] {
        bed.write(path, "one\n");
    }
    bed.commit("a monorepo");
    bed.toml(
        "[run]\njobs = 1\nfound-gates = false\nagent = \"a\"\n[gates.g]\nrun = \"grep -q two api/a.txt\"\n[agents.a]\ncommand = [\"sh\", \"-c\", '''
        if test $ORCA_ATTEMPT = 1; then test ! -e api && test -e web/a.txt && mkdir api && echo begin > api/a.txt
        else test ! -e api/b.txt && echo two >> api/a.txt; fi''']\n",
    );
    bed.plan(json!([{"id": "A"}]));
    bed.commit("ready");
    bed.git(&["sparse-checkout", "set", "--no-cone", "/*", "!/api/"]);
    let config = || {
        let file = |name: &str| std::fs::read(bed.repo().join(".git").join(name)).ok();
        (file("config"), file("config.worktree"), file("info/sparse-checkout"))
    };
    let before = config();
    bed.execute(&["--attempts", "2", "--no-writeback"]).exits(0);
    assert_eq!(bed.result("api/a.txt"), "begin\ntwo", "the second attempt had the file that the first one touched");
    assert!(bed.result_has("api/b.txt") && bed.result_has("web/a.txt"));
    assert_eq!(config(), before);
    assert!(!bed.repo().join("api").exists(), "the user's checkout is as sparse as before");
}
