//! What people get wrong, and what their machines lack: exit code, the thing by its name, and what to type next.

use std::path::Path;

use crate::support::{Options, TestRepo, TestRequirement, needs};
use serde_json::json;

/// A repository made otherwise, with a plan that would run.
fn bed_with(options: &Options) -> TestRepo {
    let bed = TestRepo::with(options);
    bed.plan(json!([{"id": "A", "run": "note ran x; put a.txt a"}]));
    bed
}

/// Nothing was run, no run begun, no branch made.
#[track_caller]
fn nothing_happened(bed: &TestRepo) {
    assert_eq!(bed.notes("ran"), Vec::<String>::new());
    assert!(!bed.repo().join(".git/orca/runs").exists() || bed.runs().is_empty());
    assert!(!bed.refs().iter().any(|name| name.contains("orca/")), "{:?}", bed.refs());
}

#[test]
fn not_a_repository() {
    let bed = TestRepo::bare_ground(&Options::default());
    std::fs::create_dir(bed.repo()).unwrap();
    bed.write("tasks.json", "{}");
    bed.execute(&[]).exits(1).says(&["not inside a git repository", "git init"]);
    bed.orca(&["resume"]).exits(1).says(&["not inside a git repository"]);
}

#[test]
fn a_repository_without_a_commit() {
    let bed = bed_with(&Options { unborn: true, ..Options::default() });
    bed.execute(&[]).exits(1).says(&["no commit yet", "git commit"]);
    nothing_happened(&bed);
}

#[test]
fn a_bare_repository() {
    let bed = TestRepo::new();
    let bare = bed.root().join("bare.git");
    bed.git(&["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    bed.spawn_in(&bare, &["execute", "--yes"], &[]).wait().exits(1).says(&["bare", "git worktree add"]);
}

#[test]
fn a_shallow_clone_works() {
    let bed = TestRepo::new();
    bed.commit("second");
    bed.commit("third");
    let origin = bed.root().join("origin");
    std::fs::rename(bed.repo(), &origin).unwrap();
    std::fs::create_dir(bed.repo()).unwrap();
    bed.git(&["clone", "-q", "--depth", "1", &format!("file://{}", origin.display()), "."]);
    bed.git(&["config", "user.name", "Ada"]);
    bed.git(&["config", "user.email", "ada@example.org"]);
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}, {"id": "B", "after": ["A"], "run": "put b.txt b"}]));
    bed.execute(&[]).exits(0);
    assert_eq!(bed.standings(), "A landed, B landed");
}

#[test]
fn a_sha_256_repository() {
    let bed = bed_with(&Options { init: vec!["--object-format=sha256"], ..Options::default() });
    bed.execute(&[]).exits(1).says(&["sha256", "SHA-1"]);
    nothing_happened(&bed);
}

#[test]
fn a_reftable_repository() {
    let probe = TestRepo::bare_ground(&Options::default());
    let made =
        probe.command("git").current_dir(probe.root()).args(["init", "-q", "--ref-format=reftable", "x"]).output();
    if !made.unwrap().status.success() {
        return needs(TestRequirement::Reftable);
    }
    let bed = bed_with(&Options { init: vec!["--ref-format=reftable"], ..Options::default() });
    bed.execute(&[]).exits(1).says(&["reftable", "git refs migrate"]);
    nothing_happened(&bed);
}

#[test]
fn a_git_that_is_too_old() {
    let bed = bed_with(&Options::default());
    bed.program("git", "#!/bin/sh\necho 'git version 2.30.2'\n");
    bed.orca(&["execute", "--yes"]).exits(1).says(&["2.30.2", "2.39"]);
}

#[test]
fn without_git() {
    let mut bed = bed_with(&Options::default());
    bed.set("PATH", bed.root().join("bin").to_str().unwrap());
    bed.orca(&["execute", "--yes"]).exits(1).says(&["`git` is not installed", "install git"]);
}

#[test]
fn debians_git_does_the_whole_job() {
    let version = std::process::Command::new("/usr/bin/git").arg("version").output();
    let old = version.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).contains("git version 2.39"));
    if !old {
        return needs(TestRequirement::OldGit);
    }
    let mut bed = TestRepo::new();
    bed.set("PATH", &format!("{}:/usr/bin:/bin", bed.root().join("bin").display()));
    assert!(bed.git(&["version"]).contains("2.39"));
    bed.write("list.md", "begin\n");
    bed.commit("a list");
    bed.toml("[gates.ok]\nrun = \"true\"\n[conflicts]\nunion = [\"list.md\"]\nresolve = [\"union\"]\n");
    bed.plan(json!([
        {"id": "A", "run": "echo a >> list.md; put a.txt a; git add a.txt; git commit -qm a"},
        {"id": "B", "run": "echo b >> list.md; announce list.md"},
        {"id": "C", "after": ["A", "B"], "run": "grep -q a list.md; put c.txt c"},
        {"id": "D", "run": "put a.txt other"},
    ]));
    bed.execute(&["-j", "3"]).exits(6);
    bed.orca(&["retry", "D", "--yes"]);
    assert_eq!(bed.landings().values().filter(|n| **n == 1).count(), bed.landings().len());
    bed.assert_lossless();
    bed.assert_no_processes();
}

#[test]
fn no_plan_and_an_empty_one() {
    let bed = TestRepo::new();
    bed.execute(&[]).exits(3).says(&["no plan was found", "git orca execute"]);
    bed.execute(&["plans/none.md"]).exits(3).says(&["plans/none.md", "git orca plan"]);
    bed.plan(json!([]));
    bed.execute(&["tasks.json"]).exits(3).says(&["tasks.json"]);
    bed.write("tasks.json", "");
    bed.execute(&["tasks.json"]).exits(3).says(&["tasks.json"]);
    bed.write("tasks.json", "{\"orca\": 1, \"tasks\": [\n{\"id\": \"A\",,}]}");
    bed.execute(&["tasks.json"]).exits(3).says(&["tasks.json:2", "JSON"]);
    nothing_happened(&bed);
}

#[test]
fn everything_is_done_already() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "done": true, "run": "note ran x"}, {"id": "B", "done": true, "run": "note ran x"}]));
    bed.execute(&[]).exits(0).says(&["tasks.json"]);
    nothing_happened(&bed);
}

#[test]
fn a_cycle_is_named_with_its_lines() {
    let bed = TestRepo::new();
    bed.plan(json!([
        {"id": "A", "after": ["C"], "run": "note ran x"},
        {"id": "B", "after": ["A"], "run": "note ran x"},
        {"id": "C", "after": ["B"], "run": "note ran x"},
    ]));
    let said = bed.execute(&[]).exits(3).says(&["tasks.json:"]).stderr;
    assert!(["A", "B", "C"].iter().all(|id| said.contains(id)), "{said}");
    nothing_happened(&bed);
}

#[test]
fn two_tasks_of_one_id_and_an_edge_to_nobody() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "note ran x"}, {"id": "A", "run": "note ran x"}]));
    bed.execute(&[]).exits(3).says(&["tasks.json:", "`A`", "line"]);
    nothing_happened(&bed);
    bed.plan(json!([{"id": "Alpha", "run": "put a a"}, {"id": "B", "after": ["Alpa"], "run": "put b b"}]));
    let said = bed.execute(&[]);
    said.says(&["Alpa"]);
}

#[test]
fn unknown_keys_of_a_plan() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "rum": "note ran x"}]));
    bed.execute(&[]).exits(3).says(&["tasks.json:", "`rum`", "`run`"]);
    nothing_happened(&bed);
}

#[test]
fn hostile_ids_become_safe_names_and_the_work_lands() {
    let bed = TestRepo::new();
    let ids = [
        "../../x",
        "-x",
        "a..b",
        "con",
        "layer/1",
        "HEAD",
        ".hidden",
        "x.lock",
        "a b",
        "ü/ß",
        "@{u}",
        "~^:?*[\\",
        "\u{1b}[31mred\u{7}\u{202e}",
        "A",
        "a",
        "",
        "refs/heads/main",
        "$(touch pwned)",
        "`id`",
        "'; rm -rf /",
        "%s%n",
    ];
    let long = "x".repeat(300);
    let mut tasks: Vec<_> = ids.iter().filter(|id| !id.is_empty()).copied().collect();
    tasks.push(&long);
    let tasks: Vec<_> = tasks
        .iter()
        .enumerate()
        .map(|(n, id)| json!({"id": id, "title": id, "run": format!("put f{n}.txt {n}")}))
        .collect();
    bed.plan(json!(tasks));
    let before = std::fs::read_dir(bed.root()).unwrap().count();
    let output = bed.execute(&["-j", "4"]).exits(0);
    for text in [&output.stdout, &output.stderr] {
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "control characters reach the terminal: {text:?}");
    }
    let state = bed.state();
    assert_eq!(state.tasks.iter().filter(|task| task.landed.is_some()).count(), tasks.len());
    let mut names: Vec<String> = state.info.tasks.iter().map(|task| task.id.to_string().to_lowercase()).collect();
    assert!(names.iter().all(|name| name.len() <= 100 && !name.contains(['/', ' ', '\\', ':'])), "{names:?}");
    names.sort();
    names.dedup();
    assert_eq!(names.len(), tasks.len(), "unique, ignoring case");
    assert_eq!(std::fs::read_dir(bed.root()).unwrap().count(), before + 1, "only the folder of worktrees is new");
    assert!(!bed.result_has("pwned"));
    let log = bed.git(&["log", "--format=%B", &bed.integration()]);
    assert!(!log.contains(['\u{1b}', '\u{7}']), "{log:?}");
}

#[test]
fn ten_thousand_tasks_are_read_and_shown() {
    let bed = TestRepo::new();
    let tasks: Vec<_> = (0..10_000)
        .map(|n| {
            let after: Vec<String> =
                [n - 1, n - 7].iter().filter(|m| **m >= 0 && n % 5 != 0).map(|m| format!("T{m}")).collect();
            json!({"id": format!("T{n}"), "after": after, "run": "true"})
        })
        .collect();
    bed.plan(json!(tasks));
    bed.execute(&["--dry-run"]).exits(0).says(&["10,000 tasks", "nothing was started"]);
    nothing_happened(&bed);
}

#[test]
fn a_branch_of_the_users_named_orca() {
    let bed = bed_with(&Options::default());
    bed.git(&["branch", "orca"]);
    bed.execute(&[]).exits(1).says(&["`orca`", "git branch -m orca"]);
    assert_eq!(bed.notes("ran"), Vec::<String>::new());
    bed.git(&["branch", "-m", "orca", "orca-old"]);
    bed.execute(&[]).exits(0);
}

#[test]
fn nobody_who_commits() {
    let bed = TestRepo::with(&Options { unborn: true, nobody: true, ..Options::default() });
    bed.git(&["-c", "user.name=x", "-c", "user.email=x@y", "commit", "-q", "--allow-empty", "-m", "first"]);
    bed.git(&["config", "user.useConfigOnly", "true"]);
    bed.plan(json!([{"id": "A", "run": "note ran x; put a.txt a"}]));
    bed.execute(&[]).exits(1).says(&["git config --global user.name"]);
    nothing_happened(&bed);
}

#[test]
fn a_file_in_the_place_of_the_worktrees() {
    let bed = bed_with(&Options::default());
    std::fs::write(bed.slots(), "mine").unwrap();
    bed.execute(&[]).exits(1).says(&["repo.orca", "orca.worktreeDir"]);
    nothing_happened(&bed);
    assert_eq!(std::fs::read_to_string(bed.slots()).unwrap(), "mine");
    bed.git(&["config", "orca.worktreeDir", bed.root().join("elsewhere").to_str().unwrap()]);
    bed.execute(&[]).exits(0);
    assert!(bed.root().join("elsewhere/a1").is_dir());
}

#[test]
fn something_of_the_users_in_the_place_of_one_worktree_stays() {
    let bed = bed_with(&Options::default());
    std::fs::create_dir_all(bed.slots().join("a1")).unwrap();
    std::fs::write(bed.slots().join("a1/precious"), "mine").unwrap();
    let output = bed.execute(&[]);
    assert_eq!(std::fs::read_to_string(bed.slots().join("a1/precious")).unwrap(), "mine");
    assert!(output.code == 0 || format!("{}{}", output.stdout, output.stderr).contains("a1"), "{output:?}");
}

#[test]
fn programs_that_are_not_installed() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "title": "Do it"}]));
    bed.execute(&[]).exits(2).says(&["A", "--agent"]);
    bed.execute(&["--agent", "nobody"]).exits(2).says(&["nobody"]);
    bed.toml("[agents.mine]\ncommand = [\"no-such-program-here\", \"{prompt_file}\"]\n");
    bed.execute(&["--agent", "mine"]).exits(1).says(&["no-such-program-here", "mine", "orca.toml"]);
    nothing_happened(&bed);
    bed.plan(json!([{"id": "A", "run": "no-such-program-here; put a a"}]));
    bed.execute(&[]).exits(4);
    assert_eq!(bed.standings(), "A failed");
}

#[test]
fn mistakes_in_orca_toml() {
    let bed = bed_with(&Options::default());
    for (text, words) in [
        ("[gates.test]\nrum = \"true\"\n", ["orca.toml:3", "run"]),
        ("[gats.test]\nrun = \"true\"\n", ["orca.toml:2", "gates"]),
        ("[gates.test]\nrun = \"true\"\ntimeout = \"soon\"\n", ["orca.toml:4", "soon"]),
        ("[run]\njobs = -3\n", ["orca.toml:3", "jobs"]),
        ("[gates\n", ["orca.toml:2", "TOML"]),
        ("[gates.test]\nrun = \"true\"\non = \"sometimes\"\n", ["orca.toml:4", "sometimes"]),
    ] {
        bed.toml(text);
        bed.execute(&[]).exits(2).says(&words);
        nothing_happened(&bed);
    }
    std::fs::remove_file(bed.repo().join("orca.toml")).unwrap();
    bed.git(&["config", "orca.jbos", "3"]);
    let said = bed.execute(&[]);
    said.says(&["jbos"]);
}

#[test]
fn words_that_mean_nothing() {
    let bed = bed_with(&Options::default());
    bed.execute(&["--only", "AA"]).exits(2).says(&["`AA`", "A"]);
    bed.execute(&["--base", "nowhere"]).exits(1).says(&["nowhere"]);
    bed.execute(&["--into", "nowhere"]).exits(2).says(&["nowhere", "git branch nowhere"]);
    bed.execute(&["--schedule", "sideways"]).exits(2).says(&["sideways"]);
    bed.execute(&["-j", "many"]).exits(2).says(&["many"]);
    bed.orca(&["resume"]).exits(1).says(&["git orca execute"]);
    bed.orca(&["retry", "A"]).exits(1).says(&["git orca execute"]);
    bed.orca(&["frobnicate"]).exits(2).says(&["frobnicate"]);
    nothing_happened(&bed);
    bed.execute(&[]).exits(0);
    bed.orca(&["retry", "B"]).exits(1).says(&["`B`"]);
    bed.orca(&["retry", "A"]).exits(2).says(&["landed"]);
    bed.orca(&["resume", "19990101-0000-zz"]).exits(1).says(&["19990101-0000-zz", bed.run().as_str()]);
}

#[test]
fn a_need_that_can_never_be_met() {
    let bed = TestRepo::new();
    bed.plan(
        json!({"orca": 1, "resources": {"db": 1}, "tasks": [{"id": "A", "needs": {"db": 2}, "run": "note ran x"}]}),
    );
    bed.execute(&[]).exits(3).says(&["tasks.json:", "`db`", "[resources]"]);
    nothing_happened(&bed);
}

#[test]
fn a_damaged_journal_is_said_and_left() {
    let bed = bed_with(&Options::default());
    bed.execute(&[]).exits(0);
    let journal = bed.paths().journal();
    let text = std::fs::read_to_string(&journal).unwrap().replacen("attempt", "atempt", 1);
    std::fs::write(&journal, &text).unwrap();
    bed.orca(&["resume"]).exits(1).says(&["checksum", "--new"]);
    assert_eq!(std::fs::read_to_string(&journal).unwrap(), text);
    bed.execute(&["--new"]).exits(0);
}

/// A file system of a few megabytes; unmounted when dropped.
struct Small {
    folder: tempfile::TempDir,
}

impl Small {
    fn mount(megabytes: u32) -> Option<Small> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={megabytes}m");
        let mount =
            std::process::Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path()).output();
        mount.is_ok_and(|done| done.status.success()).then_some(Small { folder })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // A mount that stays is visible to whoever runs the tests; nothing more can be done here.
        let _ = std::process::Command::new("umount").arg("-l").arg(self.folder.path()).output();
    }
}

#[test]
fn a_disk_that_is_full_in_the_middle() {
    let Some(small) = Small::mount(12) else { return needs(TestRequirement::RootAndTmpfs) };
    let bed = TestRepo::with(&Options { below: Some(small.path().to_owned()), ..Options::default() });
    let ballast = bed.root().join("ballast");
    let fill = format!("head -c 40000000 /dev/zero > {}", ballast.display());
    bed.plan(json!([
        {"id": "A", "run": "put a.txt a"},
        {"id": "B", "after": ["A"], "run": format!("put b.txt b; test -e $HOME/freed || {fill} || exit 1")},
        {"id": "C", "after": ["B"], "run": "put c.txt c"},
    ]));
    let said = bed.execute(&[]).exits(1).stderr;
    assert!(said.contains("git orca resume"), "{said}");
    assert!(said.contains("full") || said.contains("No space left"), "{said}");
    std::fs::remove_file(&ballast).unwrap();
    std::fs::write(bed.root().join("home/freed"), "").unwrap();
    bed.orca(&["resume"]).exits(0);
    assert_eq!(bed.standings(), "A landed, B landed, C landed");
    bed.assert_lossless();
    drop(bed);
}
