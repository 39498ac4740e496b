//! A disk that does not answer: its own files fail, and those of others don't wait for them.
#![cfg(target_os = "linux")]

use std::fs;

use tt_tests::{BrokenDisk, Scene, Spot, plan, push, verify};

const DEST: &str = "s3://bucket/p/";
const MIB: u64 = 1 << 20;

#[test]
fn a_read_that_hangs_is_given_up_and_stops_no_other_file() {
    let scene = Scene::new();
    fs::create_dir(scene.path("disk")).unwrap();
    let spots = [
        ("hangs-1", Spot::Hangs(1000)),
        ("hangs-2", Spot::Hangs(20 * MIB)),
        ("sound", Spot::sound(3000)),
        ("sound-and-large", Spot::sound(18 * MIB)),
    ];
    let Some(_disk) = BrokenDisk::mount(&scene.path("disk"), &spots) else { return };
    let push = push().args(["--timeout", "2s"]);
    let outcome = scene.pipeline([plan(scene.path("disk"), DEST), push, verify()]).run();
    let records = outcome.records();
    assert_eq!(records.counts(), [("fail", 2), ("verified", 2)].into(), "{outcome}");
    for fail in records.of("fail") {
        assert!(fail["error"]["message"].as_str().unwrap().contains("has not answered"), "{fail}");
    }
    // It may answer again.
    assert_eq!(outcome.stage(1).code(), 75, "{outcome}");
}

#[test]
fn verifying_gives_up_too_what_hangs() {
    let scene = Scene::new();
    fs::create_dir(scene.path("disk")).unwrap();
    let sound = [("a", Spot::sound(1000)), ("b", Spot::sound(2000))];
    let Some(disk) = BrokenDisk::mount(&scene.path("disk"), &sound) else { return };
    let pushed = scene.pipeline([plan(scene.path("disk"), DEST), push()]).run().expect_all(&[0, 0]);
    drop(disk);
    let results = scene.write("results.ndjson", pushed.stdout());
    let hangs = [("a", Spot::Hangs(1000)), ("b", Spot::sound(2000))];
    let Some(_disk) = BrokenDisk::mount(&scene.path("disk"), &hangs) else { return };
    let outcome = scene.run(verify().args(["--timeout", "2s"]).arg(results));
    let records = outcome.records();
    assert_eq!(records.objects("verified"), ["s3://bucket/p/b"].into(), "{outcome}");
    assert_eq!(records.count("fail"), 1, "{outcome}");
}
