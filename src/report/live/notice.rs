//! When somebody should be told without looking: the run is over, or a person is needed. Pure.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::journal::{Entry, Event, RunOutcome, RunState};
use crate::report::facts::alert;
use crate::report::facts::picture::Picture;
use crate::report::facts::timing::Timing;
use crate::report::facts::{ending, tally};
use crate::report::machine::status_json::needs;
use crate::report::words::display::clip;
use crate::report::words::measure::{duration, plural};

/// One notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// 1; fields may be added, never renamed.
    pub format: u32,
    /// `finished`, `needs_you`, or `alert`: agents fail too often.
    pub event: &'static str,
    /// The run.
    pub run: String,
    /// One line.
    pub title: String,
    /// What is the matter, a line each.
    pub text: String,
    /// What to type, most useful first.
    pub commands: Vec<String>,
}

/// Columns of a line: desktops cut what is longer.
const LINE: usize = 120;
/// Lines of one notice.
const LINES: usize = 5;

/// What shows how often agents fail.
const ALERT: &str = "git orca stats";

/// Watches a run. Folds its own state from the entries it is given.
#[derive(Debug, Default)]
pub struct Notices {
    after: u64,
    state: Option<RunState>,
    /// Commands that people were told of.
    told: BTreeSet<String>,
    /// Whether something may have changed what people have to do.
    stirred: bool,
    finished: bool,
}

impl Notices {
    /// Silent about entries up to number `after`.
    pub fn new(after: u64) -> Notices {
        Notices { after, ..Notices::default() }
    }

    /// Folds an entry in.
    pub fn entry(&mut self, entry: &Entry) {
        if entry.seq == self.after + 1 {
            // What a resumed run already needed was seen by whoever resumed it.
            self.told = self.needed().into_iter().map(|(command, _)| command).collect();
        }
        match &mut self.state {
            Some(state) => state.apply(entry),
            None => self.state = RunState::begin(entry).ok(),
        }
        if entry.seq > self.after {
            self.stirred |= !is_routine(&entry.event);
            let awaits = matches!(entry.event, Event::RunFinished { outcome: RunOutcome::AwaitsReview });
            self.finished |= matches!(entry.event, Event::RunFinished { .. }) && !awaits;
        }
    }

    /// What is to be told once a step is over; the end tells everything.
    pub fn settle(&mut self) -> Option<Notice> {
        let stirred = std::mem::take(&mut self.stirred);
        if std::mem::take(&mut self.finished) {
            return self.end();
        }
        if !stirred {
            return None;
        }
        let needed = self.needed();
        let fresh: Vec<&(String, String)> = needed.iter().filter(|(command, _)| !self.told.contains(command)).collect();
        let state = self.state.as_ref()?;
        let title = match fresh.as_slice() {
            [] => return None,
            [(_, what)] => what.clone(),
            several => format!("{} need you", plural(several.len(), "thing")),
        };
        let notice = Notice {
            format: 1,
            event: if fresh.iter().all(|(command, _)| command == ALERT) { "alert" } else { "needs_you" },
            run: state.info.run.to_string(),
            title: clip(&title, LINE),
            text: fresh.iter().take(LINES).map(|(_, what)| what.clone()).collect::<Vec<_>>().join("\n"),
            commands: fresh.iter().map(|(command, _)| command.clone()).collect(),
        };
        self.told.extend(notice.commands.iter().cloned());
        Some(notice)
    }

    /// Commands for a person, each with what is the matter.
    fn needed(&self) -> Vec<(String, String)> {
        let Some(state) = &self.state else { return Vec::new() };
        let picture = Picture::new(state, state.at, true);
        let needs = needs(&picture);
        let what = |need: &crate::report::machine::status_json::Need<'_>| {
            let why = need.reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            let who = need.task.map_or("the run", |task| task.as_str());
            clip(&format!("{who} {}{why}", need.state), LINE)
        };
        let alert = alert::of_agents(&picture).map(|alert| (ALERT.to_owned(), clip(&alert, LINE)));
        needs.iter().map(|need| (need.command.clone(), what(need))).chain(alert).collect()
    }

    fn end(&self) -> Option<Notice> {
        let state = self.state.as_ref()?;
        let picture = Picture::new(state, state.at, false);
        let wall = duration(Timing::of(&picture).wall);
        let mut commands: Vec<String> = needs(&picture).into_iter().map(|need| need.command).collect();
        commands.push("git orca report".to_owned());
        let counts = tally::words(&tally::shown(&picture));
        let text = match ending::exit(&picture) {
            0 => counts,
            _ => format!("{counts}\n{}", ending::line(&picture)),
        };
        Some(Notice {
            format: 1,
            event: "finished",
            run: state.info.run.to_string(),
            title: format!("{} of {} landed in {wall}", picture.landed(), picture.len()),
            text,
            commands,
        })
    }
}

/// Entries that every task writes on its way and that need nobody.
fn is_routine(event: &Event) -> bool {
    matches!(
        event,
        Event::AttemptIntended { .. }
            | Event::AttemptPlaced { .. }
            | Event::AgentStarted { .. }
            | Event::AgentExited { .. }
            | Event::SnapshotTaken { .. }
            | Event::UsageSeen { .. }
            | Event::CheckIntended { .. }
            | Event::MergeIntended { .. }
            | Event::LandIntended { .. }
            | Event::Landed { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{FailClass, RunOutcome};
    use crate::report::testing::Story;

    fn told(story: &Story, after: u64) -> Vec<Notice> {
        let mut notices = Notices::new(after);
        let mut told = Vec::new();
        for entry in &story.entries {
            notices.entry(entry);
            told.extend(notices.settle());
        }
        told
    }

    #[test]
    fn people_are_told_once_when_they_are_needed_and_once_at_the_end() {
        let mut story = Story::new(&[("A", "a", &[]), ("B", "b", &[]), ("C", "c", &["B"])], &[]);
        story.done("A", 0.0, 2.0).starts(&["B"]).at(4.0).fails("B", FailClass::Fatal, "no credit \x1b[31mleft");
        let before = story.entries.len() as u64;
        story.finishes(RunOutcome::Incomplete { exit: 4 });
        let all = told(&story, 0);
        let words: Vec<(&str, &str, &str)> =
            all.iter().map(|it| (it.event, it.title.as_str(), it.commands[0].as_str())).collect();
        assert_eq!(
            words,
            [
                ("needs_you", "B failed: no credit \\u{1b}[31mleft", "git orca retry B"),
                ("finished", "1 of 3 landed in 4.0 s", "git orca retry B"),
            ]
        );
        assert_eq!(all[1].text, "1 landed, 1 failed, 1 blocked\nexit 4: 1 task failed");
        assert_eq!(told(&story, before).len(), 1, "what was known before a resumption is not told again");
    }

    /// Five agents of which one failed: the threshold says whether that is too many.
    #[test]
    fn too_many_failed_attempts_are_an_alert_once() {
        let alerts = |least: f64| {
            let ids = ["A", "B", "C", "D", "E", "F"];
            let lines: Vec<(&str, &str, &[&str])> = ids.iter().map(|id| (*id, "t", &[][..])).collect();
            let mut story = Story::new(&lines, &[]);
            let Event::RunStarted(info) = &mut story.entries[0].event else { unreachable!() };
            info.options.success_alert = least;
            story.starts(&["E"]).fails("E", FailClass::NoWork, "it changed nothing");
            for id in ["A", "B", "C", "D", "F"] {
                story.starts(&[id]).commits(id, 1, 1, 0);
            }
            let told = told(&story, 0);
            told.into_iter().filter(|it| it.event == "alert").map(|it| (it.title, it.commands)).collect::<Vec<_>>()
        };
        let words = "4 of 5 attempts left a result; 1 changed nothing".to_owned();
        assert_eq!(alerts(0.99), [(words, vec![ALERT.to_owned()])]);
        assert_eq!(alerts(0.81).len(), 1);
        assert_eq!(alerts(0.8), [], "exactly as many as there must be");
        assert_eq!(alerts(0.5), []);
    }

    #[test]
    fn a_run_without_trouble_tells_its_end_only() {
        let mut story = Story::new(&[("A", "a", &[])], &["test"]);
        story.done("A", 0.0, 2.0).finishes(RunOutcome::Done);
        let all = told(&story, 0);
        assert_eq!((all.len(), all[0].event, all[0].text.as_str()), (1, "finished", "1 landed"));
    }
}
