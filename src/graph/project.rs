//! A schedule that is shorter than the run's own order, where one is found: what the literature does for projects with
//! scarce resources (Kolisch and Hartmann's comparisons), on plain arrays.
//!
//! The run itself goes on by longest tails: with durations that are only estimates the better order is no better
//! (measured). This one says how much a plan gives away.

/// Work to be scheduled: what takes how long, needs what, and comes after what.
pub(super) struct Project {
    /// How long each takes.
    pub(super) durations: Vec<f64>,
    /// What each takes of every resource, one after another.
    pub(super) needs: Vec<u32>,
    /// How much there is of every resource.
    pub(super) capacities: Vec<u32>,
    /// What comes before each.
    pub(super) before: Vec<Vec<u32>>,
    /// What comes after each.
    pub(super) after: Vec<Vec<u32>>,
    /// All, in an order in which nothing comes before what it waits for.
    pub(super) order: Vec<u32>,
}

/// When each starts, and when all are through.
#[derive(Debug, Clone)]
pub(super) struct Starts {
    pub(super) at: Vec<f64>,
    pub(super) makespan: f64,
}

/// Samples for a project of up to [`SAMPLED`] nodes. A sample costs about the square of the size, so larger ones get fewer.
const SAMPLES: usize = 100;
/// 100 samples of that many take about 30 ms.
const SAMPLED: usize = 122;
/// Rounds of improvement of one sample: the later ones gain little.
const ROUNDS: usize = 4;
/// How strongly long tails are preferred: found by trial on PSPLIB, flat between 3 and 8.
const BIAS: f64 = 5.0;

/// Looks for a schedule that is shorter than `first`: samples of biased priorities, scheduled serially and in parallel in
/// turn, each improved by shifting it to the right and back to the left. The same answer each time.
pub(super) fn search(project: &Project, first: Starts, bound: f64) -> Starts {
    let nodes = project.durations.len();
    let share = (SAMPLED as f64 / nodes.max(1) as f64).powi(2).min(1.0);
    let samples = (SAMPLES as f64 * share) as usize;
    let mut best = first;
    if samples == 0 || best.makespan <= bound {
        return best;
    }
    let tails = project.tails();
    let mirrored = project.mirrored();
    let mut dice = Dice(0x5eed);
    let mut line = Line::default();
    let mut sample = best.clone();
    for n in 0..=samples {
        if n > 0 {
            let keys: Vec<f64> = tails.iter().map(|tail| BIAS * (1.0 + tail).ln() + dice.gumbel()).collect();
            sample = if n % 2 == 1 { project.serial_by_keys(&keys, &mut line) } else { project.parallel(&keys) };
        }
        sample = improve(project, &mirrored, sample, &mut line);
        if sample.makespan < best.makespan {
            best = sample.clone();
        }
        if best.makespan <= bound {
            break;
        }
    }
    best
}

/// Forward–backward improvement: everything as late as it can, then as early as it can, while that makes it shorter.
fn improve(project: &Project, mirrored: &Project, mut sample: Starts, line: &mut Line) -> Starts {
    for _ in 0..ROUNDS {
        let late = mirrored.serial(&mirrored.by_end_of(&sample, project), line);
        let early = project.serial(&project.by_end_of(&late, mirrored), line);
        let better = early.makespan < sample.makespan;
        if early.makespan <= sample.makespan {
            sample = early;
        }
        if !better {
            break;
        }
    }
    sample
}

impl Project {
    /// The longest path from each to the end.
    fn tails(&self) -> Vec<f64> {
        let mut tails = vec![0.0f64; self.durations.len()];
        for &node in self.order.iter().rev() {
            let rest = self.after[node as usize].iter().map(|&next| tails[next as usize]).fold(0.0, f64::max);
            tails[node as usize] = rest + self.durations[node as usize];
        }
        tails
    }

    /// The same with time running backwards.
    fn mirrored(&self) -> Project {
        Project {
            durations: self.durations.clone(),
            needs: self.needs.clone(),
            capacities: self.capacities.clone(),
            before: self.after.clone(),
            after: self.before.clone(),
            order: self.order.iter().rev().copied().collect(),
        }
    }

    fn needs(&self, node: u32) -> &[u32] {
        let width = self.capacities.len();
        &self.needs[node as usize * width..][..width]
    }

    /// The nodes as the mirrored project takes them: what ended last there comes first here.
    fn by_end_of(&self, schedule: &Starts, other: &Project) -> Vec<u32> {
        let end = |node: u32| schedule.at[node as usize] + other.durations[node as usize];
        let mut nodes = self.order.clone();
        // Stable: what takes no time keeps its place behind what it waits for.
        nodes.sort_by(|a, b| end(*b).total_cmp(&end(*a)));
        nodes
    }

    /// Each in this order, as early as it fits.
    fn serial(&self, nodes: &[u32], line: &mut Line) -> Starts {
        let mut starts = Starts { at: vec![0.0; nodes.len()], makespan: 0.0 };
        line.clear(&self.capacities);
        for &node in nodes {
            self.place(node, &mut starts, line);
        }
        starts
    }

    fn place(&self, node: u32, starts: &mut Starts, line: &mut Line) {
        let end = |node: u32| starts.at[node as usize] + self.durations[node as usize];
        let earliest = self.before[node as usize].iter().map(|&node| end(node)).fold(0.0, f64::max);
        let duration = self.durations[node as usize];
        let at = line.take(earliest, duration, self.needs(node));
        starts.at[node as usize] = at;
        starts.makespan = starts.makespan.max(at + duration);
    }

    /// Of all whose turn it can be, always the one with the greatest key, as early as it fits.
    fn serial_by_keys(&self, keys: &[f64], line: &mut Line) -> Starts {
        let mut waits: Vec<usize> = self.before.iter().map(Vec::len).collect();
        let mut ready: Vec<u32> = (0..keys.len() as u32).filter(|&node| waits[node as usize] == 0).collect();
        let mut starts = Starts { at: vec![0.0; keys.len()], makespan: 0.0 };
        line.clear(&self.capacities);
        while let Some(best) =
            (0..ready.len()).max_by(|a, b| keys[ready[*a] as usize].total_cmp(&keys[ready[*b] as usize]))
        {
            let node = ready.swap_remove(best);
            self.place(node, &mut starts, line);
            self.release(node, &mut waits, |next| ready.push(next));
        }
        starts
    }

    fn release(&self, node: u32, waits: &mut [usize], mut ready: impl FnMut(u32)) {
        for &next in &self.after[node as usize] {
            waits[next as usize] -= 1;
            if waits[next as usize] == 0 {
                ready(next);
            }
        }
    }

    /// At each moment, what is ready and fits starts, the greatest key first.
    fn parallel(&self, keys: &[f64]) -> Starts {
        let mut waits: Vec<usize> = self.before.iter().map(Vec::len).collect();
        let mut ready: Vec<u32> = (0..keys.len() as u32).filter(|&node| waits[node as usize] == 0).collect();
        let mut starts = Starts { at: vec![0.0; keys.len()], makespan: 0.0 };
        let mut free = self.capacities.clone();
        let mut running: Vec<(f64, u32)> = Vec::new();
        let mut now = 0.0;
        loop {
            ready.sort_by(|a, b| keys[*b as usize].total_cmp(&keys[*a as usize]));
            ready.retain(|&node| {
                let needs = self.needs(node);
                let fits = needs.iter().zip(&free).all(|(need, free)| need <= free);
                if fits {
                    free.iter_mut().zip(needs).for_each(|(free, need)| *free -= need);
                    starts.at[node as usize] = now;
                    running.push((now + self.durations[node as usize], node));
                }
                !fits
            });
            let Some(next) = running.iter().map(|(end, _)| *end).min_by(f64::total_cmp) else { break };
            now = next;
            running.retain(|&(end, node)| {
                if end <= now {
                    free.iter_mut().zip(self.needs(node)).for_each(|(free, need)| *free += need);
                    self.release(node, &mut waits, |next| ready.push(next));
                }
                end > now
            });
            starts.makespan = now;
        }
        starts
    }
}

/// What is free of every resource, from each moment to the next; the last goes on for ever.
#[derive(Default)]
struct Line {
    moments: Vec<f64>,
    free: Vec<u32>,
    width: usize,
}

impl Line {
    fn clear(&mut self, capacities: &[u32]) {
        self.width = capacities.len();
        self.moments.clear();
        self.moments.push(0.0);
        self.free.clear();
        self.free.extend_from_slice(capacities);
    }

    fn fits(&self, span: usize, needs: &[u32]) -> bool {
        self.free[span * self.width..][..self.width].iter().zip(needs).all(|(free, need)| need <= free)
    }

    /// Takes `needs` for `duration`, from the first moment at or after `earliest` at which they are free for so long.
    fn take(&mut self, earliest: f64, duration: f64, needs: &[u32]) -> f64 {
        let mut first = self.moments.partition_point(|moment| *moment <= earliest) - 1;
        let mut start = earliest;
        let mut span = first;
        loop {
            if !self.fits(span, needs) {
                span += 1;
                first = span;
                // What fits nowhere else fits into the last span: no need is above its capacity.
                start = self.moments[span];
                continue;
            }
            match self.moments.get(span + 1) {
                Some(next) if *next < start + duration => span += 1,
                _ => break,
            }
        }
        if duration > 0.0 && needs.iter().any(|need| *need > 0) {
            let from = self.cut(first, start);
            let to = self.cut(from + (span - first), start + duration);
            for taken in self.free[from * self.width..to * self.width].chunks_mut(self.width) {
                taken.iter_mut().zip(needs).for_each(|(free, need)| *free -= need);
            }
        }
        start
    }

    /// Lets a span begin at this moment, which lies in or at the end of `span`; gives its number.
    fn cut(&mut self, span: usize, at: f64) -> usize {
        if self.moments[span] == at {
            return span;
        }
        if self.moments.get(span + 1) == Some(&at) {
            return span + 1;
        }
        self.moments.insert(span + 1, at);
        let from = span * self.width;
        self.free.extend_from_within(from..from + self.width);
        self.free[from + self.width..].rotate_right(self.width);
        span + 1
    }
}

/// Chance with a fixed beginning (splitmix64): plans do not change from one call to the next.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Added to the logarithm of weights, the greatest is drawn as often as its weight says.
    fn gumbel(&mut self) -> f64 {
        -(-(self.next().max(f64::MIN_POSITIVE)).ln()).ln()
    }
}
