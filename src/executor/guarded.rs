//! Places of the user's beside the repository that a fence keeps an attempt from: files whose commands run later and
//! without a fence, programs that the user starts, sockets through which others act for whoever asks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Below the home folder: what shells, sessions, editors, agents, package managers and git read and execute later, and
/// what lets somebody act as the user elsewhere.
const IN_HOME: &[&str] = &[
    // Shells and sessions.
    ".bashrc",
    ".bash_profile",
    ".bash_login",
    ".bash_logout",
    ".bash_aliases",
    ".profile",
    ".zshrc",
    ".zshenv",
    ".zprofile",
    ".zlogin",
    ".zlogout",
    ".kshrc",
    ".mkshrc",
    ".cshrc",
    ".tcshrc",
    ".login",
    ".logout",
    ".inputrc",
    ".xprofile",
    ".xinitrc",
    ".xsession",
    ".xsessionrc",
    ".pam_environment",
    ".tmux.conf",
    ".screenrc",
    ".envrc",
    ".direnvrc",
    ".config/fish",
    ".config/nushell",
    ".config/tmux",
    ".config/direnv",
    ".config/environment.d",
    ".config/autostart",
    ".config/systemd",
    ".local/share/systemd",
    ".local/share/dbus-1",
    ".local/share/applications",
    ".oh-my-zsh",
    // git, keys, accounts.
    ".gitconfig",
    ".config/git",
    ".git-credentials",
    ".netrc",
    ".ssh",
    ".gnupg",
    ".config/gh",
    ".config/glab-cli",
    ".config/hub",
    ".aws",
    ".azure",
    ".kube",
    ".docker",
    ".config/gcloud",
    ".config/containers",
    ".pypirc",
    // Editors.
    ".vimrc",
    ".vim",
    ".gvimrc",
    ".exrc",
    ".nanorc",
    ".emacs",
    ".emacs.d",
    ".ideavimrc",
    ".config/nvim",
    ".config/emacs",
    ".config/helix",
    ".config/zed",
    ".config/Code",
    ".config/VSCodium",
    ".config/Cursor",
    ".vscode",
    ".vscode-server",
    ".cursor",
    // Agents: settings, instructions, commands, extensions.
    ".claude/settings.json",
    ".claude/settings.local.json",
    ".claude/CLAUDE.md",
    ".claude/commands",
    ".claude/agents",
    ".claude/skills",
    ".claude/hooks",
    ".claude/plugins",
    ".codex/config.toml",
    ".codex/AGENTS.md",
    ".codex/prompts",
    ".gemini/settings.json",
    ".gemini/GEMINI.md",
    ".gemini/commands",
    ".gemini/extensions",
    ".config/opencode/opencode.json",
    ".config/opencode/opencode.jsonc",
    ".config/opencode/AGENTS.md",
    ".config/opencode/agent",
    ".config/opencode/command",
    ".config/opencode/plugin",
    ".aider.conf.yml",
    ".config/goose/config.yaml",
    // Package managers and toolchains: settings that name programs, and what they execute.
    ".cargo/config",
    ".cargo/config.toml",
    ".cargo/env",
    ".cargo/bin",
    ".npmrc",
    ".yarnrc",
    ".yarnrc.yml",
    ".config/pip",
    ".pip",
    ".condarc",
    ".gradle/init.d",
    ".gradle/init.gradle",
    ".gradle/gradle.properties",
    ".m2/settings.xml",
    ".terraformrc",
    ".gemrc",
    ".irbrc",
    ".pythonrc",
    ".pythonrc.py",
    ".gdbinit",
    ".lldbinit",
    ".local/bin",
    ".local/lib",
    "bin",
];

/// Of the system: writable for root alone, but then for everything that runs as root.
const SYSTEM: &[&str] = &[
    "/bin",
    "/boot",
    "/efi",
    "/etc",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/opt",
    "/sbin",
    "/sys",
    "/usr",
    "/run/systemd",
    "/run/udev",
    "/var/lib/apt",
    "/var/lib/cloud",
    "/var/lib/containerd",
    "/var/lib/docker",
    "/var/lib/dpkg",
    "/var/lib/kubelet",
    "/var/lib/libvirt",
    "/var/lib/systemd",
    "/var/spool",
];

/// Sockets of services that do for whoever asks what the asker cannot do behind a fence.
const SERVICES: &[&str] = &[
    "/run/docker.sock",
    "/var/run/docker.sock",
    "/run/podman/podman.sock",
    "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/run/buildkit/buildkitd.sock",
    "/run/dbus/system_bus_socket",
    "/run/systemd/private",
    "/run/snapd.socket",
    "/run/libvirt/libvirt-sock",
    "/run/incus/unix.socket",
    "/var/lib/incus/unix.socket",
    "/var/lib/lxd/unix.socket",
];

/// Folders in the system's folder for temporary files whose sockets belong to sessions of the user: terminal multiplexers,
/// keys.
const SESSIONS: [&str; 3] = ["tmux-", "ssh-", "screen-"];

fn home(env: &BTreeMap<String, String>) -> Option<PathBuf> {
    env.get("HOME").map(PathBuf::from).filter(|home| home.is_absolute())
}

/// Everything below the home folder that runs commands later, whether it is there or not, and where variables move it.
pub fn later_commands(env: &BTreeMap<String, String>) -> Vec<PathBuf> {
    let config = env.get("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let mut found = Vec::new();
    if let Some(home) = home(env) {
        found.extend(IN_HOME.iter().map(|name| home.join(name)));
    }
    if let Some(config) = config {
        found.extend(IN_HOME.iter().filter_map(|name| name.strip_prefix(".config/")).map(|name| config.join(name)));
    }
    found.extend(env.get("GIT_CONFIG_GLOBAL").map(PathBuf::from));
    found.extend(env.get("ZDOTDIR").map(PathBuf::from));
    found.retain(|path| path.is_absolute());
    found
}

/// What an attempt can read and not change: what runs commands later, the system, the programs of the user.
pub fn untouchable(env: &BTreeMap<String, String>) -> Vec<PathBuf> {
    let home = home(env);
    let programs = env.get("PATH").into_iter().flat_map(|path| path.split(':')).map(PathBuf::from);
    // A home folder in PATH stays what it is: a place to write to.
    let programs = programs.filter(|path| !home.as_ref().is_some_and(|home| home.starts_with(path)));
    let others = home.iter().flat_map(|home| homes_of_others(home));
    let all = later_commands(env).into_iter().chain(programs).chain(others);
    all.filter(|path| path.is_absolute() && path.exists()).collect()
}

/// Home folders that are not the user's: writable for root.
fn homes_of_others(home: &Path) -> Vec<PathBuf> {
    let all = std::fs::read_dir("/home").into_iter().flatten().flatten().map(|entry| entry.path());
    let root = Path::new("/root").to_path_buf();
    all.chain([root]).filter(|other| !home.starts_with(other) && nix::unistd::geteuid().is_root()).collect()
}

/// The system's own folders.
pub fn system() -> Vec<PathBuf> {
    real(SYSTEM.iter().map(PathBuf::from))
}

/// What an attempt does not even see: sockets of services and sessions, and the user's runtime folder.
pub fn unseen(env: &BTreeMap<String, String>) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = SERVICES.iter().map(PathBuf::from).collect();
    found.extend(env.get("XDG_RUNTIME_DIR").map(PathBuf::from));
    found.push(format!("/run/user/{}", nix::unistd::geteuid()).into());
    found.push(format!("/run/screen/S-{}", env.get("USER").map_or("root", String::as_str)).into());
    let sessions = std::fs::read_dir("/tmp").into_iter().flatten().flatten();
    let named = |name: &str| SESSIONS.iter().any(|start| name.starts_with(start));
    found.extend(sessions.filter(|entry| entry.file_name().to_str().is_some_and(named)).map(|entry| entry.path()));
    real(found)
}

/// Existing paths without links, each once.
pub(super) fn real(paths: impl IntoIterator<Item = PathBuf>) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = paths.into_iter().filter_map(|path| path.canonicalize().ok()).collect();
    found.retain(|path| path != Path::new("/"));
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_follow_the_environment() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("home/.ssh")).unwrap();
        std::fs::create_dir_all(root.join("tools")).unwrap();
        std::fs::create_dir_all(root.join("run")).unwrap();
        let text = |path: &str| root.join(path).display().to_string();
        let env = BTreeMap::from([
            ("HOME".to_owned(), text("home")),
            ("XDG_CONFIG_HOME".to_owned(), text("conf")),
            ("XDG_RUNTIME_DIR".to_owned(), text("run")),
            ("PATH".to_owned(), format!("{}:relative:/nonexistent", text("tools"))),
        ]);
        let later = later_commands(&env);
        for path in ["home/.bashrc", "home/.config/systemd", "conf/systemd", "conf/git", "home/.claude/settings.json"] {
            assert!(later.contains(&root.join(path)), "{path}");
        }
        let below: Vec<PathBuf> = untouchable(&env).into_iter().filter(|path| path.starts_with(&root)).collect();
        assert_eq!(below, [root.join("home/.ssh"), root.join("tools")]);
        assert!(unseen(&env).contains(&root.join("run")));
        assert!(later_commands(&BTreeMap::new()).is_empty());
    }
}
