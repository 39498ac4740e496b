//! The patterns: what they mean, and how they are compiled. The only user of globset.

use globset::{Candidate, Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use tt_record::{Problem, ProblemKind};

/// Glob patterns, numbered from 0 in the order in which they were given.
///
/// A pattern matches a path if it matches the path itself or any directory above it.
///
/// | pattern | matches |
/// |---|---|
/// | `*.tmp` | what is so called, at any depth |
/// | `logs/*.txt` | the same below any `logs`, at any depth |
/// | `/logs/*.txt` | with a slash in front, only below the root's own `logs` |
/// | `logs/`, `logs/*`, `logs/**` | everything below any `logs`, but no file of that name |
/// | `*`, `/*`, `**` | everything |
///
/// | in a pattern | stands for |
/// |---|---|
/// | `*` | any text without `/` |
/// | `**` | between slashes, any number of directories, none included; elsewhere the same as `*` |
/// | `?` | one byte that is not `/`: a letter outside ASCII has several, and needs `*` |
/// | `[a-z]`, `[!a-z]` | one ASCII character of these, or one byte that is none of these; never `/` |
/// | `{a,b}` | `a` or `b`, which may be patterns |
/// | `\` | takes the special meaning from the next character |
///
/// Case matters, and so does the Unicode form: names are compared byte for byte, as S3 does.
#[derive(Clone, Debug, Default)]
pub struct Patterns {
    globs: GlobSet,
    /// In step with `globs`: whether files of that name are meant too.
    only_directories: Vec<bool>,
}

impl Patterns {
    /// Compiles the patterns. Fails on one that is none, with its text and the reason.
    pub fn new<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Result<Self, Problem> {
        let mut globs = GlobSetBuilder::new();
        let mut only_directories = Vec::new();
        for text in patterns {
            let pattern = Pattern::parse(text);
            globs.add(pattern.compile(text)?);
            only_directories.push(pattern.only_directories);
        }
        let globs = globs.build().map_err(|e| match e.glob() {
            Some(glob) => bad_pattern(glob, &e.kind().to_string()),
            None => Problem::new(ProblemKind::Usage, format!("the patterns can't be compiled: {}", e.kind())),
        })?;
        Ok(Self { globs, only_directories })
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.only_directories.is_empty()
    }

    /// Calls `hit` with the number of each pattern that matches the file at `path` or a directory above it, in no order,
    /// and maybe several times.
    pub fn each_match(&self, path: impl AsRef<[u8]>, hit: impl FnMut(usize)) {
        self.each_hit(path.as_ref(), false, hit);
    }

    /// The same for what may be a directory.
    pub(super) fn each_hit(&self, path: &[u8], directory: bool, mut hit: impl FnMut(usize)) {
        if self.is_empty() {
            return;
        }
        let mut hits = Vec::new();
        let slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
        for at in slashes {
            self.hits(&path[..at], true, &mut hits);
            hits.iter().copied().for_each(&mut hit);
        }
        self.hits(path, directory, &mut hits);
        hits.iter().copied().for_each(&mut hit);
    }

    /// The patterns that match the path itself.
    pub(super) fn hits(&self, path: &[u8], directory: bool, hits: &mut Vec<usize>) {
        self.globs.matches_candidate_into(&Candidate::from_bytes(path), hits);
        if !directory {
            hits.retain(|hit| self.only_directories.get(*hit) == Some(&false));
        }
    }
}

/// Fails, saying why, if this is no pattern.
pub fn check_pattern(text: &str) -> Result<(), Problem> {
    Pattern::parse(text).compile(text).map(|_| ())
}

/// A pattern in globset's terms, for whole paths.
struct Pattern {
    glob: String,
    only_directories: bool,
}

impl Pattern {
    fn parse(text: &str) -> Self {
        let (base, only_directories) = without_below(text);
        // The root itself: everything is below it.
        if matches!(base, "" | "/" | "**" | "/**") {
            return Self { glob: "**".into(), only_directories: false };
        }
        let glob = match base.strip_prefix('/') {
            Some(anchored) => anchored.into(),
            None if base.starts_with("**/") => base.into(),
            None => format!("**/{base}"),
        };
        Self { glob, only_directories }
    }

    /// Compiles it; `text` is what it was parsed from.
    fn compile(&self, text: &str) -> Result<Glob, Problem> {
        check(text)?;
        GlobBuilder::new(&self.glob)
            .literal_separator(true)
            .backslash_escape(true)
            .empty_alternates(true)
            .build()
            .map_err(|e| bad_pattern(text, &e.kind().to_string()))
    }
}

/// Takes off what says "everything below", and tells whether something did. Matching the directory instead of what is
/// in it comes to the same, and lets the walk leave the directory unread.
fn without_below(text: &str) -> (&str, bool) {
    if text == "**/" {
        // Any directory, but not the root.
        return ("*", true);
    }
    let Some(mut base) = text.strip_suffix("/**").or_else(|| text.strip_suffix("/*")) else {
        return text.strip_suffix('/').map_or((text, false), |base| (base, true));
    };
    // a/**/* is all below a, just as a/** is.
    while let Some(shorter) = base.strip_suffix("/**") {
        base = shorter;
    }
    (base, true)
}

/// Refuses what globset would take without doing what is meant.
fn check(pattern: &str) -> Result<(), Problem> {
    if pattern.is_empty() {
        return Err(bad_pattern(pattern, "it is empty"));
    }
    let (mut in_class, mut escaped) = (false, false);
    for c in pattern.chars() {
        if in_class && !c.is_ascii() {
            return Err(bad_pattern(pattern, &format!("{c} can't stand in [..], write {{{c},…}}")));
        }
        match c {
            '[' if !escaped => in_class = true,
            ']' => in_class = false,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    Ok(())
}

fn bad_pattern(pattern: &str, why: &str) -> Problem {
    Problem::new(ProblemKind::Usage, format!("{pattern:?} is not a pattern: {why}"))
        .hint("put a backslash before a character that is meant as itself: \\* \\? \\[ \\{ \\\\")
}
