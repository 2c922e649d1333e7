//! The base is judged before money is spent: a required gate that fails there stops the start of tasks, until a person
//! agrees or a task has mended it. What changes are held to then.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::mending;
use crate::journal::{CheckState, Judgement, Question, RunState, Subject};
use crate::model::{BaseRed, GateDef, GateKind, GateName, KnownRed, Task, Verdict};
use crate::schedule::facts::{RunContext, View};

/// How long the first agents wait for what gates say of the base. A gate that takes longer runs beside them, and its answer
/// stops the next starts.
const PATIENCE: SignedDuration = SignedDuration::from_secs(3);

/// The base as a subject of checks.
pub fn subject(course: &RunContext) -> Subject {
    Subject::Base(course.info.base.clone())
}

/// Gates that judge the base: those that judge a tree alone. What no task of the plan touches is of no concern.
pub fn gates(course: &RunContext) -> impl Iterator<Item = &GateDef> {
    let options = &course.info.options;
    let asked = options.base_red != BaseRed::Off;
    options.gates.iter().filter(move |gate| asked && gate.kind == GateKind::Command && is_touched(course, gate))
}

/// Whether a task may touch what a gate is about: one that does not say which files it changes may touch everything.
fn is_touched(course: &RunContext, gate: &GateDef) -> bool {
    let globs: Vec<globset::GlobMatcher> =
        gate.paths.iter().filter_map(|glob| Some(globset::Glob::new(glob).ok()?.compile_matcher())).collect();
    let touches = |task: &Task| {
        task.files.is_empty()
            || task.files.iter().any(|file| globs.iter().any(|glob| glob.is_match(file.path.as_str())))
    };
    // A glob that cannot be read is told by the gate itself.
    globs.len() < gate.paths.len() || gate.paths.is_empty() || course.info.tasks.iter().any(touches)
}

fn judgement<'a>(course: &RunContext, state: &'a RunState, gate: &GateName) -> Option<&'a Judgement> {
    state.judgement(&subject(course), gate)
}

/// The required gates that fail on the base, with what they said.
pub fn red<'a>(course: &'a RunContext, state: &'a RunState) -> impl Iterator<Item = (&'a GateDef, &'a Judgement)> {
    let said = |gate: &'a GateDef| Some((gate, judgement(course, state, &gate.name)?));
    gates(course).filter(|gate| gate.required).filter_map(said).filter(|(_, said)| said.verdict == Verdict::Fail)
}

/// Whether somebody agreed to go on although this gate fails on the base.
pub fn is_agreed(course: &RunContext, state: &RunState, gate: &GateName) -> bool {
    let answered = state.approvals.values().filter(|it| it.answer == Some(true));
    let mut questions = answered.filter_map(|it| match &it.question {
        Question::BaseRed { gates } => Some(gates),
        _ => None,
    });
    course.info.options.base_red == BaseRed::Ok || questions.any(|gates| gates.contains(gate))
}

/// The gates because of which a task does not start: red on the base, agreed to by nobody, mended by nothing that has landed
/// beneath it, and not what the task itself is to mend.
pub fn against<'a>(course: &'a RunContext, state: &'a RunState, i: usize) -> Vec<&'a GateDef> {
    let tree = &state.head(course.info.layers[i]).tree;
    let is_mended = |gate: &GateDef| {
        let passed = |tree| state.passed.contains(&(gate.name.clone(), tree));
        *tree != state.root.tree && state.but_for_marks(tree).any(|tree| passed(tree.clone()))
    };
    red(course, state)
        .filter(|(gate, _)| !is_agreed(course, state, &gate.name) && !is_mended(gate))
        .filter(|(gate, said)| !mending::asks_for(&course.info.tasks[i], gate, said))
        .map(|(gate, _)| gate)
        .collect()
}

/// Whether nothing speaks against work but gates that fail on the base, which nobody agreed to yet: that is no finding
/// about the work.
pub fn is_to_blame(course: &RunContext, state: &RunState, i: usize, of: &Subject) -> bool {
    let against = against(course, state, i);
    let is_of_base = |gate: &GateDef| against.iter().any(|known| known.name == gate.name);
    let refuses = |gate: &&GateDef| state.judgement(of, &gate.name).is_some_and(|said| !said.is_let_through(gate));
    let refusing: Vec<&GateDef> = course.info.options.gates.iter().filter(refuses).collect();
    // A proof runs the very tests.
    refusing.iter().any(|gate| is_of_base(gate))
        && refusing.iter().all(|gate| is_of_base(gate) || gate.kind == GateKind::Tdd)
}

/// The required gates that fail on the base and that nobody agreed to, with what they said.
pub fn held<'a>(course: &'a RunContext, state: &'a RunState) -> Vec<(&'a GateDef, &'a Judgement)> {
    red(course, state).filter(|(gate, _)| !is_agreed(course, state, &gate.name)).collect()
}

/// Until when no agent starts, since the base is being judged; none when nothing is waited for.
pub fn held_until(view: &View<'_>) -> Option<Timestamp> {
    let (course, state) = (view.course, view.state);
    let of = |gate: &GateDef| state.check(&subject(course), &gate.name);
    let awaited = |gate: &&GateDef| gate.required && judgement(course, state, &gate.name).is_none();
    if course.info.options.base_red != BaseRed::Stop || !gates(course).any(|gate| awaited(&gate)) {
        return None;
    }
    let open = gates(course).filter_map(of).filter(|check| check.state == CheckState::Open);
    let since = open.map(|check| check.started).min().unwrap_or(state.started);
    Some(since + PATIENCE).filter(|until| view.now < *until)
}

/// Whether a gate waits with its word on work until it is known what fails on the base.
pub fn waits(course: &RunContext, state: &RunState, gate: &GateDef) -> bool {
    let open = |of: &GateDef| judgement(course, state, &of.name).is_none() && is_agreed(course, state, &of.name);
    match gate.kind {
        GateKind::Command => gates(course).any(|of| of.name == gate.name && open(of)),
        GateKind::Tdd => gates(course).any(open),
        _ => false,
    }
}

/// What fails on the base by a gate's own words, where somebody agreed to go on with that. A tdd gate runs the tests that
/// others run, so it knows what all of them found.
pub fn known_red(course: &RunContext, state: &RunState, of: &Subject, gate: &GateDef) -> Option<KnownRed> {
    if matches!(of, Subject::Base(_) | Subject::Commit(_)) {
        return None;
    }
    let task = if let Subject::Attempt(attempt) = of { state.index(&attempt.task) } else { None };
    let task = task.map(|i| &course.info.tasks[i]);
    let concerns = |of: &GateDef| match gate.kind {
        GateKind::Command => of.name == gate.name,
        GateKind::Tdd => true,
        _ => false,
    };
    let mut known: Option<BTreeSet<String>> = None;
    let agreed = red(course, state).filter(|(of, _)| concerns(of) && is_agreed(course, state, &of.name));
    for (of, said) in agreed {
        let names: BTreeSet<String> = said.measured.red.iter().map(|red| red.test.clone()).collect();
        let left = match task {
            Some(task) if mending::asks_for(task, of, said) => mending::left_by(task, &names),
            _ => Some(names),
        };
        known = left.into_iter().chain(known).reduce(|mut all, more| {
            all.extend(more);
            all
        });
    }
    match known {
        Some(names) if names.is_empty() && gate.kind == GateKind::Command => Some(KnownRed::Unlisted),
        Some(names) if names.is_empty() => None,
        names => names.map(KnownRed::Tests),
    }
}

/// What a person is asked about the base; none where nothing is held back by it.
pub fn question(course: &RunContext, state: &RunState, stopped: impl Iterator<Item = usize>) -> Option<Question> {
    let held: BTreeSet<&GateName> = stopped.flat_map(|i| against(course, state, i)).map(|gate| &gate.name).collect();
    let gates: Vec<GateName> = held.into_iter().cloned().collect();
    (!gates.is_empty()).then_some(Question::BaseRed { gates })
}
