//! What makes kept verdicts and evidence believable: a message authentication code under a key that lies in the user's
//! state folder, where no fenced attempt can read. Without a fence evidence is a convenience, not a proof: an attempt
//! could read the key, so that such a run seals with a key of its process, which nobody can check afterwards.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::model::{Error, ErrorKind, Result};

/// Bytes of a key.
const KEY: usize = 32;

/// Seals what is kept about one repository.
#[derive(Clone)]
pub struct Seal {
    key: [u8; KEY],
    repository: String,
}

impl std::fmt::Debug for Seal {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seal").field("repository", &self.repository).finish_non_exhaustive()
    }
}

/// The file of a repository's key, below the program's state folder.
pub fn key_file(state: &Path, repository: &str) -> PathBuf {
    state.join("keys").join(repository)
}

fn fresh() -> Result<[u8; KEY]> {
    let mut key = [0; KEY];
    let read = fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut key));
    read.map(|()| key).map_err(|e| Error::new(ErrorKind::Environment, "making a key", format!("/dev/urandom: {e}")))
}

/// Writes a key into a file of its own, unless there is one: that one holds.
fn write_key(file: &Path, key: &[u8]) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("/"));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    // Readable by its owner only.
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(key)?;
    match new.persist_noclobber(file) {
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop).map_err(|error| error.error),
    }
}

impl Seal {
    /// With the key in `file`, which is made where there is none.
    ///
    /// # Errors
    /// The file cannot be read or made, or is no key.
    pub fn kept(file: &Path, repository: &str) -> Result<Seal> {
        let failed = |e: std::io::Error| {
            let doing = format!("reading the key of this repository's evidence, `{}`", file.display());
            Error::new(ErrorKind::Environment, doing, e.to_string())
        };
        if let Some(seal) = Seal::found(file, repository).map_err(failed)? {
            return Ok(seal);
        }
        let key = fresh()?;
        write_key(file, &key).map_err(failed)?;
        Seal::found(file, repository).map_err(failed)?.ok_or_else(|| failed(std::io::Error::other("it is not a key")))
    }

    /// With the key in `file`; none where there is none.
    ///
    /// # Errors
    /// It cannot be read, or is no key.
    pub fn known(file: &Path, repository: &str) -> Result<Option<Seal>> {
        let doing = || format!("reading the key `{}`", file.display());
        Seal::found(file, repository).map_err(|e| Error::new(ErrorKind::Environment, doing(), e.to_string()))
    }

    /// With this key, where it is one.
    pub fn with_key(key: &[u8], repository: &str) -> Option<Seal> {
        Some(Seal { key: key.try_into().ok()?, repository: repository.to_owned() })
    }

    /// Keeps a key in `file`, readable by its owner only, unless there is one.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn keep(file: &Path, key: &[u8]) -> Result<()> {
        let doing = || format!("keeping a key in `{}`", file.display());
        write_key(file, key).map_err(|e| Error::new(ErrorKind::Environment, doing(), e.to_string()))
    }

    /// With the key in `file`, if there is one.
    fn found(file: &Path, repository: &str) -> std::io::Result<Option<Seal>> {
        match fs::read(file) {
            Ok(bytes) => {
                let key = bytes.try_into().map_err(|_| std::io::Error::other("it is not a key; remove it"))?;
                Ok(Some(Seal { key, repository: repository.to_owned() }))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// With a key that ends with this process.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn of_this_process(repository: &str) -> Result<Seal> {
        Ok(Seal { key: fresh()?, repository: repository.to_owned() })
    }

    fn mac(&self, about: &str, bytes: &[u8]) -> Hmac<Sha256> {
        // Keys of any length are taken.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).unwrap_or_else(|_| unreachable!("any length is taken"));
        for part in [self.repository.as_bytes(), about.as_bytes(), bytes] {
            // Lengths between, so that nothing can move from one part to the next.
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        mac
    }

    /// The seal on `bytes`, which are about `about`: hexadecimal.
    pub fn seal(&self, about: &str, bytes: &[u8]) -> String {
        self.mac(about, bytes).finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether `seal` is ours, on these very bytes.
    pub fn is_intact(&self, about: &str, bytes: &[u8], seal: &str) -> bool {
        let pairs = seal.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
        let raw: Option<Vec<u8>> = pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect();
        raw.is_some_and(|raw| self.mac(about, bytes).verify_slice(&raw).is_ok())
    }
}

/// Forgets the key in `file`: whoever could read it can seal nothing that is believed later.
///
/// # Errors
/// It is there and cannot be removed.
pub fn forget_key(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::new(ErrorKind::Environment, format!("removing the key `{}`", file.display()), e.to_string()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn only_the_same_key_repository_subject_and_bytes_fit() {
        let folder = tempfile::tempdir().unwrap();
        let file = key_file(folder.path(), "r");
        let seal = Seal::kept(&file, "r").unwrap();
        let made = seal.seal("a", b"verdict");
        assert!(Seal::kept(&file, "r").unwrap().is_intact("a", b"verdict", &made));
        assert!(!seal.is_intact("b", b"verdict", &made) && !seal.is_intact("a", b"verdicT", &made));
        assert!(!Seal::kept(&file, "other").unwrap().is_intact("a", b"verdict", &made));
        for wrong in ["", "zz", "é", &made[2..], &made.replace(&made[..2], "00")] {
            assert!(!seal.is_intact("a", b"verdict", wrong) || wrong == made, "{wrong}");
        }
        assert!(!Seal::of_this_process("r").unwrap().is_intact("a", b"verdict", &made));
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        forget_key(&file).unwrap();
        forget_key(&file).unwrap();
        assert!(!Seal::kept(&file, "r").unwrap().is_intact("a", b"verdict", &made), "a new key");
    }

    #[test]
    fn what_is_no_key_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        fs::write(&file, "short").unwrap();
        assert!(Seal::kept(&file, "r").unwrap_err().cause.contains("not a key"));
    }
}
