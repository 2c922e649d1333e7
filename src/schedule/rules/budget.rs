//! What an attempt may use: reserved before its launch, held while it runs, its end when it takes more.
//!
//! With `total` the run's budget and `n` the tasks that may still need an agent, an attempt gets the base share, what is
//! not committed / (n + 1); once a few attempts of this run left a result, the 95th percentile of what they used × 1.1,
//! at most 1.5 × base. *Committed* is what ended attempts used, and of the open ones what they reserved or used, whichever
//! is more. A tenth of the total is never reserved (DESIGN 5, Resources).
//!
//! The reservation is what the agent itself is told as its cap. An agent that goes on all the same is ended 5 % above
//! it. Both see usage only after a model's turn, so that each open attempt may overshoot by one turn: a run stays below
//! its total as long as those turns together are less than 5.5 % of it, since 0.9 × 1.05 = 0.945.

use super::{failed, staged};
use crate::journal::{Attempt, AttemptOutcome, FailClass, RunState, TaskState};
use crate::model::{Allowance, BudgetLimit, Usage};
use crate::schedule::facts::RunContext;

/// Share of the total that may be reserved.
const RESERVABLE: f64 = 0.9;
/// How far above its reservation an attempt is ended.
const GRACE: f64 = 1.05;
/// Results in this run before their usage says more than equal shares: a single small task says nothing of the others.
const ENOUGH: usize = 5;
/// How much more than last time an attempt must get that used all it had: less would end the same way.
const MORE: f64 = 1.25;

/// One thing that is counted.
#[derive(Debug, Clone, Copy)]
struct Unit {
    of: fn(&Usage) -> f64,
    cap: fn(&Allowance) -> Option<f64>,
    /// Less is nothing.
    least: f64,
    run: BudgetLimit,
    task: BudgetLimit,
}

const TOKENS: Unit = Unit {
    of: |usage| usage.tokens() as f64,
    cap: |allowance| allowance.tokens.map(|n| n as f64),
    least: 1.0,
    run: BudgetLimit::RunTokens,
    task: BudgetLimit::TaskTokens,
};
const MONEY: Unit = Unit {
    of: |usage| usage.usd,
    cap: |allowance| allowance.usd,
    least: 0.01,
    run: BudgetLimit::RunUsd,
    task: BudgetLimit::TaskUsd,
};

/// What is left of one unit.
#[derive(Debug, Clone)]
struct Purse {
    unit: Unit,
    total: Option<f64>,
    attempt_cap: Option<f64>,
    task_cap: Option<f64>,
    committed: f64,
    /// What attempts with a result used, ascending.
    history: Vec<f64>,
}

/// What of the run's budget is left, as one decision goes on.
#[derive(Debug, Clone)]
pub struct Ledger {
    tokens: Purse,
    money: Purse,
    needing: usize,
    /// Whether something runs whose end gives back what it does not use.
    holding: bool,
}

/// The answer to a wish for a reservation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reserve {
    /// Reserved.
    Yes(Allowance),
    /// Not before something that runs has ended.
    Wait,
    /// Not unless a person raises the limit.
    Never(BudgetLimit),
}

impl Ledger {
    /// The ledger of a run as it stands.
    pub fn new(course: &RunContext, state: &RunState) -> Ledger {
        let purse = |unit| Purse::new(unit, course, state);
        let mut ledger = Ledger { tokens: purse(TOKENS), money: purse(MONEY), needing: 0, holding: false };
        if !ledger.counts() {
            return ledger;
        }
        for (i, task) in state.tasks.iter().enumerate() {
            ledger.needing += usize::from(may_need(course, task, i));
            for attempt in &task.attempts {
                ledger.holding |= attempt.is_open() && attempt.reserved != Allowance::default();
                ledger.tokens.enter(attempt);
                ledger.money.enter(attempt);
            }
        }
        for used in state.review_usage(|_| true) {
            ledger.tokens.committed += (TOKENS.of)(&used);
            ledger.money.committed += (MONEY.of)(&used);
        }
        ledger.tokens.history.sort_by(f64::total_cmp);
        ledger.money.history.sort_by(f64::total_cmp);
        ledger
    }

    /// Whether anything is limited at all.
    fn counts(&self) -> bool {
        [&self.tokens, &self.money].iter().any(|it| it.total.or(it.attempt_cap).or(it.task_cap).is_some())
    }

    /// What the next attempt of a task may use. An agent that asks no model needs no reservation.
    pub fn ask(&self, course: &RunContext, state: &RunState, i: usize) -> Reserve {
        let agent = course.agent_for(i, staged::next_role(course, state, i));
        if !self.counts() || course.provider(agent).is_empty() {
            return Reserve::Yes(Allowance::default());
        }
        let task = &state.tasks[i];
        let short = task.last().filter(|last| matches!(last.failure(), Some((FailClass::OverBudget, _))));
        let short = short.filter(|_| !task.retry_asked);
        let tokens = self.tokens.offer(self.needing, task, short);
        let usd = self.money.offer(self.needing, task, short);
        match (tokens, usd) {
            (Ok(tokens), Ok(usd)) => Reserve::Yes(Allowance { tokens: tokens.map(|n| n as u64), usd }),
            (Err(limit), _) | (_, Err(limit)) => {
                let by_run = matches!(limit, BudgetLimit::RunTokens | BudgetLimit::RunUsd);
                if by_run && self.holding { Reserve::Wait } else { Reserve::Never(limit) }
            }
        }
    }

    /// An attempt starts with `reserved`.
    pub fn take(&mut self, reserved: Allowance) {
        for purse in [&mut self.tokens, &mut self.money] {
            purse.committed += (purse.unit.cap)(&reserved).unwrap_or(0.0);
        }
        self.holding |= reserved != Allowance::default();
        self.needing = self.needing.saturating_sub(1);
    }
}

impl Purse {
    fn new(unit: Unit, course: &RunContext, state: &RunState) -> Purse {
        let limits = &course.info.options.limits;
        Purse {
            unit,
            total: (unit.cap)(&state.budget),
            attempt_cap: (unit.cap)(&limits.attempt),
            task_cap: (unit.cap)(&limits.task),
            committed: 0.0,
            history: Vec::new(),
        }
    }

    /// Books what an attempt used, or holds.
    fn enter(&mut self, attempt: &Attempt) {
        let used = (self.unit.of)(&attempt.usage);
        let held = if attempt.is_open() { (self.unit.cap)(&attempt.reserved).unwrap_or(0.0) } else { 0.0 };
        self.committed += held.max(used);
        if used > 0.0 && matches!(attempt.ended, Some((_, AttemptOutcome::Committed { .. }))) {
            self.history.push(used);
        }
    }

    /// What an attempt of `task` gets; `before` is the last one, when it used up what it had.
    fn offer(&self, n: usize, task: &TaskState, before: Option<&Attempt>) -> Result<Option<f64>, BudgetLimit> {
        let used: f64 = task.attempts.iter().map(|attempt| (self.unit.of)(&attempt.usage)).sum();
        let own = [self.attempt_cap, self.task_cap.map(|cap| cap - used)].into_iter().flatten().reduce(f64::min);
        let had = before.and_then(|last| Some(((self.unit.cap)(&last.reserved)?, (self.unit.of)(&last.usage))));
        let more = had.filter(|(had, used)| used * GRACE >= *had).map(|(had, _)| had * MORE);
        let least = self.unit.least;
        let Some(total) = self.total else {
            return match own {
                Some(own) if own < more.unwrap_or(least) => Err(self.unit.task),
                own => Ok(own),
            };
        };
        let base = (total - self.committed).max(0.0) / (n.max(1) + 1) as f64;
        let known = self.history.get((self.history.len() * 95).div_ceil(100).saturating_sub(1));
        let usual = known.filter(|_| self.history.len() >= ENOUGH).map_or(base, |p95| p95 * 1.1);
        let want = usual.max(more.unwrap_or(0.0)).min(1.5 * base);
        let free = total * RESERVABLE - self.committed;
        let least = more.unwrap_or(want / 2.0).max(self.unit.least);
        if free <= 0.0 || free < least || want < least {
            return Err(self.unit.run);
        }
        match want.min(free).min(own.unwrap_or(f64::INFINITY)) {
            size if size < more.unwrap_or(self.unit.least) => Err(self.unit.task),
            size => Ok(Some(size)),
        }
    }
}

/// What a reviewing agent may use: what one attempt may, and no more than the run has left. The error says that nothing is.
pub fn of_review(state: &RunState) -> Result<Allowance, BudgetLimit> {
    let used = state.usage();
    let left = |unit: &Unit| (unit.cap)(&state.budget).map(|total| total - (unit.of)(&used));
    if let Some(unit) = [TOKENS, MONEY].iter().find(|unit| left(unit).is_some_and(|left| left < unit.least)) {
        return Err(unit.run);
    }
    let own = &state.info.options.limits.attempt;
    let may = |unit: &Unit| [(unit.cap)(own), left(unit)].into_iter().flatten().reduce(f64::min);
    Ok(Allowance { tokens: may(&TOKENS).map(|n| n as u64), usd: may(&MONEY) })
}

/// Whether a task may still need an agent that costs.
fn may_need(course: &RunContext, task: &TaskState, i: usize) -> bool {
    let over = task.landed.is_some() || task.skipped || task.stopped || task.open().is_some();
    !over && !course.people[i] && !course.provider(course.agent(i)).is_empty() && failed::again(course, task)
}

/// The limit that a running attempt has gone beyond.
pub fn exceeded(state: &RunState, attempt: &Attempt) -> Option<BudgetLimit> {
    if attempt.provider.is_empty() {
        return None;
    }
    let all = state.usage();
    [TOKENS, MONEY].into_iter().find_map(|unit| {
        let own = (unit.cap)(&attempt.reserved).is_some_and(|cap| (unit.of)(&attempt.usage) > cap * GRACE);
        let run = (unit.cap)(&state.budget).is_some_and(|total| (unit.of)(&all) >= total);
        own.then_some(unit.task).or(run.then_some(unit.run))
    })
}
