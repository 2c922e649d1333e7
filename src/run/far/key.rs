//! Who may hand work over: whoever holds the user's key, which lies in the state folder here. A host learns it over ssh, once,
//! and keeps it in the state folder there, where no fence lets an agent look.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::far_job::{from_hex, to_hex};
use crate::gate::{Seal, key_file};
use crate::model::{Error, ErrorKind, Result};
use crate::run::sealing::state_of;

/// What the key seals.
const WHOSE: &str = "far";

/// The user's key for work elsewhere.
#[derive(Debug, Clone)]
pub struct FarKey {
    seal: Seal,
    file: PathBuf,
    /// Names it without telling it.
    pub id: String,
}

fn named(seal: Seal, file: PathBuf) -> FarKey {
    let mut id = seal.seal("id", b"");
    id.truncate(16);
    FarKey { seal, file, id }
}

fn taught_file(env: &BTreeMap<String, String>, id: &str) -> Result<PathBuf> {
    if id.len() != 16 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Error::new(
            ErrorKind::Usage,
            "looking for the key of a job",
            format!("`{id}` is no name of a key"),
        ));
    }
    Ok(key_file(&state_of(env)?, &format!("{WHOSE}-{id}")))
}

impl FarKey {
    /// The user's own key, made where there is none.
    ///
    /// # Errors
    /// The state folder cannot be used.
    pub fn own(env: &BTreeMap<String, String>) -> Result<FarKey> {
        let file = key_file(&state_of(env)?, WHOSE);
        Ok(named(Seal::kept(&file, WHOSE)?, file))
    }

    /// The key as text: for a host's standard input alone.
    ///
    /// # Errors
    /// Its file cannot be read.
    pub fn told(&self) -> Result<String> {
        let failed = |e: std::io::Error| Error::failed(format!("reading `{}`", self.file.display()), e);
        std::fs::read(&self.file).map(|bytes| to_hex(&bytes)).map_err(failed)
    }

    /// The key that a text is, kept nowhere.
    ///
    /// # Errors
    /// It is none.
    pub fn from_text(text: &str) -> Result<FarKey> {
        let none = || Error::new(ErrorKind::Usage, "reading a key", "it is not a key");
        let seal = from_hex(text.trim()).and_then(|bytes| Seal::with_key(&bytes, WHOSE)).ok_or_else(none)?;
        Ok(named(seal, PathBuf::new()))
    }

    /// Keeps a key that a user of ours told.
    ///
    /// # Errors
    /// It is no key, or cannot be kept.
    pub fn learn(env: &BTreeMap<String, String>, text: &str) -> Result<FarKey> {
        let key = FarKey::from_text(text)?;
        let file = taught_file(env, &key.id)?;
        Seal::keep(&file, &from_hex(text.trim()).unwrap_or_default())?;
        Ok(FarKey { file, ..key })
    }

    /// The key of this name that was learned here.
    ///
    /// # Errors
    /// There is none: the job is nobody's whom we know.
    pub fn learned(env: &BTreeMap<String, String>, id: &str) -> Result<FarKey> {
        let file = taught_file(env, id)?;
        let unknown = || {
            Error::new(
                ErrorKind::Declined,
                "looking for the key of a job",
                "no user of this account handed out that key",
            )
            .hint("git orca doctor --executor ssh   introduces this machine to its hosts")
        };
        Seal::known(&file, WHOSE)?.map(|seal| named(seal, file)).ok_or_else(unknown)
    }

    /// The signature under `bytes`, which are the job `about`.
    pub fn sign(&self, about: &str, bytes: &[u8]) -> String {
        self.seal.seal(about, bytes)
    }

    /// Whether that is our signature.
    pub fn is_signed(&self, about: &str, bytes: &[u8], signature: &str) -> bool {
        self.seal.is_intact(about, bytes, signature.trim())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_believes_those_that_it_was_introduced_to() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let env =
            |folder: &tempfile::TempDir| BTreeMap::from([("HOME".to_owned(), folder.path().display().to_string())]);
        let own = FarKey::own(&env(&here)).unwrap();
        let signed = own.sign("job", b"text");
        assert_eq!(FarKey::learned(&env(&there), &own.id).unwrap_err().kind, ErrorKind::Declined);
        let learned = FarKey::learn(&env(&there), &own.told().unwrap()).unwrap();
        assert_eq!(learned.id, own.id);
        assert!(FarKey::learned(&env(&there), &own.id).unwrap().is_signed("job", b"text", &signed));
        assert!(!learned.is_signed("job", b"another", &signed) && !learned.is_signed("other", b"text", &signed));
        assert!(FarKey::learn(&env(&there), "abc").is_err());
        assert!(FarKey::learned(&env(&there), "../../../../x").is_err());
    }
}
