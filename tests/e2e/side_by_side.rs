//! `tt-verify SRC DEST`: a tree and its objects side by side, without any plan.

use std::{collections::BTreeSet, ffi::OsStr, os::unix::ffi::OsStrExt};

use rustix::process::Signal;
use tt_tests::{Records, Scene, Stage, Tree, chmod, permissions_bind, request, verify, wait_until};

const DEST: &str = "s3://bucket/p/";

/// A tree with everything at its place.
fn uploaded() -> (Scene, Tree) {
    let scene = Scene::with(|_, options| options.anonymous = true);
    let mut tree = scene.tree("data");
    for name in ["a", "d/b", "d/c", "e", "empty"] {
        tree.file(name, if name == "empty" { "" } else { name });
    }
    scene.sync(&tree.root, DEST).expect(0);
    (scene, tree)
}

/// Sends a request about an object below the destination.
fn ask(scene: &Scene, method: &str, key: &str, body: &str) {
    let encoded = key.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"));
    let answer = request(&scene.url(), method, &format!("/bucket/p/{encoded}"), &[], body.as_bytes());
    assert!(answer.status < 300, "{answer:?}");
}

/// Puts objects there that the tree does not have.
fn put(scene: &Scene, keys: &[&str]) {
    for key in keys {
        ask(scene, "PUT", key, if key.ends_with('/') { "" } else { key });
    }
}

fn compare(tree: &Tree) -> Stage {
    verify().arg(tree).arg(DEST)
}

fn extra(tree: &Tree) -> Stage {
    compare(tree).arg("--extra")
}

/// The keys below the destination in the records of a type.
fn keys<'a>(records: &'a Records, kind: &'a str) -> Vec<&'a str> {
    records.of(kind).map(|record| record["dst"].as_str().unwrap().strip_prefix(DEST).unwrap()).collect()
}

#[test]
fn a_tree_that_is_there_is_verified_whatever_uploaded_it() {
    let (scene, tree) = uploaded();
    put(&scene, &["a", "d/", ""]);
    for stage in [compare(&tree), extra(&tree)] {
        let records = scene.run(stage).expect(0).expect_silence().records();
        assert_eq!(records.counts(), [("verified", 5)].into());
        assert_eq!(records.begin["source"].as_str(), tree.root.to_str());
        assert_eq!(records.begin["dest"].as_str(), Some(DEST));
        let a = records.of("verified").find(|record| record["dst"] == "s3://bucket/p/a").unwrap();
        assert_eq!((a["src"].as_str(), a["size"].as_u64()), (tree.root.join("a").to_str(), Some(1)));
    }
}

#[test]
fn what_is_missing_what_differs_and_what_is_too_much_is_named() {
    let (scene, mut tree) = uploaded();
    tree.file("new", "new");
    tree.remove("e");
    scene.stored().flip_bit("p/d/c");
    put(&scene, &["0", "d/c/x", "z"]);
    let records = scene.run(compare(&tree)).expect(1).records();
    assert_eq!(records.counts(), [("missing", 1), ("mismatch", 1), ("verified", 3)].into());
    let listed = scene.requests("ListObjectsV2");
    let records = scene.run(extra(&tree)).expect(1).records();
    assert!(scene.requests("ListObjectsV2") > listed);
    assert_eq!((keys(&records, "missing"), keys(&records, "mismatch")), (vec!["new"], vec!["d/c"]));
    assert_eq!(keys(&records, "extra"), ["0", "d/c/x", "e", "z"]);
    let e = records.of("extra").nth(2).unwrap();
    assert_eq!((e["size"].as_u64(), e["etag"].is_string(), e.get("src")), (Some(1), true, None));
}

#[test]
fn without_extra_nobody_lists() {
    let (scene, tree) = uploaded();
    let listed = scene.requests("ListObjectsV2");
    scene.run(compare(&tree)).expect(0);
    assert_eq!(scene.requests("ListObjectsV2"), listed);
}

#[test]
fn what_the_flags_leave_out_takes_no_part_at_either_end() {
    let (scene, mut tree) = uploaded();
    tree.file("new.tmp", "new");
    put(&scene, &["x.tmp", "d/y.tmp", "cache/z", "gone", "large"]);
    let flags = ["--exclude", "*.tmp", "--exclude", "cache/", "--exclude", "/e", "--max-size", "4"];
    let records = scene.run(extra(&tree).args(flags)).expect(1).records();
    assert_eq!(keys(&records, "extra"), ["gone"]);
    assert_eq!(records.counts(), [("extra", 1), ("verified", 4)].into());
    let records =
        scene.run(extra(&tree).args(["--max-depth", "1", "--exclude", "*.tmp"])).expect(1).records();
    assert_eq!((keys(&records, "extra"), records.count("verified")), (vec!["gone", "large"], 3));
}

#[test]
fn only_what_a_list_names_is_asked_for() {
    let (scene, tree) = uploaded();
    let stage = compare(&tree).args(["--files-from", "-", "--null"]);
    let records = scene.pipeline([stage]).reading("d/b\0e\0nowhere\0").run().expect(1).records();
    assert_eq!(records.objects("verified"), ["s3://bucket/p/d/b", "s3://bucket/p/e"].into());
    assert_eq!(records.counts(), [("fail", 1), ("verified", 2)].into());
}

#[test]
fn what_is_there_and_no_file_is_told_and_keeps_its_key() {
    let (scene, tree) = uploaded();
    put(&scene, &["fifo", "link", "link/below", "link.x"]);
    tree.fifo("fifo");
    tree.link("link", "nowhere");
    let records = scene.run(extra(&tree)).expect(1).records();
    assert_eq!(records.values("skip", "why"), ["fifo", "broken-link"].into());
    assert_eq!((keys(&records, "extra"), records.count("verified")), (vec!["link.x"], 5));
}

#[test]
fn nothing_is_concluded_about_what_can_not_be_looked_at() {
    if !permissions_bind() {
        return;
    }
    let (scene, tree) = uploaded();
    put(&scene, &["d/gone", "d.x"]);
    chmod(&tree.root.join("d"), 0o000);
    let outcome = scene.run(extra(&tree).unprivileged());
    chmod(&tree.root.join("d"), 0o755);
    let records = outcome.expect(1).records();
    assert_eq!(keys(&records, "extra"), ["d.x"]);
    assert_eq!(records.counts(), [("extra", 1), ("fail", 1), ("verified", 3)].into());
    let fail = records.of("fail").next().unwrap();
    assert_eq!(
        (fail["stage"].as_str(), fail["error"]["kind"].as_str()),
        (Some("verify"), Some("unreadable"))
    );
    assert!(fail["error"]["hint"].is_string());
}

#[test]
fn what_can_be_no_key_is_told() {
    let (scene, mut tree) = uploaded();
    let too_long = ["l".repeat(255).as_str(); 4].join("/");
    tree.hopeless(&too_long, "a key of more than 1,024 bytes");
    let mut failures = 1;
    if cfg!(target_os = "linux") {
        tree.hopeless(OsStr::from_bytes(b"\xff"), "not UTF-8");
        failures += 1;
    }
    let odd = ["a b", "a\nb", "%41", "+", "*", "-a", "\u{1}", "😀", "cafe\u{301}", "o/a.b", "o/a/x", "o/a0"];
    for name in odd {
        tree.file(name, name);
    }
    put(&scene, &odd);
    let records = scene.run(extra(&tree)).expect(1).records();
    let expected = [("fail", failures), ("verified", 5 + odd.len() as u64)];
    assert_eq!(records.counts(), expected.into());
    assert_eq!(records.of("fail").map(|fail| &fail["error"]["kind"]).collect::<Vec<_>>(), vec!["name"; 2]);
}

#[test]
fn a_slash_changes_nothing() {
    let (scene, tree) = uploaded();
    let with_slash = format!("{}/", tree.root.display());
    let mut seen = BTreeSet::new();
    for (source, dest) in [("data", "s3://bucket/p"), ("data/", DEST), (&with_slash, "s3://bucket/p")] {
        let records = scene.run(verify().args([source, dest, "--extra"])).expect(0).records();
        seen.insert(records.objects("verified").iter().map(ToString::to_string).collect::<Vec<_>>());
    }
    assert_eq!(seen.len(), 1);
}

#[test]
fn a_single_file_is_at_its_name_below_the_destination() {
    let (scene, tree) = uploaded();
    let file = tree.root.join("d/b");
    let records = scene.run(verify().arg(&file).arg("s3://bucket/p/d")).expect(0).records();
    assert_eq!(records.objects("verified"), ["s3://bucket/p/d/b"].into());
    scene.run(verify().arg(&file).arg("s3://bucket/p/d").arg("--extra")).expect(64).expect_hint(0);
}

#[test]
fn of_an_empty_tree_everything_is_extra() {
    let (scene, _) = uploaded();
    let tree = scene.tree("nothing");
    let records = scene.run(compare(&tree)).expect(0).records();
    assert!(records.items.is_empty());
    let records = scene.run(extra(&tree)).expect(1).records();
    assert_eq!(records.counts(), [("extra", 5)].into());
}

#[test]
fn a_source_or_a_bucket_that_is_not_there_is_no_proof() {
    let (scene, tree) = uploaded();
    let outcome = scene.run(verify().args(["nowhere", DEST])).expect(66).expect_hint(0);
    let records = outcome.expect_said(0, "nowhere").records();
    assert_eq!((records.counts(), records.is_incomplete()), ([("fail", 1)].into(), true));
    for flags in [&["--extra"][..], &[]] {
        let stage = verify().arg(&tree).arg("s3://no-such-bucket/p/").args(flags);
        let outcome = scene.run(stage).expect(78).expect_said(0, "no-such-bucket").expect_hint(0);
        assert!(outcome.records().is_incomplete());
    }
}

#[test]
fn what_stops_everything_is_what_is_told() {
    let scene = Scene::with_faults(&["access-denied:op=HeadObject"]);
    let mut tree = scene.tree("data");
    tree.many("many", 3000);
    let outcome = scene.run(compare(&tree)).expect(77).expect_hint(0);
    assert!(outcome.records().is_incomplete());
}

#[test]
fn a_listing_that_breaks_off_is_no_proof_that_nothing_is_extra() {
    let scene = Scene::with_faults(&["access-denied:op=ListObjectsV2"]);
    let mut tree = scene.tree("data");
    tree.file("a", "a");
    let outcome = scene.run(extra(&tree)).expect(77).expect_hint(0);
    assert!(outcome.records().is_incomplete());
}

#[test]
fn while_it_waits_for_a_listing_it_can_be_interrupted() {
    let scene = Scene::with_faults(&["silence:op=ListObjectsV2"]);
    let mut tree = scene.tree("data");
    tree.file("a", "a");
    let running = scene.pipeline([extra(&tree)]).start();
    wait_until("the listing was asked for", || scene.requests("ListObjectsV2") > 0);
    running.signal(0, Signal::INT);
    let outcome = running.wait().expect(130).expect_hint(0);
    assert!(outcome.records().is_incomplete());
}

#[test]
fn flags_that_make_no_sense_are_refused() {
    let (scene, tree) = uploaded();
    let results = scene.write("results.ndjson", "");
    for (stage, said) in [
        (verify().arg(DEST), "nothing to hold the objects against"),
        (verify().args(["a", "b", DEST]), "2 operands before the destination"),
        (verify().arg(&tree).arg("s3://"), "names no bucket"),
        (verify().arg(&results).arg("--extra"), "--extra is for a tree"),
        (verify().arg(&results).args(["--exclude", "*"]), "--exclude is for a tree"),
        (verify().args(["--max-depth", "1"]), "--max-depth is for a tree"),
        (compare(&tree).arg("--partial-input"), "--partial-input is for records"),
        (extra(&tree).args(["--files-from", "-"]), "cannot be used with"),
        (compare(&tree).arg("--null"), "--files-from"),
        (compare(&tree).args(["--exclude", "["]), "["),
    ] {
        let outcome = scene.run(stage).expect(64).expect_said(0, said);
        assert!(outcome.stdout().is_empty(), "{outcome}");
    }
}
