//! Where one stands, and what a person says: linked worktrees, subfolders, worktrees that nobody around should see, words
//! that must not be lost, answers that change nothing.

use serde_json::{Value, json};

use crate::support::{TestRepo, until};

const AGENT: &str = "[run]\nagent = \"s\"\nattempts = 3\n[agents.s]\n";

fn status(bed: &TestRepo) -> Value {
    serde_json::from_str(&bed.orca(&["status", "--json"]).stdout).unwrap()
}

#[test]
fn a_run_in_a_linked_worktree_takes_head_settings_plan_and_files_from_there() {
    let bed = TestRepo::new();
    bed.toml("[gates.g]\nrun = \"true\"\n");
    bed.write("tasks.json", r#"{"orca": 1, "tasks": [{"id": "old", "title": "Old", "run": "put o.txt o"}]}"#);
    bed.commit("main");
    bed.git(&["worktree", "add", "-q", "-b", "feature", "../linked"]);
    let linked = bed.root().join("linked");
    std::fs::create_dir_all(linked.join("sub")).unwrap();
    std::fs::write(linked.join("orca.toml"), "orca = 1\n[gates.g]\nrun = \"test ! -e bad.txt\"\n").unwrap();
    let plan = json!({"orca": 1, "tasks": [
        {"id": "good", "title": "Good", "run": "cat here.txt > good.txt"},
        {"id": "bad", "title": "Bad", "run": "put bad.txt b"},
    ]});
    std::fs::write(linked.join("tasks.json"), plan.to_string()).unwrap();
    std::fs::write(linked.join("here.txt"), "here").unwrap();
    std::fs::write(linked.join("sub/x"), "x").unwrap();
    bed.git_in(&linked, &["add", "-A"]);
    bed.git_in(&linked, &["commit", "-qm", "feature"]);
    let head = bed.git_in(&linked, &["rev-parse", "HEAD"]);
    // From a subfolder of it, too.
    bed.spawn_in(&linked.join("sub"), &["execute", "--yes", "--attempts", "1"], &[]).wait().exits(5);
    assert_eq!(bed.standings(), "good landed, bad failed");
    assert_eq!((bed.state().info.base.as_str(), bed.state().info.base_name.as_str()), (head.as_str(), "feature"));
    assert!(bed.state().info.slots.ends_with("/repo.orca"), "worktrees lie beside the repository");
    bed.spawn_in(&linked, &["take"], &[]).wait().exits(0);
    assert!(linked.join("good.txt").exists() && !bed.repo().join("good.txt").exists());
    // From the main checkout the run is resumed with the plan it began with.
    std::fs::remove_file(bed.repo().join("tasks.json")).unwrap();
    let again = bed.orca(&["retry", "bad", "--yes"]).exits(5);
    assert!(!again.stderr.contains("can no longer be read"), "{}", again.stderr);
    bed.git(&["checkout", "-q", "tasks.json"]);
    // The main checkout has its own.
    assert!(bed.orca(&["plan", "--json"]).exits(0).stdout.contains("\"old\""));
}

#[test]
fn a_repository_named_by_the_environment_is_the_one() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    bed.commit("a plan");
    let git = bed.repo().join(".git");
    let named = [("GIT_DIR", git.to_str().unwrap())];
    // As hooks have it, from the root and a subfolder, and from somewhere else.
    std::fs::create_dir(bed.repo().join("sub")).unwrap();
    for folder in [bed.repo(), bed.repo().join("sub"), bed.root().join("home")] {
        bed.spawn_in(&folder, &["execute", "--yes", "--new", bed.repo().join("tasks.json").to_str().unwrap()], &named)
            .wait()
            .exits(0);
        assert_eq!(bed.standings(), "A landed", "{}", folder.display());
    }
    let tree = bed.root().join("home");
    let both = [("GIT_DIR", git.to_str().unwrap()), ("GIT_WORK_TREE", tree.to_str().unwrap())];
    let doctor = bed.spawn_in(&bed.root(), &["status"], &both).wait().exits(0);
    assert!(doctor.stdout.contains("1 landed"), "{}", doctor.stdout);
}

/// A bare repository with worktrees, a git folder elsewhere, and a work tree that the configuration names; from `HEAD` and
/// from the commit before it.
#[test]
fn wherever_git_keeps_the_repository_plans_run_there() {
    type Makes = fn(&TestRepo, &std::path::Path);
    let rows: [(&str, Makes); 3] = [
        ("bare", |bed, at| {
            let bare = bed.root().join("bare.git");
            bed.git(&["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
            bed.git_in(&bare, &["worktree", "add", "-q", "-b", "feature", at.to_str().unwrap(), "main"]);
        }),
        ("separate", |bed, at| {
            let git = bed.root().join("elsewhere.git");
            bed.git(&["clone", "-q", "--separate-git-dir", git.to_str().unwrap(), ".", at.to_str().unwrap()]);
        }),
        ("core.worktree", |bed, at| {
            let git = bed.root().join("far.git");
            bed.git(&["clone", "-q", "--separate-git-dir", git.to_str().unwrap(), ".", at.to_str().unwrap()]);
            bed.git_in(at, &["config", "core.worktree", at.to_str().unwrap()]);
        }),
    ];
    for (what, makes) in rows {
        let bed = TestRepo::new();
        bed.toml("[run]\nfound-gates = false\n[gates.g]\nrun = \"test -e a.txt\"\n");
        bed.plan(json!([{"id": "A", "run": "ls > list.txt; put a.txt a"}]));
        bed.commit("a plan");
        bed.write("later.txt", "later\n");
        bed.commit("later");
        let at = bed.root().join("at");
        makes(&bed, &at);
        for key in ["user.name", "user.email"] {
            bed.git_in(&at, &["config", key, "ada@example.org"]);
        }
        for (base, has_later) in [("HEAD", true), ("HEAD~1", false)] {
            let args = ["execute", "--yes", "--new", "--attempts", "1", "--no-writeback", "--base", base];
            bed.spawn_in(&at, &args, &[]).wait().exits(0);
            let result = bed.git_in(
                &at,
                &[
                    "for-each-ref",
                    "--sort=-creatordate",
                    "--count=1",
                    "--format=%(refname)",
                    "refs/heads/orca/*/integration",
                ],
            );
            let listed = bed.git_in(&at, &["show", &format!("{result}:list.txt")]);
            assert_eq!(listed.contains("later.txt"), has_later, "{what}, {base}: {listed}");
            let run = result.split('/').nth(3).unwrap().to_owned();
            for name in
                bed.git_in(&at, &["for-each-ref", "--format=%(refname)", &format!("refs/heads/orca/{run}")]).lines()
            {
                bed.git_in(&at, &["branch", "-q", "-D", name.trim_start_matches("refs/heads/")]);
            }
        }
        let shown = bed.spawn_in(&at, &["validate", "HEAD~1..HEAD"], &[]).wait();
        assert!(shown.code != 2 && !shown.stderr.contains("not inside a git repository"), "{what}: {}", shown.stderr);
    }
}

#[test]
fn an_orca_toml_in_a_subfolder_counts_where_one_stands_in_it() {
    let bed = TestRepo::new();
    bed.toml("[run]\nagent = \"s\"\n[agents.s]\ncommand = [\"sh\", \"-c\", \"pwd > where.txt\"]\n[gates.root]\nrun = \"test -d packages\"\n[gates.same]\nrun = \"false\"\n");
    bed.write("packages/web/orca.toml", "orca = 1\n[gates.same]\nrun = \"test -e where.txt\"\n[gates.api]\nrun = \"false\"\npaths = [\"api/**\"]\n[gates.own]\nrun = \"test -e where.txt\"\npaths = [\"where.txt\"]\n[worktree]\nsetup = \"pwd > ../../ignored-setup\"\ncopy = [\".secret\"]\n");
    bed.write("packages/web/tasks.json", r#"{"orca": 1, "tasks": [{"id": "A", "title": "A", "details": "x"}]}"#);
    bed.write(".gitignore", "ignored*\n.secret\n");
    bed.write("packages/web/.secret", "s");
    bed.commit("a monorepo");
    let web = bed.repo().join("packages/web");
    bed.spawn_in(&web, &["execute", "--yes"], &[]).wait().exits(0);
    let where_ = bed.result("packages/web/where.txt");
    assert!(where_.trim_end().ends_with("/packages/web"), "the agent works there: {where_}");
    let setup = std::fs::read_to_string(bed.slots().join("a1/ignored-setup")).unwrap();
    assert!(setup.trim_end().ends_with("/packages/web"), "setup runs there: {setup}");
    assert!(bed.slots().join("a1/packages/web/.secret").exists(), "what it copies lies there");
    let gates: Vec<(String, String)> = status(&bed)["tasks"][0]["gates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|gate| (gate["name"].as_str().unwrap().to_owned(), gate["verdict"].as_str().unwrap().to_owned()))
        .collect();
    assert!(gates.contains(&("own".into(), "pass".into())), "its paths are meant from its folder: {gates:?}");
    assert!(!gates.iter().any(|(name, verdict)| name == "api" && verdict != "not_applicable"), "{gates:?}");
    assert!(
        gates.contains(&("same".into(), "pass".into())) && gates.contains(&("root".into(), "pass".into())),
        "{gates:?}"
    );
    let shown = bed.spawn_in(&web, &["config"], &[]).wait().exits(0);
    assert!(shown.stdout.contains("packages/web/orca.toml:"), "{}", shown.stdout);
    // From the root the same plan gets the root's settings, and that is said.
    let said = bed.orca(&["execute", "--yes", "--new", "packages/web/tasks.json", "--attempts", "1"]).exits(5);
    assert!(said.stderr.contains("packages/web/orca.toml") && said.stderr.contains("not read"), "{}", said.stderr);
}

#[test]
fn worktrees_in_the_checkout_are_hidden_or_refused() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    bed.write("src/x", "x");
    bed.commit("a plan");
    for refused in [".", "src", "./src/../src"] {
        bed.execute(&["--new", "--worktree-dir", refused]).exits(2).says(&["cannot put worktrees into", "worktreeDir"]);
        assert_eq!(bed.git(&["status", "--porcelain", "--untracked-files=all"]), "", "{refused}");
    }
    bed.execute(&["--new", "--worktree-dir", "trees"]).exits(0);
    assert_eq!(bed.git(&["status", "--porcelain", "--untracked-files=all"]), "");
    bed.git_in(&bed.root(), &["init", "-q"]);
    bed.execute(&["--new"]).exits(0);
    let seen = bed.git_in(&bed.root(), &["status", "--porcelain", "--untracked-files=all"]);
    assert!(!seen.contains("repo.orca"), "{seen}");
}

#[test]
fn everything_a_person_says_stands_in_every_later_prompt() {
    let bed = TestRepo::new();
    bed.toml(&format!(
        "{AGENT}command = [\"sh\", \"-c\", '''case {{attempt}} in 1) block go; exit 1;; 2) ;; 3) exit 1;; *) put a.txt ok;; esac''']\n"
    ));
    bed.plan(json!([{"id": "A", "details": "x"}]));
    let go = bed.fifo("go");
    let running = bed.spawn(&["execute", "--yes"]);
    let held = go.wait();
    bed.orca(&["say", "A", "first", "WORD1"]).exits(0);
    bed.orca(&["say", "A", "WORD2"]).exits(0);
    until("both are told", || bed.state().tasks[0].words.len() == 2);
    drop(held);
    running.wait().exits(4);
    bed.orca(&["retry", "A", "-m", "WORD3", "--yes"]).exits(0);
    let last = bed.state().tasks[0].attempts.len() as u32;
    for n in 2..=last {
        let prompt = std::fs::read_to_string(bed.paths().root().join(format!("prompts/A.{n}.md"))).unwrap();
        assert!(prompt.contains("WORD1") && prompt.contains("WORD2"), "{n}: {prompt}");
        assert_eq!(prompt.contains("WORD3"), n == last, "{n}");
    }
}

#[test]
fn findings_stay_until_other_work_was_judged() {
    let bed = TestRepo::new();
    bed.toml(&format!(
        "{AGENT}command = [\"sh\", \"-c\", '''case {{attempt}} in 1) put a.txt bad;; 2) ;; *) put a.txt good;; esac''']\n\
         [gates.g]\nrun = \"grep -q good a.txt || {{ echo a.txt:1: error: WANTED; exit 1; }}\"\n"
    ).replace("{{", "{").replace("}}", "}"));
    bed.plan(json!([{"id": "A", "details": "x"}]));
    bed.execute(&[]).exits(0);
    for n in [2, 3] {
        let prompt = std::fs::read_to_string(bed.paths().root().join(format!("prompts/A.{n}.md"))).unwrap();
        assert!(prompt.contains("WANTED"), "{n}: {prompt}");
    }
}

#[test]
fn nothing_needed_changing_has_to_be_shown_or_agreed_to() {
    let bed = TestRepo::new();
    let script = "case {task} in A) echo already so > $TMPDIR/orca-no-change;; B) exit 77;; C) echo no > $TMPDIR/orca-no-change;; *) put {task}.txt x;; esac";
    bed.toml(&format!("{AGENT}command = [\"sh\", \"-c\", '''{script}''']\n[gates.accept]\nkind = \"acceptance\"\n"));
    bed.write("there.txt", "x\n");
    bed.plan(json!([
        {"id": "A", "details": "x", "acceptance": ["`test -e there.txt`"]},
        {"id": "B", "details": "x"},
        {"id": "C", "details": "x", "acceptance": ["`test -e missing.txt`"]},
        {"id": "D", "details": "x", "after": ["B"]},
    ]));
    bed.commit("a plan");
    let running = bed.spawn(&["execute", "--yes", "--attempts", "1"]);
    until("B waits for a person", || {
        bed.try_state().is_some_and(|state| state.unanswered().count() == 1 && state.tasks[0].landed.is_some())
            && bed.standings().contains("C failed")
    });
    let needs = status(&bed)["needs_you"].to_string();
    assert!(needs.contains("git orca approve B") && needs.contains("nothing needs changing"), "{needs}");
    assert_eq!(bed.standings(), "A landed, B passed, C failed, D waiting");
    bed.orca(&["approve", "B"]).exits(0);
    running.wait().exits(5);
    assert_eq!(bed.standings(), "A landed, B landed, C failed, D landed");
    assert!(bed.orca(&["log"]).stdout.contains("already so"));
}

/// Alone with its question: nothing else keeps the run from exit 0.
#[test]
fn a_run_does_not_end_well_before_somebody_has_answered() {
    let asked = || {
        let bed = TestRepo::new();
        let script = "if test {task}{attempt} = B1; then exit 77; else put {task}.txt x; fi";
        bed.toml(&format!("{AGENT}command = [\"sh\", \"-c\", \"{script}\"]\n"));
        bed.plan(json!([{"id": "B", "details": "x"}, {"id": "D", "details": "x", "after": ["B"]}]));
        bed.commit("a plan");
        let running = bed.spawn(&["execute", "--yes"]);
        until("B waits for a person", || bed.try_state().is_some_and(|state| state.unanswered().count() == 1));
        (bed, running)
    };
    let rows: [(&[&[&str]], i32, &str); 4] = [
        (&[&["stop"]], 130, "B passed, D waiting"),
        (&[&["approve", "B"]], 0, "B landed, D landed"),
        (&[&["reject", "B", "-m", "it does"], &["stop"]], 130, ""),
        (&[&["retry", "B"]], 0, "B landed, D landed"),
    ];
    for (answers, code, standings) in rows {
        let (bed, running) = asked();
        for answer in answers {
            bed.orca(answer).exits(0);
        }
        let said = running.wait();
        if answers[0][0] == "reject" {
            // A word of rejection is the next attempt's; without one more it would have failed.
            assert!(said.code != 0 || bed.state().tasks[0].attempts.len() == 2, "{}", said.stderr);
            continue;
        }
        assert_eq!((said.code, bed.standings().as_str()), (code, standings), "{answers:?}: {}", said.stderr);
        let again = bed.state().tasks[0].attempts.len() == 2;
        assert_eq!((again, again && bed.result_has("B.txt")), (answers[0][0] == "retry", answers[0][0] == "retry"));
        if answers[0][0] == "stop" {
            // Later it is the same question.
            let running = bed.spawn(&["resume", "--yes"]);
            until("it asks again", || bed.state().finished.is_none() && bed.state().unanswered().count() == 1);
            bed.orca(&["approve", "B"]).exits(0);
            running.wait().exits(0);
        }
    }
}

/// With no attempt left a refusal is the end.
#[test]
fn a_rejected_answer_that_nothing_needs_changing_is_a_failure() {
    let bed = TestRepo::new();
    bed.toml(&format!("{AGENT}command = [\"sh\", \"-c\", \"exit 77\"]\n"));
    bed.plan(json!([{"id": "B", "details": "x"}, {"id": "D", "details": "x", "after": ["B"]}]));
    let running = bed.spawn(&["execute", "--yes", "--attempts", "1"]);
    until("B waits for a person", || bed.try_state().is_some_and(|state| state.unanswered().count() == 1));
    bed.orca(&["reject", "B", "-m", "it does need that"]).exits(0);
    let said = running.wait();
    assert!(matches!(said.code, 4 | 5), "{}: {}", said.code, said.stderr);
    assert_eq!(bed.standings(), "B failed, D blocked");
    assert!(bed.orca(&["show", "B"]).stdout.contains("it does need that"));
}

/// Whole paths, folders, and accents written in two ways; from one task and from two.
#[test]
fn names_that_some_systems_cannot_tell_apart_are_said_when_they_land() {
    for (one, other) in [("README", "Readme"), ("Docs/a.md", "docs/b.md"), ("caf\u{e9}.txt", "cafe\u{301}.txt")] {
        for tasks in [
            json!([{"id": "A", "run": format!("put {one} 1")}, {"id": "B", "run": format!("put {other} 2")}]),
            json!([{"id": "A", "run": format!("put {one} 1; put {other} 2")}]),
        ] {
            let bed = TestRepo::new();
            bed.plan(tasks);
            bed.execute(&[]).exits(0).says(&["differ only in"]);
            assert!(bed.result_has(one) && bed.result_has(other), "both are there where they can be: {one}");
        }
    }
}

#[test]
fn names_that_differ_only_in_case_are_said_when_they_land() {
    let bed = TestRepo::new();
    bed.plan(json!([
        {"id": "A", "run": "put ui/Button.tsx 1"},
        {"id": "B", "run": "put ui/button.tsx 2", "after": ["A"]},
        {"id": "C", "run": "put other.txt 3", "after": ["B"]},
    ]));
    let said = bed.execute(&[]).exits(0).says(&["ui/Button.tsx", "ui/button.tsx", "differ only in case"]);
    assert_eq!(said.stderr.matches("differ only in case").count(), 1, "said once: {}", said.stderr);
}

/// A configuration that came from a system which cannot tell case apart hides no work where the files are two.
#[test]
fn a_new_file_whose_name_differs_only_in_case_is_work_whatever_core_ignorecase_says() {
    let bed = TestRepo::new();
    bed.write("README.md", "old\n");
    bed.write("src/a", "a\n");
    bed.plan(json!([
        {"id": "A", "run": "echo new > Readme.md"},
        {"id": "B", "run": "mkdir Src; echo b > Src/b", "after": ["A"]},
        {"id": "C", "run": "mv README.md ReadMe.md", "after": ["B"]},
    ]));
    bed.commit("a project");
    bed.git(&["config", "core.ignorecase", "true"]);
    let said = bed.execute(&["-j", "1"]).exits(0).says(&["differ only in case"]);
    assert_eq!(bed.standings(), "A landed, B landed, C landed", "{}", said.stderr);
    let found = ["Readme.md", "ReadMe.md", "Src/b", "src/a"].map(|path| bed.result(path));
    assert_eq!(found, ["new", "old", "b", "a"]);
    assert!(!bed.result_has("README.md"));
    assert_eq!(bed.git(&["config", "core.ignorecase"]), "true", "it is the user's");
}

#[test]
fn small_questions_get_plain_answers() {
    let bed = TestRepo::new();
    bed.plan(json!([
        {"id": "A", "run": "put a.txt a"},
        {"id": "B", "run": "exit 1", "after": ["A"]},
        {"id": "C", "run": "true", "after": ["B"]},
    ]));
    bed.execute(&["--attempts", "0"]).exits(2);
    assert!(bed.runs().is_empty());
    bed.execute(&["--attempts", "1"]).exits(4);
    bed.orca(&["skip", "A", "--yes"]).exits(2).says(&["already landed"]);
    bed.orca(&["skip", "B", "NOPE", "--yes"]).exits(1).says(&["NOPE"]);
    bed.orca(&["retry", "B", "NOPE", "--yes"]).exits(1).says(&["NOPE"]);
    bed.orca(&["show", "C", "--output"]).exits(1).says(&["has not started"]);
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &str| std::fs::metadata(bed.paths().root().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("logs/B/1/agent.log"), mode("journal.jsonl"), mode("report.md")), (0o600, 0o600, 0o600));
    bed.orca(&["path", "A"]).exits(1).says(&["no longer has a worktree"]);
    bed.orca(&["path", "C"]).exits(1).says(&["it has not started yet"]);
    // What was taken back has nothing left to be removed that is not listed.
    bed.orca(&["undo", "--yes"]).exits(0);
    let cleaned = bed.orca(&["clean"]).exits(0);
    assert!(!format!("{}{}", cleaned.stdout, cleaned.stderr).contains("error"), "{}{}", cleaned.stdout, cleaned.stderr);
    bed.orca(&["clean", "-f"]).exits(0);
}

/// While a gate judges it, the worktree of a task is where its files are.
#[test]
fn the_path_of_a_task_that_is_being_judged_has_its_files() {
    let bed = TestRepo::new();
    let go = bed.fifo("go");
    bed.toml("[gates.g]\nrun = \"block go\"\n");
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    let running = bed.spawn(&["execute", "--yes"]);
    let held = go.wait();
    let path = bed.orca(&["path", "A"]).exits(0).stdout;
    assert_eq!(std::fs::read_to_string(std::path::Path::new(path.trim()).join("a.txt")).unwrap(), "a\n");
    drop((held, go));
    bed.program("block", "#!/bin/sh\n");
    running.wait().exits(0);
}

/// One bit of the last line: what it said was not over, and the attempt is not counted against its task.
#[test]
fn a_flipped_last_line_costs_no_attempt() {
    let bed = TestRepo::new();
    let go = bed.fifo("go");
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}, {"id": "B", "after": ["A"], "run": "block go; put b.txt b"}]));
    let running = bed.spawn(&["execute", "--yes", "-j", "1"]);
    let held = go.wait();
    running.signal(nix::sys::signal::Signal::SIGKILL);
    running.wait();
    drop((held, go));
    bed.program("block", "#!/bin/sh\n");
    let file = bed.paths().journal();
    let mut bytes = std::fs::read(&file).unwrap();
    let at = bytes.len() - 5;
    bytes[at] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let said = bed.orca(&["resume", "--yes"]).exits(0);
    assert_eq!(bed.standings(), "A landed, B landed", "{}", said.stderr);
    assert_eq!(bed.state().tasks[0].attempts.len(), 1, "what had landed is not done again");
    assert!(!bed.slots().join("aside").exists(), "nobody edited a worktree");
}

/// A run that goes on is nobody's to call interrupted, least of all from inside; looking works there.
#[test]
fn an_agent_looks_at_its_own_run_from_inside_its_fence() {
    for fence in crate::support::fences() {
        let bed = TestRepo::new();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_git-orca"), bed.root().join("bin/git-orca")).unwrap();
        bed.plan(json!([{"id": "A", "run": "echo a > a.txt; git-orca status > status.txt 2>&1"}]));
        bed.execute(&["--attempts", "1", "--no-writeback", "--sandbox", fence]).exits(0);
        let status = bed.result("status.txt");
        assert!(!status.contains("interrupted") && status.contains('A'), "{fence}: {status}");
    }
}

#[test]
fn the_log_is_whole_in_a_pipe() {
    let bed = TestRepo::new();
    let long = "word ".repeat(100);
    bed.toml("[run]\nagent = \"mine\"\n[agents.mine]\ncommand = [\"sh\", \"-c\", \"exit 1\"]\n");
    bed.plan(json!([{"id": "A", "title": "Fail"}, {"id": "B", "title": long.trim_end(), "run": "put b.txt b"}]));
    bed.execute(&["--attempts", "1"]).exits(4);
    bed.orca(&["retry", "A", "--yes", "-m", &format!("{long}end")]).exits(4);
    let shell = format!("'{}' log | cat", env!("CARGO_BIN_EXE_git-orca"));
    let out = bed.command("sh").args(["-c", &shell]).output().unwrap();
    let log = String::from_utf8(out.stdout).unwrap();
    assert!(log.lines().any(|line| line.contains(&format!("{long}end"))), "{log}");
}

/// Whoever clones a project again to where it was finds gates that work: their places of before hold nobody's work.
#[test]
fn a_repository_made_anew_at_the_same_path_has_its_gates() {
    let bed = TestRepo::new();
    let gated = || {
        bed.toml("[gates.g]\nrun = \"test -s a.txt\"\n");
        bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
        bed.commit("a plan");
        bed.execute(&["--attempts", "1"]).exits(0);
    };
    gated();
    let places = bed.root().join("home/.local/share/checkouts");
    let of_repository = std::fs::read_dir(&places).unwrap().flatten().next().unwrap().path();
    assert!(of_repository.join("g1/.git").exists(), "gates judge in a place of their own");
    let anew = || {
        std::fs::remove_dir_all(bed.repo()).unwrap();
        std::fs::remove_dir_all(bed.slots()).unwrap();
        std::fs::create_dir(bed.repo()).unwrap();
        bed.git(&["init", "-q", "-b", "main"]);
        bed.git(&["config", "user.name", "Ada"]);
        bed.git(&["config", "user.email", "ada@example.org"]);
    };
    anew();
    gated();
    // What is no place of ours is not touched, and named.
    anew();
    std::fs::remove_dir_all(of_repository.join("g1")).unwrap();
    std::fs::create_dir(of_repository.join("g1")).unwrap();
    std::fs::write(of_repository.join("g1/mine.txt"), "mine").unwrap();
    bed.toml("[gates.g]\nrun = \"test -s a.txt\"\n");
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    bed.commit("a plan");
    let said = bed.execute(&["--attempts", "1"]).exits(5).stdout;
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("something that git orca did not make is in its place"), "{said}");
    assert_eq!(std::fs::read_to_string(of_repository.join("g1/mine.txt")).unwrap(), "mine");
}

#[test]
fn a_report_of_a_running_run_gives_no_exit_code() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "block a; put a.txt a"}, {"id": "B", "run": "put b.txt b", "after": ["A"]}]));
    let a = bed.fifo("a");
    let running = bed.spawn(&["execute", "--yes"]);
    let held = a.wait();
    let report = |format: &str| bed.orca(&["report", "--format", format]).exits(0).stdout;
    let exit = || serde_json::from_str::<Value>(&report("json")).unwrap()["exit"].clone();
    assert_eq!(exit(), Value::Null);
    for format in ["md", "html", "junit", "json"] {
        let said = report(format);
        assert!(!said.contains("exit 4") && !said.contains("not everything landed"), "{format}: {said}");
    }
    for words in [&["status"][..], &["stats"], &["show", "A"], &["log"]] {
        let said = bed.orca(words).exits(0).stdout;
        assert!(!said.contains("exit 4"), "{words:?}: {said}");
    }
    drop(held);
    running.wait().exits(0);
    assert_eq!(exit(), 0);
}
