//! What the hand-written parts of the man pages are made of, in the words of the `roff` crate.

use clap_mangen::roff::{Inline, Roff, bold, roman};
use tt_cli::Example;

/// What the pages call themselves at the top.
pub(crate) const SUITE: &str = "DataSync Turbo Tools";

/// What the pages call themselves at the bottom.
pub(crate) const SOURCE: &str = concat!("DataSync Turbo Tools ", env!("CARGO_PKG_VERSION"));

/// When the pages were last looked over; set by hand at each release, so that they are the same whenever they are made.
pub(crate) const DATE: &str = "2026-11-24";

/// What stands above the title.
pub(crate) fn preface() -> String {
    let mut roff = Roff::new();
    roff.control("\\\"", "Generated from the code by `make generate`: changes here are lost.".split(' '));
    // Else roff may set accents and quotation marks in their place, and commands could not be copied from the page.
    roff.control("tr", ["~\\(ti^\\(ha`\\(ga"]);
    roff.to_roff()
}

/// A section.
pub(crate) fn section(roff: &mut Roff, heading: &str) {
    roff.control("SH", [heading]);
}

/// A section of a section.
pub(crate) fn subsection(roff: &mut Roff, heading: &str) {
    roff.control("SS", [heading]);
}

/// The first paragraph below a heading, with [`marked`] text.
pub(crate) fn opening(roff: &mut Roff, text: &str) {
    roff.text(marked(text));
}

/// A further paragraph, with [`marked`] text.
pub(crate) fn paragraph(roff: &mut Roff, text: &str) {
    roff.control("PP", []);
    opening(roff, text);
}

/// All paragraphs below a heading.
pub(crate) fn paragraphs(roff: &mut Roff, texts: &[&str]) {
    separated(roff, texts, |roff, text| opening(roff, text));
}

/// A term, and what it means.
pub(crate) fn item(roff: &mut Roff, term: impl Into<Vec<Inline>>, text: &str) {
    roff.control("TP", []);
    roff.text(term);
    opening(roff, text);
}

/// A section that is a list.
pub(crate) fn bullets(roff: &mut Roff, heading: &str, texts: &[&str]) {
    section(roff, heading);
    for text in texts {
        roff.control("IP", ["\\(bu", "2"]);
        opening(roff, text);
    }
}

/// Indented lines that keep their form: commands and records.
pub(crate) fn code(roff: &mut Roff, code: &str) {
    roff.control("RS", ["4"]).control("EX", []);
    for line in code.lines() {
        roff.text([roman(line)]);
    }
    roff.control("EE", []).control("RE", []);
}

/// Commands that work as written.
pub(crate) fn examples(roff: &mut Roff, examples: &[Example]) {
    section(roff, "EXAMPLES");
    separated(roff, examples, |roff, example| {
        opening(roff, example.what);
        code(roff, example.command);
    });
}

/// Other pages, each as `name(section)`.
pub(crate) fn see_also<'p>(roff: &mut Roff, pages: impl IntoIterator<Item = &'p str>) {
    section(roff, "SEE ALSO");
    let pages = pages.into_iter().filter_map(|page| page.split_once('('));
    roff.text(with_commas(pages.map(|(name, section)| vec![bold(name), roman(format!("({section}"))])));
}

/// Things in a row.
pub(crate) fn with_commas(things: impl IntoIterator<Item = Vec<Inline>>) -> Vec<Inline> {
    let mut row = Vec::new();
    for thing in things {
        if !row.is_empty() {
            row.push(roman(", "));
        }
        row.extend(thing);
    }
    row
}

/// Things with a new paragraph between them. None before the first, for mandoc warns of that after a heading.
fn separated<T>(roff: &mut Roff, things: &[T], write: impl Fn(&mut Roff, &T)) {
    for (n, thing) in things.iter().enumerate() {
        if n > 0 {
            roff.control("PP", []);
        }
        write(roff, thing);
    }
}

/// Text in which `backticks` and --flags become bold.
fn marked(text: &str) -> Vec<Inline> {
    let pieces = text.split('`').enumerate();
    pieces.flat_map(|(n, piece)| if n % 2 == 1 { vec![bold(piece)] } else { flags(piece) }).collect()
}

/// Text in which --flags become bold.
fn flags(text: &str) -> Vec<Inline> {
    text.split_inclusive(' ').flat_map(flag).collect()
}

/// A word that may be a --flag, and what follows it.
fn flag(word: &str) -> Vec<Inline> {
    let end = word.find(|c: char| c != '-' && !c.is_ascii_lowercase()).unwrap_or(word.len());
    if word.starts_with("--") && end > 2 {
        vec![bold(&word[..end]), roman(&word[end..])]
    } else {
        vec![roman(word)]
    }
}

#[test]
fn names_and_flags_are_bold() {
    let mut roff = Roff::new();
    opening(&mut roff, "of --exclude, the `*.tmp`");
    assert_eq!(roff.to_roff(), "of \\fB\\-\\-exclude\\fR, the \\fB*.tmp\\fR\n");
}
