//! Things that a task's words name: what it makes, what it uses, which tests it writes, what it needs to run.
//!
//! Conservative on purpose, since each find may order two tasks: a thing counts when it stands in backticks, is shaped
//! like the name of a thing, and the words before it say plainly that it is made or used; or when it stands after a label
//! that says so (`Produces:`, `Consumes:`). Code fences say nothing. Linear in the text.

use std::collections::HashSet;

use super::environment::environment_of;
use super::lines::{Line, scan};
use super::paths::named_paths;
use crate::model::{Named, TaskKind};

/// Names taken of one kind from one task; a task with more is a listing.
const MAX_NAMES: usize = 32;
/// Bytes looked at of one task; a longer one is a document.
const MAX_BYTES: usize = 64 << 10;
/// Words between a verb and the name it governs.
const REACH: usize = 5;

/// Verbs after which a thing is made.
const MAKING: [&str; 30] = [
    "create",
    "creates",
    "creating",
    "define",
    "defines",
    "defining",
    "add",
    "adds",
    "adding",
    "implement",
    "implements",
    "implementing",
    "introduce",
    "introduces",
    "declare",
    "declares",
    "build",
    "builds",
    "generate",
    "generates",
    "produce",
    "produces",
    "provide",
    "provides",
    "expose",
    "exposes",
    "export",
    "exports",
    "write",
    "writes",
];

/// Verbs after which a thing is used.
const USING: [&str; 28] = [
    "use",
    "uses",
    "using",
    "reuse",
    "reuses",
    "reusing",
    "consume",
    "consumes",
    "consuming",
    "read",
    "reads",
    "reading",
    "query",
    "queries",
    "querying",
    "call",
    "calls",
    "calling",
    "import",
    "imports",
    "importing",
    "extend",
    "extends",
    "inject",
    "injects",
    "via",
    "needs",
    "requires",
];

/// Words after a verb that show that it governs something else: "add validation to `User`".
const TURNING: [&str; 22] = [
    "to", "in", "into", "for", "with", "on", "of", "that", "which", "inside", "under", "against", "by", "when", "if",
    "as", "instead", "tests", "test", "field", "column", "method",
];

/// Words that turn a sentence into its opposite.
const NEGATIVE: [&str; 9] = ["not", "never", "don't", "no", "without", "instead", "avoid", "remove", "replace"];

/// Words beside a plain name that make it the name of a thing.
const NOUNS: [&str; 36] = [
    "table",
    "tables",
    "entity",
    "entities",
    "model",
    "models",
    "type",
    "types",
    "enum",
    "struct",
    "class",
    "interface",
    "trait",
    "protocol",
    "endpoint",
    "endpoints",
    "route",
    "schema",
    "service",
    "event",
    "topic",
    "queue",
    "view",
    "function",
    "module",
    "component",
    "hook",
    "collection",
    "index",
    "repository",
    "store",
    "client",
    "helper",
    "factory",
    "bucket",
    "dataset",
];

/// Labels before a list of things, and what becomes of these.
const LABELS: [(&str, Role); 16] = [
    ("produces", Role::Makes),
    ("provides", Role::Makes),
    ("exports", Role::Makes),
    ("outputs", Role::Makes),
    ("output", Role::Makes),
    ("defines", Role::Makes),
    ("deliverable", Role::Makes),
    ("deliverables", Role::Makes),
    ("consumes", Role::Uses),
    ("uses", Role::Uses),
    ("inputs", Role::Uses),
    ("input", Role::Uses),
    ("reads", Role::Uses),
    ("imports", Role::Uses),
    ("requires", Role::Uses),
    ("needs data", Role::Uses),
];

/// Words in front of a name that are part of its signature.
const SIGNATURE: [&str; 24] = [
    "pub",
    "async",
    "fn",
    "def",
    "func",
    "function",
    "class",
    "struct",
    "enum",
    "interface",
    "type",
    "const",
    "let",
    "var",
    "trait",
    "export",
    "static",
    "abstract",
    "final",
    "public",
    "default",
    "table",
    "TABLE",
    "protocol",
];

/// Methods of an endpoint's name.
const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Makes,
    Uses,
}

/// What `title` and `details` name, and what `run` needs. Tests come before what they test, so a task that only writes
/// tests uses only what a label says that it consumes.
pub(in crate::plan) fn named_in(title: &str, details: &str, run: Option<&str>, kind: TaskKind) -> Named {
    let mut found = Found { kind, named: Named::default(), seen: HashSet::new() };
    if title.contains('`') {
        found.prose(title);
    }
    let details = &details[..details.floor_char_boundary(MAX_BYTES)];
    if details.contains('`') {
        found.lines(&scan(details));
    }
    let mut named = found.named;
    named.uses.retain(|name| !named.makes.contains(name));
    named.environment = environment_of(&[title, details, run.unwrap_or_default()]);
    named
}

struct Found {
    kind: TaskKind,
    named: Named,
    seen: HashSet<(bool, String)>,
}

impl Found {
    fn lines(&mut self, lines: &[Line<'_>]) {
        // A label whose line holds nothing else speaks for the lines below it that are indented deeper.
        let mut open: Option<(Role, usize)> = None;
        for line in lines.iter().filter(|line| line.is_prose()) {
            if let Some((role, rest)) = labelled(line.text) {
                self.listed(rest, role);
                open = rest.trim_matches(['*', ' ']).is_empty().then_some((role, line.indent));
            } else if let Some((role, _)) = open.filter(|(_, indent)| line.indent > *indent) {
                self.listed(line.text, role);
            } else {
                open = None;
                self.prose(line.text);
            }
        }
    }

    /// Every name of a list; after a dash or "from" stands prose.
    fn listed(&mut self, text: &str, role: Role) {
        for (n, part) in text.split('`').enumerate() {
            if n % 2 == 0 {
                if part.contains([';', '—', '–']) || part.contains(" from ") || part.contains(" does not ") {
                    return;
                }
            } else if let Some(name) = path_in(part).or_else(|| name_of(part)) {
                self.note(name, role);
            }
        }
    }

    fn prose(&mut self, text: &str) {
        let parts: Vec<&str> = text.split('`').collect();
        let mut last: Option<Role> = None;
        for n in (1..parts.len()).step_by(2) {
            let goes_on = n > 1 && joins(parts[n - 1]);
            last = if goes_on { last } else { role_of(parts[n - 1]) };
            let Some(role) = last else { continue };
            let Some(name) = name_of(parts[n]) else { continue };
            if is_test_name(&name) {
                self.test(name, role);
            } else {
                let told = is_thing(&name) || beside_noun(parts[n - 1], parts.get(n + 1).copied().unwrap_or_default());
                if told && (role == Role::Makes || self.kind != TaskKind::Tests) {
                    self.note(name, role);
                }
            }
        }
    }

    fn note(&mut self, name: String, role: Role) {
        if is_test_name(&name) {
            return self.test(name, role);
        }
        let list = if role == Role::Makes { &mut self.named.makes } else { &mut self.named.uses };
        if list.len() < MAX_NAMES && self.seen.insert((role == Role::Makes, name.clone())) {
            list.push(name);
        }
    }

    fn test(&mut self, name: String, role: Role) {
        let list = &mut self.named.tests;
        if role == Role::Makes && list.len() < MAX_NAMES && !list.contains(&name) {
            list.push(name);
        }
    }
}

/// The role that a label at the start of a line gives, and what stands after the label.
fn labelled(text: &str) -> Option<(Role, &str)> {
    let text = text.trim_start_matches(['-', '*', '+', '_', ' ']);
    let (label, rest) = text.split_once([':', '：'])?;
    let label = label.trim_end_matches(['*', '_', ' ']);
    if label.len() > 16 {
        return None;
    }
    let label = label.to_lowercase();
    LABELS.iter().find(|(word, _)| *word == label).map(|(_, role)| (*role, rest))
}

/// The names in backticks of a text, outside of code: identifiers shaped like those of types and functions, and endpoints.
pub(in crate::plan) fn quoted_names(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut fence = false;
    for line in text.lines().filter(|line| line.contains('`')) {
        if line.trim_start().starts_with("```") {
            fence = !fence;
            continue;
        }
        let quoted = line.split('`').skip(1).step_by(2).filter(|_| !fence);
        found.extend(quoted.filter_map(|part| name_of(part).filter(|name| is_thing(name) || part.contains('('))));
    }
    found
}

/// Whether words between two names only go on with a list: "`users` table and the `Order` entity".
fn joins(text: &str) -> bool {
    let goes_on = |word: &str| {
        matches!(word, "" | "and" | "or" | "&" | "/" | "+" | "、" | "和" | "the" | "a" | "an")
            || NOUNS.contains(&plain(word).as_str())
    };
    !text.contains(['.', ';', ':', '(', ')']) && text.split([' ', ',']).all(goes_on)
}

/// What the words right before a name make of it.
fn role_of(before: &str) -> Option<Role> {
    let clause = before.rsplit(['.', ';', ':', '(', '—', '–', ',']).next().unwrap_or_default();
    let words: Vec<String> = clause.split_whitespace().map(plain).filter(|word| !word.is_empty()).collect();
    if words.iter().any(|word| NEGATIVE.contains(&word.as_str())) {
        return None;
    }
    let verb = words.iter().rposition(|word| MAKING.contains(&word.as_str()) || USING.contains(&word.as_str()))?;
    let between = &words[verb + 1..];
    let makes = MAKING.contains(&words[verb].as_str());
    let turned = between.iter().any(|word| TURNING.contains(&word.as_str()));
    (between.len() <= REACH && !turned).then_some(if makes { Role::Makes } else { Role::Uses })
}

fn plain(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric() && c != '\'').to_lowercase()
}

/// Whether the word before or after a name says that it is a thing.
fn beside_noun(before: &str, after: &str) -> bool {
    let is_noun = |word: Option<&str>| word.is_some_and(|word| NOUNS.contains(&plain(word).as_str()));
    is_noun(before.split_whitespace().next_back()) || after.starts_with(' ') && is_noun(after.split_whitespace().next())
}

/// The name in a quoted text: an identifier without its signature, or an endpoint.
fn name_of(quoted: &str) -> Option<String> {
    let text = quoted.trim();
    if let Some((method, route)) = text.split_once(' ').filter(|(method, _)| METHODS.contains(method)) {
        let route = route.trim().trim_end_matches('/');
        return (route.starts_with('/') && !route.contains(char::is_whitespace)).then(|| format!("{method} {route}"));
    }
    let end = text.find(['(', '<', '=', '{', '[', ',', ';']).unwrap_or(text.len());
    let head = text[..end].split("->").next().unwrap_or_default().trim().trim_end_matches(':');
    let mut words = head.split_whitespace().skip_while(|word| SIGNATURE.contains(word));
    let name = words.next()?.trim_end_matches(':');
    let shaped = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '.'))
        && (3..=80).contains(&name.len());
    // `name: Type` of a signature has one more word; a command line has several.
    let alone = words.next().is_none() || head.contains(": ") && words.next().is_none();
    (shaped && alone && path_in(name).is_none()).then(|| short(name).to_owned())
}

/// A quoted text as a file.
fn path_in(quoted: &str) -> Option<String> {
    let path = named_paths(&format!("`{quoted}`")).pop()?;
    (!quoted.trim().contains(char::is_whitespace)).then(|| path.as_str().to_owned())
}

/// A name without the modules around it, where what is left still tells it apart: `router::run_turn` is `run_turn`.
fn short(name: &str) -> &str {
    let last = name.rsplit("::").next().unwrap_or(name);
    if last.len() >= 4 && is_thing(last) { last } else { name }
}

/// Whether a name is shaped like that of a type, function or endpoint, not like a word.
fn is_thing(name: &str) -> bool {
    let upper = name.starts_with(char::is_uppercase) && name.contains(|c: char| c.is_lowercase());
    let joined = name.trim_matches('_').contains(['_', ':', ' ']) || name.contains('.');
    let humps = name.chars().skip(1).any(char::is_uppercase) && name.contains(|c: char| c.is_lowercase());
    upper || joined || humps
}

/// Whether a name is that of a test.
fn is_test_name(name: &str) -> bool {
    let last = name.rsplit([':', '.']).next().unwrap_or(name);
    last.starts_with("test_")
        || last.ends_with("_test")
        || last.strip_prefix("Test").is_some_and(|rest| rest.starts_with(char::is_uppercase))
        || ["Test", "Tests", "Spec"].iter().any(|end| last.len() > end.len() && last.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(title: &str, details: &str) -> Named {
        named_in(title, details, None, TaskKind::Change)
    }

    #[test]
    fn what_is_made_and_used() {
        let table: [(&str, &[&str], &[&str]); 17] = [
            ("Create the `users` table and `Order` entity", &["users", "Order"], &[]),
            ("Define `OrderStatus` and `OrderLine`", &["OrderStatus", "OrderLine"], &[]),
            ("Implement `UserService` using `UserRepository`", &["UserService"], &["UserRepository"]),
            ("Add `POST /users/` endpoint (uses `UserService.create`)", &["POST /users"], &["UserService.create"]),
            ("Query the `users` table", &[], &["users"]),
            ("Build the page; it reads from `GET /orders`", &[], &["GET /orders"]),
            // No thing is made here: something is done to it, or it only stands there.
            ("Add validation to `User`", &[], &[]),
            ("Add `name` to it", &[], &[]),
            ("Add field `User.name`", &[], &[]),
            ("Add tests for `UserService`", &[], &[]),
            ("Update `UserService`", &[], &[]),
            ("Do not use `LegacyClient`", &[], &[]),
            ("Use `cargo test` and `npm run build`", &[], &[]),
            ("Create `src/user.rs` with `User`", &[], &[]),
            ("Use a_b without marks", &[], &[]),
            ("Use `true`", &[], &[]),
            ("Create `User`", &["User"], &[]),
        ];
        for (title, makes, uses) in table {
            let named = of(title, "");
            assert_eq!((named.makes, named.uses), (owned(makes), owned(uses)), "{title}");
        }
    }

    fn owned(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn labels_say_it_for_their_lists() {
        let named = of(
            "Task",
            "**Interfaces:**\n- Consumes: `TaskHandle::result(id, max)`, `data/index.json`; `Other` from elsewhere\n- Produces:\n  - `pub async fn run_router() -> io::Result<()>`\n  - `Config`\n- Something `Else`\n```\nCreate `Fenced`\n```",
        );
        assert_eq!(named.uses, ["TaskHandle::result", "data/index.json"]);
        assert_eq!(named.makes, ["run_router", "Config"]);
    }

    #[test]
    fn tests_are_told_apart() {
        let named = of("Write `test_total` and `CartTest`; run `test_other`", "Add `tests::test_sum` too");
        assert_eq!(named.tests, ["test_total", "CartTest", "test_sum"]);
        assert_eq!(named.makes, Vec::<String>::new());
        let tests = named_in("Write tests using `UserService`", "", None, TaskKind::Tests);
        assert_eq!(tests.uses, Vec::<String>::new());
    }
}
