//! How providers' tokens look: one table for the security gate, which refuses them in a change, and for redaction,
//! which keeps them out of everything that is written.
//!
//! To add a provider: one line in [`SHAPES`]. A test walks the table through both.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

/// Characters that a token consists of after its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenBody {
    /// Letters and digits.
    Alnum,
    /// Hexadecimal digits.
    Hex,
    /// Letters, digits, `-`, `_`.
    Url,
    /// Letters, digits, `-`, `_`, `.`, `/`.
    Dotted,
    /// Letters, digits, `+`, `/`, `=`, `-`, `_`.
    Base64,
    /// Capitals and digits.
    Caps,
}

/// How a provider's tokens look: prefix, body, least and most number of body characters.
#[derive(Debug)]
pub struct TokenShape {
    /// The gate's rule.
    pub rule: &'static str,
    /// What it is, in words.
    pub what: &'static str,
    /// How it begins.
    pub prefix: &'static str,
    /// What follows.
    pub body: TokenBody,
    /// Fewest characters of the body in a real token.
    pub least: usize,
    /// Most of them.
    pub most: usize,
}

/// No upper end is documented.
const ANY: usize = 4096;

const fn shape(
    rule: &'static str,
    what: &'static str,
    prefix: &'static str,
    body: TokenBody,
    least: usize,
    most: usize,
) -> TokenShape {
    TokenShape { rule, what, prefix, body, least, most }
}

/// From the providers' public descriptions of their tokens.
pub const SHAPES: &[TokenShape] = &[
    shape("aws-key", "an AWS access key id", "AKIA", TokenBody::Caps, 16, 16),
    shape("aws-key", "a temporary AWS access key id", "ASIA", TokenBody::Caps, 16, 16),
    shape("aws-key", "an AWS Bedrock API key", "ABSK", TokenBody::Base64, 109, 269),
    shape("github-token", "a GitHub token", "ghp_", TokenBody::Alnum, 36, 255),
    shape("github-token", "a GitHub token", "gho_", TokenBody::Alnum, 36, 255),
    shape("github-token", "a GitHub token", "ghu_", TokenBody::Alnum, 36, 255),
    shape("github-token", "a GitHub token", "ghs_", TokenBody::Alnum, 36, 255),
    shape("github-token", "a GitHub token", "ghr_", TokenBody::Alnum, 36, 255),
    shape("github-token", "a GitHub token", "github_pat_", TokenBody::Url, 36, 255),
    shape("gitlab-token", "a GitLab token", "glpat-", TokenBody::Dotted, 20, 300),
    shape("gitlab-token", "a GitLab deploy token", "gldt-", TokenBody::Url, 20, 64),
    shape("gitlab-token", "a GitLab runner token", "glrt-", TokenBody::Dotted, 20, 300),
    shape("gitlab-token", "a GitLab runner token", "GR1348941", TokenBody::Url, 20, 64),
    shape("gitlab-token", "a GitLab trigger token", "glptt-", TokenBody::Url, 20, 64),
    shape("gitlab-token", "a GitLab job token", "glcbt-", TokenBody::Url, 20, 128),
    shape("gitlab-token", "a GitLab OAuth secret", "gloas-", TokenBody::Url, 40, 128),
    shape("gitlab-token", "a GitLab agent token", "glagent-", TokenBody::Url, 40, 128),
    shape("gitlab-token", "a GitLab SCIM token", "glsoat-", TokenBody::Url, 20, 64),
    shape("gitlab-token", "a GitLab feed token", "glft-", TokenBody::Url, 20, 128),
    shape("slack-token", "a Slack token", "xoxb-", TokenBody::Url, 20, 255),
    shape("slack-token", "a Slack token", "xoxp-", TokenBody::Url, 20, 255),
    shape("slack-token", "a Slack token", "xoxa-", TokenBody::Url, 20, 255),
    shape("slack-token", "a Slack token", "xoxr-", TokenBody::Url, 20, 255),
    shape("slack-token", "a Slack token", "xoxs-", TokenBody::Url, 20, 255),
    shape("slack-token", "a Slack token", "xoxe-", TokenBody::Url, 20, 512),
    shape("slack-token", "a Slack token", "xapp-", TokenBody::Url, 20, 255),
    shape("stripe-key", "a live Stripe key", "sk_live_", TokenBody::Alnum, 16, 255),
    shape("stripe-key", "a live Stripe key", "rk_live_", TokenBody::Alnum, 16, 255),
    shape("stripe-key", "a Stripe webhook secret", "whsec_", TokenBody::Base64, 32, 255),
    shape("google-key", "a Google API key", "AIza", TokenBody::Url, 35, 35),
    shape("google-key", "a Google OAuth token", "ya29.", TokenBody::Url, 30, ANY),
    shape("google-key", "a Google OAuth client secret", "GOCSPX-", TokenBody::Url, 28, 28),
    shape("anthropic-key", "an Anthropic API key", "sk-ant-", TokenBody::Url, 32, 255),
    shape("openai-key", "an OpenAI API key", "sk-proj-", TokenBody::Url, 40, 255),
    shape("openai-key", "an OpenAI API key", "sk-svcacct-", TokenBody::Url, 40, 255),
    shape("openai-key", "an OpenAI API key", "sk-admin-", TokenBody::Url, 40, 255),
    shape("openai-key", "an API key", "sk-", TokenBody::Alnum, 40, 64),
    shape("openrouter-key", "an OpenRouter API key", "sk-or-v1-", TokenBody::Hex, 64, 64),
    shape("groq-key", "a Groq API key", "gsk_", TokenBody::Alnum, 52, 52),
    shape("xai-key", "an xAI API key", "xai-", TokenBody::Alnum, 80, 84),
    shape("perplexity-key", "a Perplexity API key", "pplx-", TokenBody::Alnum, 48, 64),
    shape("replicate-token", "a Replicate token", "r8_", TokenBody::Alnum, 37, 37),
    shape("langsmith-key", "a LangSmith key", "lsv2_pt_", TokenBody::Url, 40, 64),
    shape("langsmith-key", "a LangSmith key", "lsv2_sk_", TokenBody::Url, 40, 64),
    shape("huggingface-token", "a Hugging Face token", "hf_", TokenBody::Alnum, 34, 40),
    shape("npm-token", "an npm token", "npm_", TokenBody::Alnum, 36, 36),
    shape("pypi-token", "a PyPI token", "pypi-AgE", TokenBody::Url, 50, ANY),
    shape("rubygems-key", "a RubyGems key", "rubygems_", TokenBody::Hex, 48, 48),
    shape("clojars-token", "a Clojars token", "CLOJARS_", TokenBody::Alnum, 60, 60),
    shape("docker-token", "a Docker Hub token", "dckr_pat_", TokenBody::Url, 27, 64),
    shape("docker-token", "a Docker Hub organization token", "dckr_oat_", TokenBody::Url, 32, 64),
    shape("sendgrid-key", "a SendGrid key", "SG.", TokenBody::Dotted, 60, 80),
    shape("twilio-key", "a Twilio API key", "SK", TokenBody::Hex, 32, 32),
    shape("mailgun-key", "a Mailgun key", "pubkey-", TokenBody::Hex, 32, 32),
    shape("brevo-key", "a Brevo key", "xkeysib-", TokenBody::Url, 64, 96),
    shape("digitalocean-token", "a DigitalOcean token", "dop_v1_", TokenBody::Hex, 64, 64),
    shape("digitalocean-token", "a DigitalOcean token", "doo_v1_", TokenBody::Hex, 64, 64),
    shape("digitalocean-token", "a DigitalOcean token", "dor_v1_", TokenBody::Hex, 64, 64),
    shape("shopify-token", "a Shopify token", "shpat_", TokenBody::Hex, 32, 32),
    shape("shopify-token", "a Shopify token", "shpss_", TokenBody::Hex, 32, 32),
    shape("shopify-token", "a Shopify token", "shpca_", TokenBody::Hex, 32, 32),
    shape("shopify-token", "a Shopify token", "shppa_", TokenBody::Hex, 32, 32),
    shape("square-token", "a Square token", "sq0atp-", TokenBody::Url, 22, 22),
    shape("square-token", "a Square token", "sq0csp-", TokenBody::Url, 43, 43),
    shape("databricks-token", "a Databricks token", "dapi", TokenBody::Hex, 32, 34),
    shape("linear-key", "a Linear API key", "lin_api_", TokenBody::Alnum, 40, 40),
    shape("notion-token", "a Notion token", "ntn_", TokenBody::Alnum, 40, 64),
    shape("figma-token", "a Figma token", "figd_", TokenBody::Url, 36, 64),
    shape("postman-key", "a Postman API key", "PMAK-", TokenBody::Url, 50, 64),
    shape("grafana-token", "a Grafana token", "glsa_", TokenBody::Url, 40, 64),
    shape("grafana-token", "a Grafana Cloud token", "glc_", TokenBody::Base64, 32, 400),
    shape("sentry-token", "a Sentry token", "sntrys_", TokenBody::Base64, 60, 400),
    shape("sentry-token", "a Sentry token", "sntryu_", TokenBody::Hex, 64, 64),
    shape("newrelic-key", "a New Relic key", "NRAK-", TokenBody::Alnum, 27, 27),
    shape("doppler-token", "a Doppler token", "dp.pt.", TokenBody::Alnum, 40, 48),
    shape("doppler-token", "a Doppler token", "dp.st.", TokenBody::Dotted, 40, 80),
    shape("vault-token", "a Vault token", "hvs.", TokenBody::Url, 24, 255),
    shape("vault-token", "a Vault batch token", "hvb.", TokenBody::Url, 100, 400),
    shape("vault-token", "a Vault recovery token", "hvr.", TokenBody::Url, 24, 255),
    shape("pulumi-token", "a Pulumi token", "pul-", TokenBody::Hex, 40, 40),
    shape("heroku-key", "a Heroku key", "HRKU-", TokenBody::Url, 36, 80),
    shape("netlify-token", "a Netlify token", "nfp_", TokenBody::Alnum, 36, 48),
    shape("fly-token", "a Fly.io token", "fo1_", TokenBody::Url, 40, 64),
    shape("fly-token", "a Fly.io token", "fm2_", TokenBody::Base64, 100, ANY),
    shape("planetscale-token", "a PlanetScale token", "pscale_tkn_", TokenBody::Dotted, 32, 64),
    shape("planetscale-token", "a PlanetScale password", "pscale_pw_", TokenBody::Dotted, 32, 64),
    shape("supabase-token", "a Supabase token", "sbp_", TokenBody::Hex, 40, 40),
    shape("supabase-token", "a Supabase secret key", "sb_secret_", TokenBody::Url, 24, 64),
    shape("atlassian-token", "an Atlassian token", "ATATT3", TokenBody::Base64, 60, 255),
    shape("atlassian-token", "a Bitbucket token", "ATCTT3", TokenBody::Base64, 60, 255),
    shape("alibaba-key", "an Alibaba Cloud key id", "LTAI", TokenBody::Alnum, 20, 26),
    shape("age-key", "an age secret key", "AGE-SECRET-KEY-1", TokenBody::Caps, 58, 58),
    shape("slack-webhook", "a Slack webhook", "hooks.slack.com/services/", TokenBody::Dotted, 8, 255),
    shape("discord-webhook", "a Discord webhook", "discord.com/api/webhooks/", TokenBody::Dotted, 17, 255),
];

impl TokenBody {
    /// Whether a token of this kind may hold `byte`.
    pub fn has(self, byte: u8) -> bool {
        match self {
            TokenBody::Alnum => byte.is_ascii_alphanumeric(),
            TokenBody::Hex => byte.is_ascii_hexdigit(),
            TokenBody::Url => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'),
            TokenBody::Dotted => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/'),
            TokenBody::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_'),
            TokenBody::Caps => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
        }
    }
}

impl TokenShape {
    /// Whether `length` characters after the prefix make a real token.
    pub fn fits(&self, length: usize) -> bool {
        (self.least..=self.most).contains(&length)
    }

    /// From this length on it is kept out of what is written: generously, since a word too much that is redacted does
    /// no harm, and a provider may make its tokens shorter one day. Short prefixes occur in words, so they need more.
    fn redacted_from(&self) -> usize {
        if self.prefix.len() < 4 { self.least * 4 / 5 } else { self.least.min(16) }
    }
}

/// Where a token may lie in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenPlace {
    /// Its shape.
    pub shape: usize,
    /// The whole of it.
    pub range: Range<usize>,
}

impl TokenPlace {
    /// Its shape.
    pub fn shape(&self) -> &'static TokenShape {
        &SHAPES[self.shape]
    }

    /// Characters after the prefix.
    pub fn body_len(&self) -> usize {
        self.range.len() - self.shape().prefix.len()
    }
}

static PREFIXES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    // The longest first: `sk-ant-` before `sk-`.
    let mut order: Vec<&str> = SHAPES.iter().map(|shape| shape.prefix).collect();
    order.sort_by_key(|prefix| std::cmp::Reverse(prefix.len()));
    let all: Vec<String> = order.into_iter().map(regex::escape).collect();
    Regex::new(&format!("(?-u){}", all.join("|"))).ok()
});

/// The tokens in `bytes`, in order, that are long enough to be kept out of what is written.
pub fn tokens(bytes: &[u8]) -> Vec<TokenPlace> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(prefix) = prefix_from(bytes, from) {
        from = prefix.start + 1;
        let Some(shape) = SHAPES.iter().position(|shape| shape.prefix.as_bytes() == &bytes[prefix.clone()]) else {
            continue;
        };
        let body = SHAPES[shape].body;
        let length = bytes[prefix.end..].iter().take_while(|byte| body.has(**byte)).count();
        if begins_word(bytes, prefix.start) && length >= SHAPES[shape].redacted_from() {
            let range = prefix.start..prefix.end + length;
            from = range.end;
            found.push(TokenPlace { shape, range });
        }
    }
    found
}

/// The next prefix of a token at `from` or later.
pub fn prefix_from(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    PREFIXES.as_ref()?.find_at(bytes, from).map(|found| found.range())
}

/// How many bytes at the end of `bytes` may be the beginning of a prefix.
pub fn unfinished_prefix(bytes: &[u8]) -> usize {
    let partial = |prefix: &[u8]| (1..prefix.len()).rev().find(|&length| bytes.ends_with(&prefix[..length]));
    SHAPES.iter().filter_map(|shape| partial(shape.prefix.as_bytes())).max().unwrap_or(0)
}

/// Whether what stands at `at` is no part of a longer word. Letters before it may belong to an escape: `\n` in JSON,
/// the end of a terminal's color code, `%3D` in an address.
fn begins_word(bytes: &[u8], at: usize) -> bool {
    let before = &bytes[..at];
    let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    if !before.last().is_some_and(in_word) {
        return true;
    }
    let hex = |count: usize| before.iter().rev().take(count).filter(|byte| byte.is_ascii_hexdigit()).count() == count;
    let lead = |count: usize| before.len().checked_sub(count).map_or(&[][..], |start| &before[start..]);
    let escape = matches!(lead(2), [b'\\', b'n' | b'r' | b't' | b'b' | b'f']);
    let percent = hex(2) && lead(3).starts_with(b"%");
    let unicode = hex(4) && lead(6).starts_with(b"\\u");
    escape || percent || unicode || ends_color_code(before)
}

/// Whether `before` ends with `[…m`, which follows the escape character in whatever way that is written.
fn ends_color_code(before: &[u8]) -> bool {
    let Some(rest) = before.strip_suffix(b"m") else { return false };
    let codes = rest.iter().rev().take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    rest[..rest.len() - codes].ends_with(b"[")
}

/// A token of this shape for tests, with random looking characters, so that no real looking one stands in a file.
#[cfg(test)]
pub fn made_up(shape: &TokenShape) -> String {
    let letters: Vec<u8> = (b'0'..=b'9')
        .chain(b'a'..=b'z')
        .chain(b'A'..=b'Z')
        .filter(|byte| shape.body.has(*byte) && (shape.body != TokenBody::Hex || !byte.is_ascii_uppercase()))
        .collect();
    let length = shape.least.max(20).min(shape.most);
    let body = (0..length).map(|n| char::from(letters[(n * n * 7 + n * 13 + 5) % letters.len()]));
    shape.prefix.chars().chain(body).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_is_found_wherever_it_begins_a_word() {
        for shape in SHAPES {
            let token = made_up(shape);
            let around = ["", "x=", "\"", "say\\n", "\\u001b[1;32m", "\x1b[0m", "a%3D", "url\\u003d", ".", "\u{e9} "];
            for before in around {
                let text = format!("{before}{token}\" b");
                let found = tokens(text.as_bytes());
                assert_eq!(found.len(), 1, "{text}");
                assert_eq!(
                    (found[0].range.clone(), found[0].shape().prefix),
                    (before.len()..before.len() + token.len(), shape.prefix)
                );
            }
            assert!(tokens(format!("word{token}").as_bytes()).iter().all(|found| found.range.start > 4), "{token}");
        }
    }

    #[test]
    fn prefixes_are_distinct_and_shapes_sane() {
        for (n, shape) in SHAPES.iter().enumerate() {
            assert!(SHAPES.iter().skip(n + 1).all(|other| other.prefix != shape.prefix), "{}", shape.prefix);
            assert!(
                shape.least <= shape.most && !shape.what.is_empty() && shape.redacted_from() >= 8,
                "{}",
                shape.prefix
            );
        }
        assert_eq!(unfinished_prefix(b"abc github_pa"), 9);
        assert_eq!(unfinished_prefix(b"nothing!"), 0);
    }
}
