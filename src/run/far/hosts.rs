//! Which host is next: the least loaded one that has a place and is not left alone for a while.

use std::time::{Duration, Instant};

use crate::model::FarHost;

/// How long a host that failed once is left alone; twice as long with each failure after another.
const REST: Duration = Duration::from_secs(15);
/// The longest.
const LONGEST_REST: Duration = Duration::from_secs(600);

/// How an attempt's stay at a host ended, as far as the host goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StayEnd {
    /// As it should.
    Fine,
    /// The host did not answer, or lost it.
    Failed,
    /// The host will not take work of this run.
    Refused(String),
}

/// What follows for an attempt that looks for a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostChoice {
    /// This one; its place is taken.
    Take(String),
    /// None now. When to ask again at the latest, and since when nobody answers, if nobody does.
    Wait(Duration, Option<Instant>),
    /// None ever: why.
    Nowhere(String),
}

#[derive(Debug, Clone)]
struct HostLoad {
    name: String,
    jobs: u32,
    running: u32,
    failures: u32,
    rests_until: Option<Instant>,
    refused: Option<String>,
}

/// The hosts of a run, and what they have.
#[derive(Debug, Clone)]
pub struct Hosts {
    all: Vec<HostLoad>,
    /// Since when no host has answered.
    silent: Option<Instant>,
}

/// Between two looks while all places are taken.
const LOOK: Duration = Duration::from_millis(500);

impl Hosts {
    /// Nobody has anything yet. Without hosts there is one that has places for all: a queue.
    pub fn new(hosts: &[FarHost]) -> Hosts {
        let load = |name: &str, jobs: u32| HostLoad {
            name: name.to_owned(),
            jobs,
            running: 0,
            failures: 0,
            rests_until: None,
            refused: None,
        };
        let mut all: Vec<HostLoad> = hosts.iter().map(|host| load(&host.name, host.jobs)).collect();
        if all.is_empty() {
            all.push(load("", u32::MAX));
        }
        Hosts { all, silent: None }
    }

    /// The next host for an attempt, its place taken.
    pub fn choose(&mut self, now: Instant) -> HostChoice {
        if let Some(why) = self.all.iter().map(|it| it.refused.clone()).collect::<Option<Vec<_>>>() {
            return HostChoice::Nowhere(why.join("; "));
        }
        let free = |it: &&mut HostLoad| {
            it.refused.is_none() && it.running < it.jobs && it.rests_until.is_none_or(|until| until <= now)
        };
        let load = |it: &HostLoad| (u64::from(it.running) * 1_000_000 / u64::from(it.jobs), it.failures);
        if let Some(best) = self.all.iter_mut().filter(free).min_by_key(|it| load(it)) {
            best.running += 1;
            return HostChoice::Take(best.name.clone());
        }
        let next = self.all.iter().filter_map(|it| it.rests_until).min();
        let wait = next.map_or(LOOK, |until| until.saturating_duration_since(now).min(LOOK));
        HostChoice::Wait(wait, self.silent)
    }

    /// An attempt is there already.
    pub fn adopt(&mut self, name: &str) {
        if let Some(host) = self.all.iter_mut().find(|it| it.name == name) {
            host.running += 1;
        }
    }

    /// An attempt's place is free again. Gives how long the host is left alone now.
    pub fn give_back(&mut self, name: &str, end: &StayEnd, now: Instant) -> Option<Duration> {
        let host = self.all.iter_mut().find(|it| it.name == name)?;
        host.running = host.running.saturating_sub(1);
        match end {
            StayEnd::Fine => {
                (host.failures, host.rests_until, self.silent) = (0, None, None);
                None
            }
            StayEnd::Refused(why) => {
                host.refused = Some(why.clone());
                None
            }
            StayEnd::Failed => {
                host.failures += 1;
                let rest = REST.saturating_mul(1 << (host.failures - 1).min(10)).min(LONGEST_REST);
                host.rests_until = Some(now + rest);
                if self.all.iter().all(|it| it.failures > 0 || it.refused.is_some()) {
                    self.silent = self.silent.or(Some(now));
                }
                Some(rest)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> Hosts {
        let host = |name: &str, jobs| FarHost { name: name.to_owned(), jobs };
        Hosts::new(&[host("a", 1), host("b", 2)])
    }

    fn taken(hosts: &mut Hosts, now: Instant) -> String {
        match hosts.choose(now) {
            HostChoice::Take(name) => name,
            HostChoice::Wait(..) => "wait".to_owned(),
            HostChoice::Nowhere(why) => why,
        }
    }

    #[test]
    fn least_loaded_first_and_never_more_than_its_places() {
        let (mut hosts, now) = (hosts(), Instant::now());
        let order: Vec<String> = (0..4).map(|_| taken(&mut hosts, now)).collect();
        assert_eq!(order, ["a", "b", "b", "wait"]);
        hosts.give_back("b", &StayEnd::Fine, now);
        hosts.give_back("a", &StayEnd::Fine, now);
        assert_eq!([taken(&mut hosts, now), taken(&mut hosts, now)], ["a", "b"]);
    }

    #[test]
    fn a_host_that_fails_is_left_alone_longer_each_time() {
        let (mut hosts, now) = (hosts(), Instant::now());
        assert_eq!(taken(&mut hosts, now), "a");
        assert_eq!(hosts.give_back("a", &StayEnd::Failed, now), Some(REST));
        assert_eq!([taken(&mut hosts, now), taken(&mut hosts, now), taken(&mut hosts, now)], ["b", "b", "wait"]);
        assert_eq!(taken(&mut hosts, now + REST), "a");
        assert_eq!(hosts.give_back("a", &StayEnd::Failed, now + REST), Some(REST * 2));
        assert!(matches!(hosts.choose(now + REST), HostChoice::Wait(_, None)), "b answers");
        hosts.give_back("b", &StayEnd::Failed, now);
        assert!(matches!(hosts.choose(now), HostChoice::Wait(_, Some(_))), "nobody answers");
        assert_eq!(hosts.give_back("b", &StayEnd::Fine, now), None);
        assert_eq!(taken(&mut hosts, now), "b");
        for _ in 0..30 {
            hosts.give_back("a", &StayEnd::Failed, now);
        }
        assert_eq!(hosts.give_back("a", &StayEnd::Failed, now), Some(LONGEST_REST));
    }

    #[test]
    fn where_every_host_refuses_there_is_nowhere_to_go() {
        let (mut hosts, now) = (hosts(), Instant::now());
        hosts.give_back("a", &StayEnd::Refused("a: old".into()), now);
        assert_eq!(taken(&mut hosts, now), "b");
        hosts.give_back("b", &StayEnd::Refused("b: older".into()), now);
        assert_eq!(taken(&mut hosts, now), "a: old; b: older");
        assert_eq!(taken(&mut Hosts::new(&[]), now), "");
    }
}
