//! Streams that are broken, foreign or cut off, and readers that leave: the last tool knows.

use std::time::Duration;

use rustix::process::Signal;
use tt_tests::{Outcome, Records, Scene, Stage, Tree, plan, push, tool, verify, wait_until};

const DEST: &str = "s3://bucket/p/";

/// More than all pipes and queues of a pipeline hold: whoever writes the plan of it has to wait for the uploads.
const MORE_THAN_FITS: usize = 2000;

/// A scene whose endpoint takes its time for each answer.
fn slow() -> Scene {
    Scene::with(|_, options| options.link.delay = Duration::from_millis(100))
}

/// So many files with such long names that their plan fills every pipe.
fn long_plan(scene: &Scene) -> Tree {
    let mut tree = scene.tree("data");
    tree.many(&["n".repeat(200), "a".repeat(200), "m".repeat(200)].join("/"), MORE_THAN_FITS);
    tree
}

fn small(scene: &Scene, count: usize) -> Tree {
    let mut tree = scene.tree("data");
    tree.many("many", count);
    tree
}

/// The plan of three files, as bytes.
fn planned(scene: &Scene) -> Vec<u8> {
    scene.run(plan(small(scene, 3), DEST)).expect(0).stdout().to_vec()
}

/// What a tool makes of bytes on stdin.
fn fed(scene: &Scene, stage: Stage, bytes: impl Into<Vec<u8>>) -> Outcome {
    scene.pipeline([stage]).reading(bytes).run()
}

/// Fails the test unless everything that is stored was verified, and the other way round.
#[track_caller]
fn expect_all_that_is_stored_is_told(scene: &Scene, records: &Records) {
    let told: Vec<_> =
        records.objects("verified").into_iter().map(|url| &url["s3://bucket/".len()..]).collect();
    let keys = scene.stored().keys();
    assert_eq!(told, keys.iter().collect::<Vec<_>>());
}

#[test]
fn a_plan_that_was_killed_is_carried_out_as_far_as_it_came_and_is_no_success() {
    let scene = slow();
    let tree = long_plan(&scene);
    let mut running = scene.pipeline([plan(&tree, DEST), push(), verify()]).start();
    wait_until("something is uploaded", || scene.requests("PutObject") > 0);
    assert!(running.runs(0), "the plan is written already");
    running.signal(0, Signal::KILL);
    let outcome = running.wait().expect_all(&[137, 65, 65]).expect_said(1, "the input is not whole");
    let records = outcome.expect_hint(1).records();
    assert!(records.is_incomplete());
    let verified = records.count("verified");
    assert!(0 < verified && verified < MORE_THAN_FITS, "{verified}");
    expect_all_that_is_stored_is_told(&scene, &records);
}

#[test]
fn a_push_that_was_killed_makes_the_pipeline_no_success() {
    let scene = slow();
    let tree = small(&scene, 400);
    let running = scene.pipeline([plan(&tree, DEST), push().args(["--concurrency", "4"]), verify()]).start();
    wait_until("something is uploaded", || scene.requests("PutObject") > 8);
    running.signal(1, Signal::KILL);
    let outcome = running.wait().expect(65).expect_said(2, "the input is not whole");
    assert_eq!(outcome.stage(1).code(), 137);
    let records = outcome.records();
    assert!(records.is_incomplete());
    assert!(records.count("verified") < 400);
    assert_eq!(records.count("verified"), records.items.len(), "what arrived is whole");
}

#[test]
fn the_same_command_again_finishes_what_was_killed() {
    let scene = slow();
    let tree = small(&scene, 200);
    let running = scene.pipeline([plan(&tree, DEST), push().args(["--concurrency", "4"]), verify()]).start();
    wait_until("something is uploaded", || scene.requests("PutObject") > 8);
    running.signal(1, Signal::KILL);
    running.wait().expect(65);
    let records = scene.sync(&tree.root, DEST).expect_all(&[0, 0, 0]).records();
    assert!(records.count("verified") < 200, "what was there is not sent again");
    scene.stored().expect(&tree.objects("p/"));
}

#[test]
fn garbage_is_refused_with_its_place() {
    let scene = Scene::new();
    for garbage in
        ["hello, world\n", "[1,2]\n", "{}\n", "{\"type\":7}\n", "{\"type\":\"put\"}\n", "\u{0}\u{1}\n"]
    {
        for stage in [push(), verify()] {
            let outcome =
                fed(&scene, stage, garbage).expect(65).expect_said(0, "stdin, line 1").expect_hint(0);
            assert!(outcome.records().is_incomplete());
        }
    }
    let bytes: &[u8] = b"{\"type\":\"\xff\"}\n";
    fed(&scene, push(), bytes).expect(65).expect_said(0, "stdin, line 1");
}

#[test]
fn garbage_after_a_plan_is_refused_and_what_came_before_is_told() {
    let scene = Scene::new();
    let mut bytes = planned(&scene);
    bytes.extend_from_slice(b"oops\n");
    for stage in [push(), verify()] {
        let outcome = fed(&scene, stage, bytes.clone()).expect(65).expect_said(0, "stdin, line 6");
        assert!(outcome.records().is_incomplete());
    }
}

#[test]
fn an_empty_stdin_is_no_success() {
    let scene = Scene::new();
    for stage in [push(), verify()] {
        for nothing in ["", "\n\n"] {
            let outcome = fed(&scene, stage.clone(), nothing).expect(65).expect_hint(0);
            assert!(outcome.expect_said(0, "neither a begin nor an end").records().is_incomplete());
        }
    }
}

#[test]
fn a_last_line_that_is_cut_off_is_noticed() {
    let scene = Scene::new();
    let bytes = planned(&scene);
    // In the end record, right behind a put, within one.
    for missing in [1 + 10, bytes.len() / 2, bytes.len() - 400] {
        let cut = &bytes[..bytes.len() - missing];
        let outcome = fed(&scene, push(), cut).expect(65).expect_said(0, "the input is not whole");
        assert!(outcome.records().is_incomplete());
        fed(&scene, verify(), cut).expect(65).expect_said(0, "the input is not whole");
    }
}

#[test]
fn a_whole_last_line_without_its_newline_is_as_good() {
    let scene = Scene::new();
    let bytes = planned(&scene);
    fed(&scene, push(), &bytes[..bytes.len() - 1]).expect(0);
}

#[test]
fn a_stream_without_its_head_or_its_end_is_not_whole_unless_it_is_a_piece() {
    let scene = Scene::new();
    let text = String::from_utf8(planned(&scene)).unwrap();
    let lines: Vec<_> = text.lines().collect();
    for piece in [&lines[1..], &lines[..lines.len() - 1]] {
        let piece = piece.join("\n") + "\n";
        fed(&scene, push(), piece.clone()).expect(65).expect_said(0, "the input is not whole");
        let records = fed(&scene, push().arg("--partial-input"), piece).expect(0).records();
        assert_eq!(records.count("pushed"), 3);
    }
}

#[test]
fn a_stream_of_a_future_version_is_refused_before_anything_is_done() {
    let scene = Scene::new();
    let text = String::from_utf8(planned(&scene)).unwrap().replace("\"v\":1", "\"v\":2");
    for stage in [push(), verify()] {
        fed(&scene, stage, text.clone()).expect(65).expect_said(0, "version 2").expect_hint(0);
    }
    assert_eq!(scene.stored().keys().len(), 0);
}

#[test]
fn a_foreign_record_stops_push_and_passes_through_verify() {
    let scene = Scene::new();
    let text = String::from_utf8(planned(&scene)).unwrap();
    let foreign = "{\"type\":\"rename\",\"from\":\"x\",  \"to\":\"y\"}";
    let text = text.replacen('\n', &format!("\n{foreign}\n"), 1);
    let outcome = fed(&scene, push(), text.clone()).expect(65).expect_said(0, "rename").expect_hint(0);
    assert!(outcome.records().is_incomplete());
    assert_eq!(scene.stored().keys().len(), 0, "nothing is done after it");

    let outcome = fed(&scene, verify(), text).expect(1);
    let records = outcome.records_with(&["rename"]);
    assert_eq!(records.counts(), [("missing", 3), ("rename", 1)].into());
    assert!(outcome.text().lines().any(|line| line == foreign), "it is passed on as it came");
}

#[test]
fn unknown_fields_change_nothing() {
    let scene = Scene::new();
    let text = String::from_utf8(planned(&scene)).unwrap();
    let text = text.replace("\"size\":", "\"colour\":{\"red\":1},\"size\":");
    let records = fed(&scene, push(), text).expect(0).records();
    assert_eq!(records.count("pushed"), 3);
}

#[test]
fn a_reader_that_leaves_stops_plan() {
    let scene = Scene::new();
    let tree = long_plan(&scene);
    let outcome = scene.pipeline([plan(&tree, DEST), tool("head").arg("-n1")]).run().expect_all(&[74, 0]);
    assert!(outcome.expect_said(0, "broken pipe").text().starts_with("{\"type\":\"begin\""));
}

#[test]
fn a_reader_that_leaves_stops_push_and_verify() {
    let scene = Scene::new();
    let tree = long_plan(&scene);
    let plan = scene.keep(plan(&tree, DEST), "plan.ndjson");
    for stage in [push(), verify()] {
        let stages = [stage.arg(&plan), tool("head").arg("-n1")];
        scene.pipeline(stages).run().expect_all(&[74, 0]).expect_said(0, "broken pipe");
    }
    assert!(scene.stored().keys().len() < MORE_THAN_FITS, "nothing is done that can't be told");
}

#[test]
fn a_full_disk_is_told() {
    let scene = Scene::new();
    let tree = small(&scene, 3);
    let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
    for stage in [plan(&tree, DEST), push().arg(&planned), verify().arg(&planned)] {
        let outcome = scene.pipeline([stage]).writing("/dev/full").run();
        outcome.expect(74).expect_said(0, "writing to stdout failed").expect_hint(0);
    }
}

#[test]
fn a_file_of_records_that_is_not_there_is_told() {
    let scene = Scene::new();
    for stage in [push(), verify()] {
        let outcome = scene.run(stage.arg("nowhere.ndjson"));
        outcome.expect(74).expect_said(0, "nowhere.ndjson").expect_said(0, ": error: ");
    }
}

#[test]
fn a_directory_in_place_of_records_is_told() {
    let scene = Scene::new();
    for stage in [push(), verify()] {
        scene.run(stage.arg(".")).expect(74).expect_said(0, ": error: ");
    }
}

#[test]
fn a_record_that_names_no_object_creates_nothing() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    let path = tree.file("empty", "");
    let planned = String::from_utf8(planned_one(&scene, &tree)).unwrap();
    let (key, none) = ("\"s3://bucket/p/empty\"", "\"s3://elsewhere/\"");
    assert!(planned.contains(key), "{} is planned", path.display());
    let outcome = fed(&scene, push(), planned.replace(key, none)).expect(1);
    assert_eq!(outcome.records().counts(), [("fail", 1)].into());
    assert_eq!(scene.requests("CreateBucket"), 0);
}

/// The plan of a tree, as it stands.
fn planned_one(scene: &Scene, tree: &Tree) -> Vec<u8> {
    scene.run(plan(tree, DEST)).expect(0).text().into_bytes()
}

#[test]
fn where_all_that_failed_was_throttled_it_is_worth_trying_again() {
    let scene = Scene::new();
    let stream = |kind: &str, exit: u8| {
        let frame =
            |name: &str, rest: &str| format!("{{\"type\":\"{name}\",\"v\":1,\"tool\":\"x\",{rest}}}\n");
        let begin = frame("begin", r#""run":"r","time":"2026-11-24T00:00:00Z""#);
        let rest = r#""ok":false,"counts":{},"bytes":0,"seconds":0,"incomplete":false"#;
        let end = frame("end", &format!("{rest},\"exit\":{exit}"));
        let fail = |kind: &str| {
            format!(
                "{{\"type\":\"fail\",\"stage\":\"push\",\"error\":{{\"kind\":\"{kind}\",\"message\":\"no\"}}}}\n"
            )
        };
        [begin, fail("throttled"), fail(kind), end].concat()
    };
    fed(&scene, verify(), stream("timeout", 75)).expect(75);
    fed(&scene, verify(), stream("timeout", 1)).expect(1);
    fed(&scene, verify().arg("--partial-input"), stream("unreadable", 0)).expect(1);
}
