//! The order that a document implies, by mode of reading (PLANS sections 3 and 5).
//!
//! Only items that are to run take part: done ones are satisfied, and an order that only runs through them is none.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::plan::{Mode, Reading};
use super::sheet::{Item, Link, Order, Sheet};
use crate::model::Why;

/// Stories that run side by side up to which each gets a link of its own.
const TOLD_APART: usize = 64;

/// Links for everything that `sheet` implies.
pub(super) fn implied(sheet: &Sheet, reading: &Reading) -> Vec<Link> {
    let live: Vec<u32> =
        (0..sheet.items.len() as u32).filter(|&n| reading.include_done || !sheet.items[n as usize].done).collect();
    let mut links = Vec::new();
    match sheet.order {
        Order::Stated => {}
        Order::Document => document(sheet, &live, reading.mode, &mut links),
        Order::Waves => waves(sheet, &live, &mut links),
    }
    if sheet.exclusive_paths {
        shared_paths(sheet, &live, &mut links);
    }
    links
}

/// The live items of one phase and the line of its heading.
type Live = (u32, Vec<u32>);

/// Phases of a document that have live items, gathered into runs that may go on side by side.
fn document(sheet: &Sheet, live: &[u32], mode: Mode, links: &mut Vec<Link>) {
    let mut phases: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    for &n in live {
        phases.entry(sheet.items[n as usize].phase).or_default().push(n);
    }
    let story = |phase: usize| mode != Mode::Strict && sheet.phases.get(phase).is_some_and(|p| p.story);
    let mut runs: Vec<Vec<Live>> = Vec::new();
    let mut last_was_story = false;
    for (&phase, items) in &phases {
        within(sheet, items, mode, links);
        let one = (sheet.phases.get(phase).map_or(0, |p| p.line), items.clone());
        match runs.last_mut() {
            Some(run) if story(phase) && last_was_story => run.push(one),
            _ => runs.push(vec![one]),
        }
        last_was_story = story(phase);
    }
    for pair in runs.windows(2) {
        one_after_another(&pair[0], &pair[1], links);
    }
    if mode != Mode::Strict {
        stated_between_phases(sheet, &phases, links);
    }
}

/// All of `second` after all of `first`; told phase by phase, so that each says its own line, unless there are so many
/// that repeating `first` would cost more than it tells.
fn one_after_another(first: &[Live], second: &[Live], links: &mut Vec<Link>) {
    let before: Vec<u32> = first.iter().flat_map(|(_, items)| items).copied().collect();
    let phase = |after: Vec<u32>, line: u32| Link { before: before.clone(), after, why: Why::Phase, line, own: false };
    if second.len() <= TOLD_APART {
        links.extend(second.iter().map(|(line, items)| phase(items.clone(), *line)));
    } else {
        links.push(phase(second.iter().flat_map(|(_, items)| items).copied().collect(), second[0].0));
    }
}

/// "US2 depends on US1".
fn stated_between_phases(sheet: &Sheet, phases: &BTreeMap<usize, Vec<u32>>, links: &mut Vec<Link>) {
    for (phase, items) in phases {
        for &(other, line) in sheet.phases.get(*phase).map(|p| p.after.as_slice()).unwrap_or_default() {
            if let Some(first) = phases.get(&other) {
                links.push(Link { before: first.clone(), after: items.clone(), why: Why::Phase, line, own: false });
            }
        }
    }
}

/// Order inside one phase. An item without a parallel mark waits for everything before it; one with a mark starts with
/// the phase, or (strict) with the marked items around it.
fn within(sheet: &Sheet, items: &[u32], mode: Mode, links: &mut Vec<Link>) {
    if mode == Mode::Loose {
        return;
    }
    let order = |before: &[u32], n: u32, links: &mut Vec<Link>| {
        if !before.is_empty() {
            let line = sheet.items[n as usize].line;
            links.push(Link { before: before.to_vec(), after: vec![n], why: Why::Order, line, own: true });
        }
    };
    let mut last: Vec<u32> = Vec::new();
    let mut marked: Vec<u32> = Vec::new();
    for &n in items {
        if sheet.items[n as usize].parallel {
            if mode == Mode::Strict {
                order(&last, n, links);
            }
            marked.push(n);
        } else {
            let open = if mode == Mode::Strict && !marked.is_empty() { Vec::new() } else { last.clone() };
            let before: Vec<u32> = open.into_iter().chain(marked.drain(..)).collect();
            order(&before, n, links);
            last = vec![n];
        }
    }
}

/// Wave k after wave k-1; an item in no wave follows the one before it in the document.
fn waves(sheet: &Sheet, live: &[u32], links: &mut Vec<Link>) {
    let mut waves: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for &n in live {
        if let Some(wave) = sheet.items[n as usize].wave {
            waves.entry(wave).or_default().push(n);
        }
    }
    let all: Vec<&Vec<u32>> = waves.values().collect();
    for pair in all.windows(2) {
        let line = pair[1].first().map_or(0, |&n| sheet.items[n as usize].line);
        links.push(Link { before: pair[0].clone(), after: pair[1].clone(), why: Why::Wave, line, own: false });
    }
    for pair in live.windows(2) {
        let item: &Item = &sheet.items[pair[1] as usize];
        if item.wave.is_none() {
            links.push(Link {
                before: vec![pair[0]],
                after: vec![pair[1]],
                why: Why::Order,
                line: item.line,
                own: true,
            });
        }
    }
}

/// Items that name a path wait for the one before them that names it, which makes the one that creates it the first.
fn shared_paths(sheet: &Sheet, live: &[u32], links: &mut Vec<Link>) {
    let mut last: HashMap<&str, u32> = HashMap::new();
    let mut seen: HashSet<(u32, u32)> = HashSet::new();
    for &n in live {
        let item = &sheet.items[n as usize];
        for file in &item.files {
            if let Some(before) = last.insert(file.path.as_str(), n)
                && before != n
                && seen.insert((before, n))
            {
                links.push(Link { before: vec![before], after: vec![n], why: Why::Files, line: item.line, own: true });
            }
        }
    }
}
