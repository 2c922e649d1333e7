//! How long a run will still take, from how long it took so far. An estimate, and only given once something landed.

use jiff::{SignedDuration, Timestamp};

use super::picture::Picture;
use super::timing;
use crate::schedule::{TaskStatus, weights};

/// What is left.
#[derive(Debug, Clone, PartialEq)]
pub struct RemainingTime {
    /// Seconds until the last task lands, if nothing fails.
    pub seconds: f64,
    tasks: Vec<f64>,
}

impl RemainingTime {
    /// None while nothing is known, and once nothing is left. Until something landed, what earlier runs took is believed.
    pub fn of(picture: &Picture<'_>) -> Option<RemainingTime> {
        let info = &picture.state.info;
        let weights = weights(info);
        let landed = picture.that(|standing| *standing == TaskStatus::Landed);
        let planned: f64 = landed.iter().map(|i| weights[*i]).sum();
        let measured: f64 = landed.iter().map(|i| timing::of_task(picture, *i)).sum();
        let rate = match (planned > 0.0 && measured > 0.0, info.expected.is_empty()) {
            (true, _) => measured / planned,
            (false, false) => 60.0,
            (false, true) => return None,
        };
        let left = |i: usize| {
            if picture.standing(i).is_over() { 0.0 } else { (weights[i] * rate - timing::of_task(picture, i)).max(0.0) }
        };
        let tasks: Vec<f64> = (0..picture.len()).map(left).collect();
        let chain = picture.course.graph.tails(&tasks).into_iter().fold(0.0, f64::max);
        let shared = tasks.iter().sum::<f64>() / f64::from(picture.state.info.options.jobs.max(1));
        let seconds = chain.max(shared);
        (seconds > 0.0).then_some(RemainingTime { seconds, tasks })
    }

    /// When a task that is being worked on will be done.
    pub fn at(&self, picture: &Picture<'_>, i: usize) -> Option<Timestamp> {
        let working = matches!(picture.standing(i), TaskStatus::Running | TaskStatus::Gating);
        let left = self.tasks.get(i).copied().filter(|left| working && *left > 0.0)?;
        picture.now.checked_add(SignedDuration::try_from_secs_f64(left).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::Story;

    #[test]
    fn what_is_left_follows_from_what_was_measured() {
        let mut story = Story::new(&[("A", "a", &[]), ("B", "b", &["A"]), ("C", "c", &["B"])], &[]);
        let state = story.state();
        assert_eq!(RemainingTime::of(&Picture::new(&state, state.at, true)), None);
        story.done("A", 0.0, 60.0).starts(&["B"]).at(70.0);
        let state = story.state();
        let now = state.started + SignedDuration::from_secs(70);
        let picture = Picture::new(&state, now, true);
        let left = RemainingTime::of(&picture).unwrap();
        assert!((left.seconds - 108.5).abs() < 0.01, "{left:?}");
        assert_eq!(left.at(&picture, 1), Some(state.started + SignedDuration::from_secs(119)));
        assert_eq!(left.at(&picture, 2), None);
    }
}
