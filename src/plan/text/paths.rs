//! Paths that a text names, normalised so that two tasks naming one file are seen to.

use crate::model::RepoPath;

/// Paths taken from one text; a task that names more is a listing.
const MAX_PATHS: usize = 64;

/// Endings of files without which a bare name (no slash, no backticks) is just a word.
const ENDINGS: [&str; 58] = [
    "rs", "py", "ts", "tsx", "js", "jsx", "mjs", "cjs", "json", "jsonc", "md", "mdx", "toml", "yaml", "yml", "lock",
    "cs", "csproj", "sln", "fs", "go", "mod", "java", "kt", "kts", "swift", "rb", "php", "c", "h", "cc", "cpp", "hpp",
    "html", "css", "scss", "sass", "less", "sql", "prisma", "graphql", "proto", "sh", "bash", "ps1", "vue", "svelte",
    "xml", "ini", "cfg", "conf", "env", "txt", "csv", "tf", "gradle", "dart", "ex",
];

/// Names of files that have no ending.
const NAMES: [&str; 8] =
    ["Dockerfile", "Makefile", "Justfile", "Procfile", "Gemfile", "Rakefile", "LICENSE", "CODEOWNERS"];

/// Top folders of projects: where an absolute path of the author's machine enters the repository.
const TOPS: [&str; 22] = [
    "src", "tests", "test", "lib", "libs", "app", "apps", "api", "packages", "docs", "specs", "spec", "backend",
    "frontend", "scripts", "cmd", "internal", "pkg", "crates", "server", "client", ".github",
];

/// The files named in `text`, in order, each once. Folders, globs, templates, addresses and versions are not files.
pub(crate) fn named_paths(text: &str) -> Vec<RepoPath> {
    let mut found: Vec<RepoPath> = Vec::new();
    for (n, part) in text.split('`').enumerate() {
        let quoted = n % 2 == 1;
        for token in part.split(|c: char| c.is_whitespace() || separates(c)) {
            if let Some(path) = named(token, quoted)
                && !found.contains(&path)
            {
                found.push(path);
                if found.len() == MAX_PATHS {
                    return found;
                }
            }
        }
    }
    found
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
    let token = trimmed(token);
    let name = token.rsplit(['/', '\\']).next()?;
    let slashed = token.len() > name.len();
    let plausible = match name.rsplit_once('.') {
        Some((stem, ending)) => {
            let lower = ending.to_ascii_lowercase();
            let shaped = (1..=10).contains(&ending.len())
                && ending.chars().all(|c| c.is_ascii_alphanumeric())
                && ending.contains(|c: char| c.is_ascii_alphabetic());
            let known = ENDINGS.contains(&lower.as_str());
            // `Node.js` and its like are products, unless somebody put them into backticks.
            let product = !quoted && !slashed && lower == "js" && stem.starts_with(|c: char| c.is_ascii_uppercase());
            shaped && !product && (known || slashed && !stem.is_empty()) || stem.is_empty() && (quoted || slashed)
        }
        None => NAMES.contains(&name),
    };
    if plausible { path_of(token) } else { None }
}

/// `text` without the marks and line numbers that people put around paths.
fn trimmed(text: &str) -> &str {
    let text = text.trim_matches(|c: char| matches!(c, '*' | '_' | '(' | ')' | '[' | ']' | '<' | '>' | '!' | '?'));
    let text = text.trim_end_matches(['.', ':', '…']);
    let text = text.split('#').next().unwrap_or(text);
    match text.split_once(':') {
        // `src/a.rs:12-40`, but not `C:\x`.
        Some((path, rest)) if path.len() > 1 && rest.starts_with(|c: char| c.is_ascii_digit()) => path,
        _ => text,
    }
}

/// A path as the repository would have it, when it can be one: without `./`, without the author's own folders in front,
/// with `/`. `None` for addresses, globs, templates and what leaves the repository.
pub(crate) fn path_of(text: &str) -> Option<RepoPath> {
    let text = trimmed(text.trim().trim_matches('`')).replace('\\', "/");
    if text.contains("://") || text.contains(['*', '{', '}', '<', '>', '$', '%', '=', '@', '(', ')', '?']) {
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
        ];
        for (text, expected) in table {
            assert_eq!(paths(text), expected, "{text}");
        }
    }
}
