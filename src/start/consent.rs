//! Asking before something of the repository runs (DESIGN 4), and before a run begins (DESIGN 5).

use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::agreed_to::records;
use super::front::{Front, StartChoice, StartQuestion};
use super::here::Here;
use crate::model::{Error, ErrorKind, Result, RunId};
use crate::report::screens::trust::Unseen;
use crate::settings::trust::{self, Decision, Item, Records, Repository, Trusted};

/// Marks `value` as trusted: by the records, by `--yes` for this run, or by what a person answers.
///
/// # Errors
/// Not trusted; nothing was run.
pub fn consent<T>(here: &Here, front: &dyn Front, value: T, items: &[Item], yes: bool) -> Result<Trusted<T>> {
    if items.is_empty() || yes {
        return trust::grant(
            value,
            items,
            &Records::new(Repository { common_dir: Default::default(), root: None }),
            Decision::ThisRun,
        );
    }
    let (file, mut records) = records(here)?;
    let standing = trust::compare(items, &records);
    if standing.settled() {
        return trust::grant(value, items, &records, Decision::RecordsOnly);
    }
    let unseen = Unseen { new: standing.new, changed: standing.changed, known: standing.known };
    match front.ask(&StartQuestion::Trust(&unseen)) {
        None => trust::grant(value, items, &records, Decision::RecordsOnly),
        Some(StartChoice::Yes) => {
            records.agree(items, Timestamp::now());
            trust::store::save(&file, &records)?;
            trust::grant(value, items, &records, Decision::Agreed)
        }
        Some(_) => {
            let cause = "not trusted; nothing was run";
            Err(Error::new(ErrorKind::Untrusted, "asking for trust", cause)
                .hint("read orca.toml, then: git orca trust"))
        }
    }
}

/// Whether all of it was agreed to before, so that nobody has to be asked.
pub(super) fn is_trusted(here: &Here, items: &[Item]) -> bool {
    items.is_empty() || records(here).is_ok_and(|(_, records)| trust::compare(items, &records).settled())
}

/// The file that says what a run was allowed by `--yes`: outside the repository, where agents cannot write.
fn allowance(here: &Here, run: &RunId) -> Result<std::path::PathBuf> {
    let (file, _) = records(here)?;
    Ok(file.with_extension(format!("{run}.allowed")))
}

fn fingerprint(items: &[Item]) -> String {
    let text = items.iter().map(|item| format!("{}\0{}\0", item.key, item.text)).collect::<String>();
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes a folder that nobody else may write to, whatever the umask: what lies in it is believed.
fn private_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Remembers what a run was allowed, so that resuming this very run does not ask again.
///
/// # Errors
/// The state folder cannot be written.
pub fn allow(here: &Here, run: &RunId, items: &[Item]) -> Result<()> {
    let file = allowance(here, run)?;
    if let Some(folder) = file.parent() {
        private_folder(folder).map_err(|e| Error::failed(format!("making `{}`", folder.display()), e))?;
    }
    std::fs::write(&file, fingerprint(items)).map_err(|e| Error::failed(format!("writing `{}`", file.display()), e))
}

/// Whether a run was begun with exactly these texts allowed.
pub fn was_allowed(here: &Here, run: &RunId, items: &[Item]) -> bool {
    allowance(here, run)
        .ok()
        .and_then(|file| std::fs::read_to_string(file).ok())
        .is_some_and(|kept| kept == fingerprint(items))
}

/// Whether a person began a run with `--yes`, whatever it was allowed.
pub fn was_begun(here: &Here, run: &RunId) -> bool {
    allowance(here, run).is_ok_and(|file| file.exists())
}

/// Forgets what a run was allowed: the run is gone. What cannot be removed allows nothing that still exists.
pub fn forget_allowance(here: &Here, run: &RunId) {
    if let Ok(file) = allowance(here, run) {
        let _allows_nothing = std::fs::remove_file(file);
    }
}
