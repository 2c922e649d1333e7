//! `commit-msg`: an agent's commits name its task and run, so that history tells whose they are.

use crate::git;
use crate::model::{Error, ErrorKind};
use crate::start::here::Refusal;

/// Adds the trailers that are missing to the message in `file`. Outside of attempts it does nothing.
///
/// # Errors
/// No file was named, or git cannot change it.
pub fn main(file: Option<&str>) -> Result<u8, Refusal> {
    let Some(file) = file else {
        return Err(Error::new(ErrorKind::Usage, "running `commit-msg`", "no message file was named").into());
    };
    let env = crate::process::env::current();
    let trailers: Vec<(&str, &String)> = [("Orca-Task", "ORCA_TASK"), ("Orca-Run", "ORCA_RUN")]
        .into_iter()
        .filter_map(|(trailer, name)| Some((trailer, env.get(name)?)))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    git::add_trailers(std::path::Path::new(file), &trailers)?;
    Ok(0)
}
