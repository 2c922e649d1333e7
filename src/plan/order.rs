//! The order that a document implies, by mode of reading (PLANS sections 3 and 5).
//!
//! Only items that are to run take part: done ones are satisfied, and an order that only runs through them is none.

use std::collections::BTreeMap;

use super::independent::by_files;
use super::plan::{Mode, Reading};
use super::plan_draft::{Item, Link, Order, PlanDraft};
use super::shared::{data, shared_paths, shared_tests};
use crate::model::{Named, TaskKind, Why};

/// Stories that run side by side up to which each gets a link of its own.
const TOLD_APART: usize = 64;

/// Links for everything that `sheet` implies; `named` is what the words of each of its items name.
pub(super) fn implied(sheet: &PlanDraft, named: &[Named], reading: &Reading) -> Vec<Link> {
    let live: Vec<u32> =
        (0..sheet.items.len() as u32).filter(|&n| reading.include_done || !sheet.items[n as usize].done).collect();
    let mut links = Vec::new();
    match sheet.order {
        Order::Stated => {}
        Order::Document => document(sheet, named, &live, reading.mode, &mut links),
        Order::Waves => waves(sheet, &live, &mut links),
    }
    if sheet.exclusive_paths {
        shared_paths(sheet, &live, &mut links);
        shared_tests(named, &live, sheet, &mut links);
        // Loosely, what only words say is left to the forecast and to the gates on the merged tree.
        if reading.mode != Mode::Loose {
            data(named, &live, sheet, &mut links);
        }
    }
    links
}

/// The live items of one phase and the line of its heading.
type Live = (u32, Vec<u32>);

/// Phases of a document that have live items, gathered into runs that may go on side by side.
fn document(sheet: &PlanDraft, named: &[Named], live: &[u32], mode: Mode, links: &mut Vec<Link>) {
    let mut phases: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    for &n in live {
        phases.entry(sheet.items[n as usize].phase).or_default().push(n);
    }
    let side_by_side = |phase: usize| {
        let found = sheet.phases.get(phase).filter(|_| mode != Mode::Strict);
        found.map_or((false, false), |p| (p.story, p.story || p.beside))
    };
    let mut runs: Vec<Vec<Live>> = Vec::new();
    let mut open = false;
    for (&phase, items) in &phases {
        let marked = items.iter().any(|&n| sheet.items[n as usize].parallel);
        if mode == Mode::Default && sheet.independent_by_files && !marked {
            by_files(sheet, named, items, links);
        } else {
            within(sheet, items, mode, links);
        }
        let (story, joins) = side_by_side(phase);
        let one = (sheet.phases.get(phase).map_or(0, |p| p.line), items.clone());
        match runs.last_mut() {
            Some(run) if open && joins => run.push(one),
            _ => runs.push(vec![one]),
        }
        open = if open { joins } else { story };
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
fn stated_between_phases(sheet: &PlanDraft, phases: &BTreeMap<usize, Vec<u32>>, links: &mut Vec<Link>) {
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
///
/// By default marked items of other sections ("### CLI", "### Storage") are not waited for, since the mark says that
/// nothing hangs on them; marked tests are, since the templates want them red before anything is written.
fn within(sheet: &PlanDraft, items: &[u32], mode: Mode, links: &mut Vec<Link>) {
    if mode == Mode::Loose {
        return;
    }
    let item = |n: u32| &sheet.items[n as usize];
    let strict = mode == Mode::Strict;
    let mut order = |before: Vec<u32>, n: u32| {
        if !before.is_empty() {
            links.push(Link { before, after: vec![n], why: Why::Order, line: item(n).line, own: true });
        }
    };
    let mut last: Vec<u32> = Vec::new();
    let mut marked: Vec<u32> = Vec::new();
    for &n in items {
        if item(n).parallel {
            if strict {
                order(last.clone(), n);
            }
            marked.push(n);
            continue;
        }
        let matters = |&m: &u32| strict || item(m).section == item(n).section || item(m).kind == Some(TaskKind::Tests);
        let mut before: Vec<u32> = marked.drain(..).filter(matters).collect();
        // Strictly, marked items have waited for the last one already.
        if !strict || before.is_empty() {
            before.append(&mut last);
        }
        order(before, n);
        last = vec![n];
    }
}

/// Wave k after wave k-1; an item in no wave follows the one before it in the document.
fn waves(sheet: &PlanDraft, live: &[u32], links: &mut Vec<Link>) {
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
