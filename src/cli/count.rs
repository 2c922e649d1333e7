//! `git-orca __count`: the hidden counter of tokens. It loads the tokenizer, answers, and is gone with its memory.

use std::io::Read;
use std::process::ExitCode;

/// Texts as a JSON list on standard input, the tokens of each (o200k) as one on standard output.
pub fn main() -> ExitCode {
    let mut input = Vec::new();
    let read = std::io::stdin().read_to_end(&mut input);
    let texts: Option<Vec<String>> = read.ok().and_then(|_| serde_json::from_slice(&input).ok());
    let (Some(texts), Ok(tokenizer)) = (texts, tiktoken_rs::o200k_base()) else { return ExitCode::FAILURE };
    let counts: Vec<usize> = texts.iter().map(|text| tokenizer.encode_ordinary(text).len()).collect();
    crate::report::answer(&serde_json::Value::from(counts).to_string());
    ExitCode::SUCCESS
}
