//! A repository of this machine for one piece of work at a time. It is used again by the next one from the same hub: what was
//! set up, built and fetched is there already.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::far_site::make_private;
use crate::journal::RunLock;
use crate::model::{Error, ErrorKind, Result};
use crate::process::ProcessId;

/// Far more than any machine does at once.
const MOST: u32 = 1_000;

/// A workplace, held as long as this value lives.
#[derive(Debug)]
pub struct Workplace {
    /// Its folder.
    pub folder: PathBuf,
    _lock: RunLock,
}

/// Where this machine keeps its workplaces: a folder of its own, since home folders may be shared between machines.
///
/// # Errors
/// There is no home folder.
pub fn workplaces(env: &BTreeMap<String, String>) -> Result<PathBuf> {
    let folder = |name: &str| env.get(name).map(Path::new).filter(|path| path.is_absolute());
    let data = folder("XDG_DATA_HOME").map(Path::to_owned).or_else(|| Some(folder("HOME")?.join(".local/share")));
    let none =
        || Error::new(ErrorKind::Environment, "finding the folder for work", "neither XDG_DATA_HOME nor HOME is set");
    Ok(data.ok_or_else(none)?.join("git-orca").join(ProcessId::this().host_name()))
}

impl Workplace {
    /// The first workplace for this hub that nobody works in.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn take(env: &BTreeMap<String, String>, hub: &str) -> Result<Workplace> {
        let digest = Sha256::digest(hub.as_bytes());
        let of_hub: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        let parent = workplaces(env)?.join(of_hub);
        for n in 1..=MOST {
            let folder = parent.join(n.to_string());
            make_private(&folder)?;
            if let Some(lock) = RunLock::take(&folder.join("lock"))? {
                return Ok(Workplace { folder, _lock: lock });
            }
        }
        Err(Error::failed("looking for a place to work in", format!("{MOST} are in use below `{}`", parent.display())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_works_where_another_does_and_a_free_place_is_used_again() {
        let folder = tempfile::tempdir().unwrap();
        let env = BTreeMap::from([("HOME".to_owned(), folder.path().display().to_string())]);
        let one = Workplace::take(&env, "/hub").unwrap();
        let two = Workplace::take(&env, "/hub").unwrap();
        let other = Workplace::take(&env, "/other").unwrap();
        assert!(one.folder != two.folder && other.folder != one.folder);
        let first = one.folder.clone();
        drop(one);
        assert_eq!(Workplace::take(&env, "/hub").unwrap().folder, first);
    }
}
