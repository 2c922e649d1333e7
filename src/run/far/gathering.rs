//! Work that is ready for a queue at about the same time is handed over in one call. Whoever is alone waits for nobody.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, oneshot};

use crate::executor::{self, Executor, JobHandle, WorkOrder};
use crate::process::Marker;

/// How long work that is ready waits for other work that is on its way: its claim is being laid down.
const PATIENCE: Duration = Duration::from_secs(1);

/// Pieces of work in one call at most. Clusters have a limit of their own, seldom below a thousand.
const MOST: usize = 100;

/// Where work for a queue meets.
#[derive(Debug, Default, Clone)]
pub struct Gathering(Arc<GatheringPoint>);

#[derive(Debug, Default)]
struct GatheringPoint {
    state: Mutex<Gathered>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Gathered {
    /// Pieces of work whose claims are being laid down.
    on_the_way: usize,
    /// Those that are ready, by what has to be the same for all of a call. The first of each hands them over.
    ready: BTreeMap<String, Vec<ReadyWork>>,
}

#[derive(Debug)]
struct ReadyWork {
    order: WorkOrder,
    answer: oneshot::Sender<JobHandle>,
}

/// A piece of work that will be ready soon. Dropping it means that it will not.
#[derive(Debug)]
pub struct OnTheWay(Gathering);

impl Drop for OnTheWay {
    fn drop(&mut self) {
        self.0.state().on_the_way -= 1;
        self.0.0.changed.notify_waiters();
    }
}

/// What has to be the same for all that is handed over in one call; none for what goes by itself.
fn kind_of(order: &WorkOrder) -> Option<String> {
    let node = order.node.as_ref()?;
    let array = node.array.as_ref()?;
    Some(format!("{array} {:?} {:?} {:?} {}", node.args, node.variables, node.longest, order.spec.program))
}

impl Gathering {
    fn state(&self) -> MutexGuard<'_, Gathered> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that a piece of work will be ready soon.
    pub fn set_out(&self) -> OnTheWay {
        self.state().on_the_way += 1;
        OnTheWay(self.clone())
    }

    /// Hands `order` over together with whatever is ready at the same time. It knows what it is called there then; one that
    /// does not is to be handed over by itself.
    pub async fn handed_over(
        &self,
        order: WorkOrder,
        on_the_way: OnTheWay,
        executor: &'static dyn Executor,
        marker: &Marker,
    ) -> WorkOrder {
        let Some(kind) = kind_of(&order) else { return order };
        let (answer, told) = oneshot::channel();
        let is_first = {
            let mut state = self.state();
            let ready = state.ready.entry(kind.clone()).or_default();
            ready.push(ReadyWork { order: order.clone(), answer });
            ready.len() == 1
        };
        drop(on_the_way);
        if is_first {
            self.wait_for_others(&kind).await;
            let ready = self.state().ready.remove(&kind).unwrap_or_default();
            hand_over(ready, executor, marker).await;
        }
        // Whoever was to hand it over may have ended, or was refused.
        WorkOrder { handed: told.await.ok(), ..order }
    }

    async fn wait_for_others(&self, kind: &str) {
        let begun = Instant::now();
        loop {
            let changed = self.0.changed.notified();
            tokio::pin!(changed);
            // Before looking: what changes after the look is not missed.
            changed.as_mut().enable();
            let left = PATIENCE.saturating_sub(begun.elapsed());
            let is_enough = {
                let state = self.state();
                state.on_the_way == 0 || state.ready.get(kind).is_some_and(|ready| ready.len() >= MOST)
            };
            if is_enough || left.is_zero() {
                return;
            }
            tokio::select! {
                () = changed => {}
                () = tokio::time::sleep(left) => {}
            }
        }
    }
}

/// Hands over what is ready. Where that fails nobody is told a handle: each asks for itself then.
async fn hand_over(mut ready: Vec<ReadyWork>, executor: &dyn Executor, marker: &Marker) {
    while !ready.is_empty() {
        let rest = ready.split_off(ready.len().min(MOST));
        let (orders, answers): (Vec<_>, Vec<_>) =
            std::mem::replace(&mut ready, rest).into_iter().map(|it| (it.order, it.answer)).unzip();
        if orders.len() < 2 {
            continue;
        }
        match executor::hand_over_together(executor, &orders, marker).await {
            Ok(handles) => {
                // Whoever has gone meanwhile needs no answer: its claim is taken away.
                handles.into_iter().flatten().zip(answers).for_each(|(handle, answer)| drop(answer.send(handle)));
            }
            Err(error) => tracing::warn!(%error, count = orders.len(), "each is handed over by itself"),
        }
    }
}
