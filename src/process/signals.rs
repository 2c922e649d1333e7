//! What the user asks for with Ctrl-C.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{Signal, SignalKind, signal};

static TERMINATED: AtomicBool = AtomicBool::new(false);

/// Whether SIGTERM was among what [`Interrupts::next`] gave: the exit code then is 143, not 130.
pub fn was_terminated() -> bool {
    TERMINATED.load(Ordering::Relaxed)
}

/// How urgently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interrupt {
    /// First time: what runs may finish (DESIGN 5, End).
    Once,
    /// Second time and later: stop now.
    Twice,
}

/// The stream of Ctrl-C (SIGINT) and SIGTERM. While it lives neither ends the program, nor does SIGHUP: a closed
/// terminal never ends a run.
#[derive(Debug)]
pub struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
    _hangup: Signal,
    any: bool,
}

impl Interrupts {
    /// Listens from now on. Must be called within a tokio runtime. For the rest of the program's life the three
    /// signals have lost their own effect, also after this value is gone (tokio keeps its handlers).
    pub fn listen() -> std::io::Result<Interrupts> {
        Ok(Interrupts {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            _hangup: signal(SignalKind::hangup())?,
            any: false,
        })
    }

    /// The next one.
    pub async fn next(&mut self) -> Interrupt {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => TERMINATED.store(true, Ordering::Relaxed),
        }
        if std::mem::replace(&mut self.any, true) { Interrupt::Twice } else { Interrupt::Once }
    }
}

#[cfg(test)]
mod tests {
    use nix::sys::signal::{Signal, raise};

    use super::*;

    #[tokio::test]
    async fn once_then_twice_and_no_hangup() {
        let mut interrupts = Interrupts::listen().unwrap();
        raise(Signal::SIGHUP).unwrap();
        raise(Signal::SIGINT).unwrap();
        assert_eq!(interrupts.next().await, Interrupt::Once);
        raise(Signal::SIGTERM).unwrap();
        assert_eq!(interrupts.next().await, Interrupt::Twice);
        raise(Signal::SIGINT).unwrap();
        assert_eq!(interrupts.next().await, Interrupt::Twice);
    }
}
