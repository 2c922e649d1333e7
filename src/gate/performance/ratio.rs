//! Pairs of measurements, and on which side of a limit their ratio lies.

/// Measurements of base and head, taken in turn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pairs {
    base: Vec<f64>,
    head: Vec<f64>,
}

/// On which side of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// Within it.
    Under,
    /// Beyond it.
    Over,
    /// Cannot be told.
    Open,
}

impl Pairs {
    /// The first of one belongs to the first of the other; what has no partner is left out.
    pub(super) fn new(base: Vec<f64>, head: Vec<f64>) -> Pairs {
        let n = base.len().min(head.len());
        let cut = |mut side: Vec<f64>| {
            side.truncate(n);
            side
        };
        Pairs { base: cut(base), head: cut(head) }
    }

    pub(super) fn len(&self) -> usize {
        self.base.len()
    }

    /// Median of the base.
    pub(super) fn base(&self) -> f64 {
        median(&self.base)
    }

    /// Median of the head.
    pub(super) fn head(&self) -> f64 {
        median(&self.head)
    }

    /// Median of the ratios within the pairs.
    pub(super) fn ratio(&self) -> f64 {
        median(&self.ratios())
    }

    fn ratios(&self) -> Vec<f64> {
        let ratio = |(base, head): (&f64, &f64)| head / base.max(1e-9);
        let mut ratios: Vec<f64> = self.base.iter().zip(&self.head).map(ratio).collect();
        ratios.sort_by(f64::total_cmp);
        ratios
    }

    /// Between which ratios the true one lies, by order statistics: the whole range of few pairs (with 3 the median is in
    /// it with 75 %, with 5 with 94 %), without one at each end from 7 on (87 %), without two from 10 on (89 %).
    pub(super) fn range(&self) -> (f64, f64) {
        let ratios = self.ratios();
        let cut = match ratios.len() {
            0..7 => 0,
            7..10 => 1,
            _ => 2,
        };
        let kept = &ratios[cut..ratios.len() - cut];
        (kept.first().copied().unwrap_or(f64::NAN), kept.last().copied().unwrap_or(f64::NAN))
    }

    /// Whether the head is within `limit` times the base. A difference below `floor` is within any limit.
    pub(super) fn judge(&self, limit: f64, floor: f64) -> Answer {
        if self.base.is_empty() {
            return Answer::Open;
        }
        let (low, high) = self.range();
        if high <= limit || self.head() - self.base() < floor {
            Answer::Under
        } else if low > limit {
            Answer::Over
        } else {
            Answer::Open
        }
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_of_a_limit() {
        let judge = |base: &[f64], head: &[f64]| Pairs::new(base.to_vec(), head.to_vec()).judge(1.5, 0.0);
        assert_eq!(judge(&[1.0, 1.0, 1.0], &[1.1, 1.0, 1.4]), Answer::Under);
        assert_eq!(judge(&[1.0, 1.0, 1.0], &[3.1, 3.0, 2.9]), Answer::Over);
        assert_eq!(judge(&[1.0, 1.0, 1.0], &[3.1, 1.0, 2.9]), Answer::Open);
        assert_eq!(judge(&[1.0, 2.0, 4.0], &[1.2, 2.4, 4.8]), Answer::Under, "the machine slows down for both");
        assert_eq!(judge(&[1.0; 7], &[9.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]), Answer::Under, "one outlier of seven");
        assert_eq!(judge(&[], &[]), Answer::Open);
        assert_eq!(judge(&[1.0], &[1.0, 9.0]), Answer::Under, "without a partner");
        assert_eq!(Pairs::new(vec![0.01], vec![0.05]).judge(1.5, 0.2), Answer::Under, "below the floor");
    }

    #[test]
    fn medians() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&[]).is_nan());
    }
}
