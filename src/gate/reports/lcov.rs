//! LCOV trace files: `SF:` names a file, `DA:line,hits` a line. Branch records are left alone: coverage.py writes words
//! into them (`BRDA:9,0,jump to line 9,-`), others numbers, and lines are what is asked for.

use std::io::BufRead;

use super::context::Context;
use super::coverage::Gather;
use super::lines::each_line;
use super::report::Report;

pub(super) fn read(input: &mut dyn BufRead, context: &Context<'_>) -> Result<Report, String> {
    let mut gather = Gather::new(context);
    let mut file: Option<String> = None;
    each_line(input, |line| {
        let Some((key, value)) = line.split_once(':') else {
            if line.trim() == "end_of_record" {
                file = None;
            }
            return;
        };
        match key.trim() {
            "SF" => file = gather.file(value.trim()),
            "DA" => {
                let mut parts = value.split(',');
                let number = parts.next().and_then(|text| text.trim().parse().ok());
                // Some tools write hits as `-` for lines that were not reached, some write more than fits a number.
                let hit = parts.next().is_some_and(|hits| !matches!(hits.trim(), "0" | "-" | ""));
                if let (Some(file), Some(number)) = (&file, number) {
                    gather.line(file, number, hit);
                }
            }
            _ => {}
        }
    })?;
    gather.finish("LCOV").map(Report::Coverage)
}
