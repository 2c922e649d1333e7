//! The room that worktrees may take: what nobody uses goes, said before it does, and what is somebody's stays.

use git_orca::journal::Event;
use serde_json::{Value, json};

use crate::support::TestRepo;

/// Builds three megabytes that git ignores.
fn builds(n: usize) -> String {
    format!("mkdir -p ignored; head -c 3000000 /dev/urandom > ignored/{n}.cache; put {n}.txt {n}")
}

fn plan(bed: &TestRepo, tasks: &[(usize, &[&str], String)]) {
    let task = |(n, after, run): &(usize, &[&str], String)| json!({"id": format!("T{n}"), "after": after, "run": run});
    bed.plan(tasks.iter().map(task).collect::<Value>());
    bed.commit("a plan");
}

fn caches(bed: &TestRepo, slot: &str) -> usize {
    std::fs::read_dir(bed.slots().join(slot).join("ignored")).into_iter().flatten().count()
}

/// What was noticed of room, with the number of its entry.
fn noticed(bed: &TestRepo) -> Vec<(u64, String)> {
    let of_room = |entry: git_orca::journal::Entry| match entry.event {
        Event::Noticed { what, .. } if what.contains("`limits.disk`") => Some((entry.seq, what)),
        _ => None,
    };
    bed.journal().into_iter().filter_map(of_room).collect()
}

fn first_attempt(bed: &TestRepo) -> u64 {
    let intended = |entry: &git_orca::journal::Entry| matches!(entry.event, Event::AttemptIntended(_));
    bed.journal().iter().find(|entry| intended(entry)).unwrap().seq
}

#[test]
fn before_a_run_begins_idle_worktrees_go_and_those_that_a_person_edited_stay() {
    let bed = TestRepo::new();
    plan(&bed, &[(1, &[], builds(1)), (2, &[], builds(2)), (3, &[], builds(3))]);
    bed.execute(&["-j", "3"]).exits(0);
    let built = || ["a1", "a2", "a3"].map(|slot| caches(&bed, slot));
    assert_eq!(built(), [1, 1, 1]);
    let mine = bed.slots().join("a2/mine.txt");
    std::fs::write(&mine, "a person's\n").unwrap();
    bed.toml("[limits]\ndisk = \"8M\"\n");
    plan(&bed, &[(4, &[], "put 4.txt 4".to_owned())]);
    let output = bed.execute(&["-j", "1"]).exits(0);
    output.says(&["the worktrees take"]);
    let [(seq, what)] = &noticed(&bed)[..] else { panic!("{:?}", noticed(&bed)) };
    assert!(*seq < first_attempt(&bed), "it is said before");
    let words = ["`limits.disk` allows 8 MB: removing a", "which nobody uses and which can be made again"];
    assert!(words.iter().all(|it| what.contains(it)) && !what.contains("a2"), "{what}");
    assert_eq!(built().iter().sum::<usize>(), 2, "one of them was enough: {:?}", built());
    assert_eq!(std::fs::read_to_string(&mine).unwrap(), "a person's\n");
    // All of it is too much: what is edited stays nevertheless, and that is said.
    bed.toml("[limits]\ndisk = \"1M\"\n");
    plan(&bed, &[(5, &[], "put 5.txt 5".to_owned())]);
    bed.execute(&["-j", "1"]).exits(0);
    assert_eq!(caches(&bed, "a2"), 1);
    assert_eq!(built().iter().sum::<usize>(), 1, "{:?}", built());
    bed.assert_lossless();
    assert!(bed.git_says(&["fsck", "--no-dangling"]));
}

#[test]
fn while_a_run_goes_on_a_worktree_that_is_used_again_is_made_anew() {
    let bed = TestRepo::new();
    bed.toml("[limits]\ndisk = \"4M\"\n[worktree]\nsetup = \"mkdir -p ignored; echo made > ignored/setup\"\n");
    let checked = |n: usize, has: &str| format!("cat ignored/setup; {has}; {}", builds(n));
    plan(
        &bed,
        &[
            (1, &[], checked(1, "true")),
            (2, &["T1"], checked(2, "test -e ignored/1.cache")),
            (3, &["T2"], checked(3, "test ! -e ignored/1.cache; test ! -e ignored/2.cache")),
        ],
    );
    let output = bed.execute(&["-j", "1"]).exits(0);
    output.says(&["worktree `a1`: the worktrees take"]);
    for n in 1..=3 {
        assert_eq!(bed.landings().get(&format!("T{n}")), Some(&1), "{}", bed.standings());
    }
    let [(_, what)] = &noticed(&bed)[..] else { panic!("{:?}", noticed(&bed)) };
    assert!(what.ends_with("it is made anew, without what was built in it"), "{what}");
    bed.assert_lossless();
}

#[test]
fn without_a_limit_nothing_goes_and_a_wrong_one_is_refused() {
    let bed = TestRepo::new();
    plan(&bed, &[(1, &[], builds(1))]);
    bed.execute(&["-j", "1"]).exits(0);
    plan(&bed, &[(2, &[], "put 2.txt 2".to_owned())]);
    bed.execute(&["-j", "1"]).exits(0);
    assert_eq!((caches(&bed, "a1"), noticed(&bed)), (1, Vec::new()));
    bed.toml("[limits]\ndisk = \"much\"\n");
    bed.execute(&["--new"]).exits(2).says(&["disk"]);
}
