//! Saying one thing: lines of narration, answers, refusals.

use super::out;
use crate::graph::WhyLeftOut;
use crate::model::{Error, Problem, TaskId};
use crate::report::words::error::{error, problems};
use crate::report::words::style::{self, paint};

/// Says one line, or some, to the person at the terminal (stderr).
pub fn say(text: &str) {
    out::tell(&format!("{}\n", text.trim_end_matches('\n')));
}

/// Gives an answer (stdout). One that cannot be written is said on stderr, and the second value of the program's exit
/// code is the caller's: a reader that has gone away has seen enough.
pub fn answer(text: &str) {
    let whole = if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") };
    if let Err(why) = out::answer(&whole) {
        refuse_error(&why);
    }
}

/// Says in words of its own why nothing was done.
pub fn refuse(words: &str) {
    out::tell(&format!("{} {words}\n", paint(style::BAD, "error:")));
}

/// A word as a shell takes it.
pub fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Says why nothing was done.
pub fn refuse_error(why: &Error) {
    out::tell(&error(why, out::width()));
}

/// Says what is wrong with documents.
pub fn refuse_problems(found: &[Problem]) {
    out::tell(&problems(found, out::width()));
}

/// A problem in one line.
pub fn problem_line(problem: &Problem) -> String {
    problems(std::slice::from_ref(problem), crate::report::WIDTH).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Why a plan has nothing to run, kindly.
pub fn nothing_to_do(plan: &str, left_out: &[(TaskId, WhyLeftOut)]) -> String {
    let count = |why: WhyLeftOut| left_out.iter().filter(|(_, w)| *w == why).count();
    let parts = [
        (count(WhyLeftOut::Done), "done", "--include-done runs them again"),
        (count(WhyLeftOut::Optional), "optional", "--include-optional runs them"),
        (count(WhyLeftOut::Skipped) + count(WhyLeftOut::NotAsked), "not asked for", "--only and --skip decide"),
    ];
    let said: Vec<String> =
        parts.iter().filter(|(n, ..)| *n > 0).map(|(n, what, how)| format!("{n} {what} ({how})")).collect();
    format!("{}: nothing to do: {}", crate::report::words::display::safe(plan), said.join(", "))
}
