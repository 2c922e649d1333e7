//! Which fence is put up: asked for and possible, or refused.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::fence::{Tools, base_args};
use super::seatbelt;
use crate::model::{Error, ErrorKind, Fence, FenceKind, FenceScope, Result};
use crate::process::launch::{FENCED, SUBCOMMAND};
use crate::process::{Policy, Tool, find_program, program_file};
use crate::settings::Sandbox;

/// What works on this machine; the errors say why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Means {
    /// What closes files and network alike, with everything we ask of it: bubblewrap, or `sandbox-exec` on macOS.
    pub full: Result<FenceKind, String>,
    /// Landlock, with everything we ask of it.
    pub landlock: Result<(), String>,
}

impl Means {
    /// Tries out what `asked` may need: at most two short-lived processes.
    pub fn probe(asked: Option<Sandbox>, env: &BTreeMap<String, String>) -> Means {
        let untried = || Err("it was not tried".to_owned());
        let full = match asked {
            Some(Sandbox::Off | Sandbox::Landlock) => Err("it was not tried".to_owned()),
            Some(Sandbox::Bwrap) => probe_bwrap(env).map(|()| FenceKind::Bwrap),
            _ if cfg!(target_os = "macos") => probe_seatbelt().map(|()| FenceKind::Seatbelt),
            _ => probe_bwrap(env).map(|()| FenceKind::Bwrap),
        };
        let landlock = match asked {
            Some(Sandbox::Landlock) => probe_landlock(),
            Some(Sandbox::Auto) if full.is_err() => probe_landlock(),
            _ => untried(),
        };
        Means { full, landlock }
    }
}

/// Folders below the home folder where toolchains keep what they download or built: `caches` in `sandbox-write`.
const CACHES: [&str; 13] = [
    ".cache",
    ".cargo/registry",
    ".cargo/git",
    ".cargo/.package-cache",
    ".npm",
    ".yarn",
    ".bun/install/cache",
    ".local/share/pnpm",
    "go/pkg",
    ".m2/repository",
    ".gradle",
    ".nuget/packages",
    ".ivy2",
];

/// Variables that move such folders.
const CACHE_VARIABLES: [&str; 10] = [
    "XDG_CACHE_HOME",
    "GOCACHE",
    "GOMODCACHE",
    "npm_config_cache",
    "PIP_CACHE_DIR",
    "UV_CACHE_DIR",
    "CCACHE_DIR",
    "SCCACHE_DIR",
    "GRADLE_USER_HOME",
    "NUGET_PACKAGES",
];

/// What `sandbox-write` stands for: existing paths, absolute. `caches` is the toolchains' caches, `none` nothing.
///
/// # Errors
/// A path that is not absolute or below `~`.
pub fn writable(words: &[String], env: &BTreeMap<String, String>) -> Result<Vec<String>> {
    let home = env.get("HOME").map(PathBuf::from);
    let mut found: Vec<PathBuf> = Vec::new();
    for word in words {
        match (word.as_str(), word.strip_prefix("~/"), &home) {
            ("none", ..) => {}
            ("caches", _, home) => {
                found.extend(home.iter().flat_map(|home| CACHES.iter().map(|cache| home.join(cache))));
                let cargo = env.get("CARGO_HOME").map(PathBuf::from).into_iter();
                found.extend(
                    cargo.flat_map(|home| [home.join("registry"), home.join("git"), home.join(".package-cache")]),
                );
                found.extend(CACHE_VARIABLES.iter().filter_map(|name| env.get(*name).map(PathBuf::from)));
            }
            (_, Some(rest), Some(home)) => found.push(home.join(rest)),
            (path, ..) if path.starts_with('/') => found.push(path.into()),
            (other, ..) => {
                let cause = format!("`{other}` is neither an absolute path nor `caches` nor `none`");
                return Err(Error::new(ErrorKind::Usage, "reading `sandbox-write`", cause)
                    .hint("git config orca.sandboxWrite caches,~/folder"));
            }
        }
    }
    found.retain(|path| path.is_absolute() && path.exists());
    found.sort();
    found.dedup();
    Ok(found.into_iter().map(|path| path.to_string_lossy().into_owned()).collect())
}

/// The fence for what was asked; nothing asked is the repository's, where bubblewrap works.
///
/// # Errors
/// What was asked for cannot be had here: it is never replaced by less.
pub fn choose(asked: Option<Sandbox>, network: bool, write: Vec<String>, means: &Means) -> Result<Fence> {
    let fence = |kind, scope| Fence { kind, scope, network, write: write.clone(), why: String::new() };
    let off = |why: String| Fence { kind: FenceKind::Off, why, ..Fence::default() };
    let (full, landlock) = (&means.full, &means.landlock);
    if !network && asked.is_none_or(|asked| asked != Sandbox::Off) {
        return closed(asked, full, &fence);
    }
    match asked {
        Some(Sandbox::Off) if !network => Err(refused("sandbox-net", "without a fence the network stays open")
            .hint("--sandbox bwrap, or without --sandbox-net off")),
        Some(Sandbox::Off) => Ok(off(String::new())),
        None => Ok(match full {
            Ok(kind) => fence(*kind, FenceScope::Repository),
            Err(why) => off(why.clone()),
        }),
        Some(Sandbox::Repository) => needed("repository", full).map(|kind| fence(kind, FenceScope::Repository)),
        Some(Sandbox::Bwrap) => needed("bwrap", full).map(|kind| fence(kind, FenceScope::Disk)),
        Some(Sandbox::Landlock) => needed("landlock", landlock).map(|()| fence(FenceKind::Landlock, FenceScope::Disk)),
        Some(Sandbox::Auto) => Ok(match (full, landlock) {
            (Ok(kind), _) => fence(*kind, FenceScope::Disk),
            (_, Ok(())) => fence(FenceKind::Landlock, FenceScope::Disk),
            (Err(one), Err(two)) => off(format!("{one}; {two}")),
        }),
    }
}

/// Without the network: only the full fence closes all of it.
fn closed(
    asked: Option<Sandbox>,
    full: &Result<FenceKind, String>,
    fence: &dyn Fn(FenceKind, FenceScope) -> Fence,
) -> Result<Fence> {
    if asked == Some(Sandbox::Landlock) {
        let why = "Landlock blocks TCP only: UDP, DNS and local sockets stay open";
        return Err(refused("sandbox-net", why).hint("--sandbox bwrap"));
    }
    let kind = needed("sandbox-net off", full)?;
    let around_repository = asked.is_none_or(|asked| asked == Sandbox::Repository);
    let scope = if around_repository { FenceScope::Repository } else { FenceScope::Disk };
    Ok(fence(kind, scope))
}

fn needed<T: Clone>(what: &str, means: &Result<T, String>) -> Result<T> {
    means
        .clone()
        .map_err(|why| refused(what, &why).hint("git orca doctor").hint("--sandbox off   runs without a fence"))
}

fn refused(what: &str, why: &str) -> Error {
    Error::new(ErrorKind::Environment, format!("setting up the fence (`{what}`)"), why)
}

/// Whether a frozen fence still works here: for runs that go on.
///
/// # Errors
/// It does not.
pub fn check(fence: &Fence, env: &BTreeMap<String, String>) -> Result<()> {
    match fence.kind {
        FenceKind::Off => Ok(()),
        FenceKind::Bwrap => needed("bwrap", &probe_bwrap(env)),
        FenceKind::Landlock => needed("landlock", &probe_landlock()),
        FenceKind::Seatbelt => needed("sandbox-exec", &probe_seatbelt()),
    }
}

/// The files that fences are made with.
pub fn tools(env: &BTreeMap<String, String>) -> Tools {
    let bwrap = find_program("bwrap", env.get("PATH").map(String::as_str), Path::new("/"));
    // What is missing was found out by the probe; a name that is nowhere ends a command before it begins.
    Tools { bwrap: bwrap.unwrap_or_else(|_| "/nonexistent/bwrap".into()), this: program_file() }
}

fn probe_bwrap(env: &BTreeMap<String, String>) -> Result<(), String> {
    if !cfg!(target_os = "linux") {
        return Err("bubblewrap exists on Linux only".to_owned());
    }
    let file = find_program("bwrap", env.get("PATH").map(String::as_str), Path::new("/"))
        .map_err(|_| "bubblewrap is not installed (apt install bubblewrap)".to_owned())?;
    let mounts = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--", "/bin/sh", "-c", ":"];
    let args = base_args(crate::process::is_root()).into_iter().chain(mounts);
    let tool = args.fold(Tool::new(file), Tool::arg);
    answered(tool.output(), "bubblewrap does not work here")
}

fn probe_landlock() -> Result<(), String> {
    if !cfg!(target_os = "linux") {
        return Err("Landlock exists on Linux only".to_owned());
    }
    let policy = serde_json::to_string(&Policy::default()).unwrap_or_default();
    let args = [SUBCOMMAND, FENCED, &policy, "/bin/sh", "sh", "-c", ":"];
    let tool = args.iter().fold(Tool::new(program_file()), Tool::arg);
    answered(tool.output(), "Landlock does not work here")
}

fn probe_seatbelt() -> Result<(), String> {
    if !cfg!(target_os = "macos") {
        return Err("sandbox-exec exists on macOS only".to_owned());
    }
    let args = seatbelt::arguments("(version 1)(allow default)".to_owned(), "/bin/sh".to_owned(), Vec::new());
    let tool = args.iter().fold(Tool::new(seatbelt::SANDBOX_EXEC), Tool::arg).arg("-c").arg(":");
    answered(tool.output(), "sandbox-exec does not work here")
}

fn answered(output: std::io::Result<crate::process::ToolOutput>, what: &str) -> Result<(), String> {
    match output {
        Ok(output) if output.success() => Ok(()),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            Err(format!("{what} ({})", said.lines().next().unwrap_or("it says nothing").trim()))
        }
        Err(error) => Err(format!("{what} ({error})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn means(bwrap: bool, landlock: bool) -> Means {
        let one = |there: bool, name: &str| there.then_some(()).ok_or_else(|| format!("no {name}"));
        Means { full: one(bwrap, "bwrap").map(|()| FenceKind::Bwrap), landlock: one(landlock, "landlock") }
    }

    /// What is chosen, as `kind scope`, `off`, `off: why` or `refused`.
    fn chosen(asked: Option<Sandbox>, network: bool, bwrap: bool, landlock: bool) -> String {
        match choose(asked, network, Vec::new(), &means(bwrap, landlock)) {
            Err(error) => format!("refused: {}", error.cause),
            Ok(Fence { kind: FenceKind::Off, why, .. }) if why.is_empty() => "off".to_owned(),
            Ok(Fence { kind: FenceKind::Off, why, .. }) => format!("off: {why}"),
            Ok(fence) => format!("{:?} {:?}{}", fence.kind, fence.scope, if fence.network { "" } else { " closed" }),
        }
    }

    #[test]
    fn in_force_or_refused() {
        use Sandbox::{Auto, Bwrap, Landlock, Off, Repository};
        let table = [
            (None, true, true, true, "Bwrap Repository"),
            (None, true, false, true, "off: no bwrap"),
            (None, false, true, true, "Bwrap Repository closed"),
            (None, false, false, true, "refused: no bwrap"),
            (Some(Repository), true, true, false, "Bwrap Repository"),
            (Some(Repository), true, false, true, "refused: no bwrap"),
            (Some(Auto), true, true, true, "Bwrap Disk"),
            (Some(Auto), true, false, true, "Landlock Disk"),
            (Some(Auto), true, false, false, "off: no bwrap; no landlock"),
            (Some(Auto), false, true, true, "Bwrap Disk closed"),
            (Some(Auto), false, false, true, "refused: no bwrap"),
            (Some(Bwrap), true, true, false, "Bwrap Disk"),
            (Some(Bwrap), true, false, true, "refused: no bwrap"),
            (Some(Landlock), true, true, true, "Landlock Disk"),
            (Some(Landlock), true, true, false, "refused: no landlock"),
            (Some(Off), true, true, true, "off"),
            (Some(Off), false, true, true, "refused: without a fence the network stays open"),
        ];
        for (asked, network, bwrap, landlock, expected) in table {
            assert_eq!(chosen(asked, network, bwrap, landlock), expected, "{asked:?} {network} {bwrap} {landlock}");
        }
        assert!(chosen(Some(Landlock), false, true, true).starts_with("refused: Landlock blocks TCP only"));
    }

    #[test]
    fn the_full_fence_of_macos_stands_where_bubblewrap_does() {
        let means = Means { full: Ok(FenceKind::Seatbelt), landlock: Err("no landlock".to_owned()) };
        let kind = |asked, network| choose(asked, network, Vec::new(), &means).unwrap();
        for asked in [None, Some(Sandbox::Repository)] {
            let fence = kind(asked, false);
            assert_eq!((fence.kind, fence.scope, fence.network), (FenceKind::Seatbelt, FenceScope::Repository, false));
        }
        assert_eq!(kind(Some(Sandbox::Auto), true).scope, FenceScope::Disk);
        assert!(kind(None, true).about().starts_with("repository (sandbox-exec): "));
    }

    #[test]
    fn a_frozen_fence_is_checked() {
        let fence = Fence { kind: FenceKind::Bwrap, ..Fence::default() };
        let nowhere = BTreeMap::from([("PATH".to_owned(), "/nonexistent".to_owned())]);
        assert_eq!(check(&fence, &nowhere).unwrap_err().kind, ErrorKind::Environment);
        assert!(check(&Fence::default(), &nowhere).is_ok());
    }

    #[test]
    fn words_become_paths() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(home.path().join(".cargo/registry")).unwrap();
        std::fs::create_dir(home.path().join("mine")).unwrap();
        let text = home.path().display().to_string();
        let env = BTreeMap::from([("HOME".to_owned(), text.clone())]);
        let get = |words: &[&str]| writable(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>(), &env);
        assert_eq!(get(&["caches"]).unwrap(), [format!("{text}/.cargo/registry")]);
        assert_eq!(get(&["none"]).unwrap(), Vec::<String>::new());
        assert_eq!(get(&["~/mine", "/nonexistent"]).unwrap(), [format!("{text}/mine")]);
        assert_eq!(get(&["mine"]).unwrap_err().kind, ErrorKind::Usage);
    }
}
