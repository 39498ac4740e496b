//! How long requests took: the histograms that our tools write, read and put together.

use std::{collections::BTreeMap, fmt::Display, fs, io, path::Path};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hdrhistogram::{
    Histogram,
    serialization::{
        Deserializer,
        interval_log::{IntervalLogIterator, LogEntry},
    },
};
use tt_record::{Problem, ProblemKind};

/// Times in microseconds, by S3's name of the operation.
pub(crate) type Histograms = BTreeMap<String, Histogram<u64>>;

/// Reads all files of a directory.
pub(crate) fn read(directory: &Path) -> Result<Histograms, Problem> {
    let mut all = Histograms::new();
    let files = fs::read_dir(directory).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    for file in files.map_err(|e| unreadable(&e))? {
        let log = fs::read(file.path()).map_err(|e| unreadable(&e))?;
        merge(&mut all, parse(&log).map_err(|e| unreadable(&e))?)?;
    }
    Ok(all)
}

/// Adds histograms to others.
pub(crate) fn merge(to: &mut Histograms, from: Histograms) -> Result<(), Problem> {
    for (operation, one) in from {
        match to.get_mut(&operation) {
            Some(all) => all.add(one).map_err(|e| unreadable(&e))?,
            None => {
                to.insert(operation, one);
            }
        }
    }
    Ok(())
}

fn parse(log: &[u8]) -> Result<Histograms, String> {
    let (mut all, mut deserializer) = (Histograms::new(), Deserializer::new());
    for entry in IntervalLogIterator::new(log) {
        let LogEntry::Interval(interval) = entry.map_err(|e| format!("{e:?}"))? else { continue };
        let encoded = BASE64_STANDARD.decode(interval.encoded_histogram()).map_err(|e| e.to_string())?;
        let mut one: Histogram<u64> =
            deserializer.deserialize(&mut encoded.as_slice()).map_err(|e| e.to_string())?;
        // Else it would take nothing in that is larger than what it holds.
        one.auto(true);
        all.insert(interval.tag().map_or("", |tag| tag.as_str()).to_owned(), one);
    }
    Ok(all)
}

fn unreadable(why: &dyn Display) -> Problem {
    Problem::new(ProblemKind::Io, format!("latencies can't be read: {why}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hdrhistogram::serialization::{
        V2DeflateSerializer,
        interval_log::{IntervalLogWriterBuilder, Tag},
    };

    use super::*;

    #[test]
    fn what_several_tools_wrote_is_put_together() {
        let directory = tempfile::tempdir().unwrap();
        for (name, times) in [("tt-plan", vec![5]), ("tt-push", vec![1_000, 70_000])] {
            let mut histogram = Histogram::<u64>::new(3).unwrap();
            for time in times {
                histogram.record(time).unwrap();
            }
            let (mut log, mut serializer) = (Vec::new(), V2DeflateSerializer::new());
            IntervalLogWriterBuilder::new()
                .begin_log_with(&mut log, &mut serializer)
                .unwrap()
                .write_histogram(&histogram, Duration::ZERO, Duration::from_secs(1), Tag::new("PutObject"))
                .unwrap();
            fs::write(directory.path().join(name), log).unwrap();
        }
        let mut all = read(directory.path()).unwrap();
        assert_eq!((all["PutObject"].len(), all["PutObject"].min()), (3, 5));
        // Whatever is larger than all before fits, too.
        let mut slow = read(directory.path()).unwrap();
        for histogram in slow.values_mut() {
            histogram.record(900_000_000).unwrap();
        }
        merge(&mut all, slow).unwrap();
        assert_eq!(all["PutObject"].len(), 7);
        fs::write(directory.path().join("broken"), "Tag=x,0,1,2,####\n").unwrap();
        assert!(read(directory.path()).is_err());
    }
}
