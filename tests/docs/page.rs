//! A page of Markdown: its sections with their blocks, its anchors, its links.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A page.
pub(crate) struct Page {
    /// Where it is, from the top of the repository.
    pub(crate) path: PathBuf,
    /// In their order; the first is what stands before any heading.
    pub(crate) sections: Vec<Section>,
    /// What `#…` may name, formed as GitHub does.
    pub(crate) anchors: BTreeSet<String>,
    /// Where links and pictures lead.
    pub(crate) links: Vec<String>,
}

/// What stands below a heading, up to the next one.
#[derive(Clone, Default)]
pub(crate) struct Section {
    /// Its heading.
    pub(crate) title: String,
    /// Its fenced blocks.
    pub(crate) blocks: Vec<Block>,
}

/// A fenced block.
#[derive(Clone)]
pub(crate) enum Block {
    /// Commands to run.
    Commands(String),
    /// A file to write before.
    File(String, String),
    /// What the commands before print.
    Output(String),
    /// Commands that can't be run here, and what they need.
    Elsewhere(String),
}

impl Block {
    /// The block that the words behind the fence make of a text; none if it is only to be read.
    fn new(info: &str, text: String) -> Option<Self> {
        let (language, rest) = info.split_once(' ').unwrap_or((info, ""));
        if let Some(name) = rest.strip_prefix("file=") {
            return Some(Self::File(name.to_owned(), text));
        }
        match (language, rest) {
            ("sh", "") => Some(Self::Commands(text)),
            ("output", "") => Some(Self::Output(text)),
            ("sh", rest) => rest.strip_prefix("needs=").map(|needs| Self::Elsewhere(needs.replace('-', " "))),
            _ => None,
        }
    }
}

impl Section {
    /// Whether there is something to run.
    pub(crate) fn runs(&self) -> bool {
        self.blocks.iter().any(|block| matches!(block, Block::Commands(_)))
    }

    /// What its commands need that can't be had here.
    pub(crate) fn needs(&self) -> Option<&str> {
        self.blocks.iter().find_map(|block| match block {
            Block::Elsewhere(needs) => Some(needs.as_str()),
            _ => None,
        })
    }
}

impl Page {
    /// Reads `path` below `root`.
    pub(crate) fn read(root: &Path, path: &Path) -> Self {
        let text = fs::read_to_string(root.join(path)).unwrap();
        let mut page = Self {
            path: path.to_owned(),
            sections: vec![Section::default()],
            anchors: BTreeSet::new(),
            links: Vec::new(),
        };
        page.take(&text);
        page
    }

    fn take(&mut self, markdown: &str) {
        let (mut text, mut fence) = (String::new(), String::new());
        let mut same = BTreeMap::new();
        for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Heading { .. }) => text.clear(),
                Event::Start(Tag::CodeBlock(kind)) => {
                    text.clear();
                    fence = match kind {
                        CodeBlockKind::Fenced(info) => info.to_string(),
                        CodeBlockKind::Indented => String::new(),
                    };
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    self.links.push(dest_url.to_string());
                }
                Event::Text(piece) | Event::Code(piece) => text.push_str(&piece),
                Event::End(TagEnd::Heading(_)) => {
                    self.anchors.insert(anchor(&text, &mut same));
                    self.sections.push(Section { title: text.clone(), blocks: Vec::new() });
                }
                Event::End(TagEnd::CodeBlock) => {
                    let block = Block::new(&fence, text.clone());
                    self.sections.last_mut().unwrap().blocks.extend(block);
                }
                _ => {}
            }
        }
    }
}

/// The anchor of a heading: lowercase, hyphens for spaces, no punctuation, and a number where it was there before.
fn anchor(title: &str, same: &mut BTreeMap<String, usize>) -> String {
    let kept = title
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
        .collect::<String>();
    let plain = kept.replace(' ', "-");
    let count = same.entry(plain.clone()).or_default();
    *count += 1;
    if *count == 1 { plain } else { format!("{plain}-{}", *count - 1) }
}
