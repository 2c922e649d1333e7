//! The nearest name, for "did you mean".

/// The name of `known` that `given` was probably meant to be: at most a third of its letters (and at least one) away,
/// counting insertions, deletions, replacements and swaps of neighbors; case, `-` and `_` do not count.
///
/// Ties go to the first of `known`.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let given = folded(given);
    let allowed = (given.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|name| (strsim::osa_distance(&given, &folded(name)), name))
        .filter(|(far, _)| *far <= allowed)
        .min_by_key(|(far, _)| *far)
        .map(|(_, name)| name)
}

/// "Did you mean `x`?", or the whole list when nothing is near, cut at twelve names.
pub fn suggestion<'a>(given: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if let Some(name) = nearest(given, known.clone()) {
        return format!("did you mean `{name}`?");
    }
    let names: Vec<String> = known.into_iter().map(|name| format!("`{name}`")).collect();
    match names.len() {
        0 => String::new(),
        1..=12 => format!("known here: {}", names.join(", ")),
        more => format!("known here: {} and {} more", names[..12].join(", "), more - 12),
    }
}

fn folded(text: &str) -> String {
    // A hostile key of a megabyte must not cost a megabyte squared.
    text.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let known = ["jobs", "agent", "budget-usd", "worktree-dir"];
        let table = [
            ("job", Some("jobs")),
            ("jbos", Some("jobs")),
            ("Agnet", Some("agent")),
            ("budget_usd", Some("budget-usd")),
            ("worktreedir", Some("worktree-dir")),
            ("color", None),
            ("", None),
        ];
        for (given, expected) in table {
            assert_eq!(nearest(given, known), expected, "{given}");
        }
        assert_eq!(suggestion("zzz", ["a", "b"]), "known here: `a`, `b`");
        assert_eq!(nearest(&"x".repeat(1_000_000), known), None);
    }
}
