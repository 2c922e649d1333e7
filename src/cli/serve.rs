//! `git orca serve`: a page in the browser.

use super::args::ServeArgs;
use crate::model::{Error, Result};
use crate::page::{PageWish, serve_page};

/// Serves the page until Ctrl-C.
///
/// # Errors
/// There is no such run, or the port is taken.
pub fn main(args: &ServeArgs) -> Result<u8> {
    let cwd = std::env::current_dir().map_err(|e| Error::failed("looking at the current folder", e))?;
    serve_page(&cwd, &PageWish { run: args.run.clone(), port: args.port })?;
    Ok(0)
}
