//! What the words around a path say about it: whether a task makes the file, changes it, or only reads it.

use super::paths::{PlacedPath, placed_paths};
use crate::model::RepoPath;

/// What a task does with a file that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathRole {
    /// "Create x": it is not there before.
    Made,
    /// "Update x".
    Changed,
    /// "per x", "see x": it is an input.
    Read,
    /// Nothing tells.
    Named,
}

/// Words right before a path that is only read. Those of ASCII count as whole words.
const READING: [&str; 76] = [
    "per",
    "see",
    "see also",
    "cf",
    "following",
    "follow",
    "follows",
    "according to",
    "described in",
    "described by",
    "defined in",
    "defined by",
    "documented in",
    "specified in",
    "specified by",
    "outlined in",
    "detailed in",
    "listed in",
    "as in",
    "shown in",
    "stated in",
    "noted in",
    "explained in",
    "based on",
    "refer to",
    "refers to",
    "referring to",
    "reference",
    "references",
    "ref",
    "refs",
    "mirror",
    "mirrors",
    "mirroring",
    "similar to",
    "same as",
    "modeled on",
    "modelled on",
    "modeled after",
    "patterned after",
    "inspired by",
    "conform to",
    "conforms to",
    "conforming to",
    "compliant with",
    "in line with",
    "consistent with",
    "in accordance with",
    "as per",
    "pattern in",
    "pattern from",
    "pattern of",
    "patterns in",
    "patterns from",
    "reads",
    "consult",
    "siehe",
    "gemäß",
    "laut",
    "nach vorgabe von",
    "voir",
    "selon",
    "véase",
    "según",
    "conforme",
    "segundo",
    "veja",
    "参照",
    "参考",
    "参见",
    "详见",
    "根据",
    "按照",
    "遵循",
    "依据",
    "参阅",
];

/// Words right behind a path that is only read.
const READING_BEHIND: [&str; 14] = [
    "に準拠",
    "を参照",
    "参照",
    "に従",
    "に基づ",
    "を参考",
    "の通り",
    "のとおり",
    "를 참조",
    "을 참조",
    "참조",
    "에 따라",
    "中的定义",
    "中的规范",
];

/// Verbs that begin a clause about files that are made.
const MAKING: [&str; 24] = [
    "create",
    "creates",
    "creating",
    "scaffold",
    "generate",
    "write",
    "initialize",
    "initialise",
    "new file",
    "new files",
    "new module",
    "add new",
    "add a new",
    "add file",
    "创建",
    "新建",
    "编写",
    "初始化",
    "作成",
    "新規作成",
    "生成",
    "erstelle",
    "crear",
    "criar",
];

/// Verbs that make a file only when it stands right behind them; otherwise they add something to it.
const MAKING_AT_ONCE: [&str; 10] =
    ["add", "adds", "implement", "implements", "build", "new", "添加", "追加", "实现", "実装"];

/// Verbs that begin a clause about files that are changed.
const CHANGING: [&str; 30] = [
    "update",
    "modify",
    "edit",
    "change",
    "extend",
    "fix",
    "refactor",
    "rename",
    "move",
    "delete",
    "remove",
    "replace",
    "adjust",
    "rewrite",
    "patch",
    "convert",
    "migrate",
    "wire",
    "register",
    "extract",
    "rework",
    "port",
    "clean up",
    "add",
    "implement",
    "更新",
    "修改",
    "変更",
    "修正",
    "重构",
];

/// Words that stand between a citing word and a path without a meaning here.
const EMPTY: [&str; 12] =
    ["the", "a", "an", "existing", "file", "files", "doc", "document", "section", "our", "in", "at"];

/// The files of `text` with what the words say about each; one that is changed anywhere counts as changed.
pub(crate) fn paths_with_roles(text: &str) -> Vec<(RepoPath, PathRole)> {
    let mut found: Vec<(RepoPath, PathRole)> = Vec::new();
    let mut last: Option<(usize, PathRole)> = None;
    for placed in placed_paths(text) {
        let joined = last.filter(|(end, _)| joins(text.get(*end..placed.start).unwrap_or_default()));
        let role = role_of(text, &placed);
        let role = match joined {
            Some((_, before)) if role == PathRole::Named => before,
            _ => role,
        };
        last = Some((placed.end, role));
        match found.iter_mut().find(|(path, _)| *path == placed.path) {
            Some((_, known)) => *known = stronger(*known, role),
            None => found.push((placed.path, role)),
        }
    }
    found
}

fn stronger(one: PathRole, other: PathRole) -> PathRole {
    let rank = |role| match role {
        PathRole::Made => 0,
        PathRole::Changed => 1,
        PathRole::Named => 2,
        PathRole::Read => 3,
    };
    if rank(one) <= rank(other) { one } else { other }
}

/// Whether only a joint stands between two paths of a list.
fn joins(text: &str) -> bool {
    let word = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '`' | ',' | '、' | '，' | '*' | '"'));
    matches!(word, "" | "and" | "or" | "&" | "+" | "/" | "和" | "と" | "und" | "et" | "y" | "e") && !text.contains('\n')
}

fn role_of(text: &str, placed: &PlacedPath) -> PathRole {
    let line = text[..placed.start].rfind('\n').map_or(0, |at| at + 1);
    let before = text[line..placed.start].to_lowercase();
    let behind = text[placed.end..].trim_start_matches(['`', ' ', '"', '」', '』', '）', ')']);
    if READING_BEHIND.iter().any(|words| behind.starts_with(words)) || is_cited(&before) {
        return PathRole::Read;
    }
    let clause = before.rsplit(['.', ';', '。', '；']).find(|part| !part.trim().is_empty()).unwrap_or(&before);
    // A dot inside a name earlier in the line ends no clause.
    let clause = if clause.starts_with(' ') || clause.len() == before.len() { clause } else { before.as_str() };
    let clause = lead(clause);
    let starts = |verbs: &'static [&'static str]| {
        verbs.iter().find(|verb| {
            clause
                .strip_prefix(**verb)
                .is_some_and(|rest| !verb.is_ascii() || !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
        })
    };
    let at_once = |verb: &str| words_between(&clause[verb.len()..]).all(|word| EMPTY.contains(&word) || word == "new");
    let into = |verb: &str| {
        words_between(&clause[verb.len()..]).any(|word| {
            matches!(
                word,
                "to" | "into"
                    | "from"
                    | "for"
                    | "against"
                    | "using"
                    | "update"
                    | "modify"
                    | "edit"
                    | "extend"
                    | "register"
            )
        })
    };
    if starts(&MAKING).is_some_and(|verb| !into(verb)) || starts(&MAKING_AT_ONCE).is_some_and(|verb| at_once(verb)) {
        return PathRole::Made;
    }
    if behind.starts_with("(new") || behind.starts_with("new)") || behind.starts_with("(create") {
        return PathRole::Made;
    }
    if starts(&CHANGING).is_some() { PathRole::Changed } else { PathRole::Named }
}

/// A clause from its first word on: without bullets, boxes, ids, tags and "Step 2:".
fn lead(clause: &str) -> &str {
    let mut rest = clause;
    loop {
        rest = rest.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '[');
        if let Some(inner) = rest.strip_prefix('[') {
            rest = inner.find(']').map_or(inner, |end| &inner[end + 1..]);
            continue;
        }
        let end = rest.find(|c: char| c.is_whitespace() || c == ':' || c == '：').unwrap_or(rest.len());
        let word = &rest[..end];
        let skipped = word.contains(|c: char| c.is_ascii_digit()) && word.is_ascii() || matches!(word, "step" | "task");
        if word.is_empty() || !skipped {
            return rest;
        }
        rest = &rest[end..];
    }
}

fn words_between(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ':' | '`' | ',' | '*' | '(' | '"' | '_'))
        .filter(|w| !w.is_empty())
}

/// Whether the text before a path ends with words that cite it.
fn is_cited(before: &str) -> bool {
    let marks = |c: char| c.is_whitespace() || matches!(c, '`' | '(' | '[' | '"' | '*' | '_' | '（' | '「' | '《');
    let mut text = before.trim_end_matches(marks);
    while let Some(rest) = EMPTY.iter().find_map(|word| {
        text.strip_suffix(word).filter(|rest| rest.ends_with(|c: char| !c.is_alphanumeric()) && !cites(text))
    }) {
        text = rest.trim_end_matches(marks);
    }
    let labelled = text.trim_end_matches([':', '：']);
    if labelled.len() < text.len() {
        let word = labelled.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        return matches!(word, "see" | "reference" | "references" | "ref" | "refs" | "cf" | "spec" | "docs" | "source")
            || ["参照", "参考", "参见", "详见"].iter().any(|word| labelled.ends_with(word));
    }
    cites(text)
}

fn cites(text: &str) -> bool {
    let text = text.trim_end_matches('.');
    READING.iter().any(|words| {
        text.strip_suffix(words).is_some_and(|rest| {
            let whole = !words.is_ascii() || !rest.ends_with(|c: char| c.is_alphanumeric());
            // "the following": a list of what is to be done.
            whole && !(words.starts_with("follow") && rest.trim_end().ends_with("the"))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_tell_what_is_done_with_a_file() {
        use PathRole::{Changed, Made, Named, Read};
        let table: [(&str, &[(&str, PathRole)]); 26] = [
            ("Knead in src/a.py per docs/r.md", &[("src/a.py", Named), ("docs/r.md", Read)]),
            ("Proof in src/a.py (see docs/r.md)", &[("src/a.py", Named), ("docs/r.md", Read)]),
            ("Shape in src/a.py following `docs/r.md`", &[("src/a.py", Named), ("docs/r.md", Read)]),
            ("Bake, as described in docs/r.md section 2", &[("docs/r.md", Read)]),
            ("Cool according to the docs/r.md and docs/s.md", &[("docs/r.md", Read), ("docs/s.md", Read)]),
            ("Sell, reference: docs/r.md", &[("docs/r.md", Read)]),
            ("Follow the existing pattern in `src/x.ts`", &[("src/x.ts", Read)]),
            ("Update the following: `src/x.ts`", &[("src/x.ts", Changed)]),
            ("docs/r.md に準拠して src/a.py を実装", &[("docs/r.md", Read), ("src/a.py", Named)]),
            ("`docs/r.md` を参照", &[("docs/r.md", Read)]),
            ("参照 docs/r.md 修改 src/a.py", &[("docs/r.md", Read), ("src/a.py", Named)]),
            ("Gemäß docs/r.md in src/a.py", &[("docs/r.md", Read), ("src/a.py", Named)]),
            ("Create `shop/cart.py` with a total", &[("shop/cart.py", Made)]),
            ("- Create: `shop/till.py`", &[("shop/till.py", Made)]),
            ("New file `shop/scale.py`.", &[("shop/scale.py", Made)]),
            ("Add `shop/stamp.py`.", &[("shop/stamp.py", Made)]),
            ("Implement `shop/door.py`", &[("shop/door.py", Made)]),
            ("Create the model in src/m.py and src/n.py", &[("src/m.py", Made), ("src/n.py", Made)]),
            ("Add validation to `src/u.py`", &[("src/u.py", Changed)]),
            ("Call the totals in `shop/ledger.py`.", &[("shop/ledger.py", Named)]),
            ("创建 src/pot.py", &[("src/pot.py", Made)]),
            ("Write tests for src/a.py", &[("src/a.py", Named)]),
            ("`shop/cart.py` (new)", &[("shop/cart.py", Made)]),
            ("Fix the whisper in lib/a.rb", &[("lib/a.rb", Changed)]),
            (
                "Upper src/a.py; see `docs/b.md`, update src/b.py",
                &[("src/a.py", Named), ("docs/b.md", Read), ("src/b.py", Named)],
            ),
            ("See docs/a.md. Create src/b.py", &[("docs/a.md", Read), ("src/b.py", Made)]),
        ];
        for (text, expected) in table {
            let found = paths_with_roles(text);
            let found: Vec<(&str, PathRole)> = found.iter().map(|(path, role)| (path.as_str(), *role)).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
