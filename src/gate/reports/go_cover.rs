//! Go's cover profiles: `mode: set`, then `module/pkg/file.go:12.3,14.5 2 1` — from line and column to line and column,
//! statements, hits.

use std::io::BufRead;

use super::context::Context;
use super::coverage::Gather;
use super::lines::each_line;
use super::report::Report;

/// Longest block that is believed, lines: a block is a run of statements inside one function.
const MAX_BLOCK: u32 = 50_000;

pub(super) fn read(input: &mut dyn BufRead, context: &Context<'_>) -> Result<Report, String> {
    let mut gather = Gather::new(context);
    let mut known = false;
    let mut last: Option<(String, Option<String>)> = None;
    each_line(input, |line| {
        known |= line.starts_with("mode:");
        let Some((name, first, end, hit)) = block(line) else { return };
        // A profile names its file on every line: looked up once.
        if last.as_ref().is_none_or(|(known, _)| known != name) {
            last = Some((name.to_owned(), gather.file(name)));
        }
        if let Some((_, Some(file))) = &last {
            (first..=end.min(first.saturating_add(MAX_BLOCK))).for_each(|number| gather.line(file, number, hit));
        }
    })?;
    if !known {
        return Err("it is not a cover profile: it has no `mode:` line".to_owned());
    }
    gather.finish("cover profile").map(Report::Coverage)
}

fn block(line: &str) -> Option<(&str, u32, u32, bool)> {
    let mut words = line.rsplitn(3, ' ');
    let hits = words.next()?;
    let _statements = words.next()?;
    let (name, range) = words.next()?.rsplit_once(':')?;
    let (from, to) = range.split_once(',')?;
    let row = |place: &str| place.split_once('.')?.0.parse::<u32>().ok();
    Some((name, row(from)?, row(to)?, hits.trim() != "0"))
}
