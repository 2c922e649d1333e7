//! The README tells the truth: its console blocks run, its tables are complete.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

const README: &str = include_str!("../../README.md");

/// The `console` blocks, in order.
fn blocks() -> Vec<String> {
    let mut blocks = Vec::new();
    let mut rest = README;
    while let Some((_, tail)) = rest.split_once("```console\n") {
        let (block, tail) = tail.split_once("```").unwrap();
        blocks.push(block.to_owned());
        rest = tail;
    }
    assert!(blocks.len() >= 2, "the README has lost its console blocks");
    blocks
}

/// Commands of a block with the output lines that are shown below each; `> ` goes on with a command.
fn steps(block: &str) -> Vec<(String, Vec<String>)> {
    let mut steps: Vec<(String, Vec<String>)> = Vec::new();
    for line in block.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            steps.push((command.to_owned(), Vec::new()));
        } else if let Some(more) = line.strip_prefix("> ") {
            let last = steps.last_mut().unwrap();
            last.0.push('\n');
            last.0.push_str(more);
        } else {
            steps.last_mut().unwrap().1.push(line.to_owned());
        }
    }
    steps
}

/// Whether some line of `output` fits `pattern`, in which `[..]` stands for anything.
fn shown(pattern: &str, output: &str) -> bool {
    output.lines().any(|line| fits(pattern, line))
}

fn fits(pattern: &str, line: &str) -> bool {
    let Some((head, rest)) = pattern.split_once("[..]") else { return pattern == line };
    let Some(tail) = line.strip_prefix(head) else { return false };
    (0..=tail.len()).filter(|at| tail.is_char_boundary(*at)).any(|at| fits(rest, &tail[at..]))
}

#[test]
fn patterns_fit_what_they_should() {
    for (pattern, line, fit) in [
        ("a[..]c", "abc", true),
        ("[..]b[..]", "abc", true),
        ("abc", "abc", true),
        ("[..]d", "abc", false),
        ("b[..]", "abc", false),
    ] {
        assert_eq!(fits(pattern, line), fit, "{pattern} {line}");
    }
}

#[test]
fn console_blocks_run_and_show_what_they_say() {
    let folder = tempfile::tempdir().unwrap();
    let app = folder.path().join("app");
    std::fs::create_dir(&app).unwrap();
    let bin = Path::new(env!("CARGO_BIN_EXE_git-orca")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let run = |command: &str| {
        let out = Command::new("sh")
            .args(["-c", command])
            .current_dir(&app)
            .env("PATH", &path)
            .env("HOME", folder.path())
            .env("XDG_STATE_HOME", folder.path().join("state"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        assert!(out.status.success(), "$ {command}\n{text}");
        text
    };
    run(
        "git init -q -b main && git config user.name You && git config user.email you@example.org && git commit -q --allow-empty -m Start",
    );
    for block in blocks() {
        for (command, expected) in steps(&block) {
            let output = run(&command);
            for line in expected {
                assert!(shown(&line, &output), "$ {command}\nis said to print\n{line}\nand prints\n{output}");
            }
        }
    }
}

/// First cells of the table below a heading, without backticks.
fn table(heading: &str) -> Vec<String> {
    let (_, tail) = README.split_once(&format!("## {heading}\n")).unwrap();
    let section = tail.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.split('|').nth(1).unwrap().trim().trim_matches('`').to_owned()).collect()
}

#[test]
fn tables_name_everything_there_is() {
    let first_word = |cell: String| cell.split(' ').next().unwrap().to_owned();
    let commands: BTreeSet<String> = table("Commands").into_iter().map(first_word).collect();
    let help = Command::new(env!("CARGO_BIN_EXE_git-orca")).arg("-h").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let (_, listed) = help.split_once("Commands:\n").unwrap();
    let known: BTreeSet<String> = listed
        .lines()
        .take_while(|line| line.starts_with("  "))
        .filter(|line| !line.starts_with("   "))
        .map(|line| first_word(line.trim().to_owned()))
        .collect();
    assert_eq!(commands, known);

    let agents: BTreeSet<String> = table("Agents").into_iter().collect();
    assert_eq!(agents, git_orca::agent::AGENTS.iter().map(|agent| agent.name().to_owned()).collect());
    let gates: BTreeSet<String> = table("Gates").into_iter().collect();
    assert_eq!(gates, git_orca::gate::GATES.iter().map(|kind| kind.name.to_owned()).collect());
    let reports: BTreeSet<String> = table("Reports of gates").into_iter().collect();
    assert_eq!(reports, {
        use git_orca::settings::Words;
        git_orca::model::ReportFormat::WORDS.iter().map(|(word, _)| (*word).to_owned()).collect()
    });
    let formats: BTreeSet<String> = table("Plan formats").into_iter().collect();
    assert_eq!(formats, git_orca::plan::format_names().map(str::to_owned).collect());
    let codes: Vec<String> = table("Exit codes");
    assert_eq!(codes, ["0", "1", "2", "3", "4", "5", "6", "7", "130, 143"]);
}
