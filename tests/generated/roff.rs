//! Man pages as text: the few requests of man(7) that the pages need.

use std::fmt::Write as _;

/// What the pages call themselves at the bottom, beside the version.
pub(crate) const SUITE: &str = "DataSync Turbo Tools";

/// When the pages were last looked over; set by hand at each release, so that they are the same whenever they are made.
pub(crate) const DATE: &str = "2026-11-24";

/// Columns of a line of the source.
const WIDTH: usize = 80;

/// A man page that grows.
pub(crate) struct Roff {
    text: String,
    /// Nothing stands below the last heading yet: a paragraph needs no request there.
    fresh: bool,
}

impl Roff {
    /// Opens a page.
    pub(crate) fn new(title: &str, section: u8) -> Self {
        let version = env!("CARGO_PKG_VERSION");
        let title = title.to_uppercase();
        let text = format!(
            ".\\\" Generated from the code by `make generate`: changes here are lost.\n\
             .TH {title} {section} {DATE} \"{SUITE} {version}\" \"{SUITE}\"\n"
        );
        Self { text, fresh: true }
    }

    /// Goes on with a page that was begun elsewhere.
    pub(crate) fn after(text: String) -> Self {
        Self { text, fresh: false }
    }

    /// A section.
    pub(crate) fn section(&mut self, heading: &str) {
        self.heading("SH", heading);
    }

    /// A section of a section.
    pub(crate) fn subsection(&mut self, heading: &str) {
        self.heading("SS", heading);
    }

    fn heading(&mut self, request: &str, heading: &str) {
        let _ = writeln!(self.text, ".{request} {}", escape(heading));
        self.fresh = true;
    }

    /// A paragraph, with [`marked`] text.
    pub(crate) fn paragraph(&mut self, text: &str) {
        if !self.fresh {
            self.text.push_str(".PP\n");
        }
        self.fill(&marked(text));
    }

    /// Roff that is filled, broken at words so that its lines are not too long.
    pub(crate) fn fill(&mut self, text: &str) {
        let mut line = String::new();
        for word in text.split(' ') {
            if !line.is_empty() && line.len() + 1 + word.len() > WIDTH {
                self.line(&std::mem::take(&mut line));
            } else if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.line(&line);
    }

    /// A line of roff.
    pub(crate) fn line(&mut self, line: &str) {
        // A dot or an apostrophe at the start of a line would be a request.
        if line.starts_with(['.', '\'']) {
            self.text.push_str("\\&");
        }
        self.text.push_str(line);
        self.text.push('\n');
        self.fresh = false;
    }

    /// A term, given in roff, and what it means.
    pub(crate) fn item(&mut self, term: &str, text: &str) {
        self.text.push_str(".TP\n");
        self.line(term);
        self.prose(text);
    }

    /// Text whose paragraphs are a blank line apart; lines that are indented keep their form.
    pub(crate) fn prose(&mut self, text: &str) {
        for (n, paragraph) in text.trim_end().split("\n\n").enumerate() {
            if n > 0 {
                self.text.push_str(".sp\n");
            }
            let mut verbatim = false;
            for line in paragraph.lines() {
                if verbatim != line.starts_with("  ") {
                    verbatim = !verbatim;
                    self.text.push_str(if verbatim { ".nf\n" } else { ".fi\n" });
                }
                if verbatim { self.line(&marked(line)) } else { self.fill(&marked(line)) }
            }
            if verbatim {
                self.text.push_str(".fi\n");
            }
        }
    }

    /// What follows belongs to the item before it.
    pub(crate) fn indent(&mut self) {
        self.text.push_str(".RS\n");
    }

    /// The end of what [`Roff::indent`] began.
    pub(crate) fn outdent(&mut self) {
        self.text.push_str(".RE\n");
    }

    /// Indented lines that keep their form: commands and records.
    pub(crate) fn code(&mut self, code: &str) {
        self.text.push_str(".RS 4\n.EX\n");
        code.lines().for_each(|line| self.line(&escape(line)));
        self.text.push_str(".EE\n.RE\n");
    }

    /// Other pages.
    pub(crate) fn see_also<'p>(&mut self, pages: impl IntoIterator<Item = &'p str>) {
        self.section("SEE ALSO");
        let pages: Vec<_> = pages
            .into_iter()
            .filter_map(|page| page.split_once('('))
            .map(|(name, section)| format!("{}({section}", bold(name)))
            .collect();
        self.line(&pages.join(",\n"));
    }

    /// The page.
    pub(crate) fn finish(self) -> String {
        self.text
    }
}

/// Text that roff shows as it is.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\\' => escaped.push_str("\\e"),
            '-' => escaped.push_str("\\-"),
            '\'' => escaped.push_str("\\(aq"),
            '`' => escaped.push_str("\\(ga"),
            '^' => escaped.push_str("\\(ha"),
            '~' => escaped.push_str("\\(ti"),
            c if c.is_ascii() => escaped.push(c),
            c => drop(write!(escaped, "\\[u{:04X}]", u32::from(c))),
        }
    }
    escaped
}

/// What is typed as it stands.
pub(crate) fn bold(text: &str) -> String {
    format!("\\fB{}\\fR", escape(text))
}

/// Text in which `backticks` and --flags become bold.
pub(crate) fn marked(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    for (n, piece) in text.split('`').enumerate() {
        if n % 2 == 1 {
            out.push_str(&bold(piece));
            continue;
        }
        for (n, word) in piece.split(' ').enumerate() {
            if n > 0 {
                out.push(' ');
            }
            let flag = word.find(|c: char| c != '-' && !c.is_ascii_lowercase()).unwrap_or(word.len());
            if word.starts_with("--") && flag > 2 {
                out.push_str(&bold(&word[..flag]));
                out.push_str(&escape(&word[flag..]));
            } else {
                out.push_str(&escape(word));
            }
        }
    }
    out
}

#[test]
fn text_is_shown_as_it_is() {
    assert_eq!(escape(r"a\b -x 'é'"), r"a\eb \-x \(aq\[u00E9]\(aq");
    assert_eq!(marked("of --exclude, the `*.tmp`"), r"of \fB\-\-exclude\fR, the \fB*.tmp\fR");
    let mut roff = Roff::new("x", 1);
    roff.line(".hidden");
    assert!(roff.finish().ends_with("\n\\&.hidden\n"));
}
