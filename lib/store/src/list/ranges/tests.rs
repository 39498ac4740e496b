//! Listings of simulated buckets: right whatever they hold and however answers come, and few requests for large ones.

use std::{collections::VecDeque, ops::RangeInclusive};

use proptest::{collection::vec, prelude::*};

use super::{super::landmarks::Landmarks, super::page::Builder, *};

/// A bucket, and how its service answers.
struct Bucket {
    /// In order.
    keys: Vec<String>,
    /// How large pages are, one after the other, over and over.
    sizes: Vec<usize>,
    answers: usize,
    /// Whether it knows how to start behind a key.
    starts: bool,
}

impl Bucket {
    fn new(mut keys: Vec<String>) -> Self {
        keys.sort_unstable();
        keys.dedup();
        Self { keys, sizes: vec![1000], answers: 0, starts: true }
    }

    fn answer(&mut self, from: &From) -> Answer {
        let behind = |key: &str| self.keys.partition_point(|known| known.as_str() <= key);
        let start = match from {
            From::After(key) if self.starts => behind(key),
            From::Start | From::After(_) => 0,
            From::Token(token) => token.parse().unwrap(),
        };
        let size = self.sizes[self.answers % self.sizes.len()];
        self.answers += 1;
        let end = (start + size).min(self.keys.len());
        let mut builder = Builder::default();
        self.keys[start..end].iter().for_each(|key| builder.push(key, 1, 0, None));
        let truncated = end < self.keys.len();
        Answer { page: builder.finish().unwrap(), truncated, token: truncated.then(|| end.to_string()) }
    }
}

fn ranges(concurrency: usize, memory: usize, landmarks: &Landmarks) -> Ranges {
    let place = S3Url { bucket: "b".into(), key: "p/".into() };
    Ranges::new(place, ListOptions { concurrency, memory, landmarks: landmarks.clone(), skips: false })
}

/// Takes all that is there for the reader. Tells whether that was the end.
fn read(ranges: &mut Ranges, into: &mut Vec<String>) -> bool {
    loop {
        match ranges.take() {
            Taken::Page(page) => into.extend(page.iter().map(|listed| listed.key())),
            Taken::Wait => return false,
            Taken::End => return true,
            Taken::Failed(problem) => panic!("{problem}"),
        }
    }
}

/// Requests and rounds of requests that are answered together, of a whole listing.
struct Effort {
    requests: usize,
    rounds: usize,
}

fn list(bucket: &mut Bucket, concurrency: usize, memory: usize, landmarks: &Landmarks) -> Effort {
    let mut ranges = ranges(concurrency, memory, landmarks);
    let (mut read_keys, mut rounds) = (Vec::new(), 0);
    while !read(&mut ranges, &mut read_keys) {
        rounds += 1;
        let asked: Vec<_> = std::iter::from_fn(|| ranges.ask(concurrency)).collect();
        assert!(!asked.is_empty());
        for ask in asked {
            ranges.answer(ask.number, &bucket.answer(&ask.from));
            assert!(ranges.held <= memory + concurrency * ranges.page);
        }
    }
    assert_eq!(read_keys.len(), bucket.keys.len());
    assert!(read_keys == bucket.keys);
    Effort { requests: bucket.answers, rounds }
}

/// Lists 1,000 pages of 100 keys, and holds the effort against what is bearable.
#[track_caller]
fn effort(keys: impl Fn(usize) -> String, memory: usize, landmarks: &Landmarks, most: usize) {
    let mut bucket = Bucket::new((0..100_000).map(keys).collect());
    bucket.sizes = vec![100];
    let Effort { requests, rounds } = list(&mut bucket, 32, memory, landmarks);
    assert!(requests <= 1300 + 2 * 32, "{requests} requests");
    assert!(rounds <= most, "{rounds} rounds");
}

const AMPLE: usize = 1 << 30;

/// A number in another notation, always as long.
fn written(mut number: usize, digits: RangeInclusive<char>, length: usize) -> String {
    let digits: Vec<_> = digits.collect();
    let mut text = VecDeque::new();
    for _ in 0..length {
        text.push_front(digits[number % digits.len()]);
        number /= digits.len();
    }
    text.into_iter().collect()
}

#[test]
fn numbers_take_few_requests_and_rounds() {
    let none = Landmarks::default();
    effort(|n| format!("p/{n:05}"), AMPLE, &none, 60);
    effort(|n| format!("p/file-{n}.dat"), AMPLE, &none, 60);
}

#[test]
fn emoji_take_few_requests_and_rounds() {
    effort(|n| format!("p/{}", written(n, '😀'..='😿', 3)), AMPLE, &Landmarks::default(), 60);
}

#[test]
fn keys_that_differ_at_their_end_take_few_requests_and_rounds() {
    let long = "x".repeat(892);
    effort(|n| format!("p/{long}{}", written(n, '0'..='?', 5)), AMPLE, &Landmarks::default(), 60);
}

#[test]
fn deep_directories_take_few_requests_and_rounds() {
    let deep = |n: usize| {
        let [a, b, c, d] = [10_000, 1000, 100, 10].map(|each| n / each % 10);
        format!("p/a{a}/below b{b}/c{c}/there/d{d}/f{n}.txt")
    };
    effort(deep, AMPLE, &Landmarks::default(), 60);
    effort(|n| format!("p/dir{}/sub{}/file-{n}.txt", n % 97, n % 1013), AMPLE, &Landmarks::default(), 60);
}

#[test]
fn mixed_trees_take_few_requests_and_rounds() {
    let none = Landmarks::default();
    effort(|n| format!("p/some/where/down/below/{}/img_{n}.jpg", n / 300), AMPLE, &none, 60);
    let skewed = |n| if n < 1000 { format!("p/{:02}/x{n}", n % 100) } else { format!("p/57/{n}") };
    effort(skewed, AMPLE, &none, 60);
    let log = |n| format!("p/20{:02}/{:02}/{:02}/{:02}-{n}.log", n / 8000, n / 600 % 12, n / 20 % 30, n % 24);
    effort(log, AMPLE, &none, 60);
    let words = ["alpha", "be", "gammas", "delta-x", "eps", "z", "eta", "thetata", "io", "kappa"];
    let words = |n: usize| {
        let [a, b, c, d] = [10_000, 1000, 100, 10].map(|each| words[n / each % 10]);
        format!("p/{a}/{b}/common part/{c}-{d}/the file {n} of many.txt")
    };
    effort(words, AMPLE, &none, 60);
    let hashes = |n: usize| format!("p/{:02x}/{:016x}", n * 40_503 % 251, n as u64 * 0x9E37_79B9_7F4A);
    effort(hashes, AMPLE, &none, 60);
}

#[test]
fn with_little_memory_the_nearest_come_first() {
    effort(|n| format!("p/{n:05}"), 100 * 45 * 200, &Landmarks::default(), 100);
}

#[test]
fn a_reader_that_takes_nothing_stops_the_listing() {
    let mut bucket = Bucket::new((0..300_000).map(|n| format!("p/{n:06}")).collect());
    let (landmarks, page) = (Landmarks::default(), 1000 * 45);
    (0..300).for_each(|number| landmarks.add(format!("p/{number:03}999")));
    let mut ranges = ranges(8, 20 * page, &landmarks);
    while let Some(ask) = ranges.ask(8) {
        ranges.answer(ask.number, &bucket.answer(&ask.from));
        assert!(ranges.held <= 28 * page, "{}", ranges.held);
    }
    assert!(bucket.answers < 60, "{} requests", bucket.answers);
    let mut keys = Vec::new();
    assert!(!read(&mut ranges, &mut keys) && ranges.ask(8).is_some());
}

#[test]
fn landmarks_show_where_keys_are() {
    let key = |n: usize| format!("p/{:x}/{n}", n * 7919 % 4093);
    let landmarks = Landmarks::default();
    (0..100_000).for_each(|number| landmarks.add(key(number)));
    effort(key, AMPLE, &landmarks, 45);
}

#[test]
fn a_small_listing_is_one_request() {
    for count in [0, 1, 999, 1000] {
        let mut bucket = Bucket::new((0..count).map(|n| format!("p/{n:03}")).collect());
        assert_eq!(list(&mut bucket, 32, AMPLE, &Landmarks::default()).requests, 1, "{count}");
    }
}

#[test]
fn what_nobody_wants_is_left_out() {
    let mut bucket = Bucket::new((0..300_000).map(|n| format!("p/{n:06}")).collect());
    let wanted: Vec<_> = (1..=10).map(|n| format!("p/{:06}", n * 29_000)).collect();
    let mut ranges = ranges(32, AMPLE, &Landmarks::default());
    ranges.options.skips = true;
    let (mut keys, mut found) = (Vec::new(), 0);
    while found < wanted.len() {
        while let Taken::Page(page) = ranges.take() {
            keys.extend(page.iter().map(|listed| listed.key()));
            while found < wanted.len() && keys.last().is_some_and(|last| *last >= wanted[found]) {
                assert!(keys.contains(&wanted[found]));
                found += 1;
            }
            if let Some(key) = wanted.get(found) {
                ranges.seek(key);
            }
        }
        let asked: Vec<_> = std::iter::from_fn(|| ranges.ask(32)).collect();
        for ask in asked {
            ranges.answer(ask.number, &bucket.answer(&ask.from));
        }
    }
    assert!(bucket.answers <= 30, "{} requests", bucket.answers);
}

#[test]
fn a_reader_that_skips_nothing_soon_gets_as_much_as_one_that_never_does() {
    let mut bucket = Bucket::new((0..1_000_000).map(|n| format!("p/{n:06}")).collect());
    let mut ranges = ranges(32, AMPLE, &Landmarks::default());
    ranges.options.skips = true;
    let (mut keys, mut rounds) = (Vec::new(), 0);
    while !read(&mut ranges, &mut keys) {
        rounds += 1;
        let asked: Vec<_> = std::iter::from_fn(|| ranges.ask(32)).collect();
        for ask in asked {
            ranges.answer(ask.number, &bucket.answer(&ask.from));
        }
        if let Some(last) = keys.last() {
            ranges.seek(last);
        }
    }
    assert!(keys == bucket.keys && rounds <= 75, "{rounds} rounds");
}

#[test]
fn a_failure_shows_when_the_reader_gets_there() {
    let mut bucket = Bucket::new((0..300_000).map(|n| format!("p/{n:06}")).collect());
    let mut ranges = ranges(4, AMPLE, &Landmarks::default());
    let mut keys = Vec::new();
    let failed = loop {
        match ranges.take() {
            Taken::Page(page) => keys.extend(page.iter().map(|listed| listed.key())),
            Taken::Failed(problem) => break problem,
            Taken::End => panic!("it fails"),
            Taken::Wait => {
                let asked: Vec<_> = std::iter::from_fn(|| ranges.ask(4)).collect();
                for ask in asked {
                    match &ask.from {
                        From::After(_) => ranges.fail(ask.number, Problem::new(ProblemKind::Server, "no")),
                        _ => ranges.answer(ask.number, &bucket.answer(&ask.from)),
                    }
                }
            }
        }
    };
    assert_eq!(failed.message, "no");
    assert!(!keys.is_empty() && keys == bucket.keys[..keys.len()]);
}

/// What the service says once that is not true.
#[test]
fn contradictions_fail() {
    let page = |keys: &[&str]| {
        let mut builder = Builder::default();
        for key in keys {
            builder.push(key, 1, 0, None);
        }
        builder.finish().unwrap()
    };
    let told = |keys: &[&str], token: Option<&str>| Answer {
        page: page(keys),
        truncated: true,
        token: token.map(str::to_owned),
    };
    let backwards = [told(&["p/b"], Some("1")), told(&["p/a"], Some("2"))];
    let foreign = [told(&["q"], Some("1"))];
    let no_token = [told(&["p/b"], None)];
    let no_end = [told(&[], Some("1")), told(&[], Some("1"))];
    for (answers, why) in [
        (Vec::from(backwards), "out of order"),
        (foreign.into(), "not asked for"),
        (no_token.into(), "how to get there"),
        (no_end.into(), "nothing does"),
    ] {
        let mut ranges = ranges(1, AMPLE, &Landmarks::default());
        for answer in answers {
            let ask = ranges.ask(1).unwrap();
            ranges.answer(ask.number, &answer);
        }
        while let Taken::Page(_) = ranges.take() {}
        assert!(matches!(ranges.take(), Taken::Failed(problem) if problem.message.contains(why)), "{why}");
    }
}

fn key() -> impl Strategy<Value = String> {
    let often = prop::sample::select(vec![
        'a',
        'b',
        'c',
        '/',
        '0',
        '9',
        'é',
        '😀',
        '\u{10FFFF}',
        '\u{1}',
        '\u{E000}',
    ]);
    vec(prop_oneof![4 => often, 1 => any::<char>()], 0..7)
        .prop_map(|tail| format!("p/{}", String::from_iter(tail)))
}

/// What happens next in a listing; which of several is up to the number.
#[derive(Clone, Debug)]
enum Step {
    Ask,
    Answer(usize),
    Take,
    Seek(usize),
    Landmark(String),
}

fn step(seeks: u32) -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => Just(Step::Ask),
        5 => any::<usize>().prop_map(Step::Answer),
        3 => Just(Step::Take),
        seeks => any::<usize>().prop_map(Step::Seek),
        1 => key().prop_map(Step::Landmark),
    ]
}

/// A listing under way, and what was read of it.
struct Trial {
    bucket: Bucket,
    ranges: Ranges,
    asked: Vec<Ask>,
    limit: usize,
    landmarks: Landmarks,
    /// How many of the bucket's keys the reader is through with.
    passed: usize,
    wanted: String,
}

impl Trial {
    fn step(&mut self, step: &Step) -> bool {
        match step {
            Step::Ask => self.asked.extend(self.ranges.ask(self.limit)),
            Step::Answer(which) if !self.asked.is_empty() => {
                let ask = self.asked.swap_remove(which % self.asked.len());
                self.ranges.answer(ask.number, &self.bucket.answer(&ask.from));
            }
            Step::Take => return self.take(),
            Step::Seek(which) if !self.bucket.keys.is_empty() => {
                let ahead = &self.bucket.keys[self.passed..];
                // Whoever seeks goes forward.
                if let Some(key) = ahead.get(which % (ahead.len() + 1)).filter(|key| **key > self.wanted) {
                    self.wanted.clone_from(key);
                    self.ranges.seek(key);
                }
            }
            Step::Landmark(key) => self.landmarks.add(key.clone()),
            Step::Answer(_) | Step::Seek(_) => {}
        }
        false
    }

    /// Takes what there is, and holds it against the bucket. Tells whether it was the end.
    fn take(&mut self) -> bool {
        match self.ranges.take() {
            Taken::Page(page) => {
                for listed in page.iter() {
                    self.skip_to(|key| *key == listed.key());
                    self.passed += 1;
                }
                false
            }
            Taken::Wait => false,
            Taken::End => {
                self.skip_to(|_| false);
                true
            }
            Taken::Failed(problem) => panic!("{problem}"),
        }
    }

    /// Only what nobody wants may be left out.
    fn skip_to(&mut self, is: impl Fn(&String) -> bool) {
        while let Some(key) = self.bucket.keys.get(self.passed).filter(|key| !is(key)) {
            assert!(*key < self.wanted, "{key:?} is missing");
            self.passed += 1;
        }
    }

    fn run(mut self, steps: &[Step]) {
        if steps.iter().any(|step| self.step(step)) {
            return;
        }
        for _ in 0..100_000 {
            let first = [Step::Ask, Step::Answer(0), Step::Take];
            if first.iter().any(|step| self.step(step)) {
                return;
            }
        }
        panic!("no end");
    }
}

proptest! {
    #[test]
    fn every_key_comes_once_in_order(
        keys in vec(key(), 0..300),
        sizes in vec(1..20_usize, 1..4),
        starts in prop::bool::weighted(0.8),
        limit in 1..9_usize,
        memory in prop::sample::select(vec![0, 3000, AMPLE]),
        (skips, steps) in prop::bool::ANY
            .prop_flat_map(|skips| (Just(skips), vec(step(u32::from(skips)), 0..400))),
    ) {
        let landmarks = Landmarks::default();
        let mut ranges = ranges(limit, memory, &landmarks);
        ranges.options.skips = skips;
        let bucket = Bucket { sizes, starts, ..Bucket::new(keys) };
        let wanted = String::new();
        Trial { bucket, ranges, asked: Vec::new(), limit, landmarks, passed: 0, wanted }.run(&steps);
    }
}
