//! What came of the matrix: docs/COMPATIBILITY.md.

use std::{fmt, fs};

use crate::cases::CASES;

/// What came of one case.
pub(crate) enum Cell {
    Works(String),
    /// As is known of this server.
    Lacks(&'static str),
    Failed(String),
}

/// A server.
pub(crate) struct Column {
    pub(crate) server: &'static str,
    pub(crate) version: String,
    pub(crate) cells: Vec<Cell>,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Works(note) => write!(f, "yes: {note}"),
            Self::Lacks(what) => write!(f, "no: {what}"),
            Self::Failed(why) => write!(f, "FAILED: {why}"),
        }
    }
}

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/COMPATIBILITY.md");
const BEGIN: &str = "<!-- the table: made by `make test-servers TT_REGENERATE=1` -->\n";
const END: &str = "<!-- the end of the table -->\n";

/// Puts the table where the last one was.
pub(crate) fn write(columns: &[Column]) {
    let text = fs::read_to_string(FILE).unwrap();
    let (head, rest) = text.split_once(BEGIN).unwrap();
    let (_, tail) = rest.split_once(END).unwrap();
    fs::write(FILE, [head, BEGIN, "\n", &table(columns), "\n", END, tail].concat()).unwrap();
}

fn table(columns: &[Column]) -> String {
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let titles = columns.iter().map(|column| format!("{} {}", column.server, column.version));
    let mut table = row(std::iter::once(String::new()).chain(titles).collect());
    table += &row(vec!["---".to_owned(); columns.len() + 1]);
    for (number, case) in CASES.iter().enumerate() {
        let cells = columns.iter().map(|column| column.cells[number].to_string().replace('|', "\\|"));
        table += &row(std::iter::once(case.name.to_owned()).chain(cells).collect());
    }
    table
}
