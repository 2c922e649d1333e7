//! What every worker needs: blocking work off the async threads, errors in a line, how commands ended.

use std::path::Path;
use std::sync::Arc;

use super::run_env::RunEnv;
use crate::model::{Error, ErrorKind, Result, secrets};
use crate::process::End;
use crate::settings::units::show_size;

/// What fails on a full disk says nothing about the work: its intent stays open, and `resume` tries again.
pub fn disk_full(doing: String) -> Error {
    Error::new(ErrorKind::Environment, doing, "the disk is full").hint("free some disk space, then: git orca resume")
}

/// An error in one line, with its first hint.
pub fn one_line(error: &Error) -> String {
    let hint = error.hints.first().map(|hint| format!(" ({hint})")).unwrap_or_default();
    format!("{}{hint}", error.sentence())
}

/// Runs blocking work off the async threads.
pub async fn blocking<T: Send + 'static>(
    site: &Arc<RunEnv>,
    work: impl FnOnce(&RunEnv) -> T + Send + 'static,
) -> Result<T> {
    let site = Arc::clone(site);
    tokio::task::spawn_blocking(move || work(&site)).await.map_err(|e| Error::failed("running a worker", e))
}

/// The last `limit` bytes of a file as text, from the start of a line.
pub fn end_of_file(path: &Path, limit: u64) -> String {
    use std::io::{Read, Seek, SeekFrom};
    use std::os::unix::fs::OpenOptionsExt;
    let read = || -> std::io::Result<Vec<u8>> {
        // A pipe that an agent left in the file's place would keep an ordinary open waiting for ever.
        let flags = nix::fcntl::OFlag::O_NONBLOCK.bits();
        let mut file = std::fs::File::options().read(true).custom_flags(flags).open(path)?;
        if !file.metadata()?.is_file() {
            return Err(std::io::ErrorKind::InvalidData.into());
        }
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(limit)))?;
        let mut bytes = Vec::new();
        file.take(limit).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    match text.split_once('\n') {
        Some((_, rest)) if bytes.len() as u64 == limit => rest.to_owned(),
        _ => text,
    }
}

/// How a command ended, in words that follow "ended with".
pub fn end_words(end: &End) -> String {
    match end {
        End::Exited(code) => format!("exit {code}"),
        End::Signaled(signal) => format!("signal {signal}"),
        End::WallLimit => "its time over".to_owned(),
        End::MemoryLimit(bytes) => format!("more than {} of memory, the most that it may use", show_size(*bytes)),
        End::IdleLimit => "silence for too long".to_owned(),
        End::Stopped => "a request to stop".to_owned(),
        End::NotStarted { why, .. } => why.clone(),
    }
}

/// Replaces a file: readers see the old text or the new, never half of it, and no secret.
pub fn write(path: &Path, text: &str) -> Result<()> {
    let doing = |e: std::io::Error| Error::failed(format!("writing `{}`", path.display()), e);
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(doing)?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(doing)?;
    std::io::Write::write_all(&mut file, secrets::current().redact(text).as_bytes()).map_err(doing)?;
    crate::model::crash::point("file.replace.before");
    file.persist(path).map_err(|e| doing(e.error))?;
    crate::model::crash::point("file.replace.after");
    Ok(())
}
