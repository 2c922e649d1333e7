//! Plans that somebody made to break things: a clear problem each, in bounded time and memory, by the whole program.

use std::time::{Duration, Instant};

use crate::support::TestRepo;

/// Far more than any of these takes in a debug build on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// Reads the plan and gives exit code and both streams together; `memory` is what it may take, MiB.
fn plan(bed: &TestRepo, path: &str, memory: u64) -> (i32, String) {
    let began = Instant::now();
    let limited = format!("ulimit -v {}; exec \"$0\" plan \"$1\"", memory * 1024);
    let output = bed.command("sh").args(["-c", &limited, env!("CARGO_BIN_EXE_git-orca"), path]).output().unwrap();
    assert!(began.elapsed() < LIMIT, "{path} took {:?}", began.elapsed());
    let text =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("answers are UTF-8")).concat();
    (output.status.code().unwrap_or_else(|| panic!("{path} was ended by a signal: {text}")), text)
}

fn says(bed: &TestRepo, path: &str, code: i32, words: &str) {
    let (found, text) = plan(bed, path, 2_048);
    assert!(
        found == code && text.contains(words),
        "{path}: exit {found}\n{}",
        text.chars().take(2_000).collect::<String>()
    );
    assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{0}']), "{path}: control characters are shown");
}

#[test]
fn sizes_and_depths_are_bounded() {
    let bed = TestRepo::new();
    bed.write("line.md", &format!("- [ ] T001 {}\n", "x".repeat(100 << 20)));
    says(&bed, "line.md", 3, "larger than 64 MiB");
    bed.write("long.md", &format!("- [ ] T001 {}\n", "T002 → src/a.rs, ".repeat(2_000_000)));
    says(&bed, "long.md", 0, "T001");
    let nested: String = (0..100_000).map(|n| format!("{}- [ ] x{n}\n", " ".repeat(n % 400))).collect();
    bed.write("nested.md", &nested);
    says(&bed, "nested.md", 0, "checklist");
    bed.write("deep.json", &format!("{{\"orca\":1,\"tasks\":{}{}}}", "[".repeat(1_000_000), "]".repeat(1_000_000)));
    says(&bed, "deep.json", 3, "error");
}

#[test]
fn ranges_over_billions_reach_over_existing_tasks_only() {
    let bed = TestRepo::new();
    let tasks: String = (1..=2_000).map(|n| format!("- [ ] T{n:04} x\n")).collect();
    let ranges = "T1-T99999999 before T1-T99999999\nT0001-T9999 before T0001-T9999\n".repeat(500);
    bed.write("tasks.md", &format!("{tasks}\n## Dependencies\n\n{ranges}"));
    let (code, text) = plan(&bed, "tasks.md", 2_048);
    assert!(code == 0 || code == 3, "exit {code}: {}", text.chars().take(500).collect::<String>());
}

#[test]
fn bytes_that_are_no_text_are_said_and_shown_harmlessly() {
    let bed = TestRepo::new();
    std::fs::write(bed.repo().join("bad.md"), b"- [ ] T001 a \xff\xfe b\n- [ ] T002 c\n").unwrap();
    says(&bed, "bad.md", 0, "not valid UTF-8");
    bed.write("turned.md", "- [ ] T001 \u{202e}gnp\u{1b}[31m\u{0} write `src/\u{202e}x.rs`\n");
    says(&bed, "turned.md", 0, "T001");
}

#[test]
fn a_head_full_of_anchors_is_only_text() {
    let bed = TestRepo::new();
    let bomb: String =
        (1..40).map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(","))).collect();
    bed.write(
        "backlog/tasks/task-1 - Bomb.md",
        &format!("---\nid: task-1\nstatus: To Do\na0: &a0 [x]\n{bomb}---\nbody\n"),
    );
    says(&bed, "backlog/tasks", 0, "task-1");
}

#[test]
fn links_lead_nowhere_else() {
    let bed = TestRepo::new();
    let link = |target: &str, name: &str| std::os::unix::fs::symlink(target, bed.repo().join(name)).unwrap();
    link("loop.md", "loop.md");
    let (code, text) = plan(&bed, "loop.md", 2_048);
    assert!(code != 0 && text.contains("symbolic links"), "{text}");
    std::fs::create_dir(bed.repo().join("folder")).unwrap();
    link("..", "folder/up");
    bed.write("folder/tasks.md", "- [ ] T001 see `../../../etc/passwd` and `/etc/shadow.txt`\n");
    says(&bed, "folder", 0, "T001");
    let (_, json) = {
        let output = bed.orca(&["plan", "folder", "--json"]).exits(0);
        (0, output.stdout)
    };
    assert!(!json.contains("etc/passwd\"]") && !json.contains("\"/etc"), "{json}");
    std::fs::write(bed.root().join("outside.md"), "- [ ] T001 outside\n").unwrap();
    link("../../outside.md", "folder/TODO.md");
    says(&bed, "folder", 0, "T001");
}
