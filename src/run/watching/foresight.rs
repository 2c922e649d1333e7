//! Looks while agents work for symbols that one task removed and another uses, and says so before either lands; where agents
//! are told of conflicts (`[run] tell`), also for those that git would find. On a thread of its own: nothing of a run waits
//! for it.

use std::collections::BTreeMap;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use crate::integrate::{self, Live};
use crate::journal::{AttemptOutcome, ConflictPath, Entry, Event, RunState};
use crate::model::{Oid, Result, SymbolReader, TaskId};
use crate::run::run_env::RunEnv;
use crate::run::symbol_lines::tell_complaint;
use crate::symbols::SymbolName;

/// Between new work and the look at it: what lands meanwhile needs no look, and much that comes at once needs one only.
const PAUSE: Duration = Duration::from_secs(1);

/// Tasks under way that are compared with each other; where there are more, `git orca conflicts` is asked by hand.
const MOST_LIVE: usize = 50;

/// Starts looking; none where nobody is to be asked about symbols, nor told of conflicts.
pub fn start(site: &Arc<RunEnv>) -> Option<mpsc::Sender<Arc<Entry>>> {
    let options = &site.info.options;
    if options.symbols.reader == SymbolReader::Off && !options.tell || site.info.tasks.len() < 2 {
        return None;
    }
    let (sender, entries) = mpsc::channel();
    let site = Arc::clone(site);
    std::thread::spawn(move || Foresight { site, state: None, told: BTreeMap::new() }.watch(&entries));
    Some(sender)
}

type Pair = [TaskId; 2];

struct Foresight {
    site: Arc<RunEnv>,
    state: Option<RunState>,
    told: BTreeMap<Pair, Vec<ConflictPath>>,
}

impl Foresight {
    fn watch(mut self, entries: &mpsc::Receiver<Arc<Entry>>) {
        while let Ok(entry) = entries.recv() {
            if !self.take(&entry) {
                continue;
            }
            let until = Instant::now() + PAUSE;
            loop {
                match entries.recv_timeout(until.saturating_duration_since(Instant::now())) {
                    Ok(entry) => drop(self.take(&entry)),
                    Err(mpsc::RecvTimeoutError::Timeout) => break,
                    Err(mpsc::RecvTimeoutError::Disconnected) => return,
                }
            }
            self.look();
        }
    }

    /// Whether there is new work with it.
    fn take(&mut self, entry: &Entry) -> bool {
        match &mut self.state {
            Some(state) => state.apply(entry),
            // Without a beginning nothing can be followed.
            None => self.state = RunState::begin(entry).ok(),
        }
        if let Event::ConflictForeseen { tasks, paths } = &entry.event {
            self.told.insert(tasks.clone(), paths.clone());
        }
        let committed = |outcome: &AttemptOutcome| matches!(outcome, AttemptOutcome::Committed { .. });
        match &entry.event {
            Event::SnapshotTaken { .. } => true,
            Event::AttemptEnded { outcome, .. } => committed(outcome),
            _ => false,
        }
    }

    fn look(&mut self) {
        let Some(live) = self.state.as_ref().map(live) else { return };
        if !(2..=MOST_LIVE).contains(&live.len()) {
            return;
        }
        let site = &self.site;
        let mut news = match found(site, &live) {
            Ok(found) => found,
            // A slot that is reset just then, work that was pruned: the next look sees more.
            Err(error) => return tracing::debug!(%error, "what tasks break together could not be foreseen"),
        };
        tell_complaint(site);
        let seen = |pair: &Pair| pair.iter().all(|id| live.iter().any(|it| it.task == *id));
        for (pair, paths) in &self.told {
            if !paths.is_empty() && seen(pair) {
                news.entry(pair.clone()).or_default();
            }
        }
        news.retain(|pair, paths| self.told.get(pair).map_or(!paths.is_empty(), |told| told != paths));
        for (tasks, paths) in news {
            self.told.insert(tasks.clone(), paths.clone());
            site.tell(Event::ConflictForeseen { tasks, paths });
        }
    }
}

/// Where the work of tasks would clash.
fn found(site: &RunEnv, live: &[Live]) -> Result<BTreeMap<Pair, Vec<ConflictPath>>> {
    let options = &site.info.options;
    let mut found: BTreeMap<Pair, Vec<ConflictPath>> = BTreeMap::new();
    if options.symbols.reader != SymbolReader::Off {
        let ask = |commit: &Oid, symbols: &[SymbolName]| site.symbols.known_by_types(commit, symbols);
        found.extend(integrate::foreseen_clashes(&site.repo, live, &ask)?);
    }
    if options.tell {
        let (rules, nobody) = (&options.conflicts, |_: &Oid, symbols: &[SymbolName]| vec![None; symbols.len()]);
        let regenerate = rules.regenerate.keys().cloned().collect();
        for pair in integrate::meetings(&site.repo, live, &rules.union, &regenerate, &nobody)? {
            // Lines change with every word that is written; what conflicts does not.
            let paths = pair.paths.into_iter().map(|path| ConflictPath { lines: String::new(), ..path });
            let paths: Vec<ConflictPath> = paths.filter(|_| !pair.by_rule).collect();
            if !paths.is_empty() {
                found.entry(pair.tasks).or_default().extend(paths);
            }
        }
    }
    Ok(found)
}

/// The work of tasks that are under way, or wait to be merged.
fn live(state: &RunState) -> Vec<Live> {
    let unlanded = state.info.tasks.iter().zip(&state.tasks).filter(|(_, facts)| facts.landed.is_none());
    let work = unlanded.filter_map(|(task, facts)| {
        let last = facts.last()?;
        let tip = if last.is_open() { last.snapshot.clone() } else { last.result().cloned() }?;
        Some(Live { task: task.id.clone(), base: last.base.clone(), tip })
    });
    work.collect()
}
