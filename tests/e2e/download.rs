//! Proof by the bytes, which are fetched and not stored; and the other flags about how the proof is come by.

use tt_tests::{Scene, Tree, plan, push, verify};

const DEST: &str = "s3://bucket/p/";
const MIB: usize = 1 << 20;

fn uploaded(faults: &[&str], flags: &[&str]) -> (Scene, Tree) {
    let scene = Scene::with_faults(faults);
    let mut tree = scene.tree("tree");
    tree.many("d", 8);
    tree.file("empty", "");
    tree.sized("large", 70 * MIB + 1);
    scene.pipeline([plan(&tree, DEST), push().args(flags)]).run().expect_all(&[0, 0]);
    (scene, tree)
}

#[test]
fn every_object_is_fetched_where_that_is_asked_for() {
    let (scene, tree) = uploaded(&[], &[]);
    let stage = || verify().arg(&tree).args([DEST, "--download=always"]);
    let records = scene.run(stage()).expect(0).expect_silence().records();
    assert_eq!(records.values("verified", "by"), ["downloaded bytes"].into());
    // Three ranges of the large one, nothing for the empty one.
    assert_eq!((records.count("verified"), scene.requests("GetObject")), (10, 8 + 3));
    scene.stored().flip_bit("p/large");
    let records = scene.run(stage()).expect(1).records();
    assert_eq!(records.objects("mismatch"), ["s3://bucket/p/large"].into());
    assert_eq!(records.count("verified"), 9);
}

#[test]
fn no_more_is_fetched_at_once_than_was_allowed() {
    let scene =
        Scene::with(|_, options| options.faults = vec!["late:op=GetObject,by=300ms".parse().unwrap()]);
    let mut tree = scene.tree("tree");
    tree.sized("large", 200 * MIB);
    scene.pipeline([plan(&tree, DEST), push()]).run().expect_all(&[0, 0]);
    let before = scene.stats().connections;
    let stage = verify().arg(&tree).args([DEST, "--download=always", "--concurrency", "1"]);
    scene.run(stage).expect(0);
    assert_eq!(scene.requests("GetObject"), 7);
    assert!(scene.stats().connections - before <= 2, "one request after the other takes no more");
}

#[test]
fn only_what_is_needed_is_fetched() {
    let (scene, tree) = uploaded(&["neither:key=large"], &["--part-size", "5242883"]);
    let records = scene.run(verify().arg(&tree).arg(DEST)).expect(1).records();
    assert_eq!(records.values("unverifiable", "cause"), ["unknown-parts"].into());
    assert_eq!((records.count("verified"), scene.requests("GetObject")), (9, 0));
    let records = scene.run(verify().arg(&tree).args([DEST, "--download"])).expect(0).records();
    assert_eq!((records.count("verified"), scene.requests("GetObject")), (10, 3));
}

#[test]
fn who_knows_the_size_of_the_parts_can_say_so() {
    let (scene, tree) = uploaded(&["neither:key=large"], &["--part-size", "5242883"]);
    let stage = verify().arg(&tree).args([DEST, "--part-size", "5242883"]);
    let records = scene.run(stage).expect(0).records();
    let large = records.of("verified").find(|record| record["dst"] == "s3://bucket/p/large").unwrap();
    assert_eq!(large["by"], "ETag of parts");
    assert!(large["note"].as_str().unwrap().contains("5242883 bytes"), "{large}");
}

#[test]
fn what_breaks_on_the_way_is_fetched_again() {
    let faults = ["slow-down:op=GetObject,count=2", "drop-answer:op=GetObject,after=2,count=2"];
    let (scene, tree) = uploaded(&faults, &[]);
    let stage = verify().arg(&tree).args([DEST, "--download=always"]);
    assert_eq!(scene.run(stage).expect(0).records().count("verified"), 10);
}

#[test]
fn neither_the_cache_nor_the_number_of_requests_makes_a_difference() {
    let (scene, tree) = uploaded(&[], &[]);
    for flags in [&["--no-cache"][..], &["--concurrency", "1"], &["--concurrency", "300", "--no-cache"]] {
        let records = scene.run(verify().arg(&tree).arg(DEST).args(flags)).expect(0).records();
        assert_eq!(records.count("verified"), 10, "{flags:?}");
    }
    for wrong in [&["--concurrency", "0"][..], &["--download=never"], &["--part-size", "much"]] {
        scene.run(verify().args(wrong)).expect(64);
    }
}
