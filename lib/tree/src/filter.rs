//! Which paths take part: include and exclude rules with glob patterns. Deals in names alone, and touches no file.
//!
//! Paths are relative to the root, with `/` between names. What a filter leaves out is as if it did not exist.

mod pattern;

use tt_record::Problem;

pub use self::pattern::{Patterns, check_pattern};

/// One `--include` or `--exclude`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Whether what matches is kept or left out.
    pub include: bool,
    /// The pattern, as [`Patterns`] explains.
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
/// A rule matches what its pattern matches; [`Patterns`] explains them.
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
    patterns: Patterns,
    /// In step with `patterns`: whether what matches is kept.
    includes: Vec<bool>,
    last_include: Matched,
}

/// The last rule that matched a path or a directory above it, counted from 1; 0 for none. Since the last rule decides,
/// this is all that has to be known of the directories above.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Matched(pub(crate) usize);

impl Filter {
    /// Compiles the rules. Fails on a pattern that is none, with its text and the reason.
    pub fn new(rules: impl IntoIterator<Item = Rule>) -> Result<Self, Problem> {
        let rules: Vec<Rule> = rules.into_iter().collect();
        let patterns = Patterns::new(rules.iter().map(|rule| rule.pattern.as_str()))?;
        let includes: Vec<bool> = rules.iter().map(|rule| rule.include).collect();
        let last_include = Matched(includes.iter().rposition(|include| *include).map_or(0, |last| last + 1));
        Ok(Self { patterns, includes, last_include })
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
        let mut last = Matched::default();
        self.patterns.each_hit(path, directory, |hit| last = last.max(Matched(hit + 1)));
        last
    }

    /// Tries the path alone. `hits` is only there to be used again.
    fn matched_itself(&self, path: &[u8], directory: bool, hits: &mut Vec<usize>) -> Matched {
        self.patterns.hits(path, directory, hits);
        Matched(hits.iter().max().map_or(0, |last| last + 1))
    }

    fn drops(&self, matched: Matched) -> bool {
        matched.0.checked_sub(1).and_then(|index| self.includes.get(index)).is_some_and(|include| !include)
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
        if self.filter.patterns.is_empty() {
            return Some(Matched::default());
        }
        self.path.truncate(self.prefix);
        self.path.extend_from_slice(name);
        let matched = self.above.max(self.filter.matched_itself(&self.path, directory, &mut self.hits));
        let dropped = if directory { self.filter.drops_tree(matched) } else { self.filter.drops(matched) };
        (!dropped).then_some(matched)
    }
}

#[cfg(test)]
mod tests;
