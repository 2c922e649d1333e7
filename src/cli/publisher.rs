//! Publishing a run from here: with the user's settings and token, the run's journal and gates.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{Timestamp, Zoned};

use super::bell::Bell;
use super::issue_pages::task_issues;
use super::lonely::lonely_pointers;
use super::terminal::TerminalFront;
use crate::gate::{Judged, Stage};
use crate::journal::{Entry, Event, GateSaid, Journal, RunLock, RunPaths, RunState, Subject};
use crate::model::{Error, ErrorKind, GatePhase, Oid, Result};
use crate::publish::{
    Audience, Forge, Forgejo, GitHub, IssueLinks, NewHead, OnWait, PageVerdict, PublishJob, PublishLog, PublishStep,
    Published, PullRequest, PullStyle, RepositoryAddress, Stack, Token, answer_reviews, issue_words, merge_stack,
    own_issues, owner_of, preview, publish, start_on_merged, tell_issue,
};
use crate::report;
use crate::report::words::publish_lines::publish_step;
use crate::run::{self, Copies, ValidateInputs, Wanted};
use crate::settings::{ForgeName, IssueEcho, Settings};
use crate::start::consent::consent;
use crate::start::here::Here;
use crate::start::prepare;

/// Where pull request templates lie, in the order in which GitHub looks.
const TEMPLATES: [&str; 6] = [
    ".github/pull_request_template.md",
    ".github/PULL_REQUEST_TEMPLATE.md",
    "pull_request_template.md",
    "PULL_REQUEST_TEMPLATE.md",
    "docs/pull_request_template.md",
    "docs/PULL_REQUEST_TEMPLATE.md",
];

/// How the layers of a run are published from here.
pub struct Publisher<'a> {
    /// Where.
    pub here: &'a Here,
    /// The settings.
    pub settings: &'a Settings,
    /// The branch that the lowest layer is to be merged into, where the settings are not meant.
    pub onto: Option<&'a str>,
    /// Whether the repository's commands are trusted this once.
    pub yes: bool,
    /// Whether nothing is said.
    pub quiet: bool,
}

impl Publisher<'_> {
    fn with_job<T>(
        &self,
        state: &RunState,
        closes: IssueLinks,
        act: impl FnOnce(&PublishJob<'_>) -> Result<T>,
    ) -> Result<T> {
        let judge = |commit: &Oid, base: &Oid| judged(self.here, self.settings, state, (commit, base), self.yes);
        act(&PublishJob {
            repo: &self.here.repo,
            remote: self.settings.publish_remote.clone(),
            onto: onto(self.onto, self.settings, state)?,
            style: PullStyle { closes, ..style(self.here, self.settings, state)? },
            judge: &judge,
        })
    }

    /// What would be done.
    ///
    /// # Errors
    /// As [`Publisher::publish`].
    pub fn preview(&self, state: &RunState, forge: &dyn Forge) -> Result<(Stack, Vec<PublishStep>)> {
        self.say_lonely_pointers(state);
        self.with_job(state, self.closed(state, forge), |job| preview(job, forge, state))
    }

    /// What is pushed names commits of submodules: said before, where others could not get them.
    fn say_lonely_pointers(&self, state: &RunState) {
        for pointer in lonely_pointers(self.here, state, &state.top().commit) {
            report::say(&format!("git orca: {}", pointer.in_words()));
        }
    }

    /// Lets a layer start from what the one below it was merged as on the server.
    ///
    /// # Errors
    /// Git or the journal refuse.
    pub fn start_on_merged(
        &self,
        paths: &RunPaths,
        lock: &RunLock,
        stack: &Stack,
        layers: (u32, u32),
    ) -> Result<Option<NewHead>> {
        let mut log = Log::open(paths, lock, self.quiet)?;
        start_on_merged(&self.here.repo, &mut log, stack, layers)
    }

    /// Publishes, and merges up to a number where that is asked for.
    ///
    /// # Errors
    /// Remote or server refuse; the journal cannot be written.
    pub fn publish(
        &self,
        paths: &RunPaths,
        lock: &RunLock,
        forge: &dyn Forge,
        merge: Option<u64>,
    ) -> Result<Published> {
        let mut log = Log::open(paths, lock, self.quiet)?;
        let state = log.state.clone();
        self.say_lonely_pointers(&state);
        let done = self.with_job(&state, self.closed(&state, forge), |job| {
            let mut done = publish(job, forge, &mut log)?;
            done.writes += answer_reviews(forge, log.state(), &done.stack)?;
            let mut done = match merge {
                Some(upto) => {
                    let upto = Some(upto).filter(|number| *number != 0);
                    let mut bell = Bell::new()?;
                    let mut pause = |time: Duration| bell.rings(time, || false);
                    merge_stack(job, forge, &mut log, done, upto, &|line| report::say(line), &mut pause)
                }
                None => Ok(done),
            }?;
            done.writes += self.tell_issues(log.state(), forge, &done.stack);
            Ok(done)
        });
        // Also where it failed: why it took so long is in the journal.
        for what in forge.take_waits() {
            log.record(Event::Noticed { attempt: None, what })?;
        }
        done
    }

    /// Issues that are closed with the work of tasks, where that is asked for.
    fn closed(&self, state: &RunState, forge: &dyn Forge) -> IssueLinks {
        match self.settings.forge.issues {
            IssueEcho::Close => own_issues(&task_issues(self.here, state), &forge.repository()),
            IssueEcho::Off | IssueEcho::Comment => IssueLinks::new(),
        }
    }

    /// Tells the issues that the plan came from where their work is; gives how many heard something new. One that cannot be
    /// told is named: what is published is published.
    fn tell_issues(&self, state: &RunState, forge: &dyn Forge, stack: &Stack) -> usize {
        if self.settings.forge.issues == IssueEcho::Off {
            return 0;
        }
        let own = own_issues(&task_issues(self.here, state), &forge.repository());
        let mut told = 0;
        for word in issue_words(state, stack, &own) {
            match tell_issue(forge, &word) {
                Ok(is_new) => told += usize::from(is_new),
                Err(error) => report::say(&format!("issue #{} was not told: {}", word.number, error.cause)),
            }
        }
        told
    }
}

/// The journal of a run that nobody drives.
struct Log {
    journal: Journal,
    state: RunState,
    quiet: bool,
}

impl Log {
    fn open(paths: &RunPaths, lock: &RunLock, quiet: bool) -> Result<Log> {
        let (journal, entries) = Journal::reopen(&paths.journal(), lock)?;
        Ok(Log { journal, state: RunState::replay(&entries)?, quiet })
    }
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
///
/// # Errors
/// Remote, repository or token are missing.
pub fn open_forge(here: &Here, settings: &Settings, quiet: bool) -> Result<Box<dyn Forge>> {
    let url = here.repo.push_address(&settings.publish_remote)?;
    let (name, place) = (settings.forge.name, settings.forge.place());
    let address = RepositoryAddress::find(name, &url, place)?;
    let token = match name {
        ForgeName::Github => Token::find(&here.env, &address.host, place.api.is_some())?,
        ForgeName::Forgejo => Token::of_forgejo(&here.env, &address.host)?,
    };
    let host = address.host.clone();
    let on_wait: OnWait = Box::new(move |wait, why| {
        if !quiet {
            report::say(&format!("{host}: {why}; trying again in {} s", wait.as_secs_f64().ceil()));
        }
    });
    let head_owner = owner_of(&url).unwrap_or_else(|| address.owner.clone());
    let silence = Duration::from_secs(settings.publish_silence);
    Ok(match name {
        ForgeName::Github => Box::new(GitHub::new(address, head_owner, &token, silence, on_wait)?),
        ForgeName::Forgejo => Box::new(Forgejo::new(address, head_owner, &token, silence, on_wait)?),
    })
}

/// The branch that the lowest layer is to be merged into.
fn onto(wished: Option<&str>, settings: &Settings, state: &RunState) -> Result<String> {
    let named = wished.map(str::to_owned).or_else(|| settings.publish_onto.clone());
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
        closes: IssueLinks::new(),
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
    let one = |found: run::Validated| {
        let Judged { verdict, findings, measured, reason, .. } = &found.judged;
        let said = GateSaid { verdict: *verdict, findings, red: &measured.red };
        let accepting = state.accepted_on_heads(&found.gate.name, &said);
        PageVerdict::of(&found.gate, Some((*verdict, reason.clone())), accepting)
    };
    Ok(found.into_iter().map(one).collect())
}
