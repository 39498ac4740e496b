//! Where to cut a range, and whether it is worth it.
//!
//! At landmarks, where there are enough of them. Else between known keys: at the first character in which they may
//! differ, if it is known that keys differ there. Where it is not known, as with keys that share 899 of 900 bytes, it is
//! asked what follows all that begins like the last known key, for several beginnings at once: of those that nothing
//! follows, all keys that are left share the longest.

use std::collections::BTreeSet;

use super::{
    super::{
        keys::{HIGHEST, behind_all, common, just_before},
        landmarks::Landmarks,
    },
    alphabet::{Alphabet, count},
    segment::Segment,
};

/// A range of fewer pages is not cut for it: at each end about half a page is read twice.
pub(super) const WORTHWHILE: f64 = 4.0;

/// How many beginnings are tried at once.
const BEGINNINGS: usize = 8;

/// How many pieces a range is cut into at most, where landmarks don't tell more.
const PIECES: usize = 12;

/// What is known of where keys may be.
pub(super) struct Map<'m> {
    pub(super) landmarks: &'m Landmarks,
    pub(super) alphabet: &'m Alphabet,
    /// After how many bytes keys are known to differ, wherever that was.
    pub(super) branches: &'m BTreeSet<usize>,
    /// What all keys begin with.
    pub(super) prefix: &'m str,
}

impl Map<'_> {
    /// About how many pages are left of a range; 0 where that can't be told.
    pub(super) fn pages_left(&self, segment: &Segment) -> f64 {
        let Some((first, last)) = &segment.sample else { return 0.0 };
        let by_landmarks = self.pages_by_landmarks(segment);
        if by_landmarks >= 2.0 * WORTHWHILE {
            return by_landmarks;
        }
        let top = self.top(segment);
        let (same, shared) = (common(first, &top), common(first, last));
        let differs =
            self.branches.contains(&same) || self.branches.range(same + 1..).all(|at| *at >= shared);
        // Where all keys are the same, characters tell nothing.
        let tells = |at: usize| at >= shared || self.branches.contains(&at) || differs && at == same;
        let number = |text: &str| {
            let rest = text.get(same..).unwrap_or_default().char_indices();
            self.alphabet.number(rest.filter(|(at, _)| tells(same + at)).map(|(_, character)| character))
        };
        let most = if differs { number(&top) } else { 1.0 };
        let (page, left) = (number(last) - number(first), most - number(&segment.position));
        if page > 0.0 { left / page } else { f64::MAX }
    }

    /// There may be landmarks by the page, or many in each.
    fn pages_by_landmarks(&self, segment: &Segment) -> f64 {
        let left = self.landmarks.estimate(&segment.position, segment.end.as_deref());
        count(usize::try_from(left / segment.landmarks.max(1)).unwrap_or(usize::MAX))
    }

    /// Up to `pieces` places to cut a range, in order, greater than its position and less than its end.
    pub(super) fn cuts(&self, segment: &Segment, pieces: usize) -> Vec<String> {
        let worth = |pages: f64| (2..=pieces).rev().find(|n| count(*n) * WORTHWHILE <= pages).unwrap_or(1);
        let by_landmarks = worth(self.pages_by_landmarks(segment));
        let end = segment.end.as_deref();
        let mut cuts = if by_landmarks > 1 {
            let chosen = self.landmarks.choose(&segment.position, end, by_landmarks - 1);
            // Whoever looks for the landmark finds it at the start of a page.
            chosen.iter().map(|key| just_before(key)).collect()
        } else {
            self.cuts_by_text(segment, worth(self.pages_left(segment)).min(PIECES))
        };
        cuts.retain(|cut| *cut > segment.position && end.is_none_or(|end| cut.as_str() < end));
        cuts.dedup();
        cuts
    }

    fn cuts_by_text(&self, segment: &Segment, pieces: usize) -> Vec<String> {
        let known = segment.position.as_str();
        let mut top = self.top(segment);
        let mut cuts = Vec::new();
        loop {
            let at = common(known, &top);
            let next = |text: &str| text.get(at..).and_then(|rest| rest.chars().next());
            let (low, high) = (next(known), next(&top).unwrap_or(HIGHEST));
            let open = high == HIGHEST;
            let between = if open {
                self.alphabet.above(low, PIECES)
            } else {
                self.alphabet.between(low, high).to_vec()
            };
            let beginnings = self.beginnings(segment, known, at);
            let differs =
                self.branches.contains(&at) || !self.branches.iter().any(|b| beginnings.contains(b));
            if differs && !between.is_empty() {
                let places = pieces.saturating_sub(1).max(1);
                if segment.branches.contains(&at) || beginnings.is_empty() {
                    let base = known.get(..at).unwrap_or_default();
                    cuts.extend(spread(&between, places).map(|character| format!("{base}{character}")));
                } else {
                    let lengths = spread(&beginnings, places.min(BEGINNINGS));
                    cuts.extend(lengths.map(|length| behind_all(known, *length)));
                }
                break;
            }
            // All that is left, or most of it, begins like the last known key.
            let Some(low) = low else { break };
            top = behind_all(known, at + low.len_utf8());
            if open && differs {
                cuts.push(top.clone());
            }
        }
        cuts.sort_unstable();
        cuts
    }

    /// The lengths of beginnings of `known` after which others may follow, but for the first `at` bytes: those after which
    /// keys are known to differ, if there are such, and of these whole directories. What the last page shares is too long: the next page shows by itself
    /// what follows.
    fn beginnings(&self, segment: &Segment, known: &str, at: usize) -> Vec<usize> {
        let sample = segment.sample.as_ref();
        let shared = sample.map_or(0, |(first, last)| common(first, last).min(common(first, known)));
        let all =
            known.char_indices().map(|(index, _)| index).filter(|index| (at + 1..shared).contains(index));
        let all: Vec<_> = all.collect();
        let branches = narrowed(all, |length| self.branches.contains(&length));
        narrowed(branches, |length| known.get(..length).is_some_and(|beginning| beginning.ends_with('/')))
    }

    /// What no key of a range is greater than.
    fn top(&self, segment: &Segment) -> String {
        segment.end.clone().unwrap_or_else(|| behind_all(self.prefix, self.prefix.len()))
    }
}

/// Those that are preferred, if there are such.
fn narrowed(all: Vec<usize>, preferred: impl Fn(usize) -> bool) -> Vec<usize> {
    let narrowed: Vec<_> = all.iter().copied().filter(|length| preferred(*length)).collect();
    if narrowed.is_empty() { all } else { narrowed }
}

/// Up to `count` of them, evenly spread; all, if there are no more.
fn spread<T>(all: &[T], count: usize) -> impl Iterator<Item = &T> {
    let count = count.min(all.len());
    let index =
        move |number: usize| if count == all.len() { number } else { (number + 1) * all.len() / (count + 1) };
    (0..count).filter_map(move |number| all.get(index(number)))
}
