//! How files and objects are compared: by checksum, by the time in the metadata, by properties, or not at all.

use std::{
    fs,
    time::{Duration, UNIX_EPOCH},
};

use serde_json::Value;
use tt_tests::{Records, Scene, Tree, head, modified, plan, push, request, set_modified, verify};

const DEST: &str = "s3://bucket/p/";
const HOUR: Duration = Duration::from_hours(1);

/// A tree that was uploaded with these flags. The endpoint answers without signatures, too.
fn uploaded(faults: &[&str], flags: &[&str]) -> (Scene, Tree) {
    let scene = Scene::with(|_, options| {
        options.anonymous = true;
        options.faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    });
    let mut tree = scene.tree("tree");
    tree.file("a.html", "<p>");
    tree.many("many", 40);
    tree.sized("large", 17 << 20);
    scene.pipeline([plan(&tree, DEST), push().args(flags)]).run().expect_all(&[0, 0]);
    (scene, tree)
}

/// Keys and reasons of what is planned with these flags.
#[track_caller]
fn reasons(scene: &Scene, tree: &Tree, flags: &[&str]) -> Vec<(String, String)> {
    let records = scene.planned(plan(tree, DEST).args(flags));
    assert_eq!(scene.requests("GetObject"), 0, "nothing is downloaded");
    let text = |put: &Value, field: &str| put[field].as_str().unwrap().to_owned();
    records.of("put").map(|put| (text(put, "dst")[DEST.len()..].to_owned(), text(put, "why"))).collect()
}

/// One file and why it is planned.
fn only(name: &str, why: &str) -> Vec<(String, String)> {
    vec![(name.to_owned(), why.to_owned())]
}

/// Changes a byte of a file, but neither its size nor its time.
fn flip(tree: &Tree, name: &str) {
    let path = tree.root.join(name);
    let (time, mut content) = (modified(&path), fs::read(&path).unwrap());
    content[1] ^= 1;
    fs::write(&path, content).unwrap();
    set_modified(&path, time);
}

#[test]
fn a_checksum_shows_what_size_and_time_do_not_and_nothing_else() {
    let (scene, tree) = uploaded(&[], &[]);
    assert_eq!(reasons(&scene, &tree, &["--checksum"]), []);
    for name in ["large", "many/00007", "a.html"] {
        flip(&tree, name);
        assert_eq!(reasons(&scene, &tree, &[]), []);
        assert_eq!(reasons(&scene, &tree, &["--checksum"]), only(name, "checksum"));
        flip(&tree, name);
        let path = tree.root.join(name);
        let time = modified(&path);
        set_modified(&path, time + HOUR);
        assert_eq!(reasons(&scene, &tree, &["--checksum"]), [], "a newer file with the same bytes");
        set_modified(&path, time);
    }
    flip(&tree, "large");
    let stages = [plan(&tree, DEST).arg("--checksum"), push(), verify()];
    scene.pipeline(stages).run().expect_all(&[0, 0, 0]).expect_no_complaint();
    assert_eq!(reasons(&scene, &tree, &["--checksum"]), []);
}

#[test]
fn the_order_of_keys_stays_whatever_is_looked_at() {
    let (scene, mut tree) = uploaded(&["slow-down:op=HeadObject,count=3"], &[]);
    for name in ["many/00001", "many/00030"] {
        flip(&tree, name);
    }
    tree.file("many/00020", "of another size");
    tree.file("many/00025x", "new");
    let records = scene.planned(plan(&tree, DEST).args(["--checksum", "--all", "--check-concurrency", "7"]));
    let keys: Vec<_> = records.items.iter().map(|record| record["dst"].as_str().unwrap()).collect();
    assert!(keys.is_sorted() && keys.len() == 43, "{keys:?}");
    assert_eq!(records.counts(), [("keep", 39), ("put", 4)].into());
}

#[test]
fn where_there_is_no_checksum_times_count_and_that_is_said() {
    let (scene, tree) = uploaded(&["neither:key=large"], &["--part-size", "5242883"]);
    assert_eq!(reasons(&scene, &tree, &["--checksum"]), []);
    flip(&tree, "large");
    let outcome = scene.run(plan(&tree, DEST).arg("--checksum")).expect(0);
    assert!(outcome.records().items.is_empty());
    outcome.expect_said(0, "of 1 objects S3 keeps no checksum");
    let path = tree.root.join("large");
    set_modified(&path, modified(&path) + HOUR);
    assert_eq!(reasons(&scene, &tree, &["--checksum"]), only("large", "newer"));
}

#[test]
fn the_time_in_the_metadata_counts_whoever_wrote_it() {
    let (scene, tree) = uploaded(&[], &["--preserve"]);
    let path = tree.root.join("a.html");
    assert_eq!(reasons(&scene, &tree, &["--mtime-metadata"]), []);
    let time = modified(&path);
    for (other, why) in
        [(time + HOUR, "newer"), (time - HOUR, "mtime"), (time - Duration::from_micros(1), "mtime")]
    {
        set_modified(&path, other);
        assert_eq!(reasons(&scene, &tree, &["--mtime-metadata"]), only("a.html", why));
    }
    let seconds = UNIX_EPOCH + Duration::from_millis(1_700_000_000_250);
    set_modified(&path, seconds);
    for (header, value) in [
        ("x-amz-meta-mtime", "1700000000.25"),
        ("x-amz-meta-mtime", "1700000000"),
        ("x-amz-meta-file-mtime", "1700000000250000000ns"),
    ] {
        assert_eq!(request(&scene.url(), "PUT", "/bucket/p/a.html", &[(header, value)], b"<p>").status, 200);
        assert_eq!(reasons(&scene, &tree, &["--mtime-metadata"]), [], "{header}: {value}");
    }
    // Without one, the time at which the object was written.
    assert_eq!(request(&scene.url(), "PUT", "/bucket/p/a.html", &[], b"<p>").status, 200);
    assert_eq!(reasons(&scene, &tree, &["--mtime-metadata"]), []);
    set_modified(&path, time + HOUR);
    assert_eq!(reasons(&scene, &tree, &["--mtime-metadata"]), only("a.html", "newer"));
}

#[test]
fn existing_objects_are_all_replaced_or_none() {
    let (scene, mut tree) = uploaded(&[], &[]);
    tree.file("a.html", "<p>longer");
    tree.file("new", "new");
    assert_eq!(reasons(&scene, &tree, &["--ignore-existing"]), only("new", "new"));
    let forced = reasons(&scene, &tree, &["--force"]);
    assert_eq!(forced.len(), 43);
    assert!(forced.iter().all(|(name, why)| why == if name == "new" { "new" } else { "forced" }));
    assert_eq!(scene.requests("HeadObject"), 0);
}

#[test]
fn properties_that_drifted_are_mended_in_place_and_then_nothing_is_planned() {
    let (scene, tree) = uploaded(&[], &["--content-type", "x/y", "--metadata", "own=1"]);
    let rules = "[[rule]]\nmatch = \"*.html\"\ncache_control = \"no-cache\"\nmetadata = { Team = \"red\" }\n\
                 tags = { kind = \"page\" }\n[[rule]]\nmatch = \"large\"\nstorage_class = \"STANDARD_IA\"\n";
    let rules = scene.write("rules.toml", rules);
    let flags = ["--compare-properties", "--rules", rules.to_str().unwrap()];
    let mut expected = only("a.html", "properties");
    expected.extend(only("large", "properties"));
    assert_eq!(reasons(&scene, &tree, &flags), expected);
    let puts = scene.requests("PutObject");
    let stages = [plan(&tree, DEST).args(flags), push(), verify()];
    let records: Records =
        scene.pipeline(stages).run().expect_all(&[0, 0, 0]).expect_no_complaint().records();
    assert_eq!((records.count("verified"), scene.requests("CopyObject")), (2, 2));
    assert_eq!(scene.requests("PutObject"), puts);
    let told = head(&scene.url(), "p/a.html", &[]);
    assert_eq!((told["content-type"].as_str(), told["x-amz-meta-own"].as_str()), ("text/html", "1"));
    assert_eq!(reasons(&scene, &tree, &flags), []);
    // What differs in bytes as well is uploaded for that.
    flip(&tree, "large");
    let mut all = flags.to_vec();
    all.push("--checksum");
    assert_eq!(reasons(&scene, &tree, &all), only("large", "checksum"));
}

#[test]
fn a_look_that_is_denied_stops_the_plan_and_one_that_fails_does_not() {
    let (scene, tree) = uploaded(&["access-denied:op=HeadObject"], &[]);
    let outcome = scene.run(plan(&tree, DEST).arg("--checksum")).expect(77).expect_hint(0);
    assert!(outcome.records().is_incomplete());

    let (scene, tree) = uploaded(&["internal-error:op=HeadObject,key=00007"], &[]);
    let stage = plan(&tree, DEST).args(["--checksum", "--retries", "1", "--all"]);
    let records = scene.run(stage).expect(1).records();
    assert_eq!(records.objects("fail"), ["s3://bucket/p/many/00007"].into());
    assert_eq!(records.counts(), [("fail", 1), ("keep", 41)].into());
}

#[test]
fn comparisons_that_contradict_each_other_are_wrong_usage() {
    let scene = Scene::new();
    let tree = scene.tree("tree");
    for flags in ["--size-only --checksum", "--force --ignore-existing", "--force --compare-properties"] {
        scene.run(plan(&tree, DEST).args(flags.split(' '))).expect(64);
    }
}
