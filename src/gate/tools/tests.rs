//! Answers of tools, good, bad and misleading.

use super::*;
use crate::gate::reports::Report;
use crate::gate::testing;
use crate::model::{GateKind, TOOLS};
use crate::process::End;

fn gate_of(tools: &[&str]) -> GateDef {
    let tools = Some(tools.iter().map(|tool| (*tool).to_owned()).collect());
    GateDef { tools, ..testing::gate(GateKind::Review, "") }
}

fn left(code: i32, output: &str) -> Evidence {
    testing::evidence(End::Exited(code), output)
}

fn change() -> Diff {
    testing::diff(&[
        ("a.py", "x = 1\n", "x = 1\ny = 2\n"),
        ("web/src/b.ts", "", "let a = 1;\n"),
        ("web/package.json", "{}", "{}"),
        ("web/tsconfig.json", "{}", "{}"),
        ("Cargo.lock", "name = \"a\"\n", "name = \"a\"\nname = \"b\"\n"),
        ("requirements.txt", "a==1\n", "a==1\nb==1\n"),
        ("web/package-lock.json", "{}\n", "{}\n\"b\"\n"),
        ("Cargo.toml", "[package]", "[package]"),
        ("go.mod", "module m", "module m"),
        ("c.go", "package c\n", "package c\n\n\nfunc  f() {}\n"),
        ("src/lib.rs", "", "fn  a() {}\n"),
        (".semgrep.yml", "rules: []", "rules: []"),
    ])
}

/// The judgement after these answers, by label; what is not in here exits 0 and says nothing.
fn answered(tool: &str, answers: &[(&str, Evidence)]) -> Judged {
    let (def, diff) = (gate_of(&[tool]), change());
    let mut evidence = Vec::new();
    for _ in 0..4 {
        match judge(&def, &diff, Vec::new(), &|_| false, &evidence) {
            Step::Done(judged) => return judged,
            Step::More(probes) => {
                for probe in probes {
                    let known = answers.iter().find(|(label, _)| *label == probe.label);
                    let answer = known.map_or_else(|| left(0, ""), |(_, answer)| answer.clone());
                    evidence.push((probe, answer));
                }
            }
        }
    }
    panic!("no judgement of {tool}");
}

fn places(judged: &Judged) -> Vec<(String, u32)> {
    judged.findings.iter().map(|finding| (finding.file.clone(), finding.line)).collect()
}

fn calls_of(tool: &str, diff: &Diff) -> Vec<Call> {
    calls(&[tool.to_owned()], diff)
}

#[test]
fn every_tool_is_called_for_a_change_that_concerns_it() {
    for tool in &TOOLS {
        let calls = calls_of(tool.name, &change());
        assert_eq!(calls.len(), 1, "{}", tool.name);
        assert!(calls[0].run.contains(tool.name.split('-').next().unwrap()) || tool.name == "rustfmt", "{}", tool.name);
        let other = testing::diff(&[("notes.md", "", "text\n")]);
        assert!(calls_of(tool.name, &other).is_empty(), "{}", tool.name);
    }
}

#[test]
fn findings_count_on_added_lines_only() {
    let answer = left(1, "a.py:1: error: old thing  [old]\na.py:2:5: error: new thing  [new]\na.py:2: note: why\n");
    let judged = answered("mypy", &[("mypy", answer)]);
    assert_eq!((judged.verdict, places(&judged)), (Verdict::Fail, vec![("a.py".to_owned(), 2)]));
    assert_eq!((judged.findings[0].rule.as_str(), judged.reason.as_str()), ("new", "a.py:2 error: new thing"));
    let old = left(1, "a.py:1: error: old thing  [old]\n");
    assert_eq!(answered("mypy", &[("mypy", old)]).verdict, Verdict::Pass);
}

#[test]
fn what_a_tool_did_not_find_out_is_unchecked() {
    let cases = [
        left(127, "sh: 1: mypy: not found"),
        left(2, "mypy: error: Cannot find config file"),
        left(1, "usage: something else"),
        testing::evidence(End::WallLimit, ""),
        testing::evidence(End::Signaled(9), ""),
        Evidence { disturbed: Some("a.py".into()), ..left(0, "") },
    ];
    for answer in cases {
        let judged = answered("mypy", &[("mypy", answer.clone())]);
        assert_eq!(judged.verdict, Verdict::Unchecked, "{answer:?}");
        assert!(judged.reason.starts_with("mypy: "), "{}", judged.reason);
    }
    assert_eq!(answered("mypy", &[]).verdict, Verdict::Pass);
}

#[test]
fn reports_must_be_there_and_readable() {
    let report = |report| Evidence { report: Some(report), ..left(1, "") };
    let finding = |line| crate::gate::found::found("a.py", line, "F401", "unused", "");
    let found = answered("ruff", &[("ruff", report(Ok(Report::Findings(vec![finding(1), finding(2)]))))]);
    assert_eq!((found.verdict, places(&found)), (Verdict::Fail, vec![("a.py".to_owned(), 2)]));
    let empty = answered("ruff", &[("ruff", report(Err("`.orca-ruff.sarif` is empty".into())))]);
    assert_eq!((empty.verdict, empty.reason.as_str()), (Verdict::Unchecked, "ruff: `.orca-ruff.sarif` is empty"));
    assert_eq!(answered("ruff", &[("ruff", left(0, ""))]).verdict, Verdict::Unchecked, "no report at all");
    assert_eq!(answered("bandit", &[("bandit", report(Ok(Report::Findings(vec![]))))]).verdict, Verdict::Pass);
}

#[test]
fn formatters_are_compared_with_the_base() {
    let unformatted = || left(0, "c.go\n");
    let new = answered("gofmt", &[("gofmt", unformatted())]);
    assert_eq!((new.verdict, places(&new)), (Verdict::Fail, vec![("c.go".to_owned(), 2)]));
    let as_before = answered("gofmt", &[("gofmt", unformatted()), ("gofmt-base", unformatted())]);
    assert_eq!(as_before.verdict, Verdict::Pass);
    let rust = answered("rustfmt", &[("rustfmt", left(1, "/tmp/slot/src/lib.rs\n"))]);
    assert_eq!(places(&rust), [("src/lib.rs".to_owned(), 1)], "absolute paths");
    let python =
        answered("ruff-format", &[("ruff-format", left(1, "Would reformat: a.py\n1 file would be reformatted\n"))]);
    assert_eq!(places(&python), [("a.py".to_owned(), 2)]);
    let newer = "unformatted: File would be reformatted\n --> a.py:2:1\n  |\n1 file would be reformatted\n";
    let newer = answered("ruff-format", &[("ruff-format", left(1, newer))]);
    assert_eq!(places(&newer), [("a.py".to_owned(), 2)]);
}

#[test]
fn a_new_file_is_formatted_only_where_the_project_formats() {
    let lib = || left(1, "/tmp/slot/src/lib.rs\n");
    let rust = |base: Evidence| answered("rustfmt", &[("rustfmt", lib()), ("rustfmt-base", base)]).verdict;
    assert_eq!(rust(left(0, "")), Verdict::Fail, "every file of the base is");
    assert_eq!(rust(left(1, "/tmp/slot/src/other.rs\n")), Verdict::Pass, "nobody formats");
    let both = || left(0, "c.go\n");
    let other = answered("gofmt", &[("gofmt", both()), ("gofmt-base", left(0, "d.go\n"))]);
    assert_eq!(other.verdict, Verdict::Fail, "this file was formatted");
}

#[test]
fn tools_in_folders_name_files_from_there() {
    let types = left(2, "src/b.ts(1,5): error TS2322: Type 'number' is not assignable.\n");
    let judged = answered("tsc", &[("tsc", types)]);
    assert_eq!(places(&judged), [("web/src/b.ts".to_owned(), 1)]);
    assert_eq!(judged.findings[0].rule, "TS2322");
    let vet = answered("go-vet", &[("go-vet", left(1, "# m\n./c.go:4:1: unreachable code\n"))]);
    assert_eq!(places(&vet), [("c.go".to_owned(), 4)]);
}

#[test]
fn audits_say_what_they_could_not_audit() {
    let cargo = r#"{"vulnerabilities":{"found":true,"count":1,"list":[{"advisory":{"id":"RUSTSEC-1","title":"bad"},
        "package":{"name":"b"},"versions":{"patched":[">=2"]}}]}}"#;
    let found = answered(
        "cargo-audit",
        &[("cargo-audit", left(1, cargo)), ("cargo-audit-base", left(0, r#"{"vulnerabilities":{"list":[]}}"#))],
    );
    assert_eq!((found.verdict, places(&found)), (Verdict::Fail, vec![("Cargo.lock".to_owned(), 2)]));
    assert_eq!(found.findings[0].advice, "fixed in >=2");
    let failed = answered("cargo-audit", &[("cargo-audit", left(1, "error: couldn't fetch advisory database: x"))]);
    assert!(failed.reason.ends_with("advisory database: x"), "{}", failed.reason);
    let before = answered("cargo-audit", &[("cargo-audit", left(1, cargo)), ("cargo-audit-base", left(1, cargo))]);
    assert_eq!(before.verdict, Verdict::Pass, "the base has it, too");
    let unchecked = [
        ("cargo-audit", left(1, "error: couldn't fetch advisory database")),
        ("cargo-audit", left(0, r#"{"database":{"advisory-count":0},"vulnerabilities":{"list":[]}}"#)),
        ("npm-audit", left(1, r#"{"message":"405 Method Not Allowed - POST","method":"POST"}"#)),
        ("npm-audit", left(1, r#"{"error":{"code":"ENOLOCK","summary":"This command requires a lockfile"}}"#)),
        ("pip-audit", left(0, r#"{"dependencies":[{"name":"b","skip_reason":"not on the index"}]}"#)),
        ("pip-audit", left(0, "")),
        ("cargo-deny", left(1, "error: config is broken")),
    ];
    for (tool, answer) in unchecked {
        let judged = answered(tool, &[(tool, answer.clone())]);
        assert_eq!(judged.verdict, Verdict::Unchecked, "{tool}: {answer:?}");
    }
    let clean = r#"{"vulnerabilities":{},"metadata":{}}"#;
    assert_eq!(answered("npm-audit", &[("npm-audit", left(0, clean))]).verdict, Verdict::Pass);
}

#[test]
fn a_hole_is_shown_where_the_lock_file_names_it() {
    let entry = |name: &str, version: &str| format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n\n");
    let old = format!("{}{}", entry("ab", "1.0.0"), entry("b", "1.0.0"));
    let new = format!("{}{}{}", entry("ab", "1.0.0"), entry("b", "1.0.1"), entry("b", "2.0.0"));
    let answer = |version: &str| {
        format!(r#"{{"vulnerabilities":{{"list":[{{"package":{{"name":"b","version":"{version}"}}}}]}}}}"#)
    };
    let diff = testing::diff(&[("sub/Cargo.lock", &old, &new)]);
    let line = |version: &str| {
        let found = audits::cargo_audit(&calls_of("cargo-audit", &diff)[0], &diff, &left(1, &answer(version)));
        (found.clone().unwrap()[0].file.clone(), found.unwrap()[0].line)
    };
    assert_eq!(line("2.0.0"), ("sub/Cargo.lock".to_owned(), 10));
    assert_eq!(line("1.0.1"), ("sub/Cargo.lock".to_owned(), 7), "only its version is new");
}

#[test]
fn semgrep_without_rules_has_looked_for_nothing() {
    let diff = testing::diff(&[("a.py", "", "x\n")]);
    assert!(calls_of("semgrep", &diff)[0].run.ends_with("exit 7"));
    let rules = testing::diff(&[("a.py", "", "x\n"), (".semgrep/own.yml", "rules", "rules")]);
    assert!(calls_of("semgrep", &rules)[0].run.contains("--config .semgrep --error"));
}

#[test]
fn a_finding_outweighs_what_could_not_be_checked() {
    let (def, diff) = (gate_of(&["mypy"]), change());
    let own = vec![crate::gate::found::found("a.py", 2, "r", "m", "")];
    let Step::More(probes) = judge(&def, &diff, own.clone(), &|_| false, &[]) else { panic!() };
    let evidence = vec![(probes[0].clone(), left(127, ""))];
    let Step::Done(judged) = judge(&def, &diff, own, &|_| false, &evidence) else { panic!() };
    assert_eq!(judged.verdict, Verdict::Fail);
}

#[test]
fn odd_file_names_stay_one_word() {
    let diff = testing::diff(&[("-x $(id) 'a'.py", "", "x\n")]);
    let calls = calls(&["ruff-format".to_owned()], &diff);
    assert!(calls[0].run.ends_with(r"'./-x $(id) '\''a'\''.py'"), "{}", calls[0].run);
}
