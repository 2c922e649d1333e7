//! Ways to cheat, published: what an agent may do to the tests that judge it, in four languages, with what is said about
//! each. Everything here is found by reading, so it holds wherever tests cannot run, and for projects with one command gate;
//! ways that only running tells apart are in `adversaries.rs`. Honest changes of the same shape stand beside them.

mod around;
mod go;
mod history;
mod neighbours;
mod python;
mod rust;
mod script;
mod settings;

use std::collections::{BTreeMap, BTreeSet};

use git_orca::gate::{self, Diff, Step, TreeFiles, TreeKind};
use git_orca::git::{ChangeKind, FileDiff, Line};
use git_orca::model::{GateDef, GateKind, MapFiles, Verdict};
use similar::{ChangeTag, TextDiff};

/// A file's new text; none deletes it.
type Edit<'a> = (&'a str, Option<String>);

/// Something that a change does, and the rule under which it is refused; `honest` where it is let through.
struct Way<'a> {
    name: &'a str,
    edits: Vec<Edit<'a>>,
    rule: &'a str,
}

/// The rule of ways that are none.
const HONEST: &str = "honest";

/// That of ways that are refused under whatever rule comes first.
const REFUSED: &str = "refused";

/// A change of one file by replacing a part of it.
fn edit<'a>(
    base: &[(&'a str, &'a str)],
    name: &'a str,
    path: &'a str,
    (old, new): (&str, &str),
    rule: &'a str,
) -> Way<'a> {
    let text = base.iter().find(|(known, _)| *known == path).map(|(_, text)| *text).unwrap();
    assert!(text.contains(old), "{name}: `{old}` is not in {path}");
    Way { name, edits: vec![(path, Some(text.replacen(old, new, 1)))], rule }
}

/// A file more.
fn add<'a>(name: &'a str, path: &'a str, text: &str, rule: &'a str) -> Way<'a> {
    Way { name, edits: vec![(path, Some(text.to_owned()))], rule }
}

/// A file less.
fn remove<'a>(name: &'a str, path: &'a str, rule: &'a str) -> Way<'a> {
    Way { name, edits: vec![(path, None)], rule }
}

/// What a reading gate says of each way, against what the table says. Gives how many there were.
fn check(language: &str, base: &[(&str, &str)], ways: Vec<Way<'_>>) -> usize {
    let names: BTreeSet<&str> = ways.iter().map(|way| way.name).collect();
    assert_eq!(names.len(), ways.len(), "{language}: names are unique");
    let mut wrong = Vec::new();
    for way in &ways {
        let (verdict, rules) = judged(base, &way.edits);
        let right = match way.rule {
            HONEST => verdict != Verdict::Fail,
            REFUSED => verdict == Verdict::Fail,
            rule => verdict == Verdict::Fail && rules.iter().any(|known| known == rule),
        };
        if !right {
            wrong.push(format!("{language}: {}: {verdict:?} {rules:?}, not {}", way.name, way.rule));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    ways.iter().filter(|way| way.rule != HONEST).count()
}

fn judged(base: &[(&str, &str)], edits: &[Edit<'_>]) -> (Verdict, Vec<String>) {
    let gate = GateDef { only_reads: true, ..GateDef::new("tdd".parse().unwrap(), GateKind::Tdd) };
    match gate::judge(&gate, &diff(base, edits), &[]) {
        Step::Done(judged) => (judged.verdict, judged.findings.into_iter().map(|finding| finding.rule).collect()),
        Step::More(_) => panic!("a gate that reads asks for nothing"),
    }
}

fn diff(base: &[(&str, &str)], edits: &[Edit<'_>]) -> Diff {
    let old: BTreeMap<String, Vec<u8>> =
        base.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
    let mut new = old.clone();
    for (path, text) in edits {
        match text {
            Some(text) => drop(new.insert((*path).to_owned(), text.clone().into_bytes())),
            None => drop(new.remove(*path)),
        }
    }
    let text = |tree: &BTreeMap<String, Vec<u8>>, path: &str| {
        tree.get(path).map(|bytes| String::from_utf8(bytes.clone()).unwrap()).unwrap_or_default()
    };
    let mut files: Vec<FileDiff> =
        edits.iter().map(|(path, _)| file_diff(path, &text(&old, path), &text(&new, path))).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let tree = |files: BTreeMap<String, Vec<u8>>| TreeFiles::new(MapFiles(files));
    Diff {
        base: "a".repeat(40).parse().unwrap(),
        head: "b".repeat(40).parse().unwrap(),
        kind: TreeKind::Task,
        files,
        commits: Vec::new(),
        task: None,
        expected_red: BTreeSet::new(),
        known_red: None,
        tests_first: false,
        clashes: Vec::new(),
        old: tree(old.clone()),
        root: tree(old),
        new: tree(new),
    }
}

fn file_diff(path: &str, old: &str, new: &str) -> FileDiff {
    let changes = TextDiff::from_lines(old, new);
    let lines = |tag: ChangeTag| {
        let found = changes.iter_all_changes().filter(|change| change.tag() == tag);
        let number = |change: &similar::Change<&str>| match tag {
            ChangeTag::Insert => change.new_index(),
            _ => change.old_index(),
        };
        found
            .map(|change| Line {
                number: number(&change).unwrap() as u32 + 1,
                text: change.value().trim_end_matches('\n').to_owned(),
            })
            .collect::<Vec<_>>()
    };
    let mode = |text: &str| if text.is_empty() { 0 } else { 0o100_644 };
    FileDiff {
        path: path.to_owned(),
        old_path: None,
        kind: match (old.is_empty(), new.is_empty()) {
            (true, _) => ChangeKind::Added,
            (_, true) => ChangeKind::Deleted,
            _ => ChangeKind::Modified,
        },
        old_mode: mode(old),
        new_mode: mode(new),
        binary: false,
        added: lines(ChangeTag::Insert),
        removed: lines(ChangeTag::Delete),
        truncated: false,
    }
}

#[test]
fn the_table_is_long_enough() {
    let all = [python::ways().1, script::ways().1, go::ways().1, rust::ways().1, settings::ways().1, around::ways()];
    let cheats = all.iter().flatten().filter(|way| way.rule != HONEST).count();
    let honest = all.iter().flatten().filter(|way| way.rule == HONEST).count();
    assert!(cheats >= 200 && honest >= 60, "{cheats} ways, {honest} honest changes");
}

#[test]
fn whoever_has_one_command_gate_has_the_reading_one_beside_it() {
    let own = GateDef { run: "true".to_owned(), ..GateDef::new("own".parse().unwrap(), GateKind::Command) };
    for base in [python::ways().0, script::ways().0, go::ways().0, rust::ways().0] {
        let files = base.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
        let project = git_orca::project::read(&MapFiles(files)).unwrap();
        let beside = git_orca::project::beside(&project, std::slice::from_ref(&own)).gates;
        let reads = beside.iter().any(|gate| gate.kind == GateKind::Tdd && gate.only_reads && gate.required);
        assert!(reads, "{:?}: {beside:?}", base[0].0);
    }
}
