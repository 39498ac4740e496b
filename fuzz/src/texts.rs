//! Files and words that somebody wrote.

use std::{cell::RefCell, fs, path::Path};

use tempfile::NamedTempFile;
use tt_cli::{Input, Timetable, is_hidden, printable};
use tt_lab::Fault;
use tt_manifest::{Manifest, Writer};
use tt_record::{Line, Requirement, S3Url, decode, encode};
use tt_sum::Algorithm;

thread_local! {
    /// One file for all inputs: it is written anew each time.
    static FILE: RefCell<NamedTempFile> = RefCell::new(NamedTempFile::new().expect("a place for a file"));
}

/// Gives `read` a file with these bytes.
fn with_file(data: &[u8], read: impl FnOnce(&Path)) {
    FILE.with_borrow(|file| {
        fs::write(file.path(), data).expect("the file can be written");
        read(file.path());
    });
}

/// A stream of records, as tt-push and tt-verify read it.
pub fn records(data: &[u8]) {
    with_file(data, |path| {
        let Ok(mut input) = Input::open(&[path.to_owned()]) else { return };
        while let Ok(Some(read)) = input.read() {
            assert!(!printable(&read.text).contains(is_hidden), "a terminal would obey it");
            let Line::Known(record) = read.line else { continue };
            let mut written = Vec::new();
            encode(&record, &mut written).expect("what was read can be written");
            let written = String::from_utf8(written).expect("records are UTF-8");
            let again = decode(&written).expect("what was written can be read");
            assert_eq!(again, Line::Known(record), "{written}");
        }
        for partial in [false, true] {
            let required = Requirement { partial, ..Requirement::default() };
            let _ = (input.tally().shortfalls(required), input.tally().arrived(required));
        }
    });
}

/// A configuration file, as tt-sync reads it.
pub fn config(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let environment = |name: &str| (name == "HOME").then(|| "/home/fuzz".to_owned());
    if let Ok(assignments) = tt_sync::read_config(&text, environment) {
        for assignment in assignments {
            assert!((1..=text.lines().count()).contains(&assignment.line), "{assignment:?}");
        }
    }
}

/// Checksum files, as tt-verify reads them, and as tt-sync writes them.
pub fn sums(data: &[u8]) {
    with_file(data, |path| {
        let Ok(manifest) = Manifest::read(&[path.to_owned()]) else { return };
        let directory = tempfile::tempdir().expect("a directory");
        let copy = directory.path().join("copy");
        let mut writer = Writer::create(&copy).expect("a manifest can be written");
        let mut listed = Vec::new();
        let read = manifest.each(|line| {
            assert!(
                !line.name.starts_with('/') && !line.name.split('/').any(|part| part == ".."),
                "{line:?}"
            );
            // The number of digits does not tell other algorithms apart.
            if line.sum.algorithm() == Algorithm::Sha256 {
                writer.add(line.name.as_bytes(), &line.sum.hex())?;
                listed.push(line);
            }
            Ok(())
        });
        read.and_then(|()| writer.finish()).expect("all of it was looked at before");
        if listed.is_empty() {
            return;
        }
        let mut again = Vec::new();
        let copied = Manifest::read(&[copy]).expect("what was written can be read");
        let read = copied.each(|line| {
            again.push(line);
            Ok(())
        });
        read.expect("it was looked at");
        assert_eq!(again, listed);
    });
}

/// Words of a command line.
pub fn quantities(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    if let Ok(size) = tt_cli::size(text) {
        let _ = tt_cli::human_bytes(size);
    }
    if let Ok(duration) = tt_cli::duration(text) {
        let _ = tt_cli::human_duration(duration);
    }
    if let Ok(share) = tt_cli::percent(text) {
        assert!((0.0..=1.0).contains(&share), "{share}");
        let _ = tt_cli::human_percent(share);
    }
    let _ = tt_cli::rate(text);
    if let Ok(timetable) = text.parse::<Timetable>() {
        let _ = timetable.now();
    }
    if let Ok(url) = text.parse::<S3Url>() {
        assert_eq!(url.to_string().parse(), Ok(url));
    }
    let _ = tt_tree::check_pattern(text);
    let _ = text.parse::<Fault>();
}
