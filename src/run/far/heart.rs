//! The beats of work that runs for others: what is new is told in the hub, and the lease is held by telling.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::far_job::FarWord;
use super::far_work::FarWork;
use super::hub_refs;
use super::look::{LOGS, TOLD};
use crate::git::{HubRef, Pushed, Repo};
use crate::model::{AttemptId, Error, Oid, Result, RunId};

/// Without anything new a beat says that the work is alive.
const AT_LEAST_EVERY: Duration = Duration::from_secs(15);
/// Bytes of one log in one beat at most: the rest comes with the next.
const MOST: u64 = 4 << 20;
/// The ref here that holds the last commit that was written.
const LAST: &str = "refs/orca/far-beat";

/// What a beat came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beat {
    /// It was told, or there was nothing to tell.
    Told,
    /// The lease is somebody else's: this work counts no longer.
    Fenced,
    /// The hub does not answer; what was to be told waits.
    Unheard(String),
}

/// What a beat tells.
#[derive(Debug)]
struct Sent {
    commit: Oid,
    logs: BTreeMap<String, u64>,
    refs: Vec<(String, Oid)>,
    words: usize,
}

/// Tells what becomes of an attempt.
#[derive(Debug)]
pub struct Heart {
    /// The repository here.
    pub repo: Repo,
    /// The hub.
    pub hub: String,
    /// The run.
    pub run: RunId,
    /// What is done.
    pub work: FarWork,
    /// The claim, then the last beat that was told.
    pub tip: Oid,
    /// Folder of the attempt's logs here.
    pub logs: PathBuf,
    told: BTreeMap<String, u64>,
    pushed: BTreeMap<String, Oid>,
    waiting: Vec<FarWord>,
    /// Beats that may have arrived: nobody answered.
    unanswered: Vec<Sent>,
    at: Instant,
}

impl Heart {
    /// Nothing is told yet.
    pub fn new(repo: Repo, hub: String, run: RunId, work: FarWork, claim: Oid, logs: PathBuf) -> Heart {
        Heart {
            repo,
            hub,
            run,
            work,
            tip: claim,
            logs,
            told: BTreeMap::new(),
            pushed: BTreeMap::new(),
            waiting: Vec::new(),
            unanswered: Vec::new(),
            at: Instant::now(),
        }
    }

    /// Tells `words`, and whatever else is new.
    ///
    /// # Errors
    /// Git cannot write here.
    pub fn beat(&mut self, words: impl IntoIterator<Item = FarWord>) -> Result<Beat> {
        self.waiting.extend(words);
        let logs = self.new_of_logs();
        let refs = self.new_refs()?;
        if self.waiting.is_empty() && logs.is_empty() && refs.is_empty() && self.at.elapsed() < AT_LEAST_EVERY {
            return Ok(Beat::Told);
        }
        let mut files: Vec<(String, Vec<u8>)> =
            logs.iter().map(|(name, (at, bytes))| (format!("{LOGS}/{name}@{at}"), bytes.clone())).collect();
        files.push((TOLD.to_owned(), self.words()?));
        let message = format!("beat of {}", self.work);
        let commit = self.repo.commit_message_files(LAST, Some(&self.tip), &message, &files)?;
        let lease = self.work.lease(&self.run);
        let moves: Vec<HubRef> = std::iter::once(HubRef::lease(&lease, Some(&self.tip), &commit))
            .chain(self.named(&refs, &|attempt, what| hub_refs::left(&self.run, attempt, what)))
            .collect();
        let logs = logs.into_iter().map(|(name, (at, bytes))| (name, at + bytes.len() as u64)).collect();
        let sent = Sent { commit, logs, refs, words: self.waiting.len() };
        match self.repo.push_to_hub(&self.hub, &moves)? {
            Pushed::Done => {
                self.arrived(sent);
                Ok(Beat::Told)
            }
            Pushed::Unreachable(why) => {
                self.unanswered.push(sent);
                Ok(Beat::Unheard(why))
            }
            Pushed::Refused(why) => Ok(self.refused(&lease, why)),
        }
    }

    fn arrived(&mut self, sent: Sent) {
        self.tip = sent.commit;
        self.at = Instant::now();
        self.waiting.drain(..sent.words);
        self.pushed.extend(sent.refs);
        self.told.extend(sent.logs);
        self.unanswered.clear();
    }

    /// The lease is not where it was: by a beat of ours whose answer was lost, or by somebody else.
    fn refused(&mut self, lease: &str, why: String) -> Beat {
        let prefix = self.work.prefix(&self.run);
        if let Err(error) = self.repo.fetch_from_hub(&self.hub, &[prefix]) {
            return Beat::Unheard(error.cause);
        }
        let there = self.repo.read_ref(lease).ok().flatten();
        match self.unanswered.iter().position(|sent| Some(&sent.commit) == there.as_ref()) {
            Some(n) => {
                let sent = self.unanswered.swap_remove(n);
                self.arrived(sent);
                Beat::Unheard("an answer was lost".to_owned())
            }
            None if there.as_ref() == Some(&self.tip) => Beat::Unheard(why),
            None => Beat::Fenced,
        }
    }

    /// Lays what the attempt left down where it harms nobody.
    ///
    /// # Errors
    /// Git cannot be started.
    pub fn tell_late(&self, claim: &Oid) -> Result<Beat> {
        let refs = self.own_refs()?;
        let refs = self.named(&refs, &|attempt, what| hub_refs::late(&self.run, attempt, claim, what));
        if refs.is_empty() {
            return Ok(Beat::Told);
        }
        Ok(match self.repo.push_to_hub(&self.hub, &refs)? {
            Pushed::Done => Beat::Told,
            Pushed::Refused(why) | Pushed::Unreachable(why) => Beat::Unheard(why),
        })
    }

    fn words(&self) -> Result<Vec<u8>> {
        let mut text = Vec::new();
        for word in &self.waiting {
            serde_json::to_writer(&mut text, word).map_err(|e| Error::failed("telling what happened", e))?;
            text.push(b'\n');
        }
        Ok(text)
    }

    /// What an attempt left; a gate leaves nothing.
    fn own_refs(&self) -> Result<Vec<(String, Oid)>> {
        match &self.work {
            FarWork::Attempt(attempt) => hub_refs::own_refs(&self.repo, &self.run, attempt),
            FarWork::Check(_) => Ok(Vec::new()),
        }
    }

    /// The same by its names in the hub.
    fn named(&self, refs: &[(String, Oid)], name: &dyn Fn(&AttemptId, &str) -> String) -> Vec<HubRef> {
        let FarWork::Attempt(attempt) = &self.work else { return Vec::new() };
        refs.iter().map(|(what, oid)| HubRef::put(name(attempt, what), oid)).collect()
    }

    fn new_refs(&self) -> Result<Vec<(String, Oid)>> {
        let refs = self.own_refs()?;
        Ok(refs.into_iter().filter(|(what, oid)| self.pushed.get(what) != Some(oid)).collect())
    }

    /// What is new of each log: where it begins, and the bytes.
    fn new_of_logs(&self) -> BTreeMap<String, (u64, Vec<u8>)> {
        let mut found = BTreeMap::new();
        for entry in std::fs::read_dir(&self.logs).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let from = self.told.get(&name).copied().unwrap_or(0);
            let read = || -> std::io::Result<Vec<u8>> {
                let mut file = std::fs::File::open(entry.path())?;
                file.seek(SeekFrom::Start(from))?;
                let mut bytes = Vec::new();
                file.take(MOST).read_to_end(&mut bytes)?;
                Ok(bytes)
            };
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            if let Some(bytes) = is_file.then(read).and_then(std::io::Result::ok).filter(|bytes| !bytes.is_empty()) {
                found.insert(name, (from, bytes));
            }
        }
        found
    }
}
