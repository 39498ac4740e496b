//! PROGRESS in the man pages of tools: the prose is here, the fields come from the report's type.

use clap_mangen::roff::{Roff, bold, roman};
use schemars::schema_for;
use serde_json::Value;
use tt_cli::ProgressReport;

use crate::{
    Result,
    sections::{item, paragraphs, section as heading, subsection},
};

const TEXT: [&str; 4] = [
    "On a terminal, one line shows how much is done by size and by count, the time left, the rate of the last five \
     seconds and that since the start, how many requests are under way, and the largest files among them. A dumb terminal \
     counts as a log. In a pipeline `tt-push` draws; `tt-plan` and `tt-verify` leave the terminal to it.",
    "In a log, the first line comes after ten seconds, and further ones every ten seconds or every two percent of the \
     bytes, whichever is first, but not more than one a second. A run that had any line has a last one.",
    "When nothing moves for 15 seconds although work is under way, that is said, again after a minute and every \
     further minute, and so is that it goes on.",
    "With --progress json, each tool writes one JSON object a line to stderr, every second and once more at the end, even \
     with --quiet. Whatever else is said there stays as it is: lines of progress are those that begin with \
     `{\"type\":\"progress\"`.",
];

/// The section.
pub(crate) fn section(roff: &mut Roff) -> Result<()> {
    heading(roff, "PROGRESS");
    paragraphs(roff, &TEXT);
    subsection(roff, "Fields of a JSON object");
    let schema = serde_json::to_value(schema_for!(ProgressReport))?;
    for (name, field) in schema["properties"].as_object().ok_or("a report without fields")? {
        let kind = format!(" ({})", kind(&field["type"]));
        let what = field["description"].as_str().ok_or("a field without a description")?;
        item(roff, [bold(name), roman(kind)], what);
    }
    Ok(())
}

/// The JSON type of a field, or the several that it may have.
fn kind(kind: &Value) -> String {
    match kind {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        kind => kind.as_str().unwrap_or("any").to_owned(),
    }
}
