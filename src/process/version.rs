//! The version of a program, as it says itself.

use std::path::Path;
use std::time::Duration;

use super::tool::Tool;

/// A program that takes longer to say its version has none that is worth waiting for: Node.js programs need about a
/// second on a busy machine.
const PATIENCE: Duration = Duration::from_secs(5);

/// The first word with a dot between digits that `program --version` prints; none when it prints none, fails, or takes
/// too long (it is ended then).
pub fn version_of(program: &Path) -> Option<String> {
    asked(program, PATIENCE)
}

fn asked(program: &Path, patience: Duration) -> Option<String> {
    // Not where we are: version managers read files of the working folder, and what is there may be anybody's.
    let output = Tool::new(program).arg("--version").cwd("/").output_within(patience).ok()??;
    if !output.success() {
        return None;
    }
    number(&String::from_utf8_lossy(&output.stdout))
}

/// `2.1.197` of `2.1.197 (Claude Code)`, `0.169.0` of `codex-cli 0.169.0`.
fn number(text: &str) -> Option<String> {
    let words = text.lines().take(5).flat_map(str::split_whitespace);
    let plain = words.map(|word| word.trim_start_matches(['v', 'V', '(']).trim_end_matches([',', ';', ')']));
    let is_version = |word: &&str| {
        let mut parts = word.split('.');
        let digits = |part: Option<&str>| part.is_some_and(|part| part.starts_with(|c: char| c.is_ascii_digit()));
        digits(parts.next()) && digits(parts.next()) && word.len() <= 40 && word.is_ascii()
    };
    plain.into_iter().find(is_version).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_version_is_the_first_word_that_looks_like_one() {
        let table = [
            ("2.1.197 (Claude Code)\n", Some("2.1.197")),
            ("codex-cli 0.169.0", Some("0.169.0")),
            ("git version 2.47.3", Some("2.47.3")),
            ("Python 3.13.0rc1 (main)", Some("3.13.0rc1")),
            ("tool v1.2, built 2026", Some("1.2")),
            ("usage: tool FILE", None),
            ("", None),
        ];
        for (text, version) in table {
            assert_eq!(number(text).as_deref(), version, "{text:?}");
        }
    }

    #[test]
    fn a_program_that_hangs_or_fails_has_none() {
        let folder = tempfile::tempdir().unwrap();
        let program = |name: &str, text: &str| {
            let file = folder.path().join(name);
            std::fs::write(&file, text).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
            file
        };
        assert_eq!(version_of(&program("good", "#!/bin/sh\necho good 1.2.3\n")).as_deref(), Some("1.2.3"));
        assert_eq!(version_of(&program("bad", "#!/bin/sh\necho bad 1.2.3\nexit 1\n")), None);
        assert_eq!(version_of(&folder.path().join("missing")), None);
        let started = std::time::Instant::now();
        assert_eq!(asked(&program("slow", "#!/bin/sh\nsleep 600\n"), Duration::from_millis(100)), None);
        assert!(started.elapsed() < Duration::from_secs(60));
    }
}
