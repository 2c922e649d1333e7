//! Arguments of `serve`.

use clap::Args;

/// `serve`.
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    /// The run; default: the active one, else the last
    pub run: Option<String>,
    /// The port on 127.0.0.1; default: a free one
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub port: u16,
}
