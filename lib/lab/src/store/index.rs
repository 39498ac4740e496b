//! Listings: pages of an ordered map, with prefixes rolled up. Takes time for what a page shows, not for what lies
//! beside it.

use std::{
    collections::BTreeMap,
    ops::Bound::{Excluded, Included, Unbounded},
};

/// The largest page.
pub(crate) const PAGE: usize = 1000;

/// What to list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query {
    pub(crate) prefix: String,
    pub(crate) delimiter: Option<String>,
    /// The last key or common prefix that is known already.
    pub(crate) after: Option<String>,
    pub(crate) limit: usize,
}

/// A part of a listing, in order.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) entries: Vec<T>,
    pub(crate) prefixes: Vec<String>,
    /// Where the next page goes on, if there is one.
    pub(crate) next: Option<String>,
}

impl<T> Page<T> {
    /// Entries and common prefixes together.
    pub(crate) const fn len(&self) -> usize {
        self.entries.len() + self.prefixes.len()
    }
}

/// Lists `map`, whose keys are in the order of their bytes.
pub(crate) fn page<T: Clone>(map: &BTreeMap<String, T>, query: &Query) -> Page<T> {
    let mut page = Page { entries: Vec::new(), prefixes: Vec::new(), next: None };
    if query.limit == 0 {
        return page;
    }
    let mut last = query.after.clone();
    let mut cursor = start(query);
    while let Some((key, entry)) = seek(map, &cursor) {
        if !key.starts_with(&query.prefix) {
            return page;
        }
        let common = common_prefix(key, query);
        let shown = common.is_none_or(|common| query.after.as_deref().is_none_or(|after| common > after));
        if shown {
            if page.len() == query.limit {
                page.next = last;
                return page;
            }
            last = Some(common.unwrap_or(key).to_owned());
        }
        cursor = if let Some(common) = common {
            if shown {
                page.prefixes.push(common.to_owned());
            }
            Cursor::Beyond(common.to_owned())
        } else {
            page.entries.push(entry.clone());
            Cursor::After(key.clone())
        };
    }
    page
}

/// A place between two keys.
enum Cursor {
    From(String),
    After(String),
    /// Behind all keys that begin so.
    Beyond(String),
}

fn start(query: &Query) -> Cursor {
    match &query.after {
        Some(after) if *after >= query.prefix => Cursor::After(after.clone()),
        _ => Cursor::From(query.prefix.clone()),
    }
}

/// The first entry behind `cursor`.
fn seek<'a, T>(map: &'a BTreeMap<String, T>, cursor: &Cursor) -> Option<(&'a String, &'a T)> {
    match cursor {
        Cursor::From(key) => map.range::<str, _>((Included(key.as_str()), Unbounded)).next(),
        Cursor::After(key) => map.range::<str, _>((Excluded(key.as_str()), Unbounded)).next(),
        Cursor::Beyond(prefix) => {
            // No character sorts higher, so at most keys with this very character are left to skip.
            let end = format!("{prefix}\u{10FFFF}");
            map.range::<str, _>((Included(end.as_str()), Unbounded)).find(|(key, _)| !key.starts_with(prefix))
        }
    }
}

/// The part of `key` up to the first delimiter behind the query's prefix.
pub(crate) fn common_prefix<'k>(key: &'k str, query: &Query) -> Option<&'k str> {
    let delimiter = query.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty())?;
    let rest = key.get(query.prefix.len()..)?;
    let end = rest.find(delimiter)? + query.prefix.len() + delimiter.len();
    key.get(..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(keys: &[&str]) -> BTreeMap<String, String> {
        keys.iter().map(|key| ((*key).to_owned(), (*key).to_owned())).collect()
    }

    fn all(
        map: &BTreeMap<String, String>,
        prefix: &str,
        delimiter: Option<&str>,
        limit: usize,
    ) -> Vec<String> {
        let mut query =
            Query { prefix: prefix.to_owned(), delimiter: delimiter.map(str::to_owned), after: None, limit };
        let mut seen = Vec::new();
        loop {
            let page = page(map, &query);
            assert!(page.len() <= limit);
            let mut shown = [page.entries, page.prefixes].concat();
            shown.sort();
            seen.extend(shown);
            query.after = page.next;
            if query.after.is_none() {
                return seen;
            }
        }
    }

    #[test]
    fn pages_of_any_size_show_everything_once() {
        let keys = ["a", "a/b", "a/c/d", "a0", "b//", "b//x", "c\u{10FFFF}/1", "c\u{10FFFF}/2", "é", "😀"];
        let map = map(&keys);
        for limit in 1..12 {
            assert_eq!(all(&map, "", None, limit), keys, "{limit}");
            assert_eq!(
                all(&map, "", Some("/"), limit),
                ["a", "a/", "a0", "b/", "c\u{10FFFF}/", "é", "😀"],
                "{limit}"
            );
            assert_eq!(all(&map, "a/", Some("/"), limit), ["a/b", "a/c/"], "{limit}");
            assert_eq!(all(&map, "b/", Some("/"), limit), ["b//"], "{limit}");
        }
    }

    #[test]
    fn a_full_last_page_is_not_truncated() {
        let map = map(&["a", "b"]);
        let query = Query { limit: 2, ..Query::default() };
        assert!(page(&map, &query).next.is_none());
        assert_eq!(page(&map, &Query { limit: 0, ..query }).len(), 0);
    }

    #[test]
    fn a_marker_before_the_prefix_changes_nothing() {
        let map = map(&["a", "p/1", "p/2", "z"]);
        let query = |after: &str| Query {
            prefix: "p/".into(),
            after: Some(after.into()),
            limit: 10,
            delimiter: None,
        };
        assert_eq!(page(&map, &query("a")).entries, ["p/1", "p/2"]);
        assert_eq!(page(&map, &query("p/1")).entries, ["p/2"]);
        assert!(page(&map, &query("q")).entries.is_empty());
    }
}
