//! Files that others write to while they are uploaded: what is stored is a state that the file was in, never a mixture.
//!
//! Five writers are at it, each in a way of its own. Every eight bytes of a file hold the version that they belong to, so
//! a mixture shows; and a writer that the system stops between two writes leaves states that are told from one.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use serde_json::Value;
use tt_tests::{Records, Scene, plan, push};

const DEST: &str = "s3://bucket/p/";

/// How often all files are uploaded anew. By hand it was done with 25, which makes 1,000 uploads.
const ROUNDS: u64 = 3;

/// Bytes of a single write(2), which must not take longer than a tick of the file system's clock.
const BLOCK: usize = 4 << 10;

/// Blocks in the files of each writer: from 64 KiB to 2 MiB, and one that goes in parts.
const BLOCKS: [usize; 8] = [16, 32, 64, 100, 128, 256, 512, 17 << 8];

/// How a writer changes its files.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// Adds blocks, and begins anew when it has become long.
    Append,
    /// Writes a version over the one before.
    InPlace,
    /// Cuts the file to nothing, then writes a version.
    Truncate,
    /// Puts another file in its place.
    Rename,
    /// Removes it, and puts a new one there.
    Remove,
}

const WAYS: [Way; 5] = [Way::Append, Way::InPlace, Way::Truncate, Way::Rename, Way::Remove];

/// A file that is written to, in its way.
struct Target {
    path: PathBuf,
    way: Way,
    blocks: usize,
}

impl Target {
    fn all(root: &Path) -> Vec<Self> {
        let of = |way: Way| {
            BLOCKS.map(|blocks| Self { path: root.join(format!("{way:?}-{blocks}")), way, blocks })
        };
        WAYS.into_iter().flat_map(of).collect()
    }

    /// Writes the next version.
    fn write(&self, version: u64) {
        let opened = || File::options().write(true).open(&self.path).unwrap();
        match self.way {
            Way::Append => self.append(),
            Way::InPlace => self.fill(&opened(), version),
            Way::Truncate => {
                let file = opened();
                file.set_len(0).unwrap();
                self.fill(&file, version);
            }
            Way::Rename | Way::Remove => {
                if matches!(self.way, Way::Remove) {
                    fs::remove_file(&self.path).unwrap();
                    thread::sleep(Duration::from_millis(version % 3));
                }
                // Beside the tree, where it is not uploaded.
                let new = self.path.parent().unwrap().with_extension(self.path.file_name().unwrap());
                self.fill(&File::create(&new).unwrap(), version);
                fs::rename(new, &self.path).unwrap();
            }
        }
    }

    fn fill(&self, file: &File, version: u64) {
        let block = block(version);
        (0..self.blocks).for_each(|at| file.write_all_at(&block, (at * BLOCK) as u64).unwrap());
    }

    /// Its blocks are numbered.
    fn append(&self) {
        let mut file = File::options().append(true).open(&self.path).unwrap();
        let mut blocks = file.metadata().unwrap().len() / BLOCK as u64;
        if blocks > 2 * self.blocks as u64 {
            file.set_len(0).unwrap();
            blocks = 0;
        }
        for number in blocks..blocks + self.blocks as u64 / 4 {
            file.write_all(&block(number)).unwrap();
        }
    }

    /// Fails the test unless the file was in this state at some moment.
    fn check(&self, bytes: &[u8]) {
        let words: Vec<_> = bytes.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word)).collect();
        let whole = words.len() * 8 == bytes.len() && bytes.len() == self.blocks * BLOCK;
        let same = words.iter().all(|word| *word == words[0]);
        let good = match self.way {
            Way::Append => (0..).zip(bytes.chunks(BLOCK)).all(|(number, found)| found == block(number)),
            // The writer was stopped on its way through the file.
            Way::InPlace => {
                let new =
                    bytes.chunks(BLOCK).take_while(|found| *found == block(words[0])).count() * BLOCK / 8;
                whole && words[new..].iter().all(|word| word + 1 == words[0])
            }
            Way::Truncate => same && bytes.len().is_multiple_of(BLOCK),
            Way::Rename | Way::Remove => same && whole,
        };
        assert!(good, "a mixture of {} was stored: {:?}", self.path.display(), runs(&words));
    }
}

fn block(version: u64) -> Vec<u8> {
    version.to_le_bytes().repeat(BLOCK / 8)
}

/// How many words of which version follow each other.
fn runs(words: &[u64]) -> Vec<(u64, usize)> {
    words.chunk_by(|one, other| one == other).map(|run| (run[0], run.len())).collect()
}

/// Changes files, one after the other and again, until told to stop.
fn keep_changing(targets: &[Target], begun: &Barrier, stop: &AtomicBool) {
    begun.wait();
    let versions = (1..).flat_map(|version| targets.iter().map(move |target| (target, version)));
    for ((target, version), pause) in versions.zip((0..23).step_by(7).cycle()) {
        if stop.load(Relaxed) {
            return;
        }
        target.write(version);
        // Now and then there is time to upload one.
        thread::sleep(Duration::from_millis(pause));
    }
}

/// Stops the writers, even when the test fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

/// Uploads all files once while they change. Gives what tt-push said.
fn upload_once(scene: &Scene, targets: &[Target]) -> Records {
    let stop = AtomicBool::new(false);
    let begun = Barrier::new(WAYS.len() + 1);
    let planned = scene.keep(plan("data", DEST), "plan.ndjson");
    thread::scope(|scope| {
        let stopping = Stop(&stop);
        for mine in targets.chunks(BLOCKS.len()) {
            scope.spawn(|| keep_changing(mine, &begun, &stop));
        }
        begun.wait();
        let outcome = scene.run(push().arg(planned));
        drop(stopping);
        assert!([0, 1].contains(&outcome.stage(0).code()), "{outcome}");
        outcome.records()
    })
}

/// Holds what is stored against what tt-push said of it.
fn check(scene: &Scene, targets: &[Target], records: &Records) {
    let pushed = records.objects("pushed");
    let stored = scene.stored();
    assert_eq!(pushed.len(), stored.keys().len());
    for target in targets {
        let key = format!("p/{}", target.path.file_name().unwrap().display());
        if let Some(dst) = pushed.get(&*format!("s3://bucket/{key}")) {
            let bytes = stored.bytes(&key);
            target.check(&bytes);
            let told: Vec<&Value> = records.of("pushed").filter(|record| record["dst"] == *dst).collect();
            assert_eq!((told.len(), &told[0]["size"]), (1, &bytes.len().into()));
        }
    }
    assert_eq!(stored.uploads(), 0);
}

#[test]
fn whatever_others_do_to_files_no_mixture_is_stored() {
    let (mut pushed, mut skipped, mut failed) = (0, 0, 0);
    for _ in 0..ROUNDS {
        let scene = Scene::new();
        let targets = Target::all(&scene.tree("data").root);
        for target in &targets {
            let file = File::create(&target.path).unwrap();
            if !matches!(target.way, Way::Append) {
                target.fill(&file, 0);
            }
        }
        let records = upload_once(&scene, &targets);
        check(&scene, &targets, &records);
        assert!(records.of("skip").all(|skip| skip["why"] == "changing"));
        assert!(records.of("fail").all(|fail| fail["error"]["kind"] == "no-source"), "{records:?}");
        assert_eq!(records.items.len(), targets.len());
        pushed += records.count("pushed");
        skipped += records.count("skip");
        failed += records.count("fail");
    }
    println!("{pushed} were pushed, {skipped} changed all the time, {failed} were gone");
    assert!(pushed > 0);
}
