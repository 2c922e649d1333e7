//! Writing files of the repository, and a line about each.

use std::io::Write;
use std::path::Path;

use crate::model::{Error, Result};

/// A line about a file: `written      orca.toml`.
pub fn said(what: &str, path: &str, why: Option<&str>) -> String {
    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
    format!("{what:<12} {path}{why}")
}

/// Replaces a file whole, with the permissions that it had.
pub fn replace(file: &Path, text: &str) -> Result<()> {
    let failed = |e: std::io::Error| Error::failed(format!("writing `{}`", file.display()), e);
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut new = tempfile::Builder::new().prefix(".orca-init-").tempfile_in(folder).map_err(failed)?;
    new.write_all(text.as_bytes()).map_err(failed)?;
    match file.metadata() {
        Ok(old) => new.as_file().set_permissions(old.permissions()).map_err(failed)?,
        Err(_) => readable(new.as_file()).map_err(failed)?,
    }
    new.persist(file).map(drop).map_err(|e| failed(e.error))
}

/// Writes the file whole, or not at all if there is one.
pub fn write_new(file: &Path, text: &str) -> Result<()> {
    let doing = || format!("writing `{}`", file.display());
    let failed = |e: std::io::Error| Error::failed(doing(), e);
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut new = tempfile::Builder::new().prefix(".orca-toml-").tempfile_in(folder).map_err(failed)?;
    new.write_all(text.as_bytes()).map_err(failed)?;
    readable(new.as_file()).map_err(failed)?;
    match new.persist_noclobber(file) {
        Ok(_) => Ok(()),
        Err(e) => Err(failed(e.error)),
    }
}

/// Temporary files are private; this one is for the repository.
fn readable(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::start::here::ORCA_TOML;

    #[test]
    fn an_existing_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(ORCA_TOML);
        write_new(&file, "orca = 1\n").unwrap();
        write_new(&file, "other").unwrap_err();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "orca = 1\n");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
    }
}
