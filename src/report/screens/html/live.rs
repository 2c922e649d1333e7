//! The live page: the report as it is now, in a page whose style and script are files of their own, so that its policy
//! needs no exception. It reads without a script: then the page is loaded anew from time to time.

use super::body;
use super::escape::text;
use super::place::ReportPlace;
use crate::report::facts::picture::Picture;
use crate::report::machine::report_json::Changes;

/// The style of the report, in a file and on the live page.
pub const PAGE_STYLE: &str = include_str!("style.css");
/// Seconds between two loads where no script keeps the page up to date.
const ANEW: u32 = 10;

/// What the page around the report says.
#[derive(Debug, Clone, Copy)]
pub struct LivePage<'a> {
    /// The run.
    pub run: &'a str,
    /// What its script sends along with every call.
    pub token: &'a str,
    /// Whether something can still happen by itself.
    pub is_live: bool,
}

/// The report itself: what is put in anew when something happened.
pub fn live_main(picture: &Picture<'_>, files: &Changes) -> String {
    body(picture, files, ReportPlace::Live)
}

/// The whole page around it.
pub fn live_html(page: &LivePage<'_>, main: &str) -> String {
    let anew = match page.is_live {
        true => format!("<noscript><meta http-equiv=\"refresh\" content=\"{ANEW}\"></noscript>\n"),
        false => String::new(),
    };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"orca-token\" content=\"{}\">\n{anew}\
         <title>git orca run {}</title>\n<link rel=\"icon\" href=\"data:,\">\n\
         <link rel=\"stylesheet\" href=\"style.css\">\n<script src=\"page.js\" defer></script>\n</head>\n<body>\n\
         <noscript><p class=\"notice\">Without JavaScript this page only shows: act with the commands it names.</p></noscript>\n\
         <p id=\"notice\" class=\"notice\" role=\"status\" hidden></p>\n<main>\n{main}</main>\n</body>\n</html>\n",
        text(page.token),
        text(page.run),
    )
}
