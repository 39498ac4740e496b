use jiff::Timestamp;
use tt_cli::Present as _;
use tt_record::{
    Delete, Item, Keep, Problem, ProblemKind, Properties, Put, PutReason, SkipReason, Source, Stage,
};

use super::*;

fn source(name: &str) -> Source {
    Source { src: format!("/data/{name}"), src_b64: None }
}

fn dst(name: &str) -> S3Url {
    S3Url { bucket: "b".into(), key: format!("p/{name}") }
}

fn item(name: &str, size: u64) -> Item {
    Item { source: source(name), dst: dst(name), size, mtime: Timestamp::UNIX_EPOCH }
}

fn put(name: &str, size: u64, why: PutReason) -> Record {
    Record::Put(Put { item: item(name, size), why, etag: None, properties: Properties::default() })
}

fn delete(name: &str) -> Record {
    Record::Delete(Delete { dst: dst(name), size: 7, etag: None })
}

fn skip(name: &str) -> Record {
    Record::Skip(Skip { source: source(name), why: SkipReason::Fifo })
}

fn fail(name: &str) -> Record {
    let error = Problem::new(ProblemKind::Unreadable, "can't be read");
    Record::Fail(Fail { stage: Stage::Plan, source: Some(source(name)), dst: None, error })
}

/// What is shown of a plan.
fn shown(each: bool, records: &[Record]) -> String {
    let mut plan = Plan::new("s3://b/p/".parse().unwrap(), each);
    let mut out = Vec::new();
    let mut bytes = 0;
    for record in records {
        if let Record::Put(put) = record {
            bytes += put.item.size;
        }
        plan.record(record, Origin::Own, &mut out).unwrap();
    }
    let end = End { ok: true, bytes, ..End::new("tt-plan") };
    plan.end(&end, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn what_is_alike_stands_together_with_the_first_few_and_the_largest() {
    let mut records: Vec<_> = (1..=7).map(|n| put(&format!("n{n}"), n * 1000, PutReason::New)).collect();
    records.insert(3, put("big", 20 << 20, PutReason::Size));
    records.push(put("late", 5, PutReason::Newer));
    records.push(Record::Keep(Keep { item: item("same", 1), etag: None }));
    records.extend([skip("pipe"), fail("shut"), delete("gone")]);
    let text = "\
New: 7, 28.0 kB
     1.0 kB  n1
     2.0 kB  n2
     3.0 kB  n3
     4.0 kB  n4
     5.0 kB  n5
  and 2 more

Changed (newer): 1, 5 B
        5 B  late

Changed (size): 1, 21.0 MB
    21.0 MB  big

To delete: 1, 7 B
        7 B  gone

Up to date: 1, 1 B
        1 B  same

Skipped: 1
  /data/pipe (fifo)

Failed: 1
  /data/shut: can't be read

The largest:
    21.0 MB  big
     7.0 kB  n7
     6.0 kB  n6
     5.0 kB  n5
     4.0 kB  n4

9 files, 21.0 MB to upload to s3://b/p/; 1 to delete; 1 up to date; 1 skipped; 1 failed. \
It takes about 15 PUT requests, 1 HEAD request, 1 DELETE request. Nothing was done: pipe this into tt-push.
";
    assert_eq!(shown(false, &records), text);
}

#[test]
fn each_is_shown_where_that_is_wanted() {
    let records: Vec<_> =
        (0..100).map(|n| put(&format!("n{n}"), n, PutReason::New)).chain([skip("x")]).collect();
    let text = shown(true, &records);
    assert!((0..100).all(|n| text.contains(&format!("  n{n}\n"))), "{text}");
    assert!(text.contains("skip      /data/x (fifo)\n") && text.contains("New: 100, 5.0 kB\n\n"), "{text}");
}

#[test]
fn much_that_failed_is_bounded() {
    let records: Vec<_> = (0..1000).map(|n| fail(&n.to_string())).collect();
    let text = shown(false, &records);
    assert_eq!(text.matches("can't be read").count(), MANY);
    assert!(text.contains("  and 980 more\n"), "{text}");
}

#[test]
fn nothing_to_do_is_one_line() {
    assert_eq!(shown(false, &[]), "Nothing to upload to s3://b/p/.\n");
}

#[test]
fn names_cannot_steer_the_terminal() {
    let evil = "a\x1b[2J\r\nb\u{9b}31m";
    let records = [put(evil, 1, PutReason::Other(evil.into())), delete(evil), skip(evil), fail(evil)];
    for each in [false, true] {
        let text = shown(each, &records);
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
        assert!(!text.lines().any(|line| line.starts_with('b')), "{text:?}");
    }
}
