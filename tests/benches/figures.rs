//! Figures beside their limits.

pub fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Prints one figure beside its limit.
pub fn figure(what: &str, value: String, limit: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{what:<72} {value:>12}   (limit {limit})");
}
