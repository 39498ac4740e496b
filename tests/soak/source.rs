//! The tree, how it changes from day to day, and all that its files ever were.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use rand::{Rng as _, RngExt as _, rngs::Xoshiro256PlusPlus};
use tt_tests::sha256;

/// A hash of a file's or an object's bytes.
pub(crate) type Hash = String;

const MIB: usize = 1 << 20;

/// One small file in so many gets several parts each time it is written.
const SEVERAL: u32 = 50;

/// Names that are easily mistaken on their way.
const ODD: [&str; 6] = ["a b", "a+b", "per%20cent", "é/ü", "quote'\"s", "d.1/x"];

/// A tree.
pub(crate) struct Source {
    pub(crate) root: PathBuf,
    now: BTreeMap<String, Hash>,
    /// By name and size. No size comes twice, for what was written within one second is told apart by nothing else.
    ever: BTreeMap<String, BTreeMap<usize, Hash>>,
}

impl Source {
    pub(crate) fn new(root: &Path, rng: &mut Xoshiro256PlusPlus) -> Self {
        fs::create_dir_all(root).unwrap();
        let mut source = Self { root: root.to_owned(), now: BTreeMap::new(), ever: BTreeMap::new() };
        for name in names() {
            source.write(&name, rng);
        }
        source
    }

    /// What the files are, by name.
    pub(crate) fn now(&self) -> &BTreeMap<String, Hash> {
        &self.now
    }

    /// Whether a file of this name ever had these bytes.
    pub(crate) fn ever_was(&self, name: &str, hash: &Hash) -> bool {
        self.ever.get(name).is_some_and(|hashes| hashes.values().any(|was| was == hash))
    }

    /// Some files are written anew, some go, and some come back.
    pub(crate) fn change(&mut self, rng: &mut Xoshiro256PlusPlus) {
        for name in names() {
            match (rng.random_range(0..8), self.now.contains_key(&name)) {
                (0, true) => self.remove(&name),
                (0..=3, _) | (_, false) => self.write(&name, rng),
                _ => {}
            }
        }
    }

    /// About half of the files go.
    pub(crate) fn shrink(&mut self, rng: &mut Xoshiro256PlusPlus) {
        for name in names() {
            if self.now.contains_key(&name) && rng.random() {
                self.remove(&name);
            }
        }
    }

    /// Writes one file, half of the time a large one, and gives its name.
    pub(crate) fn write_one(&mut self, rng: &mut Xoshiro256PlusPlus) -> String {
        let large = rng.random::<bool>();
        let chosen: Vec<_> = names().filter(|name| name.starts_with("large") == large).collect();
        let name = chosen[rng.random_range(0..chosen.len())].clone();
        self.write(&name, rng);
        name
    }

    fn remove(&mut self, name: &str) {
        fs::remove_file(self.root.join(name)).unwrap();
        self.now.remove(name);
    }

    fn write(&mut self, name: &str, rng: &mut Xoshiro256PlusPlus) {
        let sizes = match name {
            name if name.starts_with("large") => 17 * MIB..26 * MIB,
            name if name.starts_with("medium") => 0..4 * MIB,
            _ if rng.random_ratio(1, SEVERAL) => 6 * MIB..12 * MIB,
            _ => 0..20_000,
        };
        let ever = self.ever.entry(name.to_owned()).or_default();
        let size =
            std::iter::repeat_with(|| rng.random_range(sizes.clone())).find(|size| !ever.contains_key(size));
        let size = size.expect("some size is left");
        let mut bytes = vec![0; size];
        rng.fill_bytes(&mut bytes);
        let path = self.root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &bytes).unwrap();
        let hash = sha256(&bytes);
        ever.insert(size, hash.clone());
        self.now.insert(name.to_owned(), hash);
    }
}

/// All that may be there.
fn names() -> impl Iterator<Item = String> {
    let large = (0..2).map(|number| format!("large-{number}"));
    let medium = (0..5).map(|number| format!("medium/{number}"));
    let small = (0..60).map(|number| format!("small/{}/{number:03}", number % 7));
    large.chain(medium).chain(small).chain(ODD.map(str::to_owned))
}
