//! tt-troubleshooting(7): docs/TROUBLESHOOTING.md, for where the docs are not.

use clap_mangen::roff::{Inline, Roff, bold, roman};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use serde_json::Value;

use crate::{
    Result,
    sections::{DATE, SOURCE, SUITE, preface, section, see_also, subsection},
};

const TEXT: &str = include_str!("../../docs/TROUBLESHOOTING.md");

/// The page. Each kind of problem in the schema must have a heading of its own.
pub(crate) fn page(schema: &Value) -> Result<String> {
    for kind in kinds(schema)? {
        if !TEXT.contains(&format!("\n### {kind}\n")) {
            return Err(format!("docs/TROUBLESHOOTING.md says nothing about {kind}").into());
        }
    }
    let mut roff = Roff::new();
    roff.control("TH", ["TT-TROUBLESHOOTING", "7", DATE, SOURCE, SUITE]);
    section(&mut roff, "NAME");
    roff.text([roman(
        "tt-troubleshooting - errors of the DataSync Turbo Tools, by exit code, symptom and message",
    )]);
    section(&mut roff, "DESCRIPTION");
    let mut page = Page { roff, line: Vec::new(), marks: 0, bare: true };
    for event in Parser::new_ext(TEXT, Options::empty())
        .skip_while(|event| !matches!(event, Event::Start(Tag::Paragraph)))
    {
        page.take(event)?;
    }
    see_also(
        &mut page.roff,
        ["tt-plan(1)", "tt-push(1)", "tt-verify(1)", "tt-sync(1)", "tt-install(1)", "tt-records(5)"],
    );
    Ok(preface() + &page.roff.to_roff())
}

/// What `error.kind` may be.
fn kinds(schema: &Value) -> Result<Vec<String>> {
    let kinds = schema["$defs"]["ProblemKind"]["oneOf"].as_array().ok_or("the schema has no kinds")?;
    Ok(kinds.iter().filter_map(|kind| kind["const"].as_str()).map(str::to_owned).collect())
}

/// Writes Markdown as roff: headings, paragraphs, lists; of a link, its text.
struct Page {
    roff: Roff,
    line: Vec<Inline>,
    /// How many marks of emphasis are open.
    marks: usize,
    /// Whether a heading was the last, after which mandoc wants no paragraph to begin.
    bare: bool,
}

impl Page {
    fn take(&mut self, event: Event<'_>) -> Result<()> {
        match event {
            Event::Start(Tag::Item) => {
                self.roff.control("IP", ["\\(bu", "2"]);
                self.bare = true;
            }
            Event::Start(Tag::Paragraph) => {
                if !std::mem::take(&mut self.bare) {
                    self.roff.control("PP", []);
                }
            }
            Event::Start(Tag::Strong | Tag::Emphasis) => self.marks += 1,
            Event::End(TagEnd::Strong | TagEnd::Emphasis) => self.marks -= 1,
            Event::Text(text) => {
                self.line.push(if self.marks == 0 { roman(&*text) } else { bold(&*text) });
            }
            Event::Code(text) => self.line.push(bold(&*text)),
            Event::SoftBreak => self.line.push(roman(" ")),
            Event::End(TagEnd::Heading(level)) => self.heading(level),
            Event::End(TagEnd::Paragraph | TagEnd::Item) => {
                if !self.line.is_empty() {
                    self.roff.text(std::mem::take(&mut self.line));
                }
                self.bare = false;
            }
            Event::Start(Tag::Heading { .. } | Tag::List(_) | Tag::Link { .. })
            | Event::End(TagEnd::List(_) | TagEnd::Link) => {}
            other => {
                return Err(
                    format!("docs/TROUBLESHOOTING.md has what its man page can't show: {other:?}").into()
                );
            }
        }
        Ok(())
    }

    fn heading(&mut self, level: HeadingLevel) {
        let words: String = std::mem::take(&mut self.line).into_iter().map(words).collect();
        match level {
            HeadingLevel::H2 => section(&mut self.roff, &words.to_uppercase()),
            _ => subsection(&mut self.roff, &words),
        }
        self.bare = true;
    }
}

fn words(piece: Inline) -> String {
    match piece {
        Inline::Roman(text) | Inline::Italic(text) | Inline::Bold(text) => text,
        Inline::LineBreak => String::new(),
    }
}
