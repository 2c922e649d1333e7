//! What a person has agreed to in a repository: the records, and where they are kept.

use std::path::PathBuf;

use super::here::Here;
use crate::model::Result;
use crate::settings::trust::{self, Records, Repository};

/// The repository as trust records know it.
///
/// # Errors
/// Git cannot tell where its history begins.
pub fn repository(here: &Here) -> Result<Repository> {
    Ok(Repository { common_dir: here.repo.common_dir().to_owned(), root: here.repo.first_commit()? })
}

/// The records of a repository and the file they are kept in.
///
/// # Errors
/// They cannot be read.
pub fn records(here: &Here) -> Result<(PathBuf, Records)> {
    let repository = repository(here)?;
    let folder = |name: &str| here.env.get(name).map(PathBuf::from);
    let file = trust::store::path(folder("XDG_STATE_HOME").as_deref(), folder("HOME").as_deref(), &repository)?;
    let records = trust::store::load(&file, &repository)?;
    Ok((file, records))
}
