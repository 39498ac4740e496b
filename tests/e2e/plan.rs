//! What is planned, and what is not.

use std::{collections::BTreeSet, fs, thread::sleep, time::Duration};

use serde_json::Value;
use tt_tests::{Records, Scene, Stage, Tree, modified, plan, push, set_modified, verify};

const DEST: &str = "s3://bucket/p/";

/// Times are compared to the second: what is changed after this is newer than what was uploaded before it.
const A_SECOND: Duration = Duration::from_millis(1100);

fn small(scene: &Scene) -> Tree {
    let mut tree = scene.tree("data");
    for name in ["a.txt", "b.txt", "c.jpg", "sub/d.txt", "sub/e.jpg"] {
        tree.file(name, name);
    }
    tree
}

/// The keys below the destination that a plan wants to upload.
fn keys(records: &Records) -> Vec<&str> {
    records.of("put").map(|put| put["dst"].as_str().unwrap().strip_prefix(DEST).unwrap()).collect()
}

/// Key and reason of each upload that is planned.
fn reasons(records: &Records) -> BTreeSet<(&str, &str)> {
    let reason = |put: &Value| put["why"].as_str().map(str::len);
    assert!(records.of("put").all(|put| reason(put).is_some()));
    keys(records).into_iter().zip(records.of("put").map(|put| put["why"].as_str().unwrap())).collect()
}

#[test]
fn a_second_run_plans_nothing() {
    let scene = Scene::new();
    let tree = small(&scene);
    scene.sync(&tree.root, DEST).expect(0);
    let records = scene.planned(plan(&tree, DEST));
    assert_eq!(records.items, Vec::<Value>::new());
    assert_eq!(records.end["bytes"], 0);
    let records = scene.sync(&tree.root, DEST).expect_all(&[0, 0, 0]).records();
    assert_eq!(records.items, Vec::<Value>::new());
}

#[test]
fn exactly_the_newer_and_the_resized_files_are_planned() {
    let scene = Scene::new();
    let mut tree = small(&scene);
    scene.sync(&tree.root, DEST).expect(0);
    sleep(A_SECOND);
    tree.file("a.txt", "A.TXT");
    tree.file("c.jpg", "more than there was");
    tree.file("sub/new", "new");
    let records = scene.planned(plan(&tree, DEST));
    let reasons = reasons(&records);
    assert_eq!(reasons, [("a.txt", "newer"), ("c.jpg", "size"), ("sub/new", "new")].into());
    scene.sync(&tree.root, DEST).expect(0);
    scene.stored().expect(&tree.objects("p/"));
    assert_eq!(scene.planned(plan(&tree, DEST)).items.len(), 0);
}

#[test]
fn a_file_that_shrank_with_an_old_time_is_planned_for_its_size() {
    let scene = Scene::new();
    let mut tree = small(&scene);
    let before = modified(&tree.root.join("b.txt"));
    scene.sync(&tree.root, DEST).expect(0);
    let path = tree.file("b.txt", "b");
    set_modified(&path, before - Duration::from_hours(24));
    assert_eq!(reasons(&scene.planned(plan(&tree, DEST))), [("b.txt", "size")].into());
}

#[test]
fn with_size_only_times_do_not_count() {
    let scene = Scene::new();
    let mut tree = small(&scene);
    scene.sync(&tree.root, DEST).expect(0);
    sleep(A_SECOND);
    tree.file("a.txt", "A.TXT");
    tree.file("b.txt", "longer than before");
    let records = scene.planned(plan(&tree, DEST).arg("--size-only"));
    assert_eq!(reasons(&records), [("b.txt", "size")].into());
}

#[test]
fn with_all_what_is_there_is_kept_and_verified() {
    let scene = Scene::new();
    let mut tree = small(&scene);
    scene.sync(&tree.root, DEST).expect(0);
    tree.file("new", "new");
    let planned = scene.planned(plan(&tree, DEST).arg("--all"));
    assert_eq!(planned.counts(), [("keep", 5), ("put", 1)].into());
    let all = [plan(&tree, DEST).arg("--all"), push(), verify()];
    let records = scene.pipeline(all).run().expect_all(&[0, 0, 0]).records();
    assert_eq!(records.counts(), [("verified", 6)].into());

    scene.stored().flip_bit("p/sub/d.txt");
    let all = [plan(&tree, DEST).arg("--all"), push(), verify()];
    let records = scene.pipeline(all).run().expect_all(&[0, 0, 1]).records();
    assert_eq!(records.objects("mismatch"), ["s3://bucket/p/sub/d.txt"].into());
}

#[test]
fn of_excludes_and_includes_the_last_that_matches_counts() {
    let scene = Scene::new();
    let tree = small(&scene);
    let planned = |flags: &[&str]| {
        let records = scene.planned(plan(&tree, DEST).args(flags));
        keys(&records).join(" ")
    };
    assert_eq!(planned(&["--exclude", "*", "--include", "*.txt"]), "a.txt b.txt sub/d.txt");
    assert_eq!(planned(&["--include", "*.txt", "--exclude", "*"]), "");
    assert_eq!(planned(&["--exclude", "*.txt", "--include", "/a.txt"]), "a.txt c.jpg sub/e.jpg");
    assert_eq!(planned(&["--exclude", "sub/"]), "a.txt b.txt c.jpg");
    assert_eq!(
        planned(&["--exclude", "*.jpg", "--include", "*", "--exclude", "b*"]),
        "a.txt c.jpg sub/d.txt sub/e.jpg"
    );
}

#[test]
fn what_is_excluded_makes_no_noise_whatever_it_is() {
    let scene = Scene::new();
    let tree = small(&scene);
    tree.fifo("odd/fifo");
    tree.link("odd/broken", "nowhere");
    tree.link("odd/loop", "..");
    scene.run(plan(&tree, DEST)).expect(1);
    let outcome = scene.run(plan(&tree, DEST).args(["--exclude", "odd/"])).expect(0).expect_silence();
    assert_eq!(outcome.records().counts(), [("put", 5)].into());
}

#[test]
fn one_file_can_be_the_source() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.file("one file", "alone");
    tree.file("not this", "not this");
    let records = scene.sync(&tree.root.join("one file"), DEST).expect_all(&[0, 0, 0]).records();
    assert_eq!(records.objects("verified"), ["s3://bucket/p/one file"].into());
    assert_eq!(scene.stored().keys(), ["p/one file".to_owned()].into());
    assert_eq!(scene.planned(plan(tree.root.join("one file"), DEST)).items.len(), 0);
}

#[test]
fn trailing_slashes_change_nothing() {
    let scene = Scene::new();
    let tree = small(&scene);
    let plain = scene.planned(plan(&tree, "s3://bucket/p")).items;
    assert_eq!(plain.len(), 5);
    let with_slash = format!("{}/", tree.root.display());
    let with_slashes = format!("{}//", tree.root.display());
    for (source, dest) in [(&with_slash, "s3://bucket/p"), (&with_slash, DEST), (&with_slashes, DEST)] {
        assert_eq!(scene.planned(plan(source, dest)).items, plain, "{source} {dest}");
    }
    assert_eq!(scene.planned(plan("data", DEST)).items, plain, "a relative source");
    assert_eq!(scene.planned(plan("./data/../data", DEST)).count("put"), 5);
}

#[test]
fn a_prefix_is_a_directory_and_no_beginning_of_a_name() {
    let scene = Scene::new();
    let tree = small(&scene);
    scene.sync(&tree.root, "s3://bucket/pp").expect(0);
    assert_eq!(scene.planned(plan(&tree, "s3://bucket/p")).count("put"), 5);
}

fn with_links(scene: &Scene) -> Tree {
    let mut tree = small(scene);
    let outside = scene.path("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("far"), "away").unwrap();
    tree.link("link.txt", "a.txt");
    tree.link("linked", outside.to_str().unwrap());
    tree.also("link.txt");
    tree.also("linked/far");
    tree
}

#[test]
fn links_are_followed() {
    let scene = Scene::new();
    let tree = with_links(&scene);
    scene.sync(&tree.root, DEST).expect_all(&[0, 0, 0]);
    scene.stored().expect(&tree.objects("p/"));
}

#[test]
fn links_are_skipped_or_errors_if_asked_for() {
    let scene = Scene::new();
    let tree = with_links(&scene);
    let with = |what: &str| -> Stage { plan(&tree, DEST).args(["--symlinks", what]) };
    let records = scene.planned(with("skip"));
    assert_eq!(records.counts(), [("put", 5), ("skip", 2)].into());
    assert_eq!(records.values("skip", "why"), ["symlink"].into());
    let records = scene.run(with("error")).expect(1).records();
    assert_eq!(records.counts(), [("fail", 2), ("put", 5)].into());
    scene.pipeline([with("error"), push(), verify()]).run().expect_all(&[1, 1, 1]);
    scene.pipeline([with("skip"), push(), verify()]).run().expect_all(&[0, 0, 0]);
}

#[test]
fn a_replacement_names_the_object_that_it_replaces() {
    let scene = Scene::new();
    let mut tree = small(&scene);
    scene.sync(&tree.root, DEST).expect(0);
    let etag = scene.stored().objects()["p/a.txt"]["etag"].as_str().unwrap().to_owned();
    tree.file("a.txt", "of another size");
    let records = scene.planned(plan(&tree, DEST));
    let told: Vec<_> = records.of("put").map(|put| put["etag"].as_str().unwrap().trim_matches('"')).collect();
    assert_eq!(told, [etag]);
}

#[test]
fn markers_of_directories_and_neighbours_of_the_prefix_are_invisible() {
    let scene = Scene::with(|_, options| options.anonymous = true);
    let mut tree = scene.tree("tree");
    tree.file("d/a", "a");
    for target in ["/bucket/p/", "/bucket/p/d/", "/bucket/p0/d/a", "/bucket/o"] {
        assert_eq!(tt_tests::request(&scene.url(), "PUT", target, &[], b"").status, 200);
    }
    scene.sync(&tree.root, DEST).expect_all(&[0, 0, 0]);
    assert!(scene.planned(plan(&tree, DEST)).items.is_empty());
}

#[test]
fn names_that_would_be_one_file_elsewhere_are_warned_of() {
    let scene = Scene::new();
    let mut tree = small(&scene);
    scene.run(plan(&tree, DEST)).expect(0).expect_silence();
    tree.file("sub/D.txt", "not d.txt");
    let outcome = scene.run(plan(&tree, DEST)).expect(0);
    outcome.expect_said(0, "2 names differ only in case").expect_said(0, "sub/D.txt and sub/d.txt");
    scene.run(plan(&tree, DEST).args(["--exclude", "D.txt"])).expect(0).expect_silence();
}

#[test]
fn a_directory_that_does_not_fit_into_memory_needs_room_elsewhere() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.many("many", 200);
    tree.file("z", "z");
    let little = |directory: &str| plan(&tree, DEST).args(["--memory", "1KiB", "--tmp-dir", directory]);
    assert_eq!(scene.planned(little("/tmp")).items.len(), 201);
    let records = scene.run(little("/nonexistent")).expect(1).records();
    assert_eq!(records.counts(), [("fail", 1), ("put", 1)].into());
    let fail = records.of("fail").next().unwrap();
    assert!(fail["error"]["hint"].as_str().unwrap().contains("--tmp-dir"), "{fail}");
    assert_eq!(fail["dst"], "s3://bucket/p/many/");
    scene.run(plan(&tree, DEST).args(["--memory", "1"])).expect(64);
}

#[test]
fn a_clock_that_is_off_is_warned_of() {
    let scene = Scene::with(|_, options| options.clock_skew = jiff::SignedDuration::from_secs(40));
    let tree = small(&scene);
    scene.run(plan(&tree, DEST)).expect(0).expect_said(0, "behind that of S3");
    let scene = Scene::with(|_, options| options.clock_skew = jiff::SignedDuration::from_secs(-40));
    let tree = small(&scene);
    scene.run(plan(&tree, DEST)).expect(0).expect_said(0, "ahead of that of S3");
    scene.run(plan(&tree, DEST).arg("--quiet")).expect(0).expect_silence();
}
