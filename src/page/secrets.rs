//! What only the person's browser knows.

use std::fs::File;
use std::io::Read;

use crate::model::{Error, ErrorKind, Result};

/// Bytes of each secret.
const BYTES: usize = 16;

/// The secrets of one server, for as long as it lives. They are printed nowhere but in the address, and kept in no file.
pub struct PageSecrets {
    /// The first part of every path but that of the entrance.
    pub path: String,
    /// In the address that is printed.
    pub entry: String,
    /// In the cookie that the entrance gives for it.
    pub cookie: String,
    /// In the header of what acts; it stands in the page.
    pub token: String,
}

impl PageSecrets {
    /// New ones.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn fresh() -> Result<PageSecrets> {
        Ok(PageSecrets { path: random_word()?, entry: random_word()?, cookie: random_word()?, token: random_word()? })
    }
}

impl std::fmt::Debug for PageSecrets {
    /// Without them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PageSecrets").finish_non_exhaustive()
    }
}

fn random_word() -> Result<String> {
    let mut bytes = [0; BYTES];
    let read = File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes));
    read.map_err(|e| Error::new(ErrorKind::Environment, "making a token", format!("/dev/urandom: {e}")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Whether a secret was given; how long it takes to say no tells nothing.
pub fn is_same(given: &str, secret: &str) -> bool {
    let (given, secret) = (given.as_bytes(), secret.as_bytes());
    let differ = given.iter().zip(secret).fold(0, |differ, (a, b)| differ | (a ^ b));
    given.len() == secret.len() && differ == 0
}
