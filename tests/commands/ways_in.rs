//! The ways in, as somebody takes them who has nothing yet: the README's lines in an empty HOME, and the archive of a
//! release. Only the system's own programs, git and cargo are on the PATH; cargo is one that has built already.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const BUILT: &str = env!("CARGO_BIN_EXE_git-orca");

/// What every system has.
const SYSTEM: &str = "basename cat chmod cp cut dirname env false git grep gzip head id ln ls mkdir mktemp mv paste rm \
    rmdir sed sh sha256sum sleep sort tail tar touch tr true uname wc";

/// A machine with an empty HOME.
struct FreshMachine(tempfile::TempDir);

impl FreshMachine {
    fn new() -> FreshMachine {
        let machine = FreshMachine(tempfile::tempdir().unwrap());
        for folder in ["bin", "home"] {
            std::fs::create_dir(machine.at(folder)).unwrap();
        }
        let path = std::env::var("PATH").unwrap();
        for name in SYSTEM.split_whitespace() {
            let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
            symlink(found.unwrap_or_else(|| panic!("no {name}")), machine.at("bin").join(name)).unwrap();
        }
        machine
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn program(&self, path: &str, text: &str) {
        std::fs::write(self.at(path), text).unwrap();
        std::fs::set_permissions(self.at(path), std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A cargo whose target folder is warm: it runs and installs what is built already, and nothing else.
    fn has_cargo(&self) {
        self.program(
            "bin/cargo",
            &format!(
                "#!/bin/sh\ncase \"$*\" in\n'run --release -- '*) shift 3; exec '{BUILT}' \"$@\" ;;\n\
                 'install --path .') mkdir -p \"$HOME/.cargo/bin\" && ln -s '{BUILT}' \"$HOME/.cargo/bin/git-orca\" ;;\n\
                 test) exit 0 ;;\n*) echo \"cargo $*?\" >&2; exit 1 ;;\nesac\n"
            ),
        );
    }

    /// A repository of somebody's who has a name.
    fn has_repository(&self) -> PathBuf {
        std::fs::create_dir(self.at("app")).unwrap();
        self.types(
            "git init -q -b main; git config user.name You; git config user.email you@example.org; git commit -q --allow-empty -m Start",
            &self.at("app"),
        );
        self.at("app")
    }

    /// What lines print, and the seconds they take; each must succeed.
    fn types(&self, lines: &str, folder: &Path) -> (String, f64) {
        let home = self.at("home");
        let path = [self.at("bin"), home.join(".cargo/bin"), home.join(".local/bin")];
        let began = Instant::now();
        let mut command = Command::new(self.at("bin/sh"));
        command.args(["-ec", lines]).current_dir(folder).env_clear();
        command.env("HOME", &home).env("PATH", std::env::join_paths(path).unwrap());
        let out = command.env("GIT_CONFIG_NOSYSTEM", "1").env("TMPDIR", self.0.path()).output().unwrap();
        let said = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(out.status.success(), "{lines}\n{said}{}", String::from_utf8_lossy(&out.stderr));
        (said, began.elapsed().as_secs_f64())
    }
}

fn page(path: &str) -> String {
    std::fs::read_to_string(Path::new(ROOT).join(path)).unwrap()
}

fn blocks(page: &str) -> Vec<String> {
    page.split("```sh\n").skip(1).map(|tail| tail.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn the_lines_of_the_readme_work_as_pasted_in_an_empty_home() {
    let machine = FreshMachine::new();
    machine.has_cargo();
    let app = machine.has_repository();
    let all = blocks(&page("README.md"));
    let [first, install, try_it, ..] = all.as_slice() else { panic!("the README has lost its lines") };
    // `doctor` looks at the repository it stands in: not at this one, which tests leave alone.
    let places = [(first, Path::new(ROOT)), (install, app.as_path()), (try_it, app.as_path())];
    let mut said = String::new();
    for (block, folder) in places {
        let (text, seconds) = machine.types(block, folder);
        println!("{seconds:.1} s\n{block}");
        said = text;
    }
    assert!(said.contains("3 of 3 landed") && said.ends_with("hello Ada\n"), "{said}");
    // Nothing of it lies elsewhere than where the page about uninstalling says.
    let left: Vec<String> = std::fs::read_dir(machine.at("home"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert!(left.iter().all(|name| [".cargo", ".local", ".cache"].contains(&name.as_str())), "{left:?}");
}

#[test]
fn an_archive_of_a_release_installs_as_its_page_says_and_runs() {
    let machine = FreshMachine::new();
    let dist = machine.at("dist");
    // Small, and all the same what is built: what it prints are its own pages.
    machine.program("built", &format!("#!/bin/sh\nexec '{BUILT}' \"$@\"\n"));
    let packed = Command::new(Path::new(ROOT).join(".ci/release"))
        .arg("x86_64-unknown-linux-musl")
        .args([Path::new("--binary"), &machine.at("built"), Path::new("--into"), &dist])
        .output()
        .unwrap();
    assert!(packed.status.success(), "{}", String::from_utf8_lossy(&packed.stderr));
    let version = env!("CARGO_PKG_VERSION");
    let block = blocks(&page("src/cli/help/install.md")).remove(0);
    assert!(block.contains(&format!("git-orca-{version}-x86_64-unknown-linux-musl.tar.gz")), "{block}");
    let (said, _) = machine.types(&block, &dist);
    assert!(said.contains("tar.gz: OK"), "{said}");
    assert!(machine.at("home/.local/share/man/man1/git-orca.1").is_file());
    let inside = dist.join(format!("git-orca-{version}-x86_64-unknown-linux-musl"));
    for name in ["LICENSE", "README.md", "completions/git-orca", "completions/_git-orca", "completions/git-orca.fish"] {
        assert!(std::fs::metadata(inside.join(name)).unwrap().len() > 0, "{name}");
    }
    let app = machine.has_repository();
    let try_it = blocks(&page("README.md")).remove(2);
    assert!(machine.types(&try_it, &app).0.ends_with("hello Ada\n"));
    // A changed archive is refused before it is unpacked.
    let archive = dist.join(format!("git-orca-{version}-x86_64-unknown-linux-musl.tar.gz"));
    let mut bytes = std::fs::read(&archive).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&archive, bytes).unwrap();
    let refused = Command::new("sh").args(["-ec", &block]).current_dir(&dist).env("HOME", machine.at("home")).output();
    assert!(!refused.unwrap().status.success());
}
