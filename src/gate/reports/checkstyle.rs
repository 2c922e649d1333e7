//! checkstyle XML, which many linters write: `<file name>` with `<error line severity message source>`.

use std::io::BufRead;

use super::context::Context;
use super::report::Report;
use super::sink::Findings;
use super::xml::{Node, Xml};
use crate::model::Finding;

pub(super) fn read(input: &mut dyn BufRead, context: &Context<'_>) -> Result<Report, String> {
    let mut xml = Xml::new(input);
    let mut findings = Findings::default();
    let (mut known, mut file) = (false, String::new());
    while let Some(node) = xml.next()? {
        let Node::Open(tag) = node else { continue };
        match tag.name.as_str() {
            "checkstyle" => known = true,
            "file" => file = context.relative(tag.get("name")),
            "error" if tag.get("severity") != "ignore" => findings.push(Finding {
                file: file.clone(),
                line: tag.line("line"),
                rule: tag.get("source").to_owned(),
                message: tag.get("message").to_owned(),
                advice: String::new(),
            }),
            _ => {}
        }
    }
    if !known {
        return Err("it is not a checkstyle report: it has no `<checkstyle>`".to_owned());
    }
    Ok(Report::Findings(findings.finish()))
}
