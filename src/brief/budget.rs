//! Counting tokens, and cutting to a budget.

/// Counts the tokens of a text. A parameter everywhere, so that a real tokenizer can take the place of [`estimate`].
pub type Count = fn(&str) -> usize;

/// Tokens of a complete task where nothing else is said (DESIGN 10).
pub const DEFAULT_BUDGET: usize = 20_000;

/// Tokens that no complete task may exceed (DESIGN 10).
pub const HARD_BUDGET: usize = 100_000;

/// A high guess at the number of tokens: a token per three bytes of ASCII, one per other character.
///
/// Tokenizers with large vocabularies take about four bytes of English prose and somewhat over three of source code to
/// a token, and rarely more than one token to a character of another script. Long runs of digits, hashes and base64
/// can take more than guessed here; plans have few of them.
pub fn estimate(text: &str) -> usize {
    let ascii = text.bytes().filter(u8::is_ascii).count();
    let other = text.chars().filter(|c| !c.is_ascii()).count();
    ascii.div_ceil(3) + other
}

/// The tokens of `text` as they stand in the JSON of a complete task, where line ends and quotes are escaped.
pub(super) fn in_json(text: &str, count: Count) -> usize {
    count(&serde_json::Value::from(text).to_string())
}

/// Texts shorter than this, in bytes, are not cut further: what is left of them would say nothing.
const SHORTEST: usize = 400;

/// Cuts `texts` until they take at most `budget` tokens together, always halving the one that takes most: the largest
/// saving first. Stops when none is worth cutting.
pub(super) fn cut(texts: &mut [&mut String], budget: usize, count: Count) {
    let mut sizes: Vec<usize> = texts.iter().map(|text| in_json(text, count)).collect();
    while sizes.iter().sum::<usize>() > budget {
        let longest = (0..texts.len()).filter(|n| texts[*n].len() > SHORTEST).max_by_key(|n| sizes[*n]);
        let Some(n) = longest else { return };
        let half = texts[n].len() / 2;
        *texts[n] = shortened(texts[n], half.max(SHORTEST / 2));
        sizes[n] = in_json(texts[n], count);
    }
}

/// The first part of `text`, at most `bytes` long, ending at a line if that costs less than a quarter, and saying so.
fn shortened(text: &str, bytes: usize) -> String {
    let kept = text.strip_suffix(CUT).unwrap_or(text);
    let mut end = bytes.min(kept.len());
    while !kept.is_char_boundary(end) {
        end -= 1;
    }
    let end = kept[..end].rfind('\n').filter(|at| *at > end - end / 4).unwrap_or(end);
    format!("{}{CUT}", &kept[..end])
}

/// Ends a text of which the rest is left out.
const CUT: &str = "\n[cut here to stay within the token budget]";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_are_high() {
        assert_eq!(estimate(""), 0);
        // Eight words and a full stop: nine tokens in the vocabularies in use.
        assert!(estimate("Create the package layout of the small shop.") >= 9);
        assert!(estimate("依存関係") >= 4);
    }

    #[test]
    fn the_longest_is_cut_first_and_says_so() {
        let (mut long, mut short) = ("line of text\n".repeat(1000), "stays".to_owned());
        cut(&mut [&mut long, &mut short], 1000, estimate);
        assert!(in_json(&long, estimate) + in_json(&short, estimate) <= 1000);
        assert!(long.ends_with(CUT) && long.matches(CUT).count() == 1);
        assert_eq!(short, "stays");
    }

    #[test]
    fn what_cannot_be_cut_further_ends_the_cutting() {
        let mut texts: Vec<String> = vec!["日".repeat(5000); 3];
        let mut borrowed: Vec<&mut String> = texts.iter_mut().collect();
        cut(&mut borrowed, 0, estimate);
        assert!(texts.iter().all(|text| text.len() <= SHORTEST + CUT.len()));
    }
}
