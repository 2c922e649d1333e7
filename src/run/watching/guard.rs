//! What an agent changed outside its task: found, put back, kept for looking at, and blamed on the right one.
//!
//! The rule, in this order. Everything is compared with the last look, which is renewed whenever nobody runs.
//!
//! 1. What git orca itself moved, and what an attempt did to its own branch, is nobody's fault.
//! 2. A fence that is in force leaves agents nothing but the branches of the run's tasks: any other change is a person's.
//! 3. A change is an agent's when its [`Record`] shows the command that makes such a change, or names the file. Then it is
//!    put back, if it is still as that agent left it; what was made is kept below `refs/orca/runs/<run>/outside/`; the
//!    attempt fails.
//! 4. When the record of another running attempt shows it, it waits for that one's end.
//! 5. Anything else is a person's and stays. Refs below `refs/orca/runs/<run>/` are nobody's but ours, and put back.
//!
//! Limits: an agent without a fence that empties its environment, or edits files without ever naming them, leaves no
//! record; its change is told, not undone. Two who change the same file at the same time are not told apart.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::planted;
use super::record::{self, Record};
use crate::git::{self, Difference, FileState, Outside, RefChange, Slot};
use crate::integrate::names;
use crate::journal::{Event, RunPaths};
use crate::model::{AttemptId, Oid, Result};
use crate::run::run_env::RunEnv;
use crate::run::work::job::AttemptJob;
use crate::run::worker::end_of_file;

/// git's record of an attempt, in its folder for temporary files.
const TRACE: &str = ".orca-git-commands";

/// Of a record and of what an agent said, this much is read from the end: an agent that floods them hides behind its
/// own noise, but cannot hold up the run.
const RECORD: u64 = 16 << 20;

/// Variables that make git write the record.
pub fn recording(tmp: &Path) -> [(&'static str, String); 3] {
    [
        ("GIT_TRACE2_EVENT", tmp.join(TRACE).display().to_string()),
        // Regions and timings do not matter here: a tenth of the size.
        ("GIT_TRACE2_EVENT_NESTING", "1".to_owned()),
        ("GIT_TRACE2_EVENT_BRIEF", "true".to_owned()),
    ]
}

/// An agent is about to start.
pub fn begin(site: &RunEnv, attempt: &AttemptId, slot: &Slot) {
    let mut watch = site.guard.watch();
    if watch.running.is_empty() {
        let before = watch.seen.take().unwrap_or_default();
        watch.seen = Some(before.compare(&site.repo, &site.info.run, site.info.options.sandbox.is_on()).0);
        watch.empty = if site.info.options.sandbox.is_on() { planted::absent(&site.env) } else { Vec::new() };
    }
    watch.running.insert(attempt.clone(), slot.clone());
}

/// All processes of an attempt are gone. Puts back what it should not have changed, and says what that was; none
/// when it kept to its own.
///
/// # Errors
/// What was made cannot be kept.
pub fn end(site: &RunEnv, job: &AttemptJob, slot: &Slot) -> Result<Option<String>> {
    let mut watch = site.guard.watch();
    watch.running.remove(&job.attempt);
    let folder = site.paths.root().join("planted").join(format!("{}.{}", job.attempt.task, job.attempt.n));
    for what in planted::set_aside(&folder, &watch.empty) {
        site.tell(Event::Noticed { attempt: Some(job.attempt.clone()), what });
    }
    let seen = watch.seen.take().unwrap_or_default();
    let (mut now, found) = seen.compare(&site.repo, &site.info.run, site.info.options.sandbox.is_on());
    let tampered = site.journal_watch.as_ref().map_or(Ok(Vec::new()), |watch| watch.tampered());
    let tampered = tampered.inspect_err(|error| site.broken(error.clone()))?;
    let read = Read { site, running: &watch.running };
    let mut case = Case {
        site,
        attempt: &job.attempt,
        seen: &seen,
        record: read.record(&job.attempt, slot, !found.is_empty() || !tampered.is_empty()),
        words: Vec::new(),
        kept: Vec::new(),
        files: Vec::new(),
    };
    for difference in &found {
        if read.is_own(job, difference) {
            continue;
        }
        let put_back = match read.blame(&case.record, slot, difference) {
            Blame::This(how) => case.put_back(difference, &how),
            Blame::Another => true,
            Blame::Nobody => case.nobody(difference),
        };
        if put_back {
            now.as_before(&seen, difference);
        }
    }
    case.journal(&tampered, watch.running.is_empty());
    case.unseen(slot);
    let words = case.close()?;
    watch.seen = Some(now);
    Ok(words)
}

/// Whose doing a change was.
enum Blame {
    /// The attempt that has ended, and how.
    This(String),
    /// One that runs still: its end will tell.
    Another,
    /// A person's, as far as can be known.
    Nobody,
}

struct Read<'a> {
    site: &'a RunEnv,
    running: &'a BTreeMap<AttemptId, Slot>,
}

impl Read<'_> {
    /// What is known of an attempt; its words only where they matter.
    fn record(&self, attempt: &AttemptId, slot: &Slot, words: bool) -> Record {
        let trace = end_of_file(&tmp_of(self.site, slot).join(TRACE), RECORD);
        let ours = |path: &Path| git::is_worktree(&self.site.repo, path);
        let mut text = String::new();
        if words {
            let folder = self.site.paths.root().join(RunPaths::attempt_logs(attempt));
            text = std::fs::read_to_string(folder.join("script.sh")).unwrap_or_default();
            text.push_str(&end_of_file(&folder.join("agent.log"), RECORD));
            let def = self.site.info.options.agents.get(&self.site.info.options.agent);
            def.into_iter().flat_map(|def| &def.command).for_each(|word| text.push_str(word));
        }
        Record { commands: record::commands(&trace, ours), text }
    }

    /// Rule 1: branches of attempts are their own, as long as their own HEAD went there.
    fn is_own(&self, job: &AttemptJob, difference: &Difference) -> bool {
        let Difference::Ref { name, is, .. } = difference else { return false };
        let run = &self.site.info.run;
        if *name == names::full(&job.branch(run)) {
            return true;
        }
        let is_of = |attempt: &AttemptId, rival| *name == names::full(&names::attempt_branch(run, attempt, rival));
        let owner = self.running.iter().find(|(attempt, _)| is_of(attempt, false) || is_of(attempt, true));
        owner.is_some_and(|(_, slot)| is.as_ref().is_some_and(|is| slot.head_history().contains(is)))
    }

    fn blame(&self, record: &Record, slot: &Slot, difference: &Difference) -> Blame {
        if self.site.info.options.sandbox.is_on() && !self.is_open(difference) {
            return Blame::Nobody;
        }
        if let Some(how) = self.evidence(record, slot, difference) {
            return Blame::This(how);
        }
        let other = self
            .running
            .iter()
            .any(|(attempt, slot)| self.evidence(&self.record(attempt, slot, true), slot, difference).is_some());
        if other { Blame::Another } else { Blame::Nobody }
    }

    /// Whether a fenced agent can reach it.
    fn is_open(&self, difference: &Difference) -> bool {
        let run = &self.site.info.run;
        let folders = [names::task_folder(run), names::candidates_folder(run)].map(|it| names::full(&it) + "/");
        matches!(difference, Difference::Ref { name, .. } if folders.iter().any(|folder| name.starts_with(folder)))
    }

    fn evidence(&self, record: &Record, slot: &Slot, difference: &Difference) -> Option<String> {
        match difference {
            Difference::Ref { name, .. } => {
                let elsewhere = |worktree: &str| {
                    let path = Path::new(worktree);
                    (path != slot.path).then(|| git::branch_of(&self.site.repo, path)).flatten()
                };
                record.moved(name, &elsewhere).map(|command| format!("`{}`", command.shown()))
            }
            Difference::Stash { was, is } => {
                let made = new_entries(was, is).iter().any(|line| is_of_run(self.site, line));
                let command = record.stashed().map(|command| format!("`{}`", command.shown()));
                command.or_else(|| made.then(|| "an entry made on a task's branch".to_owned()))
            }
            Difference::File { path, .. } => record.wrote(path),
        }
    }
}

fn tmp_of(site: &RunEnv, slot: &Slot) -> PathBuf {
    site.slots.join(".tmp").join(&slot.name)
}

/// What an attempt is blamed for, while it is gathered.
struct Case<'a> {
    site: &'a RunEnv,
    attempt: &'a AttemptId,
    seen: &'a Outside,
    record: Record,
    words: Vec<String>,
    kept: Vec<(String, Oid)>,
    files: Vec<(String, FileState)>,
}

impl Case<'_> {
    /// Puts one change back. Gives whether that is how it is now.
    fn put_back(&mut self, difference: &Difference, how: &str) -> bool {
        let what = named(difference);
        let done = match difference {
            Difference::Ref { name, was, is } => {
                self.keep_ref(name, is.as_ref());
                let done = put_ref_back(self.site, name, was.as_ref(), is.as_ref());
                match (done, is) {
                    (Ok(true), None) => self.seen.put_log_back(&self.site.repo, name).map(|()| true),
                    (done, _) => done,
                }
            }
            Difference::File { path, was, is } => {
                self.files.extend(is.clone().map(|state| (path.clone(), state)));
                git::put_file_back(&self.site.repo, path, was.as_ref(), is.as_ref())
            }
            Difference::Stash { was, is } => {
                let made: Vec<&str> =
                    new_entries(was, is).into_iter().filter(|line| is_of_run(self.site, line)).collect();
                for (n, oid) in made.iter().filter_map(|line| commit_of(line)).enumerate() {
                    self.keep_ref(&format!("refs/stash-{}", n + 1), Some(&oid));
                }
                let lines = stash_without(was, is, &made);
                git::put_stash_back(&self.site.repo, &lines, is)
            }
        };
        let (ending, done) = match done {
            Ok(true) => ("put back".to_owned(), true),
            Ok(false) => ("left as it is: somebody else changed it meanwhile".to_owned(), false),
            Err(error) => (format!("it could not be put back: {}", error.cause), false),
        };
        self.words.push(format!("{what} ({how}; {ending})"));
        done
    }

    fn keep_ref(&mut self, name: &str, value: Option<&Oid>) {
        let tail = name.strip_prefix("refs/").unwrap_or(name);
        let place = names::outside(&self.site.info.run, self.attempt, tail);
        self.kept.extend(value.map(|oid| (place, oid.clone())));
    }

    /// A change that no record explains. Gives whether it was put back: refs of the run are.
    fn nobody(&mut self, difference: &Difference) -> bool {
        let fenced = self.site.info.options.sandbox.is_on();
        match difference {
            Difference::Ref { name, was: Some(was), is } if name.starts_with(&names::run_refs(&self.site.info.run)) => {
                let done = put_ref_back(self.site, name, Some(was), is.as_ref()).unwrap_or(false);
                let what = format!("`{name}` was moved by somebody; it is git orca's, and was put back");
                self.site.tell(Event::Noticed { attempt: None, what });
                done
            }
            Difference::File { path, .. } if !fenced => {
                let what = format!(
                    "`.git/{path}` changed while agents ran; nothing shows that one of them did it, so it stays"
                );
                self.site.tell(Event::Noticed { attempt: None, what });
                false
            }
            _ => false,
        }
    }

    /// The journal has one writer: what was appended is taken back already. It was this attempt where its words say so, or
    /// where no other can have done it.
    fn journal(&mut self, tampered: &[String], alone: bool) {
        for what in tampered {
            if alone || self.record.text.contains("journal.jsonl") || self.record.text.contains("orca/runs") {
                self.words.push(format!("{what}; put back"));
            } else {
                let what = format!("{what} while {} and others ran; it was put back", self.attempt);
                self.site.tell(Event::Noticed { attempt: None, what });
            }
        }
    }

    /// What leaves no difference here: pushes, work in other checkouts, the worktree's own `.git`.
    fn unseen(&mut self, slot: &Slot) {
        let pushes: Vec<String> = self.record.pushes().map(|push| format!("pushed (`{}`)", push.shown())).collect();
        self.words.extend(pushes.into_iter().take(1));
        let elsewhere = self.record.elsewhere(&slot.path);
        self.words.extend(elsewhere.map(|command| format!("work in another checkout (`{}`)", command.shown())));
        if !git::points_home(slot) {
            self.words.push("the `.git` of its worktree (put back)".to_owned());
        }
    }

    /// Keeps what was made, and says it all.
    fn close(self) -> Result<Option<String>> {
        if self.words.is_empty() {
            return Ok(None);
        }
        let mut place = String::new();
        if !self.kept.is_empty() || !self.files.is_empty() {
            place = format!("; kept below {}", names::outside(&self.site.info.run, self.attempt, ""));
        }
        git::force_refs(&self.site.repo, &self.kept)?;
        if !self.files.is_empty() {
            let name = names::outside(&self.site.info.run, self.attempt, "files");
            let message =
                format!("What {} made of files of the repository\n\nOrca-Run: {}\n", self.attempt, self.site.info.run);
            git::keep_files(&self.site.repo, &name, &self.files, &message, Timestamp::now())?;
        }
        Ok(Some(format!(
            "it changed something that is not its own: {}{}",
            self.words.join(", "),
            place.trim_end_matches('/')
        )))
    }
}

fn named(difference: &Difference) -> String {
    match difference {
        Difference::Ref { name, is: None, .. } => format!("`{}` deleted", name.trim_start_matches("refs/heads/")),
        Difference::Ref { name, .. } => format!("`{}`", name.trim_start_matches("refs/heads/")),
        Difference::Stash { .. } => "the stash".to_owned(),
        Difference::File { path, .. } => format!("`.git/{path}`"),
    }
}

fn put_ref_back(site: &RunEnv, name: &str, was: Option<&Oid>, is: Option<&Oid>) -> Result<bool> {
    let done = match (was, is) {
        (Some(was), is) => {
            let change = RefChange { name: name.to_owned(), old: is.cloned(), new: was.clone() };
            git::transact(&site.repo, &[change])
        }
        (None, Some(is)) => git::delete_refs(&site.repo, &[(name.to_owned(), is.clone())]),
        (None, None) => Ok(()),
    };
    match done {
        Ok(()) => Ok(true),
        Err(git::RefError::Moved(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Entries of the stash that were not there before.
fn new_entries<'a>(was: &[u8], is: &'a [u8]) -> Vec<&'a str> {
    let known: Vec<Option<Oid>> = lines(was).into_iter().map(commit_of).collect();
    lines(is).into_iter().filter(|line| !known.contains(&commit_of(line))).collect()
}

fn lines(log: &[u8]) -> Vec<&str> {
    std::str::from_utf8(log).unwrap_or_default().lines().collect()
}

fn commit_of(line: &str) -> Option<Oid> {
    line.split(' ').nth(1)?.parse().ok()
}

/// git names the branch in an entry's message: `WIP on orca/<run>/task/A: …`.
fn is_of_run(site: &RunEnv, line: &str) -> bool {
    line.contains(&format!("orca/{}/task/", site.info.run))
}

/// The stash as it was, with what people added since, without `made`.
fn stash_without(was: &[u8], is: &[u8], made: &[&str]) -> Vec<u8> {
    let theirs = new_entries(was, is).into_iter().filter(|line| !made.contains(line));
    let mut log = was.to_vec();
    let mut last = lines(was).last().and_then(|line| commit_of(line)).map_or("0".repeat(40), |oid| oid.to_string());
    for line in theirs {
        let rest = line.split_once(' ').map_or("", |(_, rest)| rest);
        log.extend(format!("{last} {rest}\n").bytes());
        last = commit_of(line).map_or(last, |oid| oid.to_string());
    }
    log
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(old: char, new: char, words: &str) -> String {
        let oid = |c: char| c.to_string().repeat(40);
        format!("{} {} Ada <ada@x> 1795000000 +0000\t{words}\n", oid(old), oid(new))
    }

    #[test]
    fn the_stash_loses_the_agents_entries_and_keeps_the_users() {
        let was = [entry('0', 'a', "WIP on main: one"), entry('a', 'b', "WIP on main: two")].concat();
        let is = [
            entry('0', 'a', "WIP on main: one"),
            entry('a', 'c', "WIP on orca/r/task/A: agent"),
            entry('c', 'd', "On main: user"),
        ]
        .concat();
        let made: Vec<&str> = is.lines().filter(|line| line.contains("agent")).collect();
        assert_eq!(new_entries(was.as_bytes(), is.as_bytes()).len(), 2);
        let left = stash_without(was.as_bytes(), is.as_bytes(), &made);
        let wanted = [was.clone(), entry('b', 'd', "On main: user")].concat();
        assert_eq!(String::from_utf8(left).unwrap(), wanted, "the popped one is back, the user's own is last");
        assert_eq!(stash_without(was.as_bytes(), b"", &[]), was.as_bytes());
        assert_eq!(stash_without(b"", b"", &[]), b"");
    }
}
