//! `git orca status` for people.

use super::summary::{verdicts, waived_lines};
use crate::integrate::names;
use crate::journal::{AttemptOutcome, BatchPhase};
use crate::model::{ApprovalFallback, TaskId};
use crate::report::facts::alert;
use crate::report::facts::by_hand::quoted;
use crate::report::facts::candidates::contest_words;
use crate::report::facts::eta::RemainingTime;
use crate::report::facts::picture::{Picture, RunWord, StateWord};
use crate::report::facts::timing::{self, Timing};
use crate::report::facts::{ending, pools, reason, tally, waits};
use crate::report::machine::foreseen::{ForeseenConflict, foreseen};
use crate::report::machine::status_json::{Need, doing, needs};
use crate::report::words::display::{clip, hang, plan_name, safe, width};
use crate::report::words::measure::{changes, dollars, duration, few, plural, rough};
use crate::report::words::style::{self, paint};
use crate::report::words::table::{Cell, Table};
use crate::schedule::{StartWait, TaskStatus};

/// Tasks that get a line of their own.
const LISTED: usize = 30;

/// The status of a run.
pub fn status(picture: &Picture<'_>, columns: usize) -> String {
    let mut blocks = vec![head(picture, columns), tasks(picture, columns), train(picture), needed(picture, columns)];
    blocks.push(foreseen_lines(picture, columns));
    blocks.push(waived_lines(picture, columns));
    blocks.push(by_hand(picture, columns));
    blocks.push(next(picture));
    blocks.retain(|block| !block.is_empty());
    blocks.join("\n")
}

/// What tasks under way would break together.
fn foreseen_lines(picture: &Picture<'_>, columns: usize) -> String {
    let one = |it: &ForeseenConflict<'_>| {
        let paths: Vec<String> = it.paths.iter().map(reason::path).collect();
        format!("{} x {}  severity {}: {}", it.tasks[0], it.tasks[1], it.severity, few(&paths, 3))
    };
    foreseen(picture).iter().map(|it| format!("{}\n", hang("foreseen  ", &one(it), columns))).collect()
}

fn head(picture: &Picture<'_>, columns: usize) -> String {
    let info = &picture.state.info;
    let wall = duration(Timing::of(picture).wall);
    let word = match picture.word() {
        RunWord::Finished => format!("finished in {wall}, {}", ending::line(picture)),
        RunWord::Interrupted => format!("{} {}", paint(style::BAD, "interrupted"), ending::silence(picture)),
        _ if picture.state.stop.is_some() => format!("stopping, {wall}"),
        word => format!("{}, {wall}", word.word()),
    };
    let plan = format!("{} on {} {}", plan_name(&info.plan.path), safe(&info.base_name), info.base.short());
    let first = format!("run {}  {word}", info.run);
    let mut text = beside(&first, &clip(&plan, columns), columns);
    let counts = format!("{}: {}", plural(picture.len(), "task"), tally::words(&tally::shown(picture)));
    text.push_str(&beside(&counts, &left(picture), columns));
    text.push_str(&resources(picture));
    text.push_str(&role_pools(picture, columns));
    let alert = alert::of_agents(picture).map(|alert| format!("{}\n", hang("", &paint(style::BAD, &alert), columns)));
    text.push_str(&alert.unwrap_or_default());
    text.push_str(&later(picture, columns));
    let fence = &info.options.sandbox;
    if fence.is_on() || !fence.why.is_empty() {
        text.push_str(&format!("{}\n", hang("sandbox ", &safe(&fence.about()), columns)));
    }
    text
}

/// What a later program wrote that this one does not know.
fn later(picture: &Picture<'_>, columns: usize) -> String {
    let kinds: Vec<String> = picture.state.foreign.iter().map(|kind| format!("`{}`", safe(kind))).collect();
    if kinds.is_empty() {
        return String::new();
    }
    let what = format!(
        "a later git orca continued this run: {} is not known here, so this may be out of date; use that version",
        few(&kinds, 3)
    );
    format!("{}\n", hang("", &paint(style::BAD, &what), columns))
}

/// Two texts on one line, or on two when one is too short for both.
fn beside(first: &str, second: &str, columns: usize) -> String {
    match second {
        "" => format!("{}\n", hang("", first, columns)),
        _ if width(first) + 4 + width(second) <= columns => format!("{first}    {second}\n"),
        _ => format!("{}\n{second}\n", hang("", first, columns)),
    }
}

fn left(picture: &Picture<'_>) -> String {
    let working = matches!(picture.word(), RunWord::Running);
    let left = RemainingTime::of(picture).filter(|_| working);
    left.map(|left| format!("about {} left if nothing fails", duration(left.seconds))).unwrap_or_default()
}

/// `claude: 3 of 4 slots in use    0.9 M tokens, $1.48 of $10.00`.
fn resources(picture: &Picture<'_>) -> String {
    let options = &picture.state.info.options;
    let usage = picture.state.usage();
    let mut parts = Vec::new();
    if picture.driven {
        parts.push(pools::slots_in_use(picture));
    }
    let of_tokens = options.budget_tokens.map(|most| format!(" of {}", rough(most))).unwrap_or_default();
    if usage.tokens() > 0 || !of_tokens.is_empty() {
        parts.push(format!("{}{of_tokens} tokens", rough(usage.tokens())));
    }
    let of_money = options.budget_usd.map(|most| format!(" of {}", dollars(most))).unwrap_or_default();
    if usage.usd > 0.0 || !of_money.is_empty() {
        parts.push(format!("{}{of_money}", dollars(usage.usd)));
    }
    if parts.is_empty() { String::new() } else { format!("{}\n", parts.join("    ")) }
}

fn role_pools(picture: &Picture<'_>, columns: usize) -> String {
    let told: Vec<String> = pools::pools(picture).iter().map(pools::words).collect();
    if told.is_empty() || !picture.driven {
        String::new()
    } else {
        format!("{}\n", hang("pools ", &told.join(", "), columns))
    }
}

/// Tasks that something happens to, or that will not go on; what landed or waits its turn is counted above.
fn tasks(picture: &Picture<'_>, columns: usize) -> String {
    let quiet = |standing: &TaskStatus| matches!(standing, TaskStatus::Landed | TaskStatus::Waiting);
    let shown = picture.that(|standing| !quiet(standing));
    let shown: Vec<usize> = shown.into_iter().filter(|i| is_news(picture, *i)).collect();
    let mut table = Table::new().flexible("", 12).left("").right("").left("").flexible("", 16).flexible("", 16);
    for i in shown.iter().take(LISTED) {
        table.row(row(picture, *i));
    }
    let mut text = table.text(columns);
    text.push_str(&waiting(picture, columns));
    if shown.len() > LISTED {
        text.push_str(&format!("and {} more: git orca status --format json\n", shown.len() - LISTED));
    }
    text
}

/// What tasks wait for that are ready and were never tried, a line for each cause; that every place is in use is said above.
fn waiting(picture: &Picture<'_>, columns: usize) -> String {
    let mut causes: Vec<(String, Vec<String>)> = Vec::new();
    for i in picture.that(|standing| *standing == TaskStatus::Ready) {
        let is_plain = picture.wait(i) == Some(&StartWait::Agents);
        let Some(why) = waits::wait(picture, i).filter(|_| !is_plain && !picture.facts(i).has_attempts()) else {
            continue;
        };
        let id = picture.task(i).id.to_string();
        match causes.iter_mut().find(|(known, _)| *known == why) {
            Some((_, ids)) => ids.push(id),
            None => causes.push((why, vec![id])),
        }
    }
    let line = |(why, ids): &(String, Vec<String>)| format!("{}: {why}", few(ids, 4));
    causes.iter().take(LISTED).map(|cause| format!("{}\n", hang("waiting   ", &line(cause), columns))).collect()
}

/// A task that is ready and was never tried is like one that waits.
fn is_news(picture: &Picture<'_>, i: usize) -> bool {
    *picture.standing(i) != TaskStatus::Ready || picture.facts(i).has_attempts()
}

fn row(picture: &Picture<'_>, i: usize) -> Vec<Cell> {
    let standing = picture.standing(i);
    let facts = picture.facts(i);
    let working =
        matches!(standing, TaskStatus::Running | TaskStatus::Gating | TaskStatus::Landing | TaskStatus::Passed);
    let working = working && !picture.is_cut_off();
    let time = timing::of_phase(picture, i).filter(|_| working).map(duration).unwrap_or_default();
    let attempt = facts.last().map(|last| format!("attempt {}", last.n)).unwrap_or_default();
    let mut cells: Vec<Cell> = vec![
        picture.task(i).id.to_string().into(),
        Cell::styled(picture.state_word(i), style::of(standing)),
        time.into(),
        attempt.into(),
    ];
    match standing {
        TaskStatus::Running | TaskStatus::Gating | TaskStatus::Landing if picture.is_cut_off() => {
            cells.push(Cell::spanning(cut_off(picture, i)));
        }
        TaskStatus::Running => {
            let what = doing(picture, i).unwrap_or_else(|| picture.task(i).title.clone());
            cells.extend([clip(&what, crate::report::WIDTH).into(), running(picture, i).into()])
        }
        TaskStatus::Gating => cells.extend([gating(picture, i).into(), size(picture, i).into()]),
        TaskStatus::Passed => cells.extend(["waiting for the merge train".into(), size(picture, i).into()]),
        TaskStatus::Landing => cells.extend([doing(picture, i).unwrap_or_default().into(), size(picture, i).into()]),
        TaskStatus::Skipped => {}
        TaskStatus::AwaitsPerson | TaskStatus::AwaitsLanding if picture.answered(i).is_some() => {
            let word = picture.answered(i).map(|answer| if answer.yes { "approved" } else { "rejected" });
            cells.push(Cell::spanning(format!("{}, once the run continues", word.unwrap_or_default())));
        }
        _ => cells.push(Cell::spanning(reason::of(picture, i).unwrap_or_default())),
    }
    cells
}

/// What a task was at when the run was cut off.
fn cut_off(picture: &Picture<'_>, i: usize) -> String {
    match picture.standing(i) {
        TaskStatus::Gating => format!("its gates were running: {}", gating(picture, i)),
        TaskStatus::Landing => "was being merged".to_owned(),
        _ => {
            let saved = if running(picture, i).contains("saved") { " (work saved)" } else { "" };
            format!("was running{saved}: {}", picture.task(i).title)
        }
    }
}

/// What is known of a running attempt: what the one before it got, whether its work was saved, that it is being ended.
fn running(picture: &Picture<'_>, i: usize) -> String {
    let facts = picture.facts(i);
    let Some(open) = facts.open() else { return String::new() };
    let before = facts.attempts.iter().rev().nth(1).and_then(|before| reason::of_attempt(picture, i, before));
    let mut parts: Vec<String> = before.map(|why| format!("had: {why}")).into_iter().collect();
    parts.extend(waits::whereabouts(picture, open));
    if open.snapshot.is_some() {
        parts.push("saved".to_owned());
    }
    if open.end_asked {
        parts.push("being stopped".to_owned());
    }
    parts.join(", ")
}

fn gating(picture: &Picture<'_>, i: usize) -> String {
    if let Some(words) = contest_words(picture, i) {
        return words;
    }
    let words: Vec<StateWord<'_>> = picture.facts(i).last().map(|last| picture.words(i, last)).unwrap_or_default();
    verdicts(&words)
}

fn size(picture: &Picture<'_>, i: usize) -> String {
    match picture.facts(i).last().and_then(|last| last.ended.as_ref()) {
        Some((_, AttemptOutcome::Committed { files, added, removed, .. })) => {
            changes(u64::from(*files), u64::from(*added), u64::from(*removed))
        }
        _ => String::new(),
    }
}

/// What is on its way onto the train.
fn train(picture: &Picture<'_>) -> String {
    let Some(batch) = &picture.state.batch else { return String::new() };
    let tasks: Vec<String> = batch.tasks.iter().map(|task| task.task.to_string()).collect();
    let what = match batch.phase {
        BatchPhase::Merging => "being merged",
        BatchPhase::Checking { .. } => "merged, gates run on the result",
        BatchPhase::Landing { .. } => "landing",
    };
    if tasks.is_empty() { String::new() } else { format!("train     {}: {what}\n", few(&tasks, 8)) }
}

fn needed(picture: &Picture<'_>, columns: usize) -> String {
    let mut lines: Vec<(String, String)> = Vec::new();
    if picture.word() == RunWord::Interrupted {
        let run = &picture.state.info.run;
        lines.push((format!("git orca resume {run}"), "nothing is lost: it continues where it stopped".to_owned()));
    }
    if picture.word() == RunWord::Paused {
        lines.push(("git orca resume".to_owned(), "it is paused".to_owned()));
    }
    if !picture.told.is_empty() && lines.is_empty() {
        let told = plural(picture.told.len(), "message");
        lines.push((format!("git orca resume {}", picture.state.info.run), format!("it takes in your {told}")));
    }
    let is_told = |need: &Need<'_>| {
        need.task.and_then(|task| picture.state.index(task)).is_some_and(|i| picture.answered(i).is_some())
    };
    let needs: Vec<Need<'_>> = needs(picture).into_iter().filter(|need| !is_told(need)).collect();
    let why = |need: &Need<'_>| match (need.state, &need.reason) {
        ("asked", Some(reason)) => format!("{reason}{}", unanswered(picture, need)),
        _ => String::new(),
    };
    lines.extend(needs.iter().take(LISTED).map(|need| (need.command.clone(), why(need))));
    if lines.is_empty() {
        return if picture.word() == RunWord::Finished { String::new() } else { "needs you nothing\n".to_owned() };
    }
    let wide = lines.iter().map(|(command, _)| width(command)).max().unwrap_or(0).min(columns / 2);
    let mut text = String::new();
    for (n, (command, why)) in lines.iter().enumerate() {
        let word = if n == 0 { "needs you" } else { "" };
        text.push_str(format!("{word:<9} {command:<wide$}    {why}").trim_end());
        text.push('\n');
    }
    if needs.len() > LISTED {
        text.push_str(&format!("          and {} more\n", needs.len() - LISTED));
    }
    text
}

/// What is done if nobody answers, where that is more than to wait on.
fn unanswered(picture: &Picture<'_>, need: &Need<'_>) -> String {
    let decides = need.patience.filter(|patience| patience.deadline > picture.now);
    let Some(patience) = decides.filter(|patience| patience.fallback != ApprovalFallback::Pause) else {
        return String::new();
    };
    let left = duration(patience.deadline.duration_since(picture.now).as_secs_f64());
    match patience.fallback {
        ApprovalFallback::Approve => format!(" (in {left} yes, if every gate passed)"),
        ApprovalFallback::Reject | ApprovalFallback::Pause => format!(" (in {left} no)"),
    }
}

/// Tasks that are open to be changed by hand, a line each.
fn by_hand(picture: &Picture<'_>, columns: usize) -> String {
    let line = |(task, place): &(TaskId, String)| {
        let landed = picture.state.task(task).is_some_and(|facts| facts.landed.is_some());
        if landed {
            let remove = format!("git worktree remove {}", quoted(place));
            return format!(
                "{}\n",
                hang("by hand   ", &format!("{task} has landed; its worktree can go: {remove}"), columns)
            );
        }
        let then = format!("git orca edit {task} --done lands your version, --give-up closes it");
        format!("{}\n", hang("by hand   ", &format!("{task} is open in {}; {then}", safe(place)), columns))
    };
    picture.by_hand.iter().map(line).collect()
}

/// What can be looked at.
fn next(picture: &Picture<'_>) -> String {
    if picture.state.heads.is_empty() {
        return String::new();
    }
    let branch = names::integration_branch(&picture.state.info.run);
    if picture.undone {
        let (run, commit) = (&picture.state.info.run, picture.state.top().commit.short());
        let back = format!("git branch {branch} {commit}");
        return format!(
            "result    undone: its branches were removed, its commits are kept\nback      {back}\ntake      git orca take {run}\n"
        );
    }
    let take = match (&picture.taken_onto, picture.word()) {
        (Some(branch), _) => format!("    taken onto {}", safe(branch)),
        (None, RunWord::Finished | RunWord::Interrupted) => {
            format!("\ntake      git orca take {}    puts it onto the branch you are on", picture.state.info.run)
        }
        (None, _) => String::new(),
    };
    format!("result    {branch}  {}{take}\n", picture.state.top().commit.short())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Request, RunOutcome};
    use crate::model::{AttemptId, Verdict};
    use crate::report::WIDTH;
    use crate::report::testing::{HOSTILE, Story, id, inert, oid, screen, wreck};
    use jiff::SignedDuration;

    fn shown(story: &Story, driven: bool) -> String {
        let state = story.state();
        let picture = Picture::new(&state, state.at + SignedDuration::from_secs(8), driven);
        status(&picture, WIDTH)
    }

    #[test]
    fn in_the_middle() {
        let mut story = wreck();
        let attempt = AttemptId { task: id("T009"), n: 1 };
        story.happens(crate::journal::Event::SnapshotTaken { attempt, commit: oid(7) });
        insta::assert_snapshot!(screen(&shown(&story, true)), @r#"
        run 20261120-1812-k3  running, 7 min    specs/001-cart/tasks.md on main 9f2c1ab
        10 tasks: 5 landed, 1 gating, 1 running, 1 failed, 1 conflicted, 1 blocked
        about 34 s left if nothing fails
        claude: 1 of 4 slots in use    900 k tokens    $1.48

        T006  conflicted        attempt 1  conflicts with T005 at shop/cart.py:41-58, shop/models.py:7-9
        T007  failed            attempt 3  gate test fails: tests/test_export.py:19 passes without the chan…
        T008  blocked                      needs T007
        T009  running     78 s  attempt 1  Receipts by mail                saved
        T010  gating      18 s  attempt 1  test running, review unchecked  5 files, +70 -0

        needs you git orca conflicts T006
                  git orca retry T007

        result    orca/20261120-1812-k3/integration  9f2e098
        "#);
    }

    #[test]
    fn interrupted() {
        insta::assert_snapshot!(screen(&shown(&wreck(), false)), @r#"
        run 20261120-1812-k3  interrupted 7 min into the run (its process is gone; last active 8.0 s ago)
        specs/001-cart/tasks.md on main 9f2c1ab
        10 tasks: 5 landed, 2 interrupted, 1 failed, 1 conflicted, 1 blocked
        900 k tokens    $1.48

        T006  conflicted     attempt 1  conflicts with T005 at shop/cart.py:41-58, shop/models.py:7-9
        T007  failed         attempt 3  gate test fails: tests/test_export.py:19 passes without the change,…
        T008  blocked                   needs T007
        T009  interrupted    attempt 1  was running: Receipts by mail
        T010  interrupted    attempt 1  its gates were running: test interrupted, review unchecked

        needs you git orca resume 20261120-1812-k3    nothing is lost: it continues where it stopped
                  git orca conflicts T006
                  git orca retry T007

        result    orca/20261120-1812-k3/integration  9f2e098
        take      git orca take 20261120-1812-k3    puts it onto the branch you are on
        "#);
    }

    #[test]
    fn in_a_second_attempt_while_another_is_on_the_train() {
        let mut story = Story::new(&[("A", "first", &[]), ("B", "second", &[])], &["test"]);
        story.at(1.0).starts(&["A", "B"]).at(30.0).commits("A", 2, 5, 1).gates("A", "test").says(
            "A",
            "test",
            Verdict::Pass,
            "",
        );
        story.merges(&["A"], &[]);
        story.commits("B", 1, 2, 3).gates("B", "test").at(200.0).says(
            "B",
            "test",
            Verdict::Fail,
            "shop/orders.py:19: unescaped",
        );
        story.starts(&["B"]).asks(Request::Pause);
        insta::assert_snapshot!(screen(&shown(&story, true)), @r#"
        run 20261120-1812-k3  paused, 3 min    specs/001-cart/tasks.md on main 9f2c1ab
        2 tasks: 1 passed, 1 running
        claude: 1 of 4 slots in use

        A  passed   3 min  attempt 1  gates on the merged tree  2 files, +5 -1
        B  running  8.0 s  attempt 2  second                    had: gate test fails: shop/orders.py:19 une…

        train     A: merged, gates run on the result

        needs you git orca resume    it is paused
        "#);
    }

    #[test]
    fn finished() {
        let mut story = Story::new(&[("A", "first", &[])], &[]);
        story.done("A", 0.0, 4.0).finishes(RunOutcome::Done);
        insta::assert_snapshot!(screen(&shown(&story, false)), @r"
        run 20261120-1812-k3  finished in 3.5 s, exit 0: done    specs/001-cart/tasks.md on main 9f2c1ab
        1 task: 1 landed

        result    orca/20261120-1812-k3/integration  9f2c4de
        take      git orca take 20261120-1812-k3    puts it onto the branch you are on
        ");
    }

    #[test]
    fn hostile_titles_stay_in_their_column() {
        for title in HOSTILE {
            let mut story = Story::new(&[("A", title, &[]), ("B", title, &["A"])], &["test"]);
            story.starts(&["A"]);
            let text = shown(&story, true);
            inert(&text);
            screen(&text);
        }
    }

    #[test]
    fn after_a_stop_nothing_is_under_way() {
        let mut story = Story::new(&[("A", "a", &[])], &["test"]);
        story.starts(&["A"]).commits("A", 1, 1, 0).gates("A", "test");
        story.asks(Request::Stop { now: true }).finishes(RunOutcome::Stopped);
        let state = story.state();
        let said = screen(&status(&Picture::new(&state, state.at, false), WIDTH));
        assert!(said.contains("1 task: 1 ready"), "{said}");
        assert!(!said.contains("gating") && !said.contains("running"), "{said}");
    }
}
