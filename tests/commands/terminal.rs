//! What a person sees on a real terminal: the block before the start, its questions, the live lines, at several sizes.
//! Times and ids are made equal; words and places are not.

use serde_json::json;

use crate::support::{Fifo, TestRepo, TestRequirement, needs, until};

/// A terminal with a shell in a bed's checkout.
pub struct Terminal<'a> {
    bed: &'a TestRepo,
    name: &'static str,
}

impl<'a> Terminal<'a> {
    /// One of this size; none where there is no tmux.
    pub fn open(bed: &'a TestRepo, name: &'static str, columns: u16, rows: u16) -> Option<Terminal<'a>> {
        let tmux = bed.command("tmux").arg("-V").output();
        if !tmux.is_ok_and(|output| output.status.success()) {
            needs(TestRequirement::Tmux);
            return None;
        }
        bed.program("git-orca", &format!("#!/bin/sh\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_git-orca")));
        let terminal = Terminal { bed, name };
        let size = [columns.to_string(), rows.to_string()];
        terminal.tmux(&["new-session", "-d", "-x", &size[0], "-y", &size[1], "env PS1='$ ' TERM=screen sh"]);
        terminal.until_shown("$");
        Some(terminal)
    }

    pub fn tmux(&self, args: &[&str]) -> String {
        let mut command = self.bed.command("tmux");
        command.arg("-S").arg(self.bed.out(self.name)).args(["-f", "/dev/null"]).args(args);
        let output = command.output().unwrap();
        assert!(output.status.success(), "tmux {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    pub fn types(&self, text: &str) {
        self.tmux(&["send-keys", text, "Enter"]);
    }

    pub fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"]).trim_end().to_owned()
    }

    pub fn until_shown(&self, text: &str) {
        let begun = std::time::Instant::now();
        while !self.screen().contains(text) {
            let screen = self.screen();
            assert!(begun.elapsed() < crate::support::DEADLINE, "{} never shows `{text}`:\n{screen}", self.name);
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    /// The lines of the live view: those below the last rule.
    pub fn live(&self) -> String {
        let screen = self.screen();
        let (_, below) = screen.rsplit_once("-----\n").unwrap_or_else(|| panic!("no live lines:\n{screen}"));
        alike(below)
    }
}

impl Drop for Terminal<'_> {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

/// Text with its times and ids made equal, and one space between words.
pub fn alike(text: &str) -> String {
    // Which sandbox there is depends on the machine.
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("sandbox ")).map(|line| {
        let indent = line.len() - line.trim_start().len();
        let words: Vec<&str> = line.split_whitespace().collect();
        let word = |n: usize| {
            let is_time = words.get(n + 1).is_some_and(|unit| matches!(unit.trim_end_matches(','), "s" | "min"));
            let is_id = |word: &str| word.len() == 16 && word.as_bytes()[8] == b'-' && word.as_bytes()[13] == b'-';
            let is_commit = n > 0 && words[n - 1] == "main" && words[n].len() == 7;
            match words[n] {
                number if is_time && number.parse::<f64>().is_ok() => "N".to_owned(),
                moment if n == 0 && moment.contains('.') && moment.parse::<f64>().is_ok() => "N".to_owned(),
                path if path.starts_with("orca/") => "orca/RUN/...;".to_owned(),
                id if is_id(id.trim_end_matches(':')) => "RUN".to_owned(),
                _ if is_commit => "COMMIT".to_owned(),
                other => other.to_owned(),
            }
        };
        let words = (0..words.len()).map(word).collect::<Vec<_>>().join(" ");
        format!("{:indent$}{words}\n", "")
    });
    lines.collect()
}

/// A plan of which one task waits at the FIFO, one fails, and one has to wait.
pub fn shop(bed: &TestRepo) -> Fifo {
    bed.toml("[gates.test]\nrun = \"true\"\n");
    bed.plan(json!([
        {"id": "layout", "title": "Create the package layout", "run": "block go; put a.txt a"},
        {"id": "broken", "title": "Export orders", "run": "exit 3"},
        {"id": "total", "title": "Totals", "after": ["layout"], "run": "put b.txt b"},
    ]));
    bed.commit("plan");
    bed.write("draft.txt", "mine\n");
    bed.fifo("go")
}

/// The questions before a run, answered; then until one task waits and one has failed.
fn begins(terminal: &Terminal<'_>) -> String {
    terminal.types("clear; git orca execute -j 2");
    terminal.until_shown("Start? [y]es  [n]o  [p]lan in detail:");
    // The end of the line about the fence, which is not alike everywhere.
    let block = alike(&terminal.screen());
    let block = block.lines().filter(|line| line.trim() != "other worktrees").collect::<Vec<_>>().join("\n");
    terminal.types("y");
    terminal.until_shown("Trust these 4 commands of this repository?");
    terminal.types("y");
    terminal.until_shown("1 failed");
    block
}

#[test]
fn the_first_run_on_a_usual_terminal() {
    let bed = TestRepo::new();
    let go = shop(&bed);
    let Some(terminal) = Terminal::open(&bed, "usual", 80, 24) else { return };
    insta::assert_snapshot!(begins(&terminal), @r"
    plan tasks.json (native): 3 tasks, none done, none optional
    order 1 edge: 1 written; 2 layers; at best 1.5x faster than one agent
    base main COMMIT
               1 uncommitted file in your checkout is not in it; the agents will not
               see it
    agent script (each task's own `run` text), at most 2 at once
               per task no time limit and 1 attempt
    gates from orca.toml:
                 test true
    worktrees ../repo.orca (2-4 slots, 2 more for gates, about 1 KB each); no setup
               command configured
    result branches orca/RUN/...; main and your checkout stay as
               they are
    Start? [y]es [n]o [p]lan in detail:
    ");
    let held = go.wait();
    insta::assert_snapshot!(terminal.live(), @r"
    3 tasks: 1 running, 1 failed, 1 waiting N s
    layout running N s Create the package layout
    script: 1 of 2 slots in use
    needs you git orca retry broken
    ");
    let other = Terminal::open(&bed, "other", 80, 24).unwrap();
    other.types("clear; git orca status --watch");
    other.until_shown("1 failed");
    assert_eq!(other.live(), terminal.live(), "the same view from another terminal");

    terminal.tmux(&["resize-window", "-x", "40", "-y", "24"]);
    let rule = format!("\n{}\n", "-".repeat(39));
    until("the lines fit", || terminal.screen().contains(&rule));
    insta::assert_snapshot!(terminal.live(), @r"
    3 tasks: 1 running, 1 failed, 1 waiting
    N s
    layout N s Create the package lay…
    script: 1 of 2 slots in use
    needs you git orca retry broken
    ");
    terminal.tmux(&["resize-window", "-x", "80", "-y", "24"]);

    drop(held);
    terminal.until_shown("exit 4: 1 task failed");
    other.until_shown("finished in");
    let screen = terminal.screen();
    assert!(!screen.contains("-----\n"), "the live lines go with the run:\n{screen}");
    assert!(screen.contains("next  git orca retry broken"), "{screen}");
}

#[test]
fn the_first_run_on_a_large_terminal() {
    let bed = TestRepo::new();
    let go = shop(&bed);
    let Some(terminal) = Terminal::open(&bed, "large", 160, 50) else { return };
    insta::assert_snapshot!(begins(&terminal), @r"
    plan tasks.json (native): 3 tasks, none done, none optional
    order 1 edge: 1 written; 2 layers; at best 1.5x faster than one agent
    base main COMMIT
               1 uncommitted file in your checkout is not in it; the agents will not see it
    agent script (each task's own `run` text), at most 2 at once
               per task no time limit and 1 attempt
    gates from orca.toml:
                 test true
    worktrees ../repo.orca (2-4 slots, 2 more for gates, about 1 KB each); no setup command configured
    result branches orca/RUN/...; main and your checkout stay as they are
    Start? [y]es [n]o [p]lan in detail:
    ");
    let held = go.wait();
    insta::assert_snapshot!(terminal.live(), @r"
    3 tasks: 1 running, 1 failed, 1 waiting N s
    layout running N s Create the package layout
    script: 1 of 2 slots in use
    needs you git orca retry broken
    ");
    drop(held);
    terminal.until_shown("exit 4: 1 task failed");
}

/// A program that says what Claude Code said once, and waits before its last word.
fn talking(bed: &TestRepo) {
    let said = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/agents/claude/commits.jsonl");
    bed.program(
        "talks",
        &format!("#!/bin/sh -e\nsed -n '2,4p' '{said}'; block go; put $ORCA_TASK.txt x; sed -n '5,$p' '{said}'\n"),
    );
    bed.toml("[agents.talker]\nkind = \"claude\"\ncommand = [\"talks\"]\n[gates.test]\nrun = \"block gate\"\non = \"task\"\n");
    bed.plan(json!([
        {"id": "layout", "title": "Create the package layout"},
        {"id": "total", "title": "Totals", "run": "put b.txt b"},
    ]));
    bed.commit("plan");
}

/// The live lines of a run with such an agent and a gate that waits, while both do; none where there is no terminal.
fn both_at_work(name: &'static str, columns: u16, rows: u16) -> Option<String> {
    let bed = TestRepo::new();
    talking(&bed);
    let (go, gate) = (bed.fifo("go"), bed.fifo("gate"));
    let terminal = Terminal::open(&bed, name, columns, rows)?;
    terminal.types("clear; git orca execute --yes --agent talker --budget-usd 10 -j 2");
    let (held, gating) = (go.wait(), gate.wait());
    terminal.until_shown(" tokens");
    let live = terminal.live();
    drop(gating);
    terminal.until_shown("total  landed");
    drop(held);
    drop(gate.wait());
    terminal.until_shown("2 of 2 landed");
    Some(live)
}

#[test]
fn live_lines_say_what_agents_do_what_they_used_and_what_gates_do() {
    let Some(usual) = both_at_work("usual2", 80, 24) else { return };
    insta::assert_snapshot!(usual, @r"
    2 tasks: 1 gating, 1 running N s
    layout running N s echo hi > a.txt; git add a.txt;… 1,201 tokens $0.00
    total gating N s test running
    talker: 1 of 2 slots in use 1,201 tokens $0.00 of $10.00
    ");
    insta::assert_snapshot!(both_at_work("large2", 160, 50).unwrap(), @r"
    2 tasks: 1 gating, 1 running N s
    layout running N s echo hi > a.txt; git add a.txt; git commit -qm a 1,201 tokens $0.00
    total gating N s test running
    talker: 1 of 2 slots in use 1,201 tokens $0.00 of $10.00
    ");
}

#[test]
fn the_live_block_on_larger_terminals() {
    for (name, columns, rows) in [("wide", 120, 40), ("huge", 200, 50)] {
        let Some(live) = both_at_work(name, columns, rows) else { return };
        insta::assert_snapshot!(format!("live_block_{columns}x{rows}"), live);
    }
}

#[test]
fn without_colours_and_on_a_dumb_terminal_there_are_lines_only() {
    let bed = TestRepo::new();
    let go = shop(&bed);
    let Some(terminal) = Terminal::open(&bed, "dumb", 80, 24) else { return };
    terminal.types("clear; TERM=dumb git orca execute --yes");
    let held = go.wait();
    terminal.until_shown("git orca retry broken");
    assert!(!terminal.screen().contains("-----\n"), "{}", terminal.screen());
    drop(held);
    terminal.until_shown("exit 4: 1 task failed");
    let coloured = terminal.tmux(&["capture-pane", "-p", "-e"]);
    assert!(!coloured.contains("\u{1b}[3"), "{coloured:?}");
    for (n, (before, has)) in [("", true), ("NO_COLOR=1 ", false)].into_iter().enumerate() {
        // A word of its own that nobody typed: what stood there before `clear` has another.
        terminal.types(&format!("clear; {before}git orca status; echo over$((10 + {n}))"));
        terminal.until_shown(&format!("over{}\n$", 10 + n));
        let shown = terminal.tmux(&["capture-pane", "-p", "-e"]);
        assert_eq!(shown.contains("\u{1b}[3"), has, "{before}{shown:?}");
    }
}

#[test]
fn no_is_an_answer_and_the_plan_can_be_read_before() {
    let bed = TestRepo::new();
    let _go = shop(&bed);
    let Some(terminal) = Terminal::open(&bed, "asked", 100, 50) else { return };
    terminal.types("clear; git orca execute");
    terminal.until_shown("Start?");
    terminal.types("p");
    terminal.until_shown("critical path");
    terminal.types("n");
    terminal.until_shown("nothing was started");
    terminal.types("echo ended with $?");
    terminal.until_shown("ended with 1");
    assert!(bed.runs().is_empty() && !bed.slots().exists());
}

#[test]
fn an_interrupted_run_of_the_same_plan_is_one_question() {
    let bed = TestRepo::new();
    bed.plan(json!([
        {"id": "first", "run": "put a.txt a"},
        {"id": "second", "run": "block go; put b.txt b", "after": ["first"]},
    ]));
    bed.commit("plan");
    let go = bed.fifo("go");
    let running = bed.spawn(&["execute", "--yes"]);
    let held = go.wait();
    running.signal(nix::sys::signal::Signal::SIGKILL);
    drop((running, held));
    let Some(terminal) = Terminal::open(&bed, "again", 160, 50) else { return };
    let asks = |answer: &str, shows: &str| {
        terminal.types("clear; git orca execute --yes");
        terminal.until_shown("1 of 2 tasks have landed. [r]esume it, [s]tart over, or [q]uit?");
        terminal.types(answer);
        terminal.until_shown(shows);
    };
    asks("q", "git orca execute --new");
    assert_eq!(bed.runs().len(), 1);
    asks("s", "first  landed");
    let held = go.wait();
    assert_eq!(bed.runs().len(), 2);
    terminal.tmux(&["send-keys", "C-c"]);
    terminal.until_shown("git orca resume");
    drop(held);
    until("it has ended", || bed.state().finished.is_some());
    asks("r", "second  ");
    drop(go.wait());
    terminal.until_shown("2 of 2 landed");
    assert_eq!(bed.runs().len(), 2);
}

/// The worktrees that git knows besides the checkout.
fn worktrees(bed: &TestRepo) -> usize {
    bed.git(&["worktree", "list"]).lines().count() - 1
}

#[test]
fn the_first_worktrees_are_made_while_the_question_stands_and_taken_away_after_a_no() {
    let bed = TestRepo::new();
    let task = |id: &str, after: &[&str]| json!({"id": id, "after": after, "run": format!("put {id}.txt {id}")});
    bed.plan(json!([task("a", &[]), task("b", &[]), task("c", &["a"])]));
    bed.toml("[run]\nfound-gates = false\n");
    bed.commit("plan");
    let Some(terminal) = Terminal::open(&bed, "ahead", 100, 40) else { return };
    // Nothing is made before somebody has agreed to what the repository runs.
    terminal.types("clear; git orca execute -j 2");
    terminal.until_shown("[p]lan in detail:");
    assert_eq!((worktrees(&bed), bed.slots().exists()), (0, false));
    terminal.types("n");
    terminal.until_shown("nothing was started");
    bed.orca(&["trust", "--yes"]).exits(0);
    terminal.types("clear; git orca execute -j 2");
    terminal.until_shown("[p]lan in detail:");
    until("two worktrees are there", || worktrees(&bed) == 2);
    assert!(terminal.screen().contains("[p]lan in detail:"), "the question stands");
    terminal.types("n");
    terminal.until_shown("nothing was started");
    until("they are taken away", || worktrees(&bed) == 0);
    assert!(!bed.slots().exists(), "and their folder with them");
    terminal.types("clear; git orca execute -j 2");
    terminal.until_shown("[p]lan in detail:");
    until("two worktrees are there again", || worktrees(&bed) == 2);
    terminal.types("y");
    terminal.until_shown("3 landed");
    assert_eq!(bed.refs().iter().filter(|name| name.contains("/found/")).count(), 0, "nobody's work was found in them");
}
