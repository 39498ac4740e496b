//! The keys of which nothing may be concluded, at the place that the comparison has come to.

use tt_tree::KeyRange;

/// Ranges of keys. They come in the order of their first keys, and are asked about in the order of keys.
#[derive(Debug, Default)]
pub struct Unknown {
    /// Those that the comparison is not past.
    ranges: Vec<KeyRange>,
    everything: bool,
}

impl Unknown {
    /// Adds a range, which may begin before what was asked about only if it is everything.
    pub fn add(&mut self, range: KeyRange) {
        match &range {
            KeyRange::None => return,
            KeyRange::Below(prefix) if prefix.is_empty() => self.everything = true,
            KeyRange::Below(prefix) => self.forget_before(prefix),
            KeyRange::Key(name) => self.forget_before(name),
        }
        self.ranges.push(range);
    }

    /// Whether the key lies in one of the ranges.
    pub fn contains(&mut self, key: &str) -> bool {
        self.forget_before(key);
        self.ranges.iter().any(|range| range.contains(key))
    }

    /// Whether nothing is known, whatever was asked before.
    pub fn is_everything(&self) -> bool {
        self.everything
    }

    /// Keeps what may still hold `key`, or what comes after it.
    fn forget_before(&mut self, key: &str) {
        self.ranges.retain(|range| match range {
            KeyRange::Key(name) => {
                let past = key > name.as_str() && !key.starts_with(name.as_str());
                // Behind `a`, `a.b` comes before the last of the range, `a/z`.
                let beyond = key.strip_prefix(name.as_str()).is_some_and(|rest| rest > "0");
                !(past || beyond)
            }
            KeyRange::Below(prefix) => key <= prefix.as_str() || key.starts_with(prefix.as_str()),
            KeyRange::None => false,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_until_the_last_of_its_keys() {
        let mut unknown = Unknown::default();
        unknown.add(KeyRange::Key("a".into()));
        assert!(unknown.contains("a") && !unknown.contains("a.b"));
        unknown.add(KeyRange::Key("a.c".into()));
        assert!(unknown.contains("a.c") && unknown.contains("a.c/x") && unknown.contains("a/x"));
        assert!(!unknown.contains("a0") && !unknown.contains("b"));
        assert!(unknown.ranges.is_empty());
        unknown.add(KeyRange::Below("c/".into()));
        assert!(unknown.contains("c/") && unknown.contains("c/x/y") && !unknown.contains("c0"));
        assert!(unknown.ranges.is_empty() && !unknown.is_everything());
    }

    #[test]
    fn everything_is_everything_whenever_it_comes() {
        let mut unknown = Unknown::default();
        assert!(!unknown.contains("z"));
        unknown.add(KeyRange::None);
        assert!(!unknown.is_everything());
        unknown.add(KeyRange::Below(String::new()));
        assert!(unknown.is_everything() && unknown.contains("zz"));
    }
}
