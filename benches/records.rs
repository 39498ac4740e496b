//! Records: from a line, and to a line.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use tt_record::{Line, Record, decode, encode};

/// Lines as a plan and its results have them.
const LINES: [(&str, &str); 2] = [
    (
        "put",
        r#"{"type":"put","src":"/data/2026/11/images/camera-3/IMG_20261124_135900.jpg","dst":"s3://bucket/archive/2026/11/images/camera-3/IMG_20261124_135900.jpg","size":4812345,"mtime":"2026-11-24T13:59:00.123456789Z","why":"new"}"#,
    ),
    (
        "pushed",
        r#"{"type":"pushed","src":"/data/2026/11/images/camera-3/IMG_20261124_135900.jpg","dst":"s3://bucket/archive/2026/11/images/camera-3/IMG_20261124_135900.jpg","size":4812345,"mtime":"2026-11-24T13:59:00.123456789Z","why":"new","content_type":"image/jpeg","etag":"\"9b2cf535f27731c974343645a3985328\"","checksum":{"algorithm":"CRC64NVME","type":"FULL_OBJECT","value":"rosUhgp5mYg="},"parts":0,"resumed":0,"attempts":1,"seconds":0.123456789}"#,
    ),
];

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for (name, line) in LINES {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(1));
        group.bench_function("decode", |bencher| bencher.iter(|| decode(black_box(line))));
        let (record, mut buffer) = (record(line), Vec::new());
        group.bench_function("encode", |bencher| {
            bencher.iter(|| {
                buffer.clear();
                encode(black_box(&record), &mut buffer)
            });
        });
        group.finish();
    }
    criterion.final_summary();
}

#[allow(clippy::panic, reason = "the lines stand above")]
fn record(line: &str) -> Record {
    match decode(line) {
        Ok(Line::Known(record)) => *record,
        other => panic!("{other:?}: {line}"),
    }
}
