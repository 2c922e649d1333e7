//! Processes that leave their agent behind: they end with its attempt, with a stop, and after a kill.

use crate::misbehaviour::is_kept;
use crate::support::{TestRepo, fences};
use serde_json::json;

/// Processes whose command line holds `mark`, wherever they hang.
fn alive(mark: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        if line.contains(mark) && !line.contains("__launch") && !line.contains("execute") && !line.contains("bwrap") {
            found.push(line);
        }
    }
    found
}

/// Leaves processes that forgot everything about the run: own session, no environment, no parent, deaf to TERM.
const DETACHES: &str = r#"
    echo precious > a.txt
    for how in 'setsid env -i' 'nohup env -i' 'setsid setsid env -i'; do
        ( $how /bin/sh -c "trap '' TERM HUP; while :; do sleep 1; done # MARK" > /dev/null 2>&1 & ) &
    done
    sleep 0.2
"#;

fn detaching(bed: &TestRepo, then: &str) -> String {
    let mark = format!("detached-{}", bed.root().file_name().unwrap().to_string_lossy());
    bed.plan(json!([{"id": "A", "run": format!("{}{then}", DETACHES.replace("MARK", &mark))}]));
    mark
}

/// All of it is gone within two seconds from now.
#[track_caller]
fn all_gone(mark: &str, what: &str) {
    let begun = std::time::Instant::now();
    while !alive(mark).is_empty() {
        assert!(begun.elapsed() < std::time::Duration::from_secs(2), "{what}: {:?}", alive(mark));
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn detached_children_end_with_their_attempt() {
    for fence in fences() {
        let bed = TestRepo::new();
        let mark = detaching(&bed, "");
        bed.execute(&["--sandbox", fence]).exits(0);
        all_gone(&mark, fence);
        bed.assert_no_processes();
    }
}

#[test]
fn detached_children_end_with_a_stop() {
    for fence in fences() {
        let bed = TestRepo::new();
        let mark = detaching(&bed, "block go");
        let go = bed.fifo("go");
        let running = bed.spawn(&["execute", "--yes", "--sandbox", fence]);
        let _held = go.wait();
        assert!(!alive(&mark).is_empty(), "{fence}: they run");
        bed.orca(&["stop", "--now"]).exits(0);
        all_gone(&mark, fence);
        running.wait().exits(130);
        assert!(is_kept(&bed, "precious\n"), "{fence}");
    }
}

#[test]
fn detached_children_end_after_a_kill() {
    for fence in fences() {
        for then in [&["clean"][..], &["resume", "--yes"][..]] {
            let bed = TestRepo::new();
            let mark =
                detaching(&bed, "test -e ignored/second || { mkdir -p ignored; echo > ignored/second; block go; }");
            let go = bed.fifo("go");
            let running = bed.spawn(&["execute", "--yes", "--sandbox", fence]);
            let held = go.wait();
            assert!(!alive(&mark).is_empty(), "{fence}: they run");
            running.signal(nix::sys::signal::Signal::SIGKILL);
            running.wait();
            bed.orca(then).exits(0);
            all_gone(&mark, &format!("{fence} {then:?}"));
            drop(held);
        }
    }
}
