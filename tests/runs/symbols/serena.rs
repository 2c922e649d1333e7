//! Serena as an answer: the real one on a Python project, one that is not there, and older ones.

use super::{bed_with, execute, foreseen, scripted, told};
use crate::support::{TestRepo, TestRequirement, in_cache, until};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

const SERENA: &str = "symbols = \"serena\"\n";

/// Methods of one name in two types, and a name that comes through a third file: only who knows types tells them apart.
fn shop(bed: &TestRepo) {
    bed.write("shop/__init__.py", "from shop.cart import make\n");
    bed.write(
        "shop/cart.py",
        "class Cart:\n    def total(self):\n        return 1\n\n\ndef make() -> Cart:\n    return Cart()\n",
    );
    bed.write("shop/order.py", "class Order:\n    def total(self):\n        return 2\n");
    bed.write("bill.py", "from shop import make\n\n\nprint(make().total())\n");
    bed.write("list.py", "from shop.order import Order\n\n\nprint(Order().total())\n");
    bed.commit("a shop");
}

/// What she knows of `shop/cart.py`.
const KNOWN: &str = "- `shop/cart.py` defines `Cart` (line 1), `Cart.total` (line 2; used in bill.py:4), `make` (line 6; used in \
                     bill.py:1,4 shop/__init__.py:1)";

/// Puts the real one into the bed's `PATH`, and nothing else of what was installed with it.
fn installed(bed: &TestRepo) -> bool {
    let Some(program) = in_cache("serena/bin/serena", TestRequirement::Serena) else { return false };
    std::os::unix::fs::symlink(program, bed.root().join("bin/serena")).unwrap();
    true
}

/// Processes whose command line has all of these words.
fn processes(words: &[&str]) -> Vec<i32> {
    let pids =
        std::fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let command = |pid: &i32| std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    pids.filter(|pid| words.iter().all(|word| String::from_utf8_lossy(&command(pid)).contains(word))).collect()
}

fn server_of(bed: &TestRepo) -> Vec<i32> {
    processes(&["start-mcp-server", &bed.slots().display().to_string()])
}

fn parent_of(pid: i32) -> Option<i32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// The repository has settings for her of its own, which could name programs: they are not used.
#[test]
fn references_by_type_are_in_the_prompt_although_she_is_killed_in_the_middle() {
    let bed = bed_with(SERENA);
    if !installed(&bed) {
        return;
    }
    bed.write(".serena/project.yml", "project_name: evil\nlanguages: [bash]\n");
    shop(&bed);
    let files = json!(["shop/cart.py"]);
    let task = |id: &str, after: &[&str]| json!({"id": id, "files": files, "after": after});
    bed.plan(json!([task("A", &[]), task("B", &["A"]), task("C", &["B"])]));
    let [a, b, c] = ["A", "B", "C"].map(|id| bed.fifo(id));
    let running = bed.spawn(&["execute", "--yes"]);
    let held = a.wait();
    let server = server_of(&bed);
    assert_eq!(server.len(), 1, "one for the repository");
    let settings = std::fs::read_to_string(bed.slots().join("symbols/.serena/project.yml")).unwrap();
    assert!(settings.contains("python_jedi") && !settings.contains("evil"), "{settings}");
    let jedi: Vec<i32> =
        processes(&["jedi-language-server"]).into_iter().filter(|it| parent_of(*it) == Some(server[0])).collect();
    assert_eq!(jedi.len(), 1);
    kill(Pid::from_raw(jedi[0]), Signal::SIGKILL).unwrap();
    drop(held);
    let held = b.wait();
    assert_eq!(server_of(&bed), server, "she lives, and has started her language server again");
    kill(Pid::from_raw(server[0]), Signal::SIGKILL).unwrap();
    drop(held);
    drop(c.wait());
    let output = running.wait().exits(0);
    assert!(!output.stderr.contains("Serena"), "{}", output.stderr);
    for task in ["A", "B", "C"] {
        assert_eq!(told(&bed, task), [KNOWN], "{task}");
    }
    assert_eq!(server_of(&bed), [] as [i32; 0]);
    assert!(!bed.slots().join("symbols").exists(), "her worktree goes with the run");
    assert_eq!(bed.git(&["status", "--porcelain", "--", ".serena"]), "", "and nothing is written elsewhere");
}

/// A method whose name another type has, too: nobody who reads alone can tell.
#[test]
fn a_method_that_one_removes_and_another_calls_is_foreseen_and_does_not_land() {
    let bed = TestRepo::new();
    if !installed(&bed) {
        return;
    }
    let settings =
        "found-gates = false\nsnapshot-every = \"1s\"\n[gates.read]\nkind = \"review\"\n[conflicts]\nresolve = []\n";
    bed.toml(&format!("[run]\n{SERENA}{settings}"));
    shop(&bed);
    bed.plan(json!([
        scripted(
            "drop",
            "printf 'class Cart:\\n    pass\\n\\n\\ndef make() -> Cart:\\n    return Cart()\\n' > shop/cart.py"
        ),
        scripted("use", "printf 'from shop import make\\n\\n\\nprint(make().total())\\n' > pay.py"),
        scripted("other", "printf 'from shop.order import Order\\n\\n\\nprint(Order().total())\\n' > lists.py"),
    ]));
    let fifos = ["drop", "use", "other"].map(|id| bed.fifo(id));
    let running = bed.spawn(&["execute", "--yes", "-j", "3", "--attempts", "1", "--sandbox", "off"]);
    let held = fifos.each_ref().map(|fifo| fifo.wait());
    until("it is foreseen", || !foreseen(&bed).is_empty());
    let words = "Cart.total was removed by one side and is used by the other; the other: shop/cart.py";
    assert_eq!(foreseen(&bed), [format!("drop x use high: pay.py:4 {words}")]);
    let document: Value = serde_json::from_str(&bed.orca(&["conflicts", "--json"]).exits(0).stdout).unwrap();
    assert_eq!(document["live"][0]["clashes"][0]["kind"], words, "from what she answered the run: {document:#}");
    drop(held);
    running.wait();
    assert_eq!(bed.landings().len(), 2, "one of the two, and the other: {}", bed.standings());
    assert!(bed.landings().contains_key("other"));
    assert_eq!(server_of(&bed), [] as [i32; 0]);
}

/// Looked for by the user's own `PATH` only: a program of that name in the repository is none.
#[test]
fn one_that_is_not_there_is_said_once_and_the_plan_goes_on() {
    let mut bed = bed_with(SERENA);
    shop(&bed);
    bed.write("serena", "#!/bin/sh\ntouch ran\n");
    bed.commit("a program");
    let path = format!("{}:/usr/bin:/bin", bed.root().join("bin").display());
    bed.set("PATH", &path);
    let files = json!(["shop/cart.py"]);
    bed.plan(json!([{"id": "A", "files": files}, {"id": "B", "after": ["A"], "files": files}]));
    let [a, b] = ["A", "B"].map(|id| bed.fifo(id));
    let running = bed.spawn(&["execute", "--yes"]);
    drop(a.wait());
    drop(b.wait());
    let output = running.wait().exits(0);
    let said = "Serena does not answer (not to be had: `serena` was not found on the PATH";
    assert_eq!(output.stderr.matches(said).count(), 1, "{}", output.stderr);
    // What reading alone can tell.
    assert_eq!(told(&bed, "B"), [KNOWN.replace("; used in bill.py:4", "").replace("bill.py:1,4 ", "")]);
    assert!(!bed.slots().join("symbols").exists());
}

/// One that knows no `--agent-interface`, one that speaks something else, and one whose language server fails.
#[test]
fn other_versions_and_broken_ones() {
    let answer = |text: &str, is_error: bool| {
        json!({"content": [{"type": "text", "text": text}], "isError": is_error}).to_string()
    };
    let uses = json!({"old.py": {"File": [{"content_around_reference": "  >   4:x"}]}}).to_string();
    let server = |refuses: bool, result: &str| {
        let refusal =
            "case \"$*\" in *agent-interface*) echo \"Error: No such option '--agent-interface'.\" >&2; exit 2;; esac";
        let tools = json!({"tools": [{"name": "find_referencing_symbols"}, {"name": "execute_shell_command"}]});
        format!(
            "#!/bin/sh\n{}\nwhile read -r line; do\nprintf '%s\\n' \"$line\" >> '{{OUT}}'\nid=${{line##*\\\"id\\\":}}; id=${{id%%,*}}\ncase $line in\n\
             *initialize\\\"*) echo '{{\"jsonrpc\":\"2.0\",\"id\":'$id',\"result\":{{\"protocolVersion\":\"2025-06-18\"}}}}';;\n\
             *tools/list*) echo '{{\"jsonrpc\":\"2.0\",\"id\":'$id',\"result\":{tools}}}';;\n\
             *tools/call*) echo '{{\"jsonrpc\":\"2.0\",\"id\":'$id',\"result\":{result}}}';;\nesac\ndone\n",
            if refuses { refusal } else { ":" }
        )
    };
    let stop = "Error executing tool: the language server manager is not initialized. STOP and tell the user.";
    for (program, complaint, used) in [
        (server(true, &answer(&uses, false)), None, Some("`rate` (line 1; used in old.py:5)")),
        ("#!/bin/sh\nexit 1\n".to_owned(), Some("it has ended; see"), None),
        (server(false, &answer(stop, true)), Some("her language server (python_jedi) fails"), None),
    ] {
        let bed = bed_with(SERENA);
        bed.program("serena", &program.replace("{OUT}", &bed.out("heard").display().to_string()));
        bed.write("tax.py", "def rate():\n    return 1\n\n\nA = 1\nB = 2\n");
        bed.write("cart.py", "import tax\n\nprint(tax.rate())\n");
        bed.commit("tax");
        bed.plan(json!([{"id": "A", "files": ["tax.py"]}]));
        let a = bed.fifo("A");
        let running = bed.spawn(&["execute", "--yes"]);
        drop(a.wait());
        let output = running.wait().exits(0);
        assert!(!output.stderr.contains("STOP"), "her words to agents go no further: {}", output.stderr);
        assert_eq!(output.stderr.matches("Serena does not answer").count(), usize::from(complaint.is_some()));
        assert!(complaint.is_none_or(|words| output.stderr.contains(words)), "{}", output.stderr);
        let used = used.unwrap_or("`rate` (line 1; used in cart.py:3)");
        assert!(told(&bed, "A")[0].contains(used), "{:?}", told(&bed, "A"));
        let heard = bed.notes("heard").concat();
        assert!(!heard.contains("execute_shell_command"), "{heard}");
    }
}

/// She is asked for Python only, unless the user names servers: those for other languages run code of the repository.
#[test]
fn she_is_not_started_for_what_she_does_not_read() {
    let bed = bed_with(SERENA);
    bed.program("serena", "#!/bin/sh\ntouch \"$0.ran\"\nexit 1\n");
    bed.write("src/tax.rs", "pub fn rate() {}\n");
    bed.write("src/cart.rs", "use crate::tax::rate;\n");
    bed.commit("tax");
    bed.plan(json!([{"id": "A", "files": ["src/tax.rs"]}]));
    execute(&bed, &["A"]);
    assert_eq!(told(&bed, "A"), ["- `src/tax.rs` defines `rate` (line 1; used in src/cart.rs:1)"]);
    assert!(!bed.root().join("bin/serena.ran").exists());
}
