//! `git orca clean`: what could be removed, what was, and what stays.

use serde::Serialize;

use super::display::{clip, safe};
use super::measure::plural;
use super::table::{Cell, Table};

/// What a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Kind {
    Worktree,
    Branch,
    Refs,
    Run,
    Trash,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Worktree => "worktree",
            Kind::Branch => "branch",
            Kind::Refs => "refs",
            Kind::Run => "run",
            Kind::Trash => "trash",
        }
    }
}

/// One thing of ours that lies around.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// Its path or name.
    pub name: String,
    /// Bytes on the disk, where they were counted.
    pub bytes: Option<u64>,
    /// Why it stays, when it does: unlanded work, in use.
    pub stays: Option<String>,
}

/// The list, before or after removal.
pub fn clean(items: &[Item], removed: bool, columns: usize) -> String {
    if items.is_empty() {
        return "nothing to clean\n".to_owned();
    }
    let mut table = Table::new().left("").left("").flexible("", 30).right("").flexible("", 20);
    for item in items {
        let verb = match (&item.stays, removed) {
            (Some(_), _) => "stays",
            (None, true) => "removed",
            (None, false) => "would go",
        };
        let size = item.bytes.map(bytes).unwrap_or_default();
        let why = item.stays.as_ref().map(|why| clip(why, columns)).unwrap_or_default();
        table.row([verb.to_owned(), item.kind.word().to_owned(), safe(&item.name), size, why].map(Cell::from));
    }
    let go: Vec<&Item> = items.iter().filter(|item| item.stays.is_none()).collect();
    let freed: u64 = go.iter().filter_map(|item| item.bytes).sum();
    let freed = if freed > 0 { format!(", {}", bytes(freed)) } else { String::new() };
    let things = plural(go.len(), "thing");
    let last = match (removed, go.is_empty()) {
        (_, true) => "nothing can go; work that has not landed: git orca clean -f --unlanded".to_owned(),
        (true, false) => format!("{things} removed{freed}"),
        (false, false) => format!("{things}{freed}; nothing was removed yet: git orca clean -f"),
    };
    format!("{}{last}\n", table.text(columns))
}

fn bytes(n: u64) -> String {
    match n {
        n if n < 1 << 20 => format!("{} KiB", n.div_ceil(1 << 10)),
        n if n < 1 << 30 => format!("{} MiB", n >> 20),
        n => format!("{:.1} GiB", n as f64 / f64::from(1 << 30)),
    }
}

/// The list for programs.
#[derive(Debug, Serialize)]
pub struct Clean<'a> {
    format: u32,
    removed: bool,
    items: &'a [Item],
}

/// The list as a document.
pub fn clean_json(items: &[Item], removed: bool) -> Clean<'_> {
    Clean { format: 1, removed, items }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::WIDTH;
    use crate::report::testing::{HOSTILE, inert, screen};

    fn item(kind: Kind, name: &str, bytes: Option<u64>, stays: Option<&str>) -> Item {
        Item { kind, name: name.into(), bytes, stays: stays.map(str::to_owned) }
    }

    #[test]
    fn what_goes_and_what_stays() {
        let items = [
            item(Kind::Worktree, "../shop.orca/a1", Some(90 << 20), None),
            item(Kind::Branch, "orca/20261120-1812-k3/task/T009", None, Some("its work has not landed")),
            item(Kind::Run, "20261119-2203-aa", Some(3 << 30), None),
        ];
        insta::assert_snapshot!(screen(&clean(&items, false, WIDTH)), @r"
        would go  worktree  ../shop.orca/a1                   90 MiB
        stays     branch    orca/20261120-1812-k3/task/T009           its work has not landed
        would go  run       20261119-2203-aa                 3.0 GiB
        2 things, 3.1 GiB; nothing was removed yet: git orca clean -f
        ");
        insta::assert_snapshot!(screen(&clean(&items[1..2], true, WIDTH)), @r"
        stays  branch  orca/20261120-1812-k3/task/T009    its work has not landed
        nothing can go; work that has not landed: git orca clean -f --unlanded
        ");
        insta::assert_snapshot!(serde_json::to_string(&clean_json(&items[1..2], false)).unwrap(), @r#"
        {"format":1,"removed":false,"items":[{"kind":"branch","name":"orca/20261120-1812-k3/task/T009","bytes":null,"stays":"its work has not landed"}]}
        "#);
        assert!(clean(&items, true, WIDTH).ends_with("2 things removed, 3.1 GiB\n"));
    }

    #[test]
    fn hostile_names_stay_in_their_column() {
        for name in HOSTILE {
            let text = clean(&[item(Kind::Worktree, name, None, Some(name))], false, WIDTH);
            inert(&text);
            screen(&text);
        }
    }
}
