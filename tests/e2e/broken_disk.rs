//! A source whose disk gives errors: what can be read arrives, what can't is told, and nothing is deleted for it.
#![cfg(target_os = "linux")]

use std::{collections::BTreeSet, fs};

use tt_tests::{BrokenDisk, Scene, Spot, plan, push, request, verify};

const DEST: &str = "s3://bucket/p/";
const MIB: u64 = 1 << 20;

/// A scene that is asked without signatures too, and a disk in it.
fn scene(spots: &[(&'static str, Spot)]) -> Option<(Scene, BrokenDisk)> {
    let scene = Scene::with(|_, options| options.anonymous = true);
    fs::create_dir(scene.path("disk")).unwrap();
    let disk = BrokenDisk::mount(&scene.path("disk"), spots)?;
    Some((scene, disk))
}

#[test]
fn files_that_can_be_read_in_part_only_are_failures_and_the_others_arrive() {
    let spots = [
        ("at-once", Spot::File(1000, 0)),
        ("in-the-middle", Spot::File(2 * MIB, MIB)),
        ("in-a-later-part", Spot::File(40 * MIB, 20 * MIB)),
        ("sound", Spot::sound(3000)),
        ("sound-and-large", Spot::sound(18 * MIB)),
    ];
    let Some((scene, disk)) = scene(&spots) else { return };
    // One after the other, so that parts arrive before the one that can't be read is begun.
    let push = || push().args(["--concurrency", "1", "--part-size", "5MiB"]);
    let sync = || scene.pipeline([plan(scene.path("disk"), DEST), push(), verify()]).run();
    let outcome = sync().expect_all(&[0, 1, 1]);
    let records = outcome.records();
    assert_eq!(records.counts(), [("fail", 3), ("verified", 2)].into(), "{outcome}");
    for fail in records.of("fail") {
        assert_eq!(fail["error"]["kind"], "io", "{fail}");
        assert!(fail["error"]["hint"].as_str().unwrap().contains("check the disk"), "{fail}");
    }
    assert_eq!(scene.stored().keys(), BTreeSet::from(["p/sound".to_owned(), "p/sound-and-large".to_owned()]));
    // Another disk, with the same files: what S3 holds of them is of use.
    drop(disk);
    let sound = spots.map(|(name, spot)| (name, spot.mended()));
    let Some(_disk) = BrokenDisk::mount(&scene.path("disk"), &sound) else { return };
    let outcome = sync().expect_all(&[0, 0, 0]);
    let records = outcome.records();
    assert_eq!(records.counts(), [("verified", 3)].into());
    assert!(records.of("verified").any(|record| record["resumed"].as_u64() > Some(0)), "{outcome}");
    assert_eq!(scene.stored().uploads(), 0);
    let bytes = scene.stored().bytes("p/in-a-later-part");
    assert!(
        bytes.len() as u64 == 40 * MIB && (0..).zip(&bytes).all(|(at, &byte)| byte == BrokenDisk::byte(at))
    );
}

#[test]
fn what_cannot_be_listed_or_looked_at_is_unknown_and_nothing_is_deleted_for_it() {
    let spots = [("blind", Spot::Blind), ("closed", Spot::Directory), ("sound", Spot::sound(10))];
    let Some((scene, _disk)) = scene(&spots) else { return };
    for key in ["p/blind", "p/closed/a", "p/closed/b/c", "p/gone"] {
        assert_eq!(request(&scene.url(), "PUT", &format!("/bucket/{key}"), &[], b"kept").status, 200);
    }
    let plan = plan(scene.path("disk"), DEST).args(["--delete", "--max-delete", "100%"]);
    let outcome = scene.pipeline([plan, push().arg("--ignore-errors"), verify()]).run();
    let records = outcome.records();
    assert_ne!(outcome.stage(2).code(), 0, "{outcome}");
    assert_eq!(records.count("fail"), 2, "{outcome}");
    let left = ["p/blind", "p/closed/a", "p/closed/b/c"];
    assert!(left.iter().all(|key| scene.stored().keys().contains(*key)), "{outcome}");
    assert_eq!(records.objects("verified"), ["s3://bucket/p/sound"].into(), "{outcome}");
}

#[test]
fn a_proof_of_what_cannot_be_read_is_none() {
    let Some((scene, _disk)) = scene(&[("half", Spot::File(2 * MIB, MIB)), ("sound", Spot::sound(10))])
    else {
        return;
    };
    let bytes: Vec<_> = (0..2 * MIB).map(BrokenDisk::byte).collect();
    assert_eq!(request(&scene.url(), "PUT", "/bucket/p/half", &[], &bytes).status, 200);
    assert_eq!(request(&scene.url(), "PUT", "/bucket/p/sound", &[], &bytes[..10]).status, 200);
    let outcome = scene.run(verify().arg(scene.path("disk")).arg(DEST)).expect(1);
    assert_eq!(outcome.records().counts(), [("fail", 1), ("verified", 1)].into(), "{outcome}");
}
