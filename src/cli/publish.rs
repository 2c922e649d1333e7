//! `git orca publish [RUN]`: the pull requests, alone.

use std::collections::BTreeMap;

use jiff::{Timestamp, Zoned};

use super::args::{FormatArgs, PublishArgs};
use super::terminal::TerminalFront;
use crate::gate::Stage;
use crate::journal::{Entry, Event, Journal, RunOutcome, RunPaths, RunState, Subject};
use crate::model::{Error, ErrorKind, GatePhase, Oid, Result};
use crate::publish::{
    Audience, GitHub, Held, OnWait, PageVerdict, PublishJob, PublishLog, PublishStep, Published, PullRequest,
    PullStyle, RepositoryAddress, Token, layer_pages, merge_stack, owner_of, preview, publish, write_series,
};
use crate::report;
use crate::report::machine::publish_json::publish_json;
use crate::report::screens::publishing;
use crate::report::words::publish_lines::publish_step;
use crate::run::{self, Copies, ValidateInputs, Wanted};
use crate::settings::{Flags, Settings};
use crate::start::consent::consent;
use crate::start::here::{Here, Refusal, busy};
use crate::start::prepare;

/// Exit code when something could not be published (DESIGN 3).
const LEFT: u8 = 7;

/// Where pull request templates lie, in the order in which GitHub looks.
const TEMPLATES: [&str; 6] = [
    ".github/pull_request_template.md",
    ".github/PULL_REQUEST_TEMPLATE.md",
    "pull_request_template.md",
    "PULL_REQUEST_TEMPLATE.md",
    "docs/pull_request_template.md",
    "docs/PULL_REQUEST_TEMPLATE.md",
];

/// Runs it.
///
/// # Errors
/// There is no such run, or remote or server refuse.
pub fn main(args: &PublishArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let (paths, state) = here.run(args.run.as_deref())?;
    if let Some(folder) = &args.patch {
        let written = write_series(&here.repo, &state, &layer_pages(&state, Timestamp::now()), &here.cwd.join(folder))?;
        report::answer(&publishing::written_series(&written));
        return Ok(0);
    }
    let settings = here.settings(&Flags::default())?;
    let json = args.format.is_json();
    let judge = |commit: &Oid, base: &Oid| judged(&here, &settings, &state, (commit, base), args.yes);
    let job = PublishJob {
        repo: &here.repo,
        remote: settings.publish_remote.clone(),
        onto: onto(args, &settings, &state)?,
        style: style(&here, &settings, &state)?,
        judge: &judge,
    };
    let forge = forge(&here, &settings, json)?;
    if args.dry_run {
        let (stack, steps) = preview(&job, &forge, &state)?;
        report::answer(&match json {
            true => publish_json(paths.run.as_str(), &stack, &steps, 0),
            false => publishing::would_publish(&stack, &steps),
        });
        return Ok(0);
    }
    let Some(lock) = here.lock()? else { return Err(busy(&format!("run {}", paths.run)).into()) };
    let (journal, entries) = Journal::reopen(&paths.journal(), &lock)?;
    let mut log = Log { journal, state: RunState::replay(&entries)?, quiet: json };
    let mut done = publish(&job, &forge, &mut log)?;
    if let Some(upto) = args.merge {
        let upto = Some(upto).filter(|number| *number != 0);
        done = merge_stack(&job, &forge, &mut log, done, upto, &|line| report::say(line))?;
    }
    answer(&paths, &done, json);
    let stuck = done.held().any(|(_, held)| *held != Held::Closed);
    Ok(if stuck { LEFT } else { 0 })
}

/// Whether the server can be spoken to, asked before a run that is to be published is paid for.
///
/// # Errors
/// Remote, repository or token are missing.
pub fn can_publish(here: &Here, settings: &Settings) -> Result<()> {
    forge(here, settings, true).map(drop)
}

/// Publishes what a run has landed that ended with `code`: the pull requests of `execute --pr`. The exit code is the run's
/// where that is not good.
///
/// # Errors
/// As [`main`].
pub fn publish_ended(here: &Here, run: &str, yes: bool, format: FormatArgs, code: u8) -> Result<u8, Refusal> {
    let (_, state) = here.run(Some(run))?;
    let is_over = matches!(state.finished, Some((_, RunOutcome::Done | RunOutcome::Incomplete { .. })));
    if !is_over || state.heads.is_empty() {
        let why = if is_over { "nothing has landed" } else { "the run is not over" };
        report::say(&format!("no pull request was opened: {why}; later: git orca publish {run}"));
        return Ok(code);
    }
    let args =
        PublishArgs { run: Some(run.to_owned()), dry_run: false, patch: None, onto: None, merge: None, yes, format };
    let published = main(&args)?;
    Ok(if code == 0 { published } else { code })
}

fn answer(paths: &RunPaths, done: &Published, json: bool) {
    report::answer(&match json {
        true => publish_json(paths.run.as_str(), &done.stack, &[], done.writes),
        false => publishing::published(done),
    });
}

/// The journal of a run that nobody drives.
struct Log {
    journal: Journal,
    state: RunState,
    quiet: bool,
}

impl PublishLog for Log {
    fn state(&self) -> &RunState {
        &self.state
    }

    fn record(&mut self, event: Event) -> Result<()> {
        let entry = Entry { seq: self.journal.seq() + 1, at: Timestamp::now().max(self.state.at), event };
        self.journal.append(std::slice::from_ref(&entry))?;
        self.state.apply(&entry);
        Ok(())
    }

    fn tell(&mut self, step: &PublishStep, done: Option<&PullRequest>) {
        if !self.quiet {
            report::say(&publish_step(step, done));
        }
    }
}

/// The server, spoken to with the user's token.
fn forge(here: &Here, settings: &Settings, quiet: bool) -> Result<GitHub> {
    let url = here.repo.push_address(&settings.publish_remote)?;
    let address = RepositoryAddress::find(&url, settings.github_repo.as_deref(), settings.github_api.as_deref())?;
    let token = Token::find(&here.env, &address.host, settings.github_api.is_some())?;
    let host = address.host.clone();
    let on_wait: OnWait = Box::new(move |wait, why| {
        if !quiet {
            report::say(&format!("{host}: {why}; trying again in {} s", wait.as_secs_f64().ceil()));
        }
    });
    let head_owner = owner_of(&url).unwrap_or_else(|| address.owner.clone());
    GitHub::new(address, head_owner, &token, None, on_wait)
}

/// The branch that the lowest layer is to be merged into.
fn onto(args: &PublishArgs, settings: &Settings, state: &RunState) -> Result<String> {
    let named = args.onto.clone().or_else(|| settings.publish_onto.clone());
    let name = named.unwrap_or_else(|| state.info.base_name.clone());
    let name = name.trim_start_matches("refs/heads/").trim_start_matches("refs/remotes/");
    let name = name.strip_prefix(&format!("{}/", settings.publish_remote)).unwrap_or(name);
    let is_branch =
        name != "HEAD" && name.parse::<Oid>().is_err() && !name.contains(['~', '^', ':', ' ']) && !name.is_empty();
    if is_branch {
        return Ok(name.to_owned());
    }
    let cause = format!(
        "the run began at `{}`, which is not a branch that a pull request can be merged into",
        state.info.base_name
    );
    Err(Error::new(ErrorKind::Usage, "publishing", cause).hint("git orca publish --onto BRANCH"))
}

fn style(here: &Here, settings: &Settings, state: &RunState) -> Result<PullStyle> {
    let tree = &state.root.tree;
    let text = |path: &&str| here.repo.file_in_tree(tree, path).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    Ok(PullStyle {
        draft: settings.publish_draft,
        audience: Audience {
            labels: settings.publish_labels.clone(),
            reviewers: settings.publish_reviewers.clone(),
            assignees: settings.publish_assignees.clone(),
            milestone: settings.publish_milestone.clone(),
        },
        template: TEMPLATES.iter().find_map(text),
    })
}

/// Runs the run's own gates on a commit that it did not make.
fn judged(
    here: &Here,
    settings: &Settings,
    state: &RunState,
    (commit, base): (&Oid, &Oid),
    yes: bool,
) -> Result<Vec<PageVerdict>> {
    let mut options = state.info.options.clone();
    options.gates.retain(|gate| matches!(gate.on, GatePhase::Merged | GatePhase::Both));
    if options.gates.is_empty() {
        return Ok(Vec::new());
    }
    let items = prepare::items(&options, &options.gates, "", &[], None, &BTreeMap::new());
    consent(here, &TerminalFront, (), &items, yes)?;
    let inputs = ValidateInputs {
        repo: here.repo.clone(),
        store: here.store.clone(),
        slots: here.slots(settings)?.0,
        copies: Copies::find(here.repo.work_tree(), &options.worktree.copy, || crate::git::ignored_files(&here.repo))?,
        options,
        cache: true,
        evidence: true,
    };
    let wanted = Wanted {
        commit: commit.clone(),
        base: base.clone(),
        subject: Subject::Commit(commit.clone()),
        stage: Stage::Merged,
        words: format!("a head that followed the server, {}", commit.short()),
        task: None,
        is_last: false,
    };
    let found = run::validate(inputs, run::fresh_run_id(&here.store, &Zoned::now())?, &wanted)?;
    let one = |found: run::Validated| PageVerdict {
        gate: found.gate.name.clone(),
        required: found.gate.required,
        verdict: Some(found.judged.verdict),
        reason: found.judged.reason,
    };
    Ok(found.into_iter().map(one).collect())
}
