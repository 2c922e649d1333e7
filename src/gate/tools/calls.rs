//! How each tool is called.

use std::collections::BTreeSet;

use super::call::{Answer, Call, Scope};
use super::{answers, audits};
use crate::gate::{Diff, Evidence};
use crate::model::{ReportFormat, ReportSpec};

/// Files named in one call; beyond, the whole folder is looked at.
const MOST_FILES: usize = 400;

/// Folders with a manifest of their own that one tool is called in.
const MOST_FOLDERS: usize = 4;

/// The calls that a change needs: none of tools whose files did not change.
pub(super) fn calls(tools: &[String], diff: &Diff) -> Vec<Call> {
    tools.iter().flat_map(|tool| one_tool(tool, diff)).collect()
}

fn one_tool(tool: &str, diff: &Diff) -> Vec<Call> {
    let python = ["py", "pyi"];
    let script = ["js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts"];
    match tool {
        "bandit" => {
            let config = settings_in(diff, "pyproject.toml", "[tool.bandit", " -c pyproject.toml");
            listed(diff, "bandit", &["py"], |files| {
                format!("bandit -q -ll --ignore-nosec -f json -o .orca-bandit.json{config} {files}")
            })
            .map(|call| call.reports(".orca-bandit.json", ReportFormat::Json))
        }
        "semgrep" => semgrep(diff),
        "ruff" => listed(diff, "ruff", &python, |files| {
            format!("ruff check --no-cache --output-format sarif --output-file .orca-ruff.sarif {files}")
        })
        .map(|call| call.reports(".orca-ruff.sarif", ReportFormat::Sarif)),
        "ruff-format" => {
            listed(diff, "ruff-format", &python, |files| format!("ruff format --check --no-cache {files}"))
                .map(Call::of_files)
        }
        "mypy" => listed(diff, "mypy", &python, |files| {
            format!("mypy --no-color-output --no-error-summary --cache-dir=/dev/null {files}")
        }),
        "pylint" => listed(diff, "pylint", &["py"], |files| {
            format!("pylint --score=n --reports=n --msg-template='{{path}}:{{line}}: {{msg_id}} {{msg}}' {files}")
        })
        .map(|call| Call { codes: &[0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30], ..call }),
        "lizard" => listed(diff, "lizard", &[&python[..], &script, &["rs", "go"]].concat(), |files| {
            format!("lizard -w -C 15 {files}")
        })
        .map(Call::of_files_with_lines),
        "gofmt" => listed(diff, "gofmt", &["go"], |files| format!("gofmt -l {files}")).map(Call::of_files),
        _ => return in_folders(tool, diff),
    }
    .into_iter()
    .collect()
}

/// Tools that are called where a manifest lies.
fn in_folders(tool: &str, diff: &Diff) -> Vec<Call> {
    let script = ["js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts"];
    let local = "PATH=\"$PWD/node_modules/.bin:$PATH\"";
    match tool {
        "clippy" => placed(diff, "clippy", &["rs"], "Cargo.toml", |_| {
            "cargo clippy --quiet --all-targets --message-format=json > .orca-clippy.json".to_owned()
        })
        .into_iter()
        .map(|call| {
            let path = format!("{}.orca-clippy.json", call.folder);
            Call { codes: &[0, 101], ..call.reports(&path, ReportFormat::Json) }
        })
        .collect(),
        "rustfmt" => placed(diff, "rustfmt", &["rs"], "Cargo.toml", |_| "cargo fmt --all --check -- -l".to_owned())
            .into_iter()
            .map(Call::of_files)
            .collect(),
        "go-vet" => {
            let run = |_: &[String]| "go vet ./...".to_owned();
            let calls = placed(diff, "go-vet", &["go"], "go.mod", run);
            calls.into_iter().map(|call| Call { codes: &[0, 1, 2], ..call }).collect()
        }
        "eslint" => placed(diff, "eslint", &script, "package.json", |files| {
            format!("{local} eslint -f json -o .orca-eslint.json {}", quoted(files))
        })
        .into_iter()
        .map(|call| {
            let path = format!("{}.orca-eslint.json", call.folder);
            call.reports(&path, ReportFormat::Json)
        })
        .collect(),
        "tsc" => {
            let run = |_: &[String]| format!("{local} tsc --noEmit --pretty false");
            let calls = placed(diff, "tsc", &script[4..], "tsconfig.json", run);
            calls.into_iter().map(|call| Call { codes: &[0, 1, 2], ..call }).collect()
        }
        "prettier" => placed(diff, "prettier", &script, "package.json", |files| {
            format!("{local} prettier --check {}", quoted(files))
        })
        .into_iter()
        .map(Call::of_files)
        .collect(),
        "cargo-audit" => {
            audited(diff, "cargo-audit", "Cargo.lock", "cargo audit --json --quiet 2>&1", audits::cargo_audit)
        }
        "cargo-deny" => audited(
            diff,
            "cargo-deny",
            "Cargo.lock",
            "cargo deny --format json check bans licenses sources 2>&1",
            audits::cargo_deny,
        ),
        "npm-audit" => {
            audited(diff, "npm-audit", "package-lock.json", "npm audit --json 2>/dev/null", audits::npm_audit)
        }
        "pip-audit" => audited(
            diff,
            "pip-audit",
            "requirements.txt",
            "pip-audit -r requirements.txt -f json --progress-spinner off 2>/dev/null",
            audits::pip_audit,
        ),
        _ => Vec::new(),
    }
}

impl Call {
    /// A call whose answer is read line by line, with findings on added lines.
    fn new(name: &'static str, run: String) -> Call {
        Call {
            name,
            label: name.to_owned(),
            run_on_base: run.clone(),
            run,
            report: None,
            folder: String::new(),
            codes: &[0, 1],
            says_by_code: true,
            scope: Scope::Lines,
            read: answers::lines,
        }
    }

    fn reports(self, path: &str, format: ReportFormat) -> Call {
        let report = Some(ReportSpec { path: path.to_owned(), format, min: None });
        Call { report, read: answers::report, says_by_code: false, ..self }
    }

    /// Its answer names files, one a line.
    fn of_files(self) -> Call {
        Call { scope: Scope::Files, read: answers::files, ..self }
    }

    fn of_files_with_lines(self) -> Call {
        Call { scope: Scope::Files, ..self }
    }
}

fn settings_in(diff: &Diff, file: &str, mark: &str, option: &str) -> String {
    let there = diff.new.text(file).is_some_and(|text| text.contains(mark));
    if there { option.to_owned() } else { String::new() }
}

/// Changed files of the head with one of the endings.
fn changed<'d>(diff: &'d Diff, endings: &[&str]) -> Vec<&'d crate::git::FileDiff> {
    let fits = |path: &str| path.rsplit_once('.').is_some_and(|(_, ending)| endings.contains(&ending));
    diff.files.iter().filter(|file| file.new_mode & 0o170_000 == 0o100_000 && fits(&file.path)).collect()
}

fn listed(diff: &Diff, name: &'static str, endings: &[&str], run: impl Fn(&str) -> String) -> Option<Call> {
    let files = changed(diff, endings);
    if files.is_empty() {
        return None;
    }
    let now: Vec<String> = files.iter().map(|file| file.path.clone()).collect();
    let before = files.iter().filter(|file| file.old_mode != 0);
    let before: Vec<String> = before.map(|file| file.old_path.clone().unwrap_or_else(|| file.path.clone())).collect();
    // Nothing was there before: then nothing was wrong with it.
    let run_on_base = if before.is_empty() { "true".to_owned() } else { run(&quoted(&before)) };
    Some(Call { run_on_base, ..Call::new(name, run(&quoted(&now))) })
}

/// One call in each folder with `manifest` that changed files lie below.
fn placed(
    diff: &Diff,
    name: &'static str,
    endings: &[&str],
    manifest: &str,
    run: impl Fn(&[String]) -> String,
) -> Vec<Call> {
    let files = changed(diff, endings);
    let mut folders: BTreeSet<String> = BTreeSet::new();
    folders.extend(files.iter().filter_map(|file| folder_with(diff, &file.path, manifest)));
    let call = |(n, folder): (usize, String)| {
        let below = |path: &str| path.strip_prefix(&folder).map(str::to_owned);
        let here: Vec<String> = files.iter().filter_map(|file| below(&file.path)).collect();
        let old = |file: &&&crate::git::FileDiff| file.old_mode != 0;
        let before: Vec<String> = files.iter().filter(old).filter_map(|file| below(&file.path)).collect();
        let label = if n == 0 { name.to_owned() } else { format!("{name}-{}", n + 1) };
        let run_on_base = if before.is_empty() { "true".to_owned() } else { within(&folder, &run(&before)) };
        Call { label, run_on_base, folder: folder.clone(), ..Call::new(name, within(&folder, &run(&here))) }
    };
    folders.into_iter().take(MOST_FOLDERS).enumerate().map(call).collect()
}

/// The nearest folder above a file that has `manifest`, with a slash at the end.
fn folder_with(diff: &Diff, path: &str, manifest: &str) -> Option<String> {
    let mut folder = path;
    while let Some((above, _)) = folder.rsplit_once('/') {
        if diff.new.has(&format!("{above}/{manifest}")) {
            return Some(format!("{above}/"));
        }
        folder = above;
    }
    diff.new.has(manifest).then(String::new)
}

/// Audits look at dependencies: only a change of those can bring in a hole.
fn audited(
    diff: &Diff,
    name: &'static str,
    lock: &str,
    run: &str,
    read: fn(&Call, &Diff, &Evidence) -> Answer,
) -> Vec<Call> {
    let is_lock = |path: &str| path == lock || path.ends_with(&format!("/{lock}"));
    let changed = diff.files.iter().filter(|file| file.new_mode != 0 && is_lock(&file.path));
    let call = |(n, file): (usize, &crate::git::FileDiff)| {
        let folder = file.path[..file.path.len() - lock.len()].to_owned();
        let label = if n == 0 { name.to_owned() } else { format!("{name}-{}", n + 1) };
        let run = within(&folder, run);
        // Without a lock file in the base there is nothing to subtract.
        let run_on_base = if file.old_mode == 0 { "echo '{}'".to_owned() } else { run.clone() };
        let scope = if file.old_mode == 0 { Scope::Lines } else { Scope::Files };
        Call { label, folder, run_on_base, scope, read, codes: &[0, 1, 2, 4], ..Call::new(name, run) }
    };
    changed.take(MOST_FOLDERS).enumerate().map(call).collect()
}

/// With the project's own rules, offline. Who wrote a line does not exempt it (`nosemgrep`); in JSON, since its SARIF calls
/// such a finding suppressed all the same.
fn semgrep(diff: &Diff) -> Option<Call> {
    let file = [".semgrep.yml", ".semgrep.yaml"].into_iter().find(|path| diff.new.has(path));
    let in_folder = || {
        let rules =
            |path: &String| path.starts_with(".semgrep/") && (path.ends_with(".yml") || path.ends_with(".yaml"));
        diff.new.paths().iter().any(rules).then_some(".semgrep")
    };
    let config = file.or_else(in_folder);
    let endings = ["py", "js", "jsx", "ts", "tsx", "go", "rs", "java", "rb", "c", "cc", "cpp", "cs", "php", "sh"];
    let run = |files: &str| match config {
        Some(config) => format!(
            "SEMGREP_SETTINGS_FILE=\"$TMPDIR/semgrep.yml\" SEMGREP_LOG_FILE=\"$TMPDIR/semgrep.log\" semgrep scan \
             --metrics=off --disable-version-check --disable-nosem --config {config} --error --json \
             --output .orca-semgrep.json {files}"
        ),
        None => "echo 'the project has no rules for semgrep: write .semgrep.yml'; exit 7".to_owned(),
    };
    listed(diff, "semgrep", &endings, run).map(|call| call.reports(".orca-semgrep.json", ReportFormat::Json))
}

fn within(folder: &str, run: &str) -> String {
    match folder.trim_end_matches('/') {
        "" => run.to_owned(),
        folder => format!("cd {} && {run}", quote(folder)),
    }
}

fn quoted(files: &[String]) -> String {
    if files.len() > MOST_FILES {
        return ".".to_owned();
    }
    files.iter().map(|file| quote(file)).collect::<Vec<_>>().join(" ")
}

/// A path as one word of a shell that is no option of a program.
fn quote(path: &str) -> String {
    let plain = path.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    let path = if path.starts_with('-') { format!("./{path}") } else { path.to_owned() };
    if plain { path } else { format!("'{}'", path.replace('\'', r"'\''")) }
}
