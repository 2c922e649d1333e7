//! The fold: one entry at a time, each group of events in a file of its own.

mod approvals;
mod attempts;
mod checks;
mod marks;
mod news;
mod plan_change;
mod providers;
mod publishing;
mod requests;
mod train;
mod waivers;
mod words;

use jiff::Timestamp;

use super::super::attempt::FailClass;
use super::super::event::{Entry, Event};
use super::super::event_parts::Subject;
use super::super::started::Host;
use super::{Check, CheckState, Marking, MarkingPhase, PoolSize, RunState, SideBase};

impl RunState {
    /// Folds one entry in. Entries that name what does not exist change nothing: the writer's fence keeps them out.
    pub fn apply(&mut self, entry: &Entry) {
        if matches!(entry.event, Event::RunResumed { .. }) {
            self.away += entry.at.duration_since(self.at);
        }
        self.seq = entry.seq;
        self.at = entry.at;
        match &entry.event {
            Event::RunStarted(_) | Event::Ignored { .. } | Event::Reconciled { .. } | Event::Noticed { .. } => {}
            Event::SubmoduleMoved { attempt, pointer } => self.edit(attempt, |it| {
                it.pointers.retain(|known| known.path != pointer.path);
                it.pointers.push(pointer.clone());
            }),
            Event::ConflictForeseen { tasks, paths } => {
                self.tell_foreseen(tasks, paths);
                self.foreseen.retain(|it| it.0 != *tasks);
                self.foreseen.extend((!paths.is_empty()).then(|| (tasks.clone(), paths.clone())));
            }
            Event::RunResumed { host, .. } => self.resumed(entry.at, host),
            Event::ApprovalAsked(asked) => self.asked(entry.at, asked),
            Event::ApprovalExpired { id } => {
                self.approvals.entry(id.clone()).and_modify(|it| it.expired = true);
            }
            Event::ApprovalFellBack(answer) => self.answered(entry.at, answer),
            Event::BaseIntended { of } => {
                self.bases.insert(of.clone(), SideBase::Making);
            }
            Event::BaseMade { of, commit, .. } => {
                self.bases.insert(of.clone(), commit.clone().map_or(SideBase::Clash, SideBase::Made));
            }
            Event::AttemptIntended(intended) => self.attempt_intended(entry.at, intended),
            Event::AttemptPlaced { attempt, host } => self.edit(attempt, |it| it.host = Some(host.clone())),
            Event::AgentStarted { attempt, pid, start, .. } => {
                self.edit(attempt, |it| it.process = Some((*pid, *start)));
            }
            Event::SessionSeen { attempt, session } => self.edit(attempt, |it| it.session = Some(session.clone())),
            Event::AgentHears { attempt } => self.edit(attempt, |it| it.hears = true),
            Event::WordIntended { attempt, message } => self.word_intended(attempt, message),
            Event::WordHeard { attempt, message } => self.word_heard(attempt, message),
            Event::WordCarried { attempt, message } => self.word_carried(attempt, message),
            Event::ProviderPaused { provider, until, why } => self.provider_paused(provider, *until, why),
            Event::ProviderBroken { provider, fix } => self.provider_broken(provider, fix),
            Event::SnapshotTaken { attempt, commit } => self.edit(attempt, |it| it.snapshot = Some(commit.clone())),
            Event::UsageSeen { attempt, delta } => self.edit(attempt, |it| it.usage += *delta),
            Event::AttemptEndIntended { attempt, why, class } => self.edit(attempt, |it| {
                it.end_asked = true;
                it.end = Some((class.unwrap_or(FailClass::Stopped), why.clone()));
            }),
            Event::AgentExited { attempt } => self.edit(attempt, |it| it.exited_at = Some(entry.at)),
            Event::AttemptEnded { attempt, outcome, salvage, max_rss, cpu, .. } => {
                self.edit(attempt, |it| {
                    it.ended = Some((entry.at, outcome.clone()));
                    it.salvage = salvage.clone();
                    it.max_rss = *max_rss;
                    it.cpu = *cpu;
                });
                self.carry_words(attempt);
                self.refused_credentials(attempt, outcome);
                self.carried_by(attempt, outcome);
            }
            Event::CandidateChosen { attempt, why } => self.candidate_chosen(attempt, why),
            Event::ChoiceAsked(ask) => self.choice_asked(ask),
            Event::ChoiceAnswered { task, round, answer } => self.choice_answered(task, *round, answer),
            Event::ReplayIntended { attempt, onto } => self.edit(attempt, |it| it.replaying = Some(onto.clone())),
            Event::Replayed { attempt, work, .. } => self.replayed(attempt, work.as_ref()),
            Event::SlotSetAside { slot, .. } => {
                self.set_aside.insert(slot.clone());
            }
            Event::CheckIntended { subject, gate, commit, slot, ask } => {
                let check = Check {
                    commit: commit.clone(),
                    slot: slot.clone(),
                    started: entry.at,
                    ask: ask.clone(),
                    state: CheckState::Open,
                };
                self.checks.insert((subject.clone(), gate.clone()), check);
            }
            Event::Judged { .. } => self.judged(&entry.event),
            Event::CheckPutOff { subject, gate, until, why, used } => {
                self.put_off((subject.clone(), gate.clone()), *until, why, *used);
            }
            Event::PausedForGate { gate, why } => {
                self.missing.insert(gate.clone(), why.clone());
            }
            Event::PoolResized { role, size } => {
                self.pools.insert(*role, PoolSize { size: *size, at: entry.at });
            }
            Event::FormatRaised { format, checks, proved, .. } => self.raised(*format, checks, proved),
            Event::Foreign { kind } => {
                self.foreign.insert(kind.clone());
            }
            Event::MergeIntended { batch, tasks, without } => self.merge_intended(*batch, tasks, without),
            Event::Merged { batch, heads, landed, conflicts } => self.merged(*batch, heads, landed, conflicts),
            Event::LandRefused { batch, culprit, next, subject, .. } => {
                self.refused(*batch, culprit.as_ref(), next, subject)
            }
            Event::LandIntended { batch } => self.land_intended(*batch),
            Event::Landed { batch, held_back } => self.landed(entry.at, *batch, held_back),
            Event::MarksIntended { upto } => {
                self.marking = Some(Marking { upto: *upto, phase: MarkingPhase::Making });
            }
            Event::MarksMade { heads, tasks, left } => self.marks_made(heads, tasks, left),
            Event::MarksLandIntended => self.marks_land_intended(),
            Event::MarksLanded { held_back } => self.marks_landed(held_back),
            Event::RevertIntended { tasks, heads } => self.reverting = Some((tasks.clone(), heads.clone())),
            Event::Reverted { held_back } => self.reverted(held_back),
            Event::IntoIntended { .. } => self.into = Some((false, None)),
            Event::IntoEnded { refused, .. } => self.into = Some((true, refused.clone())),
            Event::DeployIntended => self.deploy = Some(None),
            Event::DeployEnded { ok, reason } => self.deploy = Some(Some((*ok, reason.clone()))),
            Event::PullRequestSeen(seen) => {
                self.pulls.insert(seen.layer, seen.clone());
            }
            Event::HeadsMoveIntended { heads, said, .. } => {
                self.moving = Some(heads.clone());
                self.said_of_heads.extend(said.iter().cloned());
            }
            Event::HeadsMoved { held_back } => self.heads_moved(held_back),
            Event::BridgeIntended { branch, commit } => self.bridge = Some((branch.clone(), commit.clone())),
            Event::BridgeRemoved => self.bridge = None,
            Event::Requested { message, request } => {
                self.messages.insert(message.clone());
                self.requested(entry.at, message, request);
            }
            Event::RunFinished { outcome } => self.finished = Some((entry.at, *outcome)),
        }
    }

    fn resumed(&mut self, at: Timestamp, host: &Host) {
        self.ask_again(at);
        self.host = host.clone();
        self.finished = None;
        self.stop = None;
        self.look_again();
        self.paused = false;
        self.providers.values_mut().for_each(|provider| provider.broken = None);
        // What ended badly at the end of the run is done again; what passed is not.
        if matches!(self.into, Some((true, Some(_)))) {
            self.into = None;
        }
        if matches!(self.deploy, Some(Some((false, _)))) {
            self.deploy = None;
        }
        self.checks.retain(|(subject, _), check| {
            // What stands in the way on the base may have been mended there, or installed.
            let end = matches!(subject, Subject::Layer { .. } | Subject::Final(_) | Subject::Base(_));
            !end || !matches!(&check.state, CheckState::Judged(judgement) if !judgement.verdict.lets_through())
        });
    }
}
