//! The layers as patches, for mail and for servers that nobody here speaks with: a folder a layer, with a cover letter.

use std::fs;
use std::path::{Path, PathBuf};

use super::body;
use super::layer_page::LayerPage;
use crate::git::Repo;
use crate::journal::RunState;
use crate::model::{Error, Oid, Result};

/// The patches of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenSeries {
    /// The layer.
    pub layer: u32,
    /// Its folder.
    pub folder: PathBuf,
    /// Files in it, in the order in which they apply.
    pub files: Vec<PathBuf>,
}

/// Writes a patch for each landed task of each layer, and a cover letter, below `folder`, which is made.
///
/// # Errors
/// `folder` holds such a series already or cannot be written; git failed.
pub fn write_series(repo: &Repo, state: &RunState, pages: &[LayerPage], folder: &Path) -> Result<Vec<WrittenSeries>> {
    let mut below = state.info.base.clone();
    let mut written = Vec::new();
    for page in pages {
        let place = folder.join(format!("layer-{}", page.layer));
        if place.exists() {
            let cause = format!("`{}` is there already", place.display());
            return Err(Error::failed("writing patches", cause).hint("name an empty folder"));
        }
        fs::create_dir_all(&place).map_err(|e| Error::failed(format!("making `{}`", place.display()), e))?;
        let files = of_layer(repo, page, &below, pages.len(), &place)?;
        written.push(WrittenSeries { layer: page.layer, folder: place, files });
        below = page.head.commit.clone();
    }
    Ok(written)
}

/// One patch a first-parent commit above the layer below: a task each, as it landed.
fn of_layer(repo: &Repo, page: &LayerPage, below: &Oid, layers: usize, place: &Path) -> Result<Vec<PathBuf>> {
    let commits = repo.first_parents(below, &page.head.commit)?;
    let write = |name: String, text: &[u8]| {
        let path = place.join(name);
        fs::write(&path, text).map_err(|e| Error::failed(format!("writing `{}`", path.display()), e))?;
        Ok::<PathBuf, Error>(path)
    };
    let mut files = Vec::new();
    let mut tree = below.clone();
    for commit in commits {
        let patch = repo.mail_patch(&tree, &commit)?;
        // A merge that brings nothing is no mail.
        if let Some(patch) = patch {
            files.push(write(format!("{:04}-{}.patch", files.len() + 1, commit.short()), &patch)?);
        }
        tree = commit;
    }
    let subject = body::title(page, layers);
    let tasks: String = page.tasks.iter().map(|task| format!("  {}  {}\n", task.task, task.title)).collect();
    let cover = format!(
        "Subject: [PATCH 0/{}] {subject}\n\nLayer {} of run {} ({}):\n\n{tasks}\nApply with: git am *.patch\n",
        files.len(),
        page.layer,
        page.run,
        page.plan
    );
    files.insert(0, write("0000-cover-letter.txt".to_owned(), cover.as_bytes())?);
    Ok(files)
}
