//! Crash points: places where a kill test ends the program with SIGKILL (feature `crash`, never in a release build).
//!
//! Each kind of effect calls [`point`] before and after itself. A test runs once with `ORCA_CRASH_TRACE=FILE`, which
//! appends one line `n name` a hit, and then once more for every n with `ORCA_CRASH_AT=n`. Hits are counted over the
//! whole process; two threads can swap theirs, so the exhaustive loop runs with one agent at a time.

/// Counts a hit of the point `name`, and ends the process if its time has come.
#[cfg(not(feature = "crash"))]
#[inline(always)]
pub fn point(_name: &str) {}

/// Counts a hit of the point `name`, and ends the process if its time has come.
#[cfg(feature = "crash")]
pub fn point(name: &str) {
    use std::sync::atomic::{AtomicU64, Ordering};

    static HITS: AtomicU64 = AtomicU64::new(0);
    let hit = HITS.fetch_add(1, Ordering::SeqCst) + 1;
    let order = order();
    if let Some(file) = &order.trace {
        trace(file, hit, name);
    }
    if order.at == Some(hit) {
        // The signal is delivered before the call returns; SIGKILL to oneself cannot be refused.
        let _ = nix::sys::signal::kill(nix::unistd::Pid::this(), nix::sys::signal::Signal::SIGKILL);
    }
}

#[cfg(feature = "crash")]
struct CrashOrder {
    at: Option<u64>,
    trace: Option<std::path::PathBuf>,
}

#[cfg(feature = "crash")]
fn order() -> &'static CrashOrder {
    static ORDER: std::sync::OnceLock<CrashOrder> = std::sync::OnceLock::new();
    ORDER.get_or_init(|| CrashOrder {
        at: std::env::var("ORCA_CRASH_AT").ok().map(|n| n.parse().expect("ORCA_CRASH_AT is a number")),
        trace: std::env::var_os("ORCA_CRASH_TRACE").map(Into::into),
    })
}

/// One write a line, so that lines of several threads do not mix and the last one survives the kill.
#[cfg(feature = "crash")]
fn trace(file: &std::path::Path, hit: u64, name: &str) {
    use std::io::Write;
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .expect("the file of ORCA_CRASH_TRACE can be written");
    file.write_all(format!("{hit} {name}\n").as_bytes()).expect("the file of ORCA_CRASH_TRACE can be written");
}
