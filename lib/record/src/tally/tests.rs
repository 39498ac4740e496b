use super::*;
use crate::{End, decode};

const WHOLE: Requirement = Requirement { partial: false, lone_part: false, all: false };
const PIECE: Requirement = Requirement { partial: true, ..WHOLE };

fn begin(part: Option<(u32, u32)>) -> Line {
    let (part, parts) = part.unzip();
    Line::Known(Box::new(Record::Begin(Begin { part, parts, ..Begin::new("x", "r".into()) })))
}

fn end(counts: &[(&str, u64)]) -> Line {
    let counts = counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
    Line::Known(Box::new(Record::End(End { ok: true, counts, ..End::new("x") })))
}

fn of(name: &str) -> Line {
    let text = match name {
        "put" => {
            r#"{"type":"put","src":"/a","dst":"s3://b/a","size":1,"mtime":"2026-01-01T00:00:00Z","why":"new"}"#
        }
        "pushed" => {
            r#"{"type":"pushed","src":"/a","dst":"s3://b/a","size":1,"mtime":"2026-01-01T00:00:00Z","why":"new"}"#
        }
        other => return Line::Foreign(other.to_owned()),
    };
    decode(text).unwrap()
}

/// The account of files, each with its lines.
fn tally(files: &[&[Line]]) -> Tally {
    let mut tally = Tally::default();
    for (number, lines) in files.iter().enumerate() {
        tally.open(&format!("file-{number}"));
        lines.iter().for_each(|line| tally.note(line));
        tally.close();
    }
    tally
}

fn gaps(tally: &Tally) -> Vec<String> {
    tally.shortfalls(WHOLE).iter().map(ToString::to_string).collect()
}

fn counts(name: &str, count: u64) -> Counts {
    [(name.to_owned(), count)].into()
}

#[test]
fn each_file_is_judged_by_itself_and_named() {
    let whole = [begin(None), end(&[])];
    assert!(gaps(&tally(&[&whole, &whole])).is_empty());
    let empty = tally(&[&whole, &[], &whole]);
    assert_eq!(gaps(&empty), ["file-1 is not whole: it holds neither a begin nor an end record"]);
    let (head, rest) = whole.split_at(1);
    assert_eq!(gaps(&tally(&[head, rest])).len(), 2, "one does not make up for the other");
    assert!(tally(&[head, rest, &[]]).shortfalls(PIECE).is_empty());
}

#[test]
fn a_filter_may_leave_out_what_is_to_be_done_and_the_rest_is_told() {
    let filtered = tally(&[&[begin(None), of("put"), end(&[("put", 3)])]]);
    assert!(gaps(&filtered).is_empty());
    assert_eq!(filtered.arrived(WHOLE).unseen, counts("put", 2));
    assert!(filtered.arrived(PIECE).unseen.is_empty());
}

#[test]
fn results_and_failures_that_were_announced_have_to_come() {
    for (name, came) in [("pushed", vec![of("pushed")]), ("fail", vec![]), ("hologram", vec![of("hologram")])]
    {
        let number = came.len() as u64;
        let lines: Vec<_> =
            [vec![begin(None)], came, vec![end(&[(name, number + 6)])]].into_iter().flatten().collect();
        let lost = tally(&[&lines]);
        assert_eq!(
            gaps(&lost),
            [format!("file-0 is not whole: its end record announces 6 {name} records that did not arrive")]
        );
        assert!(lost.shortfalls(PIECE).is_empty());
    }
}

#[test]
fn what_nothing_announces_is_told() {
    let forged = tally(&[&[begin(None), of("pushed"), of("pushed"), end(&[("pushed", 1)])]]);
    assert!(gaps(&forged).is_empty());
    assert_eq!(forged.arrived(WHOLE).unannounced, counts("pushed", 1));
}

#[test]
fn streams_that_follow_each_other_do_not_make_up_for_each_other() {
    let (one, two) = (of("pushed"), end(&[("pushed", 1)]));
    let lines = [begin(None), two.clone(), begin(None), one.clone(), one.clone(), two.clone()];
    assert_eq!(gaps(&tally(&[&lines])).len(), 1);
    // As shuf leaves them: only the sum is known.
    let shuffled = [one.clone(), two.clone(), begin(None), two, one, begin(None)];
    let shuffled = tally(&[&shuffled]);
    assert!(gaps(&shuffled).is_empty() && shuffled.arrived(WHOLE) == Arrived::default());
}

#[test]
fn an_end_that_contradicts_itself_is_no_success() {
    let end = |ok, exit| Line::Known(Box::new(Record::End(End { ok, exit, ..End::new("x") })));
    for (ok, exit, code) in [(false, 0, 1), (true, 75, 75), (false, 65, 65), (true, 0, 0)] {
        assert_eq!(tally(&[&[begin(None), end(ok, exit)]]).exits(), [code]);
    }
}

#[test]
fn of_a_split_plan_each_part_has_to_be_there_once() {
    let part = |number| vec![begin(Some((number, 3))), end(&[])];
    let (a, b, c) = (part(0), part(1), part(2));
    assert!(gaps(&tally(&[&a, &b, &c])).is_empty());
    assert_eq!(
        gaps(&tally(&[&a, &b])),
        ["the input is not whole: part 2 missing of the plan r, which has 3 parts (0 to 2)"]
    );
    let twice = gaps(&tally(&[&a, &b, &b]));
    assert_eq!(twice[0], "file-2 is not whole: it holds part 1 of the plan r, which file-1 holds too");
    assert!(twice[1].contains("part 2"));
    let alone = Requirement { lone_part: true, ..WHOLE };
    assert!(tally(&[&a]).shortfalls(alone).is_empty());
    assert_eq!(tally(&[&a]).shortfalls(WHOLE).len(), 1);
    assert_eq!(tally(&[&a, &c]).shortfalls(alone).len(), 1);
    assert!(tally(&[&a, &c]).shortfalls(PIECE).is_empty());
}

#[test]
fn the_end_knows_all_parts_of_a_stream() {
    let all: Vec<_> = (0..3).map(|part| Part { run: "r".into(), part, parts: 3 }).collect();
    let end = Line::Known(Box::new(Record::End(End { ok: true, covers: all.clone(), ..End::new("x") })));
    let tally = tally(&[&[begin(Some((0, 3))), end]]);
    assert!(gaps(&tally).is_empty());
    assert_eq!(tally.arrived(WHOLE).covers, all);
}

#[test]
fn a_plan_of_more_parts_than_can_be_is_no_trouble() {
    let lines = [begin(Some((7, u32::MAX))), end(&[])];
    assert!(gaps(&tally(&[&lines]))[0].contains("0, 1, 2, 3, 4, 5, 6, 8, 9, 10 and 4294967284 more"));
}
