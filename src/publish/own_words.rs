//! Which words on a server are ours. Each carries a mark, and anybody can read and copy that: ours are those that carry one
//! and come from the account of our token, from people who may write to the repository, or from a program that its owners
//! let in.

/// What each mark of ours begins with.
pub(super) const MARK: &str = "<!-- git-orca:";

/// Whether a line of `text` begins with `mark`. A quotation of a mark is none.
pub(super) fn is_marked(text: &str, mark: &str) -> bool {
    text.lines().any(|line| line.starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quotation_of_a_mark_is_none() {
        assert!(is_marked("Dealt with.\n<!-- git-orca:answer run=r1 -->", MARK));
        for quoted in
            ["> <!-- git-orca:answer run=r1 -->\nNo.", "`<!-- git-orca:answer -->`", "  <!-- git-orca:x -->", ""]
        {
            assert!(!is_marked(quoted, MARK), "{quoted}");
        }
    }
}
