//! The last look at what a run leaves: its refs can be read to their end, or it did not end well.

use crate::git::{self, DamagedRef, Spares};
use crate::integrate::names;
use crate::model::{Error, ErrorKind, Result};
use crate::run::run_env::RunEnv;

/// Refs that are named.
const MOST_NAMED: usize = 3;

/// Puts back what was pruned, and refuses to call the run over where something that its refs need is gone all the same.
///
/// # Errors
/// A ref of the run cannot be read to its end.
pub fn refuse_damaged(site: &RunEnv) -> Result<()> {
    site.spares.iter().for_each(Spares::mend);
    let run = &site.info.run;
    let (own, shown) = (names::run_refs(run), names::full(&names::run_branches(run)));
    let damaged = git::damaged_refs_of(&site.repo, &[&own, &shown], &site.info.base)?;
    if damaged.is_empty() { Ok(()) } else { Err(gone(&damaged)) }
}

fn gone(damaged: &[DamagedRef]) -> Error {
    let one = |it: &DamagedRef| format!("`{}` needs objects that are gone", it.name);
    let more = damaged.len().saturating_sub(MOST_NAMED);
    let more = if more > 0 { format!("; so do {more} more") } else { String::new() };
    let named = damaged.iter().take(MOST_NAMED).map(one).collect::<Vec<_>>().join("; ");
    let cause = format!("{named}{more}: something deleted them from the repository, so the result is not whole");
    Error::new(ErrorKind::Environment, "ending the run", cause)
        .hint("git orca doctor   names each such ref, and how to drop it")
        .hint("git orca execute --new   carries the plan out again")
}
