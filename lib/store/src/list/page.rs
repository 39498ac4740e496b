//! A page of a listing, held compactly: the keys in one piece of text without what they all begin with, ETags as bytes.
//!
//! Always holds: the keys of a page ascend, byte for byte.

use std::{cmp::Ordering, collections::BTreeMap, fmt::Write as _, mem::size_of, sync::Arc};

use jiff::Timestamp;

use super::keys::common;

/// Marks an object without an ETag, where others have the number of parts.
const NO_ETAG: u32 = u32::MAX;

/// Marks an ETag in another form than a MD5 and a number of parts.
const ETAG_IN_WORDS: u32 = u32::MAX - 1;

/// Some objects in the order of their keys. Cheap to clone.
#[derive(Clone)]
pub struct Page {
    body: Arc<Body>,
    /// Which of the body's objects are in it.
    from: usize,
    to: usize,
}

/// What was answered at once.
struct Body {
    /// What all keys begin with.
    prefix: String,
    /// The rest of each key, one behind the other.
    rests: String,
    entries: Vec<Entry>,
    /// ETags that are no MD5, by the number of the object.
    etags: BTreeMap<usize, String>,
}

struct Entry {
    /// Where its key ends in the text.
    end: u32,
    /// Of a MD5 alone 0.
    parts: u32,
    size: u64,
    /// In milliseconds: services give no more.
    modified: i64,
    md5: [u8; 16],
}

/// An object, as a listing shows it.
#[derive(Clone, Copy)]
pub struct Listed<'p> {
    /// What its key begins with, as all keys of the page do.
    pub prefix: &'p str,
    /// The rest of its key.
    pub rest: &'p str,
    /// Size in bytes.
    pub size: u64,
    /// When it was written, at least to the second.
    pub modified: Timestamp,
    body: &'p Body,
    index: usize,
}

impl Listed<'_> {
    /// Its key, byte for byte.
    pub fn key(&self) -> String {
        [self.prefix, self.rest].concat()
    }

    /// Where its key stands beside another one, byte for byte.
    pub fn cmp_key(&self, key: &str) -> Ordering {
        let (prefix, key) = (self.prefix.as_bytes(), key.as_bytes());
        let (head, tail) = key.split_at(prefix.len().min(key.len()));
        prefix.cmp(head).then_with(|| self.rest.as_bytes().cmp(tail))
    }

    /// Its ETag, with its quotes.
    pub fn etag(&self) -> Option<String> {
        let Entry { parts, md5, .. } = self.body.entries.get(self.index)?;
        match *parts {
            NO_ETAG => None,
            ETAG_IN_WORDS => self.body.etags.get(&self.index).cloned(),
            parts => Some(etag(md5, parts)),
        }
    }
}

impl Page {
    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.to - self.from
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The object with a number, counted from 0.
    pub fn get(&self, index: usize) -> Option<Listed<'_>> {
        let index = self.from + index;
        let body = &*self.body;
        let entry = body.entries.get(index).filter(|_| index < self.to)?;
        // The last times of all have no milliseconds.
        let last = if entry.modified < 0 { Timestamp::MIN } else { Timestamp::MAX };
        let modified = Timestamp::from_millisecond(entry.modified).unwrap_or(last);
        let (prefix, rest) = (body.prefix.as_str(), body.rest(index));
        Some(Listed { prefix, rest, size: entry.size, modified, body, index })
    }

    /// All objects, in order.
    pub fn iter(&self) -> impl Iterator<Item = Listed<'_>> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// About how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        let whole = self.body.rests.len() + self.body.prefix.len();
        let share = whole * self.len() / self.body.entries.len().max(1);
        share + self.len() * size_of::<Entry>()
    }

    pub(super) fn first(&self) -> Option<String> {
        self.get(0).map(|listed| listed.key())
    }

    /// Whether a key holds what a service may have written for a character that XML can't carry.
    pub(super) fn is_suspect(&self) -> bool {
        self.body.prefix.contains(char::REPLACEMENT_CHARACTER)
            || self.body.rests.contains(char::REPLACEMENT_CHARACTER)
    }

    pub(super) fn last(&self) -> Option<String> {
        self.get(self.len().checked_sub(1)?).map(|listed| listed.key())
    }

    /// The objects whose keys are greater than `after`, and not greater than `end`.
    pub(super) fn between(&self, after: &str, end: Option<&str>) -> Self {
        let to = end.map_or(self.to, |end| self.first_beyond(end));
        let from = self.first_beyond(after);
        Self { body: Arc::clone(&self.body), from, to: to.max(from) }
    }

    /// The number, in the body, of the first object whose key is greater than `key`.
    fn first_beyond(&self, key: &str) -> usize {
        let (mut low, mut high) = (self.from, self.to);
        while low < high {
            let middle = low.midpoint(high);
            let found = self.get(middle - self.from).map(|listed| listed.cmp_key(key));
            if found == Some(Ordering::Greater) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }
}

impl Body {
    fn rest(&self, index: usize) -> &str {
        let end = |index: usize| self.entries.get(index).map_or(0, |entry| entry.end as usize);
        let start = index.checked_sub(1).map_or(0, end);
        self.rests.get(start..end(index)).unwrap_or_default()
    }
}

/// The keys of a page do not ascend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Disorder;

/// Puts a page together, object by object.
pub(super) struct Builder {
    text: String,
    entries: Vec<Entry>,
    etags: BTreeMap<usize, String>,
    disorder: bool,
}

impl Default for Builder {
    /// A builder with room for a usual page.
    fn default() -> Self {
        Self {
            text: String::with_capacity(1 << 16),
            entries: Vec::with_capacity(1000),
            etags: BTreeMap::new(),
            disorder: false,
        }
    }
}

impl Builder {
    /// Adds the next object. One that is listed twice in a row counts once.
    pub(super) fn push(&mut self, key: &str, size: u64, modified: i64, etag: Option<&str>) {
        let index = self.entries.len();
        let start = |index: usize| self.entries.get(index).map_or(0, |entry| entry.end as usize);
        if let Some(last) = index.checked_sub(1) {
            let before = self.text.get(last.checked_sub(1).map_or(0, start)..).unwrap_or_default();
            if before == key {
                return;
            }
            self.disorder |= before > key;
        }
        self.text.push_str(key);
        let (md5, parts) = etag.map_or(([0; 16], NO_ETAG), |etag| {
            read_etag(etag).unwrap_or_else(|| {
                self.etags.insert(index, etag.to_owned());
                ([0; 16], ETAG_IN_WORDS)
            })
        });
        let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        self.entries.push(Entry { end, parts, size, modified, md5 });
    }

    /// The page.
    pub(super) fn finish(self) -> Result<Page, Disorder> {
        let Self { text, mut entries, etags, disorder } = self;
        if disorder {
            return Err(Disorder);
        }
        let start = |index: usize, entries: &[Entry]| match index {
            0 => 0,
            _ => entries.get(index - 1).map_or(0, |entry| entry.end as usize),
        };
        let first = entries.first().map_or(0, |entry| entry.end as usize);
        let last = start(entries.len().saturating_sub(1), &entries);
        let (first, last) = (text.get(..first).unwrap_or_default(), text.get(last..).unwrap_or_default());
        let prefix = first.get(..common(first, last)).unwrap_or_default().to_owned();
        let mut rests = String::with_capacity(text.len() - prefix.len() * entries.len());
        let mut from = 0;
        for entry in &mut entries {
            let to = entry.end as usize;
            rests.push_str(text.get(from + prefix.len()..to).unwrap_or_default());
            entry.end = u32::try_from(rests.len()).unwrap_or(u32::MAX);
            from = to;
        }
        entries.shrink_to_fit();
        let to = entries.len();
        Ok(Page { body: Arc::new(Body { prefix, rests, entries, etags }), from: 0, to })
    }
}

/// A MD5 and the number of parts behind it, if that is all there is to an ETag.
fn read_etag(text: &str) -> Option<([u8; 16], u32)> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let (hex, parts) = match inner.split_once('-') {
        Some((hex, parts)) => (hex, parts.parse().ok().filter(|parts| (1..ETAG_IN_WORDS).contains(parts))?),
        None => (inner, 0),
    };
    let mut md5 = [0; 16];
    let digits = hex.as_bytes();
    if digits.len() != 2 * md5.len() {
        return None;
    }
    for (byte, pair) in md5.iter_mut().zip(digits.chunks_exact(2)) {
        let (high, low) = (digit(*pair.first()?)?, digit(*pair.last()?)?);
        *byte = high << 4 | low;
    }
    // Not where it would read back as something else, such as `-007`.
    let written = inner.len() - hex.len();
    let told = if parts == 0 { 0 } else { 2 + parts.ilog10() as usize };
    (written == told).then_some((md5, parts))
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

fn etag(md5: &[u8; 16], parts: u32) -> String {
    let mut text = String::with_capacity(40);
    text.push('"');
    for byte in md5 {
        // Writing into a String can't fail.
        let _ = write!(text, "{byte:02x}");
    }
    if parts > 0 {
        let _ = write!(text, "-{parts}");
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const MD5: &str = "0123456789abcdef0123456789abcdef";

    fn page(keys: &[&str]) -> Result<Page, Disorder> {
        let mut builder = Builder::default();
        for (index, key) in keys.iter().enumerate() {
            builder.push(key, index as u64, 1000, None);
        }
        builder.finish()
    }

    fn keys(page: &Page) -> Vec<String> {
        page.iter().map(|listed| listed.key()).collect()
    }

    #[test]
    fn keys_come_back_as_they_were() {
        let all = ["p/", "p/a", "p/é1", "p/é2", "p/😀"];
        let page = page(&all).unwrap();
        assert_eq!(keys(&page), all);
        assert_eq!((page.get(1).unwrap().prefix, page.get(1).unwrap().rest), ("p/", "a"));
        assert_eq!((page.first().as_deref(), page.last().as_deref()), (Some("p/"), Some("p/😀")));
        assert_eq!((page.get(3).unwrap().size, page.get(3).unwrap().modified.as_second()), (3, 1));
        assert!(page.get(5).is_none());
    }

    #[test]
    fn keys_that_share_half_a_character_do_not_share_it() {
        let all = ["ä", "å"];
        assert_eq!(keys(&page(&all).unwrap()), all);
        assert!(page(&[]).unwrap().is_empty());
        assert_eq!(keys(&page(&["alone"]).unwrap()), ["alone"]);
    }

    #[test]
    fn disorder_is_noticed() {
        for wrong in [&["b", "a"][..], &["a", "b", "a"], &["a", "c", "b", "d"]] {
            assert_eq!(page(wrong).err(), Some(Disorder));
        }
        assert_eq!(keys(&page(&["a", "a", "b", "b", "b"]).unwrap()), ["a", "b"]);
    }

    #[test]
    fn parts_of_a_page_are_pages() {
        let page = page(&["a", "b", "c", "d"]).unwrap();
        let part = |after, end| keys(&page.between(after, end)).concat();
        assert_eq!(part("", None), "abcd");
        assert_eq!(part("a", Some("c")), "bc");
        assert_eq!(part("aa", Some("bb")), "b");
        assert_eq!(part("c", Some("a")), "");
        assert_eq!(keys(&page.between("a", None).between("b", Some("c"))), ["c"]);
        assert_eq!(page.between("a", Some("c")).first().as_deref(), Some("b"));
    }

    #[test]
    fn keys_compare_as_bytes() {
        let page = page(&["p/a", "p/b"]).unwrap();
        let order = |key| page.get(1).unwrap().cmp_key(key);
        assert_eq!(
            ["", "p", "p/a", "p/b", "p/b/", "q"].map(order).map(Ordering::is_gt),
            [true, true, true, false, false, false]
        );
        assert_eq!(order("p/b"), Ordering::Equal);
    }

    #[test]
    fn etags_come_back_as_they_were() {
        let etags = [
            Some(format!("\"{MD5}\"")),
            Some(format!("\"{MD5}-10000\"")),
            Some(format!("\"{MD5}-007\"")),
            Some(format!("\"{MD5}-0\"")),
            Some(format!("\"{}\"", MD5.to_uppercase())),
            Some(MD5.to_owned()),
            Some("\"of another service\"".to_owned()),
            Some(String::new()),
            None,
        ];
        let mut builder = Builder::default();
        for (index, etag) in etags.iter().enumerate() {
            builder.push(&index.to_string(), 0, 0, etag.as_deref());
        }
        let page = builder.finish().unwrap();
        assert_eq!(page.iter().map(|listed| listed.etag()).collect::<Vec<_>>(), etags);
        assert_eq!(page.between("1", Some("2")).get(0).unwrap().etag(), etags[2]);
        assert_eq!(page.body.etags.len(), 6);
    }
}
