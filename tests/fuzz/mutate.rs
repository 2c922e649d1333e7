//! Mutations by seed: bytes, lines and words that plans are made of.

/// A small random source; the standard xorshift.
pub struct Dice(u64);

impl Dice {
    /// From a seed.
    pub fn new(seed: u64) -> Dice {
        Dice(seed | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `n`; 0 when `n` is.
    pub fn below(&mut self, n: usize) -> usize {
        ((self.next() >> 11) % (n.max(1) as u64)) as usize
    }
}

/// What parsers look for, and what breaks them.
const WORDS: [&[u8]; 70] = [
    b"- [ ] ",
    b"- [x] ",
    b"- [-] ",
    b"[ ]",
    b"]",
    b"(depends on T",
    b"T1-T99999999",
    b"T001",
    b"-> ",
    " → ".as_bytes(),
    b" before ",
    b" blocks ",
    b"### Task 1: ",
    b"## Phase ",
    b"```\n",
    b"~~~~\n",
    b"<!--",
    b"-->",
    b"---\n",
    b"...\n",
    b"**Status**: ",
    b"**Files:**",
    b"Blocked By: ",
    b"| a | b |",
    b"{\"orca\":1,",
    b"{",
    b"}",
    b"[",
    b"\"id\":",
    b"\"",
    b"\\u0000",
    b"\\ud800",
    b"null",
    b"1e999",
    b"-0",
    b"depends_on: [",
    b"&a [*a,*a]",
    b": ",
    b"\t",
    b"\r\n",
    b"\r",
    b"\n\n",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    "\u{202e}".as_bytes(),
    b"\x1b[31m",
    b"\x00",
    "依赖：".as_bytes(),
    "日本語".as_bytes(),
    "🔮".as_bytes(),
    b"../../etc/passwd",
    b"`src/a.rs`",
    b"_Depends: 1.1_",
    b"9999999999999999999999",
    b"999999h",
    b"{\"waves\":[{\"tasks\":[\"1\"]}]}",
    b"<testsuite name=\"s\" failures=\"1\">",
    b"<testcase name=\"a\">",
    b"<failure message=\"no\"/>",
    b"]]>",
    b"&#x0;",
    b"SF:src/lib.rs\n",
    b"DA:4294967296,-1\n",
    b"ok 1 - # skip\n",
    b"running 1 test\n",
    b"test result: ok. 1 passed\n",
    b"\"Action\":\"fail\"",
    b"\"input_tokens\":18446744073709551615",
    b"\"total_cost_usd\":1e308",
    b"Orca-Evidence: ",
];

/// Bytes of a case at most: larger ones are tried by the tests of hostile plans.
const MOST: usize = 60_000;

/// `bytes` after some mutations; `other` is what parts are taken from.
pub fn mutated(dice: &mut Dice, bytes: &[u8], other: &[u8]) -> Vec<u8> {
    let mut case = bytes.to_vec();
    for _ in 0..=dice.below(12) {
        once(dice, &mut case, other);
        case.truncate(MOST);
    }
    case
}

fn once(dice: &mut Dice, case: &mut Vec<u8>, other: &[u8]) {
    let at = dice.below(case.len() + 1);
    let end = (at + dice.below(40)).min(case.len());
    match dice.below(10) {
        0 if at < case.len() => case[at] ^= 1 << dice.below(8),
        1 if at < case.len() => case[at] = dice.below(256) as u8,
        2 => drop(case.drain(at..end)),
        3 | 4 => drop(case.splice(at..at, WORDS[dice.below(WORDS.len())].iter().copied())),
        5 => drop(case.splice(at..end, WORDS[dice.below(WORDS.len())].iter().copied())),
        6 => {
            let from = dice.below(other.len() + 1);
            let to = (from + dice.below(400)).min(other.len());
            case.splice(at..at, other[from..to].iter().copied());
        }
        7 => {
            let again = case[at..end].repeat(dice.below(200));
            case.splice(at..at, again);
        }
        8 => lines(dice, case),
        _ => case.truncate(at),
    }
}

/// Lines change places, are doubled or indented.
fn lines(dice: &mut Dice, case: &mut Vec<u8>) {
    let mut lines: Vec<Vec<u8>> = case.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    if lines.is_empty() {
        return;
    }
    let (a, b) = (dice.below(lines.len()), dice.below(lines.len()));
    match dice.below(3) {
        0 => lines.swap(a, b),
        1 => lines.insert(a, lines[b].clone()),
        _ => {
            let deep = b" ".repeat(dice.below(9));
            lines[a].splice(0..0, deep);
        }
    }
    *case = lines.concat();
}
