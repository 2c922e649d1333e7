use std::path::PathBuf;

use super::facts::{HubFact, RefFact, RefKind, RunFact, RunStanding, SlotFact, SlotFacts};
use super::plan::{CleanPlan, plan};
use super::show;
use crate::git::Slot;
use crate::model::FarOptions;

const RUN: &str = "20261120-1812-k3";

fn one(name: &str, kind: RefKind, users: bool, landed: bool) -> RefFact {
    let name = name.replace("RUN", RUN);
    RefFact { name, tip: "1".repeat(40).parse().unwrap(), kind, users, landed, place: None }
}

fn run(standing: RunStanding, refs: Vec<RefFact>) -> SlotFacts {
    let folder = Some((PathBuf::from("/r/.git/orca/runs").join(RUN), 4096));
    SlotFacts { runs: vec![RunFact { run: RUN.parse().unwrap(), standing, folder, refs }], ..SlotFacts::default() }
}

fn slot(name: &str, taken: Option<&str>, loose: usize) -> SlotFact {
    let slot = Slot {
        name: name.to_owned(),
        path: PathBuf::from("/w").join(name),
        admin: PathBuf::from("/r/.git/worktrees").join(name),
    };
    SlotFact { slot, bytes: 10, taken: taken.map(str::to_owned), loose }
}

fn gone(plan: &CleanPlan) -> Vec<&str> {
    plan.runs.iter().flat_map(|run| &run.refs).map(|(name, _)| name.rsplit(RUN).next().unwrap_or_default()).collect()
}

/// One task landed, one wrote something that did not; `taken`: the result is in a branch of the user's.
fn mixed(taken: bool) -> Vec<RefFact> {
    vec![
        one("refs/heads/orca/RUN/integration", RefKind::View, taken, true),
        one("refs/heads/orca/RUN/task/A", RefKind::Task, taken, true),
        one("refs/heads/orca/RUN/task/B", RefKind::Task, false, false),
        one("refs/orca/runs/RUN/attempt/A/1", RefKind::Own, taken, true),
        one("refs/orca/runs/RUN/attempt/B/1", RefKind::Own, false, false),
        one("refs/orca/runs/RUN/candidate/1/1", RefKind::Candidate, false, false),
        one("refs/orca/runs/RUN/head/1", RefKind::Own, taken, true),
    ]
}

#[test]
fn work_that_did_not_land_stays_and_so_does_what_shows_it() {
    let plan = plan(&run(RunStanding::Over, mixed(true)), false);
    assert_eq!(gone(&plan), ["/integration", "/task/A", "/attempt/A/1", "/candidate/1/1", "/head/1"]);
    assert_eq!(plan.runs[0].folder, None, "the journal explains what stays");
    assert_eq!(plan.runs[0].unlanded, 0);
    assert!(plan.stays[0].why.contains("task/B") && plan.stays[0].why.contains("attempt/B/1"), "{:?}", plan.stays);
}

#[test]
fn a_result_that_nobody_took_stays() {
    let plan = plan(&run(RunStanding::Over, mixed(false)), false);
    assert_eq!(gone(&plan), ["/task/A"], "another name for what the run's refs keep");
    assert_eq!(plan.runs[0].folder, None);
    assert!(plan.stays[0].why.contains("not merged into any of your branches"), "{:?}", plan.stays);
}

#[test]
fn all_goes_when_all_is_the_users_or_is_allowed_to() {
    let landed: Vec<RefFact> = mixed(true).into_iter().filter(|one| one.landed).collect();
    let taken = plan(&run(RunStanding::Over, landed.clone()), false);
    assert_eq!((gone(&taken).len(), taken.runs[0].folder.is_some(), taken.stays.len()), (landed.len(), true, 0));
    let allowed = plan(&run(RunStanding::Over, mixed(false)), true);
    assert_eq!((gone(&allowed).len(), allowed.runs[0].folder.is_some()), (mixed(false).len(), true));
    assert_eq!(allowed.runs[0].unlanded, 2);
    let nothing = plan(&run(RunStanding::Over, Vec::new()), false);
    assert!(nothing.runs[0].folder.is_some(), "a run without refs left nothing behind");
}

#[test]
fn a_run_that_can_go_on_stays_whatever_is_allowed() {
    for standing in [RunStanding::Interrupted, RunStanding::Unreadable] {
        for unlanded in [false, true] {
            let plan = plan(&run(standing, mixed(true)), unlanded);
            assert!(plan.runs.is_empty() && plan.stays.len() == 1, "{standing:?} {unlanded}");
        }
    }
}

#[test]
fn worktrees_that_somebody_uses_stay_with_the_branches_they_have() {
    let table = [
        (slot("a1", None, 0), false, true),
        (slot("a1", Some("`x` in it was edited"), 0), true, false),
        (slot("a1", None, 2), false, false),
        (slot("a1", None, 2), true, true),
    ];
    for (fact, unlanded, goes) in table {
        let mut task = one("refs/heads/orca/RUN/task/A", RefKind::Task, true, true);
        task.place = Some(fact.slot.path.clone());
        let facts = SlotFacts { slots: vec![fact.clone()], ..run(RunStanding::Over, vec![task]) };
        let plan = plan(&facts, unlanded);
        assert_eq!((plan.slots.len() == 1, gone(&plan).len() == 1), (goes, goes), "{fact:?} {unlanded}");
    }
}

#[test]
fn the_plan_is_said_and_told_to_programs() {
    let facts = SlotFacts {
        slots: vec![slot("a1", None, 0), slot("a2", Some("`x` in it was edited"), 0)],
        ..run(RunStanding::Over, mixed(false))
    };
    let plan = plan(&facts, false);
    let expected = "\
worktree   /w/a1  10 bytes
branch     orca/20261120-1812-k3/task/A
kept       /w/a2: `x` in it was edited
           git worktree remove -f -f /w/a2
kept       run 20261120-1812-k3: its result is not merged into any of your branches
           git orca take 20261120-1812-k3
kept       run 20261120-1812-k3: work in 2 refs did not land: refs/heads/orca/20261120-1812-k3/task/B refs/orca/runs/20261120-1812-k3/attempt/B/1
           git orca salvage, or to drop it: git orca clean -f --unlanded
nothing was removed; to remove all of this (10 bytes): git orca clean -f";
    assert_eq!(show::text(&plan, &[], Some("git orca clean -f")), expected);
    let json: serde_json::Value = serde_json::from_str(&show::json(&plan, &[], true)).unwrap();
    assert_eq!(
        (&json["removed"], &json["go"][0]["kind"], json["stays"].as_array().unwrap().len()),
        (&true.into(), &"worktree".into(), 3)
    );
    assert_eq!(show::text(&CleanPlan::default(), &[], None), "nothing to remove");
}

#[test]
fn a_hub_that_was_made_goes_unless_a_run_can_go_on_over_it() {
    let far = FarOptions { hub: "ssh://box1/state/hubs/x.git".into(), own_hub: true, ..FarOptions::default() };
    let facts = |needed_by: Option<&str>| SlotFacts {
        hubs: vec![HubFact { far: far.clone(), needed_by: needed_by.map(|run| run.parse().unwrap()) }],
        ..SlotFacts::default()
    };
    let free = plan(&facts(None), false);
    assert_eq!((free.hubs.len(), free.stays.len(), free.is_empty()), (1, 0, false));
    assert!(show::text(&free, &[], Some("git orca clean -f")).contains("hub        ssh://box1/state/hubs/x.git"));
    let needed = plan(&facts(Some(RUN)), false);
    assert_eq!((needed.hubs.len(), needed.is_empty()), (0, true));
    assert!(needed.stays[0].typed.contains("git orca resume"), "{:?}", needed.stays);
}
