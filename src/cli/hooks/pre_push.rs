//! `pre-push`: a branch of git orca leaves only with evidence that every required gate let its tip through.

use std::io::Read;

use jiff::Timestamp;

use super::super::lonely::lonely_pointers;
use super::super::terminal::TerminalFront;
use crate::gate::{Attestation, Lack, Seal};
use crate::git::NOTES;
use crate::journal::{RunState, SkipRecord};
use crate::model::{Error, ErrorKind, GateDef, Oid, Result};
use crate::report;
use crate::run;
use crate::settings::{Flags, Settings};
use crate::start::consent::was_begun;
use crate::start::here::{Here, Refusal};
use crate::start::validate;

/// Exit code of a refusal: gates refuse it (DESIGN 3).
const REFUSED: u8 = 5;
/// Lets a push through, and is recorded.
const SKIP: &str = "ORCA_SKIP";
/// Where orca's branches lie.
const OURS: &str = "refs/heads/orca/";

/// One ref that is being pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pushed {
    local: String,
    commit: Oid,
    remote: String,
}

/// Looks at what git is about to push, from standard input as git gives it.
///
/// # Errors
/// The repository or its settings cannot be read: then nothing leaves either.
pub fn main(remote: &str) -> Result<u8, Refusal> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|e| Error::failed("reading what is pushed", e))?;
    let pushed = ours(&text);
    let here = match Here::find() {
        Ok(here) => here,
        // What is the user's own leaves in any case.
        Err(_) if pushed.is_empty() => return Ok(0),
        Err(error) => return Err(error.into()),
    };
    say_lonely_pointers(&here, &text);
    if pushed.is_empty() {
        return Ok(0);
    }
    let settings = here.settings(&Flags::default())?;
    let seal = run::lasting_seal(&here.env, here.repo.common_dir())?;
    let skipped = here.env.get(SKIP).is_some_and(|value| value == "1");
    let mut refused = Vec::new();
    for push in &pushed {
        let lacks = lacks(&here, push, &settings, &seal, !skipped)?;
        if !lacks.is_empty() {
            refused.push((push, lacks));
        }
    }
    if refused.is_empty() {
        return Ok(0);
    }
    if skipped {
        record(&here, remote, &refused)?;
        return Ok(0);
    }
    for (push, lacks) in &refused {
        report::refuse_error(&refusal(push, remote, lacks));
    }
    Ok(REFUSED)
}

/// The pushes of branches that git orca made, or onto its names. Taking a branch away is always allowed.
fn ours(text: &str) -> Vec<Pushed> {
    let own = |push: &Pushed| push.local.starts_with(OURS) || push.remote.starts_with(OURS);
    all(text).into_iter().filter(own).collect()
}

/// Everything that is pushed, as git gives it; what is taken away is not.
fn all(text: &str) -> Vec<Pushed> {
    let push = |line: &str| {
        let mut words = line.split(' ');
        let (local, oid, remote) = (words.next()?, words.next()?, words.next()?);
        let deleted = oid.bytes().all(|byte| byte == b'0');
        let push = Pushed { local: local.to_owned(), commit: oid.parse().ok()?, remote: remote.to_owned() };
        (!deleted).then_some(push)
    };
    text.lines().filter_map(push).collect()
}

/// Names commits of submodules that leave with what is pushed and that nobody else could get: of the run whose branch it is,
/// else of the latest one, whose result the user may have taken. It stops nothing.
fn say_lonely_pointers(here: &Here, text: &str) {
    for push in all(text) {
        let state = run_of(here, &push).map(|(state, _)| state).or_else(|| here.run(None).ok().map(|(_, state)| state));
        for pointer in state.iter().flat_map(|state| lonely_pointers(here, state, &push.commit)) {
            report::say(&format!("git orca: {}: {}", short(&push.local), pointer.in_words()));
        }
    }
}

/// What keeps a branch inside. Its note is asked first, if it has our seal; while a run lasts, or after a crash, its journal
/// knows more. Where neither can be believed, since attempts without a fence can write both, the gates are asked again.
fn lacks(
    here: &Here,
    push: &Pushed,
    settings: &Settings,
    seal: &Seal,
    ask: bool,
) -> std::result::Result<Vec<Lack>, Refusal> {
    let tree = here.repo.tree_of(&push.commit)?;
    let note = here.repo.note(NOTES, &push.commit)?;
    let sealed = |text: &String| Attestation::from_sealed_note(text, seal);
    let run = run_of(here, push);
    let mut found = note.as_ref().and_then(sealed);
    if found.is_none() {
        let fenced = run.as_ref().filter(|(state, _)| state.info.options.sandbox.is_on());
        found = fenced.and_then(|(state, _)| run::attestation(state, &push.commit));
    }
    // A commit that nobody ever judged has no evidence to doubt.
    let judged = || run.as_ref().is_some_and(|(state, _)| run::attestation(state, &push.commit).is_some());
    if found.is_none() && ask && (note.is_some() || judged()) && !run::is_inside(here.repo.common_dir()) {
        report::say(&format!(
            "git orca: the evidence on {} proves nothing (its attempts ran without a fence); running the gates again",
            short(&push.local)
        ));
        let allowed = run.as_ref().is_some_and(|(state, begun)| *begun && same_commands(state, settings));
        validate::judge(here, &TerminalFront, settings, push.commit_name(), allowed)?;
        found = here.repo.note(NOTES, &push.commit)?.as_ref().and_then(sealed);
    }
    let Some(found) = found else { return Ok(vec![Lack::None]) };
    let lacks = found.lacks((&push.commit, &tree), &settings.gates);
    if lacks.is_empty() && found.gates.is_empty() {
        report::say(&format!("git orca: no gate is defined, so nothing was checked on {}", short(&push.local)));
    }
    Ok(lacks)
}

/// The run that made a branch, and whether a person began it here with `--yes`.
fn run_of(here: &Here, push: &Pushed) -> Option<(RunState, bool)> {
    let run = push.local.strip_prefix(OURS).or_else(|| push.remote.strip_prefix(OURS))?.split('/').next()?;
    let (paths, state) = here.run(Some(run)).ok()?;
    Some((state, was_begun(here, &paths.run)))
}

/// Whether the gates and the setup are those that the run was allowed: then nobody needs to be asked about them again.
fn same_commands(state: &RunState, settings: &Settings) -> bool {
    let (then, now) = (&state.info.options, settings);
    let asked = |gates: &[GateDef]| gates.iter().map(|gate| (gate.name.clone(), gate.run.clone())).collect::<Vec<_>>();
    let then_asked = asked(&then.gates);
    asked(&now.gates).iter().all(|gate| then_asked.contains(gate)) && then.worktree.setup == now.worktree.setup
}

impl Pushed {
    /// How it is named to be judged: a run's branch is known, anything else is a commit.
    fn commit_name(&self) -> &str {
        if self.local.starts_with(OURS) { &self.local } else { self.commit.as_str() }
    }
}

fn short(name: &str) -> &str {
    name.trim_start_matches("refs/heads/")
}

fn refusal(push: &Pushed, remote: &str, lacks: &[Lack]) -> Error {
    let branch = short(&push.local);
    let said: Vec<String> = lacks.iter().map(words).collect();
    let name = if push.local.starts_with("refs/heads/") { branch.to_owned() } else { push.commit.to_string() };
    Error::new(ErrorKind::Failed, format!("pushing `{branch}` to `{remote}`"), said.join("; "))
        .hint(format!("git orca validate {name}"))
        .hint("ORCA_SKIP=1 git push …   pushes it anyway, and records that")
}

fn words(lack: &Lack) -> String {
    match lack {
        Lack::None => "there is no evidence that its tip was checked".to_owned(),
        Lack::OtherTree => "the evidence on its tip is about another tree".to_owned(),
        Lack::Gate(gate, word, reason) if reason.is_empty() => format!("gate `{gate}`: {word}"),
        Lack::Gate(gate, word, reason) => format!("gate `{gate}`: {word} ({reason})"),
        Lack::Redefined(gate) => format!("gate `{gate}` has changed since it was checked"),
        Lack::New(gate) => format!("gate `{gate}` was added after it was checked"),
    }
}

fn record(here: &Here, remote: &str, refused: &[(&Pushed, Vec<Lack>)]) -> Result<()> {
    for (push, lacks) in refused {
        let skip = SkipRecord {
            at: Timestamp::now(),
            remote: remote.to_owned(),
            local: push.local.clone(),
            onto: push.remote.clone(),
            commit: push.commit.clone(),
            lacks: lacks.iter().map(words).collect(),
        };
        here.store.record_skip(&skip)?;
        report::say(&format!(
            "git orca: {SKIP}=1: `{}` leaves unchecked; recorded in {}",
            short(&push.local),
            here.store.skips().display()
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_branches_are_looked_at_and_deleting_is_free() {
        let (a, zero) = ("a".repeat(40), "0".repeat(40));
        let text = format!(
            "refs/heads/main {a} refs/heads/main {zero}\n\
             refs/heads/orca/r/layer/1 {a} refs/heads/orca/r/layer/1 {zero}\n\
             (delete) {zero} refs/heads/orca/r/layer/2 {a}\n\
             refs/tags/v1 {a} refs/tags/v1 {zero}\n\
             HEAD {a} refs/heads/orca/r/integration {zero}\n\
             refs/heads/orca/r/integration {a} refs/heads/release {zero}\n\n"
        );
        let names: Vec<String> = ours(&text).into_iter().map(|push| push.local).collect();
        assert_eq!(names, ["refs/heads/orca/r/layer/1", "HEAD", "refs/heads/orca/r/integration"]);
        assert!(ours("").is_empty() && ours("nonsense\n").is_empty());
    }
}
