//! The README and the pages of `git orca help` tell the truth: console blocks run, tables are complete, links lead
//! somewhere, what is named exists.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use git_orca::cli::help::TOPICS;

const README: &str = include_str!("../../README.md");

/// The README and the pages of `git orca help`, with the names of their files.
fn pages() -> Vec<(String, &'static str)> {
    let topics = TOPICS.iter().map(|topic| (format!("src/cli/help/{}.md", topic.name), topic.text));
    std::iter::once(("README.md".to_owned(), README)).chain(topics).collect()
}

/// The blocks of a language in a page, in order.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut rest = page;
    while let Some((_, tail)) = rest.split_once(&format!("```{language}\n")) {
        let (block, tail) = tail.split_once("```").unwrap();
        blocks.push(block.to_owned());
        rest = tail;
    }
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

/// A fresh repository, where commands are typed as a new user would.
struct Newcomer {
    folder: tempfile::TempDir,
}

impl Newcomer {
    fn new() -> Newcomer {
        let newcomer = Newcomer { folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir(newcomer.folder.path().join("app")).unwrap();
        newcomer.types(
            "git init -q -b main && git config user.name You && git config user.email you@example.org && git commit -q --allow-empty -m Start",
        );
        newcomer
    }

    /// What a command prints, on both streams; it must succeed.
    fn types(&self, command: &str) -> String {
        let bin = Path::new(env!("CARGO_BIN_EXE_git-orca")).parent().unwrap();
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let out = Command::new("sh")
            .args(["-ec", command])
            .current_dir(self.folder.path().join("app"))
            .env("PATH", &path)
            .env("HOME", self.folder.path())
            .env("XDG_STATE_HOME", self.folder.path().join("state"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        assert!(out.status.success(), "$ {command}\n{text}");
        text
    }

    fn follows(&self, block: &str) {
        for (command, expected) in steps(block) {
            let output = self.types(&command);
            for line in expected {
                assert!(shown(&line, &output), "$ {command}\nis said to print\n{line}\nand prints\n{output}");
            }
        }
    }
}

/// The block of the README that is to be pasted as it is.
fn pasted() -> String {
    let (_, section) = README.split_once("## Try it in your own repository\n").unwrap();
    blocks(section, "sh").remove(0)
}

#[test]
fn console_blocks_run_and_show_what_they_say() {
    let mut shown = 0;
    for (name, page) in pages() {
        let console = blocks(page, "console");
        if console.is_empty() {
            continue;
        }
        shown += 1;
        let newcomer = Newcomer::new();
        if name == "README.md" {
            // What the transcript shows begins after the plan was written.
            let (writes_the_plan, _) =
                pasted().split_once("\nEND\n").map(|(a, b)| (format!("{a}\nEND\n"), b.to_owned())).unwrap();
            newcomer.types(&writes_the_plan);
        }
        console.iter().for_each(|block| newcomer.follows(block));
    }
    assert!(shown >= 2, "the pages have lost their console blocks");
}

#[test]
fn what_is_to_be_pasted_works_as_it_is() {
    let block = pasted();
    assert!(!block.contains('#'), "a comment is an argument in zsh");
    assert!(!block.contains('*') && !block.contains('?'), "nothing a shell would expand");
    assert!(Newcomer::new().types(&block).contains("\nhello Ada\n"));
    for (name, page) in pages() {
        for block in blocks(page, "sh") {
            assert!(!block.contains(" #"), "{name}: a comment is an argument in zsh\n{block}");
        }
    }
}

/// Targets of the links of a page: `[text](target)`.
fn links(page: &str) -> Vec<&str> {
    let tails = page.split("](").skip(1);
    tails.map(|tail| tail.split_once(')').unwrap().0).collect()
}

#[test]
fn links_lead_somewhere_and_every_page_is_linked_and_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, page) in pages() {
        let folder = root.join(&name).parent().unwrap().to_owned();
        for link in links(page) {
            assert!(folder.join(link).exists(), "{name} links to {link}");
        }
    }
    let linked = links(README);
    for topic in TOPICS {
        assert!(linked.contains(&format!("src/cli/help/{}.md", topic.name).as_str()), "{}", topic.name);
        let out =
            Command::new(env!("CARGO_BIN_EXE_git-orca")).args(["help", topic.name]).current_dir("/").output().unwrap();
        let text = String::from_utf8(out.stdout).unwrap();
        assert!(out.status.success() && text.ends_with(&topic.text.replace("[..]", "…")), "{}: {text}", topic.name);
        assert!(!text.contains('\u{1b}'), "{}", topic.name);
    }
}

/// Topics that pages send their readers to exist, and so do the commands and flags that they show.
#[test]
fn pages_name_topics_commands_and_flags_that_exist() {
    let help = |words: &[&str]| {
        let out = Command::new(env!("CARGO_BIN_EXE_git-orca")).arg("help").args(words).output().unwrap();
        out.status.success().then(|| String::from_utf8(out.stdout).unwrap())
    };
    for (name, page) in pages() {
        for (_, tail) in page.match_indices("git orca ").map(|(at, found)| (at, &page[at + found.len()..])) {
            let typed = tail.split(['`', '\n', ';', '|', ')', '(', ',', '"']).next().unwrap();
            let mut words = typed.split_whitespace();
            let Some(command) = words.next().filter(|word| page_shows_a_command(page, tail, word)) else { continue };
            let said = help(&[command]).unwrap_or_else(|| panic!("{name}: git orca {typed}"));
            if command == "help" {
                let topic = words.next();
                assert!(
                    topic.is_none_or(|topic| topic == "NAME" || help(&[topic]).is_some()),
                    "{name}: git orca {typed}"
                );
                continue;
            }
            for flag in words.filter(|word| word.starts_with("--")) {
                let flag = flag.split('=').next().unwrap();
                assert!(said.contains(flag), "{name}: git orca {typed} has no {flag}");
            }
        }
    }
}

/// Whether `git orca WORD` is something to type there, and no prose ("git orca merges ...").
fn page_shows_a_command(page: &str, tail: &str, word: &str) -> bool {
    let at = tail.as_ptr() as usize - page.as_ptr() as usize;
    let before = &page[..at - "git orca ".len()];
    let starts = before.ends_with('`') || before.ends_with('\n') || before.ends_with("$ ");
    let is_prose = before.ends_with('\n') && before.matches("```").count().is_multiple_of(2);
    starts && !is_prose && word.chars().all(|c| c.is_ascii_lowercase())
}

/// First cells of the table below a heading, without backticks, wherever that heading is.
fn table(heading: &str) -> Vec<String> {
    let heading = format!("## {heading}\n");
    let with: Vec<&str> = pages().into_iter().filter_map(|(_, page)| Some(page.split_once(&heading)?.1)).collect();
    let [tail] = with[..] else { panic!("{heading} is on {} pages", with.len()) };
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
    assert_eq!(
        gates,
        git_orca::gate::GATES.iter().map(|kind| kind.name().to_owned()).filter(|name| name != "dummy").collect()
    );
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

/// One screen: what somebody reads who wants to know what this is.
#[test]
fn the_readme_is_short_and_the_pages_fit() {
    assert!(README.lines().count() <= 110, "{} lines: what is more belongs to src/cli/help", README.lines().count());
    for (name, page) in pages() {
        for line in page.lines().filter(|line| !line.starts_with('|')) {
            assert!(line.chars().count() <= 126, "{name}: {line}");
        }
    }
}
