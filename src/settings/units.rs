//! Durations, sizes and counts as people write them, and as they are shown again.

/// Seconds in a duration such as `90s`, `30m`, `2h`, `1h30m`, `1d`. A number without a unit is refused, since nobody
/// agrees whether 30 means seconds or minutes.
///
/// # Errors
/// What was expected, for the user.
pub fn duration(text: &str) -> Result<u64, String> {
    let expected =
        || format!("`{}` is not a duration: write a number and a unit, as in `90s`, `30m`, `2h`", text.trim());
    let mut seconds: u64 = 0;
    let mut digits = String::new();
    for c in text.trim().chars().filter(|c| *c != '_') {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        let unit = match c {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return Err(expected()),
        };
        let n: u64 = digits.parse().map_err(|_| expected())?;
        seconds = n.checked_mul(unit).and_then(|n| n.checked_add(seconds)).ok_or_else(expected)?;
        digits.clear();
    }
    match seconds {
        0 => Err(if text.trim().starts_with('0') { "a duration must be longer than 0".to_owned() } else { expected() }),
        _ if !digits.is_empty() => Err(expected()),
        n => Ok(n),
    }
}

/// Shows seconds the way [`duration`] reads them: the largest unit that divides them.
pub fn show_duration(seconds: u64) -> String {
    for (unit, name) in [(86_400, 'd'), (3600, 'h'), (60, 'm')] {
        if seconds >= unit && seconds.is_multiple_of(unit) {
            return format!("{}{name}", seconds / unit);
        }
    }
    format!("{seconds}s")
}

/// Bytes in a size such as `512M`, `2G`, `1.5GiB`, `64k`; units are powers of 1024, as `ulimit` and `git` have them.
///
/// # Errors
/// What was expected, for the user.
pub fn size(text: &str) -> Result<u64, String> {
    let expected = || format!("`{}` is not a size: write a number and a unit, as in `512M`, `2G`", text.trim());
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(expected)?;
    let unit = match text[split..].trim().to_ascii_lowercase().trim_end_matches("ib").trim_end_matches('b') {
        "k" => 1_u64 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        "t" => 1 << 40,
        _ => return Err(expected()),
    };
    let n: f64 = text[..split].parse().map_err(|_| expected())?;
    let bytes = n * unit as f64;
    if bytes >= 1.0 && bytes < u64::MAX as f64 { Ok(bytes as u64) } else { Err(expected()) }
}

/// Shows bytes the way [`size`] reads them: `4 GB`, `1.5 GB`, `512 MB`.
pub fn show_size(bytes: u64) -> String {
    let shown = |unit: u32| {
        let tenths = (bytes as f64 / (1_u64 << unit) as f64 * 10.0).round() / 10.0;
        format!("{tenths}")
    };
    if bytes >= 1 << 30 { format!("{} GB", shown(30)) } else { format!("{} MB", shown(20)) }
}

/// A whole number of at least 1; `_` may separate digits. `5M` and `200k` are read as millions and thousands.
///
/// # Errors
/// What was expected, for the user.
pub fn count(text: &str) -> Result<u64, String> {
    let plain: String = text.trim().chars().filter(|c| *c != '_').collect();
    let (digits, unit) = match plain.chars().last() {
        Some('k' | 'K') => (&plain[..plain.len() - 1], 1_000),
        Some('m' | 'M') => (&plain[..plain.len() - 1], 1_000_000),
        _ => (plain.as_str(), 1),
    };
    digits
        .parse::<u64>()
        .ok()
        .and_then(|n| n.checked_mul(unit))
        .filter(|n| *n > 0)
        .ok_or_else(|| format!("`{}` is not a whole number of at least 1", text.trim()))
}

/// US dollars, more than 0; a leading `$` is fine.
///
/// # Errors
/// What was expected, for the user.
pub fn money(text: &str) -> Result<f64, String> {
    let plain = text.trim().trim_start_matches('$');
    match plain.parse::<f64>() {
        Ok(usd) if usd.is_finite() && usd > 0.0 => Ok(usd),
        _ => Err(format!("`{}` is not an amount in US dollars: write `20` or `7.50`", text.trim())),
    }
}

/// A switch as git reads one: true, yes, on, 1 or nothing; false, no, off, 0.
///
/// # Errors
/// What was expected, for the user.
pub fn switch(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" | "" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        _ => Err(format!("`{}` is neither `on` nor `off`", text.trim())),
    }
}

pub(super) fn address(text: &str) -> Result<String, String> {
    if text.starts_with("https://") || text.starts_with("http://") {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err(format!("`{}` is not an address: write `https://…`", text.escape_debug()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let good = [("90s", 90), ("30m", 1800), ("2h", 7200), ("1h30m", 5400), (" 1d ", 86_400)];
        for (text, seconds) in good {
            assert_eq!(duration(text), Ok(seconds), "{text}");
            assert_eq!(duration(&show_duration(seconds)), Ok(seconds), "{text}");
        }
        for text in ["", "30", "m", "30x", "-5m", "0s", "5m3", "99999999999999999999h", "9999999999999999999d", "１m"]
        {
            assert!(duration(text).is_err(), "{text}");
        }
        assert_eq!(show_duration(90), "90s");
        assert_eq!(show_duration(1800), "30m");
    }

    #[test]
    fn sizes() {
        for (text, bytes) in [("512M", 512 << 20), ("2G", 2 << 30), ("1.5 GiB", 3 << 29), ("64kb", 64 << 10)] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for (bytes, shown) in [(4 << 30, "4 GB"), (3 << 29, "1.5 GB"), (512 << 20, "512 MB"), (1, "0 MB")] {
            assert_eq!(show_size(bytes), shown);
        }
        for text in ["", "512", "G", "2X", "-2G", "1..2G", "0M", "99999999999999T"] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_and_switches() {
        assert_eq!(count("5_000_000"), Ok(5_000_000));
        assert_eq!(count("5M"), Ok(5_000_000));
        assert!(["0", "-1", "x", "", "M", "1.5"].iter().all(|text| count(text).is_err()));
        assert_eq!(money("$7.50"), Ok(7.5));
        assert!(["0", "-1", "nan", "inf", "x"].iter().all(|text| money(text).is_err()));
        assert_eq!((switch(""), switch("Off")), (Ok(true), Ok(false)));
        assert!(switch("maybe").is_err());
    }
}
