//! The user's own configuration of git, as it was when a run began. Programs that it names (filters, drivers, signing) are
//! executed by our own calls, outside of every fence: what an attempt writes there meanwhile must not be.

use std::path::Path;

use super::Repo;
use super::call::Call;
use crate::model::{Error, Result};

/// Freezes the user's configuration, with all that it includes for this repository, into `file`; from now on every call of
/// this process reads that instead.
///
/// # Errors
/// git cannot read its configuration, or the file cannot be written.
pub fn freeze_config(repo: &Repo, file: &Path) -> Result<()> {
    let doing = "freezing your git configuration for this run";
    let call = Call::found_from(repo.work_tree(), doing).plain();
    let out = call.args(["config", "--list", "--includes", "--show-scope", "-z"]).run()?;
    let text = written(&String::from_utf8_lossy(&out));
    let folder = file.parent().unwrap_or(Path::new("/"));
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(file, text)).map_err(|e| Error::failed(doing, e))?;
    super::call::read_config_from(file);
    Ok(())
}

/// The entries of the global scope as a file of configuration, in their order.
fn written(listed: &str) -> String {
    let mut text = String::from("# A copy, made when the run began. git orca reads this in place of your own.\n");
    let mut fields = listed.split('\0');
    while let (Some(scope), Some(entry)) = (fields.next(), fields.next()) {
        let (key, value) = entry.split_once('\n').map_or((entry, None), |(key, value)| (key, Some(value)));
        // What is included is listed itself.
        let includes = key.starts_with("include.") || key.starts_with("includeif.");
        if let Some((section, name)) = key.rsplit_once('.').filter(|_| scope == "global" && !includes) {
            text.push_str(&entry_text(section, name, value));
        }
    }
    text
}

fn entry_text(section: &str, name: &str, value: Option<&str>) -> String {
    let escaped = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    let head = match section.split_once('.') {
        Some((section, sub)) => format!("[{section} \"{}\"]", escaped(sub)),
        None => format!("[{section}]"),
    };
    let value = value.map(|value| {
        let value = escaped(value).replace('\n', "\\n").replace('\t', "\\t").replace('\u{8}', "\\b");
        format!(" = \"{value}\"")
    });
    format!("{head}\n\t{name}{}\n", value.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Fixture, git};
    use super::*;

    /// git itself is the authority on whether the copy says the same.
    #[test]
    fn a_copy_says_the_same_as_what_was_copied() {
        let fixture = Fixture::new();
        let own = fixture.dir.path().join("own");
        let more = fixture.dir.path().join("more");
        std::fs::write(&more, "[diff \"odd.name \\\"x\\\"\"]\n\tcommand = run \\\"it\\\" \\\\ ; now\n").unwrap();
        let text = format!(
            "[user]\n\tname = Ada # not this\n[core]\n\tautocrlf\n\teditor = \"vi  -c 'x\\ty'\"\n[include]\n\tpath = {}\n[user]\n\tname = Eve\n",
            more.display()
        );
        std::fs::write(&own, text).unwrap();
        let list = |file: &Path| {
            git(&fixture.root(), &["config", "--file", file.to_str().unwrap(), "--includes", "--list", "-z"])
        };
        let scoped: String = list(&own).split_terminator('\0').map(|entry| format!("global\0{entry}\0")).collect();
        let local = "local\0core.bare\nfalse\0";
        let copy = fixture.dir.path().join("copy");
        std::fs::write(&copy, written(&format!("{scoped}{local}"))).unwrap();
        let wanted: Vec<String> =
            list(&own).split_terminator('\0').filter(|e| !e.starts_with("include.")).map(str::to_owned).collect();
        let got: Vec<String> = list(&copy).split_terminator('\0').map(str::to_owned).collect();
        assert_eq!(got, wanted);
        assert_eq!(got.len(), 5, "{got:?}");
    }
}
