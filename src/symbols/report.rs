//! What is told of files: a line each.

use std::collections::BTreeMap;

use super::symbol::{SymbolName, SymbolUse};
use crate::git::Repo;
use crate::model::Oid;
use crate::source::{DefinitionKind, Parsed, is_test_path};

/// Files told of.
const MOST_FILES: usize = 12;
/// Symbols told of, of all files together.
const MOST_SYMBOLS: usize = 24;
/// Places told of each.
const MOST_PLACES: usize = 4;

/// What a file defines.
#[derive(Debug, Clone)]
pub(super) struct FileSymbols {
    path: String,
    pub(super) symbols: Vec<UsedSymbol>,
    /// How many more it defines.
    more: usize,
}

/// A symbol and who uses it.
#[derive(Debug, Clone)]
pub(super) struct UsedSymbol {
    pub(super) name: SymbolName,
    line: u32,
    pub(super) uses: Vec<SymbolUse>,
}

/// What files define that others can use: functions, types and values of a file, functions of a type. Tests are used by
/// nobody.
pub(super) fn defined_in(repo: &Repo, commit: &Oid, paths: &[String]) -> Vec<FileSymbols> {
    let programs = paths.iter().filter(|path| !is_test_path(path));
    let texts = programs.filter_map(|path| Some((path, String::from_utf8(repo.file_at(commit, path).ok()?).ok()?)));
    let mut room = MOST_SYMBOLS;
    let mut found = Vec::new();
    for (path, text) in texts.take(MOST_FILES) {
        let mut symbols = symbols_of(path, &text);
        let more = symbols.len().saturating_sub(room);
        symbols.truncate(room);
        room -= symbols.len();
        found.push(FileSymbols { path: path.clone(), symbols, more });
    }
    found
}

fn symbols_of(path: &str, text: &str) -> Vec<UsedSymbol> {
    let Some(parsed) = Parsed::read(path, text) else { return Vec::new() };
    let mut found: Vec<UsedSymbol> = Vec::new();
    for definition in parsed.definitions() {
        let is_told = match definition.within.len() {
            0 => definition.kind != DefinitionKind::Module,
            1 => definition.kind == DefinitionKind::Function,
            _ => false,
        };
        let names: Vec<String> = definition.within.into_iter().chain([definition.name]).collect();
        let name = SymbolName { path: path.to_owned(), names };
        let is_own = name.own().starts_with("__") || matches!(name.own(), "_" | "main" | "init" | "constructor");
        if is_told && !is_own && !found.iter().any(|it| it.name == name) {
            found.push(UsedSymbol { name, line: definition.first_line, uses: Vec::new() });
        }
    }
    found
}

/// `` `shop/cart.py` defines `Cart` (line 1; used in shop/bill.py:1,7), `rate` (line 9) ``.
pub(super) fn words(file: &FileSymbols) -> String {
    let one = |symbol: &UsedSymbol| {
        let used = places(&symbol.uses);
        let used = if used.is_empty() { String::new() } else { format!("; used in {used}") };
        format!("`{}` (line {}{used})", symbol.name.full(), symbol.line)
    };
    let mut parts: Vec<String> = file.symbols.iter().map(one).collect();
    if file.more > 0 {
        parts.push(format!("and {} more", file.more));
    }
    format!("`{}` defines {}", file.path, parts.join(", "))
}

fn places(uses: &[SymbolUse]) -> String {
    let mut by_file: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    uses.iter().for_each(|it| by_file.entry(&it.path).or_default().push(it.line));
    let shown = by_file.iter().take(MOST_PLACES).map(|(path, lines)| {
        let mut lines = lines.clone();
        lines.sort_unstable();
        lines.dedup();
        let shown: Vec<String> = lines.iter().take(MOST_PLACES).map(u32::to_string).collect();
        format!("{path}:{}{}", shown.join(","), if lines.len() > MOST_PLACES { ",…" } else { "" })
    });
    let more = by_file.len().saturating_sub(MOST_PLACES);
    let more = (more > 0).then(|| format!("{more} more {}", if more == 1 { "file" } else { "files" }));
    shown.chain(more).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_told_in_a_line() {
        let text =
            "class Cart:\n    def __init__(self):\n        pass\n\n    def total(self):\n        pass\n\n\nRATE = 1\n";
        let mut symbols = symbols_of("shop/cart.py", text);
        let at = |path: &str, line| SymbolUse { path: path.to_owned(), line };
        symbols[1].uses = vec![at("b.py", 7), at("a.py", 9), at("a.py", 3)];
        symbols[2].uses = (0..6).map(|n| at(&format!("f{n}.py"), 1)).collect();
        let file = FileSymbols { path: "shop/cart.py".to_owned(), symbols, more: 2 };
        assert_eq!(
            words(&file),
            "`shop/cart.py` defines `Cart` (line 1), `Cart.total` (line 5; used in a.py:3,9 b.py:7), `RATE` (line 9; \
             used in f0.py:1 f1.py:1 f2.py:1 f3.py:1 2 more files), and 2 more"
        );
    }

    #[test]
    fn what_nobody_outside_can_use_is_not_told() {
        let names = |path: &str, text: &str| symbols_of(path, text).iter().map(|it| it.name.full()).collect::<Vec<_>>();
        assert_eq!(names("a.rs", "mod b {\n    pub fn c() {}\n}\nstruct D { e: u8 }\nfn main() {}\n"), ["b.c", "D"]);
        assert_eq!(
            names("a.go", "package p\n\nfunc init() {}\n\ntype T struct{ A int }\n\nfunc (t T) F() {}\n"),
            ["T", "T.F"]
        );
        assert_eq!(names("a.ts", "export class A { constructor() {}\n  go() {} }\nconst b = 1;\n"), ["A", "A.go", "b"]);
        assert!(names("README.md", "# A\n").is_empty());
    }
}
