//! When to ask again, out of the words of providers: "try again in 3s", "try again at 2:39 PM".

use jiff::Timestamp;
use jiff::civil::{Date, Time, time};

use crate::model::Reset;

/// The reset that a message names.
pub fn reset_in(text: &str) -> Reset {
    let lower = text.to_lowercase();
    // Claude Code up to 2.0: "Claude AI usage limit reached|1795790357".
    if let Some((_, epoch)) = lower.split_once("limit reached|") {
        return epoch_in(epoch).map_or(Reset::Unknown, Reset::At);
    }
    for lead in ["try again in ", "retry after ", "retry in ", "resets in "] {
        if let Some((_, rest)) = lower.split_once(lead)
            && let Some(millis) = span(rest)
        {
            return Reset::After(millis);
        }
    }
    for lead in ["try again at ", "resets at ", "resets "] {
        if let Some((_, rest)) = lower.split_once(lead)
            && let Some((date, time)) = moment(rest)
        {
            return Reset::Local { date, time };
        }
    }
    Reset::Unknown
}

/// Seconds since 1970 at the beginning of a text.
fn epoch_in(text: &str) -> Option<Timestamp> {
    let digits: String = text.trim_start().chars().take_while(char::is_ascii_digit).collect();
    Timestamp::from_second(digits.parse().ok()?).ok()
}

/// Milliseconds of "3s", "1.2s", "950ms", "2 minutes", "1 hour 5 minutes", "2 days 3 hours".
fn span(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut millis = None;
    loop {
        rest = rest.trim_start_matches([' ', ',']).trim_start_matches("and ");
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(end);
        let Ok(number) = number.parse::<f64>() else { return millis };
        let tail = tail.trim_start();
        let end = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        let factor = match unit {
            "ms" | "millisecond" | "milliseconds" => 1.0,
            "s" | "sec" | "secs" | "second" | "seconds" => 1e3,
            "m" | "min" | "mins" | "minute" | "minutes" => 60e3,
            "h" | "hour" | "hours" => 3600e3,
            "d" | "day" | "days" => 86_400e3,
            _ => return millis,
        };
        // Saturates: a year from now is as good as any later time.
        millis = Some(millis.unwrap_or(0_u64).saturating_add((number * factor).ceil() as u64));
        rest = tail;
    }
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// "2:39 pm", "3pm", "nov 28th, 2026 2:39 pm".
fn moment(text: &str) -> Option<(Option<Date>, Time)> {
    let words: Vec<&str> = text.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let month = words.first().and_then(|word| MONTHS.iter().position(|month| word.starts_with(month)));
    match month {
        None => Some((None, clock(&words)?)),
        Some(month) => {
            let day: String = words.get(1)?.chars().take_while(char::is_ascii_digit).collect();
            let date = Date::new(words.get(2)?.parse().ok()?, month as i8 + 1, day.parse().ok()?).ok()?;
            Some((Some(date), clock(words.get(3..)?)?))
        }
    }
}

/// "2:39 pm", "2pm", "14:39".
fn clock(words: &[&str]) -> Option<Time> {
    let first = words.first()?.trim_end_matches('.');
    let digits = first.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let half = match &first[digits.len()..] {
        "" => words.get(1).map_or("", |word| word.trim_end_matches(|c: char| !c.is_ascii_alphabetic())),
        attached => attached,
    };
    let (hour, minute) = digits.split_once(':').unwrap_or((digits, "0"));
    let (hour, minute): (i8, i8) = (hour.parse().ok()?, minute.parse().ok()?);
    let hour = match half {
        "pm" if hour < 12 => hour + 12,
        "am" if hour == 12 => 0,
        "am" | "pm" => hour,
        // A bare number is no time of day.
        _ if !digits.contains(':') => return None,
        _ => hour,
    };
    ((0..24).contains(&hour) && (0..60).contains(&minute)).then(|| time(hour, minute, 0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_resets() {
        let local = |hour, minute| Reset::Local { date: None, time: time(hour, minute, 0, 0) };
        let dated = Reset::Local { date: Some(jiff::civil::date(2026, 11, 28)), time: time(14, 39, 0, 0) };
        for (text, expected) in [
            ("Limit 30000, Used 30000. Please try again in 3s.", Reset::After(3000)),
            ("Please try again in 950ms. Visit", Reset::After(950)),
            ("try again in 1.2s", Reset::After(1200)),
            ("Try again in 1 hour 5 minutes.", Reset::After(3_900_000)),
            ("try again in 2 days, 3 hours and 1 minute", Reset::After(183_660_000)),
            ("You’ve hit your usage limit. Visit https://x or try again at 2:39 PM.", local(14, 39)),
            ("You've hit your session limit · resets 3pm (Europe/Berlin)", local(15, 0)),
            ("resets at 12:05 am", local(0, 5)),
            ("or try again at Nov 28th, 2026 2:39 PM.", dated),
            ("Claude AI usage limit reached|1795790357", Reset::At(Timestamp::from_second(1_795_790_357).unwrap())),
            ("exceeded retry limit, last status: 429 Too Many Requests", Reset::Unknown),
            ("try again in a moment", Reset::Unknown),
            ("try again at 99", Reset::Unknown),
            ("try again in ", Reset::Unknown),
        ] {
            assert_eq!(reset_in(text), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_survived(text in "(try again (in|at) |resets )[0-9a-z:., ]{0,30}") {
            reset_in(&text);
        }
    }
}
