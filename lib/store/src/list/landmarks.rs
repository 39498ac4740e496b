//! Keys that probably exist, as a sample of bounded size: where to cut a listing into ranges.

use std::{
    collections::BTreeSet,
    ops::Bound::Excluded,
    sync::{Arc, Mutex, PoisonError},
};

/// How many are held at most.
const MOST: usize = 4096;

/// Keys that probably exist, or lie near such: those of the tree that is compared, say. When there are too many every
/// second one goes, and of those that come later as many. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Landmarks(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    keys: BTreeSet<String>,
    /// Of 2 to the power of this many one is held.
    thinned: u32,
    /// How many were given.
    given: u64,
    /// Those up to it are of no use any more.
    passed: String,
}

impl Landmarks {
    /// Adds a key, in any order.
    pub fn add(&self, key: String) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.given += 1;
        if !held.given.is_multiple_of(held.each()) || key <= held.passed {
            return;
        }
        held.keys.insert(key);
        if held.keys.len() > MOST {
            held.thin();
        }
    }

    /// Takes away those up to a key.
    pub(super) fn pass(&self, key: &str) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while held.keys.first().is_some_and(|first| first.as_str() <= key) {
            held.keys.pop_first();
        }
        key.clone_into(&mut held.passed);
    }

    /// About how many keys lie in the range between two, both excluded.
    pub(super) fn estimate(&self, after: &str, end: Option<&str>) -> u64 {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.between(after, end).count() as u64 * held.each()
    }

    /// Up to `count` of those between two keys, evenly spread.
    pub(super) fn choose(&self, after: &str, end: Option<&str>, count: usize) -> Vec<String> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all: Vec<_> = held.between(after, end).collect();
        let count = count.min(all.len());
        (1..=count)
            .filter_map(|number| all.get(number * all.len() / (count + 1)).map(|key| (*key).clone()))
            .collect()
    }
}

impl Held {
    fn each(&self) -> u64 {
        1 << self.thinned.min(63)
    }

    fn thin(&mut self) {
        let mut keep = false;
        self.keys.retain(|_| {
            keep = !keep;
            keep
        });
        self.thinned += 1;
    }

    fn between<'h>(&'h self, after: &str, end: Option<&'h str>) -> impl Iterator<Item = &'h String> {
        let empty = end.is_some_and(|end| end <= after);
        let range =
            (!empty).then(|| self.keys.range::<str, _>((Excluded(after), std::ops::Bound::Unbounded)));
        range.into_iter().flatten().take_while(move |key| end.is_none_or(|end| key.as_str() < end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_stays_small_and_even() {
        let landmarks = Landmarks::default();
        (0..100_000).for_each(|number| landmarks.add(format!("{number:06}")));
        let held = landmarks.0.lock().unwrap().keys.len();
        assert!((MOST / 2..=MOST).contains(&held), "{held}");
        let estimate = landmarks.estimate("020000", Some("040000"));
        assert!((19_900..20_100).contains(&estimate), "{estimate}");
        let chosen = landmarks.choose("020000", Some("040000"), 3);
        let near = |key: &String, number: i32| (key.parse::<i32>().unwrap() - number).abs() < 100;
        assert!(
            near(&chosen[0], 25_000) && near(&chosen[1], 30_000) && near(&chosen[2], 35_000),
            "{chosen:?}"
        );
    }

    #[test]
    fn what_is_behind_goes() {
        let landmarks = Landmarks::default();
        for key in ["c", "a", "b"] {
            landmarks.add(key.to_owned());
        }
        landmarks.pass("b");
        landmarks.add("a".to_owned());
        assert_eq!(landmarks.choose("", None, 9), ["c"]);
        assert_eq!((landmarks.estimate("c", None), landmarks.estimate("d", Some("a"))), (0, 0));
    }
}
