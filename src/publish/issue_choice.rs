//! Which issues of a repository are meant.

/// Which issues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IssueChoice {
    /// All that are open.
    Open,
    /// Those with a label, closed ones as done.
    Label(String),
    /// These.
    Numbers(Vec<u64>),
    /// Those of a milestone, closed ones as done.
    Milestone(String),
}

impl IssueChoice {
    /// From the text behind `#`: `12,#15`, `milestone:NAME`, a label; nothing means all that are open.
    pub fn read(text: &str) -> IssueChoice {
        let text = text.trim();
        let numbers = || text.split(',').map(|part| part.trim().trim_start_matches('#').parse().ok()).collect();
        match (text.strip_prefix("milestone:"), numbers()) {
            _ if text.is_empty() => IssueChoice::Open,
            (Some(title), _) => IssueChoice::Milestone(title.trim().to_owned()),
            (None, Some(numbers)) => IssueChoice::Numbers(numbers),
            (None, None) => IssueChoice::Label(text.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_behind_the_sign() {
        for (text, expected) in [
            ("", IssueChoice::Open),
            ("12", IssueChoice::Numbers(vec![12])),
            ("12,#15, 7", IssueChoice::Numbers(vec![12, 15, 7])),
            ("milestone:v1.2", IssueChoice::Milestone("v1.2".to_owned())),
            ("good first issue", IssueChoice::Label("good first issue".to_owned())),
            ("2fa", IssueChoice::Label("2fa".to_owned())),
        ] {
            assert_eq!(IssueChoice::read(text), expected, "{text}");
        }
    }
}
