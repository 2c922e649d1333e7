//! `git orca mcp`: for other programs.

use super::args::McpArgs;
use crate::model::{Error, Result};
use crate::serve::scope::ServeGrants;
use crate::serve::serve;

/// Serves one client over stdin and stdout.
///
/// # Errors
/// The client does not speak the protocol.
pub fn main(args: &McpArgs) -> Result<u8> {
    let cwd = std::env::current_dir().map_err(|e| Error::failed("looking at the current folder", e))?;
    serve(&cwd, ServeGrants { write: args.allow_write, approve: args.allow_approve })?;
    Ok(0)
}
