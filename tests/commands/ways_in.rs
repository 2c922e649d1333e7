//! The ways in, as somebody takes them who has nothing yet: the README's lines in an empty HOME, and the archive of a
//! release. Only the system's own programs, git and cargo are on the PATH; cargo is one that has built already.
//!
//! With `ORCA_TEST_BINARY=FILE` the archive holds that program, as the release workflow would pack it; `.ci/run` names the
//! static one. Measured on two cores with an optimized program: installing the archive 2.1 s, `doctor` 0.2 s, the README's
//! own lines 0.7 s, the demo 4.9 s.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const BUILT: &str = env!("CARGO_BIN_EXE_git-orca");

/// The targets of a release.
const TARGETS: [&str; 4] =
    ["aarch64-apple-darwin", "x86_64-apple-darwin", "aarch64-unknown-linux-musl", "x86_64-unknown-linux-musl"];

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

/// Serves the files of a folder by their names, on loopback; its address.
fn serve(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut line = String::new();
            BufReader::new(&stream).read_line(&mut line).unwrap();
            let path = line.split(' ').nth(1).unwrap_or_default();
            let file = std::fs::read(folder.join(path.rsplit('/').next().unwrap_or_default()));
            let (status, body) = file.map_or(("404 Not Found", Vec::new()), |body| ("200 OK", body));
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            stream.write_all(&[head.as_bytes(), &body].concat()).unwrap();
        }
    });
    address
}

/// What a program says; it must end with this code.
fn says(program: &str, args: &[&str], folder: &Path, code: i32) -> String {
    let out = Command::new(program).args(args).current_dir(folder).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert_eq!(out.status.code(), Some(code), "{program} {args:?}: {said}");
    said
}

#[test]
fn packages_are_made_of_a_release_and_install_only_what_it_holds() {
    let machine = FreshMachine::new();
    let dist = machine.at("dist");
    machine.program("built", &format!("#!/bin/sh\nexec '{BUILT}' \"$@\"\n"));
    for target in TARGETS {
        let (binary, into) = (machine.at("built").display().to_string(), dist.display().to_string());
        says("./.ci/release", &[target, "--binary", &binary, "--into", &into], Path::new(ROOT), 0);
    }
    let sums = says("sh", &["-c", "sha256sum *.tar.gz | tee SHA256SUMS"], &dist, 0);
    let (version, address) = (env!("CARGO_PKG_VERSION"), serve(dist.clone()));
    let script = format!("{ROOT}/.github/packages.py");
    says("python3", &[&script, version, &address, "."], &dist, 0);
    // The formula names each archive with its own checksum.
    let formula = std::fs::read_to_string(dist.join("git-orca.rb")).unwrap();
    for target in TARGETS {
        let archive = format!("git-orca-{version}-{target}.tar.gz");
        let digest = sums.lines().find(|line| line.ends_with(&archive)).unwrap().split(' ').next().unwrap();
        let url = format!("url \"{address}/releases/download/v{version}/{archive}\"\n      sha256 \"{digest}\"");
        assert_eq!(formula.matches(&url).count(), 1, "{url} in {formula}");
    }
    let opened = |word: &str| formula.lines().filter(|line| line.trim_end().ends_with(word)).count();
    let blocks = opened(" do") + formula.matches("class ").count() + formula.matches("def ").count();
    assert_eq!(blocks, formula.lines().filter(|line| line.trim() == "end").count(), "{formula}");
    // The npm package fetches the archive of this machine, and runs what is in it.
    says("tar", &["-xzf", &format!("git-orca-{version}.tgz")], &dist, 0);
    let package = dist.join("package");
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(package.join("package.json")).unwrap()).unwrap();
    for file in manifest["files"].as_array().unwrap() {
        assert!(package.join(file.as_str().unwrap()).is_file(), "{file}");
    }
    says("node", &["install.js"], &package, 0);
    let run = manifest["bin"]["git-orca"].as_str().unwrap();
    assert!(says("node", &[run, "--version"], &package, 0).contains(version));
    assert_eq!(says("node", &[run, "no-such-command"], &package, 2).matches("no-such-command").count(), 1);
    // Not an archive that somebody changed, nor one that is gone.
    let archives = std::fs::read_to_string(package.join("archives.json")).unwrap();
    let mut wrong: serde_json::Value = serde_json::from_str(&archives).unwrap();
    wrong.as_object_mut().unwrap().values_mut().for_each(|it| it["sha256"] = "0".repeat(64).into());
    std::fs::write(package.join("archives.json"), wrong.to_string()).unwrap();
    assert!(says("node", &["install.js"], &package, 1).contains("another checksum than the release"));
    std::fs::write(package.join("archives.json"), archives.replace(".tar.gz", ".gone")).unwrap();
    assert!(says("node", &["install.js"], &package, 1).contains("answered 404"));
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
    match std::env::var_os("ORCA_TEST_BINARY") {
        Some(binary) => drop(std::fs::copy(binary, machine.at("built")).unwrap()),
        // Small, and all the same what is built: what it prints are its own pages.
        None => machine.program("built", &format!("#!/bin/sh\nexec '{BUILT}' \"$@\"\n")),
    }
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
