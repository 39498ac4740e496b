//! Files that are not what they seem: sizes that aren't true, inode numbers and times that don't last, bytes that change
//! without a trace.
#![cfg(target_os = "linux")]

use std::{fs, os::unix::fs::symlink};

use tt_tests::{ChangeTime, OddDisk, Oddity, Scene, plan, push, verify};

const DEST: &str = "s3://bucket/p/";

/// A scene with such a file system in it.
fn scene(oddity: Oddity, files: &[&'static str]) -> Option<(Scene, OddDisk)> {
    let scene = Scene::new();
    fs::create_dir(scene.path("disk")).unwrap();
    let disk = OddDisk::mount(&scene.path("disk"), oddity, files)?;
    Some((scene, disk))
}

#[test]
fn a_size_that_is_not_true_is_named_and_nothing_is_uploaded() {
    for (size, says) in [
        (-100, "bytes, and has more"),
        (100, "bytes, and has fewer"),
        (-i64::try_from(OddDisk::SIZE).unwrap(), "says it has 0 bytes, and has more"),
    ] {
        let Some((scene, _disk)) = scene(Oddity { size, ..Oddity::default() }, &["one"]) else { return };
        for part_size in ["5MiB", "16MiB"] {
            let push = push().args(["--part-size", part_size]);
            let outcome =
                scene.pipeline([plan(scene.path("disk"), DEST), push, verify()]).run().expect_all(&[0, 1, 1]);
            let records = outcome.records();
            let fail = records.of("fail").next().unwrap();
            assert_eq!((records.items.len(), &fail["error"]["kind"]), (1, &"unreadable".into()), "{outcome}");
            assert!(fail["error"]["message"].as_str().unwrap().contains(says), "{fail}");
            assert!(fail["error"]["hint"].as_str().unwrap().contains("--exclude"), "{fail}");
            assert!(scene.stored().keys().is_empty(), "{outcome}");
        }
    }
}

#[test]
fn what_the_system_makes_up_is_neither_uploaded_nor_verified_cut_off() {
    let scene = Scene::new();
    fs::create_dir(scene.path("data")).unwrap();
    symlink("/proc/version", scene.path("data/version")).unwrap();
    let outcome = scene.pipeline([plan("data", DEST), push(), verify()]).run().expect_all(&[0, 1, 1]);
    assert_eq!(outcome.records().counts(), [("fail", 1)].into(), "{outcome}");
    // An empty object is not what is in the file, whatever its size is said to be.
    fs::create_dir(scene.path("other")).unwrap();
    fs::write(scene.path("other/version"), "").unwrap();
    scene.pipeline([plan("other", DEST), push()]).run().expect_all(&[0, 0]);
    let outcome = scene.run(verify().args(["data", DEST])).expect(1);
    assert_eq!(outcome.records().counts(), [("fail", 1)].into(), "{outcome}");
    fs::write(scene.path("other/version"), "other").unwrap();
    scene.pipeline([plan("other", DEST), push()]).run().expect_all(&[0, 0]);
    let outcome = scene.run(verify().args(["data", DEST])).expect(1);
    assert_eq!(outcome.records().counts(), [("fail", 1)].into(), "{outcome}");
}

#[test]
fn inode_numbers_and_change_times_that_do_not_last_are_no_change() {
    for oddity in [
        Oddity { inode: true, ..Oddity::default() },
        Oddity { ctime: ChangeTime::Now, ..Oddity::default() },
        Oddity { inode: true, ctime: ChangeTime::Now, ..Oddity::default() },
        Oddity { ctime: ChangeTime::NowInSeconds, ..Oddity::default() },
    ] {
        let Some((scene, _disk)) = scene(oddity, &["one", "two"]) else { return };
        for part_size in ["5MiB", "16MiB"] {
            let push = push().args(["--part-size", part_size]);
            let plan = plan(scene.path("disk"), DEST).arg("--force");
            let outcome = scene.pipeline([plan, push, verify()]).run();
            assert_eq!(outcome.records().counts(), [("verified", 2)].into(), "{oddity:?} {outcome}");
        }
        let compared = plan(scene.path("disk"), DEST).arg("--checksum");
        let outcome = scene.run(compared).expect(0);
        assert_eq!(outcome.records().items.len(), 0, "{oddity:?} {outcome}");
    }
}

#[test]
fn bytes_that_change_without_a_trace_are_found_by_reading_twice() {
    let Some((scene, _disk)) = scene(Oddity { bytes: true, ..Oddity::default() }, &["one"]) else { return };
    for part_size in ["5MiB", "16MiB"] {
        let push = push().args(["--read-twice", "--part-size", part_size]);
        let outcome = scene.pipeline([plan(scene.path("disk"), DEST), push]).run().expect_all(&[0, 1]);
        let records = outcome.records();
        assert_eq!(records.values("skip", "why"), ["changing"].into(), "{outcome}");
        assert!(scene.stored().keys().is_empty(), "{outcome}");
        assert_eq!(scene.stored().uploads(), 0);
    }
    // Without, tt-verify finds that the object is not the file.
    let outcome = scene.pipeline([plan(scene.path("disk"), DEST), push(), verify()]).run();
    assert_eq!(outcome.records().counts(), [("mismatch", 1)].into(), "{outcome}");
}

#[test]
fn what_stays_the_same_is_uploaded_by_reading_twice() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.file("small", "one");
    tree.file("empty", "");
    tree.sized("large", 17 << 20);
    let push = push().args(["--read-twice", "--ignore-inode", "--part-size", "5MiB"]);
    let verify = verify().arg("--ignore-inode");
    scene.pipeline([plan("data", DEST), push, verify]).run().expect_all(&[0, 0, 0]);
    scene.stored().expect(&tree.objects("p/"));
    let plan = plan("data", DEST).args(["--checksum", "--ignore-inode"]);
    assert_eq!(scene.run(plan).expect(0).records().items.len(), 0);
}
