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

const CASES: [Case; 11] = [
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
