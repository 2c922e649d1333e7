//! Which file of the crate uses which: read from the text, since the compiler does not tell.
//!
//! Comments, strings and test-only items are left out. A name is followed through `use` and `pub use` to the file that
//! defines it; methods cannot be followed, so a type whose methods lie in several files counts as its defining file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

type Segments = Vec<String>;

/// One name that a `use` brings into a file.
#[derive(Debug, Clone)]
struct Import {
    /// What it is called here; `*` for a glob.
    alias: String,
    path: Segments,
    is_reexport: bool,
}

/// A source file: what it imports, and which paths it spells out.
#[derive(Debug, Default)]
struct SourceFile {
    module: Segments,
    imports: Vec<Import>,
    /// Paths of two segments and more in its code.
    paths: BTreeSet<Segments>,
    /// All names in its code, for globs and for re-exports that the file uses itself.
    words: BTreeSet<String>,
}

/// All files of the crate by module path.
pub struct Crate {
    files: BTreeMap<Segments, SourceFile>,
}

/// Where a path leads.
enum Target {
    /// Something that the file of this module defines.
    Item(Segments),
    /// A module as a whole.
    Module(Segments),
    /// Out of the crate, or not understood.
    Outside,
}

impl Crate {
    /// Reads sources given as (path below `src`, text).
    pub fn read<'a>(sources: impl IntoIterator<Item = (&'a Path, &'a str)>) -> Crate {
        let files = sources.into_iter().map(|(path, text)| {
            let module = module_of(path);
            (module.clone(), SourceFile { module, ..parse(&without_tests(tokens(text))) })
        });
        Crate { files: files.collect() }
    }

    /// For each file below a top-level module, the other files below it that it uses, as paths of modules.
    pub fn edges(&self, top: &str) -> BTreeMap<String, BTreeSet<String>> {
        let inside = |module: &Segments| module.first().is_some_and(|first| first == top);
        let mut edges = BTreeMap::new();
        for (module, file) in self.files.iter().filter(|(module, _)| inside(module)) {
            let used = self.used_by(file).into_iter().filter(|to| inside(to) && to != module);
            edges.insert(module.join("::"), used.map(|to| to.join("::")).collect());
        }
        edges
    }

    fn used_by(&self, file: &SourceFile) -> BTreeSet<Segments> {
        let mut used = BTreeSet::new();
        let mut note = |target: Target| {
            if let Target::Item(module) = target {
                used.insert(module);
            }
        };
        for import in &file.imports {
            if import.alias == "*" && import.is_reexport {
                continue;
            } else if import.alias == "*" {
                self.names_of_glob(file, &import.path).into_iter().for_each(&mut note);
            } else if !import.is_reexport || file.words.contains(&import.alias) {
                note(self.resolve(&file.module, &import.path, 0));
            }
        }
        for path in &file.paths {
            note(self.resolve(&file.module, path, 0));
        }
        used
    }

    /// What a glob brings that the file names.
    fn names_of_glob(&self, file: &SourceFile, path: &Segments) -> Vec<Target> {
        let Target::Module(module) = self.resolve(&file.module, path, 0) else { return Vec::new() };
        let Some(from) = self.files.get(&module) else { return Vec::new() };
        let named = from.imports.iter().filter(|import| file.words.contains(&import.alias));
        named.map(|import| self.resolve(&module, &import.path, 0)).chain([Target::Item(module.clone())]).collect()
    }

    /// Follows a path as it is written in the file of `here`.
    fn resolve(&self, here: &Segments, path: &[String], depth: usize) -> Target {
        let Some((first, rest)) = path.split_first().filter(|_| depth < 20) else { return Target::Outside };
        match first.as_str() {
            "crate" => self.walk(Segments::new(), rest, depth),
            "self" => self.walk(here.clone(), rest, depth),
            "super" => {
                let mut up = here.clone();
                if up.pop().is_none() {
                    return Target::Outside;
                }
                // `super::super::x`: the rest is relative to the parent.
                match rest.first().is_some_and(|next| next == "super") {
                    true => self.resolve(&up, rest, depth + 1),
                    false => self.walk(up, rest, depth),
                }
            }
            _ if self.is_child(here, first) => self.walk(here.clone(), path, depth),
            _ => match self.import(here, first) {
                Some(import) if import.path != path => {
                    let whole: Segments = import.path.iter().chain(rest).cloned().collect();
                    self.resolve(here, &whole, depth + 1)
                }
                _ => Target::Outside,
            },
        }
    }

    fn walk(&self, mut module: Segments, rest: &[String], depth: usize) -> Target {
        for (n, segment) in rest.iter().enumerate() {
            if self.is_child(&module, segment) {
                module.push(segment.clone());
                continue;
            }
            return match self.import(&module, segment) {
                Some(import) => {
                    let whole: Segments = import.path.iter().chain(&rest[n + 1..]).cloned().collect();
                    self.resolve(&module, &whole, depth + 1)
                }
                None => Target::Item(module),
            };
        }
        Target::Module(module)
    }

    fn is_child(&self, module: &Segments, name: &str) -> bool {
        let child: Segments = module.iter().cloned().chain([name.to_owned()]).collect();
        self.files.contains_key(&child)
    }

    fn import(&self, module: &Segments, name: &str) -> Option<&Import> {
        self.files.get(module)?.imports.iter().find(|import| import.alias == name)
    }
}

/// Sets of files that use each other in a circle, each sorted.
pub fn circles(edges: &BTreeMap<String, BTreeSet<String>>) -> Vec<BTreeSet<String>> {
    let reachable = |from: &String| {
        let (mut seen, mut todo) = (BTreeSet::new(), vec![from]);
        while let Some(next) = todo.pop() {
            todo.extend(edges.get(next).into_iter().flatten().filter(|to| seen.insert((*to).clone())));
        }
        seen
    };
    let reach: BTreeMap<&String, BTreeSet<String>> = edges.keys().map(|file| (file, reachable(file))).collect();
    let mut found: Vec<BTreeSet<String>> = Vec::new();
    for file in edges.keys().filter(|file| reach[file].contains(*file)) {
        let circle: BTreeSet<String> = reach[file]
            .iter()
            .filter(|other| reach.get(other).is_some_and(|back| back.contains(file)))
            .cloned()
            .collect();
        if !found.contains(&circle) {
            found.push(circle);
        }
    }
    found
}

fn module_of(path: &Path) -> Segments {
    let mut parts: Segments =
        path.with_extension("").components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main")) {
        parts.pop();
    }
    parts
}

/// Names, `::` and single signs; comments, strings, characters and lifetimes are gone.
fn tokens(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        let byte = bytes[at];
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            at += rest.find("*/").map_or(rest.len(), |end| end + 2);
        } else if let Some(length) = string_length(rest) {
            found.push("\"\"".to_owned());
            at += length;
        } else if byte == b'\'' {
            at += quote_length(rest);
        } else if byte.is_ascii_alphanumeric() || byte == b'_' {
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            found.push(rest[..length].to_owned());
            at += length;
        } else if rest.starts_with("::") {
            found.push("::".to_owned());
            at += 2;
        } else {
            let sign = rest.chars().next().unwrap_or(' ');
            if !sign.is_whitespace() {
                found.push(sign.to_string());
            }
            at += sign.len_utf8();
        }
    }
    found
}

/// The length of the string literal that `text` begins with.
fn string_length(text: &str) -> Option<usize> {
    let start = text.trim_start_matches(['b', 'c']);
    let prefix = text.len() - start.len();
    if let Some(raw) = start.strip_prefix('r').filter(|_| prefix < 2) {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let body = raw[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        return Some(prefix + 1 + hashes + 1 + body.find(&end).map_or(body.len(), |at| at + end.len()));
    }
    let body = start.strip_prefix('"').filter(|_| prefix < 2)?;
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(prefix + 1 + at + 1),
            _ => {}
        }
    }
    Some(text.len())
}

/// The length of the character or lifetime that `text` begins with.
fn quote_length(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some(_)) => text[3..].find('\'').map_or(text.len(), |end| end + 4),
        (Some(_), Some((end, '\''))) => end + 1,
        _ => 1,
    }
}

/// Leaves out every item that stands behind `#[cfg(test)]`.
fn without_tests(tokens: Vec<String>) -> Vec<String> {
    const CFG_TEST: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if !tokens[at..].iter().map(String::as_str).take(CFG_TEST.len()).eq(CFG_TEST) {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        at += CFG_TEST.len();
        let mut depth = 0_i32;
        while at < tokens.len() {
            let token = tokens[at].as_str();
            at += 1;
            match token {
                "{" | "(" | "[" => depth += 1,
                "}" | ")" | "]" => depth -= 1,
                _ => {}
            }
            if depth == 0 && matches!(token, ";" | "}") {
                break;
            }
        }
    }
    kept
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn parse(tokens: &[String]) -> SourceFile {
    let mut file = SourceFile::default();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] == "use" {
            let end = tokens[at..].iter().position(|token| token == ";").map_or(tokens.len(), |n| at + n);
            let is_reexport = at > 0 && matches!(tokens[at - 1].as_str(), "pub" | ")");
            let mut found = Vec::new();
            read_tree(&tokens[at + 1..end], &[], &mut found);
            file.imports.extend(found.into_iter().map(|(alias, path)| Import { alias, path, is_reexport }));
            at = end;
        } else if is_name(&tokens[at]) {
            let mut path = vec![tokens[at].clone()];
            while at + 2 < tokens.len() && tokens[at + 1] == "::" && is_name(&tokens[at + 2]) {
                path.push(tokens[at + 2].clone());
                at += 2;
            }
            file.words.insert(path[0].clone());
            if path.len() > 1 {
                file.paths.insert(path);
            }
        }
        at += 1;
    }
    file
}

/// Reads one tree of a `use`, as (name here, path).
fn read_tree(tokens: &[String], prefix: &[String], found: &mut Vec<(String, Segments)>) {
    let mut path: Segments = prefix.to_vec();
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at].as_str() {
            "::" => {}
            "{" => {
                for part in parts(&tokens[at + 1..tokens.len() - 1]) {
                    read_tree(part, &path, found);
                }
                return;
            }
            "*" => {
                found.push(("*".to_owned(), path));
                return;
            }
            "as" => {
                found.push((tokens[at + 1].clone(), path));
                return;
            }
            "self" if !path.is_empty() => {}
            name => path.push(name.to_owned()),
        }
        at += 1;
    }
    if let Some(last) = path.last() {
        found.push((last.clone(), path));
    }
}

/// What stands between the commas of the outermost level.
fn parts(tokens: &[String]) -> Vec<&[String]> {
    let (mut found, mut from, mut depth) = (Vec::new(), 0, 0);
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," if depth == 0 => {
                found.push(&tokens[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    found.push(&tokens[from..]);
    found.into_iter().filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn edges(files: &[(&str, &str)]) -> Vec<(String, Vec<String>)> {
        let files: Vec<(PathBuf, &str)> = files.iter().map(|(path, text)| (PathBuf::from(path), *text)).collect();
        let all = Crate::read(files.iter().map(|(path, text)| (path.as_path(), *text)));
        let short = |name: &String| name.trim_start_matches("m::").to_owned();
        let all = all.edges("m").into_iter().filter(|(_, to)| !to.is_empty());
        all.map(|(from, to)| (short(&from), to.iter().map(short).collect())).collect()
    }

    fn edge(from: &str, to: &[&str]) -> (String, Vec<String>) {
        (from.to_owned(), to.iter().map(|to| (*to).to_owned()).collect())
    }

    #[test]
    fn names_are_followed_through_the_door_to_the_file_that_defines_them() {
        let door = ("m/mod.rs", "mod a; mod b; mod c; pub use a::{Thing, other as renamed}; pub use b::*;");
        let a = ("m/a.rs", "pub struct Thing; pub fn other() {}");
        for (text, to) in [
            ("use super::Thing;", vec!["a"]),
            ("use crate::m::renamed;", vec!["a"]),
            ("fn f() { crate::m::renamed() }", vec!["a"]),
            ("use super::a; fn f() -> a::Thing { a::Thing }", vec!["a"]),
            ("use super::{self}; fn f() { let _ = super::Thing; }", vec!["a"]),
            ("use super::a::{self as first}; fn f() { first::other() }", vec!["a"]),
            (
                "// use super::Thing;\nconst T: &str = \"super::Thing\"; /* super::Thing */ const C: char = '\"';",
                vec![],
            ),
            ("#[cfg(test)]\nmod tests { use super::super::Thing; }", vec![]),
            ("use std::path::Path; fn f<'a>(_: &'a Path) {}", vec![]),
        ] {
            let found = edges(&[door, a, ("m/b.rs", ""), ("m/c.rs", text)]);
            let expected: Vec<_> = if to.is_empty() { vec![] } else { vec![edge("c", &to)] };
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn folders_below_a_module_are_files_of_it_too() {
        let found = edges(&[
            ("m/mod.rs", "mod deep; mod c; pub use deep::inner::Thing;"),
            ("m/deep/mod.rs", "pub mod inner; mod more;"),
            ("m/deep/inner.rs", "pub struct Thing;"),
            ("m/deep/more.rs", "use super::super::Thing; use super::super::c::x;"),
            ("m/c.rs", "pub fn x() { super::deep::inner::y() }"),
        ]);
        assert_eq!(found, [edge("c", &["deep::inner"]), edge("deep::more", &["c", "deep::inner"])]);
    }

    #[test]
    fn circles_are_found_and_nothing_else() {
        let graph = |pairs: &[(&str, &str)]| {
            let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for (from, to) in pairs {
                edges.entry((*to).to_owned()).or_default();
                edges.entry((*from).to_owned()).or_default().insert((*to).to_owned());
            }
            circles(&edges)
                .into_iter()
                .map(|circle| circle.into_iter().collect::<Vec<_>>().join(" "))
                .collect::<Vec<_>>()
        };
        assert_eq!(graph(&[("a", "b"), ("b", "c"), ("a", "c")]), Vec::<String>::new());
        assert_eq!(graph(&[("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"), ("c", "e")]), ["a b c"]);
        assert_eq!(graph(&[("a", "b"), ("b", "a"), ("c", "d"), ("d", "c"), ("b", "c")]), ["a b", "c d"]);
    }
}
