//! What an agent used. The protocol leaves it open, so there are several shapes: tokens of the turn beside the answer
//! (`usage`, or Gemini CLI's `_meta.quota`), only those of the last step (opencode), of each step beside its words (Qwen
//! Code), and the cost of the whole session while it works (`usage_update`). Money that an agent tells of goes before
//! what its tokens would cost.

use serde_json::Value;

use crate::agent::prices::priced;
use crate::model::{AgentEvent, Price, Usage};

type AcpPrices = Box<dyn Fn(&str) -> Option<Price> + Send>;

/// The account of one attempt.
pub(super) struct AcpAccount {
    /// What the session had cost when the attempt began.
    before: f64,
    /// What it has cost by its own account since; none: it tells nothing of money.
    cost: Option<f64>,
    /// Whether each step was told: then the answer says nothing new.
    has_steps: bool,
    prices: AcpPrices,
}

impl AcpAccount {
    pub(super) fn new(before: Usage, prices: impl Fn(&str) -> Option<Price> + Send + 'static) -> AcpAccount {
        AcpAccount { before: before.usd, cost: None, has_steps: false, prices: Box::new(prices) }
    }

    /// What an update tells of tokens or money.
    pub(super) fn update(&mut self, update: &Value, model: Option<&str>) -> Option<AgentEvent> {
        if let Some(tokens) = standard(&update["_meta"]["usage"]) {
            self.has_steps = true;
            return self.told(tokens, model);
        }
        if update["sessionUpdate"] != "usage_update" {
            return None;
        }
        let cost = &update["cost"];
        let amount = cost["amount"].as_f64().filter(|amount| amount.is_finite() && *amount >= 0.0)?;
        if cost["currency"].as_str().is_some_and(|unit| !unit.eq_ignore_ascii_case("usd")) {
            return None;
        }
        // A session that was gone on in may count from its own beginning, or from ours.
        let since = if amount >= self.before { amount - self.before } else { amount };
        let told = self.cost.unwrap_or(0.0);
        self.cost = Some(since.max(told));
        used(Usage { usd: since - told, ..Usage::default() })
    }

    /// What the answer to a prompt tells of tokens.
    pub(super) fn turn(&self, result: &Value, model: Option<&str>) -> Option<AgentEvent> {
        let tokens = standard(&result["usage"]).or_else(|| quota(&result["_meta"]["quota"]["token_count"]));
        self.told(tokens.filter(|_| !self.has_steps)?, model)
    }

    fn told(&self, tokens: Usage, model: Option<&str>) -> Option<AgentEvent> {
        let price = model.filter(|_| self.cost.is_none()).and_then(&self.prices);
        used(priced(tokens, price))
    }
}

fn used(delta: Usage) -> Option<AgentEvent> {
    (delta != Usage::default() && delta.usd >= 0.0).then_some(AgentEvent::Used { delta })
}

fn standard(usage: &Value) -> Option<Usage> {
    let count = |key: &str| usage[key].as_u64().unwrap_or(0);
    let input = usage["inputTokens"].as_u64()?;
    let output = count("outputTokens").saturating_add(count("thoughtTokens"));
    let cached = count("cachedReadTokens");
    // Cached input is counted besides or among the input; the total tells.
    let among = cached > 0 && cached <= input && count("totalTokens") == input.saturating_add(output);
    let fresh = if among { input - cached } else { input };
    Some(Usage { input: fresh.saturating_add(count("cachedWriteTokens")), cached, output, usd: 0.0 })
}

fn quota(tokens: &Value) -> Option<Usage> {
    let input = tokens["input_tokens"].as_u64()?;
    Some(Usage { input, output: tokens["output_tokens"].as_u64().unwrap_or(0), ..Usage::default() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn usd(event: Option<AgentEvent>) -> Option<f64> {
        if let Some(AgentEvent::Used { delta }) = event { Some(delta.usd) } else { None }
    }

    #[test]
    fn four_shapes_are_deltas() {
        let price = Price { input: 1.0, cached: 0.1, output: 10.0 };
        let account = |before| AcpAccount::new(Usage { usd: before, ..Usage::default() }, move |_| Some(price));
        let tokens = |result: Value| match account(0.0).turn(&result, Some("m")) {
            Some(AgentEvent::Used { delta }) => (delta.input, delta.cached, delta.output, delta.usd > 0.0),
            _ => (0, 0, 0, false),
        };
        let standard =
            json!({"usage": {"inputTokens": 800, "outputTokens": 100, "cachedReadTokens": 200, "thoughtTokens": 5}});
        assert_eq!(tokens(standard), (800, 200, 105, true));
        let among =
            json!({"usage": {"inputTokens": 1000, "outputTokens": 100, "cachedReadTokens": 200, "totalTokens": 1100}});
        assert_eq!(tokens(among), (800, 200, 100, true));
        let mut qwen = account(0.0);
        let step =
            json!({"sessionUpdate": "agent_message_chunk", "_meta": {"usage": {"inputTokens": 7, "outputTokens": 1}}});
        assert!(matches!(qwen.update(&step, None), Some(AgentEvent::Used { delta }) if delta.input == 7));
        assert_eq!(qwen.turn(&json!({"usage": {"inputTokens": 7}}), None), None, "told before");
        let gemini = json!({"_meta": {"quota": {"token_count": {"input_tokens": 2000, "output_tokens": 200}}}});
        assert_eq!(tokens(gemini), (2000, 0, 200, true));
        for nothing in
            [json!({}), json!(null), json!({"usage": {"inputTokens": -1}}), json!({"usage": {"inputTokens": 0}})]
        {
            assert_eq!(tokens(nothing).0, 0);
        }
        let mut told = account(0.5);
        let mut cost = |amount: f64, unit: &str| {
            usd(told
                .update(&json!({"sessionUpdate": "usage_update", "cost": {"amount": amount, "currency": unit}}), None))
        };
        assert_eq!(cost(0.75, "USD"), Some(0.25));
        assert_eq!((cost(0.75, "USD"), cost(2.0, "credits"), cost(f64::NAN, "USD")), (None, None, None));
        assert_eq!(cost(1.5, "usd"), Some(0.75));
        let turn = told.turn(&json!({"usage": {"inputTokens": 800, "outputTokens": 1}}), Some("m"));
        assert_eq!(usd(turn), Some(0.0), "its own account of money goes before prices");
    }
}
