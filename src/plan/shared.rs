//! The order that follows from what items share: paths, tests, and data that one makes and another uses.

use std::collections::{HashMap, HashSet};

use super::plan_draft::{Link, PlanDraft};
use crate::model::{Named, Why, is_test_path};

/// Items that name a path wait for the one before them that names it, which makes the one that creates it the first.
pub(super) fn shared_paths(sheet: &PlanDraft, live: &[u32], links: &mut Vec<Link>) {
    let mut last: HashMap<&str, u32> = HashMap::new();
    let mut seen: HashSet<(u32, u32)> = HashSet::new();
    for &n in live {
        let item = &sheet.items[n as usize];
        for file in &item.files {
            if let Some(before) = last.insert(file.path.as_str(), n)
                && before != n
                && seen.insert((before, n))
            {
                let why = if is_test_path(file.path.as_str()) { Why::Tests } else { Why::Files };
                links.push(Link { before: vec![before], after: vec![n], why, line: item.line, own: true });
            }
        }
    }
}

/// Items that write a test of one name wait for each other, in the order of the document: two tests of one name are one
/// test, or none that compiles.
pub(super) fn shared_tests(named: &[Named], live: &[u32], sheet: &PlanDraft, links: &mut Vec<Link>) {
    let mut last: HashMap<&str, u32> = HashMap::new();
    for &n in live {
        for test in &named[n as usize].tests {
            if let Some(before) = last.insert(test, n) {
                let line = sheet.items[n as usize].line;
                links.push(Link { before: vec![before], after: vec![n], why: Why::Tests, line, own: true });
            }
        }
    }
}

/// An item that uses what exactly one item before it makes waits for that one. What several make is anybody's, and what
/// is made further down was probably meant otherwise: both are left to the forecast.
pub(super) fn data(named: &[Named], live: &[u32], sheet: &PlanDraft, links: &mut Vec<Link>) {
    let mut makers: HashMap<&str, Option<u32>> = HashMap::new();
    for (n, named) in named.iter().enumerate() {
        for name in &named.makes {
            makers.entry(name).and_modify(|maker| *maker = None).or_insert(Some(n as u32));
        }
    }
    let is_live: HashSet<u32> = live.iter().copied().collect();
    let mut seen: HashSet<(u32, u32)> = HashSet::new();
    for &n in live {
        for name in &named[n as usize].uses {
            if let Some(&Some(maker)) = makers.get(name.as_str())
                && maker < n
                && is_live.contains(&maker)
                && seen.insert((maker, n))
            {
                let line = sheet.items[n as usize].line;
                links.push(Link { before: vec![maker], after: vec![n], why: Why::Data, line, own: true });
            }
        }
    }
}
