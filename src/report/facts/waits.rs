//! What a task waits for that could start, or that was handed to another host.

use super::picture::Picture;
use crate::journal::Attempt;
use crate::report::words::display::safe;
use crate::report::words::measure::{duration, few, seconds};
use crate::schedule::{self, StartWait};

/// Names of tasks in one line at most; the rest is counted.
const NAMED: usize = 4;

/// What a task that is ready waits for.
pub fn wait(picture: &Picture<'_>, i: usize) -> Option<String> {
    if picture.is_kept_by_machine(i) {
        let why = match picture.crowded {
            true => "every place of this machine is in use",
            false => "this machine has no room for another agent: processors or memory are in use",
        };
        return Some(why.to_owned());
    }
    let words = match picture.wait(i)? {
        StartWait::Agents => {
            let jobs = picture.state.info.options.jobs;
            match jobs {
                1 => "the only slot is in use (-j 1)".to_owned(),
                _ => format!("all {jobs} slots are in use (-j {jobs})"),
            }
        }
        StartWait::Base => "gates judge your base first".to_owned(),
        StartWait::Approval => format!("layer {} needs your approval", picture.state.info.layers[i]),
        StartWait::Layer(lowest) => format!("layer {lowest} comes first"),
        StartWait::Turn => "tasks run one at a time".to_owned(),
        StartWait::Alone => "a task that conflicted several times runs alone".to_owned(),
        StartWait::Pool(role) => format!("every place for the role `{}` is in use", role.word()),
        StartWait::Provider { provider, until } => {
            format!(
                "{} refuses requests for now; next try in {}",
                safe(provider),
                duration(seconds(picture.now, *until))
            )
        }
        StartWait::Kept => "the free place is kept for a task with more work behind it".to_owned(),
        StartWait::Budget => "running agents have reserved the rest of the budget".to_owned(),
        StartWait::Merge => "the work that it builds on is being merged".to_owned(),
        StartWait::Needs(names) => held(picture, i, names),
    };
    Some(words)
}

/// Who holds the resources that a task needs.
fn held(picture: &Picture<'_>, i: usize, names: &[String]) -> String {
    let holds = |j: &usize| {
        let uses = picture.task(*j).needs.keys().any(|name| names.contains(name));
        *j != i && uses && picture.facts(*j).has_attempts() && !picture.standing(*j).is_over()
    };
    let holders: Vec<String> = (0..picture.len()).filter(holds).map(|j| format!("`{}`", picture.task(j).id)).collect();
    let shown: Vec<String> =
        names.iter().map(|name| format!("`{}`", safe(name.trim_start_matches(schedule::EXCLUSIVE)))).collect();
    let by = if holders.is_empty() { "gates".to_owned() } else { few(&holders, NAMED) };
    format!("it needs {}, in use by {by}", few(&shown, NAMED))
}

/// Where an attempt runs that does not run here, or what it waits for there.
pub fn whereabouts(picture: &Picture<'_>, open: &Attempt) -> Option<String> {
    let far = picture.state.info.options.far.as_ref()?;
    let place = |host: &str| if host.is_empty() { far.executor.clone() } else { safe(host) };
    match (&open.host, &open.process) {
        (Some(host), Some(_)) => Some(format!("on {}", place(host))),
        (Some(host), None) => Some(format!("handed over to {}, not begun there", place(host))),
        (None, None) if !picture.state.at_home => {
            let hosts: Vec<String> = far.hosts.iter().map(|host| safe(&host.name)).collect();
            Some(format!(
                "waits for a slot on {}",
                if hosts.is_empty() { far.executor.clone() } else { hosts.join(", ") }
            ))
        }
        (None, _) => None,
    }
}

/// What an attempt waits for that was handed to other hosts and has not begun on one.
pub fn waits_for_host(picture: &Picture<'_>, i: usize) -> Option<String> {
    whereabouts(picture, picture.facts(i).open().filter(|open| open.process.is_none())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Event, Request};
    use crate::model::{Role, RolePool, RunOptions};
    use crate::report::machine::status_json::status;
    use crate::report::testing::{Story, info, options};
    use jiff::SignedDuration;

    const TWO: [(&str, &str, &[&str]); 2] = [("A", "a", &[]), ("B", "b", &[])];

    /// What `status` says that each task waits for, some time after the last thing that happened.
    fn waits(story: &Story, seconds: i64, crowded: bool) -> Vec<Option<String>> {
        let state = story.state();
        let now = state.at + SignedDuration::from_secs(seconds);
        let picture = Picture::new(&state, now, true).with_crowded(crowded);
        let told: Vec<Option<String>> = status(&picture).tasks.into_iter().map(|task| task.reason).collect();
        let text = crate::report::screens::status::status(&picture, 200);
        for why in told.iter().flatten().filter(|why| !why.contains("in use (-j")) {
            assert!(text.contains(why.as_str()), "{why} in {text}");
        }
        told
    }

    fn story(change: impl FnOnce(&mut RunOptions)) -> Story {
        let mut options = options(&[]);
        change(&mut options);
        Story::of(info(&TWO, options))
    }

    fn says(of: &Option<String>, words: &str) {
        assert!(of.as_deref().is_some_and(|of| of.contains(words)), "{words} in {of:?}");
    }

    #[test]
    fn places_are_those_of_the_run_and_those_of_the_machine() {
        let mut one = story(|options| options.jobs = 1);
        one.starts(&["A"]);
        assert_eq!(waits(&one, 5, true), [None, Some("the only slot is in use (-j 1)".into())]);
        let mut four = story(|_| ());
        four.starts(&["A"]);
        assert_eq!(waits(&four, 0, false), [None, None], "it starts in a moment");
        says(&waits(&four, 5, true)[1], "every place of this machine is in use");
        says(&waits(&four, 5, false)[1], "this machine has no room for another agent");
        four.happens(Event::Requested { message: "m".into(), request: Request::Pause });
        assert_eq!(waits(&four, 5, true), [None, None], "a pause is said in the head");
    }

    #[test]
    fn pools_budgets_and_providers_are_named() {
        let mut pool = story(|options| {
            options.roles.insert(Role::Code, RolePool { max: Some(1), ..RolePool::default() });
        });
        pool.starts(&["A"]);
        says(&waits(&pool, 5, false)[1], "every place for the role `code` is in use");
        let mut provider = story(|_| ());
        let state = provider.state();
        let name = Picture::new(&state, state.at, true).course.provider("claude").to_owned();
        let until = state.at + SignedDuration::from_secs(65);
        provider.happens(Event::ProviderPaused { provider: name.clone(), until, why: "limit".into() });
        let told = waits(&provider, 5, false);
        says(&told[0], &format!("{name} refuses requests for now; next try in "));
        says(&told[1], "refuses requests for now");
        let mut turn = story(|options| options.schedule = crate::model::ScheduleMode::Sequential);
        turn.starts(&["A"]);
        says(&waits(&turn, 5, false)[1], "tasks run one at a time");
    }

    #[test]
    fn a_resource_is_named_with_who_holds_it() {
        let mut plan = info(&TWO, options(&[]));
        plan.tasks.iter_mut().for_each(|task| {
            task.needs.insert("database".into(), 1);
        });
        let mut story = Story::of(plan);
        story.starts(&["A"]);
        assert_eq!(waits(&story, 5, false)[1].as_deref(), Some("it needs `database`, in use by `A`"));
    }

    #[test]
    fn work_for_other_hosts_says_what_it_waits_for_there() {
        let far = crate::model::FarOptions {
            executor: "ssh".into(),
            hosts: vec![crate::model::FarHost { name: "box1".into(), jobs: 1 }],
            ..Default::default()
        };
        let mut story = story(|options| options.far = Some(far));
        story.starts(&["A"]);
        says(&waits(&story, 0, false)[0], "waits for a slot on box1");
    }
}
