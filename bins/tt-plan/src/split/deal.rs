//! Which part of a plan gets which record, so that all parts are the same work: bytes first, then requests.
//!
//! Pure. The heaviest records are dealt first, each to the lightest part: only their weights are held. All others are
//! dealt when they come by once more. Always holds: the same records are dealt in the same way, and no part gets more
//! bytes than the lightest one, a window and one record together.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap},
    iter::Peekable,
    vec::IntoIter,
};

use crate::effort::Effort;

/// How many records are dealt by their weight.
const HEAVIEST: usize = 200_000;

/// Parts count as equally heavy where their bytes differ by no more than this part of what each of them is to have.
const WINDOW: u64 = 20;

/// The records as they first come by. Kept of them are the sum and the heaviest.
pub(super) struct Hand {
    most: usize,
    seen: u64,
    bytes: u64,
    /// The lightest of the heaviest first.
    heaviest: BinaryHeap<Reverse<(Effort, Reverse<u64>)>>,
}

impl Default for Hand {
    fn default() -> Self {
        Self::holding(HEAVIEST)
    }
}

impl Hand {
    fn holding(most: usize) -> Self {
        Self { most, seen: 0, bytes: 0, heaviest: BinaryHeap::new() }
    }

    /// Takes note of the next record.
    pub(super) fn add(&mut self, effort: Effort) {
        let index = self.seen;
        self.seen += 1;
        self.bytes = self.bytes.saturating_add(effort.bytes);
        if effort.bytes == 0 {
            return;
        }
        let heavy = Reverse((effort, Reverse(index)));
        if self.heaviest.len() < self.most {
            self.heaviest.push(heavy);
        } else if let Some(mut lightest) = self.heaviest.peek_mut()
            && heavy < *lightest
        {
            *lightest = heavy;
        }
    }

    /// Deals the heaviest to `parts` parts.
    pub(super) fn deal(self, parts: u16) -> Dealer {
        let window = self.bytes / u64::from(parts.max(1)) / WINDOW;
        let mut seats = Seats::new(parts, window);
        let heaviest = self.heaviest.into_sorted_vec();
        let mut dealt: Vec<_> = heaviest
            .into_iter()
            .map(|Reverse((effort, Reverse(index)))| (index, seats.give(effort)))
            .collect();
        dealt.sort_unstable();
        Dealer { index: 0, dealt: dealt.into_iter().peekable(), seats }
    }
}

/// Deals all records, as they come by once more in the same order.
pub(super) struct Dealer {
    index: u64,
    /// Where the heaviest went, by index.
    dealt: Peekable<IntoIter<(u64, u16)>>,
    seats: Seats,
}

impl Dealer {
    /// The part that gets the next record.
    pub(super) fn next(&mut self, effort: Effort) -> u16 {
        let index = self.index;
        self.index += 1;
        match self.dealt.next_if(|(at, _)| *at == index) {
            Some((_, part)) => part,
            None => self.seats.give(effort),
        }
    }
}

/// What each part has so far, in the orders in which the next to get something is found.
struct Seats {
    window: u64,
    parts: Vec<Effort>,
    /// By bytes.
    all: BTreeSet<(u64, u16)>,
    /// By requests.
    busy: BTreeSet<(u64, u16)>,
    /// By requests, those within a window of the lightest.
    near: BTreeSet<(u64, u16)>,
    /// By bytes, the others.
    far: BTreeSet<(u64, u16)>,
}

impl Seats {
    fn new(parts: u16, window: u64) -> Self {
        let none: BTreeSet<_> = (0..parts).map(|part| (0, part)).collect();
        Self {
            window,
            parts: vec![Effort::default(); parts.into()],
            all: none.clone(),
            busy: none.clone(),
            near: none,
            far: BTreeSet::new(),
        }
    }

    /// Gives a record to the part whose turn it is: what has no bytes to the one with the fewest requests of all, anything
    /// else to that of the lightest ones.
    fn give(&mut self, effort: Effort) -> u16 {
        let turns = if effort.bytes == 0 { &self.busy } else { &self.near };
        let part = turns.first().map_or(0, |(_, part)| *part);
        let Some(taken) = self.parts.get_mut(usize::from(part)) else { return part };
        let before = *taken;
        *taken += effort;
        let now = *taken;
        self.all.remove(&(before.bytes, part));
        self.all.insert((now.bytes, part));
        self.busy.remove(&(before.fine_requests(), part));
        self.busy.insert((now.fine_requests(), part));
        if self.near.remove(&(before.fine_requests(), part)) {
            self.near.insert((now.fine_requests(), part));
        }
        if effort.bytes > 0 {
            self.near.remove(&(now.fine_requests(), part));
            self.far.insert((now.bytes, part));
            self.bring_near();
        }
        part
    }

    /// The lightest may have become heavier.
    fn bring_near(&mut self) {
        let limit = self.all.first().map_or(0, |(least, _)| least.saturating_add(self.window));
        while let Some((bytes, part)) = self.far.pop_first() {
            if bytes > limit {
                self.far.insert((bytes, part));
                break;
            }
            let requests = self.parts.get(usize::from(part)).map_or(0, |taken| taken.fine_requests());
            self.near.insert((requests, part));
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;
    use tt_record::{Delete, Item, Properties, Put, PutReason, Record, S3Url, Source};

    use super::*;

    fn put(size: u64) -> Effort {
        let source = Source { src: "/a".into(), src_b64: None };
        let item = Item { source, dst: dst(), size, mtime: Timestamp::UNIX_EPOCH };
        let put = Put { item, why: PutReason::New, etag: None, properties: Properties::default() };
        Effort::of(&Record::Put(put)).unwrap()
    }

    fn delete() -> Effort {
        Effort::of(&Record::Delete(Delete { dst: dst(), size: 1 << 40, etag: None })).unwrap()
    }

    fn dst() -> S3Url {
        "s3://b/a".parse().unwrap()
    }

    /// What each part gets; and that the same is dealt once more.
    fn deal(records: &[Effort], parts: u16, held: usize) -> Vec<Effort> {
        let pass = || {
            let mut hand = Hand::holding(held);
            for effort in records {
                hand.add(*effort);
            }
            let mut dealer = hand.deal(parts);
            records.iter().map(|effort| dealer.next(*effort)).collect::<Vec<_>>()
        };
        assert_eq!(pass(), pass());
        let mut sums = vec![Effort::default(); parts.into()];
        for (part, effort) in pass().into_iter().zip(records) {
            sums[usize::from(part)] += *effort;
        }
        sums
    }

    fn range<T: Ord + Copy>(sums: &[Effort], of: fn(&Effort) -> T) -> (T, T) {
        (sums.iter().map(of).min().unwrap(), sums.iter().map(of).max().unwrap())
    }

    /// Many small files, some large ones, a few very large ones: sizes as in home directories.
    fn mixed(count: u64) -> Vec<Effort> {
        let size = |n: u64| match n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54 {
            0..2 => 3_000_000_000 + n * 1_000_003,
            2..40 => 20_000_000 + n * 10_007,
            rest => rest * 100 + n,
        };
        (0..count).map(|n| put(size(n))).collect()
    }

    #[test]
    fn a_mixed_tree_is_dealt_evenly_in_bytes_and_requests() {
        for held in [100, 10_000, HEAVIEST] {
            let sums = deal(&mixed(20_000), 8, held);
            let ((light, heavy), (few, many)) =
                (range(&sums, |sum| sum.bytes), range(&sums, |sum| sum.requests()));
            assert!(heavy * 100 <= light * 105, "{held}: {light} to {heavy} bytes");
            assert!(many * 100 <= few * 110, "{held}: {few} to {many} requests");
        }
    }

    #[test]
    fn what_has_no_bytes_is_dealt_by_requests() {
        let records: Vec<_> = (0..1000).flat_map(|_| [put(0), delete(), delete()]).collect();
        let sums = deal(&records, 7, HEAVIEST);
        let (few, many) = range(&sums, |sum| sum.fine_requests());
        assert!(many - few <= 1000, "{few} to {many}");
    }

    #[test]
    fn what_has_no_bytes_does_not_all_go_to_the_lightest() {
        let records: Vec<_> = [1, 1, 1, 2].map(|gigabytes| put(gigabytes << 30)).into();
        let records: Vec<_> = records.into_iter().chain((0..10_000).map(|_| delete())).collect();
        let (few, many) = range(&deal(&records, 4, HEAVIEST), |sum| sum.requests());
        assert!(many - few <= 2, "{few} to {many}");
    }

    #[test]
    fn one_file_that_is_more_than_all_others_has_a_part_of_its_own() {
        let records: Vec<_> = (0..700).map(|_| put(1000)).chain([put(1 << 40)]).collect();
        let mut sums = deal(&records, 8, 10);
        sums.sort();
        assert_eq!(sums.pop(), Some(put(1 << 40)));
        assert_eq!(range(&sums, |sum| sum.bytes), (100_000, 100_000));
    }

    #[test]
    fn more_parts_than_records_leave_some_empty() {
        let sums = deal(&[put(5), put(7)], 5, HEAVIEST);
        assert_eq!(sums.iter().filter(|sum| **sum == Effort::default()).count(), 3);
    }

    fn records() -> impl Strategy<Value = Vec<Effort>> {
        let size = prop_oneof![0_u64..10, 0_u64..100_000, 0_u64..100_000_000];
        prop::collection::vec(prop_oneof![4 => size.prop_map(put), 1 => Just(delete())], 0..300)
    }

    proptest! {
        #[test]
        fn no_part_has_more_than_the_lightest_a_window_and_one_record(
            records in records(), parts in 1_u16..40, held in 0_usize..100
        ) {
            let sums = deal(&records, parts, held);
            let total: u64 = records.iter().map(|effort| effort.bytes).sum();
            prop_assert_eq!(sums.iter().map(|sum| sum.bytes).sum::<u64>(), total);
            let (light, heavy) = range(&sums, |sum| sum.bytes);
            let largest = records.iter().map(|effort| effort.bytes).max().unwrap_or(0);
            let window = total / u64::from(parts) / WINDOW;
            prop_assert!(heavy <= light + window + largest, "{} to {}", light, heavy);
        }
    }
}
