//! Names of one directory that other systems can't tell apart: they differ only in case, or in the Unicode normal form.
//! S3 and Linux keep both; Windows and macOS would keep one. Deals in names alone.
//!
//! No name is looked at twice unless it is suspect, and memory stays bounded: of a directory of more than four million
//! names every second one is looked at, of one of more than eight every fourth, and so on, always both of a pair.

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
    hash::Hasher as _,
};

use fnv::FnvHasher;
use unicode_normalization::UnicodeNormalization as _;

/// How many examples are kept for people.
const EXAMPLES: usize = 3;

/// How many hashes are held of one directory.
const MOST_HASHES: usize = 4 << 20;

/// How many names of one directory too large for memory are held that have their hash in common with another.
const MOST_SUSPECTS: usize = 10_000;

/// What stays of a name where neither case nor normal form counts, as a hash. Names that clash have the same one.
fn fold(name: &str) -> u32 {
    let mut hasher = FnvHasher::default();
    if name.is_ascii() {
        name.bytes().for_each(|byte| hasher.write_u8(byte.to_ascii_lowercase()));
    } else {
        let mut buffer = [0; 4];
        folded(name).for_each(|c| hasher.write(c.encode_utf8(&mut buffer).as_bytes()));
    }
    let hash = hasher.finish();
    #[allow(clippy::cast_possible_truncation, reason = "a hash of half the size")]
    let half = (hash ^ (hash >> 32)) as u32;
    half
}

/// The same as text.
fn folded(name: &str) -> impl Iterator<Item = char> {
    // The sigma at the end of a word is a lower-case letter, and so is the other one: both have the same upper case.
    name.nfc().flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c })
}

/// The names of one directory that is too large for memory, as hashes, to find those that occur twice.
#[derive(Debug, Default)]
pub(crate) struct Folds {
    hashes: Vec<u32>,
    /// How many low bits of a hash must be 0 for it to be held.
    thinned: u32,
}

/// The hashes that occur more than once. Only names with one of these can clash.
pub(crate) struct Suspects(HashSet<u32>);

impl Folds {
    /// Adds a name, in any order.
    pub(crate) fn note(&mut self, name: &str) {
        let hash = fold(name);
        if hash.trailing_zeros() >= self.thinned {
            self.hashes.push(hash);
            if self.hashes.len() > MOST_HASHES {
                self.thinned += 1;
                self.hashes.retain(|hash| hash.trailing_zeros() >= self.thinned);
            }
        }
    }

    pub(crate) fn suspects(mut self) -> Suspects {
        self.hashes.sort_unstable();
        let twice = self.hashes.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
        Suspects(twice.take(MOST_SUSPECTS).collect())
    }
}

impl Suspects {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn holds(&self, name: &str) -> bool {
        self.0.contains(&fold(name))
    }
}

/// An account of names that clash, bounded in size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clashes {
    count: u64,
    in_case: bool,
    in_form: bool,
    examples: Vec<[String; 2]>,
}

impl Clashes {
    /// Looks for clashes among the names in the directory whose key prefix is `prefix` (empty, or ending in `/`). They may
    /// come in any order; of a directory too large for memory, the suspects are enough.
    pub(crate) fn note<'n>(&mut self, prefix: &str, names: impl Iterator<Item = &'n str> + Clone) {
        let mut folds = Folds::default();
        names.clone().for_each(|name| folds.note(name));
        let suspects = folds.suspects();
        if suspects.is_empty() {
            return;
        }
        let mut alike = BTreeMap::<String, Vec<&str>>::new();
        for name in names.filter(|name| suspects.holds(name)) {
            alike.entry(folded(name).collect()).or_default().push(name);
        }
        alike.into_values().filter(|names| names.len() > 1).for_each(|names| self.add(prefix, names));
    }

    /// Adds names that are the same elsewhere.
    fn add(&mut self, prefix: &str, mut names: Vec<&str>) {
        names.sort_unstable();
        self.count += names.len() as u64;
        for pair in names.windows(2) {
            let same_form = pair[0].nfc().eq(pair[1].nfc());
            self.in_form |= same_form;
            self.in_case |= !same_form;
        }
        if let ([first, second, ..], true) = (names.as_slice(), self.examples.len() < EXAMPLES) {
            self.examples.push([first, second].map(|name| format!("{prefix}{name}")));
        }
    }

    /// How many names clash with another.
    pub fn count(&self) -> u64 {
        self.count
    }

    fn in_what(&self) -> &'static str {
        match (self.in_case, self.in_form) {
            (_, false) => "case",
            (false, true) => "their Unicode normal form",
            (true, true) => "case or in their Unicode normal form",
        }
    }
}

impl fmt::Display for Clashes {
    /// A sentence for the console.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, what) = (self.count, self.in_what());
        write!(
            f,
            "{count} names differ only in {what}, and would be one file on Windows or macOS, such as "
        )?;
        for (index, [first, second]) in self.examples.iter().enumerate() {
            let separator = if index > 0 { "; " } else { "" };
            // What looks the same is written out.
            if first.nfc().eq(second.nfc()) {
                write!(f, "{separator}{} and {}", first.escape_default(), second.escape_default())?;
            } else {
                write!(f, "{separator}{first} and {second}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clashes(names: &[&str]) -> Clashes {
        let mut clashes = Clashes::default();
        clashes.note("d/", names.iter().copied());
        clashes
    }

    #[test]
    fn names_that_differ_in_more_do_not_clash() {
        for names in [&[][..], &["a"], &["a", "b", "ab"], &["é", "e", "è"], &["1", "１"], &["ss", "ß"]] {
            assert_eq!(clashes(names), Clashes::default(), "{names:?}");
        }
    }

    #[test]
    fn case_clashes_in_any_script_and_order() {
        for names in [["A", "a"], ["x.TXT", "X.txt"], ["É", "é"], ["ΑΣ", "ας"], ["K", "\u{212a}"], ["ж", "Ж"]]
        {
            let mut reversed = names;
            reversed.reverse();
            assert_eq!(clashes(&names), clashes(&reversed));
            assert_eq!(clashes(&names).count(), 2, "{names:?}");
        }
        let told = clashes(&["b", "A", "c", "a"]).to_string();
        assert_eq!(
            told,
            "2 names differ only in case, and would be one file on Windows or macOS, such as d/A and d/a"
        );
    }

    #[test]
    fn normal_forms_clash_and_are_written_out() {
        let told = clashes(&["\u{e9}", "e\u{301}"]).to_string();
        assert!(told.contains("only in their Unicode normal form"), "{told}");
        assert!(told.ends_with(r"such as d/e\u{301} and d/\u{e9}"), "{told}");
        let both = clashes(&["\u{e9}", "e\u{301}", "a", "A"]);
        assert!(both.to_string().starts_with("4 names differ only in case or in their Unicode"), "{both}");
    }

    #[test]
    fn the_account_is_bounded() {
        let names: Vec<String> =
            (0..1000).flat_map(|number| [format!("a{number}"), format!("A{number}")]).collect();
        let mut clashes = Clashes::default();
        clashes.note("", names.iter().map(String::as_str));
        assert_eq!((clashes.count(), clashes.examples.len()), (2000, EXAMPLES));
    }

    #[test]
    fn suspects_are_enough() {
        let names = ["a", "B", "c", "b", "A", "d"];
        let mut folds = Folds::default();
        for name in names {
            folds.note(name);
        }
        let suspects = folds.suspects();
        let suspects: Vec<_> = names.into_iter().filter(|name| suspects.holds(name)).collect();
        assert_eq!(suspects, ["a", "B", "b", "A"]);
        assert_eq!(clashes(&suspects), clashes(&names));
    }

    #[test]
    fn of_too_many_some_are_looked_at_and_always_both_of_a_pair() {
        let mut folds = Folds { hashes: Vec::new(), thinned: 2 };
        let names: Vec<_> =
            (0..1000).flat_map(|number| [format!("a{number}"), format!("A{number}")]).collect();
        for name in &names {
            folds.note(name);
        }
        let suspects = folds.suspects();
        let found = names.iter().filter(|name| suspects.holds(name)).count();
        assert!(found % 2 == 0 && (300..700).contains(&found), "{found}");
    }

    #[test]
    fn letters_outside_ascii_fold_to_those_inside() {
        assert_eq!(fold("\u{212a}"), fold("k"));
        assert_eq!(fold("A\u{30a}"), fold("å"));
        assert_ne!(fold("a"), fold("b"));
    }
}
