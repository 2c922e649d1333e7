//! The command.

use std::collections::BTreeMap;

use jiff::Zoned;

use super::super::args::{ValidateArgs, ValidateForm};
use super::super::consent::{self, consent};
use super::super::here::{Here, Refusal};
use super::super::prepare;
use super::super::roles;
use super::wanted;
use crate::agent;
use crate::gate::Stage;
use crate::git::CommitFiles;
use crate::journal::Subject;
use crate::model::{Error, ErrorKind, Files, GateDef, GateKind, GatePhase, Oid, Result, RunOptions};
use crate::project::{self, Detected};
use crate::report;
use crate::report::print::out;
use crate::report::validation::{Validation, human, json, junit, sarif};
use crate::run::{self, Copies, ValidateInputs, Wanted, patterns};
use crate::settings::trust::{self, Item};
use crate::settings::{Flags, Settings, nearest};

/// Exit code when a required gate refuses something (DESIGN 3).
const REFUSED: u8 = 5;

/// Runs it.
///
/// # Errors
/// There is no such thing to judge, the repository's commands are not trusted, or git refuses.
pub fn main(args: &ValidateArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let settings = here.settings(&Flags::default())?;
    let wanted = wanted::all(&here, args)?;
    if args.what.is_empty() {
        say_uncommitted(&here);
    }
    let mut found = Vec::new();
    for one in wanted {
        let gates = gates(&here, &settings, args, &one, &found)?;
        found.push(Validation { gates, wanted: one });
    }
    report::answer(&match args.form() {
        ValidateForm::Human => human(&found, out::width()),
        ValidateForm::Json => json(&found),
        ValidateForm::Junit => junit(&found),
        ValidateForm::Sarif => sarif(&found),
    });
    Ok(if found.iter().all(Validation::passes) { 0 } else { REFUSED })
}

/// Judges what `word` names by all gates that concern it, and leaves the evidence. `allowed` says that a person agreed to
/// the texts of these gates already.
///
/// # Errors
/// As [`main`].
pub fn judge(here: &Here, settings: &Settings, word: &str, allowed: bool) -> Result<(), Refusal> {
    let args = ValidateArgs { what: vec![word.to_owned()], yes: allowed, ..ValidateArgs::default() };
    for one in wanted::all(here, &args)? {
        gates(here, settings, &args, &one, &[])?;
    }
    Ok(())
}

fn say_uncommitted(here: &Here) {
    match here.repo.uncommitted().map_or(0, |files| files.len()) {
        0 => {}
        1 => report::say("1 uncommitted file is not judged"),
        n => report::say(&format!("{n} uncommitted files are not judged")),
    }
}

/// What the gates that concern a commit say of it. What was agreed to for an earlier one holds for the next.
fn gates(
    here: &Here,
    settings: &Settings,
    args: &ValidateArgs,
    wanted: &Wanted,
    earlier: &[Validation],
) -> Result<Vec<run::Validated>> {
    let JudgingGround { settings, detected, mut options, include, items } = ground(here, settings, &wanted.commit)?;
    // A reviewing agent that is not here is what its gate says, not the end of all others.
    roles::reviewers(&settings, &mut options, |name, options| {
        let def = agent::defined(name, options.agents.get(name));
        options.agents.insert(name.to_owned(), def);
        Ok(())
    })?;
    consent(here, (), &items, args.yes)?;
    if earlier.is_empty() {
        let left_out = detected.left_out.iter().map(|out| format!("not checked: {} ({})", out.what, out.how));
        left_out.for_each(|line| report::say(&line));
    }
    choose(&mut options, args, wanted)?;
    let inputs = inputs(here, &settings, options, include.as_deref())?;
    asked(here, ValidateInputs { cache: !args.no_cache, evidence: args.gates.is_empty(), ..inputs }, wanted)
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

fn ground(here: &Here, settings: &Settings, commit: &Oid) -> Result<JudgingGround> {
    let files = CommitFiles::new(&here.repo, commit)?;
    let mut settings = settings.clone();
    let detected = prepare::detect(here, &mut settings, &project::read(&files)?);
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
    let JudgingGround { settings, mut options, include, items, .. } = ground(here, settings, &commit)?;
    let agreed = match consent::records(here) {
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
fn choose(options: &mut RunOptions, args: &ValidateArgs, wanted: &Wanted) -> Result<()> {
    for name in &args.gates {
        let names = || options.gates.iter().map(|gate| gate.name.as_str());
        if !names().any(|known| known == name) {
            let error = Error::new(ErrorKind::Usage, "choosing gates", format!("there is no gate `{name}`"));
            return Err(match nearest(name, names()) {
                Some(near) => error.hint(format!("did you mean {near}?")),
                None => error.hint("git orca config   shows them"),
            });
        }
    }
    let named = |gate: &GateDef| args.gates.iter().any(|name| gate.name.as_str() == name);
    let concerned = |gate: &GateDef| wanted.stage.concerns(gate) || wanted.is_last && gate.on == GatePhase::Final;
    options.gates.retain(|gate| if args.gates.is_empty() { concerned(gate) } else { named(gate) });
    Ok(())
}
