//! Headings as phases, alike for every Markdown format.

use crate::plan::plan_draft::PlanDraft;
use crate::plan::text::{Block, Line, plain_title};

/// Gives each item of `sheet`, whose lines are `blocks`, the phase and section it stands under.
///
/// Headings that are tasks, or stand inside of one, are none of these. Phases are the headings of the highest level that
/// has tasks under two of its headings; higher ones begin a phase too.
pub(super) fn assign(lines: &[Line<'_>], blocks: &[Block], sheet: &mut PlanDraft, is_story: fn(&str) -> bool) {
    let level = phase_level(lines, blocks);
    let mut at = 0;
    let mut current = None;
    // Where a heading ended below which no task has come yet: what stands in between speaks of the whole phase.
    let mut begun: Option<usize> = None;
    let mut section = 0;
    for (n, block) in blocks.iter().enumerate() {
        for (k, line) in lines.iter().enumerate().take(block.start).skip(at) {
            let Some((found, title)) = line.heading() else { continue };
            section = line.number;
            if found <= level {
                let phase = sheet.phase(plain_title(title), line.number);
                sheet.phases[phase].story = found == level && is_story(title);
                current = Some(phase);
                begun = Some(k + 1);
            }
        }
        let phase = *current.get_or_insert_with(|| sheet.phase("", 0));
        if let Some(end) = begun.take() {
            sheet.phases[phase].notes = notes(&lines[end.min(block.start)..block.start]);
        }
        sheet.items[n].phase = phase;
        sheet.items[n].section = section;
        at = block.end;
    }
    super::grouped::beside_each_other(sheet);
}

/// The level whose headings are the phases: the highest that has tasks under two of its headings, else the lowest that
/// has any above a task.
fn phase_level(lines: &[Line<'_>], blocks: &[Block]) -> u8 {
    // For each level the last heading seen, the last one counted, and how many different ones had tasks.
    let mut last: [Option<usize>; 7] = [None; 7];
    let mut counted: [Option<usize>; 7] = [None; 7];
    let mut counts = [0usize; 7];
    let mut at = 0;
    for block in blocks {
        for (k, line) in lines.iter().enumerate().take(block.start).skip(at) {
            if let Some((level, _)) = line.heading() {
                last[level as usize] = Some(k);
                last[level as usize + 1..].fill(None);
            }
        }
        for level in 1..7 {
            if last[level].is_some() && counted[level] != last[level] {
                counted[level] = last[level];
                counts[level] += 1;
            }
        }
        at = block.end;
    }
    let level = (1..7).find(|&l| counts[l] > 1).or_else(|| (1..7).rev().find(|&l| counts[l] > 0));
    level.unwrap_or(2) as u8
}

/// What stands between a heading and its first task: goal, purpose, independent test.
fn notes(lines: &[Line<'_>]) -> String {
    let said = lines.iter().filter(|line| line.is_prose() && line.heading().is_none());
    said.map(|line| line.text).filter(|text| !text.starts_with("---")).collect::<Vec<_>>().join("\n")
}

/// The document's first heading of level one, as its title.
pub(super) fn title(lines: &[Line<'_>]) -> String {
    let first = lines.iter().find_map(|line| line.heading().filter(|(level, _)| *level == 1));
    first.map_or_else(String::new, |(_, title)| plain_title(title))
}
