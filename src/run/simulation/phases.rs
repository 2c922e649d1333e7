//! Tasks done in phases, with reviewing agents and pools, in simulated runs that are killed again and again.

use proptest::prelude::*;

use super::drive::{CAPACITY, simulate};
use super::plans::{random_plan, started};
use super::world::{Trouble, World};
use super::{folder, options};
use crate::journal::{Attempt, RunOutcome, Subject};
use crate::model::{GateKind, GateName, Reviewer, Role, RolePool, Tdd};
use crate::schedule::PHASES;

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every step settles and every run ends (`simulate` holds both); what landed went through all phases in their order,
    /// each begun where the one before it ended.
    #[test]
    fn what_lands_went_through_all_phases(seed in any::<u64>(), n in 1_usize..12, (troubled, proves, older, breathes) in any::<(bool, bool, bool, bool)>(), max in 1_u32..4) {
        let place = folder();
        let quiet = Trouble { kill_each_step: 4, ..Trouble::default() };
        let trouble = Trouble { agent_fails: 15, gate_fails: 15, conflicts: 10, unsolved: 40, requests: 5, ..quiet };
        let trouble = Trouble { rate_limits: 5, ..trouble };
        let mut world = World::new(seed, if troubled { trouble } else { quiet }, place.path().to_owned());
        let tasks = random_plan(&mut world.dice, n);
        let mut options = options(&["test", "review"]);
        options.tdd = Tdd::Staged;
        if proves {
            options.gates[0].kind = GateKind::Tdd;
        }
        options.gates[1].kind = GateKind::Review;
        options.gates[1].reviewer = Some(Reviewer { agent: "critic".into(), same_agent: false });
        for role in [Role::Code, Role::Review] {
            options.roles.insert(role, RolePool { agent: None, min: breathes.then_some(1), max: Some(max) });
        }
        let mut info = started(tasks, options);
        if older {
            info.format = 1;
        }
        let (state, _) = simulate(&mut world, info, CAPACITY);
        prop_assert!(troubled || state.finished.unwrap().1 == RunOutcome::Done);
        // What landed in this format and was begun in it has its tests proved, in a check of its own, but where a person
        // would not wait for it.
        if proves && !older && !troubled {
            let landed = state.info.tasks.iter().zip(&state.tasks).filter(|(_, facts)| facts.landed.is_some());
            for (task, _) in landed {
                let proof = |(subject, _): &(Subject, GateName)| matches!(subject, Subject::Phase(it) if it.task == task.id);
                prop_assert!(state.checks.keys().any(proof), "the tests of {} were never run alone", task.id);
            }
        }
        for task in state.tasks.iter().filter(|task| task.landed.is_some()) {
            // What was merged went through its phases before it clashed.
            let done = |it: &&Attempt| it.role != Role::Resolve && it.result().is_some();
            let last = task.attempts.iter().rfind(done).unwrap();
            let cycle: Vec<_> = task.attempts.iter().filter(done).filter(|it| it.base == last.base).collect();
            let first = |role: Role| cycle.iter().position(|it| it.role == role);
            let order: Vec<_> = PHASES.iter().map(|role| first(*role)).collect();
            let told = || {
                let one = |it: &Attempt| format!("{} {:?} on {} from {}, {:?}", it.n, it.role, it.base, it.start, it.ended);
                task.attempts.iter().map(one).collect::<Vec<_>>().join("\n")
            };
            prop_assert!(order.iter().all(Option::is_some) && order.is_sorted(), "{order:?}\n{}", told());
            for pair in cycle.windows(2) {
                prop_assert!(pair[0].refused.is_some() || pair[0].conflict.is_some() || Some(&pair[1].start) == pair[0].result());
            }
        }
    }
}
