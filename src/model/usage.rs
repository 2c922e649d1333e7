//! What an agent used.

use serde::{Deserialize, Serialize};

/// Tokens and money. Deltas add up; nothing here is cumulative.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Input tokens that were not read from a cache.
    pub input: u64,
    /// Output tokens.
    pub output: u64,
    /// Input tokens read from a cache.
    pub cached: u64,
    /// US dollars.
    pub usd: f64,
}

impl Usage {
    /// All tokens.
    pub fn tokens(&self) -> u64 {
        self.input.saturating_add(self.output).saturating_add(self.cached)
    }

    /// What a count that goes on from `before` adds to it. A count below that has begun anew.
    #[must_use]
    pub fn beyond(self, before: Usage) -> Usage {
        if self.tokens() < before.tokens() {
            return self;
        }
        let added = self.corrects(before);
        Usage { usd: added.usd.max(0.0), ..added }
    }

    /// What makes an exact account out of the `told` so far. Tokens are never taken back, money may be: it was reckoned
    /// from list prices.
    #[must_use]
    pub fn corrects(self, told: Usage) -> Usage {
        Usage {
            input: self.input.saturating_sub(told.input),
            output: self.output.saturating_sub(told.output),
            cached: self.cached.saturating_sub(told.cached),
            // To the nano-dollar: what is less is the noise of binary fractions. Nobody spends what has no such digits.
            usd: ((self.usd - told.usd) * 1e9).clamp(f64::MIN, f64::MAX).round() / 1e9,
        }
    }
}

/// What a model's tokens cost: US dollars per million.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Price {
    /// Input that was not cached.
    pub input: f64,
    /// Input read from a cache.
    pub cached: f64,
    /// Output.
    pub output: f64,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Usage) {
        self.input = self.input.saturating_add(other.input);
        self.output = self.output.saturating_add(other.output);
        self.cached = self.cached.saturating_add(other.cached);
        // Infinity is no number in JSON, and a journal is read again.
        self.usd = (self.usd + other.usd).clamp(f64::MIN, f64::MAX);
    }
}

/// The most that something may use. `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Allowance {
    /// Tokens of all kinds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    /// US dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usd: Option<f64>,
}
