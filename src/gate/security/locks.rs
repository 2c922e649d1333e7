//! Lock files: every address that a change brings in must be one that the project used before, or the language's own
//! registry; the digest of a version that stays must stay.

use std::collections::{BTreeMap, BTreeSet};

use crate::git::FileDiff;
use crate::model::Finding;

use super::texts::Texts;
use crate::gate::found::found;

/// How a kind of lock file writes addresses and digests.
struct Lock {
    names: &'static [&'static str],
    /// What stands before an address, up to its first character.
    addresses: &'static [&'static str],
    /// Beginnings of addresses that belong to the language.
    usual: &'static [&'static str],
    /// What stands before a digest.
    digest: &'static str,
    /// What stands before the package's name and version; the last of each before a digest counts.
    package: &'static [&'static str],
}

const LOCKS: &[Lock] = &[
    Lock {
        names: &["Cargo.lock"],
        addresses: &["source = \""],
        usual: &["registry+https://github.com/rust-lang/crates.io-index", "sparse+https://index.crates.io/"],
        digest: "checksum = \"",
        package: &["name = \"", "version = \""],
    },
    Lock {
        names: &["package-lock.json", "npm-shrinkwrap.json"],
        addresses: &["\"resolved\": \""],
        usual: &["https://registry.npmjs.org/"],
        digest: "\"integrity\": \"",
        package: &["\"resolved\": \""],
    },
    Lock {
        names: &["yarn.lock"],
        addresses: &["resolved \"", "resolution: \"http"],
        usual: &["https://registry.yarnpkg.com/", "https://registry.npmjs.org/"],
        digest: "integrity ",
        package: &["resolved \""],
    },
    Lock {
        names: &["pnpm-lock.yaml"],
        addresses: &["tarball: ", "repo: "],
        usual: &["https://registry.npmjs.org/"],
        digest: "integrity: ",
        package: &["  /", "  '@"],
    },
    Lock {
        names: &["poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock"],
        addresses: &["url = \"", "registry = \"", "git = \"", "\"url\": \"", "\"git\": \""],
        usual: &["https://pypi.org/", "https://files.pythonhosted.org/"],
        digest: "hash = \"",
        package: &["url = \""],
    },
    Lock {
        names: &["Gemfile.lock"],
        addresses: &["remote: "],
        usual: &["https://rubygems.org/"],
        digest: "sha256=",
        package: &["    "],
    },
];

/// Whether a file is a lock file: random values are its normal content.
pub(super) fn is_lock(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == "go.sum" || name.ends_with(".lock") || LOCKS.iter().any(|lock| lock.names.contains(&name))
}

/// The findings of one lock file.
pub(super) fn in_file(file: &FileDiff, texts: &Texts<'_>) -> Vec<Finding> {
    let name = file.path.rsplit('/').next().unwrap_or(&file.path);
    let Some(lock) = LOCKS.iter().find(|lock| lock.names.contains(&name)) else { return Vec::new() };
    let before = texts.base(file);
    let known: BTreeSet<&str> = before.lines().filter_map(|line| lock.address(line)).map(origin).collect();
    let mut findings = Vec::new();
    for line in &file.added {
        let Some(address) = lock.address(&line.text) else { continue };
        let usual = lock.usual.iter().any(|usual| address.starts_with(usual));
        if !usual && !known.contains(origin(address)) {
            let what = format!("a package from `{}`, which the project did not use before", shown(address));
            let advice = "take it from the language's registry, or have a person allow it in .orca/allow";
            findings.push(found(&file.path, line.number, "foreign-source", &what, advice));
        }
    }
    findings.extend(changed_digests(lock, file, &before, &texts.head(file)));
    findings
}

impl Lock {
    fn address<'l>(&self, line: &'l str) -> Option<&'l str> {
        self.addresses.iter().find_map(|before| {
            let rest = line.split_once(before)?.1;
            Some(rest.split(['"', '\'', ' ', ',', '}']).next().unwrap_or(rest))
        })
    }

    /// Digests by package, each with its line.
    fn digests(&self, text: &str) -> BTreeMap<Vec<String>, (u32, String)> {
        let mut digests = BTreeMap::new();
        let mut package = vec![String::new(); self.package.len()];
        for (n, line) in text.lines().enumerate() {
            for (part, before) in package.iter_mut().zip(self.package) {
                if let Some((_, rest)) = line.split_once(before) {
                    *part = rest.split('"').next().unwrap_or(rest).to_owned();
                }
            }
            if let Some((_, digest)) = line.split_once(self.digest) {
                digests.insert(package.clone(), (n as u32 + 1, digest.trim_matches(['"', ',', ' ']).to_owned()));
            }
        }
        digests
    }
}

/// Only where each package has one digest and a name of its own.
fn changed_digests(lock: &Lock, file: &FileDiff, before: &str, after: &str) -> Vec<Finding> {
    let one_each = ["Cargo.lock", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock"];
    if !lock.names.iter().any(|name| one_each.contains(name)) {
        return Vec::new();
    }
    let old = lock.digests(before);
    let changed = lock.digests(after).into_iter().filter_map(|(package, (line, digest))| {
        let (_, was) = old.get(&package)?;
        (*was != digest).then(|| {
            let what = format!("the digest of `{}` changed, though its version did not", package.join(" "));
            found(&file.path, line, "changed-digest", &what, "a published version never changes: find out why")
        })
    });
    changed.collect()
}

/// Scheme and host of an address, with the path for git ones: a host of git repositories is everybody's.
fn origin(address: &str) -> &str {
    if address.contains("git+") || address.starts_with("git") || address.contains("github.com/") {
        return address.split(['#', '?']).next().unwrap_or(address);
    }
    let after = address.find("://").map_or(0, |at| at + 3);
    address[after..].find('/').map_or(address, |slash| &address[..after + slash])
}

/// Addresses may hold passwords.
fn shown(address: &str) -> String {
    match (address.find("://"), address.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => format!("{}…{}", &address[..scheme + 3], &address[at..]),
        _ => address.chars().take(120).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Trees, rules_of};
    use super::*;

    fn judged(name: &str, base: &str, head: &str) -> Vec<(String, u32)> {
        let trees = Trees::new(&[(name, base)], &[(name, head)]);
        rules_of(&in_file(&trees.diff()[0], &trees.texts()))
    }

    const CRATES: &str = "registry+https://github.com/rust-lang/crates.io-index";

    fn package(name: &str, source: &str, sum: &str) -> String {
        format!("[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\nsource = \"{source}\"\nchecksum = \"{sum}\"\n")
    }

    #[test]
    fn cargo() {
        let base = package("a", CRATES, "aa");
        let with = |more: &str| format!("{base}{more}");
        assert_eq!(judged("Cargo.lock", &base, &with(&package("b", CRATES, "bb"))), []);
        let foreign = with(&package("b", "git+https://example.org/x/b?rev=1#1", "bb"));
        assert_eq!(judged("sub/Cargo.lock", &base, &foreign), [("foreign-source".to_owned(), 9)]);
        let again = foreign.replace("name = \"b\"", "name = \"c\"").replace("#1", "#2");
        assert_eq!(judged("Cargo.lock", &foreign, &again), [], "used before, another commit");
        let swapped = base.replace("\"aa\"", "\"ff\"");
        assert_eq!(judged("Cargo.lock", &base, &swapped), [("changed-digest".to_owned(), 5)]);
        let upgraded = swapped.replace("1.0.0", "1.0.1");
        assert_eq!(judged("Cargo.lock", &base, &upgraded), []);
    }

    #[test]
    fn npm_yarn_and_python() {
        let npm = |host: &str, sum: &str| {
            format!("{{\n  \"resolved\": \"{host}/a/-/a-1.0.0.tgz\",\n  \"integrity\": \"sha512-{sum}\"\n}}\n")
        };
        let registry = "https://registry.npmjs.org";
        assert_eq!(judged("package-lock.json", "", &npm(registry, "x")), []);
        let evil = npm("http://packages.example", "x");
        assert_eq!(judged("web/package-lock.json", "", &evil), [("foreign-source".to_owned(), 2)]);
        assert_eq!(judged("package-lock.json", &evil, &evil.replace("a-1.0.0", "a-1.1.0")), []);
        let swapped = judged("package-lock.json", &npm(registry, "x"), &npm(registry, "y"));
        assert_eq!(swapped, [("changed-digest".to_owned(), 3)]);
        let yarn = "a@^1:\n  version \"1.0.0\"\n  resolved \"https://npm.example/a.tgz#abc\"\n";
        assert_eq!(judged("yarn.lock", "", yarn), [("foreign-source".to_owned(), 3)]);
        let uv = "[[package]]\nname = \"a\"\nsource = { registry = \"https://pypi.example/simple\" }\n";
        assert_eq!(judged("uv.lock", "", uv), [("foreign-source".to_owned(), 3)]);
        assert_eq!(judged("uv.lock", "", &uv.replace("pypi.example", "pypi.org")), []);
    }

    #[test]
    fn passwords_in_addresses_are_not_shown() {
        assert_eq!(shown("https://me:pw@host.example/x"), "https://…@host.example/x");
        assert_eq!(shown("git+ssh://git@github.com/a/b"), "git+ssh://…@github.com/a/b");
    }
}
