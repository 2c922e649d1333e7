//! What git cannot merge and no rung can name a solution for stays a conflict, whatever it looks like.

use crate::support::TestRepo;
use serde_json::json;

/// Files of the base, `.gitattributes` among them, what is done there besides, both tasks, and what must stand in the
/// result for the path `at`: one of the two.
struct Case {
    name: &'static str,
    files: &'static [(&'static str, &'static str)],
    setup: &'static str,
    tasks: [&'static str; 2],
}

const CASES: [Case; 16] = [
    Case { name: "two targets of a link", files: &[], setup: "ln -s v1 at", tasks: ["ln -sfn v2 at", "ln -sfn v3 at"] },
    Case { name: "two new links", files: &[], setup: "", tasks: ["ln -s v2 at", "ln -s v3 at"] },
    Case {
        name: "a new file with two modes",
        files: &[],
        setup: "",
        tasks: ["echo x > at; chmod 755 at", "echo x > at"],
    },
    Case { name: "a file and a link", files: &[], setup: "", tasks: ["echo x > at", "ln -s v2 at"] },
    Case {
        name: "wide markers",
        files: &[(".gitattributes", "at conflict-marker-size=32\n"), ("at", "Title\n=====\n\nold\n")],
        setup: "",
        tasks: ["sed -i s/old/fast/ at", "sed -i s/old/safe/ at"],
    },
    Case {
        name: "markers of one sign",
        files: &[(".gitattributes", "* conflict-marker-size=1\n"), ("at", "old\n")],
        setup: "",
        tasks: ["sed -i s/old/fast/ at", "sed -i s/old/safe/ at"],
    },
    Case {
        name: "wide markers said by the repository alone",
        files: &[("at", "old\n")],
        setup: "echo 'at conflict-marker-size=20' > .git/info/attributes",
        tasks: ["sed -i s/old/fast/ at", "sed -i s/old/safe/ at"],
    },
    Case {
        name: "a driver that fails and leaves no markers",
        files: &[(".gitattributes", "at merge=never\n"), ("at", "one\n")],
        setup: "git config merge.never.driver false",
        tasks: ["echo two > at", "echo three > at"],
    },
    Case {
        name: "a driver that ends as if killed",
        files: &[(".gitattributes", "at merge=never\n"), ("at", "one\n")],
        setup: "git config merge.never.driver 'exit 200 # at once'",
        tasks: ["echo two > at", "echo three > at"],
    },
    Case {
        name: "a driver that is no command",
        files: &[(".gitattributes", "at merge=never\n"), ("at", "one\n")],
        setup: "git config merge.never.driver 'if then ('",
        tasks: ["echo two > at", "echo three > at"],
    },
    Case {
        name: "a driver of lines for what has none",
        files: &[(".gitattributes", "at merge=lines\n"), ("at", "a\0b\n")],
        setup: "git config merge.lines.driver 'git merge-file %A %O %B'",
        tasks: ["printf 'a\\000c' > at", "printf 'a\\000d' > at"],
    },
    Case {
        name: "a driver that leaves its markers and says that all is well",
        files: &[(".gitattributes", "at merge=never\n"), ("at", "one\n")],
        setup: "git config merge.never.driver 'git merge-file %A %O %B; exit 0'",
        tasks: ["echo two > at", "echo three > at"],
    },
    Case {
        name: "a driver that takes the file away",
        files: &[(".gitattributes", "at merge=never\n"), ("at", "one\n")],
        setup: "git config merge.never.driver 'rm %A'",
        tasks: ["echo two > at", "echo three > at"],
    },
    Case {
        name: "what git is told not to merge",
        files: &[(".gitattributes", "at -merge\n"), ("at", "one\n")],
        setup: "",
        tasks: ["echo two > at", "echo three > at"],
    },
    Case {
        name: "a lockfile that one deletes",
        files: &[("deps.lock", "core\n")],
        setup: "",
        tasks: ["git rm -q deps.lock", "echo more >> deps.lock"],
    },
    Case {
        name: "a united file with two modes",
        files: &[],
        setup: "",
        tasks: ["echo a > log; chmod 755 log", "echo b > log"],
    },
];

#[test]
fn what_nobody_solved_never_lands_as_solved() {
    for case in CASES {
        let bed = TestRepo::in_memory();
        case.files.iter().for_each(|(path, text)| bed.write(path, text));
        assert!(bed.succeeds("sh", &["-c", case.setup]));
        bed.toml(
            "[run]\nbase = \"exact\"\n[conflicts]\nresolve = [\"regenerate\", \"union\", \"remembered\", \"driver\"]\n\
             union = [\"log\"]\nregenerate = { \"deps.lock\" = \"echo anew > deps.lock\" }\n",
        );
        bed.plan(
            json!([{"id": "A", "title": "a", "run": case.tasks[0]}, {"id": "B", "title": "b", "run": case.tasks[1]}]),
        );
        bed.commit("base");
        let told = bed.orca(&["execute", "--yes", "-j", "2"]).exits(6);
        let state = bed.state();
        let landed = state.tasks.iter().filter(|task| task.landed.is_some()).count();
        assert_eq!(landed, 1, "{}: {}", case.name, told.stderr);
        assert!(state.tasks.iter().all(|task| task.rules.is_empty()), "{}: nothing was solved", case.name);
    }
}

/// A clash that an agent solves, and whether that may be taken.
struct Solved {
    name: &'static str,
    files: &'static [(&'static str, &'static str)],
    tasks: [&'static str; 2],
    /// What the agent does before it commits everything.
    solution: &'static str,
    /// What its message says besides.
    reason: &'static str,
    taken: bool,
}

const MODULE: &str =
    "def keep(x):\n    return x\n\n\ndef drop(x):\n    return x + 1\n\n\ndef end(x):\n    return keep(x) - 1\n";

const SOLUTIONS: [Solved; 12] = [
    Solved {
        name: "a third target of a link",
        files: &[],
        tasks: ["ln -s v2 at", "ln -s v3 at"],
        solution: "ln -sfn v4 at",
        reason: "",
        taken: false,
    },
    Solved {
        name: "one of two targets, with a reason",
        files: &[],
        tasks: ["ln -s v2 at", "ln -s v3 at"],
        solution: "ln -sfn v3 at",
        reason: "Orca-Dropped: at: v2 is no longer made",
        taken: true,
    },
    Solved {
        name: "one of two modes",
        files: &[],
        tasks: ["echo x > at; chmod 755 at", "echo x > at"],
        solution: "chmod 755 at",
        reason: "",
        taken: false,
    },
    Solved {
        name: "a deletion is dropped",
        files: &[("at.py", MODULE)],
        tasks: ["sed -i 5,8d at.py", "sed -i 's/x + 1/x + x/' at.py"],
        solution: "git checkout -q --theirs at.py 2> /dev/null; grep -q 'def drop' at.py || git checkout -q --ours at.py",
        reason: "",
        taken: false,
    },
    Solved {
        name: "a function that neither had touched is dropped",
        files: &[("at.py", MODULE)],
        tasks: ["sed -i 's/x + 1/x + 2/' at.py", "sed -i 's/x + 1/x + x/' at.py"],
        solution: "printf 'def keep(x):\\n    return x\\n\\n\\ndef drop(x):\\n    return x + x + 2\\n' > at.py",
        reason: "",
        taken: false,
    },
    Solved {
        name: "both edits of one line",
        files: &[("at.py", MODULE)],
        tasks: ["sed -i 's/x + 1/x + 2/' at.py", "sed -i 's/x + 1/x + x/' at.py"],
        solution: "git show HEAD:at.py | sed 's/return x + .*/return x + x + 2/' > at.py",
        reason: "",
        taken: true,
    },
    Solved {
        name: "its own line in place of the one that resembles it",
        files: &[],
        tasks: ["echo '1.1 was here' > at", "echo '1.2 was here' > at"],
        solution: "test $ORCA_TASK = A && echo '1.1 was here' > at || echo '1.2 was here' > at",
        reason: "",
        taken: false,
    },
    Solved {
        name: "one of three lines in the same place is dropped",
        files: &[],
        tasks: ["printf '1.1 was here\\n1.3 was here\\n' > at", "echo '1.2 was here' > at"],
        solution: "printf '1.2 was here\\n1.3 was here\\n' > at",
        reason: "",
        taken: false,
    },
    Solved {
        name: "its own line alone, among others that git merged",
        files: &[("at", "top\n\n\n\nend\n")],
        tasks: ["sed -i '1a if a < b' at; sed -i '$a more' at", "sed -i '1a if a > b' at"],
        solution: "printf 'top\\nif a > b\\n\\n\\n\\nend\\nmore\\n' > at",
        reason: "",
        taken: false,
    },
    Solved {
        name: "both lines that resemble each other",
        files: &[],
        tasks: ["echo '1.1 was here' > at", "echo '1.2 was here' > at"],
        solution: "printf '1.1 was here\\n1.2 was here\\n' > at",
        reason: "",
        taken: true,
    },
    Solved {
        name: "an edit follows its function into another file",
        files: &[("p.js", "function area(w, h) {\n  return w * h;\n}\n\nfunction name() {\n  return 'p';\n}\n")],
        tasks: [
            "sed -n 1,3p p.js > shape.js; sed -i 1,4d p.js",
            "sed -i 's/return w . h/return Math.abs(w * h)/' p.js",
        ],
        solution: "printf \"function name() {\\n  return 'p';\\n}\\n\" > p.js; \
                   printf 'function area(w, h) {\\n  return Math.abs(w * h);\\n}\\n' > shape.js",
        reason: "",
        taken: true,
    },
    Solved {
        name: "an edit that followed nothing",
        files: &[("p.js", "function area(w, h) {\n  return w * h;\n}\n\nfunction name() {\n  return 'p';\n}\n")],
        tasks: [
            "sed -n 1,3p p.js > shape.js; sed -i 1,4d p.js",
            "sed -i 's/return w . h/return Math.abs(w * h)/' p.js",
        ],
        solution: "printf \"function name() {\\n  return 'p';\\n}\\n\" > p.js",
        reason: "",
        taken: false,
    },
];

#[test]
fn a_solution_is_held_to_everything_that_both_sides_did() {
    for case in SOLUTIONS {
        let bed = TestRepo::in_memory();
        case.files.iter().for_each(|(path, text)| bed.write(path, text));
        let script = format!("{}\ngit add -A\ngit commit -q -m merged -m '{}'\n", case.solution, case.reason);
        bed.program("fix", &format!("#!/bin/sh\n{script}"));
        bed.toml(
            "[run]\nbase = \"exact\"\n[conflicts]\nresolve = [\"agent\"]\n\
             [agents.fix]\ncommand = [\"fix\"]\n[roles.resolve]\nagent = \"fix\"\n",
        );
        bed.plan(
            json!([{"id": "A", "title": "a", "run": case.tasks[0]}, {"id": "B", "title": "b", "run": case.tasks[1]}]),
        );
        bed.commit("base");
        let told = bed.orca(&["execute", "--yes", "-j", "2"]).exits(if case.taken { 0 } else { 6 });
        let landed = bed.state().tasks.iter().filter(|task| task.landed.is_some()).count();
        assert_eq!(landed == 2, case.taken, "{}: {}", case.name, told.stderr);
    }
}
