//! What an attempt may use: reserved before its launch, held while it runs, its end when it takes more.
//!
//! With `total` the run's budget and `n` the tasks that may still need an agent, an attempt gets the base share, what is
//! not committed / (n + 1); once a few attempts of this run left a result, the 95th percentile of what they used × 1.1,
//! at most 1.5 × base. *Committed* is what ended attempts used, and of the open ones what they reserved or used, whichever
//! is more. A tenth of the total is never reserved (DESIGN 5, Resources).
//!
//! A reservation is a share, not a limit: an attempt that needs more goes on with what nobody has reserved, and what an
//! ended one did not use is there for those that wait. Only when more is used and reserved than there is (94.5 % of the
//! total: 0.9 × 1.05), attempts are ended, one after the other, until the rest fits: first one that runs away (three times
//! its share), else the one that has used least, since least work is lost with it. What is set in `[limits]` for an attempt
//! or a task is a limit, with 5 % of grace. Usage is seen only after a model's turn, so that each open attempt may overshoot
//! by one: a run stays below its total as long as those turns together are less than 5.5 % of it.
//!
//! The last one that runs goes on up to 99 % of the total. Once two attempts left a result (one, while others run), nothing is
//! started that would not even have the least that one of them used: it would be work thrown away.

use super::rounds::attempts_needed;
use super::{failed, staged};
use crate::journal::{Attempt, AttemptOutcome, FailClass, RunState, TaskState};
use crate::model::{Allowance, BudgetLimit, Usage};
use crate::schedule::facts::RunContext;

/// Share of the total that may be reserved.
const RESERVABLE: f64 = 0.9;
/// How far above its reservation an attempt is ended.
const GRACE: f64 = 1.05;
/// How much of the total the last attempt may come to that runs: ending it would save nothing for anybody else.
const ALONE: f64 = 0.99;
/// Results in this run before their usage says more than equal shares: a single small task says nothing of the others.
const ENOUGH: usize = 5;
/// Results in this run after which it is known that less than the least of them is not enough.
const KNOWN: usize = 2;
/// As many times its share an attempt is called a runaway.
const RUNAWAY: f64 = 3.0;
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
    /// What each open attempt reserved or used, whichever is more.
    open: Vec<f64>,
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
            ledger.needing += if may_need(course, task, i) { attempts_needed(course, state, i) } else { 0 };
            for attempt in task.all_attempts() {
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
        let task = &state.tasks[i];
        let short = task.last().filter(|last| matches!(last.failure(), Some((FailClass::OverBudget, _))));
        self.offer(course.provider(agent), task, short.filter(|_| !task.retry_asked), 1)
    }

    /// As [`Ledger::ask`], for one of several attempts at once: what the task may use is for all of them.
    pub fn ask_rival(&self, course: &RunContext, state: &RunState, i: usize, agent: &str) -> Reserve {
        self.offer(course.provider(agent), &state.tasks[i], None, attempts_needed(course, state, i).max(1))
    }

    fn offer(&self, provider: &str, task: &TaskState, short: Option<&Attempt>, parts: usize) -> Reserve {
        if !self.counts() || provider.is_empty() {
            return Reserve::Yes(Allowance::default());
        }
        let tokens = self.tokens.offer(self.needing, task, short, parts);
        let usd = self.money.offer(self.needing, task, short, parts);
        match (tokens, usd) {
            (Ok(tokens), Ok(usd)) => Reserve::Yes(Allowance { tokens: tokens.map(|n| n as u64), usd }),
            (Err(limit), _) | (_, Err(limit)) => {
                let by_run = matches!(limit, BudgetLimit::RunTokens | BudgetLimit::RunUsd);
                if by_run && self.holding { Reserve::Wait } else { Reserve::Never(limit) }
            }
        }
    }

    /// As [`Ledger::ask`], for an attempt that may have to be made again: what that would cost is there, too, or the answer
    /// is to wait.
    pub fn ask_twice(&self, course: &RunContext, state: &RunState, i: usize) -> Reserve {
        let Reserve::Yes(first) = self.ask(course, state, i) else { return Reserve::Wait };
        let mut after = self.clone();
        after.take(first);
        after.needing = self.needing;
        let spent = |purse: &Purse| {
            let used: f64 = state.tasks[i].attempts.iter().map(|attempt| (purse.unit.of)(&attempt.usage)).sum();
            used + 2.0 * (purse.unit.cap)(&first).unwrap_or(0.0)
        };
        let goes_over = |purse: &Purse| purse.task_cap.is_some_and(|cap| spent(purse) > cap);
        match after.ask(course, state, i) {
            Reserve::Yes(_) if ![&self.tokens, &self.money].into_iter().any(goes_over) => Reserve::Yes(first),
            _ => Reserve::Wait,
        }
    }

    /// An attempt starts with `reserved`.
    pub fn take(&mut self, reserved: Allowance) {
        for purse in [&mut self.tokens, &mut self.money] {
            let size = (purse.unit.cap)(&reserved).unwrap_or(0.0);
            purse.committed += size;
            purse.open.push(size);
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
            open: Vec::new(),
            history: Vec::new(),
        }
    }

    /// Books what an attempt used, or holds.
    fn enter(&mut self, attempt: &Attempt) {
        let used = (self.unit.of)(&attempt.usage);
        self.committed += self.held(attempt);
        if attempt.is_open() {
            self.open.push(self.held(attempt));
        }
        if used > 0.0 && matches!(attempt.ended, Some((_, AttemptOutcome::Committed { .. }))) {
            self.history.push(used);
        }
    }

    /// What an attempt used, or reserved as long as it runs, whichever is more.
    fn held(&self, attempt: &Attempt) -> f64 {
        let reserved = if attempt.is_open() { (self.unit.cap)(&attempt.reserved).unwrap_or(0.0) } else { 0.0 };
        reserved.max((self.unit.of)(&attempt.usage))
    }

    /// What an attempt of `task` gets, one of as many as `parts`; `before` is the last one, when it used up what it had.
    fn offer(
        &self,
        n: usize,
        task: &TaskState,
        before: Option<&Attempt>,
        parts: usize,
    ) -> Result<Option<f64>, BudgetLimit> {
        let held: f64 = task.all_attempts().map(|attempt| self.held(attempt)).sum();
        let of_task = self.task_cap.map(|cap| (cap - held) / parts as f64);
        let own = [self.attempt_cap, of_task].into_iter().flatten().reduce(f64::min);
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
        if free <= 0.0 || free < least || want < least || !self.fits(free) {
            return Err(self.unit.run);
        }
        match want.min(free).min(own.unwrap_or(f64::INFINITY)) {
            size if size < more.unwrap_or(self.unit.least) => Err(self.unit.task),
            size => Ok(Some(size)),
        }
    }
}

impl Purse {
    /// Whether one more attempt could end well: the least that one used is left, beside as much for each that is open.
    fn fits(&self, free: f64) -> bool {
        let Some(least) = self.least() else { return true };
        let lacking: f64 = self.open.iter().map(|held| (least - held).max(0.0)).sum();
        free - lacking >= least
    }

    /// The least that an attempt with a result used, once there are a few. As long as others run one is enough: what it says
    /// makes nobody wait for longer than they do.
    fn least(&self) -> Option<f64> {
        self.history.first().copied().filter(|_| self.history.len() >= KNOWN || !self.open.is_empty())
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

/// The limit because of which a running attempt of `task` has to end.
pub fn exceeded(state: &RunState, task: &TaskState, attempt: &Attempt) -> Option<BudgetLimit> {
    if attempt.provider.is_empty() {
        return None;
    }
    let all = state.usage();
    let limits = &state.info.options.limits;
    [TOKENS, MONEY].into_iter().find_map(|unit| {
        let used = (unit.of)(&attempt.usage);
        let of_task: f64 = task.all_attempts().map(|it| (unit.of)(&it.usage)).sum();
        let beyond = |cap: Option<f64>, used: f64| cap.is_some_and(|cap| used > cap * GRACE);
        let own = beyond((unit.cap)(&limits.attempt), used) || beyond((unit.cap)(&limits.task), of_task);
        let run = (unit.cap)(&state.budget).is_some_and(|total| (unit.of)(&all) >= total);
        let squeezed = || squeezed_out(unit, state).is_some_and(|out| std::ptr::eq(out, attempt));
        own.then_some(unit.task).or((run || squeezed()).then_some(unit.run))
    })
}

/// The running attempt that has to end because more is used and reserved than there is.
fn squeezed_out(unit: Unit, state: &RunState) -> Option<&Attempt> {
    let total = (unit.cap)(&state.budget)?;
    let used = |it: &Attempt| (unit.of)(&it.usage);
    let share = |it: &Attempt| (unit.cap)(&it.reserved).unwrap_or(0.0);
    let running = |it: &&Attempt| it.is_open() && !it.end_asked && it.exited_at.is_none() && !it.provider.is_empty();
    let open: Vec<&Attempt> = state.tasks.iter().flat_map(TaskState::under_way).filter(running).collect();
    let unused: f64 = open.iter().map(|it| (share(it) - used(it)).max(0.0)).sum();
    let committed = (unit.of)(&state.usage()) + unused;
    let most = if open.len() > 1 { RESERVABLE * GRACE } else { ALONE };
    if committed <= total * most || !open.iter().any(|it| used(it) > share(it)) {
        return None;
    }
    let times = |it: &Attempt| used(it) / share(it).max(unit.least);
    let runaway = open.iter().copied().filter(|it| times(it) > RUNAWAY).max_by(|a, b| times(a).total_cmp(&times(b)));
    let smallest = || open.iter().copied().min_by(|a, b| used(a).total_cmp(&used(b)).then(b.started.cmp(&a.started)));
    runaway.filter(|_| open.len() > 1).or_else(smallest)
}

/// What stands in the way, true to the numbers, in one line for people.
pub fn limit_reason(limit: BudgetLimit, state: &RunState) -> String {
    let unit = match limit {
        BudgetLimit::RunTokens => TOKENS,
        BudgetLimit::RunUsd => MONEY,
        other => return other.words().to_owned(),
    };
    let Some(total) = (unit.cap)(&state.budget) else { return limit.words().to_owned() };
    let used = (unit.of)(&state.usage());
    let amount = |n: f64| if limit == BudgetLimit::RunUsd { format!("${n:.2}") } else { thousands(n as u64) };
    let of = format!("{} of {}", amount(used), amount(total));
    let ended = state.tasks.iter().flat_map(TaskState::all_attempts);
    let results = ended.filter(|it| matches!(it.ended, Some((_, AttemptOutcome::Committed { .. }))));
    let mut sizes: Vec<f64> = results.map(|it| (unit.of)(&it.usage)).filter(|used| *used > 0.0).collect();
    sizes.sort_by(f64::total_cmp);
    match sizes.first() {
        _ if used >= total * RESERVABLE => format!("{} ({of})", limit.words()),
        Some(least) if sizes.len() >= KNOWN => format!(
            "{of} {} of the run's budget are used, and the rest is too little: each task so far took {} or more",
            if limit == BudgetLimit::RunUsd { "dollars" } else { "tokens" },
            amount(*least)
        ),
        _ => format!("too little is left of the run's budget to start it ({of} used)"),
    }
}

/// `21,500`.
fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_in_groups_of_three() {
        assert_eq!([7, 1000, 21_500, 1_234_567].map(thousands), ["7", "1,000", "21,500", "1,234,567"]);
    }

    #[test]
    fn nothing_starts_that_would_not_have_the_least_that_one_used() {
        let purse = |open: &[f64], history: &[f64]| Purse {
            unit: TOKENS,
            total: Some(100.0),
            attempt_cap: None,
            task_cap: None,
            committed: 0.0,
            open: open.to_vec(),
            history: history.to_vec(),
        };
        let table = [
            (purse(&[], &[21.0, 22.0]), 12.0, false),
            (purse(&[], &[21.0, 22.0]), 21.0, true),
            (purse(&[10.0], &[21.0, 22.0]), 21.0, false),
            (purse(&[10.0], &[21.0, 22.0]), 32.0, true),
            (purse(&[30.0], &[21.0, 22.0]), 21.0, true),
            (purse(&[], &[21.0]), 1.0, true),
            (purse(&[11.0], &[21.0]), 22.0, false),
            (purse(&[11.0], &[21.0]), 31.0, true),
        ];
        for (purse, free, fits) in table {
            assert_eq!(purse.fits(free), fits, "{purse:?} {free}");
        }
    }
}
