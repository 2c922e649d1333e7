//! What providers say of themselves.

use jiff::Timestamp;

use super::super::super::attempt::{AttemptOutcome, FailClass};
use super::super::{Pause, RunState};
use crate::model::AttemptId;

impl RunState {
    /// Several agents meet the same limit: the latest reset counts, and an earlier one changes nothing.
    pub(super) fn provider_paused(&mut self, provider: &str, until: Timestamp, why: &str) {
        let state = self.providers.entry(provider.to_owned()).or_default();
        if state.pause.as_ref().is_none_or(|pause| pause.until < until) {
            state.pause = Some(Pause { until, why: why.to_owned() });
        }
    }

    pub(super) fn provider_broken(&mut self, provider: &str, fix: &str) {
        self.providers.entry(provider.to_owned()).or_default().broken = Some(fix.to_owned());
    }

    /// An attempt that its provider refused says as much as the provider's own event.
    pub(super) fn refused_credentials(&mut self, attempt: &AttemptId, outcome: &AttemptOutcome) {
        let AttemptOutcome::Failed { class: FailClass::Authentication, reason } = outcome else { return };
        let Some(provider) = self.attempt(attempt).map(|it| it.provider.clone()) else { return };
        self.providers.entry(provider).or_default().broken.get_or_insert_with(|| reason.clone());
    }
}
