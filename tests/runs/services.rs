//! Services of each worktree's own: a database a place, made once, fresh at each use, gone with the worktree.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{TestRepo, TestRequirement, needs};
use nix::sys::signal::Signal;
use serde_json::json;

/// A service that is a folder: `create` fails where it is there already, as a database server would.
fn folder_service(bed: &TestRepo, more: &str) -> (String, PathBuf) {
    let at = bed.out("services");
    std::fs::create_dir_all(&at).unwrap();
    let root = at.display();
    let toml = format!(
        "[resources.db]\ncreate = \"mkdir {root}/{{slot}} && cp schema.txt {root}/{{slot}} && echo {{slot}} >> {root}/log\"\n\
         drop = \"rm -r {root}/{{slot}}\"\nurl = \"{root}/{{slot}}\"\n{more}"
    );
    (toml, at)
}

fn made(at: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(at.join("log")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn there(at: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(at).unwrap().flatten().filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn each_place_has_its_own_fresh_at_each_use_and_gone_with_the_worktree() {
    let bed = TestRepo::new();
    bed.write("schema.txt", "tables\n");
    bed.commit("schema");
    let (toml, at) = folder_service(&bed, "");
    bed.toml(&format!(
        "{toml}[gates.test]\nrun = \"grep tables $DB_URL/schema.txt && test ! -e $DB_URL/row && touch $DB_URL/row\"\n"
    ));
    let work = |name: &str| format!("test ! -e $DB_URL/row; touch $DB_URL/row; put {name}.txt \"$(basename $DB_URL)\"");
    bed.plan(json!([
        {"id": "A", "run": work("a")},
        {"id": "B", "run": work("b")},
        {"id": "C", "run": work("c"), "after": ["A", "B"]},
    ]));
    bed.execute(&["-j", "2", "--sandbox", "off"]).exits(0);
    assert!(bed.result("a.txt").starts_with("orca_"), "{}", bed.result("a.txt"));
    assert_ne!(bed.result("a.txt"), bed.result("b.txt"), "two places, two services");
    assert!(there(&at).len() >= 3, "agents' places and a gate's: {:?}", there(&at));
    assert!(made(&at).len() > there(&at).len(), "made anew between two uses: {:?}", made(&at));
    bed.orca(&["clean", "-f", "--unlanded"]).exits(0);
    assert_eq!(there(&at), [] as [&str; 0]);
}

#[test]
fn a_reset_keeps_the_service_and_its_files_are_nobodys_work() {
    let bed = TestRepo::new();
    bed.write("schema.txt", "tables\n");
    bed.commit("schema");
    let (toml, at) =
        folder_service(&bed, "reset = \"rm -f $DATABASE/row; echo reset > left-behind.txt\"\nenv = \"DATABASE\"\n");
    bed.toml(&toml);
    bed.plan(json!([
        {"id": "A", "run": "touch $DATABASE/row; put a.txt a"},
        {"id": "B", "run": "test ! -e $DATABASE/row; test -e left-behind.txt; put b.txt b", "after": ["A"]},
    ]));
    bed.execute(&["-j", "1", "--sandbox", "off"]).exits(0);
    let agents: Vec<String> = made(&at).into_iter().filter(|name| name.ends_with("_a1")).collect();
    assert_eq!(agents.len(), 1, "made once: {agents:?}");
    let branch = bed.state().info.run.to_string();
    assert!(!bed.git(&["ls-tree", "-r", "--name-only", &format!("orca/{branch}/integration")]).contains("left-behind"));
}

#[test]
fn what_a_kill_left_by_half_is_removed_and_made_anew() {
    let bed = TestRepo::new();
    bed.write("schema.txt", "tables\n");
    bed.commit("schema");
    let at = bed.out("services");
    std::fs::create_dir_all(&at).unwrap();
    let root = at.display();
    let go = bed.fifo("go");
    let create = format!(
        "mkdir {root}/{{slot}}; test -e {root}/again || {{ touch {root}/again; {}; exit 1; }}; touch {root}/{{slot}}/whole",
        go.hold()
    );
    bed.toml(&format!(
        "[resources.db]\ncreate = '{create}'\ndrop = 'rm -r {root}/{{slot}}'\nurl = '{root}/{{slot}}'\n"
    ));
    bed.plan(json!([{"id": "A", "run": "test -e $DB_URL/whole; put a.txt a"}]));
    let running = bed.spawn(&["execute", "--yes", "--sandbox", "off"]);
    let held = go.wait();
    running.signal(Signal::SIGKILL);
    running.wait();
    drop(held);
    bed.orca(&["resume"]).exits(0);
    assert_eq!(bed.standings(), "A landed");
    bed.orca(&["clean", "-f", "--unlanded"]).exits(0);
    assert_eq!(there(&at), [] as [&str; 0]);
}

#[test]
fn a_service_that_cannot_be_made_is_said_with_its_words() {
    let bed = TestRepo::new();
    bed.toml("[resources.db]\ncreate = \"echo no server at {slot}; exit 7\"\ndrop = \"true\"\nurl = \"{slot}\"\n");
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    let output = bed.execute(&["--attempts", "1", "--sandbox", "off"]);
    output.exits(4).says(&["no server at orca_", "cannot make the service `db`"]);
}

#[test]
fn a_service_that_all_would_share_is_refused() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    for (text, words) in [
        (
            "[resources.db]\ncreate = \"createdb x\"\ndrop = \"dropdb x\"\nurl = \"postgres:///x\"\n",
            "the same in every worktree",
        ),
        ("[resources.db]\ncreate = \"createdb {slot}\"\n", "needs all of `create`, `drop` and `url`"),
        ("[resources.db]\ncreat = \"createdb {slot}\"\n", "creat"),
    ] {
        bed.toml(text);
        bed.execute(&[]).exits(2).says(&[words, "orca.toml:"]);
    }
}

/// A PostgreSQL of the test's own, which listens on a socket in its folder only.
struct Postgres {
    folder: tempfile::TempDir,
    programs: PathBuf,
}

impl Postgres {
    fn start() -> Option<Postgres> {
        let programs = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|it| it.path().join("bin"));
        let programs = programs.filter(|bin| bin.join("initdb").exists()).max()?;
        // Fenced commands have a `/tmp` of their own.
        let folder = tempfile::Builder::new().prefix("pg").tempdir_in("/var/tmp").unwrap();
        let postgres = Postgres { folder, programs };
        let path = postgres.folder.path();
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
        let data = path.join("data").display().to_string();
        postgres.run("initdb", &["-A", "trust", "-U", "orca", "--no-sync", "-D", &data]);
        let options = format!("-c listen_addresses='' -c unix_socket_directories='{}' -c fsync=off", path.display());
        let log = path.join("log").display().to_string();
        postgres.run("pg_ctl", &["-w", "-D", &data, "-l", &log, "-o", &options, "start"]);
        Some(postgres)
    }

    /// As the user that the server wants: it refuses to run as root.
    fn run(&self, program: &str, args: &[&str]) {
        let program = self.programs.join(program);
        let mut command = match nix::unistd::geteuid().is_root() {
            true => Command::new("runuser"),
            false => Command::new(&program),
        };
        if nix::unistd::geteuid().is_root() {
            command.args(["-u", "postgres", "--"]).arg(&program);
        }
        let output = command.args(args).current_dir("/").output().unwrap();
        assert!(output.status.success(), "{program:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.folder.path().join("data").display().to_string();
        self.run("pg_ctl", &["-m", "immediate", "-D", &data, "stop"]);
    }
}

/// Without a fence, and inside the one that is there by default.
#[test]
fn two_suites_at_once_each_make_the_same_table_in_a_real_database() {
    let Some(postgres) = Postgres::start() else { return needs(TestRequirement::Postgres) };
    make_the_same_table(&postgres, &["--sandbox", "off"]);
    make_the_same_table(&postgres, &[]);
}

fn make_the_same_table(postgres: &Postgres, fence: &[&str]) {
    let bed = TestRepo::new();
    let socket = postgres.folder.path().display().to_string();
    let bin = postgres.programs.display().to_string();
    let sql = |text: &str| format!("{bin}/psql -qAt -v ON_ERROR_STOP=1 -c \\\"{text}\\\" $DATABASE_URL");
    let (make, count) = (sql("create table things (id int)"), sql("select count(*) from things"));
    bed.toml(&format!(
        "[resources.db]\ncreate = \"{bin}/createdb -h {socket} -U orca {{slot}}\"\n\
         drop = \"{bin}/dropdb -h {socket} -U orca --force --if-exists {{slot}}\"\n\
         url = \"postgresql://orca@/{{slot}}?host={socket}\"\nenv = \"DATABASE_URL\"\n\
         [gates.test]\nrun = \"{make} && test 0 = $({count})\"\n"
    ));
    let (one, two) = (bed.fifo("one"), bed.fifo("two"));
    let work = |file: &str, go: &str| {
        let make = make.replace("\\\"", "\"");
        format!("{make}; block {go}; {make} && exit 9; put {file} \"$({})\"", count.replace("\\\"", "\""))
    };
    bed.plan(json!([{"id": "A", "run": work("a.txt", "one")}, {"id": "B", "run": work("b.txt", "two")}]));
    let running = bed.spawn(&[&["execute", "--yes", "-j", "2"], fence].concat());
    let both = (one.wait(), two.wait());
    drop(both);
    running.wait().exits(0);
    assert_eq!((bed.result("a.txt"), bed.result("b.txt")), ("0".to_owned(), "0".to_owned()));
    bed.orca(&["clean", "-f", "--unlanded"]).exits(0);
    let left = Command::new(postgres.programs.join("psql"))
        .args([
            "-h",
            &socket,
            "-U",
            "orca",
            "-qAt",
            "-c",
            "select count(*) from pg_database where datname like 'orca!_%' escape '!'",
            "postgres",
        ])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&left.stdout).trim(), "0");
}
