//! Merges over generated histories, with renames of files and folders, modes, links, submodules, attributes, wide markers
//! and criss-cross merges: what the program takes for merged is git's own tree, and what git calls a conflict stays one
//! unless a rung names the path.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::Stdio;

use crate::support::{TestRepo, TestRequirement, needs};
use git_orca::git::Repo;
use git_orca::integrate::{Joined, Rules, join};
use git_orca::model::Oid;

/// Merges in a test run that is asked for everything, and in any other.
const MERGES: [usize; 2] = [2_000, 120];

/// Chance with a fixed beginning (splitmix64): a failure can be looked at again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}

/// Mode and bytes by path; of a submodule its commit.
type Tree = BTreeMap<String, (&'static str, String)>;

const FILES: [&str; 7] = ["a.txt", "b.txt", "src/one.rs", "src/two.rs", "src/deep/three.rs", "log", "wide.md"];

fn base(dice: &mut Dice) -> Tree {
    let lines = |name: &str| (0..12).map(|n| format!("{name} line {n}\n")).collect::<String>();
    let mut tree: Tree = FILES.iter().map(|path| ((*path).to_owned(), ("100644", lines(path)))).collect();
    tree.insert("link".into(), ("120000", "a.txt".into()));
    tree.insert("sub".into(), ("160000", "1".repeat(40)));
    let attributes = ["", "log merge=union\n", "wide.md conflict-marker-size=32\n", "b.txt -merge\n"];
    tree.insert(".gitattributes".into(), ("100644", attributes[dice.below(attributes.len())].to_owned()));
    tree
}

/// Puts a file somewhere; what cannot be there beside it goes.
fn put(tree: &mut Tree, path: &str, entry: (&'static str, String)) {
    let below = format!("{path}/");
    tree.retain(|other, _| !other.starts_with(&below) && !path.starts_with(&format!("{other}/")));
    tree.insert(path.to_owned(), entry);
}

/// One change of any kind.
fn change(tree: &mut Tree, dice: &mut Dice, side: &str) {
    let paths: Vec<String> = tree.keys().filter(|path| *path != ".gitattributes").cloned().collect();
    if paths.is_empty() {
        return;
    }
    let path = paths[dice.below(paths.len())].clone();
    let (mode, text) = tree[&path].clone();
    let is_file = mode.starts_with("100");
    match dice.below(9) {
        0..=2 if is_file => {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            let at = dice.below(lines.len() + 1);
            match dice.below(3) {
                0 if at < lines.len() => lines[at] = format!("{side} changed this"),
                1 if at < lines.len() => drop(lines.remove(at)),
                _ => lines.insert(at, format!("{side} added {}", dice.below(3))),
            }
            let text = lines.iter().map(|line| format!("{line}\n")).collect();
            tree.insert(path, (mode, text));
        }
        3 if is_file => drop(tree.insert(path, (["100644", "100755"][dice.below(2)], text))),
        4 => drop(tree.remove(&path)),
        5 => {
            tree.remove(&path);
            let names = ["moved", "src/moved.rs", "new/place", "src", "a.txt"];
            put(tree, names[dice.below(names.len())], (mode, text));
        }
        6 => {
            let to = ["lib", "src/lower"][dice.below(2)];
            let below: Vec<String> = tree.keys().filter(|path| path.starts_with("src/")).cloned().collect();
            for path in below {
                let entry = tree.remove(&path).unwrap();
                put(tree, &path.replacen("src", to, 1), entry);
            }
        }
        7 => {
            let names = ["new", "src/new.rs", "new/inside", "both"];
            let text = format!("new {}\n", ["same", side][dice.below(2)]);
            put(tree, names[dice.below(names.len())], (["100644", "100755"][dice.below(2)], text));
        }
        _ => {
            let kinds = [("120000", format!("to-{}", dice.below(3))), ("160000", ["2", "3"][dice.below(2)].repeat(40))];
            let (mode, text) = kinds[dice.below(2)].clone();
            put(tree, ["link", "sub"][usize::from(mode == "160000")], (mode, text));
        }
    }
}

fn changed(mut tree: Tree, dice: &mut Dice, side: &str) -> Tree {
    (0..1 + dice.below(4)).for_each(|_| change(&mut tree, dice, side));
    tree
}

/// One commit for `git fast-import`.
fn commit(out: &mut Vec<u8>, name: &str, parents: &[String], tree: &Tree) {
    write!(out, "commit refs/heads/{name}\ncommitter T <t@example.org> 1700000000 +0000\ndata 1\nx\n").unwrap();
    for (n, parent) in parents.iter().enumerate() {
        writeln!(out, "{} refs/heads/{parent}", if n == 0 { "from" } else { "merge" }).unwrap();
    }
    out.extend_from_slice(b"deleteall\n");
    for (path, (mode, text)) in tree {
        if *mode == "160000" {
            writeln!(out, "M 160000 {text} {path}").unwrap();
        } else {
            write!(out, "M {mode} inline {path}\ndata {}\n{text}\n", text.len()).unwrap();
        }
    }
    out.push(b'\n');
}

/// The commits of one merge: both sides, half of them criss-cross.
fn history(out: &mut Vec<u8>, dice: &mut Dice, n: usize) -> [String; 2] {
    let name = |of: &str| format!("m{n}/{of}");
    let base = base(dice);
    commit(out, &name("base"), &[], &base);
    let mut sides = ["left", "right"].map(|side| changed(base.clone(), dice, side));
    for (side, tree) in ["left", "right"].into_iter().zip(&sides) {
        commit(out, &name(side), &[name("base")], tree);
    }
    if dice.below(4) > 0 {
        return ["left", "right"].map(name);
    }
    // Each takes the other in, in its own way, and goes on.
    for (at, (side, other)) in [("left", "right"), ("right", "left")].into_iter().enumerate() {
        sides[at] = changed(sides[at].clone(), dice, side);
        commit(out, &name(&format!("{side}-on")), &[name(side), name(other)], &sides[at]);
    }
    ["left-on", "right-on"].map(name)
}

/// What git itself makes of two commits: the tree if it is clean, and the paths that it calls conflicted.
fn by_git(bed: &TestRepo, [ours, theirs]: &[Oid; 2]) -> (Option<Oid>, BTreeSet<String>) {
    let mut command = bed.command("git");
    command.args([&format!("--attr-source={ours}"), "-c", "merge.conflictStyle=zdiff3", "merge-tree", "--write-tree"]);
    let out = command.args(["-z", "--name-only", "--no-messages", ours.as_str(), theirs.as_str()]).output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    let mut fields = text.split('\0').filter(|field| !field.is_empty()).map(str::to_owned);
    let tree: Oid = fields.next().unwrap().parse().unwrap();
    let code = out.status.code();
    assert!(matches!(code, Some(0 | 1)), "git merge-tree: {code:?} {}", String::from_utf8_lossy(&out.stderr));
    if code == Some(0) { (Some(tree), BTreeSet::new()) } else { (None, fields.collect()) }
}

#[test]
fn generated_merges_end_as_git_ends_them_or_a_rung_names_the_path() {
    let bed = TestRepo::in_memory();
    if !bed.git_says(&["--attr-source=HEAD", "version"]) {
        return needs(TestRequirement::AttrSource);
    }
    let merges = MERGES[usize::from(std::env::var_os("ORCA_TEST_ALL").is_none())];
    let mut dice = Dice(13);
    let mut stream = Vec::new();
    let names: Vec<[String; 2]> = (0..merges).map(|n| history(&mut stream, &mut dice, n)).collect();
    let mut import = bed.command("git").args(["fast-import", "--quiet"]).stdin(Stdio::piped()).spawn().unwrap();
    import.stdin.take().unwrap().write_all(&stream).unwrap();
    assert!(import.wait().unwrap().success());

    let repo = Repo::discover(&bed.repo()).unwrap();
    let ruled = Rules { union: vec!["*.txt".into()], drivers: true, ..Rules::default() };
    let (mut clean, mut solved) = (0, 0);
    for names in &names {
        let sides = names.clone().map(|name| repo.resolve(&name).unwrap());
        let (tree, conflicted) = by_git(&bed, &sides);
        match join(&repo, &Rules { drivers: true, ..Rules::default() }, (&sides[0], &sides[1]), None).unwrap() {
            Joined::Clean { tree: ours, .. } => {
                assert_eq!(Some(ours), tree, "{names:?}: {conflicted:?}");
                clean += 1;
            }
            Joined::Clash(clash) => {
                assert_eq!(tree, None, "{names:?}: {:?}", clash.paths);
                assert!(!clash.paths.is_empty(), "{names:?}");
            }
        }
        if let Joined::Clean { rules, .. } = join(&repo, &ruled, (&sides[0], &sides[1]), None).unwrap() {
            let named = |path: &String| rules.iter().any(|rule| rule.split_once(' ').is_some_and(|(_, it)| it == path));
            assert!(conflicted.iter().all(named), "{names:?}: {conflicted:?} by {rules:?}");
            assert_eq!(tree.is_none(), !conflicted.is_empty(), "{names:?}");
            solved += usize::from(tree.is_none());
        }
    }
    eprintln!("{merges} merges: {clean} clean as git's own, {solved} more by a rung that names each path");
    assert!(clean * 5 > merges && clean < merges && solved > 0, "{clean} and {solved} of {merges} say nothing");
}
