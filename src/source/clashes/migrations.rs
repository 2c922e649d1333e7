//! Migrations of a database, which run in the order of their numbers: two new ones of one number.

use std::collections::BTreeMap;

use super::kinds::{ClashKind, SemanticClash};

/// Folders in which migrations lie.
const FOLDERS: [&str; 5] = ["migrations", "migrate", "migration", "db_migrations", "schema_migrations"];

/// A migration by its path: its folder, its number with what tells its halves apart (`.up.sql`, `.down.sql`), and its own
/// name there.
fn migration(path: &str) -> Option<(String, String, String)> {
    let parts: Vec<&str> = path.split('/').collect();
    let at = parts[..parts.len() - 1].iter().rposition(|part| FOLDERS.contains(&part.to_ascii_lowercase().as_str()))?;
    let name = parts.get(at + 1)?;
    let (number, rest) = numbered(name)?;
    let half = rest.split_once('.').map_or("", |(_, half)| half);
    Some((parts[..=at].join("/"), format!("{number}.{half}").trim_end_matches('.').to_owned(), (*name).to_owned()))
}

/// The number that a name begins with, and the rest: `0003_users.py`, `V3__users.sql`, `2026-01-02-000000_users`.
fn numbered(name: &str) -> Option<(&str, &str)> {
    let letters = usize::from(name.starts_with(['V', 'v', 'U', 'u']));
    let digits = name[letters..].bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'-').count();
    let number = name[..letters + digits].trim_end_matches('-');
    let enough = if letters == 1 { 1 } else { 3 };
    let rest = &name[number.len()..];
    (digits >= enough && rest.starts_with(['_', '-', '.'])).then_some((number, rest))
}

/// Migrations that each side added for itself and that have one number.
pub fn clashing_migrations(ours: &[String], theirs: &[String]) -> Vec<SemanticClash> {
    let by_number = |paths: &[String]| -> BTreeMap<(String, String), (String, String)> {
        paths
            .iter()
            .filter_map(|path| migration(path).map(|(folder, number, name)| ((folder, number), (name, path.clone()))))
            .collect()
    };
    let (ours, theirs) = (by_number(ours), by_number(theirs));
    let both = theirs.into_iter().filter_map(|(key, (name, path))| {
        let (other, other_path) = ours.get(&key)?;
        let number = key.1.split('.').next().unwrap_or_default().to_owned();
        (*other != name).then(|| SemanticClash {
            path,
            line: 0,
            kind: ClashKind::Migration,
            name: number,
            other: other_path.clone(),
        })
    });
    both.collect()
}
