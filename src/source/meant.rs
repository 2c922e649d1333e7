//! Whether a name in one file means a definition of another: by what the file imports, and by where both lie. A reader of
//! texts, no compiler: what comes through a third file, or by a star, is not followed.

use super::language::Language;
use super::names::NameUse;
use super::parsed::Parsed;

/// Where a text uses what `from` defines as `names` (what encloses it, outermost first, and its own); empty where it cannot
/// be told that it means that one. Members are found in files that mean their type, too.
pub fn uses_of(path: &str, text: &str, from: &str, names: &[String]) -> Vec<NameUse> {
    let (Some(owner), Some(own)) = (names.first(), names.last()) else { return Vec::new() };
    if !has_word(text, own) || !means(path, text, from, owner) {
        return Vec::new();
    }
    let Some(parsed) = Parsed::read(path, text) else { return Vec::new() };
    let lines: Vec<&str> = text.lines().collect();
    let is_member = |line: u32| {
        let text = lines.get(line as usize - 1).copied().unwrap_or_default();
        [".", "::"].iter().any(|joint| ends_after(text, joint, own))
    };
    let mut used = parsed.references();
    used.retain(|it| it.name == *own && (names.len() == 1 || is_member(it.line)));
    used.dedup();
    used
}

/// Whether `name` in a text is the one of the file `from`.
pub(super) fn means(path: &str, text: &str, from: &str, name: &str) -> bool {
    let (Some(language), Some(theirs)) = (Language::with_grammar(path), Language::with_grammar(from)) else {
        return false;
    };
    if language != theirs && !(language.is_script() && theirs.is_script()) {
        return false;
    }
    if path == from {
        return !imports_name(language, text, name);
    }
    let modules = module_names(from);
    match language {
        Language::Go => go_means(path, text, from, name),
        Language::Python => modules.iter().any(|module| python_means(text, from, module, name)),
        Language::Rust => modules.iter().any(|module| rust_paths(text, module, name)),
        _ => modules.iter().any(|module| script_means(text, module, name)),
    }
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// What a file is called as a module: its stem, or its folder where it stands for that.
fn module_names(path: &str) -> Vec<String> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.split('.').next().unwrap_or(name);
    let above = folder.rsplit('/').next().unwrap_or_default();
    match stem {
        "__init__" | "mod" | "index" if !above.is_empty() => vec![above.to_owned()],
        "lib" | "main" => vec!["crate".to_owned()],
        _ => vec![stem.to_owned()],
    }
}

fn imports_name(language: Language, text: &str, name: &str) -> bool {
    let starts: &[&str] = match language {
        Language::Rust => &["use ", "pub use "],
        _ => &["import ", "from ", "export "],
    };
    text.lines().any(|line| starts.iter().any(|start| line.trim_start().starts_with(start)) && has_word(line, name))
}

/// `from a.module import name`, or `module.name` where the module itself is imported.
fn python_means(text: &str, from: &str, module: &str, name: &str) -> bool {
    let froms = python_froms(text);
    if froms.iter().any(|(source, listed)| source.rsplit('.').next() == Some(module) && has_word(listed, name)) {
        return true;
    }
    let stands_for_folder = from.ends_with("/__init__.py");
    let folder = if stands_for_folder { folder_of(folder_of(from)) } else { folder_of(from) };
    let parent = folder.rsplit('/').next().unwrap_or_default();
    let is_parent = |source: &str| {
        let last = source.rsplit('.').next().unwrap_or_default();
        last.is_empty() || last == parent
    };
    let of_package = froms.iter().filter(|(source, _)| is_parent(source)).flat_map(|(_, listed)| listed.split(','));
    let plain = text.lines().filter_map(|line| line.trim_start().strip_prefix("import "));
    let plain = plain.flat_map(|listed| listed.split(',')).filter(|part| {
        let dotted = part.split_whitespace().next().unwrap_or_default();
        dotted.rsplit_once('.').is_none_or(|(above, _)| is_parent(above))
    });
    of_package.chain(plain).filter_map(|part| binding(part, module)).any(|bound| joined(text, bound, ".", name))
}

/// What a part of an import binds, if it is the module: `tax`, `shop.tax`, `tax as t`.
fn binding<'a>(part: &'a str, module: &str) -> Option<&'a str> {
    let words: Vec<&str> = part.split_whitespace().collect();
    match words.as_slice() {
        [dotted] if dotted.rsplit('.').next() == Some(module) => Some(dotted),
        [dotted, "as", bound] if dotted.rsplit('.').next() == Some(module) => Some(bound),
        _ => None,
    }
}

/// Each `from source import listed` of a text, also over several lines.
fn python_froms(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("from ") {
        let after = &rest[at + 5..];
        let Some((source, listed)) = after.split_once(" import ") else { break };
        let listed = match listed.trim_start().strip_prefix('(') {
            Some(inner) => inner.split(')').next().unwrap_or_default(),
            None => listed.lines().next().unwrap_or_default(),
        };
        if !source.contains('\n') {
            found.push((source.trim(), listed));
        }
        rest = after;
    }
    found
}

/// `module::name`, `module::{…, name}`, or the module under another name.
fn rust_paths(text: &str, module: &str, name: &str) -> bool {
    let listed = text.match_indices(&format!("{module}::{{")).any(|(at, _)| {
        let listed = text[at..].split(';').next().unwrap_or_default();
        has_word(listed, name)
    });
    let renamed = text.match_indices(&format!("{module} as ")).any(|(at, all)| {
        let bound = words(&text[at + all.len()..]).next().unwrap_or_default();
        !bound.is_empty() && joined(text, bound, "::", name)
    });
    listed || renamed || joined(text, module, "::", name)
}

/// Names taken out of `./module` by `import`, `export … from` and `require`, or `module.name`.
fn script_means(text: &str, module: &str, name: &str) -> bool {
    let taken = script_imports(text).into_iter().chain(script_requires(text));
    taken.filter(|(_, source)| is_script_module(source, module)).any(|(names, _)| {
        let bound = names.trim_start_matches("type ").trim().trim_start_matches("* as ").trim();
        has_word(names, name) || (is_word(bound) && joined(text, bound, ".", name))
    })
}

fn is_script_module(source: &str, module: &str) -> bool {
    let last = source.trim_end_matches("/index").rsplit('/').next().unwrap_or(source);
    source.starts_with('.') && last.split('.').next() == Some(module)
}

/// Names and source of each `import … from "…"` and `export … from "…"`.
fn script_imports(text: &str) -> Vec<(&str, &str)> {
    let statements = ["import ", "export "].into_iter().flat_map(|word| text.split(word).skip(1));
    let read = |rest: &'_ str| -> Option<(usize, usize, usize)> {
        let at = rest.find(" from ")?;
        let quoted = rest[at + 6..].trim_start();
        let quote = quoted.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let begin = rest.len() - quoted.len() + 1;
        Some((at, begin, begin + rest[begin..].find(quote)?))
    };
    let statement = |rest: &'_ str| read(rest).filter(|(at, ..)| !rest[..*at].contains([';', '(', '=']));
    statements.filter_map(|rest| statement(rest).map(|(at, begin, end)| (&rest[..at], &rest[begin..end]))).collect()
}

/// Names and source of each `const … = require("…")`.
fn script_requires(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for (at, word) in text.match_indices("require(") {
        let rest = &text[at + word.len()..];
        let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
        let Some(source) = rest[1..].split(quote).next() else { continue };
        let before = &text[..at];
        let begin = ["const ", "let ", "var "].iter().filter_map(|word| Some(before.rfind(word)? + word.len())).max();
        let names = begin.and_then(|begin| before[begin..].trim_end().strip_suffix('=')).map(str::trim);
        found.extend(names.filter(|names| !names.contains([';', '('])).map(|names| (names, source)));
    }
    found
}

/// In Go a package is a folder: its files see each other's names, others write `package.Name`.
fn go_means(path: &str, text: &str, from: &str, name: &str) -> bool {
    let folder = folder_of(from);
    if folder_of(path) == folder {
        return !text.contains(&format!(".{name}"));
    }
    let package = folder.rsplit('/').next().unwrap_or_default();
    let bound = |line: &str| -> Option<String> {
        let (before, quoted) = line.trim().split_once('"')?;
        let source = quoted.split('"').next()?;
        let is_package = !package.is_empty() && source.rsplit('/').next() == Some(package) && source.contains('/');
        let own = before.trim().trim_start_matches("import").trim();
        is_package.then(|| if is_word(own) { own.to_owned() } else { package.to_owned() })
    };
    let is_exported = name.chars().next().is_some_and(char::is_uppercase);
    is_exported && text.lines().filter_map(bound).any(|bound| joined(text, &bound, ".", name))
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_word_char)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !is_word_char(c))
}

/// Whether a text has a name as a word of its own.
pub(super) fn has_word(text: &str, name: &str) -> bool {
    text.contains(name) && words(text).any(|word| word == name)
}

/// Whether `joint` and `name` stand together, and the name ends there.
fn ends_after(text: &str, joint: &str, name: &str) -> bool {
    let whole = format!("{joint}{name}");
    text.match_indices(&whole).any(|(at, _)| !text[at + whole.len()..].starts_with(is_word_char))
}

/// Whether `left`, `joint` and `name` stand together, as words of their own.
fn joined(text: &str, left: &str, joint: &str, name: &str) -> bool {
    let whole = format!("{left}{joint}{name}");
    text.match_indices(&whole).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let is_begin = before.is_none_or(|c| !is_word_char(c) && c != '.');
        is_begin && !text[at + whole.len()..].starts_with(is_word_char)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines in `path` that use `full` of `from`.
    fn lines(from: &str, defining: &str, full: &str, path: &str, text: &str) -> Vec<u32> {
        let all = Parsed::read(from, defining).unwrap().definitions();
        assert!(all.iter().any(|it| it.full_name() == full), "{full} in {from}");
        let names: Vec<String> = full.split('.').map(str::to_owned).collect();
        uses_of(path, text, from, &names).into_iter().map(|it| it.line).collect()
    }

    #[test]
    fn names_are_found_however_they_come() {
        let (py, ts) = ("def rate():\n    pass\n", "export function rate() {}\n");
        let (go, rs) = ("package tax\n\nfunc Rate() int { return 1 }\n", "pub fn rate() {}\n");
        /// Where it is defined, that text, its name, who uses it, that text, in which lines.
        type Row<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str, &'a [u32]);
        let rows: [Row<'_>; 17] = [
            ("shop/tax.py", py, "rate", "a.py", "from shop.tax import rate\n\nrate()\n", &[1, 3]),
            ("shop/tax.py", py, "rate", "a.py", "from shop import tax\n\ntax.rate()\n", &[3]),
            ("shop/tax.py", py, "rate", "shop/a.py", "from . import x, tax as t\n\nt.rate()\n", &[3]),
            ("shop/tax.py", py, "rate", "a.py", "import shop.tax\n\nshop.tax.rate()\n", &[3]),
            ("tax.py", py, "rate", "a.py", "import os, tax as t\n\nt.rate()\n", &[3]),
            ("shop/__init__.py", py, "rate", "a.py", "import shop\n\nshop.rate()\n", &[3]),
            ("src/tax.ts", ts, "rate", "src/a.ts", "import * as tax from './tax';\ntax.rate();\n", &[2]),
            ("src/tax.ts", ts, "rate", "src/a.js", "const { a, rate } = require('./tax');\nrate();\n", &[1, 2]),
            ("src/tax.ts", ts, "rate", "src/a.js", "const tax = require(\"../src/tax\");\ntax.rate();\n", &[2]),
            ("src/tax.ts", ts, "rate", "src/index.ts", "export { rate } from './tax';\n", &[1]),
            ("src/tax/index.ts", ts, "rate", "src/a.ts", "import { rate as r } from './tax/index';\nr();\n", &[1]),
            ("tax/tax.go", go, "Rate", "tax/a.go", "package tax\n\nvar x = Rate()\n", &[3]),
            (
                "tax/tax.go",
                go,
                "Rate",
                "a.go",
                "package a\n\nimport (\n\t\"example.com/tax\"\n)\n\nvar x = tax.Rate()\n",
                &[7],
            ),
            ("tax/tax.go", go, "Rate", "a.go", "package a\n\nimport t \"example.com/tax\"\n\nvar x = t.Rate()\n", &[5]),
            ("src/tax.rs", rs, "rate", "src/a.rs", "use crate::tax::{other, rate};\nfn f() { rate() }\n", &[1, 2]),
            ("src/tax.rs", rs, "rate", "src/a.rs", "use crate::tax as t;\nfn f() { t::rate() }\n", &[2]),
            ("src/tax/mod.rs", rs, "rate", "src/a.rs", "use super::tax;\nfn f() { tax::rate() }\n", &[2]),
        ];
        for (from, defining, full, path, text, found) in rows {
            assert_eq!(lines(from, defining, full, path, text), found, "{path}: {text}");
        }
    }

    #[test]
    fn names_of_others_are_not() {
        let (py, ts) = ("def rate():\n    pass\n", "export function rate() {}\n");
        let (go, rs) = ("package tax\n\nfunc Rate() int { return 1 }\n", "pub fn rate() {}\n");
        for (from, defining, full, path, text) in [
            ("shop/tax.py", py, "rate", "a.py", "from lib import tax\n\ntax.rate()\n"),
            ("shop/tax.py", py, "rate", "a.py", "import lib.tax\n\nlib.tax.rate()\n"),
            ("shop/tax.py", py, "rate", "a.py", "from shop import tax\n\ntax.rates()\nself.tax.rate()\n"),
            ("shop/tax.py", py, "rate", "a.py", "def f(rate):\n    return rate\n"),
            ("src/tax.ts", ts, "rate", "src/a.ts", "import * as tax from 'tax';\ntax.rate();\n"),
            ("src/tax.ts", ts, "rate", "src/a.ts", "import { x } from './tax';\nlet rate = 1;\n"),
            ("tax/tax.go", go, "Rate", "a.go", "package a\n\nimport \"example.com/other\"\n\nvar x = tax.Rate()\n"),
            ("tax/tax.go", go, "Rate", "a/a.go", "package a\n\nfunc f() { Rate() }\n"),
            ("src/tax.rs", rs, "rate", "src/a.rs", "use crate::tax;\nfn f() { tax::rate_all(rate) }\n"),
            ("src/tax.rs", rs, "rate", "a.py", "from tax import rate\n"),
        ] {
            assert_eq!(lines(from, defining, full, path, text), [] as [u32; 0], "{path}: {text}");
        }
    }

    #[test]
    fn members_are_found_where_their_type_is_meant() {
        let py = "class Cart:\n    def total(self):\n        pass\n";
        let used = "from cart import Cart\n\ntotal = Cart().total()\n";
        assert_eq!(lines("cart.py", py, "Cart.total", "bill.py", used), [3]);
        assert_eq!(lines("cart.py", py, "Cart.total", "bill.py", "def f(o):\n    return o.total()\n"), [] as [u32; 0]);
        let rs = "pub struct Cart;\nimpl Cart {\n    pub fn total(&self) {}\n}\n";
        let used = "use crate::cart::Cart;\nfn f(c: &Cart) { c.total() }\nfn g() { Cart::total }\n";
        assert_eq!(lines("src/cart.rs", rs, "Cart.total", "src/bill.rs", used), [2, 3]);
        let go = "package shop\n\ntype Cart struct{}\n\nfunc (c *Cart) Total() {}\n";
        let used = "package shop\n\nfunc f(c Cart) { c.Total() }\n";
        assert_eq!(lines("shop/cart.go", go, "Cart.Total", "shop/bill.go", used), [3]);
        let ts = "export class Cart { total() {} }\n";
        let used = "import { Cart } from './cart';\nnew Cart().total();\n";
        assert_eq!(lines("cart.ts", ts, "Cart.total", "bill.ts", used), [2]);
    }
}
