//! The world that a simulated run acts on: it answers actions by dice, on a virtual clock.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use crate::journal::inbox::Message;
use crate::journal::{
    Answer, AttemptOutcome, BatchPhase, CheckAsk, ChoiceAnswer, ChoiceAsk, Conflict, Event, FailClass, Head, Intended,
    LandedTask, Request, ReviewAsk, RunState, Subject,
};
use crate::model::{AttemptId, Oid, TaskId, Usage, Verdict};
use crate::run::Signal;
use crate::schedule::Action;

/// A small random source with a printed seed; the standard xorshift.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    pub(super) fn below(&mut self, n: u64) -> u64 {
        (self.next() >> 11) % n.max(1)
    }
    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// What one of several attempts of a task at once comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Character {
    /// Its gates refuse it.
    Wrong,
    /// It passes, with a large change.
    Large,
    /// It passes, with a small change.
    Small,
    /// It would pass, with the smallest change, but uses more than it may.
    Spender,
    /// It passes, with the smallest change, and conflicts with what landed.
    Clashing,
    /// It passes, with the smallest change, and the merged tree is red with it.
    Poison,
}

impl Character {
    fn lines(self) -> u32 {
        match self {
            Character::Large => 400,
            Character::Small | Character::Wrong => 20,
            Character::Spender | Character::Clashing | Character::Poison => 2,
        }
    }
}

/// How a simulated run misbehaves, in percent.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Trouble {
    pub(super) agent_fails: u64,
    pub(super) gate_fails: u64,
    pub(super) conflicts: u64,
    /// Merges by agents that cannot be taken.
    pub(super) unsolved: u64,
    pub(super) red_pairs: u64,
    pub(super) kill_each_step: u64,
    pub(super) requests: u64,
    pub(super) rate_limits: u64,
    pub(super) refusals: u64,
    pub(super) capacity_changes: u64,
    /// Tasks that only a person can do.
    pub(super) people: u64,
    pub(super) rejections: u64,
    /// Words of people, at each step.
    pub(super) words: u64,
    /// Most tokens of a turn; none: agents tell nothing of what they use.
    pub(super) turn: u64,
}

pub(super) struct World {
    pub(super) dice: Dice,
    pub(super) trouble: Trouble,
    pub(super) now: Timestamp,
    pub(super) queue: BTreeMap<(Timestamp, u64), Signal>,
    pub(super) counter: u64,
    pub(super) contents: BTreeMap<Oid, BTreeSet<TaskId>>,
    pub(super) parents: BTreeMap<Oid, Vec<Oid>>,
    /// Commits of the candidates, by batch.
    pub(super) candidates: BTreeMap<u32, Vec<Oid>>,
    /// Those of candidates that were given up.
    pub(super) given_up: BTreeSet<Oid>,
    pub(super) red_pairs: Vec<(TaskId, TaskId)>,
    pub(super) landed_once: BTreeSet<TaskId>,
    /// Landed tasks that were taken out again: what was begun on top of them does not bring them back.
    pub(super) taken_out: BTreeSet<TaskId>,
    /// Results of attempts that landed.
    pub(super) landed_work: BTreeSet<Oid>,
    /// What attempts that are made at once come to, by their places; none: as chance has it.
    pub(super) characters: Vec<Character>,
    /// Which of them a reviewing agent prefers; none: as chance has it.
    pub(super) taste: Option<Character>,
    /// Their results.
    pub(super) made_by: BTreeMap<Oid, Character>,
    pub(super) folder: PathBuf,
    /// How long things take where chance does not say.
    pub(super) pace: Option<Pace>,
    /// What each attempt uses in all, in thirty turns.
    pub(super) spends: Option<u64>,
}

/// How long agents work, by task, and how long each step of landing takes; milliseconds.
pub(super) struct Pace {
    pub(super) agents: BTreeMap<TaskId, i64>,
    pub(super) step: i64,
    /// How long a gate takes.
    pub(super) gate: i64,
}

pub(super) fn oid(n: u64) -> Oid {
    format!("{n:040x}").parse().unwrap()
}

impl World {
    pub(super) fn new(seed: u64, trouble: Trouble, folder: PathBuf) -> World {
        World {
            dice: Dice(seed | 1),
            trouble,
            now: Timestamp::from_second(1_800_000_000).unwrap(),
            queue: BTreeMap::new(),
            counter: 1,
            contents: BTreeMap::from([(oid(0), BTreeSet::new())]),
            parents: BTreeMap::new(),
            candidates: BTreeMap::new(),
            given_up: BTreeSet::new(),
            red_pairs: Vec::new(),
            landed_once: BTreeSet::new(),
            taken_out: BTreeSet::new(),
            landed_work: BTreeSet::new(),
            characters: Vec::new(),
            taste: None,
            made_by: BTreeMap::new(),
            folder,
            pace: None,
            spends: None,
        }
    }

    /// A new commit: the tasks that its tree has the work of, and its parents.
    pub(super) fn fresh(&mut self, tasks: BTreeSet<TaskId>, parents: &[&Oid]) -> Oid {
        self.counter += 1;
        let id = oid(self.counter);
        self.parents.insert(id.clone(), parents.iter().map(|parent| (*parent).clone()).collect());
        self.contents.insert(id.clone(), tasks);
        id
    }

    pub(super) fn later(&mut self, event: Event) {
        self.counter += 1;
        let by_chance = 1 + self.dice.below(2000) as i64;
        let at = self.now + SignedDuration::from_millis(self.pace.as_ref().map_or(by_chance, |pace| pace.step));
        self.queue.insert((at, self.counter), Signal::Happened(event));
    }

    /// A commit with all that it was made of.
    pub(super) fn history(&self, of: &Oid) -> BTreeSet<Oid> {
        let (mut seen, mut todo) = (BTreeSet::new(), vec![of.clone()]);
        while let Some(commit) = todo.pop() {
            todo.extend(self.parents.get(&commit).into_iter().flatten().filter(|it| !seen.contains(*it)).cloned());
            seen.insert(commit);
        }
        seen
    }

    pub(super) fn red(&self, commit: &Oid) -> bool {
        let tasks = &self.contents[commit];
        let poisoned = |commit: &Oid| self.made_by.get(commit) == Some(&Character::Poison);
        if !self.made_by.is_empty() && self.history(commit).iter().any(poisoned) {
            return true;
        }
        self.red_pairs.iter().any(|(a, b)| tasks.contains(a) && tasks.contains(b))
    }

    pub(super) fn perform(&mut self, state: &RunState, action: &Action) {
        match action {
            Action::Attempt(intended) => self.attempt(intended),
            Action::EndAttempt { attempt, .. } => self.end(attempt),
            Action::HandWord { attempt, message } => {
                let (attempt, message) = (attempt.clone(), message.clone());
                let is_heard = self.dice.chance(70);
                self.later(match is_heard {
                    true => Event::WordHeard { attempt, message },
                    false => Event::WordCarried { attempt, message },
                });
            }
            Action::Check { subject, gate, ask: CheckAsk { review: ReviewAsk::Ask { .. }, .. }, .. }
                if state.format > 1 && self.dice.chance(self.trouble.rate_limits) =>
            {
                let until = self.now + SignedDuration::from_millis(1 + self.dice.below(3000) as i64);
                let (subject, gate) = (subject.clone(), gate.clone());
                self.later(Event::CheckPutOff { subject, gate, until, why: "too many".into(), used: Usage::default() });
            }
            Action::Check { subject, gate, commit, .. } => {
                let merged = !matches!(subject, Subject::Attempt(_) | Subject::Phase(_));
                let red = match self.made_by.get(commit) {
                    _ if merged => self.red(commit),
                    Some(character) => *character == Character::Wrong,
                    None => self.dice.chance(self.trouble.gate_fails),
                };
                let verdict = if red { Verdict::Fail } else { Verdict::Pass };
                let by_chance = 1 + self.dice.below(2000) as i64;
                let takes = self.pace.as_ref().map_or(by_chance, |pace| pace.gate);
                self.at(
                    self.now + SignedDuration::from_millis(takes),
                    Event::Judged {
                        subject: subject.clone(),
                        gate: gate.clone(),
                        tree: commit.clone(),
                        verdict,
                        reason: String::new(),
                        findings: Vec::new(),
                        seconds: 0.1,
                        cached: false,
                        log: String::new(),
                        measured: Default::default(),
                    },
                );
            }
            Action::AskChoice(ask) => self.choose(state, ask),
            Action::Merge { batch, tasks, .. } if !tasks.is_empty() => self.merge(state, *batch),
            Action::Land { batch } => {
                let Some(BatchPhase::Landing { landed, .. }) = state.batch.as_ref().map(|batch| &batch.phase) else {
                    panic!("a land without a batch")
                };
                for task in state.batch.iter().flat_map(|batch| &batch.without) {
                    self.landed_once.remove(task);
                    self.taken_out.insert(task.clone());
                }
                for done in landed {
                    self.taken_out.remove(&done.task);
                    self.landed_once.insert(done.task.clone());
                    self.landed_work.extend(state.task(&done.task).unwrap().last().unwrap().result().cloned());
                }
                self.later(Event::Landed { batch: *batch, held_back: Vec::new() });
            }
            Action::Merge { .. }
            | Action::Refuse { .. }
            | Action::PauseForGate { .. }
            | Action::ResizePool { .. }
            | Action::Finish { .. }
            | Action::Wake { .. } => {}
            Action::Ask(asked) => self.answer(&asked.question.id(), &asked.digest),
            Action::Expire { .. } | Action::FallBack(_) | Action::ChooseCandidate { .. } => {}
            Action::MakeBase { of } => {
                let tasks = of.iter().flat_map(|commit| self.contents[commit].clone()).collect();
                let parents: Vec<&Oid> = of.iter().collect();
                let commit = (!self.dice.chance(self.trouble.conflicts)).then(|| self.fresh(tasks, &parents));
                self.later(Event::BaseMade { of: of.clone(), commit, paths: Vec::new() });
            }
            Action::Replay { attempt, onto } => self.replay(state, attempt, onto),
            Action::Mark { upto } => self.mark(state, *upto),
            Action::LandMarks => self.later(Event::MarksLanded { held_back: Vec::new() }),
            Action::Into { .. } | Action::Deploy => panic!("not asked for"),
        }
    }

    /// A reviewing agent prefers the attempt of its taste, names one that does not exist, or says nothing.
    fn choose(&mut self, state: &RunState, ask: &ChoiceAsk) {
        let task = state.task(&ask.task).unwrap();
        let made = |n: &&u32| task.attempt(**n).and_then(|it| self.made_by.get(it.result()?)).copied();
        let chosen = match self.taste {
            Some(taste) => ask.of.iter().find(|n| made(n) == Some(taste)).copied(),
            None if self.dice.chance(50) => Some(self.dice.below(12) as u32),
            None => None,
        };
        let used = Usage { input: self.dice.below(self.trouble.turn), ..Usage::default() };
        let answer = ChoiceAnswer { chosen, why: "it reads well".into(), used, ..ChoiceAnswer::default() };
        self.later(Event::ChoiceAnswered { task: ask.task.clone(), round: ask.round, answer });
    }

    /// An agent works for some turns, and ends in one way or another.
    fn attempt(&mut self, intended: &Intended) {
        let (attempt, provider) = (intended.attempt.clone(), intended.provider.clone());
        let mut at = self.now;
        if self.trouble.words > 0 && self.dice.chance(70) {
            self.at(at + SignedDuration::from_millis(1), Event::AgentHears { attempt: attempt.clone() });
        }
        for _ in 0..if self.trouble.turn > 0 { 1 + self.dice.below(8) } else { 0 } {
            at += SignedDuration::from_millis(1 + self.dice.below(500) as i64);
            let input = 1 + self.dice.below(self.trouble.turn);
            let delta = Usage { input, usd: input as f64 / 1000.0, ..Usage::default() };
            self.at(at, Event::UsageSeen { attempt: attempt.clone(), delta });
        }
        for _ in 0..self.spends.map_or(0, |_| 30) {
            at += SignedDuration::from_millis(10);
            let delta = Usage { input: self.spends.unwrap_or_default() / 30, ..Usage::default() };
            self.at(at, Event::UsageSeen { attempt: attempt.clone(), delta });
        }
        let character = intended.rival.and_then(|rival| self.characters.get(rival.place as usize - 1).copied());
        if character == Some(Character::Spender) {
            at += SignedDuration::from_millis(5);
            let delta = Usage { input: 1_000_000, ..Usage::default() };
            self.at(at, Event::UsageSeen { attempt: attempt.clone(), delta });
        }
        let by_chance = 1 + self.dice.below(2000) as i64;
        let known = self.pace.as_ref().and_then(|pace| pace.agents.get(&attempt.task).copied());
        at += SignedDuration::from_millis(known.unwrap_or(by_chance));
        let fail = |class| AttemptOutcome::Failed { class, reason: format!("dice {}", attempt.n) };
        let outcome = if self.dice.chance(self.trouble.rate_limits) {
            let until = at + SignedDuration::from_millis(self.dice.below(3000) as i64);
            self.at(at, Event::ProviderPaused { provider, until, why: "too many".into() });
            fail(FailClass::RateLimited)
        } else if self.dice.chance(self.trouble.refusals) {
            if self.dice.chance(50) {
                self.at(at, Event::ProviderBroken { provider, fix: "log in".into() });
            }
            fail(FailClass::Authentication)
        } else if intended.resume.is_some() && self.dice.chance(self.trouble.agent_fails) {
            fail(FailClass::SessionLost)
        } else if self.dice.chance(self.trouble.agent_fails) {
            use FailClass::{NoWork, OutOfTurns, OverBudget, Retryable, Unavailable};
            fail([NoWork, OutOfTurns, OverBudget, Retryable, Unavailable][self.dice.below(5) as usize])
        } else if intended.merge.is_some() && self.dice.chance(self.trouble.unsolved) {
            fail(FailClass::Unsolved)
        } else {
            let mut tasks = self.contents[&intended.start].clone();
            tasks.insert(attempt.task.clone());
            if let Some(merge) = &intended.merge {
                tasks.extend(self.contents[&merge.with].clone());
            }
            let with = intended.merge.as_ref().map(|merge| &merge.with);
            let parents: Vec<&Oid> = std::iter::once(&intended.start).chain(with).collect();
            let commit = self.fresh(tasks, &parents);
            self.made_by.extend(character.map(|character| (commit.clone(), character)));
            let added = match character {
                Some(character) => character.lines(),
                None if intended.rival.is_some() => 1 + self.dice.below(4) as u32,
                None => 1,
            };
            AttemptOutcome::Committed {
                tree: commit.clone(),
                commit,
                files: 1,
                added,
                removed: 0,
                leftovers: false,
                note: String::new(),
            }
        };
        if matches!(outcome, AttemptOutcome::Committed { .. }) && self.dice.chance(50) {
            self.at(at, Event::AgentExited { attempt: attempt.clone() });
            let by_chance = self.dice.below(300) as i64;
            at += SignedDuration::from_millis(self.pace.as_ref().map_or(by_chance, |pace| pace.step));
        }
        self.at(at, ended(&attempt, outcome));
    }

    /// Only an attempt's own work comes along.
    fn replay(&mut self, state: &RunState, attempt: &AttemptId, onto: &Oid) {
        let mut tasks = self.contents[onto].clone();
        tasks.insert(attempt.task.clone());
        assert!(state.attempt(attempt).unwrap().is_unfounded(), "{attempt} is carried for nothing");
        let work = (!self.dice.chance(self.trouble.conflicts)).then(|| self.fresh(tasks, &[onto]));
        let work = work.map(|commit| (commit.clone(), commit));
        self.later(Event::Replayed { attempt: attempt.clone(), work, paths: Vec::new() });
    }

    /// An agent is ended: one more turn of it may be told, then it is gone.
    fn end(&mut self, attempt: &AttemptId) {
        let mut turns = 0;
        self.queue.retain(|_, signal| match signal {
            Signal::Happened(Event::UsageSeen { attempt: of, .. }) if of == attempt => {
                turns += 1;
                turns == 1
            }
            Signal::Happened(Event::AttemptEnded { attempt: of, .. }) => of != attempt,
            _ => true,
        });
        let outcome = AttemptOutcome::Failed { class: FailClass::Stopped, reason: "ended".into() };
        self.at(self.now + SignedDuration::from_millis(2000), ended(attempt, outcome));
    }

    /// A person answers, mostly yes, mostly soon; sometimes after the run has given up waiting.
    pub(super) fn answer(&mut self, id: &str, digest: &str) {
        let seconds = if self.dice.chance(10) { 3 * 3600 } else { 1 + self.dice.below(60) as i64 };
        let yes = !self.dice.chance(self.trouble.rejections);
        let answer = Answer { id: id.to_owned(), digest: Some(digest.to_owned()), yes, ..Answer::default() };
        self.counter += 1;
        let message = Message { id: self.counter.to_string(), request: Request::Answer(answer) };
        self.queue.insert((self.now + SignedDuration::from_secs(seconds), self.counter), Signal::Request(message));
    }

    fn at(&mut self, at: Timestamp, event: Event) {
        self.counter += 1;
        self.queue.insert((at, self.counter), Signal::Happened(event));
    }

    /// Merges as the train does: a task into its own layer's head, then each head into the next.
    pub(super) fn merge(&mut self, state: &RunState, n: u32) {
        let batch = state.batch.clone().unwrap();
        let before: BTreeMap<u32, BTreeSet<TaskId>> =
            state.heads.values().map(|head| (head.layer, self.contents[&head.commit].clone())).collect();
        let mut heads = before.clone();
        heads.values_mut().for_each(|head| head.retain(|task| !batch.without.contains(task)));
        let (mut landed, mut conflicts) = (Vec::new(), Vec::new());
        for task in &batch.tasks {
            assert!(!self.landed_once.contains(&task.task), "{} would land twice", task.task);
            let clashes = self.made_by.get(&task.commit) == Some(&Character::Clashing);
            if clashes || self.dice.chance(self.trouble.conflicts) {
                // With the own layer's head, or where that is carried on to a later one.
                let later = heads.keys().next_back().copied().filter(|layer| *layer > task.layer);
                let layer = later.filter(|_| self.dice.chance(30)).unwrap_or(task.layer);
                conflicts.push(Conflict {
                    task: task.task.clone(),
                    layer,
                    with: Vec::new(),
                    paths: Vec::new(),
                    tried: Vec::new(),
                });
                continue;
            }
            let below = heads.range(..=task.layer).next_back().map(|(_, set)| set.clone()).unwrap_or_default();
            heads.entry(task.layer).or_insert(below);
            // All that its commit holds comes along.
            for (_, head) in heads.range_mut(task.layer..) {
                let gone = |it: &&TaskId| self.taken_out.contains(*it) || batch.without.contains(*it);
                head.extend(self.contents[&task.commit].iter().filter(|it| !gone(it)).cloned());
                head.insert(task.task.clone());
            }
            landed.push(LandedTask { task: task.task.clone(), commit: Some(task.commit.clone()), rules: Vec::new() });
        }
        let taken: BTreeSet<TaskId> = landed.iter().map(|done: &LandedTask| done.task.clone()).collect();
        let mut changed = Vec::new();
        for (layer, set) in heads.into_iter().filter(|(layer, set)| before.get(layer) != Some(set)) {
            let merged = batch.tasks.iter().filter(|task| task.layer <= layer && taken.contains(&task.task));
            let before = state.heads.values().filter(|head| head.layer <= layer).map(|head| &head.commit);
            let commit = self.fresh(set, &before.chain(merged.map(|task| &task.commit)).collect::<Vec<_>>());
            changed.push(Head { layer, tree: commit.clone(), commit });
        }
        self.candidates.insert(n, changed.iter().map(|head| head.commit.clone()).collect());
        self.later(Event::Merged { batch: n, heads: changed, landed, conflicts });
    }
}

pub(super) fn ended(attempt: &AttemptId, outcome: AttemptOutcome) -> Event {
    Event::AttemptEnded { attempt: attempt.clone(), outcome, seconds: 1.0, salvage: None, max_rss: 0, cpu: 0.0 }
}
