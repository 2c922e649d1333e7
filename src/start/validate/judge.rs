//! Judging what was named, and nothing else: no run is begun.

use std::collections::BTreeMap;

use jiff::Zoned;

use super::super::agreed_to;
use super::super::consent::consent;
use super::super::front::Front;
use super::super::here::{Here, Refusal};
use super::super::prepare;
use super::super::roles;
use super::wanted;
use super::wish::ValidateWish;
use crate::agent;
use crate::gate::Stage;
use crate::git::CommitFiles;
use crate::journal::Subject;
use crate::model::{Error, ErrorKind, Files, GateDef, GateKind, GatePhase, Oid, Result, RunOptions};
use crate::project::{self, Detected};
use crate::report::validation::Validation;
use crate::run::{self, Copies, ValidateInputs, Wanted, patterns};
use crate::settings::trust::{self, Item};
use crate::settings::{Flags, Settings, nearest};

/// Judges everything that is wished for.
///
/// # Errors
/// There is no such thing to judge, the repository's commands are not trusted, or git refuses.
pub fn judge_all(here: &Here, front: &dyn Front, wish: &ValidateWish) -> Result<Vec<Validation>, Refusal> {
    let settings = here.settings(&Flags::default())?;
    let wanted = wanted::all(here, wish)?;
    if wish.what.is_empty() {
        tell_uncommitted(here, front);
    }
    let mut found = Vec::new();
    for one in wanted {
        let gates = gates(here, front, (&settings, wish), &one, &found)?;
        found.push(Validation { gates, wanted: one });
    }
    Ok(found)
}

/// Judges what `word` names by all gates that concern it, and leaves the evidence. `allowed` says that a person agreed to
/// the texts of these gates already.
///
/// # Errors
/// As [`judge_all`].
pub fn judge(here: &Here, front: &dyn Front, settings: &Settings, word: &str, allowed: bool) -> Result<()> {
    let wish = ValidateWish { what: vec![word.to_owned()], yes: allowed, ..ValidateWish::default() };
    for one in wanted::all(here, &wish)? {
        gates(here, front, (settings, &wish), &one, &[])?;
    }
    Ok(())
}

fn tell_uncommitted(here: &Here, front: &dyn Front) {
    match here.repo.uncommitted().map_or(0, |files| files.len()) {
        0 => {}
        1 => front.tell("1 uncommitted file is not judged"),
        n => front.tell(&format!("{n} uncommitted files are not judged")),
    }
}

/// What the gates that concern a commit say of it. What was agreed to for an earlier one holds for the next.
fn gates(
    here: &Here,
    front: &dyn Front,
    (settings, wish): (&Settings, &ValidateWish),
    wanted: &Wanted,
    earlier: &[Validation],
) -> Result<Vec<run::Validated>> {
    let JudgingGround { settings, detected, mut options, include, items } =
        ground(here, settings, (&wanted.base, &wanted.commit))?;
    // A reviewing agent that is not here is what its gate says, not the end of all others.
    roles::reviewers(&settings, &mut options, |name, options| {
        let def = agent::defined(name, options.agents.get(name));
        options.agents.insert(name.to_owned(), def);
        Ok(())
    })?;
    consent(here, front, (), &items, wish.yes).map_err(|error| trusted_by(error, wish))?;
    if earlier.is_empty() {
        let left_out = detected.left_out.iter().map(|out| format!("not checked: {} ({})", out.what, out.how));
        left_out.for_each(|line| front.tell(&line));
    }
    choose(&mut options, wish, wanted)?;
    let inputs = inputs(here, &settings, options, include.as_deref())?;
    asked(here, ValidateInputs { cache: !wish.no_cache, evidence: wish.gates.is_empty(), ..inputs }, wanted)
}

/// The refusal of an untrusted command, with what allows it here.
fn trusted_by(mut error: Error, wish: &ValidateWish) -> Error {
    if error.kind == ErrorKind::Untrusted {
        error.hints.retain(|hint| !hint.starts_with("git orca execute"));
        let what = wish.what.iter().map(|word| format!(" {word}")).collect::<String>();
        let gates = wish.gates.iter().map(|gate| format!(" --gate {gate}")).collect::<String>();
        error.hints.push(format!("git orca validate{what}{gates} --yes   trusts it this once"));
    }
    error
}

/// What gates need to judge a commit.
struct JudgingGround {
    settings: Settings,
    detected: Detected,
    options: RunOptions,
    /// `.worktreeinclude`.
    include: Option<String>,
    /// What runs for it.
    items: Vec<Item>,
}

/// The gates are those that the judged commit has, and those that fit its base and that it made away with.
fn ground(here: &Here, settings: &Settings, (base, commit): (&Oid, &Oid)) -> Result<JudgingGround> {
    let files = CommitFiles::new(&here.repo, commit)?;
    let (mut settings, mut before) = (settings.clone(), settings.clone());
    let mut detected = prepare::detect(here, &mut settings, &project::read(&files)?);
    if base != commit {
        let on_base = prepare::detect(here, &mut before, &project::read(&CommitFiles::new(&here.repo, base)?)?);
        let gone = on_base.gates.into_iter().filter(|gate| detected.gates.iter().all(|known| known.name != gate.name));
        let gone: Vec<_> = gone.collect();
        detected.gates.extend(gone);
    }
    let options = settings.options(1, None, &detected.gates);
    let include = files.read(".worktreeinclude").ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let items = prepare::items(&options, &detected.gates, "", &[], include.as_deref(), &BTreeMap::new());
    Ok(JudgingGround { settings, detected, options, include, items })
}

fn inputs(here: &Here, settings: &Settings, mut options: RunOptions, include: Option<&str>) -> Result<ValidateInputs> {
    options.sandbox = prepare::fence(here, settings)?;
    let mut copy = include.map(patterns).unwrap_or_default();
    copy.extend(options.worktree.copy.iter().cloned());
    Ok(ValidateInputs {
        repo: here.repo.clone(),
        store: here.store.clone(),
        slots: here.slots(settings)?.0,
        copies: Copies::find(here.repo.work_tree(), &copy, || crate::git::ignored_files(&here.repo))?,
        options,
        cache: true,
        evidence: false,
    })
}

fn asked(here: &Here, inputs: ValidateInputs, wanted: &Wanted) -> Result<Vec<run::Validated>> {
    if inputs.options.gates.is_empty() {
        return Ok(Vec::new());
    }
    run::validate(inputs, run::fresh_run_id(&here.store, &Zoned::now())?, wanted)
}

/// What gates say of `HEAD` before anything is changed, as `execute` asks them; none where nobody has agreed to what they
/// run.
///
/// # Errors
/// The commit cannot be read, or git refuses.
pub fn on_base(here: &Here, settings: &Settings) -> Result<Option<Vec<run::Validated>>> {
    let commit = here.repo.head()?.commit;
    let JudgingGround { settings, mut options, include, items, .. } = ground(here, settings, (&commit, &commit))?;
    let agreed = match agreed_to::records(here) {
        Ok((_, records)) => trust::compare(&items, &records).settled(),
        Err(_) => items.is_empty(),
    };
    if !agreed {
        return Ok(None);
    }
    options.gates.retain(|gate| gate.kind == GateKind::Command);
    let wanted = Wanted {
        base: commit.clone(),
        subject: Subject::Base(commit.clone()),
        stage: Stage::Task,
        words: "your base".to_owned(),
        task: None,
        is_last: false,
        commit,
    };
    asked(here, inputs(here, &settings, options, include.as_deref())?, &wanted).map(Some)
}

/// Leaves the gates that judge this kind of commit, of those that were named.
fn choose(options: &mut RunOptions, wish: &ValidateWish, wanted: &Wanted) -> Result<()> {
    for name in &wish.gates {
        let names = || options.gates.iter().map(|gate| gate.name.as_str());
        if !names().any(|known| known == name) {
            let error = Error::new(ErrorKind::Usage, "choosing gates", format!("there is no gate `{name}`"));
            return Err(match nearest(name, names()) {
                Some(near) => error.hint(format!("did you mean {near}?")),
                None => error.hint("git orca config   shows them"),
            });
        }
    }
    let named = |gate: &GateDef| wish.gates.iter().any(|name| gate.name.as_str() == name);
    let concerned = |gate: &GateDef| wanted.stage.concerns(gate) || wanted.is_last && gate.on == GatePhase::Final;
    options.gates.retain(|gate| if wish.gates.is_empty() { concerned(gate) } else { named(gate) });
    Ok(())
}
