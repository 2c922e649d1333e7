//! `publish --watch`: what the server's checks and reviewers say, until all that counts is decided.

use std::collections::BTreeMap;
use std::time::Duration;

use super::bell::Bell;
use crate::journal::RunOutcome;
use crate::model::{ErrorKind, Result};
use crate::publish::{
    Forge, MergeRequirements, PullState, PullWatch, Stack, WatchVerdict, look_at, watch_verdict, watched_changes,
};
use crate::report;
use crate::report::words::publish_lines::{watched_change, watched_end};
use crate::settings::Settings;
use crate::start::ending::exit_code;

/// Exit code when a check is red (DESIGN 3: gates refuse it).
const RED: u8 = 5;
/// Exit code when people do not want it as it is: it is not published as it should be.
const UNWANTED: u8 = 7;

/// Watches the pull requests of a stack that were open when it began. Gives the last look at each, and the exit code.
///
/// # Errors
/// The server refuses. One that is away only delays.
pub fn watch(forge: &dyn Forge, settings: &Settings, stack: &Stack, quiet: bool) -> Result<(Vec<PullWatch>, u8)> {
    let say = |line: &str| {
        if !quiet {
            report::say(line);
        }
    };
    let open = stack.layers.iter().filter_map(|layer| layer.pull.as_ref());
    let open: Vec<u64> = open.filter(|pull| pull.state == PullState::Open).map(|pull| pull.number).collect();
    let mut bell = Bell::new()?;
    let mut seen: BTreeMap<u64, PullWatch> = BTreeMap::new();
    let mut told = String::new();
    loop {
        let looked = look(forge, settings, &stack.base, &open, &mut seen, &say);
        match looked {
            Ok(verdicts) if !verdicts.contains(&WatchVerdict::Open) => {
                if !quiet {
                    seen.values().for_each(|pull| say(&watched_end(pull)));
                }
                return Ok((seen.into_values().collect(), code(&verdicts)));
            }
            Ok(_) => {}
            Err(error) if error.kind == ErrorKind::Publish => {
                if told != error.cause {
                    say(&format!("{}; asking again in {} s", error.cause, settings.publish_poll));
                    told = error.cause;
                }
            }
            Err(error) => return Err(error),
        }
        if !bell.rings(Duration::from_secs(settings.publish_poll), || false) {
            return Ok((seen.into_values().collect(), exit_code(RunOutcome::Stopped)));
        }
    }
}

/// Looks at each once, and tells what is new.
fn look(
    forge: &dyn Forge,
    settings: &Settings,
    base: &str,
    open: &[u64],
    seen: &mut BTreeMap<u64, PullWatch>,
    say: &dyn Fn(&str),
) -> Result<Vec<WatchVerdict>> {
    let mut required = forge.requirements(base)?;
    if let Some(required) = &mut required {
        // Whoever asks for reviewers waits for them.
        required.review |= !settings.publish_reviewers.is_empty();
    }
    let required: Option<&MergeRequirements> = required.as_ref();
    let mut verdicts = Vec::new();
    for number in open {
        let now = look_at(forge, *number)?;
        for change in watched_changes(seen.get(number), &now, required) {
            say(&watched_change(*number, &change));
        }
        verdicts.push(watch_verdict(&now, required));
        seen.insert(*number, now);
    }
    Ok(verdicts)
}

/// The exit code: of several the lowest, as everywhere.
fn code(verdicts: &[WatchVerdict]) -> u8 {
    let one = |verdict: &WatchVerdict| match verdict {
        WatchVerdict::Red => Some(RED),
        WatchVerdict::Unwanted => Some(UNWANTED),
        WatchVerdict::Good | WatchVerdict::Open => None,
    };
    verdicts.iter().filter_map(one).min().unwrap_or(0)
}
