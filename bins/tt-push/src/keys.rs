//! Which keys a stream has named: no two records are carried out for one key, since which of the two would be there in the end
//! is a matter of chance.
//!
//! Memory is flat for streams in the order of their keys, uploads first and deletions behind them, as tt-plan writes them: the
//! keys of uploads go to a [`Trail`], in step with which deletions are read. Any other order costs 16 bytes and a little more for
//! each record.

use std::{
    cmp::Ordering,
    collections::HashSet,
    hash::{BuildHasher, RandomState},
    io, mem,
};

use tt_record::{Delete, Problem, ProblemKind, Put, S3Url};

use crate::trail::Trail;

/// The keys that were named so far.
#[derive(Default)]
pub(crate) struct Keys {
    puts: Run,
    deletes: Run,
    /// Once the stream is not in order.
    any: Option<Box<Hashes>>,
    /// Room for the next key.
    room: Vec<u8>,
}

/// Records of one kind, in order.
#[derive(Default)]
struct Run {
    trail: Trail,
    last: Vec<u8>,
    /// What is read of the trail.
    passed: Option<Vec<u8>>,
}

/// Keys by their hashes, of which nobody else can make two that are the same.
#[derive(Default)]
struct Hashes {
    set: HashSet<u128>,
    low: RandomState,
    high: RandomState,
}

impl Keys {
    /// An upload is asked for. Why it can't be carried out, if an earlier record is about the same key.
    pub(crate) fn put(&mut self, put: &Put, before: &mut String) -> Result<Option<Problem>, Problem> {
        let item = &put.item;
        let key = self.key(&item.dst);
        let known = match (self.puts.order(&key), self.any.is_some()) {
            (Ordering::Equal, false) => Some(Some(mem::take(before))),
            (Ordering::Greater, false) if self.deletes.is_empty() => {
                self.room = self.puts.push(key).map_err(|e| cannot_note(&e))?;
                None
            }
            _ => self.is_known(&key)?.then_some(None),
        };
        let clash = known.map(|other| {
            let other = other.map_or_else(
                || "an earlier record of this stream is for the same key".to_owned(),
                |other| format!("an earlier record of this stream uploads {other} to the same key"),
            );
            clash(format!("{} is not uploaded to {}: {other}", item.source.src, item.dst))
        });
        before.clone_from(&item.source.src);
        Ok(clash)
    }

    /// The same for a deletion.
    pub(crate) fn delete(&mut self, delete: &Delete) -> Result<Option<Problem>, Problem> {
        let key = self.key(&delete.dst);
        let known = match (self.deletes.order(&key), self.any.is_some()) {
            (Ordering::Equal, false) => true,
            (Ordering::Greater, false) => {
                let known = self.puts.passes(&key).map_err(|e| cannot_note(&e))?;
                self.room = self.deletes.push(key).map_err(|e| cannot_note(&e))?;
                known
            }
            _ => self.is_known(&key)?,
        };
        let text =
            || format!("{} is not deleted: an earlier record of this stream is for the same key", delete.dst);
        Ok(known.then(|| clash(text())))
    }

    /// A key with its bucket, in the order of a listing. Before the first one it is decided where keys are to be: in memory
    /// where there is no other place.
    fn key(&mut self, dst: &S3Url) -> Vec<u8> {
        if self.any.is_none() && self.puts.is_empty() && self.deletes.is_empty() && !Trail::has_a_place() {
            self.any = Some(Box::default());
        }
        let mut key = mem::take(&mut self.room);
        key.clear();
        for part in [dst.bucket.as_bytes(), b"/", dst.key.as_bytes()] {
            key.extend_from_slice(part);
        }
        key
    }

    /// Whether a key was named, in whatever order.
    fn is_known(&mut self, key: &[u8]) -> Result<bool, Problem> {
        if self.any.is_none() {
            let mut hashes = Hashes::default();
            for run in [&mut self.puts, &mut self.deletes] {
                run.trail.read(|key| hashes.insert(key)).map_err(|e| cannot_note(&e))?;
                *run = Run::default();
            }
            self.any = Some(Box::new(hashes));
        }
        Ok(self.any.as_mut().is_some_and(|hashes| !hashes.insert(key)))
    }
}

impl Run {
    fn is_empty(&self) -> bool {
        self.last.is_empty()
    }

    fn order(&self, key: &[u8]) -> Ordering {
        key.cmp(&self.last)
    }

    /// Adds a key. What is left is room for another.
    fn push(&mut self, key: Vec<u8>) -> io::Result<Vec<u8>> {
        self.trail.push(&self.last, &key)?;
        Ok(mem::replace(&mut self.last, key))
    }

    /// Reads on up to a key. Whether it is there.
    fn passes(&mut self, key: &[u8]) -> io::Result<bool> {
        if self.is_empty() {
            return Ok(false);
        }
        let passed = self.passed.get_or_insert_default();
        while (passed.as_slice()) < key && self.trail.next(passed)? {}
        Ok(passed == key)
    }
}

impl Hashes {
    /// Whether it is new.
    fn insert(&mut self, key: &[u8]) -> bool {
        let half = |state: &RandomState| u128::from(state.hash_one(key));
        self.set.insert(half(&self.high) << 64 | half(&self.low))
    }
}

fn clash(message: String) -> Problem {
    Problem::new(ProblemKind::Refused, message)
        .hint("leave one of the two records out of the plan, or change its dst")
}

fn cannot_note(error: &io::Error) -> Problem {
    let directory = std::env::temp_dir();
    let message = format!("can't keep the keys of the plan in {}: {error}", directory.display());
    Problem::new(ProblemKind::Io, message).hint("set TMPDIR to a directory with enough space")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use tt_record::{Item, Properties, PutReason, Source};

    use super::*;

    /// Names of keys, `-` before those that are deleted. Which of them clash.
    fn clashes(stream: &[&str]) -> Vec<usize> {
        let (mut keys, mut before) = (Keys::default(), String::new());
        let is_clash = |(number, name): (usize, &&str)| {
            let dst = S3Url { bucket: "b".into(), key: name.trim_start_matches('-').into() };
            let clash = if name.starts_with('-') {
                keys.delete(&Delete { dst, size: 1, etag: None })
            } else {
                let source = Source { src: format!("/{number}"), src_b64: None };
                let item = Item { source, dst, size: 1, mtime: Timestamp::UNIX_EPOCH };
                let put = Put { item, why: PutReason::New, etag: None, properties: Properties::default() };
                keys.put(&put, &mut before)
            };
            clash.unwrap().map(|_| number)
        };
        stream.iter().enumerate().filter_map(is_clash).collect()
    }

    #[test]
    fn in_order_and_out_of_order_each_second_record_clashes() {
        for (stream, expected) in [
            (&["a", "b", "c", "-d", "-e"][..], &[][..]),
            (&["a", "a", "a", "b"], &[1, 2]),
            (&["b", "a", "b", "a", "c"], &[2, 3]),
            (&["a", "c", "e", "-b", "-c", "-d", "-e"], &[4, 6]),
            (&["a", "-b", "-b"], &[2]),
            (&["a", "c", "-c", "-b", "-a"], &[2, 4]),
            (&["-a", "a", "-a"], &[1, 2]),
            (&["a", "b", "-c", "c", "a", "-d"], &[3, 4]),
            (&["-b", "-c", "a", "c", "b"], &[3, 4]),
        ] {
            assert_eq!(clashes(stream), expected, "{stream:?}");
        }
    }

    #[test]
    fn a_stream_in_order_takes_no_memory_for_its_keys() {
        let name = |number: u32| format!("{number:07}/some name or other");
        let names: Vec<_> =
            (0..20_000).map(name).chain((0..5).map(|n| format!("-{}x", name(n * 1000)))).collect();
        let stream: Vec<_> =
            names.iter().map(String::as_str).chain(["-0019999/some name or other"]).collect();
        assert_eq!(clashes(&stream), [20_005]);
    }

    #[test]
    fn both_sources_are_named_where_they_are_known() {
        let (mut keys, mut before) = (Keys::default(), String::new());
        let mut put = |src: &str| {
            let source = Source { src: src.into(), src_b64: None };
            let dst = "s3://b/k".parse().unwrap();
            let item = Item { source, dst, size: 1, mtime: Timestamp::UNIX_EPOCH };
            keys.put(
                &Put { item, why: PutReason::New, etag: None, properties: Properties::default() },
                &mut before,
            )
        };
        assert_eq!(put("/one").unwrap(), None);
        let message = put("/two").unwrap().unwrap().message;
        assert!(message.contains("/one") && message.contains("/two"), "{message}");
    }
}
