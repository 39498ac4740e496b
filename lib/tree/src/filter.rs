//! Which paths take part: include and exclude rules with glob patterns. Deals in names alone, and touches no file.
//!
//! Paths are relative to the root, with `/` between names. What a filter leaves out is as if it did not exist.

use globset::{Candidate, GlobBuilder, GlobSet, GlobSetBuilder};
use tt_record::{Problem, ProblemKind};

/// One `--include` or `--exclude`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Whether what matches is kept or left out.
    pub include: bool,
    /// The pattern, as [`Filter`] explains.
    pub pattern: String,
}

impl Rule {
    /// Keeps what matches.
    pub fn include(pattern: impl Into<String>) -> Self {
        Self { include: true, pattern: pattern.into() }
    }

    /// Leaves out what matches.
    pub fn exclude(pattern: impl Into<String>) -> Self {
        Self { include: false, pattern: pattern.into() }
    }
}

/// Include and exclude rules, tried in order: the *last* one that matches decides. What none matches is kept.
///
/// A rule matches a path if its pattern matches the path itself or any directory above it.
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
///
/// ```
/// use tt_tree::{Filter, Rule};
///
/// let photos = Filter::new([Rule::exclude("*"), Rule::include("*.jpg")])?;
/// assert!(!photos.excludes("a/b.jpg"));
/// assert!(photos.excludes("a/b.txt"));
/// assert!(!photos.excludes_tree("a"));
///
/// let no_logs = Filter::new([Rule::exclude("logs/*")])?;
/// assert!(no_logs.excludes("a/logs/2026/x.log"));
/// assert!(no_logs.excludes_tree("a/logs"));
/// assert!(!no_logs.excludes("logs"));
/// # Ok::<(), tt_record::Problem>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Filter {
    globs: GlobSet,
    /// In step with `globs`.
    rules: Vec<Compiled>,
    last_include: Matched,
}

#[derive(Clone, Copy, Debug)]
struct Compiled {
    include: bool,
    only_directories: bool,
}

/// The last rule that matched a path or a directory above it, counted from 1; 0 for none. Since the last rule decides,
/// this is all that has to be known of the directories above.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Matched(usize);

impl Filter {
    /// Compiles the rules. Fails on a pattern that is none, with its text and the reason.
    pub fn new(rules: impl IntoIterator<Item = Rule>) -> Result<Self, Problem> {
        let mut filter = Self::default();
        let mut globs = GlobSetBuilder::new();
        for rule in rules {
            let pattern = Pattern::parse(&rule.pattern);
            check(&rule.pattern)?;
            let glob = GlobBuilder::new(&pattern.glob)
                .literal_separator(true)
                .backslash_escape(true)
                .empty_alternates(true)
                .build()
                .map_err(|e| bad_pattern(&rule.pattern, &e.kind().to_string()))?;
            globs.add(glob);
            filter.rules.push(Compiled { include: rule.include, only_directories: pattern.only_directories });
            if rule.include {
                filter.last_include = Matched(filter.rules.len());
            }
        }
        filter.globs = globs.build().map_err(|e| match e.glob() {
            Some(glob) => bad_pattern(glob, &e.kind().to_string()),
            None => Problem::new(ProblemKind::Usage, format!("the filters can't be compiled: {}", e.kind())),
        })?;
        Ok(filter)
    }

    /// Whether the file at `path` is left out. Also right for the key of an object, relative to the prefix.
    pub fn excludes(&self, path: impl AsRef<[u8]>) -> bool {
        self.drops(self.matched(path.as_ref(), false))
    }

    /// Whether all that is, or may be, below the directory at `path` is left out, so that it need not be read. An
    /// include rule after the one that leaves it out may bring something back, so then the answer is no.
    pub fn excludes_tree(&self, path: impl AsRef<[u8]>) -> bool {
        self.drops_tree(self.matched(path.as_ref(), true))
    }

    /// Tries the path and all directories above it.
    fn matched(&self, path: &[u8], directory: bool) -> Matched {
        if self.rules.is_empty() {
            return Matched::default();
        }
        let mut hits = Vec::new();
        let slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
        let above = slashes.map(|at| self.matched_itself(&path[..at], true, &mut hits)).max();
        above.unwrap_or_default().max(self.matched_itself(path, directory, &mut hits))
    }

    /// Tries the path alone. `hits` is only there to be used again.
    fn matched_itself(&self, path: &[u8], directory: bool, hits: &mut Vec<usize>) -> Matched {
        self.globs.matches_candidate_into(&Candidate::from_bytes(path), hits);
        let applies = |hit: &&usize| directory || self.rules.get(**hit).is_some_and(|r| !r.only_directories);
        Matched(hits.iter().filter(applies).max().map_or(0, |last| last + 1))
    }

    fn drops(&self, matched: Matched) -> bool {
        matched.0.checked_sub(1).and_then(|index| self.rules.get(index)).is_some_and(|rule| !rule.include)
    }

    fn drops_tree(&self, matched: Matched) -> bool {
        self.drops(matched) && self.last_include < matched
    }
}

/// Filters the entries of one directory. What the directories above matched is carried along, not worked out anew.
pub(crate) struct Sieve<'a> {
    filter: &'a Filter,
    above: Matched,
    path: Vec<u8>,
    prefix: usize,
    hits: Vec<usize>,
}

impl<'a> Sieve<'a> {
    /// For the directory with the key prefix `prefix` (empty, or ending in `/`) that itself gave `above`.
    pub(crate) fn new(filter: &'a Filter, prefix: &str, above: Matched) -> Self {
        Self { filter, above, path: prefix.into(), prefix: prefix.len(), hits: Vec::new() }
    }

    /// What `name` matched, or `None` if it is left out, and all below it too if it is a directory.
    pub(crate) fn keeps(&mut self, name: &[u8], directory: bool) -> Option<Matched> {
        if self.filter.rules.is_empty() {
            return Some(Matched::default());
        }
        self.path.truncate(self.prefix);
        self.path.extend_from_slice(name);
        let matched = self.above.max(self.filter.matched_itself(&self.path, directory, &mut self.hits));
        let dropped = if directory { self.filter.drops_tree(matched) } else { self.filter.drops(matched) };
        (!dropped).then_some(matched)
    }
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

#[cfg(test)]
mod tests;
