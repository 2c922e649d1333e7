//! The environment of agents, gates and setup commands: a list of what passes, never "everything but".
//!
//! A name passes when it says where things are or how to talk to the network; secrets pass only when named by the
//! agent's definition (`env` in orca.toml). What would point git at another repository, or confuse a nested
//! `git orca`, passes never.

use std::collections::BTreeMap;

/// Names that pass. A `*` at the end stands for any rest.
const PASSED: &[&str] = &[
    // Who and where.
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "HOSTNAME",
    "TERM",
    "COLORTERM",
    "TZ",
    "TZDIR",
    "LANG",
    "LANGUAGE",
    "LC_*",
    "TMPDIR",
    "XDG_*",
    "SYSTEMROOT",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    // Certificates and proxies: without them nothing behind a company's firewall works.
    "SSL_CERT_*",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "NIX_SSL_CERT_FILE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "FTP_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "ftp_proxy",
    "no_proxy",
    // Where toolchains live and keep their caches.
    "CARGO_HOME",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "GOPATH",
    "GOROOT",
    "GOCACHE",
    "GOMODCACHE",
    "GOTOOLCHAIN",
    "GOPROXY",
    "GOFLAGS",
    "NVM_DIR",
    "NVM_BIN",
    "NODE_PATH",
    "VOLTA_HOME",
    "FNM_*",
    "PNPM_HOME",
    "BUN_INSTALL",
    "DENO_DIR",
    "DENO_INSTALL",
    "COREPACK_HOME",
    "npm_config_cache",
    "npm_config_registry",
    "PYENV_ROOT",
    "PYENV_VERSION",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "CONDA_DEFAULT_ENV",
    "CONDA_EXE",
    "UV_*_DIR",
    "PIP_CACHE_DIR",
    "PIP_INDEX_URL",
    "POETRY_HOME",
    "PYTHONPATH",
    "RBENV_ROOT",
    "RBENV_VERSION",
    "GEM_HOME",
    "GEM_PATH",
    "BUNDLE_PATH",
    "JAVA_HOME",
    "JDK_HOME",
    "MAVEN_HOME",
    "M2_HOME",
    "GRADLE_HOME",
    "GRADLE_USER_HOME",
    "SDKMAN_DIR",
    "ANDROID_HOME",
    "ANDROID_SDK_ROOT",
    "DOTNET_ROOT",
    "NUGET_PACKAGES",
    "COMPOSER_HOME",
    "MIX_HOME",
    "HEX_HOME",
    "OPAMROOT",
    "GHCUP_*",
    "STACK_ROOT",
    "CABAL_DIR",
    "ASDF_DIR",
    "ASDF_DATA_DIR",
    "MISE_DATA_DIR",
    "MISE_CONFIG_DIR",
    "NIX_PATH",
    "NIX_PROFILES",
    "HOMEBREW_PREFIX",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "PKG_CONFIG_PATH",
    "LIBRARY_PATH",
    "CPATH",
    "CC",
    "CXX",
    "CCACHE_DIR",
    "SCCACHE_DIR",
    "EMSDK",
    "CUDA_HOME",
    // git: who commits, and where its own configuration and parts are.
    "GIT_AUTHOR_NAME",
    "GIT_AUTHOR_EMAIL",
    "GIT_COMMITTER_NAME",
    "GIT_COMMITTER_EMAIL",
    "EMAIL",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_EXEC_PATH",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
];

/// Names that do not pass even when asked for: they belong to the repository, run or process that we are.
const NEVER: &[&str] = &[
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_CEILING_DIRECTORIES",
    "GIT_QUARANTINE_PATH",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_KEY_*",
    "GIT_CONFIG_VALUE_*",
    "GIT_SHALLOW_FILE",
    "GIT_GRAFT_FILE",
    "GIT_REPLACE_REF_BASE",
    "GIT_TRACE*",
    "ORCA_*",
    "PWD",
    "OLDPWD",
    "SHLVL",
    "_",
];

/// What git does differently under an agent (DESIGN 5). Through the environment, never the repository's configuration.
const GIT: &[(&str, &str)] = &[
    // Garbage collection beside committing worktrees can corrupt, and costs a fork a commit (FACTS 0, gc).
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    // Commits survive a power loss (FACTS 0, Durability).
    ("core.fsync", "committed,loose-object"),
    // Nobody is there to type a passphrase.
    ("commit.gpgsign", "false"),
    // A daemon a worktree, which would outlive the attempt.
    ("core.fsmonitor", "false"),
];

/// This program's environment. Entries that are not UTF-8 are left out: a command's environment is text.
pub fn current() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// What of `parent` passes, the names in `pass` (a `*` at the end stands for any rest) included, with git's settings.
///
/// The user's own `safe.directory` and `user.*` given as `GIT_CONFIG_COUNT` are kept, before ours: without them git
/// may refuse the repository or the commit. `TMPDIR`, ports and the like are the caller's to set afterwards.
pub fn base(parent: &BTreeMap<String, String>, pass: &[String]) -> BTreeMap<String, String> {
    let mut env = passed(parent, pass);
    let ours = GIT.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    put_settings(&mut env, kept_settings(parent).into_iter().chain(ours).collect());
    env.insert("GIT_TERMINAL_PROMPT".to_owned(), "0".to_owned());
    env
}

/// What of `parent` passes, and nothing of ours: for commands that must not see that git orca runs them.
pub fn plain(parent: &BTreeMap<String, String>, pass: &[String]) -> BTreeMap<String, String> {
    let mut env = passed(parent, pass);
    let settings = kept_settings(parent);
    if !settings.is_empty() {
        put_settings(&mut env, settings);
    }
    env
}

fn put_settings(env: &mut BTreeMap<String, String>, settings: Vec<(String, String)>) {
    env.insert("GIT_CONFIG_COUNT".to_owned(), settings.len().to_string());
    for (n, (key, value)) in settings.into_iter().enumerate() {
        env.insert(format!("GIT_CONFIG_KEY_{n}"), key);
        env.insert(format!("GIT_CONFIG_VALUE_{n}"), value);
    }
}

fn passed(parent: &BTreeMap<String, String>, pass: &[String]) -> BTreeMap<String, String> {
    let wanted = |name: &str| PASSED.iter().copied().chain(pass.iter().map(String::as_str)).any(|p| fits(p, name));
    parent
        .iter()
        .filter(|(name, _)| wanted(name) && !NEVER.iter().any(|never| fits(never, name)))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Adds settings for every git in this environment, after those that are there.
pub fn add_settings(env: &mut BTreeMap<String, String>, settings: &[(String, String)]) {
    let count: usize = env.get("GIT_CONFIG_COUNT").and_then(|count| count.parse().ok()).unwrap_or(0);
    for (n, (key, value)) in settings.iter().enumerate() {
        env.insert(format!("GIT_CONFIG_KEY_{}", count + n), key.clone());
        env.insert(format!("GIT_CONFIG_VALUE_{}", count + n), value.clone());
    }
    env.insert("GIT_CONFIG_COUNT".to_owned(), (count + settings.len()).to_string());
}

/// The pairs of the parent's `GIT_CONFIG_COUNT` that an agent's git needs as well.
fn kept_settings(parent: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let count: usize = parent.get("GIT_CONFIG_COUNT").and_then(|count| count.parse().ok()).unwrap_or(0);
    let pair = |n: usize| {
        let key = parent.get(&format!("GIT_CONFIG_KEY_{n}"))?;
        let value = parent.get(&format!("GIT_CONFIG_VALUE_{n}"))?;
        let lower = key.to_ascii_lowercase();
        (lower == "safe.directory" || lower.starts_with("user.")).then(|| (key.clone(), value.clone()))
    };
    // A count beyond what is there is an error for git, and nothing to walk through for us.
    (0..count.min(parent.len())).filter_map(pair).collect()
}

/// `pattern` is a name, with at most one `*` in it.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name.len() >= head.len() + tail.len() && name.starts_with(head) && name.ends_with(tail),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parent(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn passes(name: &str, pass: &[&str]) -> bool {
        let pass: Vec<String> = pass.iter().map(|name| (*name).to_owned()).collect();
        base(&parent(&[(name, "the parent's")]), &pass).get(name).is_some_and(|value| value == "the parent's")
    }

    #[test]
    fn the_list() {
        for name in ["PATH", "HOME", "LC_ALL", "XDG_CACHE_HOME", "https_proxy", "CARGO_HOME", "GIT_CONFIG_GLOBAL"] {
            assert!(passes(name, &[]), "{name}");
        }
        for name in
            ["AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "SSH_AUTH_SOCK", "LD_PRELOAD", "PATHS", "ANTHROPIC_API_KEY"]
        {
            assert!(!passes(name, &[]), "{name}");
        }
        assert!(passes("ANTHROPIC_API_KEY", &["ANTHROPIC_API_KEY"]));
        assert!(passes("CLAUDE_CONFIG_DIR", &["CLAUDE_*"]));
    }

    #[test]
    fn never_even_when_asked_for() {
        for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "ORCA_RUN", "ORCA_CRASH_AT", "GIT_CONFIG_PARAMETERS"]
        {
            assert!(!passes(name, &["*", name]), "{name}");
        }
    }

    #[test]
    fn git_settings_follow_the_users() {
        let env = base(
            &parent(&[
                ("GIT_CONFIG_COUNT", "3"),
                ("GIT_CONFIG_KEY_0", "http.extraHeader"),
                ("GIT_CONFIG_VALUE_0", "Authorization: secret"),
                ("GIT_CONFIG_KEY_1", "safe.directory"),
                ("GIT_CONFIG_VALUE_1", "*"),
                ("GIT_CONFIG_KEY_2", "user.name"),
                ("GIT_CONFIG_VALUE_2", "Ada"),
            ]),
            &[],
        );
        let count: usize = env["GIT_CONFIG_COUNT"].parse().unwrap();
        let settings: Vec<_> = (0..count)
            .map(|n| format!("{}={}", env[&format!("GIT_CONFIG_KEY_{n}")], env[&format!("GIT_CONFIG_VALUE_{n}")]))
            .collect();
        assert_eq!(
            settings,
            [
                "safe.directory=*",
                "user.name=Ada",
                "gc.auto=0",
                "maintenance.auto=false",
                "core.fsync=committed,loose-object",
                "commit.gpgsign=false",
                "core.fsmonitor=false"
            ]
        );
        assert_eq!(env["GIT_TERMINAL_PROMPT"], "0");
        assert!(!env.values().any(|value| value.contains("secret")));
    }

    #[test]
    fn a_wrong_count_is_survived() {
        let env = base(&parent(&[("GIT_CONFIG_COUNT", "18446744073709551615")]), &[]);
        assert_eq!(env["GIT_CONFIG_COUNT"], GIT.len().to_string());
    }

    /// git itself is the authority on whether it takes them.
    #[test]
    fn git_reads_them() {
        let mut parent = current();
        parent.insert("GIT_CONFIG_GLOBAL".to_owned(), "/dev/null".to_owned());
        parent.insert("GIT_CONFIG_NOSYSTEM".to_owned(), "1".to_owned());
        let out = std::process::Command::new("git")
            .args(["config", "--get", "core.fsync"])
            .env_clear()
            .envs(base(&parent, &[]))
            .current_dir("/")
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&out.stdout), "committed,loose-object\n");
    }
}
