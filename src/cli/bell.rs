//! Waiting between two looks at a server: until it is time, or something happens here, or the user ends it.

use std::time::{Duration, Instant};

use crate::model::{Error, Result};
use crate::process::Interrupts;

/// Between two looks at what happens here: files, no server.
const LOOK: Duration = Duration::from_millis(100);

/// Wakes whoever waits. Ctrl-C ends the wait, also one that was typed before it began.
pub struct Bell {
    runtime: tokio::runtime::Runtime,
    interrupts: Interrupts,
}

impl Bell {
    /// Listens for Ctrl-C from now on.
    ///
    /// # Errors
    /// The system refuses.
    pub fn new() -> Result<Bell> {
        let failed = |error: std::io::Error| Error::failed("waiting for the server", error);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let interrupts = runtime.block_on(async { Interrupts::listen() }).map_err(failed)?;
        Ok(Bell { runtime, interrupts })
    }

    /// Waits at most so long, and less once `stirs` says so. Whether to look again; `false`: the user ended the wait.
    pub fn rings(&mut self, most: Duration, stirs: impl Fn() -> bool) -> bool {
        let began = Instant::now();
        let interrupts = &mut self.interrupts;
        self.runtime.block_on(async {
            loop {
                tokio::select! {
                    biased;
                    _ = interrupts.next() => return false,
                    () = tokio::time::sleep(LOOK.min(most)) => {}
                }
                if began.elapsed() >= most || stirs() {
                    return true;
                }
            }
        })
    }
}
