//! What git orca tells agents that work (`[run] tell`): each piece once, to whoever it concerns just then.

use super::super::super::event_parts::{ConflictPath, LandedTask};
use super::super::RunState;
use super::super::word::SaidWord;
use crate::brief;
use crate::model::TaskId;

impl RunState {
    /// Two tasks conflict in these paths: each is told of those that were not known before.
    pub(super) fn tell_foreseen(&mut self, tasks: &[TaskId; 2], paths: &[ConflictPath]) {
        if !self.info.options.tell {
            return;
        }
        let known = self.foreseen.iter().find(|it| it.0 == *tasks).map(|it| it.1.as_slice()).unwrap_or_default();
        // Where the lines lie changes with all that is written meanwhile.
        let is_new = |path: &&ConflictPath| !known.iter().any(|it| (&it.path, &it.kind) == (&path.path, &path.kind));
        let mut new: Vec<(&str, &str)> =
            paths.iter().filter(is_new).map(|path| (path.path.as_str(), path.kind.as_str())).collect();
        new.dedup();
        if new.is_empty() {
            return;
        }
        for (task, other) in [(&tasks[0], &tasks[1]), (&tasks[1], &tasks[0])] {
            let text = brief::news_of_conflict(other, new.iter().copied());
            self.tell(task, format!("conflict-{other}-{}", self.seq), text);
        }
    }

    /// A task landed: those that build on it, and those that conflict with it, are told.
    pub(super) fn tell_landed(&mut self, batch: u32, done: &LandedTask) {
        if !self.info.options.tell {
            return;
        }
        let (info, commit) = (self.info.clone(), done.commit.as_ref());
        for task in &info.tasks {
            let by_barrier =
                || info.barriers.iter().any(|it| it.after.contains(&task.id) && it.before.contains(&done.task));
            let pair = |tasks: &[TaskId; 2]| tasks.contains(&task.id) && tasks.contains(&done.task);
            let text = if task.after.iter().any(|edge| edge.task == done.task) || by_barrier() {
                brief::news_of_prerequisite(&done.task, commit)
            } else if task.id != done.task && self.foreseen.iter().any(|it| pair(&it.0)) {
                brief::news_of_rival(&done.task, commit)
            } else {
                continue;
            };
            self.tell(&task.id, format!("landed-{}-{batch}", done.task), text);
        }
    }

    /// Whoever works on a task is told something; later attempts begin with all that has landed.
    fn tell(&mut self, task: &TaskId, message: String, text: String) {
        let Some(i) = self.index(task) else { return };
        if self.tasks[i].under_way().next().is_some() {
            self.tasks[i].words.push(SaidWord { message, text, is_news: true, ..SaidWord::default() });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use super::*;
    use crate::journal::{Entry, Event, Head, Intended};
    use crate::model::{AttemptId, Oid, Role, RunOptions};
    use crate::run::simulation::{started, task};

    fn oid() -> Oid {
        "9".repeat(40).parse().unwrap()
    }

    fn begins(n: usize) -> Event {
        Event::AttemptIntended(Box::new(Intended {
            attempt: AttemptId { task: id(n), n: 1 },
            agent: "mine".into(),
            provider: String::new(),
            model: None,
            role: Role::Code,
            slot: format!("a{n}").parse().unwrap(),
            base: oid(),
            start: oid(),
            resume: None,
            reserved: Default::default(),
            merge: None,
            candidate: None,
            rival: None,
        }))
    }

    fn id(n: usize) -> TaskId {
        format!("T{n}").parse().unwrap()
    }

    fn foreseen(a: usize, b: usize, paths: &[(&str, &str)]) -> Event {
        let path = |(path, lines): &(&str, &str)| ConflictPath {
            path: (*path).to_owned(),
            kind: "contents".into(),
            lines: (*lines).to_owned(),
        };
        Event::ConflictForeseen { tasks: [id(a), id(b)], paths: paths.iter().map(path).collect() }
    }

    fn lands(n: usize) -> Vec<Event> {
        let left = crate::journal::AttemptOutcome::Committed {
            commit: oid(),
            tree: oid(),
            files: 1,
            added: 1,
            removed: 0,
            leftovers: false,
            note: String::new(),
        };
        let attempt = AttemptId { task: id(n), n: 1 };
        let landed = vec![LandedTask { task: id(n), commit: Some(oid()), rules: Vec::new() }];
        let heads = vec![Head { layer: 1, commit: oid(), tree: oid() }];
        vec![
            Event::AttemptEnded { attempt, outcome: left, seconds: 0.0, salvage: None, max_rss: 0, cpu: 0.0 },
            Event::MergeIntended { batch: 1, tasks: vec![id(n)], without: Vec::new() },
            Event::Merged { batch: 1, heads, landed, conflicts: Vec::new() },
            Event::LandIntended { batch: 1 },
            Event::Landed { batch: 1, held_back: Vec::new() },
        ]
    }

    /// What each of four tasks was told; the last one waits for the first.
    fn told(tell: bool, events: Vec<Event>) -> BTreeMap<usize, Vec<String>> {
        let tasks = vec![task(0, &[]), task(1, &[]), task(2, &[]), task(3, &[0])];
        let info = started(tasks, RunOptions { tell, agent: "mine".into(), ..RunOptions::default() });
        let all = std::iter::once(Event::RunStarted(Box::new(info))).chain(events);
        let entry = |(n, event)| Entry { seq: n as u64 + 1, at: Timestamp::UNIX_EPOCH, event };
        let state = RunState::replay(&all.enumerate().map(entry).collect::<Vec<_>>()).unwrap();
        let of = |facts: &crate::journal::TaskState| facts.words.iter().map(|word| word.text.clone()).collect();
        state.tasks.iter().map(of).enumerate().filter(|it: &(usize, Vec<String>)| !it.1.is_empty()).collect()
    }

    #[test]
    fn a_foreseen_conflict_is_told_once_to_both_who_work() {
        let all = |last: Event| {
            vec![begins(0), begins(1), foreseen(0, 1, &[("a.txt", "1-2")]), foreseen(0, 1, &[("a.txt", "1-9")]), last]
        };
        let news = told(true, all(foreseen(0, 1, &[])));
        assert_eq!(news.keys().copied().collect::<Vec<_>>(), [0, 1]);
        assert_eq!((news[&0].len(), news[&1].len()), (1, 1), "{news:?}");
        assert!(news[&0][0].contains("`T1`") && news[&0][0].contains("- `a.txt`: contents"), "{news:?}");
        // Of what comes on top only that.
        let news = told(true, all(foreseen(0, 1, &[("a.txt", "1-9"), ("b.txt", "")])));
        assert!(news[&1].len() == 2 && news[&1][1].contains("b.txt") && !news[&1][1].contains("a.txt"), "{news:?}");
        assert!(told(false, all(foreseen(0, 1, &[]))).is_empty(), "nobody asked for it");
        let news = told(true, vec![begins(0), foreseen(0, 1, &[("a.txt", "")])]);
        assert_eq!(news.keys().copied().collect::<Vec<_>>(), [0], "who does not work is told nothing");
    }

    #[test]
    fn what_landed_is_told_to_who_builds_on_it_and_to_who_conflicts_with_it() {
        let mut events = vec![begins(0), begins(1), begins(2), begins(3), foreseen(0, 2, &[("a.txt", "")])];
        events.extend(lands(0));
        let news = told(true, events.clone());
        assert_eq!(news.keys().copied().collect::<Vec<_>>(), [0, 2, 3], "{news:?}");
        assert!(news[&2][1].contains("`T0`, with which your work conflicts, has landed as 9999"), "{news:?}");
        assert!(news[&3][0].contains("`T0`, which yours builds on, has landed"), "{news:?}");
        assert!(told(false, events).is_empty());
    }
}
