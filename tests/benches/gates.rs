//! Gates: in parallel against the slowest, kept verdicts, the pre-push hook, reports of 200 MB.
//! `cargo bench --bench gates`.

#![expect(clippy::unwrap_used, reason = "a bench that cannot set itself up has nothing to say")]

mod figures;
mod support;

use std::collections::BTreeMap;
use std::io::{BufReader, Write};
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use figures::{figure, median};
use git_orca::gate::reports::{Context, Purpose, read};
use git_orca::journal::{Entry, Event, Store, Subject, read_entries};
use git_orca::model::ReportFormat;
use support::Bench;

fn main() {
    // This program reads a report in a process of its own, whose memory is then known.
    let args: Vec<String> = std::env::args().collect();
    if let [_, mark, format, file] = args.as_slice()
        && mark == "--read"
    {
        return read_one(format, Path::new(file));
    }
    four_at_once();
    kept();
    hook();
    large_reports();
}

/// Four gates that wait, each a little longer than the one before.
const GATES: &str = "orca = 1\n[gates.a]\nrun = \"sleep 1.7\"\n[gates.b]\nrun = \"sleep 1.8\"\n\
                     [gates.c]\nrun = \"sleep 1.9\"\n[gates.d]\nrun = \"sleep 2\"\n";

/// Runs a plan of one task with the bench's gates, and gives its journal.
fn execute(bench: &Bench, n: usize) -> Vec<Entry> {
    let plan = serde_json::json!({"orca": 1, "tasks": [{"id": "t", "title": "t", "run": format!("echo {n} > n")}]});
    let file = bench.folder.path().join("plan.json");
    std::fs::write(&file, plan.to_string()).unwrap();
    let mut command = bench.command(Path::new(env!("CARGO_BIN_EXE_git-orca")));
    let out = command.args(["execute", &file.display().to_string(), "--yes", "--quiet", "--new"]).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let store = Store::new(&bench.app().join(".git"));
    read_entries(&store.find(None).unwrap().journal()).unwrap()
}

/// Of each gate on the task's commit: when it was intended, when it was told, its own seconds, and whether it was kept.
fn checks(journal: &[Entry]) -> Vec<(f64, f64, f64, bool)> {
    let mut intended = BTreeMap::new();
    let mut found = Vec::new();
    for entry in journal {
        let at = entry.at.as_microsecond() as f64 / 1e6;
        match &entry.event {
            Event::CheckIntended { subject: Subject::Attempt(_), gate, .. } => drop(intended.insert(gate.clone(), at)),
            Event::Judged { subject: Subject::Attempt(_), gate, seconds, cached, .. } => {
                found.push((intended[gate], at, *seconds, *cached));
            }
            _ => {}
        }
    }
    assert_eq!(found.len(), 4, "four gates have spoken");
    found
}

fn four_at_once() {
    let bench = Bench::new(400);
    std::fs::write(bench.app().join("orca.toml"), GATES).unwrap();
    let (mut commands, mut whole) = (Vec::new(), Vec::new());
    for n in 0..3 {
        let all = checks(&execute(&bench, n));
        let slowest = all.iter().map(|check| check.2).fold(0.0, f64::max);
        let end = all.iter().map(|check| check.1).fold(0.0, f64::max);
        let first = |of: fn(&(f64, f64, f64, bool)) -> f64| all.iter().map(of).fold(f64::INFINITY, f64::min);
        commands.push((end - first(|check| check.1 - check.2)) / slowest);
        whole.push((end - first(|check| check.0)) / slowest);
    }
    figure(
        "four waiting gates on one commit / the slowest, without checkouts",
        format!("{:.3}", median(commands)),
        "1.15",
    );
    figure("the same with the checkouts of 400 files", format!("{:.3}", median(whole)), "-");
}

fn kept() {
    let bench = Bench::new(3500);
    std::fs::write(bench.app().join("orca.toml"), GATES.replace("sleep", "true")).unwrap();
    execute(&bench, 0);
    let mut times = Vec::new();
    for _ in 0..5 {
        for (intended, told, _, cached) in checks(&execute(&bench, 0)) {
            assert!(cached, "the verdict is not kept");
            times.push((told - intended) * 1000.0);
        }
    }
    figure("a kept verdict, 3,500 files, four asked at once", format!("{:.1} ms", median(times)), "20 ms");
}

fn hook() {
    let bench = Bench::new(3500);
    std::fs::write(bench.app().join("orca.toml"), GATES.replace("sleep", "true")).unwrap();
    execute(&bench, 0);
    let program = Path::new(env!("CARGO_BIN_EXE_git-orca"));
    assert!(bench.command(program).args(["hooks", "install"]).output().unwrap().status.success());
    let refs = bench.git(&["for-each-ref", "--format=%(refname) %(objectname)", "refs/heads/orca"]);
    let zero = "0".repeat(40);
    let lines: String =
        refs.lines().map(|line| format!("{line} {} {zero}\n", line.split(' ').next().unwrap())).collect();
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut times = Vec::new();
    for _ in 0..25 {
        let begun = Instant::now();
        let mut hook = bench.command(&bench.app().join(".git/hooks/pre-push"));
        hook.args(["origin", "/nowhere"]).env("PATH", &path).stdin(Stdio::piped()).stderr(Stdio::null());
        let mut child = hook.spawn().unwrap();
        child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "the evidence lets them leave");
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    let what = format!("the pre-push hook, {} branches with evidence", refs.lines().count());
    figure(&what, format!("{:.1} ms", median(times)), "30 ms");
}

/// Bytes of a report.
const LARGE: u64 = 200 << 20;

/// The entries of a report, by number.
type Part<'a> = &'a dyn Fn(u64) -> String;

fn large_reports() {
    let folder = tempfile::tempdir().unwrap();
    let noise = "x".repeat(900);
    let case =
        |n: u64| format!("<testcase classname=\"c\" name=\"t{n}\"><system-out>{noise}</system-out></testcase>\n");
    let result = |n: u64| {
        format!(
            "{{\"ruleId\":\"r\",\"message\":{{\"text\":\"{noise}\"}},\"locations\":[{{\"physicalLocation\":\
             {{\"artifactLocation\":{{\"uri\":\"a{n}.py\"}},\"region\":{{\"startLine\":1}}}}}}]}},\n"
        )
    };
    let line = |n: u64| match n % 2_000 {
        0 => format!("end_of_record\nSF:src/f{}.rs\n", n / 2_000),
        n => format!("DA:{n},1\n"),
    };
    let reports: [(&str, &str, Part<'_>, &str); 3] = [
        ("junit", "<testsuite name=\"s\">", &case, "</testsuite>"),
        ("lcov", "SF:src/f.rs\n", &line, "end_of_record\n"),
        ("sarif", "{\"runs\":[{\"tool\":{},\"results\":[", &result, "{\"ruleId\":\"z\"}]}]}"),
    ];
    for (format, head, part, tail) in reports {
        let file = folder.path().join(format);
        let mut out = std::io::BufWriter::new(std::fs::File::create(&file).unwrap());
        out.write_all(head.as_bytes()).unwrap();
        let (mut written, mut n) = (0, 0);
        while written < LARGE {
            let text = part(n);
            out.write_all(text.as_bytes()).unwrap();
            written += text.len() as u64;
            n += 1;
        }
        out.write_all(tail.as_bytes()).unwrap();
        out.flush().unwrap();
        let begun = Instant::now();
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        let output = child.args(["--read", format, &file.display().to_string()]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let peak = String::from_utf8(output.stdout).unwrap();
        let took = begun.elapsed().as_secs_f64();
        let what = format!("{format} report of 200 MB ({n} entries), read in {took:.1} s, most memory");
        figure(&what, format!("{} MiB", peak.trim()), "200 MiB");
        std::fs::remove_file(file).unwrap();
    }
}

/// Reads a report and prints the most memory that took, MiB.
fn read_one(format: &str, file: &Path) {
    let (format, purpose) = match format {
        "junit" => (ReportFormat::Junit, Purpose::Results),
        "sarif" => (ReportFormat::Sarif, Purpose::Results),
        _ => (ReportFormat::Lcov, Purpose::Coverage),
    };
    let wanted = ["src/f7.rs".to_owned()];
    let context = Context { root: "/slots/g1", wanted: &wanted };
    let found = read(&mut BufReader::new(std::fs::File::open(file).unwrap()), format, purpose, &context).unwrap();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    let peak: u64 = peak.trim().trim_end_matches(" kB").trim().parse().unwrap();
    drop(found);
    let _ = writeln!(std::io::stdout(), "{}", peak >> 10);
}
