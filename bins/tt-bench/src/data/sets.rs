//! The named sets: which files of what sizes.

use clap::ValueEnum;
use rand::{Rng as _, RngExt as _, SeedableRng as _, rngs::Xoshiro256PlusPlus};

const KB: u64 = 1_000;
const MB: u64 = 1_000_000;
const GB: u64 = 1_000_000_000;

/// A set of files with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SetName {
    /// 20 files of 100 MB to 1 GB, 5 GB in all.
    Plan,
    /// 20,000 files of 0.5 to 16 kB, 105 MB in all.
    Small,
    /// 400 files of 1 kB to 64 MB, 2.6 GB in all, in directories of 50.
    Mixed,
    /// One file of 5 GB.
    OneHuge,
    /// 400 pictures of 3 to 8 MB with a small file beside each, 2.2 GB in all, in directories by day.
    Photos,
}

/// A file that is to be made: its path in the set, and its size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Planned {
    pub(super) path: String,
    pub(super) size: u64,
}

impl SetName {
    /// As it is typed.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// What it is.
    pub(crate) fn about(self) -> String {
        let value = self.to_possible_value();
        value.and_then(|value| Some(value.get_help()?.to_string())).unwrap_or_default()
    }

    /// Its files. A `scale` below 1 makes fewer of them, or smaller ones where there are few.
    pub(super) fn files(self, seed: u64, scale: f64) -> Vec<Planned> {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        match self {
            Self::Plan => plan(scale),
            Self::Small => small(&mut random, scale),
            Self::Mixed => mixed(&mut random, scale),
            Self::OneHuge => vec![Planned { path: "huge.bin".to_owned(), size: scaled(5 * GB, scale) }],
            Self::Photos => photos(&mut random, scale),
        }
    }
}

fn plan(scale: f64) -> Vec<Planned> {
    let sizes = [(10, 100 * MB), (6, 250 * MB), (3, 500 * MB), (1, GB)];
    let all = sizes.into_iter().flat_map(|(count, size)| (1..=count).map(move |number| (number, size)));
    let file = |(number, size)| Planned {
        path: format!("delivery-{:04}MB-{number:02}.bin", size / MB),
        size: scaled(size, scale),
    };
    all.map(file).collect()
}

fn small(random: &mut Xoshiro256PlusPlus, scale: f64) -> Vec<Planned> {
    const SIZES: [u64; 6] = [500, KB, 2 * KB, 4_096, 8 * KB, 16 * KB];
    let file = |number: u64| Planned {
        path: format!("d{:03}/f{number:06}.dat", number % 100),
        size: SIZES[random.random_range(0..SIZES.len())],
    };
    (0..scaled(20_000, scale)).map(file).collect()
}

/// As many files between 1 kB and 2 kB as between 32 MB and 64 MB.
fn mixed(random: &mut Xoshiro256PlusPlus, scale: f64) -> Vec<Planned> {
    let file = |number: u64| {
        let doublings = random.random_range(0..16_u32);
        let least = KB << doublings;
        Planned {
            path: format!("{:02}/file-{number:03}.bin", number / 50),
            size: least + random.random_range(0..least),
        }
    };
    (0..scaled(400, scale)).map(file).collect()
}

fn photos(random: &mut Xoshiro256PlusPlus, scale: f64) -> Vec<Planned> {
    let pair = |number: u64| {
        let stem = format!("2026-06-{:02}/IMG_{number:04}", number / 25 + 1);
        let picture = Planned { path: format!("{stem}.jpg"), size: random.random_range(3 * MB..8 * MB) };
        let notes = Planned { path: format!("{stem}.xmp"), size: random.random_range(2 * KB..6 * KB) };
        [picture, notes]
    };
    (0..scaled(400, scale)).flat_map(pair).collect()
}

/// A part of a number, but at least one.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "numbers here are far below 2^52, and a scale is between 0 and 1"
)]
fn scaled(number: u64, scale: f64) -> u64 {
    ((number as f64 * scale) as u64).max(1)
}

/// Bytes that don't shrink when they are packed, the same ones for the same seed.
pub(super) struct Noise(Xoshiro256PlusPlus);

impl Noise {
    pub(super) fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    pub(super) fn fill(&mut self, buffer: &mut [u8]) {
        self.0.fill_bytes(buffer);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn total(name: SetName, scale: f64) -> (usize, u64) {
        let files = name.files(1, scale);
        let paths: BTreeSet<_> = files.iter().map(|file| &file.path).collect();
        assert_eq!(paths.len(), files.len(), "{name:?}");
        (files.len(), files.iter().map(|file| file.size).sum())
    }

    #[test]
    fn sets_are_as_large_as_they_are_told() {
        assert_eq!(total(SetName::Plan, 1.0), (20, 5 * GB));
        assert_eq!(total(SetName::OneHuge, 1.0), (1, 5 * GB));
        let near = |name, files, bytes: u64| {
            let (count, sum) = total(name, 1.0);
            assert_eq!(count, files, "{name:?}");
            assert!(sum.abs_diff(bytes) < bytes / 10, "{name:?}: {sum}");
        };
        near(SetName::Small, 20_000, 105 * MB);
        near(SetName::Mixed, 400, 2 * GB + 400 * MB);
        near(SetName::Photos, 800, 2 * GB + 200 * MB);
    }

    #[test]
    fn the_same_seed_gives_the_same_files() {
        assert_eq!(SetName::Mixed.files(3, 0.5), SetName::Mixed.files(3, 0.5));
        assert_ne!(SetName::Mixed.files(3, 0.5), SetName::Mixed.files(4, 0.5));
        assert_eq!(total(SetName::Small, 0.01).0, 200);
        assert_eq!(total(SetName::Plan, 0.001), (20, 5 * MB));
        assert_eq!(total(SetName::Photos, 0.000_1).0, 2);
    }
}
