//! `tt-plan --delete`: what the source lacks goes, once it is asked for, and nothing that could still be there.

use std::{collections::BTreeSet, ffi::OsStr, fs, os::unix::ffi::OsStrExt};

use tt_tests::{
    Records, Scene, Stage, Tree, chmod, permissions_bind, plan, push, request, tool, verify, wait_until,
};

const DEST: &str = "s3://bucket/p/";

fn scene() -> Scene {
    Scene::with(|_, options| options.anonymous = true)
}

/// Puts objects there that the tree does not have.
fn put(scene: &Scene, keys: &[&str]) {
    for key in keys {
        let encoded = key.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"));
        let body = if key.ends_with('/') { "" } else { key };
        let answer = request(&scene.url(), "PUT", &format!("/bucket/p/{encoded}"), &[], body.as_bytes());
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

fn small(scene: &Scene) -> Tree {
    let mut tree = scene.tree("data");
    for name in ["a", "d/b", "d/c", "e"] {
        tree.file(name, name);
    }
    scene.sync(&tree.root, DEST).expect(0);
    tree
}

fn deleting(tree: &Tree) -> Stage {
    plan(tree, DEST).args(["--delete", "--max-delete", "100%"])
}

/// The keys below the destination that a plan wants to delete.
fn doomed(records: &Records) -> Vec<&str> {
    records.of("delete").map(|delete| delete["dst"].as_str().unwrap().strip_prefix(DEST).unwrap()).collect()
}

#[test]
fn what_the_source_lacks_goes_and_nothing_else() {
    let scene = scene();
    let mut tree = small(&scene);
    put(&scene, &["0", "d", "d/b/x", "d0", "z/y", "marker/", ""]);
    tree.remove("e");
    assert_eq!(scene.planned(plan(&tree, DEST)).items.len(), 0, "nothing is deleted unless asked for");
    let stages = [deleting(&tree), push(), verify()];
    let records = scene.pipeline(stages).run().expect_all(&[0, 0, 0]).records();
    assert_eq!(records.counts(), [("deleted", 6)].into());
    let left: BTreeSet<_> = ["p/", "p/marker/", "p/a", "p/d/b", "p/d/c"].map(str::to_owned).into();
    assert_eq!(scene.stored().keys(), left);
    assert_eq!(scene.planned(deleting(&tree)).items.len(), 0);
}

#[test]
fn deletions_come_last_in_order_with_size_and_etag() {
    let scene = scene();
    let mut tree = small(&scene);
    put(&scene, &["z", "b"]);
    tree.file("new", "new");
    let records = scene.planned(deleting(&tree));
    let types: Vec<_> = records.items.iter().map(|record| record["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["put", "delete", "delete"]);
    assert_eq!(doomed(&records), ["b", "z"]);
    let etag = |key: &str| scene.stored().objects()[key]["etag"].as_str().unwrap().to_owned();
    assert_eq!(records.items[1]["etag"], format!("\"{}\"", etag("p/b").trim_matches('"')));
    assert_eq!(records.items[1]["size"], 1);
}

#[test]
fn what_is_left_out_is_left_alone_at_both_ends_unless_asked_for() {
    let scene = scene();
    let tree = small(&scene);
    put(&scene, &["x.tmp", "d/y.tmp", "cache/z", "gone"]);
    let flags = ["--exclude", "*.tmp", "--exclude", "cache/", "--exclude", "/e"];
    let records = scene.planned(deleting(&tree).args(flags));
    assert_eq!(doomed(&records), ["gone"]);
    let records = scene.planned(deleting(&tree).args(flags).arg("--delete-excluded"));
    assert_eq!(doomed(&records), ["cache/z", "d/y.tmp", "e", "gone", "x.tmp"]);
}

#[test]
fn what_is_there_and_no_file_keeps_what_lies_at_its_key() {
    let scene = scene();
    let tree = small(&scene);
    put(&scene, &["fifo", "link", "link/below", "link.x", "loop/a", "to"]);
    tree.fifo("fifo");
    tree.link("link", "nowhere");
    tree.link("loop", ".");
    let records = scene.run(deleting(&tree)).expect(1).records();
    assert_eq!(doomed(&records), ["link.x", "to"]);
    let records = scene.run(deleting(&tree).args(["--symlinks", "error"])).expect(1).records();
    assert_eq!(doomed(&records), ["link.x", "to"]);
}

#[test]
fn nothing_goes_below_a_directory_that_can_not_be_read() {
    if !permissions_bind() {
        return;
    }
    let scene = scene();
    let mut tree = small(&scene);
    put(&scene, &["d/gone", "d.x", "gone"]);
    tree.remove("d/b");
    chmod(&tree.root.join("d"), 0o000);
    let outcome = scene.run(deleting(&tree).unprivileged());
    chmod(&tree.root.join("d"), 0o755);
    let records = outcome.expect(1).records();
    assert_eq!(records.counts(), [("delete", 2), ("fail", 1)].into());
    assert_eq!(doomed(&records), ["d.x", "gone"]);
}

#[test]
fn more_than_is_allowed_is_nothing_and_an_error() {
    let scene = scene();
    let mut tree = small(&scene);
    put(&scene, &["v", "w", "x", "y", "z"]);
    tree.file("new", "new");
    let with = |flags: &[&str]| scene.run(plan(&tree, DEST).arg("--delete").args(flags));
    for flags in [&[][..], &["--max-delete", "4"], &["--max-delete", "55.5%"], &["--max-delete", "0"]] {
        let records = with(flags).expect(1).records();
        assert_eq!(records.counts(), [("fail", 1), ("put", 1)].into(), "{flags:?}");
        let fail = records.of("fail").next().unwrap();
        assert!(fail["error"]["message"].as_str().unwrap().contains("5 of 9 objects"), "{fail}");
        assert!(fail["error"]["hint"].as_str().unwrap().contains("--max-delete"), "{fail}");
    }
    for most in ["5", "56%", "100%"] {
        assert_eq!(doomed(&with(&["--max-delete", most]).expect(0).records()).len(), 5, "{most}");
    }
    for wrong in ["x", "-1", "101%"] {
        with(&["--max-delete", wrong]).expect(64);
    }
    scene.run(plan(&tree, DEST).arg("--delete-excluded")).expect(64);
}

#[test]
fn an_empty_source_empties_nothing_unless_that_is_meant() {
    let scene = scene();
    let tree = small(&scene);
    fs::remove_dir_all(&tree.root).unwrap();
    scene.run(deleting(&tree)).expect(66);
    fs::create_dir_all(tree.root.join("d")).unwrap();
    let records = scene.run(deleting(&tree)).expect(1).records();
    assert_eq!(records.counts(), [("fail", 1)].into());
    let records = scene.planned(deleting(&tree).arg("--allow-empty-source"));
    assert_eq!(doomed(&records), ["a", "d/b", "d/c", "e"]);
}

#[test]
fn where_the_listing_breaks_off_nothing_is_deleted() {
    let mut scene = scene();
    let mut tree = scene.tree("data");
    tree.many("m", 1500);
    scene.sync(&tree.root, DEST).expect(0);
    for number in 0..1499 {
        tree.remove(&format!("m/{number:05}"));
    }
    tree.file("0", "first");
    assert_eq!(doomed(&scene.planned(deleting(&tree))).len(), 1499);
    scene.restart(|options| {
        options.faults = vec!["access-denied:op=ListObjectsV2,after=1".parse().unwrap()];
    });
    let records = scene.run(deleting(&tree)).expect(77).records();
    assert!(records.is_incomplete());
    assert_eq!(records.count("delete"), 0);
    let stages = [deleting(&tree), push(), verify()];
    scene.pipeline(stages).run().expect_all(&[77, 77, 77]);
    assert_eq!(scene.stored().keys().len(), 1500);
}

/// A program that reads one line, says so, and passes nothing on until it is told to: whoever writes to it stands still.
fn valve(scene: &Scene) -> Stage {
    let script = "IFS= read -r line && printf '%s\\n' \"$line\" && touch started
                  while ! [ -e go ]; do sleep 0.02; done; exec cat";
    scene.write("valve", script);
    tool("sh").arg("valve")
}

/// A tree that is there already: with a keep record for each file of a/, more than pipes and buffers hold, and with more
/// directories in z/ than are read ahead.
fn large(scene: &Scene) -> Tree {
    let mut tree = scene.tree("data");
    tree.many("a", 2000);
    for number in 0..5000 {
        tree.file(&format!("z/{number:04}/file"), "");
    }
    scene.sync(&tree.root, DEST).expect(0);
    tree
}

#[test]
fn what_vanishes_while_the_tree_is_read_is_not_deleted() {
    let scene = scene();
    let tree = large(&scene);
    put(&scene, &["gone"]);
    let running =
        scene.pipeline([deleting(&tree).arg("--all"), valve(&scene), push().arg("--dry-run")]).start();
    wait_until("the plan is under way", || scene.path("started").exists());
    fs::remove_dir_all(tree.root.join("z")).unwrap();
    scene.write("go", "");
    let records = running.wait().expect_all(&[1, 0, 1]).records();
    assert_eq!(doomed(&records), ["gone"]);
    assert!(records.values("fail", "src").iter().all(|path| path.contains("/data/z")));
}

#[test]
fn where_the_source_itself_goes_nothing_is_deleted() {
    let scene = scene();
    let tree = large(&scene);
    put(&scene, &["gone", "zzz"]);
    let running =
        scene.pipeline([deleting(&tree).arg("--all"), valve(&scene), push().arg("--dry-run")]).start();
    wait_until("the plan is under way", || scene.path("started").exists());
    fs::rename(&tree.root, scene.path("elsewhere")).unwrap();
    scene.tree("data").file("other", "");
    scene.write("go", "");
    let records = running.wait().expect_all(&[1, 0, 1]).records();
    assert_eq!(records.count("delete"), 0);
    let fails: Vec<_> = records.of("fail").map(|fail| fail["error"]["message"].as_str().unwrap()).collect();
    assert!(fails.iter().any(|message| message.contains("is not the same directory any more")), "{fails:?}");
    assert!(fails.iter().any(|message| message.contains("nothing is deleted")), "{fails:?}");
}

#[test]
fn a_name_that_is_no_key_changes_no_order() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let scene = scene();
    let mut tree = small(&scene);
    tree.file("é", "after c3 alone");
    scene.sync(&tree.root, DEST).expect(0);
    put(&scene, &["gone"]);
    tree.link(OsStr::from_bytes(b"\xc3"), "nowhere");
    let records = scene.planned(deleting(&tree).args(["--symlinks", "skip"]));
    assert_eq!((records.count("put"), doomed(&records)), (0, vec!["gone"]));
    let records = scene.run(deleting(&tree)).expect(1).records();
    assert_eq!((records.count("put"), doomed(&records)), (0, vec!["gone"]));
}

#[test]
fn what_lies_behind_a_link_that_leads_nowhere_stays_whatever_the_filters() {
    let scene = scene();
    let mut tree = scene.tree("data");
    let disk = scene.path("disk");
    fs::create_dir(&disk).unwrap();
    fs::write(disk.join("1"), "1").unwrap();
    tree.file("docs/a", "a");
    tree.link("photos", disk.to_str().unwrap());
    scene.sync(&tree.root, DEST).expect(0);
    put(&scene, &["photos/gone", "docs/gone"]);
    let filters = ["--exclude", "*", "--include", "photos/", "--include", "docs/"];
    assert_eq!(doomed(&scene.planned(deleting(&tree).args(filters))), ["docs/gone", "photos/gone"]);
    fs::rename(&disk, scene.path("unmounted")).unwrap();
    let records = scene.run(deleting(&tree).args(filters)).expect(1).records();
    assert_eq!(doomed(&records), ["docs/gone"]);
}

#[test]
fn beside_a_single_file_nothing_is_deleted() {
    let scene = scene();
    let tree = small(&scene);
    scene.run(deleting(&tree)).expect(0);
    let single = plan(tree.root.join("a"), DEST).args(["--delete", "--max-delete", "100%"]);
    assert_eq!(scene.run(single).expect(64).expect_hint(0).records().count("delete"), 0);
}

#[test]
fn what_is_left_out_does_not_count_for_the_limit() {
    let scene = scene();
    let tree = small(&scene);
    put(&scene, &["keep/1", "keep/2", "keep/3", "v", "w", "x", "y", "z"]);
    let stage = plan(&tree, DEST).args(["--delete", "--exclude", "keep/"]);
    let records = scene.run(stage).expect(1).records();
    assert_eq!(records.counts(), [("fail", 1)].into());
}
