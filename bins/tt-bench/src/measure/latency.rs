//! How long requests took: the histograms that our tools write, read and put together.

use std::{collections::BTreeMap, fs, io, path::Path};

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

/// Reads all files of a directory, and adds what they hold.
pub(crate) fn read(directory: &Path, to: &mut Histograms) -> Result<(), Problem> {
    let failed = |why: String| Problem::new(ProblemKind::Io, format!("latencies can't be read: {why}"));
    let files = fs::read_dir(directory).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    for file in files.map_err(|e| failed(e.to_string()))? {
        let log = fs::read(file.path()).map_err(|e| failed(e.to_string()))?;
        add(&log, to).map_err(failed)?;
    }
    Ok(())
}

fn add(log: &[u8], to: &mut Histograms) -> Result<(), String> {
    let mut deserializer = Deserializer::new();
    for entry in IntervalLogIterator::new(log) {
        let LogEntry::Interval(interval) = entry.map_err(|e| format!("{e:?}"))? else { continue };
        let encoded = BASE64_STANDARD.decode(interval.encoded_histogram()).map_err(|e| e.to_string())?;
        let one: Histogram<u64> =
            deserializer.deserialize(&mut encoded.as_slice()).map_err(|e| e.to_string())?;
        let operation = interval.tag().map_or("", |tag| tag.as_str()).to_owned();
        match to.get_mut(&operation) {
            Some(all) => all.add(one).map_err(|e| e.to_string())?,
            None => {
                to.insert(operation, one);
            }
        }
    }
    Ok(())
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
        let mut all = Histograms::new();
        read(directory.path(), &mut all).unwrap();
        assert_eq!((all["PutObject"].len(), all["PutObject"].min()), (3, 5));
        fs::write(directory.path().join("broken"), "Tag=x,0,1,2,####\n").unwrap();
        assert!(read(directory.path(), &mut all).is_err());
    }
}
