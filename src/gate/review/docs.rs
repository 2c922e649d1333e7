//! Public items without documentation, in projects that document theirs.

use crate::gate::found::found;
use crate::git::FileDiff;
use crate::model::Finding;
use crate::source::{Language, is_test_path};

/// Public items before a habit can be seen.
const LEAST_ITEMS: usize = 5;

/// Share of documented ones that makes a habit, percent.
const HABIT: usize = 70;

/// A public item.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Item {
    line: u32,
    name: String,
    documented: bool,
}

/// Counts items of a tree, to see what its habit is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Habit {
    items: usize,
    documented: usize,
}

impl Habit {
    /// Counts the items of one more file.
    pub(super) fn add(&mut self, path: &str, text: &str) {
        let items = items(path, text);
        self.items += items.len();
        self.documented += items.iter().filter(|item| item.documented).count();
    }

    /// Whether public items are documented here.
    pub(super) fn documents(self) -> bool {
        self.items >= LEAST_ITEMS && self.is_kept()
    }

    /// Whether the file that an item was added to keeps to the habit: its other items are what an author goes by.
    pub(super) fn is_kept(self) -> bool {
        self.documented * 100 >= self.items * HABIT
    }
}

/// New public items of one file that are not documented.
pub(super) fn in_file(file: &FileDiff, text: &str) -> Vec<Finding> {
    let added = |item: &Item| file.added.iter().any(|line| line.number == item.line);
    let bare = items(&file.path, text).into_iter().filter(|item| !item.documented && added(item));
    let found = bare.map(|item| {
        let what = format!("`{}` is public and not documented", item.name);
        found(&file.path, item.line, "undocumented", &what, "say in a sentence what it is for, as its neighbors do")
    });
    found.collect()
}

fn items(path: &str, text: &str) -> Vec<Item> {
    match Language::of_path(path) {
        _ if is_test_path(path) => Vec::new(),
        Some(Language::Rust) => rust(text),
        Some(Language::Python) => python(text),
        Some(Language::Go) => go(text),
        Some(Language::JavaScript | Language::TypeScript) => script(text),
        Some(Language::Other) | None => Vec::new(),
    }
}

fn item(n: usize, rest: &str, documented: bool) -> Item {
    let name = rest.trim_start().split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default();
    Item { line: n as u32 + 1, name: name.to_owned(), documented }
}

/// The rest of a line after its first words, if they are these.
fn after<'l>(line: &'l str, starts: &[&str]) -> Option<&'l str> {
    starts.iter().find_map(|start| line.strip_prefix(start))
}

fn rust(text: &str) -> Vec<Item> {
    const STARTS: [&str; 11] = [
        "pub fn ",
        "pub async fn ",
        "pub const fn ",
        "pub unsafe fn ",
        "pub struct ",
        "pub enum ",
        "pub trait ",
        "pub type ",
        "pub const ",
        "pub static ",
        "pub union ",
    ];
    let lines: Vec<&str> = text.lines().collect();
    let mut items = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        if line.starts_with("#[cfg(test)]") {
            break;
        }
        let Some(rest) = after(line.trim_start(), &STARTS) else { continue };
        let mut above = lines[..n].iter().rev().map(|line| line.trim());
        let comment = above.find(|line| !(line.starts_with("#[") || line.ends_with(")]") && !line.starts_with("//")));
        let documented = comment.is_some_and(|line| line.starts_with("///") || line.ends_with("*/"))
            || lines[..n].iter().rev().take(3).any(|line| line.trim_start().starts_with("#[doc"));
        items.push(item(n, rest, documented));
    }
    items
}

fn python(text: &str) -> Vec<Item> {
    let lines: Vec<&str> = text.lines().collect();
    let mut items = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let Some(rest) = after(line.trim_start(), &["def ", "class ", "async def "]) else { continue };
        // Methods count as far as one level; functions in functions are nobody's business.
        let private = rest.starts_with('_') || indent > 4;
        let end = (n..lines.len()).find(|n| lines[*n].trim_end().ends_with(':')).unwrap_or(n);
        let body = lines[end + 1..].iter().map(|line| line.trim()).find(|line| !line.is_empty()).unwrap_or_default();
        let string = body.trim_start_matches(['r', 'u', 'R', 'U']).starts_with(['"', '\'']);
        if !private {
            items.push(item(n, rest, string));
        }
    }
    items
}

fn go(text: &str) -> Vec<Item> {
    let lines: Vec<&str> = text.lines().collect();
    let mut items = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        let Some(mut rest) = after(line, &["func ", "type "]) else { continue };
        if rest.starts_with('(') {
            rest = rest.split_once(')').map_or(rest, |(_, rest)| rest).trim_start();
        }
        let exported = rest.starts_with(|c: char| c.is_uppercase());
        let documented = n > 0 && (lines[n - 1].starts_with("//") || lines[n - 1].ends_with("*/"));
        if exported {
            items.push(item(n, rest, documented));
        }
    }
    items
}

fn script(text: &str) -> Vec<Item> {
    const STARTS: [&str; 9] = [
        "export function ",
        "export async function ",
        "export class ",
        "export abstract class ",
        "export interface ",
        "export type ",
        "export enum ",
        "export const ",
        "export default function ",
    ];
    let lines: Vec<&str> = text.lines().collect();
    let mut items = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        let Some(rest) = after(line, &STARTS) else { continue };
        let mut above = lines[..n].iter().rev().map(|line| line.trim());
        let comment = above.find(|line| !line.starts_with('@')).unwrap_or_default();
        items.push(item(n, rest, comment.ends_with("*/") || comment.starts_with("///")));
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bare(path: &str, text: &str) -> Vec<String> {
        items(path, text).into_iter().filter(|item| !item.documented).map(|item| item.name).collect()
    }

    #[test]
    fn each_language_has_its_way() {
        let rust = "/// Doc.\n#[derive(Debug)]\npub struct A;\npub fn b() {}\n    /** c */\n    pub fn c() {}\npub(crate) fn d() {}\n#[must_use]\npub const fn e() {}\n#[cfg(test)]\nmod t { pub fn f() {} }";
        assert_eq!(bare("src/a.rs", rust), ["b", "e"]);
        let python = "def a(\n    x,\n):\n    '''doc'''\ndef b(): pass\nclass C:\n    x = 1\n    def d(self):\n        \"\"\"doc\"\"\"\n    def _e(self): pass\n        def f(): pass\n";
        assert_eq!(bare("a.py", python), ["b", "C"]);
        let go = "// A does.\nfunc A() {}\nfunc B() {}\nfunc (s S) C() {}\nfunc d() {}\n\ntype E struct{}\n";
        assert_eq!(bare("a.go", go), ["B", "C", "E"]);
        let ts = "/** a */\nexport function a() {}\nexport const b = 1;\n/** c */\n@dec\nexport class c {}\nfunction d() {}\n";
        assert_eq!(bare("a.ts", ts), ["b"]);
        assert_eq!(bare("tests/a.rs", rust), Vec::<String>::new());
    }

    #[test]
    fn a_habit_needs_some_items() {
        let mut habit = Habit::default();
        habit.add("a.rs", &"/// D.\npub fn a() {}\n".repeat(4));
        assert!(!habit.documents());
        habit.add("b.rs", "pub fn a() {}\n");
        assert!(habit.documents(), "four of five");
        habit.add("b.rs", &"pub fn a() {}\n".repeat(3));
        assert!(!habit.documents());
        assert!(!habit.is_kept() && Habit::default().is_kept());
    }
}
