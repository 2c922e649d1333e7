//! What tokens cost, for agents that count tokens only and for amounts before an agent's own account is in.

use std::collections::BTreeMap;

use crate::model::{Price, Usage};

/// List prices in US dollars per million tokens: (beginning of the model's name, input, cached input, output). The
/// longest beginning that fits counts. Prices change: `[prices."MODEL"]` in orca.toml goes before.
const LISTED: &[(&str, f64, f64, f64)] = &[
    ("claude-opus-4", 15.0, 1.5, 75.0),
    ("claude-opus-4-5", 5.0, 0.5, 25.0),
    ("claude-sonnet-4", 3.0, 0.3, 15.0),
    ("claude-haiku-4-5", 1.0, 0.1, 5.0),
    ("claude-3-5-haiku", 0.8, 0.08, 4.0),
    ("gpt-5", 1.25, 0.125, 10.0),
    ("gpt-5-mini", 0.25, 0.025, 2.0),
    ("gpt-5-nano", 0.05, 0.005, 0.4),
    ("gpt-5.2", 1.75, 0.175, 14.0),
    ("gemini-2.5-pro", 1.25, 0.31, 10.0),
    ("gemini-2.5-flash", 0.3, 0.075, 2.5),
    ("gemini-2.5-flash-lite", 0.1, 0.025, 0.4),
    ("gpt-4.1", 2.0, 0.5, 8.0),
    ("o4-mini", 1.1, 0.275, 4.4),
    ("codex-mini", 1.5, 0.375, 6.0),
];

/// The price of a model: the user's own, or the listed one.
pub fn price_of(model: &str, own: &BTreeMap<String, Price>) -> Option<Price> {
    let listed = || {
        let fitting = LISTED.iter().filter(|(name, ..)| is_of(model, name));
        let (_, input, cached, output) = fitting.max_by_key(|(name, ..)| name.len())?;
        Some(Price { input: *input, cached: *cached, output: *output })
    };
    own.get(model).copied().or_else(listed)
}

/// Whether a model is of the family: `gpt-5` is that of `gpt-5-2025-08-07` and of `gpt-5.1`, not of `gpt-50`.
fn is_of(model: &str, family: &str) -> bool {
    model.strip_prefix(family).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
}

/// `usage` with its money by `price`, or without where there is none.
pub fn priced(usage: Usage, price: Option<Price>) -> Usage {
    let million = |tokens: u64, price: f64| tokens as f64 * price / 1e6;
    let usd = price.map_or(0.0, |price| {
        million(usage.input, price.input) + million(usage.cached, price.cached) + million(usage.output, price.output)
    });
    Usage { usd, ..usage }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_beginning_counts_and_the_users_own_goes_before() {
        let mut own = BTreeMap::new();
        let input = |model: &str, own: &BTreeMap<String, Price>| price_of(model, own).map(|price| price.input);
        for (model, expected) in [
            ("gpt-5", Some(1.25)),
            ("gpt-5-codex", Some(1.25)),
            ("gpt-5.1-codex", Some(1.25)),
            ("gpt-5-mini-2025-08-07", Some(0.25)),
            ("gpt-50", None),
            ("claude-opus-4-1", Some(15.0)),
            ("claude-opus-4-5-20251101", Some(5.0)),
            ("mine", None),
        ] {
            assert_eq!(input(model, &own), expected, "{model}");
        }
        own.insert("gpt-5".to_owned(), Price { input: 7.0, cached: 0.0, output: 0.0 });
        assert_eq!(input("gpt-5", &own), Some(7.0));
    }

    #[test]
    fn money_follows_from_tokens() {
        let usage = Usage { input: 1_000_000, cached: 2_000_000, output: 500_000, usd: 0.0 };
        let price = Price { input: 2.0, cached: 0.5, output: 8.0 };
        assert_eq!(priced(usage, Some(price)).usd, 7.0);
        assert_eq!(priced(usage, None).usd, 0.0);
    }
}
