//! A name can be searched: types have names of their own, functions say what they do.

use std::collections::BTreeMap;

use super::{code, is_test, sources};

/// Type names that may stand for more than one type, all together. May only shrink.
const REUSED_TYPE_NAMES: usize = 60;
/// Functions whose name is one word, in percent of all; only a module's main verb should have one. May only shrink.
const ONE_WORD_FUNCTIONS: usize = 71;

/// What follows the keyword in a line that defines something at this place: `pub(super) struct Name<T>` gives `Name`.
fn defined<'l>(line: &'l str, keywords: &[&str]) -> Option<&'l str> {
    let line = line.strip_prefix("pub").map_or(line, |rest| {
        let rest = if rest.starts_with('(') { rest.split_once(')').map_or(rest, |(_, rest)| rest) } else { rest };
        rest.trim_start()
    });
    let name = keywords.iter().find_map(|keyword| line.strip_prefix(keyword)?.strip_prefix(' '))?;
    name.split(|c: char| !c.is_alphanumeric() && c != '_').next().filter(|name| !name.is_empty())
}

#[test]
fn type_names_can_be_searched() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, text) in sources().iter().filter(|(path, _)| !is_test(path)) {
        for (n, line) in code(text) {
            if let Some(name) = defined(line, &["struct", "enum", "trait", "union", "type"]) {
                places.entry(name.to_owned()).or_default().push(format!("src/{}:{n}", path.display()));
            }
        }
    }
    assert!(places.len() > 300, "only {} types: can this test still read?", places.len());
    places.retain(|_, places| places.len() > 1);
    let told: Vec<String> = places.iter().map(|(name, places)| format!("{name}: {}", places.join(" "))).collect();
    assert!(told.len() <= REUSED_TYPE_NAMES, "{} names for more than one type:\n{}", told.len(), told.join("\n"));
}

#[test]
fn functions_say_what_they_do() {
    let (mut all, mut short) = (0, 0);
    for (_, text) in sources().iter().filter(|(path, _)| !is_test(path)) {
        // What implements a trait has the trait's names.
        let mut in_trait_impl = false;
        for (_, line) in code(text) {
            if line.starts_with("impl") {
                in_trait_impl = line.contains(" for ");
            } else if line.starts_with('}') {
                in_trait_impl = false;
            } else if let Some(name) = defined(line.trim_start(), &["fn", "async fn", "const fn"])
                && !in_trait_impl
            {
                all += 1;
                short += usize::from(!name.contains('_'));
            }
        }
    }
    assert!(all > 2_000, "only {all} functions: can this test still read?");
    let share = (short * 100).div_ceil(all);
    assert!(share <= ONE_WORD_FUNCTIONS, "{short} of {all} functions have names of one word: say verb and object");
}
