//! Agents, gates and setup commands inside a fence: what they can write and reach, and that a fence is in force or said
//! not to be.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{TestRepo, fences};
use serde_json::json;

/// Those who are inside.
const ALL: [&str; 3] = ["agent", "gate", "setup"];

/// Places that are the user's or git orca's.
fn guarded(bed: &TestRepo) -> Vec<PathBuf> {
    let git = bed.repo().join(".git");
    let places =
        [git.join("hooks"), git.join("refs/heads"), git.join("objects/pack"), git.join("orca/runs"), bed.slots()];
    [bed.repo(), git].into_iter().chain(places).chain([bed.root().join("state/git-orca")]).collect()
}

/// Places of the user's that have nothing to do with the repository.
fn elsewhere(bed: &TestRepo) -> Vec<PathBuf> {
    vec![bed.root().join("home"), bed.root().join("out"), bed.root()]
}

/// A plan whose agent, gate and setup each try to write everywhere; each fails when it cannot do its own work.
fn probing() -> TestRepo {
    let bed = TestRepo::new();
    std::fs::create_dir_all(bed.root().join("state/git-orca")).unwrap();
    let places: Vec<String> =
        guarded(&bed).iter().chain(&elsewhere(&bed)).map(|path| path.display().to_string()).collect();
    bed.program(
        "probe",
        &format!(
            "#!/bin/sh\nfor place in {}; do (echo $1 > \"$place/$1-was-here\") 2> /dev/null; done\n\
             (exec 3<> \"/dev/tcp/127.0.0.1/${{PROBED_PORT:-9}}\") 2> /dev/null\n\
             set -e; echo x > \"$TMPDIR/x\"; echo x > x; rm \"$TMPDIR/x\" x\n",
            places.join(" ")
        )
        .replace("#!/bin/sh", "#!/bin/bash"),
    );
    bed.toml("[worktree]\nsetup = \"probe setup\"\n[gates.probe]\nrun = \"probe gate\"\n");
    bed.plan(json!([{"id": "A", "run": "probe agent; echo a > a.txt; git add a.txt; git commit -qm a"}]));
    bed
}

/// Who has written into which of the places.
fn written(places: &[PathBuf]) -> Vec<String> {
    let mut found = Vec::new();
    for place in places {
        let all = ALL.iter().filter(|who| place.join(format!("{who}-was-here")).exists());
        found.extend(all.map(|who| format!("{who} into {}", place.display())));
    }
    found
}

#[test]
fn nobody_inside_writes_beyond_the_fence_and_everybody_without_does() {
    for fence in fences() {
        let bed = probing();
        bed.execute(&["--sandbox", fence]).exits(0);
        assert_eq!((bed.standings().as_str(), bed.result("a.txt").as_str()), ("A landed", "a"), "{fence}");
        let (guarded, elsewhere) = (guarded(&bed), elsewhere(&bed));
        let open = elsewhere.len() * ALL.len();
        match fence {
            "off" => {
                assert_eq!(written(&elsewhere).len(), open, "{:?}", written(&elsewhere));
                // Files in `.git` that are no settings of git's are nobody's work, and stay.
                assert!(written(&guarded).len() > 2 * guarded.len(), "{:?}", written(&guarded));
            }
            "repository" => {
                assert_eq!(written(&guarded), Vec::<String>::new());
                assert_eq!(written(&elsewhere).len(), open, "the rest of the disk is as free as it was");
            }
            _ => {
                let none = Vec::<String>::new();
                assert_eq!((written(&guarded), written(&elsewhere)), (none.clone(), none), "{fence}");
            }
        }
    }
}

/// A server that counts who comes.
fn counting() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        for _ in listener.incoming().flatten() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    (port, count)
}

#[test]
fn the_network_is_open_or_closed_for_all_of_them() {
    for fence in fences().into_iter().filter(|fence| ["repository", "bwrap"].contains(fence)) {
        for net in ["on", "off"] {
            let bed = probing();
            let (port, count) = counting();
            let probe = std::fs::read_to_string(bed.root().join("bin/probe")).unwrap();
            bed.program("probe", &probe.replace("${PROBED_PORT:-9}", &port.to_string()));
            bed.execute(&["--sandbox", fence, "--sandbox-net", net]).exits(0);
            let come = count.load(Ordering::SeqCst);
            assert_eq!((come >= ALL.len(), come == 0), (net == "on", net == "off"), "{fence} {net}: {come} came");
            let said = bed.orca(&["status", "--json"]).exits(0).stdout;
            assert_eq!(said.contains("no network"), net == "off", "{said}");
        }
    }
    let bed = probing();
    bed.execute(&["--sandbox", "landlock", "--sandbox-net", "off"]).exits(1).says(&["--sandbox bwrap"]);
    assert!(bed.runs().is_empty());
}

#[test]
fn what_is_in_force_is_said_everywhere() {
    for (fence, words) in [
        ("off", "off: agents can write"),
        ("bwrap", "bwrap: agents can write only"),
        ("landlock", "landlock: agents can write only"),
    ] {
        if !fences().contains(&fence) {
            continue;
        }
        let bed = TestRepo::new();
        bed.plan(json!([{"id": "A", "run": "echo a > a.txt"}]));
        bed.git(&["config", "orca.sandbox", fence]);
        bed.execute(&[]).exits(0).says(&[words]);
        let mut commands = vec!["status --json", "report", "report --format json", "report --format html", "doctor"];
        // Without a fence there is nothing to say about one in the short form.
        commands.extend((fence != "off").then_some("status"));
        for command in commands {
            let said = bed.orca(&command.split(' ').collect::<Vec<_>>());
            assert!(said.stdout.contains(words), "{command}: {}", said.stdout);
        }
    }
}

/// In force or refused: a bubblewrap that does not work is no fence, and none that stops working is left out.
#[test]
fn a_fence_that_cannot_be_put_up_is_an_error_and_never_less() {
    let bed = TestRepo::new();
    bed.program("bwrap", "#!/bin/sh\necho no namespaces here >&2; exit 1\n");
    bed.plan(json!([{"id": "A", "run": "echo a > a.txt"}]));
    for fence in ["bwrap", "repository"] {
        let said = bed.execute(&["--sandbox", fence]).exits(1).says(&["no namespaces here", "git orca doctor"]);
        assert!(!said.stderr.contains("started"), "{}", said.stderr);
    }
    assert!(bed.runs().is_empty() && !bed.slots().exists(), "nothing was started");
    let said = bed.execute(&[]).exits(0).stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("OFF, agents can write") && said.contains("no namespaces here"), "{said}");
    let said = bed.orca(&["doctor"]);
    assert!(
        said.stdout.contains("note     sandbox OFF") && said.stdout.contains("apt install bubblewrap"),
        "{}",
        said.stdout
    );

    if !fences().contains(&"bwrap") {
        return;
    }
    let bed = TestRepo::new();
    let path = std::env::var_os("PATH").unwrap();
    let bwrap = std::env::split_paths(&path).map(|folder| folder.join("bwrap")).find(|file| file.is_file()).unwrap();
    let broken = bed.out("broken");
    bed.program(
        "bwrap",
        &format!("#!/bin/sh\ntest ! -e '{}' || exit 1\nexec '{}' \"$@\"\n", broken.display(), bwrap.display()),
    );
    bed.plan(json!([
        {"id": "A", "run": format!("echo a > a.txt; touch '{}'", broken.display())},
        {"id": "B", "after": ["A"], "run": "echo b > b.txt; touch ../b-ran"},
    ]));
    bed.execute(&["--sandbox", "repository"]).exits(4);
    assert_eq!(bed.standings(), "A landed, B failed");
    assert!(!bed.slots().join("b-ran").exists(), "it never ran without its fence");
    bed.orca(&["retry", "B", "--yes"]).exits(1).says(&["bwrap"]);
    assert_eq!(bed.standings(), "A landed, B failed");
}
