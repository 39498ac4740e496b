//! What takes part: names, sizes, ages, depths, lists.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    time::{Duration, SystemTime},
};

use serde_json::Value;
use tt_tests::{Records, Scene, Stage, Tree, plan, set_modified};

const DEST: &str = "s3://bucket/p/";

fn names(records: &Records) -> String {
    let name = |put: &Value| put["dst"].as_str().unwrap().strip_prefix(DEST).unwrap().to_owned();
    records.of("put").map(name).collect::<Vec<_>>().join(" ")
}

/// The names that a plan with these flags takes.
#[track_caller]
fn taken(scene: &Scene, tree: &Tree, flags: &[&str]) -> String {
    names(&scene.planned(plan(tree, DEST).args(flags)))
}

fn with_files(scene: &Scene, files: &[&str]) -> Tree {
    let mut tree = scene.tree("data");
    for name in files {
        tree.file(name, name);
    }
    tree
}

#[track_caller]
fn refused(scene: &Scene, tree: &Tree, flags: &[&str], why: &str) {
    let outcome = scene.run(plan(tree, DEST).args(flags)).expect(64).expect_said(0, why);
    assert!(outcome.stdout().is_empty(), "{outcome}");
}

#[test]
fn filters_from_files_stand_where_they_are_typed() {
    let scene = Scene::new();
    let tree = with_files(&scene, &["a.jpg", "a.txt", "b.jpg", "sub/c.jpg", "sub/c.txt"]);
    scene.write("filters", "# only pictures\n- *\n\n+ *.jpg\n");
    scene.write("not-b", "- b.*\n");
    assert_eq!(taken(&scene, &tree, &["--filter-from", "filters"]), "a.jpg b.jpg sub/c.jpg");
    let both = ["--filter-from", "filters", "--filter-from", "not-b"];
    assert_eq!(taken(&scene, &tree, &both), "a.jpg sub/c.jpg");
    let before = ["--include", "/a.txt", "--filter-from", "filters"];
    assert_eq!(taken(&scene, &tree, &before), "a.jpg b.jpg sub/c.jpg");
    let after = ["--filter-from", "filters", "--include", "/a.txt", "--exclude", "/a.jpg"];
    assert_eq!(taken(&scene, &tree, &after), "a.txt b.jpg sub/c.jpg");
}

#[test]
fn filters_come_from_stdin_too() {
    let scene = Scene::new();
    let tree = with_files(&scene, &["a.jpg", "a.txt"]);
    let stage = plan(&tree, DEST).args(["--filter-from", "-"]);
    let outcome = scene.pipeline([stage]).reading("- *.jpg\n").run().expect(0);
    assert_eq!(names(&outcome.records()), "a.txt");
    refused(&scene, &tree, &["--filter-from", "-", "--files-from", "-"], "only one of");
}

#[test]
fn a_wrong_filter_is_told_with_its_line() {
    let scene = Scene::new();
    let tree = with_files(&scene, &["a"]);
    scene.write("filters", "- *.tmp\n*.jpg\n");
    refused(&scene, &tree, &["--filter-from", "filters"], "filters, line 2: \"*.jpg\" is not a filter");
    scene.write("filters", "# none\n- [a\n");
    refused(&scene, &tree, &["--filter-from", "filters"], "filters, line 2: \"[a\" is not a pattern");
    scene.run(plan(&tree, DEST).args(["--filter-from", "nowhere"])).expect(74).expect_hint(0);
}

#[test]
fn hidden_files_are_taken_or_skipped() {
    let scene = Scene::new();
    let tree = with_files(&scene, &[".a", ".git/b", "c", "sub/.d/e", "sub/f.g"]);
    let all = ".a .git/b c sub/.d/e sub/f.g";
    assert_eq!(taken(&scene, &tree, &[]), all);
    assert_eq!(taken(&scene, &tree, &["--hidden", "take"]), all);
    assert_eq!(taken(&scene, &tree, &["--hidden", "skip"]), "c sub/f.g");
    let but_git = ["--include", "/.git/", "--hidden", "skip"];
    assert_eq!(taken(&scene, &tree, &but_git), ".git/b c sub/f.g");
}

#[test]
fn sizes_are_limited_on_both_sides() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    for (name, size) in [("a", 0), ("b", 999), ("c", 1000), ("d", 1024), ("e", 1025)] {
        tree.sized(name, size);
    }
    assert_eq!(taken(&scene, &tree, &["--min-size", "1KB"]), "c d e");
    assert_eq!(taken(&scene, &tree, &["--max-size", "1KiB"]), "a b c d");
    assert_eq!(taken(&scene, &tree, &["--min-size", "1000", "--max-size", "1000"]), "c");
    refused(&scene, &tree, &["--min-size", "2", "--max-size", "1"], "--min-size is more than --max-size");
    refused(&scene, &tree, &["--min-size", "large"], "is not a size");
}

#[test]
fn ages_are_limited_on_both_sides() {
    let scene = Scene::new();
    let tree = with_files(&scene, &["hours", "minutes", "weeks"]);
    for (name, hours) in [("hours", 5), ("weeks", 24 * 20)] {
        set_modified(&tree.root.join(name), SystemTime::now() - Duration::from_hours(hours));
    }
    assert_eq!(taken(&scene, &tree, &["--newer-than", "3h"]), "minutes");
    assert_eq!(taken(&scene, &tree, &["--newer-than", "1d"]), "hours minutes");
    assert_eq!(taken(&scene, &tree, &["--older-than", "2w"]), "weeks");
    assert_eq!(taken(&scene, &tree, &["--older-than", "3h", "--newer-than", "2d"]), "hours");
    refused(&scene, &tree, &["--older-than", "2d", "--newer-than", "2d"], "no file could take part");
    refused(&scene, &tree, &["--older-than", "long ago"], "neither an age");
}

#[test]
fn a_date_is_one_of_the_local_calendar() {
    let scene = Scene::new();
    let tree = with_files(&scene, &["a", "b"]);
    // 2026-10-31T15:30:00Z and one hour later.
    for (name, second) in [("a", 1_793_460_600), ("b", 1_793_464_200)] {
        set_modified(&tree.root.join(name), SystemTime::UNIX_EPOCH + Duration::from_secs(second));
    }
    let stage = |zone: &str, flag: &str, time: &str| plan(&tree, DEST).args([flag, time]).env("TZ", zone);
    let taken = |stage: Stage| names(&scene.planned(stage));
    assert_eq!(taken(stage("UTC", "--newer-than", "2026-11-01")), "");
    assert_eq!(taken(stage("JST-9", "--newer-than", "2026-11-01")), "a b");
    assert_eq!(taken(stage("JST-9", "--newer-than", "2026-11-01T00:30:01")), "b");
    let exact = "2026-10-31T16:30:00Z";
    assert_eq!(taken(stage("JST-9", "--newer-than", exact)), "b");
    assert_eq!(taken(stage("JST-9", "--older-than", exact)), "a");
}

#[test]
fn what_was_not_taken_is_not_deleted() {
    let scene = Scene::new();
    let mut tree = with_files(&scene, &[".a", "b", "c.log", "long name"]);
    scene.sync(&tree.root, DEST).expect(0);
    tree.remove(".a");
    tree.remove("c.log");
    scene.write("filters", "- *.log\n");
    let delete = |flags: &[&str]| {
        let records = scene.planned(plan(&tree, DEST).arg("--delete").args(flags));
        records
            .objects("delete")
            .into_iter()
            .map(|url| url.strip_prefix(DEST).unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(delete(&[]), [".a", "c.log"]);
    assert_eq!(delete(&["--filter-from", "filters"]), [".a"]);
    assert_eq!(delete(&["--hidden", "skip"]), ["c.log"]);
    // Nor objects that would not be taken themselves.
    assert_eq!(delete(&["--max-size", "3"]), [".a"]);
    assert_eq!(delete(&["--older-than", "1d"]), [""; 0]);
    let all = ["--max-size", "3", "--delete-excluded", "--max-delete", "100%"];
    assert_eq!(delete(&all), [".a", "c.log", "long name"]);
}

#[test]
fn depths_are_limited() {
    let scene = Scene::new();
    let tree = with_files(&scene, &["a", "b/c", "b/d/e", "f"]);
    assert_eq!(taken(&scene, &tree, &["--max-depth", "1"]), "a f");
    assert_eq!(taken(&scene, &tree, &["--max-depth", "2"]), "a b/c f");
    assert_eq!(taken(&scene, &tree, &["--max-depth", "9"]), "a b/c b/d/e f");
    scene.sync(&tree.root, DEST).expect(0);
    let records = scene.planned(plan(&tree, DEST).args(["--delete", "--max-depth", "1"]));
    assert_eq!(records.counts(), [].into());
}

#[test]
fn wrong_depths_and_separators_are_refused() {
    let scene = Scene::new();
    let tree = with_files(&scene, &["a"]);
    refused(&scene, &tree, &["--max-depth", "0"], "--max-depth");
    refused(&scene, &tree, &["--null"], "--files-from");
    refused(&scene, &tree, &["--hidden", "maybe"], "--hidden");
}

#[test]
fn only_listed_files_are_looked_at() {
    let scene = Scene::new();
    let tree = with_files(&scene, &["a", "b b", "c/d", "new\nline"]);
    scene.write("list", "c/d\n./a\n\nc/d\n");
    scene.write("nul", b"new\nline\0b b\0");
    assert_eq!(taken(&scene, &tree, &["--files-from", "list"]), "a c/d");
    assert_eq!(taken(&scene, &tree, &["--files-from", "list", "--exclude", "a"]), "c/d");
    assert_eq!(taken(&scene, &tree, &["--files-from", "nul", "--null"]), "b b new\nline");
    let stage = plan(&tree, DEST).args(["--files-from", "-"]);
    let outcome = scene.pipeline([stage]).reading("b b").run().expect(0);
    assert_eq!(names(&outcome.records()), "b b");
    scene.write("list", "a\nnowhere\n");
    let records = scene.run(plan(&tree, DEST).args(["--files-from", "list"])).expect(1).records();
    assert_eq!(records.counts(), [("fail", 1), ("put", 1)].into());
    scene.run(plan(&tree, DEST).args(["--files-from", "no-list"])).expect(74).expect_hint(0);
}

#[test]
fn other_filesystems_can_be_left_out() {
    let scene = Scene::new();
    let tree = with_files(&scene, &["a"]);
    let device = |path: &str| fs::metadata(path).map(|stat| stat.dev()).ok();
    let own = fs::metadata(&tree.root).unwrap().dev();
    // Where nothing else is mounted there is nothing to see.
    let Some(other) =
        ["/dev/shm", "/run", "/tmp"].into_iter().find(|path| device(path).is_some_and(|dev| dev != own))
    else {
        return;
    };
    let elsewhere = tempfile::tempdir_in(other).unwrap();
    fs::write(elsewhere.path().join("b"), "b").unwrap();
    tree.link("mounted", elsewhere.path().to_str().unwrap());
    assert_eq!(taken(&scene, &tree, &[]), "a mounted/b");
    assert_eq!(taken(&scene, &tree, &["--one-file-system"]), "a");
}
