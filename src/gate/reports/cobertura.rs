//! Cobertura XML: `<class filename>` with `<line number hits>`, below the folders that `<source>` names.

use std::io::BufRead;

use super::context::Context;
use super::coverage::Gather;
use super::report::Report;
use super::xml::{Node, Xml};

pub(super) fn read(input: &mut dyn BufRead, context: &Context<'_>) -> Result<Report, String> {
    let mut xml = Xml::new(input);
    let mut gather = Gather::new(context);
    let mut file: Option<String> = None;
    let (mut known, mut source) = (false, None::<String>);
    while let Some(node) = xml.next()? {
        match node {
            Node::Open(tag) => match tag.name.as_str() {
                "coverage" => known = true,
                "source" => source = Some(String::new()),
                "class" => file = gather.file(tag.get("filename")),
                "line" => {
                    if let (Some(file), Some(hits)) = (&file, tag.number("hits")) {
                        gather.line(file, tag.line("number"), hits > 0);
                    }
                }
                _ => {}
            },
            Node::Text(text) => {
                if let Some(source) = &mut source {
                    source.push_str(super::sink::cut(&text, 4096));
                }
            }
            Node::Close(name) => match name.as_str() {
                "source" => gather.source(source.take().unwrap_or_default().trim()),
                "class" => file = None,
                _ => {}
            },
        }
    }
    if !known {
        return Err("it is not a Cobertura report: it has no `<coverage>`".to_owned());
    }
    gather.finish("Cobertura").map(Report::Coverage)
}
