//! Numbers as people say them.

use jiff::{SignedDuration, Timestamp};

use crate::graph::OverlapSeverity;

/// A time: `0.7 s`, `52 s`, `4 min`, `18 min`, `3 h`, `2 d`; two units' worth of one before the next is used.
pub fn duration(seconds: f64) -> String {
    let seconds = if seconds.is_finite() { seconds.max(0.0) } else { 0.0 };
    match seconds {
        s if s < 9.95 => format!("{s:.1} s"),
        s if s < 119.5 => format!("{s:.0} s"),
        s if s < 119.5 * 60.0 => format!("{:.0} min", s / 60.0),
        s if s < 47.5 * 3600.0 => format!("{:.0} h", s / 3600.0),
        s => format!("{:.0} d", s / 86_400.0),
    }
}

/// A time that is not known exactly: `about 12 min (9-20)`; in the unit of what is likely.
pub fn about(low: f64, likely: f64, high: f64) -> String {
    let shown = duration(likely);
    let Some((_, unit)) = shown.split_once(' ') else { return shown };
    let size = match unit {
        "min" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => 1.0,
    };
    let number = |seconds: f64| if likely < 9.95 { format!("{seconds:.1}") } else { format!("{:.0}", seconds / size) };
    let (low, high) = (number(low.max(0.0)), number(high.max(0.0)));
    if low == high { format!("about {shown}") } else { format!("about {shown} ({low}-{high})") }
}

/// Seconds between two times, never negative.
pub fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).max(SignedDuration::ZERO).as_secs_f64()
}

/// A moment of a run for narration: `0.8`, `52.3`, then `01:34`, `1:02:03`.
pub fn moment(seconds: f64) -> String {
    if seconds < 59.95 {
        return format!("{seconds:.1}");
    }
    let whole = seconds as u64;
    let (h, m, s) = (whole / 3600, whole / 60 % 60, whole % 60);
    if h == 0 { format!("{m:02}:{s:02}") } else { format!("{h}:{m:02}:{s:02}") }
}

/// A count with thousands separators: `1,204`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut shown = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// A large count, rounded: `9,999`, `950 k`, `1.9 M`.
pub fn rough(n: u64) -> String {
    match n {
        n if n < 10_000 => count(n),
        n if n < 999_500 => format!("{:.0} k", n as f64 / 1e3),
        n => format!("{:.1} M", n as f64 / 1e6),
    }
}

/// A size: `640 KB`, `90 MB`, `1.4 GB`.
pub fn bytes(n: u64) -> String {
    match n as f64 {
        n if n < 999_500.0 => format!("{:.0} KB", (n / 1e3).max(1.0)),
        n if n < 999.5e6 => format!("{:.0} MB", n / 1e6),
        n => format!("{:.1} GB", n / 1e9),
    }
}

/// `1 task`, `3 tasks`.
pub fn plural(n: usize, noun: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{} {noun}{s}", count(n as u64))
}

/// US dollars.
pub fn dollars(usd: f64) -> String {
    format!("${usd:.2}")
}

/// `3 files, +64 -0`.
pub fn changes(files: u64, added: u64, removed: u64) -> String {
    format!("{}, +{} -{}", plural(files as usize, "file"), count(added), count(removed))
}

/// A list in a sentence: `a`, `a and b`, `a, b and c`.
pub fn and(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// The first of a list, and how many there are besides: `a, b, c and 12 more`.
pub fn few(items: &[String], most: usize) -> String {
    if items.len() <= most {
        return items.join(", ");
    }
    format!("{} and {} more", items[..most].join(", "), items.len() - most)
}

/// How severe an overlap of two tasks is, as plans and their JSON say it.
pub(in crate::report) fn severity_word(severity: OverlapSeverity) -> &'static str {
    match severity {
        OverlapSeverity::Low => "low",
        OverlapSeverity::Medium => "medium",
        OverlapSeverity::High => "high",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_people_say_them() {
        let table = [
            (0.0, "0.0 s"),
            (0.68, "0.7 s"),
            (9.94, "9.9 s"),
            (9.96, "10 s"),
            (119.0, "119 s"),
            (240.0, "4 min"),
            (68.0 * 60.0, "68 min"),
            (2.6 * 3600.0, "3 h"),
            (3.0 * 86_400.0, "3 d"),
            (f64::NAN, "0.0 s"),
            (-1.0, "0.0 s"),
        ];
        for (seconds, shown) in table {
            assert_eq!(duration(seconds), shown, "{seconds}");
        }
        let moments = [(0.84, "0.8"), (59.9, "59.9"), (94.7, "01:34"), (3723.0, "1:02:03")];
        for (seconds, shown) in moments {
            assert_eq!(moment(seconds), shown);
        }
    }

    #[test]
    fn counts_have_separators() {
        let table = [(0, "0"), (999, "999"), (1204, "1,204"), (1_234_567, "1,234,567")];
        for (n, shown) in table {
            assert_eq!(count(n), shown);
        }
        assert_eq!(
            [bytes(0), bytes(640_200), bytes(90_000_000), bytes(1_440_000_000)],
            ["1 KB", "640 KB", "90 MB", "1.4 GB"]
        );
        assert_eq!([rough(9_999), rough(950_400), rough(1_930_000)], ["9,999", "950 k", "1.9 M"]);
        assert_eq!(changes(1, 1204, 96), "1 file, +1,204 -96");
        let names = ["a", "b", "c"].map(str::to_owned);
        assert_eq!([and(&names), and(&names[..1]), few(&names, 2)], ["a, b and c", "a", "a, b and 1 more"]);
    }
}
