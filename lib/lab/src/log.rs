//! What was asked and answered: counters, and one JSON line a request.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{self, Write as _},
    path::Path,
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;
use serde::Serialize;

/// What an endpoint did so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Connections that were accepted.
    pub connections: u64,
    /// Requests that were answered, or struck by a fault.
    pub requests: u64,
    /// The same by operation, under S3's names.
    pub operations: BTreeMap<String, u64>,
    /// Requests that were answered with an error, by its code.
    pub errors: BTreeMap<String, u64>,
    /// Requests that a fault struck, by its kind.
    pub faults: BTreeMap<String, u64>,
    /// Bytes of request bodies, as they came over the wire.
    pub bytes_in: u64,
}

/// A request and its answer. A line of the log holds these fields.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Entry<'a> {
    /// When it was answered, or ended.
    pub(crate) time: String,
    pub(crate) op: &'a str,
    pub(crate) bucket: Option<&'a str>,
    pub(crate) key: Option<&'a str>,
    pub(crate) part: Option<u32>,
    pub(crate) upload_id: Option<&'a str>,
    /// None if there was no answer.
    pub(crate) status: Option<u16>,
    pub(crate) code: Option<&'a str>,
    pub(crate) bytes_in: u64,
    /// From its head until its answer, or its end without one.
    pub(crate) seconds: f64,
    pub(crate) fault: Option<&'a str>,
}

/// Keeps the counters, and writes the log if there is one.
#[derive(Debug)]
pub(crate) struct Log {
    stats: Mutex<Stats>,
    file: Option<Mutex<File>>,
}

impl Log {
    pub(crate) fn open(path: Option<&Path>) -> io::Result<Self> {
        let file = path.map(|path| OpenOptions::new().create(true).append(true).open(path)).transpose()?;
        Ok(Self { stats: Mutex::default(), file: file.map(Mutex::new) })
    }

    pub(crate) fn stats(&self) -> Stats {
        self.stats.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn connected(&self) {
        self.stats.lock().unwrap_or_else(PoisonError::into_inner).connections += 1;
    }

    pub(crate) fn add(&self, mut entry: Entry<'_>) {
        self.count(&entry);
        if let Some(file) = &self.file {
            entry.time = Timestamp::now().to_string();
            let line = serde_json::to_string(&entry).map(|line| line + "\n");
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            // A log that can't be written must not stop the endpoint.
            let _ = line.map_err(io::Error::from).and_then(|line| file.write_all(line.as_bytes()));
        }
    }

    fn count(&self, entry: &Entry<'_>) {
        let mut stats = self.stats.lock().unwrap_or_else(PoisonError::into_inner);
        stats.requests += 1;
        stats.bytes_in += entry.bytes_in;
        increment(&mut stats.operations, entry.op);
        if let Some(code) = entry.code {
            increment(&mut stats.errors, code);
        }
        if let Some(fault) = entry.fault {
            increment(&mut stats.faults, fault);
        }
    }
}

fn increment(counters: &mut BTreeMap<String, u64>, name: &str) {
    match counters.get_mut(name) {
        Some(counter) => *counter += 1,
        None => {
            counters.insert(name.to_owned(), 1);
        }
    }
}
