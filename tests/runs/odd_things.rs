//! Odd things that an agent leaves in its worktree: whatever happens to the attempt, nothing hangs, what can be kept is, and
//! what cannot is named.

use std::time::Duration;

use crate::support::{Running, TestRepo, TestRequirement, needs, until};
use nix::sys::signal::Signal;
use serde_json::json;

/// Two hundred digits.
const LONG: &str = concat!(
    "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000007"
);

/// What is left, and where a commit has it; those without a place in a commit are to be named.
const THINGS: [(&str, &str, Option<&str>); 27] = [
    ("a pipe", "mkfifo pipe", None),
    ("a pipe for an ignore file", "mkdir ign; mkfifo ign/.gitignore", None),
    ("a pipe for attributes", "mkdir att; mkfifo att/.gitattributes", None),
    ("a pipe in a tracked file's place", "rm tracked; mkfifo tracked", None),
    ("a terabyte that is not there", "truncate -s 1T huge", None),
    ("a pipe deep below", "mkdir -p p/q/r; mkfifo p/q/r/pipe", None),
    (
        "deep folders",
        "d=deep; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do d=$d/folder; done; mkdir -p $d; echo x > $d/x",
        Some(
            "deep/folder/folder/folder/folder/folder/folder/folder/folder/folder/folder/folder/folder/folder/folder/folder/folder/folder/folder/folder/folder/x",
        ),
    ),
    ("a long name", "n=$(printf '%0200d' 7); echo x > $n", Some(LONG)),
    ("quotes", "echo x > 'a \"b\" \\c'", Some("a \"b\" \\c")),
    ("a dash in front", "echo x > ./-rf", Some("-rf")),
    ("spaces around", "echo x > ' s '", Some(" s ")),
    ("a star", "echo x > '*'", Some("*")),
    ("a colon in front", "echo x > ':(top)'", Some(":(top)")),
    ("a link to itself", "ln -s self self", Some("self")),
    ("a link to the root", "ln -s / root", Some("root")),
    ("a link to nothing", "ln -s nowhere/at/all none", Some("none")),
    ("a folder without permissions", "mkdir locked; echo x > locked/x; chmod 0 locked", Some("locked/x")),
    ("a file without permissions", "echo x > shut; chmod 0 shut", Some("shut")),
    // Git stores no empty folder, and nothing is lost with it.
    ("an empty folder", "mkdir -p empty/empty; echo x > empty/x", Some("empty/x")),
    ("a file that became a folder", "rm swapped; mkdir swapped; echo x > swapped/x", Some("swapped/x")),
    ("a folder that became a link", "rm -r folder; ln -s /tmp folder", Some("folder")),
    ("a false repository", "mkdir false; echo gitdir: /nowhere > false/.git; echo x > false/x", None),
    ("two names of one file", "echo x > one; ln one two", Some("two")),
    // Where one cannot be made, a pipe stands for it, and `all_can_be_made` says so.
    ("a socket", "python3 -c \"import socket; socket.socket(socket.AF_UNIX).bind('sock')\" || mkfifo sock", None),
    ("a device without an end", "mknod endless c 1 5 || mkfifo endless", None),
    ("a disk", "mkdir dev; mknod dev/disk b 7 250 || mkfifo dev/disk", None),
    ("a device for an ignore file", "mkdir dig; mknod dig/.gitignore c 1 5 || mkfifo dig/.gitignore", None),
];

/// Whether sockets and devices are what they are called; said where not.
fn all_can_be_made(bed: &TestRepo) -> bool {
    let made = |program: &str, args: &[&str]| bed.succeeds(program, args);
    let device = bed.out("a-device");
    let devices = made("mknod", &[device.to_str().unwrap(), "c", "1", "5"]);
    for (there, what) in
        [(devices, TestRequirement::Devices), (made("python3", &["-c", "import socket"]), TestRequirement::Python)]
    {
        if !there {
            needs(what);
            return false;
        }
    }
    std::fs::remove_file(device).unwrap();
    true
}

/// Parts of names that must be told of.
const NAMED: [&str; 10] = [
    "pipe",
    "ign/.gitignore",
    "att/.gitattributes",
    "tracked",
    "huge",
    "p/q/r/pipe",
    "sock",
    "endless",
    "dev/disk",
    "dig/.gitignore",
];

fn bed() -> TestRepo {
    let bed = TestRepo::new();
    for path in ["tracked", "swapped", "folder/file"] {
        bed.write(path, "x\n");
    }
    bed.commit("a project");
    bed
}

/// A script that leaves everything, and then does `last`.
fn script(last: &str) -> String {
    let lines: Vec<&str> = THINGS.iter().map(|(_, line, _)| *line).collect();
    format!("{}\necho work > work.txt\n{last}", lines.join("\n"))
}

fn waits(bed: &TestRepo) -> String {
    let (made, go) = (bed.out("made"), bed.out("go"));
    script(&format!("touch {}\nuntil test -e {}; do sleep 0.05; done", made.display(), go.display()))
}

fn start(bed: &TestRepo, run: &str, more: &str) -> Running {
    bed.toml(&format!("[run]\nfound-gates = false\n{more}"));
    bed.plan(json!([{"id": "A", "run": run}]));
    bed.spawn(&["execute", "--yes", "--sandbox", "off", "--attempts", "1"])
}

fn journal_text(bed: &TestRepo) -> String {
    bed.journal().iter().map(|entry| serde_json::to_string(&entry.event).unwrap()).collect()
}

/// Each that a commit can hold is in it, each that none can is named, and nothing of it stays in the worktree.
fn assert_told(bed: &TestRepo, commit: &str, named: &[&str], what: &str) {
    for (name, _, place) in THINGS {
        let Some(place) = place else { continue };
        assert!(bed.git_says(&["cat-file", "-e", &format!("{commit}:{place}")]), "{what}: {name}");
    }
    assert!(bed.git_says(&["cat-file", "-e", &format!("{commit}:work.txt")]), "{what}: the work");
    let told = journal_text(bed);
    for name in named {
        assert!(told.contains(name), "{what}: `{name}` is not named");
    }
}

#[test]
fn whatever_an_agent_leaves_nothing_hangs_and_each_thing_is_kept_or_named() {
    // The agent ends.
    let ends = bed();
    let real = all_can_be_made(&ends);
    start(&ends, &script("true"), "").wait();
    assert_told(&ends, &ends.attempt("A", 1), &NAMED, "it ends");
    let told = journal_text(&ends);
    let kinds: &[&str] = if real { &["`sock` (socket)", "`endless` (device)", "`dev/disk` (device)"] } else { &[] };
    for named in kinds {
        assert!(told.contains(named), "{named} is named by its kind: {told}");
    }

    // It is killed.
    let killed = bed();
    start(&killed, &script("kill -9 $$"), "").wait();
    let saved = |bed: &TestRepo| bed.state().tasks[0].attempts[0].salvage.clone().unwrap().to_string();
    assert_told(&killed, &saved(&killed), &NAMED, "it is killed");

    // It is saved while it works, past everything that git itself would open and wait for.
    let watched = bed();
    let running = start(&watched, &waits(&watched), "snapshot-every = \"1s\"\n");
    until("it has left everything", || watched.out("made").exists());
    let begun = std::time::Instant::now();
    let has_work = |bed: &TestRepo| {
        let attempt = bed.state().tasks[0].attempts[0].snapshot.clone();
        attempt.is_some_and(|it| bed.git_says(&["cat-file", "-e", &format!("{it}:work.txt")]))
    };
    until("it is saved", || has_work(&watched));
    assert!(begun.elapsed() < Duration::from_secs(60), "it hangs");
    let snapshot = watched.state().tasks[0].attempts[0].snapshot.clone().unwrap().to_string();
    for (name, _, place) in THINGS {
        // Whoever is not root cannot look into what is shut, while somebody works there.
        let Some(place) = place.filter(|_| !name.contains("without permissions")) else { continue };
        assert!(watched.git_says(&["cat-file", "-e", &format!("{snapshot}:{place}")]), "saved: {name}");
    }
    assert!(!journal_text(&watched).contains("cannot be saved while it works"));
    std::fs::write(watched.out("go"), "").unwrap();
    running.wait();
    assert_told(&watched, &watched.attempt("A", 1), &NAMED, "it was saved");

    // The run is killed, and goes on.
    let resumed = bed();
    let running = start(&resumed, &waits(&resumed), "");
    until("it has left everything", || resumed.out("made").exists());
    running.signal(Signal::SIGKILL);
    running.wait();
    std::fs::write(resumed.out("go"), "").unwrap();
    let begun = std::time::Instant::now();
    resumed.orca(&["resume"]);
    assert!(begun.elapsed() < Duration::from_secs(60), "it hangs");
    assert_told(&resumed, &saved(&resumed), &NAMED, "the run was killed");
}

/// Whatever lies in the worktree, and whatever its agent makes of signals.
#[test]
fn a_run_ends_within_seconds_when_it_is_told_to() {
    let odd = "mkfifo .x; rm .gitignore; mkfifo .gitignore; mkdir d; mkfifo d/.gitattributes; truncate -s 1T big";
    for how in ["stop --now", "SIGTERM", "SIGTERM twice"] {
        let bed = TestRepo::new();
        let go = bed.fifo("go");
        bed.plan(json!([
            {"id": "A", "run": format!("put a.txt precious; trap '' TERM INT HUP; {odd}; (setsid sleep 1000 &); block go; sleep 1000")},
        ]));
        let running = bed.spawn(&["execute", "--yes", "--no-writeback"]);
        let _held = go.wait();
        let begun = std::time::Instant::now();
        match how {
            "stop --now" => drop(bed.orca(&["stop", "--now"]).exits(0)),
            "SIGTERM" => running.signal(Signal::SIGTERM),
            _ => {
                running.signal(Signal::SIGTERM);
                until("the request is journalled", || bed.state().stop.is_some());
                running.signal(Signal::SIGTERM);
            }
        }
        if how == "SIGTERM" {
            // One lets agents finish, as Ctrl-C does; this one never would.
            until("the request is journalled", || bed.state().stop.is_some());
            bed.orca(&["stop", "--now"]).exits(0);
        }
        let said = running.wait();
        assert!(begun.elapsed().as_secs() < 15, "{how}: it took {:?}", begun.elapsed());
        assert!(matches!(said.code, 130 | 143), "{how}: {}", said.code);
        bed.assert_no_processes();
        bed.assert_lossless();
    }
}
