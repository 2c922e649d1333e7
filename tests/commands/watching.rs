//! The watch view on a real terminal: it is drawn, controls a run, and leaves the terminal as it was.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;

use super::terminal::{Terminal, alike, shop};
use crate::support::{TestRepo, until};

/// The process that draws, by what it was started as.
fn watcher(bed: &TestRepo) -> Pid {
    let mut found = None;
    until("the watch view runs", || {
        let marker = bed.repo();
        let of = |entry: std::fs::DirEntry| {
            let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
            let words = std::fs::read(entry.path().join("cmdline")).ok()?;
            let here = std::fs::read_link(entry.path().join("cwd")).ok()? == marker;
            let is_watch = words.split(|byte| *byte == 0).nth(1) == Some(b"watch".as_slice());
            (is_watch && here).then(|| Pid::from_raw(pid))
        };
        found = std::fs::read_dir("/proc").unwrap().flatten().find_map(of);
        found.is_some()
    });
    found.unwrap()
}

#[test]
fn a_run_is_watched_and_controlled_from_another_terminal() {
    let bed = TestRepo::new();
    let go = shop(&bed);
    let Some(terminal) = Terminal::open(&bed, "watch", 80, 24) else { return };
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let held = go.wait();
    until("it has failed", || bed.standings().contains("broken failed"));
    terminal.types("clear; git orca watch");
    terminal.until_shown("needs you  git orca retry broken");
    // Nothing in this tab depends on where the repository lies.
    terminal.tmux(&["send-keys", "4"]);
    terminal.until_shown("no gate has looked at it yet");
    insta::assert_snapshot!("watch_80x24", alike(&terminal.screen()));
    for (columns, rows) in [("120", "40"), ("200", "50")] {
        terminal.tmux(&["resize-window", "-x", columns, "-y", rows]);
        until("it fills the screen", || {
            let screen = terminal.screen();
            screen.lines().count() == rows.parse::<usize>().unwrap() && screen.starts_with("run ")
        });
        insta::assert_snapshot!(format!("watch_{columns}x{rows}"), alike(&terminal.screen()));
    }
    terminal.tmux(&["resize-window", "-x", "80", "-y", "24"]);
    // Not by accident, and then as it is shown.
    terminal.tmux(&["send-keys", "s"]);
    terminal.until_shown("message: _");
    terminal.tmux(&["send-keys", "-l", "look twice"]);
    terminal.tmux(&["send-keys", "Enter"]);
    terminal.until_shown("git orca say broken 'look twice'");
    terminal.tmux(&["send-keys", "n"]);
    terminal.until_shown("nothing was done");
    terminal.tmux(&["send-keys", "r"]);
    terminal.until_shown("hint (may be empty): _");
    terminal.tmux(&["send-keys", "Enter"]);
    terminal.until_shown("y runs it");
    // A yes that comes too soon was not meant: it is said until it counts, and means nothing afterwards.
    until("it was tried again", || {
        terminal.tmux(&["send-keys", "y"]);
        bed.state().tasks[1].attempts.len() == 2
    });
    terminal.tmux(&["send-keys", "q"]);
    terminal.until_shown("$");
    terminal.types("echo back$((40 + 2))");
    terminal.until_shown("back42");
    drop(held);
    running.wait().exits(4);
    terminal.types("clear; NO_COLOR=1 git orca watch; echo left$?");
    terminal.until_shown("finished in");
    let coloured = terminal.tmux(&["capture-pane", "-p", "-e"]);
    // 39 is the terminal's own.
    let colours = ('0'..='7').flat_map(|n| [format!("[3{n}m"), format!("[9{n}m"), format!(";3{n}m")]);
    assert!(colours.into_iter().all(|code| !coloured.contains(&code)), "{coloured:?}");
    terminal.tmux(&["send-keys", "3"]);
    terminal.until_shown("[3 diff]");
    terminal.tmux(&["send-keys", "q"]);
    terminal.until_shown("left0");
}

#[test]
fn signals_leave_the_terminal_as_it_was() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    bed.commit("plan");
    bed.execute(&[]).exits(0);
    let Some(terminal) = Terminal::open(&bed, "signals", 80, 24) else { return };
    for (n, (signal, code)) in
        [(Signal::SIGTERM, 143), (Signal::SIGINT, 130), (Signal::SIGHUP, 129)].into_iter().enumerate()
    {
        terminal.types(&format!("clear; git orca watch; echo e{n}nd$?"));
        terminal.until_shown("[1 task]");
        kill(watcher(&bed), signal).unwrap();
        terminal.until_shown(&format!("e{n}nd{code}"));
        assert!(!terminal.screen().contains("[1 task]"), "{}", terminal.screen());
        terminal.types(&format!("stty -a | grep -c -- -icanon; echo cooked{n}"));
        terminal.until_shown(&format!("0\ncooked{n}"));
    }
}

#[test]
fn stopped_and_continued_it_draws_itself_again() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    bed.commit("plan");
    bed.execute(&[]).exits(0);
    let Some(terminal) = Terminal::open(&bed, "stops", 80, 24) else { return };
    terminal.types("set -m; clear; git orca watch");
    terminal.until_shown("[1 task]");
    terminal.tmux(&["send-keys", "C-z"]);
    terminal.until_shown("$");
    terminal.types("echo at$((6 * 7))");
    terminal.until_shown("at42");
    terminal.types("fg");
    terminal.until_shown("[1 task]");
    kill(watcher(&bed), Signal::SIGTSTP).unwrap();
    terminal.until_shown("at42");
    terminal.types("fg");
    terminal.until_shown("[1 task]");
    terminal.tmux(&["send-keys", "q"]);
    terminal.types("echo out$((6 * 7))");
    terminal.until_shown("out42");
}

#[test]
fn without_a_terminal_it_says_what_to_type_instead() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    bed.orca(&["watch"]).exits(1).says(&["no run in this repository yet"]);
    bed.commit("plan");
    bed.execute(&[]).exits(0);
    let out = bed.orca(&["watch"]).exits(2).says(&["needs a terminal", "git orca status --watch"]);
    assert_eq!(out.stdout, "");
}

/// Seconds of a processor that a process has used.
#[cfg(target_os = "linux")]
fn used(pid: Pid) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let words: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: f64 = words[11].parse::<f64>().unwrap() + words[12].parse::<f64>().unwrap();
    ticks / 100.0
}

#[test]
#[cfg(target_os = "linux")]
fn watching_fifty_tasks_takes_little() {
    let bed = TestRepo::new();
    let go = bed.fifo("go");
    let task =
        |n: usize| json!({"id": format!("T{n:02}"), "title": format!("Task {n}"), "run": "block go; put $ORCA_TASK x"});
    bed.plan(json!((1..=50).map(task).collect::<Vec<_>>()));
    bed.commit("plan");
    let running = bed.spawn(&["execute", "--yes", "-j", "4"]);
    let held = go.wait();
    let Some(terminal) = Terminal::open(&bed, "fifty", 120, 40) else { return };
    terminal.types("clear; git orca watch");
    terminal.until_shown("4 running");
    let pid = watcher(&bed);
    let (before, began) = (used(pid), std::time::Instant::now());
    std::thread::sleep(std::time::Duration::from_secs(6));
    let share = (used(pid) - before) / began.elapsed().as_secs_f64();
    eprintln!("the watch view takes {:.1} % of a core", share * 100.0);
    assert!(share <= 0.03, "{:.1} % of a core", share * 100.0);
    terminal.tmux(&["send-keys", "q"]);
    bed.orca(&["stop", "--now"]).exits(0);
    drop(held);
    running.wait();
}

#[test]
fn a_terminal_that_is_closed_ends_it() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    bed.execute(&[]).exits(0);
    let Some(terminal) = Terminal::open(&bed, "closed", 80, 24) else { return };
    // The signal that tells of it is not heard: what is read must tell, too.
    terminal.types("clear; trap '' HUP; git orca watch");
    let pid = watcher(&bed);
    terminal.until_shown("landed");
    terminal.tmux(&["kill-server"]);
    until("it has ended", || kill(pid, None).is_err());
    // Its server is gone already.
    std::mem::forget(terminal);
}
