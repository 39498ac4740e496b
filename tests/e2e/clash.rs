//! Records that get into each other's way: several for one key, and deletions of what is not replaced yet.

use std::{collections::BTreeSet, fs};

use serde_json::json;
use tt_tests::{Outcome, Scene, Stage, Tree, chmod, permissions_bind, plan, push, verify};

const DEST: &str = "s3://bucket/p/";

/// More than wait for a worker at once.
const MANY: usize = 1100;

/// What a tool makes of text on stdin.
fn fed(scene: &Scene, stage: Stage, text: impl Into<Vec<u8>>) -> Outcome {
    scene.pipeline([stage]).reading(text).run()
}

#[test]
fn two_files_for_one_key_are_not_both_uploaded() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    for name in ["a/x", "a/y", "b/x", "b/z"] {
        tree.file(name, name);
    }
    let planned = scene.run(plan(&tree, DEST)).expect(0).text();
    let flat = planned.replace("/p/a/", "/p/").replace("/p/b/", "/p/");
    let outcome = scene.pipeline([push(), verify()]).reading(flat.clone()).run().expect_all(&[1, 1]);
    let records = outcome.records();
    assert_eq!(records.counts(), [("fail", 1), ("verified", 3)].into());
    let fail = records.of("fail").next().unwrap();
    assert_eq!((&fail["dst"], &fail["error"]["kind"]), (&format!("{DEST}x").into(), &"refused".into()));
    let message = fail["error"]["message"].as_str().unwrap();
    assert!(message.contains("data/b/x is not uploaded"), "{message}");
    assert_eq!(scene.stored().bytes("p/x"), b"a/x");
    assert_eq!(scene.requests("PutObject"), 3);
    let nowhere = push().arg("--dry-run").env("TMPDIR", "/nonexistent");
    assert_eq!(fed(&scene, nowhere, flat.clone()).expect(1).records().count("fail"), 1);
    let dry = fed(&scene, push().arg("--dry-run"), flat).expect(1).records();
    assert_eq!(dry.counts(), [("fail", 1), ("put", 3)].into());
}

#[test]
fn neighbours_name_each_other() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.file("a", "a");
    tree.file("b", "b");
    let planned = scene.run(plan(&tree, DEST)).expect(0).text().replace("/p/b\"", "/p/a\"");
    let records = fed(&scene, push(), planned).expect(1).records();
    let message = records.of("fail").next().unwrap()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("data/a ") && message.contains("data/b "), "{message}");
}

#[test]
fn an_upload_and_a_deletion_of_one_key_are_not_both_carried_out() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.file("a", "old");
    tree.file("b", "b");
    scene.sync(&tree.root, DEST).expect(0);
    let etag = scene.stored().objects()["p/a"]["etag"].clone();
    let mut delete = format!("{{\"type\":\"delete\",\"dst\":\"{DEST}a\",\"size\":3,\"etag\":{etag}}}\n");
    let puts = scene.run(plan(&tree, DEST).arg("--force")).expect(0).text();
    let put: String = puts.split_inclusive('\n').filter(|line| line.contains("\"put\"")).collect();
    let partial = || push().arg("--partial-input");
    let stages = || [partial(), verify().arg("--partial-input")];
    let outcome = scene.pipeline(stages()).reading(format!("{put}{delete}")).run().expect_all(&[1, 1]);
    assert_eq!(outcome.records().counts(), [("fail", 1), ("verified", 2)].into());
    assert_eq!(scene.stored().bytes("p/a"), b"old");
    // The other way round the upload is the second one, and fails; then nothing is deleted either.
    delete.push_str(&put);
    let outcome = scene.pipeline(stages()).reading(delete).run().expect_all(&[1, 1]);
    assert_eq!(outcome.records().counts(), [("fail", 2), ("verified", 1)].into());
    assert_eq!(scene.stored().bytes("p/a"), b"old");
}

/// A scene with a tree that was uploaded, of which one file was renamed; and the plan of that.
fn renamed(scene: &Scene) -> (Tree, String) {
    let mut tree = scene.tree("data");
    tree.many("many", 10);
    tree.file("f1", "content");
    scene.sync(&tree.root, DEST).expect(0);
    tree.remove("f1");
    tree.file("g1", "content");
    tree.file("h1", "another");
    let planned = scene.run(plan(&tree, DEST).arg("--delete")).expect(0).text();
    (tree, planned)
}

#[test]
fn nothing_is_deleted_after_an_upload_that_failed() {
    let scene = Scene::new();
    let (tree, planned) = renamed(&scene);
    fs::rename(tree.root.join("g1"), scene.path("elsewhere")).unwrap();
    for concurrency in ["1", "32"] {
        let stage = push().args(["--concurrency", concurrency]);
        let records = fed(&scene, stage, planned.clone()).expect(1).records();
        assert_eq!(records.counts(), [("fail", 2), ("pushed", 1)].into());
        let why = records.of("fail").find(|fail| fail["dst"] == format!("{DEST}f1")).unwrap();
        assert!(why["error"]["hint"].as_str().unwrap().contains("--ignore-errors"), "{why}");
        assert!(scene.stored().keys().contains("p/f1"));
    }
    let records = fed(&scene, push().arg("--ignore-errors"), planned).expect(1).records();
    assert_eq!(records.counts(), [("deleted", 1), ("fail", 1), ("pushed", 1)].into());
}

#[test]
fn a_file_that_keeps_changing_is_no_upload_either() {
    let scene = Scene::new();
    let (tree, planned) = renamed(&scene);
    fs::remove_file(tree.root.join("g1")).unwrap();
    fs::create_dir(tree.root.join("g1")).unwrap();
    let records = fed(&scene, push(), planned).expect(1).records();
    assert!(records.count("deleted") == 0 && scene.stored().keys().contains("p/f1"));
}

#[test]
fn nothing_is_deleted_where_the_plan_itself_failed() {
    if !permissions_bind() {
        eprintln!("SKIPPED: permissions bind nobody here");
        return;
    }
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.many("many", 10);
    tree.file("f1", "content");
    scene.sync(&tree.root, DEST).expect(0);
    // It may be the old content, under a name that can't be seen.
    tree.remove("f1");
    fs::create_dir(tree.root.join("shut")).unwrap();
    chmod(&tree.root.join("shut"), 0);
    let planned = scene.run(plan(&tree, DEST).arg("--delete").unprivileged()).expect(1).text();
    assert!(planned.contains("\"delete\""), "{planned}");
    let records = fed(&scene, push(), planned.clone()).expect(1).records();
    assert_eq!(records.counts(), [("fail", 2)].into());
    let records = fed(&scene, push().arg("--ignore-errors"), planned).expect(1).records();
    assert_eq!(records.counts(), [("deleted", 1), ("fail", 1)].into());
}

#[test]
fn nothing_is_deleted_for_a_plan_that_is_not_whole() {
    let scene = Scene::new();
    let (_, planned) = renamed(&scene);
    let (cut, _) = planned.trim_end().rsplit_once('\n').unwrap();
    let records = fed(&scene, push(), format!("{cut}\n")).expect(65).records();
    assert_eq!(records.counts(), [("fail", 1), ("pushed", 2)].into());
    assert!(scene.stored().keys().contains("p/f1"));
}

#[test]
fn deletions_come_last_whatever_their_place_and_number() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.many("old", MANY);
    scene.sync(&tree.root, DEST).expect(0);
    (0..MANY).for_each(|number| tree.remove(&format!("old/{number:05}")));
    tree.many("new", 20);
    let flags = ["--delete", "--max-delete", "100%"];
    let planned = scene.run(plan(&tree, DEST).args(flags)).expect(0).text();
    // More deletions than any queue holds, all of them before the uploads.
    let backwards: Vec<_> = planned.lines().rev().collect();
    let backwards = backwards.join("\n") + "\n";
    let records = fed(&scene, push().args(["--concurrency", "2"]), backwards).expect(0).records();
    assert_eq!(records.counts(), [("deleted", MANY as u64), ("pushed", 20)].into());
    let order: Vec<_> = records.items.iter().map(|record| record["type"].as_str().unwrap()).collect();
    assert_eq!(order.iter().position(|name| *name == "deleted"), Some(20), "uploads come first");
    let keys: BTreeSet<_> = scene.stored().keys();
    assert_eq!(keys.len(), 20);
}

#[test]
fn a_file_that_is_not_the_planned_one_is_uploaded_as_it_is_and_told() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.file("a", "first");
    tree.file("b", "same");
    let planned = scene.run(plan(&tree, DEST)).expect(0).text();
    tree.file("a", "second, and longer");
    let outcome = fed(&scene, push().arg("--verbose"), planned).expect(0);
    let outcome = outcome.expect_said(0, "data/a is not the file that was planned");
    let records = outcome.records();
    let of = |name: &str| records.of("pushed").find(|r| r["src"].as_str().unwrap().ends_with(name)).unwrap();
    assert_eq!((&of("/a")["size"], &of("/a")["planned_size"]), (&json!(18), &json!(5)));
    assert!(of("/a")["planned_mtime"].is_string() && of("/b").get("planned_size").is_none());
    let verified = fed(&scene, verify(), outcome.stdout()).expect(0).records();
    let a = verified.of("verified").find(|r| r["src"].as_str().unwrap().ends_with("/a")).unwrap();
    assert_eq!(a["planned_size"], 5);
}
