//! The first half of the demo: another git orca begins the run and is killed in the middle of it.

use std::time::Duration;

use crate::journal::{Event, JournalTail};
use crate::model::Error;
use crate::process::detach;
use crate::report::live::narration::Narration;
use crate::report::print::out;
use crate::start::here::{Here, Refusal};

/// Between two looks at its journal.
const LOOK: Duration = Duration::from_millis(10);

/// Landed tasks after which it is killed: half of the plan, so that others are under way.
const ENOUGH: usize = 4;

/// Begins the run, tells what it does, and kills it. Whether something is left to resume: on a very fast machine, or
/// where it cannot run at all, it ended before that, and a run of our own shows why.
///
/// # Errors
/// It cannot be started, or its journal cannot be read.
pub fn begin(here: &Here) -> Result<bool, Refusal> {
    let args = ["execute", "--yes", "--quiet"].map(Into::into);
    std::fs::create_dir_all(here.store.root()).map_err(|e| Error::failed("making the folder of runs", e))?;
    let log = here.store.root().join("demo.log");
    let mut first = detach::start_in(&here.cwd, &args, &log)?;
    let run = loop {
        if let Some(run) = here.store.runs().pop().filter(|run| here.store.run(run).journal().exists()) {
            break run;
        }
        if first.ended()?.is_some() {
            return Ok(false);
        }
        std::thread::sleep(LOOK);
    };
    let mut tail = JournalTail::new(here.store.run(&run).journal());
    let mut narration = Narration::new(out::width(), 0);
    let mut landed = 0;
    loop {
        let is_over = first.ended()?.is_some();
        for entry in tail.more()? {
            if let Event::Merged { landed: tasks, .. } = &entry.event {
                landed += tasks.len();
            }
            out::tell(&narration.entry(&entry));
        }
        out::tell(&narration.settle());
        if is_over {
            return Ok(true);
        }
        if landed >= ENOUGH {
            first.kill()?;
            return Ok(true);
        }
        std::thread::sleep(LOOK);
    }
}
