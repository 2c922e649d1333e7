//! Pairs of measurements, and on which side of a limit their ratio lies.

/// How sure a verdict is of the side, at each look, with respect to noise that has no favorite: five pairs that agree give
/// as much (1 - 2/2⁵).
const CONFIDENCE: f64 = 0.9375;

/// Pairs from which on the order of the ratios alone is enough.
const MANY: usize = 5;

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

    /// Median of the ratios within the pairs: what slows the machine down for both is not in it.
    pub(super) fn ratio(&self) -> f64 {
        median(&self.ratios())
    }

    /// Median of the differences within the pairs, never below 0.
    fn difference(&self) -> f64 {
        let all: Vec<f64> = self.base.iter().zip(&self.head).map(|(base, head)| (head - base).max(0.0)).collect();
        median(&all)
    }

    fn ratios(&self) -> Vec<f64> {
        let ratio = |(base, head): (&f64, &f64)| head / base.max(1e-9);
        let mut ratios: Vec<f64> = self.base.iter().zip(&self.head).map(ratio).collect();
        ratios.sort_by(f64::total_cmp);
        ratios
    }

    /// Between which ratios the true median lies.
    ///
    /// From five pairs on by order statistics: as many ratios are left out at each end as [`CONFIDENCE`] allows, none of
    /// 5, one of 9, three of 14, nine of 31. No shape of the noise is assumed, and outliers do not matter. Three or four
    /// pairs say too little that way; their range is widened as Lord's test does (Biometrika 34, 1947), which takes the
    /// range itself as the measure of noise. Fewer are taken as they are.
    pub(super) fn range(&self) -> (f64, f64) {
        let ratios = self.ratios();
        let n = ratios.len();
        let cut = left_out(n);
        let kept = &ratios[cut..n - cut];
        let (Some(&low), Some(&high)) = (kept.first(), kept.last()) else { return (f64::NAN, f64::NAN) };
        let wider = match n {
            3 => high / low,
            4 => (high / low).powf(0.25),
            _ => 1.0,
        };
        (low / wider, high * wider)
    }

    /// Whether the head is within `limit` times the base. A difference below `floor` is within any limit.
    pub(super) fn judge(&self, limit: f64, floor: f64) -> Answer {
        if self.base.is_empty() {
            return Answer::Open;
        }
        let (low, high) = self.range();
        if high <= limit || self.difference() < floor {
            Answer::Under
        } else if low > limit {
            Answer::Over
        } else {
            Answer::Open
        }
    }
}

/// How many of `n` ratios at each end say nothing about the median: it lies between the others with [`CONFIDENCE`].
fn left_out(n: usize) -> usize {
    if n < MANY {
        return 0;
    }
    // How probable it is that as few as `k` of `n` lie on one side of the median.
    let (mut term, mut sum) = (0.5f64.powi(i32::try_from(n).unwrap_or(i32::MAX)), 0.0);
    for k in 0..n / 2 {
        sum += term;
        if 1.0 - 2.0 * sum < CONFIDENCE {
            return k.saturating_sub(1);
        }
        term *= (n - k) as f64 / (k + 1) as f64;
    }
    n / 2
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
        assert_eq!(judge(&[1.0, 1.0, 1.0], &[1.1, 1.0, 1.2]), Answer::Under);
        assert_eq!(judge(&[1.0, 1.0, 1.0], &[3.1, 3.0, 2.9]), Answer::Over);
        assert_eq!(judge(&[1.0, 1.0, 1.0], &[3.1, 1.0, 2.9]), Answer::Open);
        assert_eq!(judge(&[1.0, 1.0, 1.0], &[1.1, 0.8, 1.4]), Answer::Open, "three that agree, and so little");
        assert_eq!(judge(&[1.0; 5], &[1.1, 0.8, 1.4, 1.0, 1.0]), Answer::Under, "five that agree");
        assert_eq!(judge(&[1.0, 2.0, 4.0], &[1.2, 2.4, 4.8]), Answer::Under, "the machine slows down for both");
        assert_eq!(judge(&[1.0; 7], &[9.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]), Answer::Open, "one outlier of seven");
        assert_eq!(judge(&[1.0; 9], &[9.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]), Answer::Under, "one of nine");
        assert_eq!(judge(&[], &[]), Answer::Open);
        assert_eq!(judge(&[1.0], &[1.0, 9.0]), Answer::Under, "without a partner");
        assert_eq!(Pairs::new(vec![0.01], vec![0.05]).judge(1.5, 0.2), Answer::Under, "below the floor");
    }

    #[test]
    fn outliers_that_do_not_count() {
        let all: Vec<usize> = [1, 4, 5, 8, 9, 11, 12, 14, 15, 17, 31, 50].map(left_out).to_vec();
        // From tables of the sign test at 6.25 %, both sides.
        assert_eq!(all, [0, 0, 0, 0, 1, 1, 2, 3, 3, 4, 9, 17]);
    }

    #[test]
    fn medians() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&[]).is_nan());
    }

    /// A machine on which others work: measurements are off by so much one way or the other, and some take up to four times
    /// as long.
    struct Busy {
        seed: u64,
        /// Standard deviation, as a share of the time; how many of all are disturbed.
        spread: f64,
        disturbed: f64,
    }

    impl Busy {
        fn uniform(&mut self) -> f64 {
            // SplitMix64.
            self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.seed;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^= z >> 31;
            (z >> 11) as f64 / (1u64 << 53) as f64
        }

        fn measures(&mut self, seconds: f64) -> f64 {
            let off = (0..4).map(|_| self.uniform() - 0.5).sum::<f64>() * self.spread * 3f64.sqrt();
            let held_up = if self.uniform() < self.disturbed { 1.0 + 3.0 * self.uniform() } else { 1.0 };
            seconds * off.exp() * held_up
        }

        /// What comes of a change after at most 15 pairs, as the gate asks for them.
        fn judges(&mut self, ratio: f64) -> Answer {
            let (mut base, mut head) = (Vec::new(), Vec::new());
            while base.len() < 15 {
                base.push(self.measures(1.0));
                head.push(self.measures(ratio));
                let answer = Pairs::new(base.clone(), head.clone()).judge(1.5, 0.0);
                if base.len() >= 3 && answer != Answer::Open {
                    return answer;
                }
            }
            Answer::Open
        }
    }

    #[test]
    fn noise_leaves_it_open_rather_than_wrong() {
        // Spread, share of the disturbed, true ratio, the right side, and how many of a thousand may be wrong and open.
        let cases = [
            (0.1, 0.1, 1.0, Answer::Under, 1, 25),
            (0.1, 0.1, 1.2, Answer::Under, 2, 110),
            (0.1, 0.1, 3.0, Answer::Over, 1, 12),
            (0.2, 0.2, 1.0, Answer::Under, 6, 300),
            (0.2, 0.2, 3.0, Answer::Over, 2, 80),
        ];
        for (spread, disturbed, ratio, right, wrong, open) in cases {
            let mut machine = Busy { seed: 7, spread, disturbed };
            let answers: Vec<Answer> = (0..2000).map(|_| machine.judges(ratio)).collect();
            let share = |is: &dyn Fn(Answer) -> bool| answers.iter().filter(|it| is(**it)).count() / 2;
            let (failed, left) = (share(&|it| it != right && it != Answer::Open), share(&|it| it == Answer::Open));
            assert!(failed <= wrong && left <= open, "{spread} {ratio}: {failed} ‰ wrong, {left} ‰ open");
        }
    }
}
