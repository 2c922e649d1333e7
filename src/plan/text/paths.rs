//! Paths that a text names, normalised so that two tasks naming one file are seen to.

use crate::model::RepoPath;

/// Paths taken from one text; a task that names more is a listing.
const MAX_PATHS: usize = 64;

/// Endings of files without which a bare name (no slash, no backticks) is just a word.
const ENDINGS: [&str; 106] = [
    "rs",
    "py",
    "pyi",
    "ts",
    "tsx",
    "mts",
    "cts",
    "js",
    "jsx",
    "mjs",
    "cjs",
    "json",
    "jsonc",
    "json5",
    "jsonl",
    "md",
    "mdx",
    "mdc",
    "rst",
    "adoc",
    "toml",
    "yaml",
    "yml",
    "lock",
    "cs",
    "csproj",
    "sln",
    "fs",
    "fsproj",
    "go",
    "mod",
    "sum",
    "java",
    "kt",
    "kts",
    "scala",
    "groovy",
    "swift",
    "plist",
    "rb",
    "erb",
    "php",
    "c",
    "h",
    "cc",
    "cpp",
    "hpp",
    "cxx",
    "hxx",
    "mm",
    "html",
    "htm",
    "css",
    "scss",
    "sass",
    "less",
    "sql",
    "prisma",
    "graphql",
    "gql",
    "proto",
    "sh",
    "bash",
    "zsh",
    "fish",
    "ps1",
    "bat",
    "vue",
    "svelte",
    "astro",
    "xml",
    "xaml",
    "ini",
    "cfg",
    "conf",
    "env",
    "txt",
    "csv",
    "tsv",
    "tf",
    "tfvars",
    "hcl",
    "nix",
    "gradle",
    "properties",
    "dart",
    "ex",
    "exs",
    "eex",
    "heex",
    "erl",
    "hs",
    "elm",
    "clj",
    "lua",
    "jl",
    "zig",
    "nim",
    "ipynb",
    "razor",
    "cshtml",
    "twig",
    "tex",
    "cmake",
    "svg",
    "spec",
];

/// Names of files that have no ending.
const NAMES: [&str; 8] =
    ["Dockerfile", "Makefile", "Justfile", "Procfile", "Gemfile", "Rakefile", "LICENSE", "CODEOWNERS"];

/// Top folders of projects: where an absolute path of the author's machine enters the repository.
const TOPS: [&str; 22] = [
    "src", "tests", "test", "lib", "libs", "app", "apps", "api", "packages", "docs", "specs", "spec", "backend",
    "frontend", "scripts", "cmd", "internal", "pkg", "crates", "server", "client", ".github",
];

/// Files whose bare name says nothing of where they lie, since every package has one.
const EVERYWHERE: [&str; 9] = [
    "__init__.py",
    "mod.rs",
    "index.ts",
    "index.tsx",
    "page.tsx",
    "layout.tsx",
    "route.ts",
    "route.tsx",
    "package-info.java",
];

/// Files that begin with a dot; other words that do are classes, methods and endings.
const DOTTED: [&str; 12] = [
    ".env",
    ".gitignore",
    ".gitattributes",
    ".gitmodules",
    ".editorconfig",
    ".flake8",
    ".htaccess",
    ".mailmap",
    ".node-version",
    ".python-version",
    ".tool-versions",
    ".worktreeinclude",
];

/// A file in a text and the bytes it takes there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlacedPath {
    pub(super) path: RepoPath,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The files named in `text`, in order, each once. Folders, globs, templates, addresses and versions are not files.
pub(crate) fn named_paths(text: &str) -> Vec<RepoPath> {
    let mut found: Vec<RepoPath> = Vec::new();
    for placed in placed_paths(text) {
        if !found.contains(&placed.path) {
            found.push(placed.path);
        }
    }
    found
}

/// The files named in `text`, each as often as it stands there.
pub(super) fn placed_paths(text: &str) -> Vec<PlacedPath> {
    let mut found: Vec<PlacedPath> = Vec::new();
    let mut at = 0;
    for (n, part) in text.split('`').enumerate() {
        let quoted = n % 2 == 1;
        let mut start = at;
        for token in part.split(|c: char| c.is_whitespace() || separates(c)) {
            if let Some(path) = named(token, quoted) {
                found.push(PlacedPath { path, start, end: start + token.len() });
                if found.len() == MAX_PATHS {
                    return found;
                }
            }
            start += token.len() + text[start + token.len()..].chars().next().map_or(0, char::len_utf8);
        }
        at += part.len() + 1;
    }
    found
}

/// A path that begins at the root of the author's machine, and the same without what leads there.
pub(crate) fn absolute_paths(text: &str) -> Vec<RepoPath> {
    let tokens = text.split(|c: char| c.is_whitespace() || separates(c) || c == '`');
    let rooted = |token: &&str| {
        let token = token.trim_start_matches(['(', '[', '<', '*']);
        token.starts_with(['/', '~']) || drive(&token.replace('\\', "/")).is_some()
    };
    tokens.filter(rooted).filter_map(path_of).take(MAX_PATHS).collect()
}

/// Characters that end a path in prose, CJK punctuation among them.
fn separates(c: char) -> bool {
    matches!(
        c,
        ',' | ';' | '"' | '\'' | '|' | '，' | '、' | '。' | '；' | '：' | '（' | '）' | '「' | '」' | '→' | '“' | '”'
    )
}

/// `token` as a file, when it looks like one.
fn named(token: &str, quoted: bool) -> Option<RepoPath> {
    if !token.contains(['.', '/', '\\']) && !NAMES.iter().any(|name| token.contains(name)) {
        return None;
    }
    let token = trimmed(token);
    let name = token.rsplit(['/', '\\']).next()?;
    let slashed = token.len() > name.len();
    // `main..HEAD` is a range; only at the beginning do two dots lead somewhere.
    if token.trim_start_matches("../").contains("..") || !slashed && EVERYWHERE.contains(&name) {
        return None;
    }
    let plausible = match name.rsplit_once('.') {
        Some(("", _)) => is_dotted(name),
        Some((".env", _)) => true,
        Some((stem, ending)) => {
            let lower = ending.to_ascii_lowercase();
            let known = ENDINGS.contains(&lower.as_str());
            // An ending that nobody knows is short and small; others are methods (`api/users.fetchAll`).
            let shaped = (2..=6).contains(&ending.len())
                && ending.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
                && ending.contains(|c: char| c.is_ascii_alphabetic());
            // `Node.js` and its like are products, unless somebody put them into backticks.
            let product = !quoted && !slashed && lower == "js" && stem.starts_with(|c: char| c.is_ascii_uppercase());
            let odd = slashed && shaped && !token.starts_with('/') && !stem.ends_with(|c: char| c.is_ascii_digit());
            !product && (known || odd)
        }
        None => NAMES.contains(&name),
    };
    if plausible { path_of(token) } else { None }
}

/// Whether a name that begins with a dot is that of a file.
fn is_dotted(name: &str) -> bool {
    DOTTED.contains(&name) || name.starts_with(".env") || name.ends_with("rc") || name.ends_with("ignore")
}

/// `text` without the marks and line numbers that people put around paths.
fn trimmed(text: &str) -> &str {
    let text = text.trim_matches(|c: char| matches!(c, '*' | '(' | ')' | '[' | ']' | '<' | '>' | '!' | '?'));
    let text = text.trim_end_matches(['.', ':', '…', ')', ']', '*']);
    // Emphasis closes with an underscore, a file does not; `_private.py` may begin with one.
    let bare = text.trim_end_matches('_');
    let text = if bare.len() < text.len() { bare.strip_prefix('_').unwrap_or(bare) } else { text };
    let text = text.split('#').next().unwrap_or(text);
    match text.split_once(':') {
        // `src/a.rs:12-40`, but not `C:\x`.
        Some((path, rest)) if path.len() > 1 && rest.starts_with(|c: char| c.is_ascii_digit() || c == 'L') => path,
        _ => text,
    }
}

/// A path as the repository would have it, when it can be one: without `./`, without the author's own folders in front,
/// with `/`. `None` for addresses, globs, templates and what leaves the repository.
pub(crate) fn path_of(text: &str) -> Option<RepoPath> {
    let text = trimmed(text.trim().trim_matches('`')).replace('\\', "/");
    let group = text.contains("/(") && text.matches('(').count() == text.matches(")/").count();
    if text.contains("://")
        || text.contains(['*', '{', '}', '<', '>', '$', '%', '=', '?'])
        || text.contains(['(', ')']) && !group
        || text.replace("/@", "/").contains('@')
    {
        return None;
    }
    let path = text.trim_start_matches("./");
    let path = match path.strip_prefix('/').or_else(|| path.strip_prefix("~/")).or_else(|| drive(path)) {
        Some(absolute) => inside_project(absolute)?,
        None => path,
    };
    let first = path.split('/').next()?;
    let domain = path.contains('/') && [".com", ".org", ".io", ".net", ".dev"].iter().any(|end| first.ends_with(end));
    if domain { None } else { path.parse().ok() }
}

fn drive(path: &str) -> Option<&str> {
    let (letter, rest) = path.split_once(":/")?;
    (letter.len() == 1).then_some(rest)
}

/// The part of an absolute path below the project, judged by the first folder that projects usually have at their top;
/// when there is none, the path as it is, unless it is too short to be more than a route.
fn inside_project(path: &str) -> Option<&str> {
    let mut at = 0;
    for (n, part) in path.split('/').enumerate() {
        // The first folders are the machine's own (`/home/me`, `/app` in a container).
        if n >= 2 && TOPS.contains(&part) {
            return Some(&path[at..]);
        }
        at += part.len() + 1;
    }
    path.contains('/').then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        named_paths(text).iter().map(|p| p.as_str().to_owned()).collect()
    }

    #[test]
    fn files_are_found_and_normalised() {
        let table = [
            ("Create X in src/a.rs (with `tests/b_test.py:12-40`).", vec!["src/a.rs", "tests/b_test.py"]),
            ("Edit package.json, README.md and src/a.rs, src/a.rs", vec!["package.json", "README.md", "src/a.rs"]),
            ("in /mnt/d/Projects/App/specs/001/contracts/x.cs", vec!["specs/001/contracts/x.cs"]),
            ("in C:\\work\\me\\src\\Main.java", vec!["src/Main.java"]),
            (
                "创建 `src/cli/__init__.py` 和 `src/main.py`、`.gitignore`",
                vec!["src/cli/__init__.py", "src/main.py", ".gitignore"],
            ),
            ("Node.js, Vue.js, e.g. and/or v1.2/3.4, https://a.io/x.html", vec![]),
            ("`src/**/*.rs`, specs/{feature}/x.md, src/, ../etc/passwd.txt, github.com/a/b.git", vec![]),
            ("./docker/Dockerfile and app/[id].ts", vec!["docker/Dockerfile", "app/[id].ts"]),
            ("`.price-tag`, `.toBeVisible`, `origin/main..HEAD`, v1.0...v1.1, e.g./i.e., api/users.fetchAll", vec![]),
            (
                "src/_hours.py, pkg/__init__.py, `__init__.py` of it, _File: src/a.ts_",
                vec!["src/_hours.py", "pkg/__init__.py", "src/a.ts"],
            ),
            ("Modify: README.rst, `.eslintrc`, .env.local", vec!["README.rst", ".eslintrc", ".env.local"]),
            (
                "app/(auth)/login/page.tsx and src/@modal/x.tsx, me@a.py",
                vec!["app/(auth)/login/page.tsx", "src/@modal/x.tsx"],
            ),
        ];
        for (text, expected) in table {
            assert_eq!(paths(text), expected, "{text}");
        }
    }
}
