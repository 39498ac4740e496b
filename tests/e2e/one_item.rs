//! What fails for one item is the item's own: the others go on, and the run ends only where nothing succeeds any more.

use std::{
    fs::{self, File},
    io::Write,
    thread,
    time::Duration,
};

use tt_tests::{Narrow, Outcome, Scene, plan, push, wait_until};

const DEST: &str = "s3://bucket/p/";

/// A scene with so many small files, and faults.
fn scene(files: usize, faults: &[&str]) -> Scene {
    let scene = Scene::with_faults(faults);
    scene.tree("tree").many("d", files);
    scene
}

/// Plans all files, and pushes them one after the other.
fn pushed(scene: &Scene) -> Outcome {
    let push = push().args(["--concurrency", "1", "--retries", "2"]);
    scene.pipeline([plan(scene.path("tree"), DEST), push]).run()
}

#[test]
fn one_connection_that_always_breaks_ends_nothing_else() {
    let scene = scene(60, &["reset:key=00017"]);
    let outcome = pushed(&scene);
    assert_eq!(outcome.stage(1).code(), 1, "{outcome}");
    let records = outcome.records();
    assert_eq!(records.counts(), [("pushed", 59), ("fail", 1)].into(), "{outcome}");
    assert!(!records.is_incomplete(), "{outcome}");
}

#[test]
fn one_key_that_is_denied_ends_nothing_else_even_if_it_comes_first() {
    for key in ["00000", "00017"] {
        let scene = scene(60, &[&format!("access-denied:key={key},op=PutObject")]);
        let outcome = pushed(&scene);
        assert_eq!(outcome.stage(1).code(), 1, "{outcome}");
        assert_eq!(outcome.records().counts(), [("pushed", 59), ("fail", 1)].into(), "{outcome}");
    }
}

#[test]
fn where_everything_is_denied_the_run_ends_soon_and_says_so() {
    let scene = scene(500, &["access-denied:op=PutObject"]);
    let outcome = pushed(&scene);
    assert_eq!(outcome.stage(1).code(), 77, "{outcome}");
    assert!(scene.requests("PutObject") < 50, "{}", scene.requests("PutObject"));
    assert!(outcome.records().is_incomplete());
}

#[test]
fn where_nothing_succeeds_any_more_the_run_ends() {
    let scene = scene(500, &["access-denied:op=PutObject,after=10"]);
    let outcome = pushed(&scene);
    assert_eq!(outcome.stage(1).code(), 77, "{outcome}");
    assert_eq!(outcome.records().count("pushed"), 10);
    assert!(scene.requests("PutObject") < 150, "{}", scene.requests("PutObject"));
}

#[test]
fn a_service_that_one_thread_has_reached_is_away_for_all_others_too() {
    let scene = scene(40, &[]);
    let link = Narrow::to(&scene.url(), 100_000_000);
    let plan = fs::read_to_string(scene.keep(plan(scene.path("tree"), DEST), "plan.ndjson")).unwrap();
    let (first, rest) = plan.split_at(plan.match_indices('\n').nth(1).unwrap().0 + 1);
    let fifo = scene.tree("pipe").fifo("plan");
    let push = push().arg(&fifo).env("AWS_ENDPOINT_URL", link.url()).env("AWS_ENDPOINT_URL_S3", link.url());
    let running = scene.pipeline([push]).start();
    let mut plan = File::options().write(true).open(&fifo).unwrap();
    plan.write_all(first.as_bytes()).unwrap();
    wait_until("the first one is there", || scene.requests("PutObject") == 1);
    link.cut();
    plan.write_all(rest.as_bytes()).unwrap();
    drop(plan);
    // For longer than a wrong address is tried.
    thread::sleep(Duration::from_secs(2));
    link.mend();
    let outcome = running.wait().expect_all(&[0]);
    assert_eq!(outcome.records().counts(), [("pushed", 40)].into(), "{outcome}");
}
