//! A limit on what is sent per second.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tt_tests::{Scene, Stage, Tree, plan, push};

const DEST: &str = "s3://bucket/p/";

fn tree(scene: &Scene, sizes: &[usize]) -> Tree {
    let mut tree = scene.tree("data");
    for (index, size) in sizes.iter().enumerate() {
        tree.sized(&index.to_string(), *size);
    }
    tree
}

/// Uploads a tree. Gives how long tt-push took.
fn upload(scene: &Scene, tree: &Tree, bandwidth: &str, change: impl Fn(Stage) -> Stage) -> Duration {
    let records = scene.keep(change(plan(tree, DEST)), "plan.ndjson");
    let started = Instant::now();
    let outcome = scene.run(change(push()).arg(records).args(["--bandwidth", bandwidth])).expect(0);
    let took = started.elapsed();
    assert_eq!(outcome.records().count("pushed"), tree.count());
    scene.stored().expect(&tree.objects("p/"));
    took
}

#[test]
fn the_total_of_all_files_stays_below_the_rate() {
    let scene = Scene::new();
    let took = upload(&scene, &tree(&scene, &[1_000_000; 4]), "1MB/s", |stage| stage);
    assert!(took >= Duration::from_millis(3500), "4 MB at 1 MB/s took {took:?}");
}

#[test]
fn what_the_sdk_sends_is_limited_too() {
    let scene = Scene::with(|_, options| options.anonymous = true);
    let took = upload(&scene, &tree(&scene, &[2_000_000]), "1MB/s", |stage| stage.arg("--no-sign-request"));
    assert!(took >= Duration::from_millis(1700), "2 MB at 1 MB/s took {took:?}");
}

#[test]
fn a_timetable_is_in_local_time() {
    let scene = Scene::new();
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let hour = |hours: u64| (since_1970 / 3600 + hours) % 24;
    let timetable = format!("{:02}:00,1MB/s {:02}:00,off", hour(10), hour(14));
    let east = |stage: Stage| stage.env("TZ", "EAST-12");
    let took = upload(&scene, &tree(&scene, &[2_000_000]), &timetable, east);
    assert!(took >= Duration::from_millis(1700), "2 MB at 1 MB/s took {took:?}");
}

#[test]
fn without_a_limit_or_with_a_high_one_it_just_works() {
    let scene = Scene::new();
    let tree = tree(&scene, &[9 << 20, 0, 17, 300_000]);
    let records = scene.keep(plan(&tree, DEST), "plan.ndjson");
    for bandwidth in ["off", "2GB/s", "00:00,3Gbit", "00:00,off Mon-08:00,500MB/s"] {
        scene.run(push().arg(&records).args(["--bandwidth", bandwidth])).expect(0);
        scene.stored().expect(&tree.objects("p/"));
    }
}

#[test]
fn what_is_no_rate_and_no_timetable_is_wrong_usage() {
    let scene = Scene::new();
    for bandwidth in ["", "fast", "0", "100", "25:00,1MB/s", "08:00", "08:00,1MB/s 08:00,off"] {
        let outcome = scene.run(push().args(["--bandwidth", bandwidth])).expect(64);
        outcome.expect_said(0, "--bandwidth");
    }
}
