//! `tt-plan --split`: one plan as several files of equal work, and together exactly the plan.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;
use tt_tests::{Records, Scene, Stage, Tree, chmod, permissions_bind, plan, push, tool, verify, wait_until};

const DEST: &str = "s3://bucket/p/";
const MIB: usize = 1 << 20;

/// `tt-plan --split`, into the directory `parts`.
fn split(tree: &Tree, count: u16) -> Stage {
    plan(tree, DEST).args(["--split", &count.to_string(), "-o", "parts"])
}

/// The parts, in order, each of which must be a whole stream.
fn parts(scene: &Scene, count: u16) -> Vec<Records> {
    let expected: BTreeSet<_> = (0..count).map(|index| format!("plan-{index}.ndjson")).collect();
    assert_eq!(names(&scene.path("parts")), expected);
    let read = |index| fs::read(scene.path(&format!("parts/plan-{index}.ndjson"))).unwrap();
    (0..count).map(|index| Records::read(&read(index), &[]).unwrap()).collect()
}

/// What lies in a directory, hidden or not.
fn names(directory: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// How many requests the uploads of a part take.
fn requests(part: &Records) -> u64 {
    let sizes = part.of("put").map(|put| put["size"].as_u64().unwrap());
    sizes.map(|size| if size <= 16 << 20 { 1 } else { size.div_ceil(8 << 20) + 4 }).sum()
}

/// All records of some streams, in one order.
fn sorted<'r>(streams: impl IntoIterator<Item = &'r Records>) -> Vec<String> {
    let items = streams.into_iter().flat_map(|records| &records.items);
    let mut lines: Vec<_> = items.map(Value::to_string).collect();
    lines.sort_unstable();
    lines
}

/// Many small files, empty ones, and some of every size up to 40 MiB. The large ones take no room on the disk.
fn mixed(scene: &Scene) -> Tree {
    let mut tree = scene.tree("data");
    tree.many("small", 500);
    for number in 0..200_usize {
        tree.sized(&format!("medium/{number}"), number * 977);
        tree.file(&format!("empty/{number}"), "");
    }
    for number in 0..40_u64 {
        let path = tree.file(&format!("large/{number}"), "");
        fs::File::options().write(true).open(path).unwrap().set_len((number + 1) << 20).unwrap();
    }
    tree
}

#[test]
fn parts_of_a_mixed_tree_are_equal_work_and_together_exactly_the_plan() {
    let scene = Scene::new();
    let tree = mixed(&scene);
    tree.fifo("pipe");
    tree.link("nowhere", "gone");
    let whole = scene.run(plan(&tree, DEST)).expect(1).records();
    let outcome = scene.run(split(&tree, 8)).expect(1);
    assert!(outcome.stdout().is_empty());
    let outcome = outcome.expect_said(0, "wrote 8 plans to parts; the lightest is ");
    let outcome = outcome.expect_said(0, "2 paths skipped or failed: parts/plan-0.ndjson says");
    assert!(!outcome.stage(0).stderr.contains("error: "), "{outcome}");
    let parts = parts(&scene, 8);
    assert_eq!(sorted(&parts), sorted([&whole]));
    for work in [|part: &Records| part.end["bytes"].as_u64().unwrap(), requests] {
        let (light, heavy) = (parts.iter().map(work).min().unwrap(), parts.iter().map(work).max().unwrap());
        assert!(heavy * 10 <= light * 11, "{light} to {heavy}");
    }
    for (index, part) in parts.iter().enumerate() {
        let mut first = parts[0].begin.clone();
        first["part"] = index.into();
        assert_eq!(part.begin, first, "all belong to one run");
        assert_eq!(part.begin["parts"], 8);
        assert_eq!((part.exit(), part.count("skip")), if index == 0 { (1, 2) } else { (0, 0) });
    }
    assert_eq!(parts[0].begin["dest"], DEST);
}

#[test]
fn parts_are_pushed_one_by_one_and_verified_together() {
    let scene = Scene::new();
    let tree = mixed(&scene);
    scene.run(split(&tree, 3)).expect(0);
    let results: Vec<_> = (0..3)
        .map(|index| {
            let part = push().arg(format!("parts/plan-{index}.ndjson"));
            scene.keep(part, &format!("results-{index}.ndjson"))
        })
        .collect();
    let records = scene.run(verify().args(&results)).expect(0).records();
    assert_eq!(records.counts(), [("verified", tree.count() as u64)].into());
    scene.stored().expect(&tree.objects("p/"));
    assert!(scene.planned(plan(&tree, DEST)).items.is_empty());
}

#[test]
fn what_each_worker_has_verified_is_held_together() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.many("many", 20);
    scene.run(split(&tree, 2)).expect(0);
    for index in 0..2 {
        let stages = [push().arg(format!("parts/plan-{index}.ndjson")), verify().args(["--json", "--quiet"])];
        let outcome = scene.pipeline(stages).run().expect_all(&[0, 0]);
        scene.write(&format!("results-{index}.ndjson"), outcome.stdout());
    }
    let together = || scene.run(verify().args(["results-0.ndjson", "results-1.ndjson"]));
    assert_eq!(together().expect(0).records().counts(), [("verified", 20)].into());
    let whole = fs::read_to_string(scene.path("results-1.ndjson")).unwrap();
    scene.write("results-1.ndjson", &whole[..whole.rfind("{\"type\":\"end\"").unwrap()]);
    together().expect(65);
}

#[test]
fn a_part_that_runs_again_sends_again_what_it_had_finished() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.many("gone", 3);
    scene.sync(&tree.root, DEST).expect(0);
    (0..3).for_each(|number| tree.remove(&format!("gone/{number:05}")));
    tree.many("many", 7);
    scene.run(split(&tree, 1).args(["--delete", "--max-delete", "100%"])).expect(0);
    let part = || push().arg("parts/plan-0.ndjson");
    for _ in 0..2 {
        let records = scene.run(part()).expect(0).records();
        assert_eq!(records.counts(), [("deleted", 3), ("pushed", 7)].into());
    }
    let records = scene.run(part().args(["--if-unchanged", "--ignore-errors"])).expect(1).records();
    assert!(records.of("fail").all(|fail| fail["error"]["kind"] == "precondition"));
    assert_eq!(records.counts(), [("deleted", 3), ("fail", 7)].into());
}

#[test]
fn deletions_and_keeps_are_dealt_too() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.many("kept", 40);
    tree.many("gone", 20);
    scene.sync(&tree.root, DEST).expect(0);
    (0..20).for_each(|number| tree.remove(&format!("gone/{number:05}")));
    scene.run(split(&tree, 4).args(["--delete", "--all"])).expect(0);
    let parts = parts(&scene, 4);
    let work: Vec<_> = parts.iter().map(|part| part.items.len()).collect();
    assert_eq!(work, [15; 4]);
    assert_eq!(parts.iter().map(|part| part.count("delete")).sum::<usize>(), 20);
}

#[test]
fn more_parts_than_files_that_may_be_open_are_no_trouble() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.many("many", 300);
    let command = "ulimit -n 64; exec tt-plan data s3://bucket/p/ --split 500 --output parts --quiet";
    scene.run(tool("sh").args(["-c", command])).expect(0).expect_silence();
    let parts = parts(&scene, 500);
    assert!(parts.iter().all(|part| part.items.len() <= 1 && part.exit() == 0));
    assert_eq!(parts.iter().map(|part| part.items.len()).sum::<usize>(), 300);
}

#[test]
fn parts_that_are_there_already_are_left_alone_before_anything_is_listed() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.file("a", "a");
    scene.run(split(&tree, 3)).expect(0);
    let listed = scene.requests("ListObjectsV2");
    let before = fs::read(scene.path("parts/plan-0.ndjson")).unwrap();
    scene.run(split(&tree, 2)).expect(64).expect_said(0, "holds parts of a plan already").expect_hint(0);
    assert_eq!(scene.requests("ListObjectsV2"), listed);
    assert_eq!(fs::read(scene.path("parts/plan-0.ndjson")).unwrap(), before);
    assert_eq!(parts(&scene, 3).len(), 3);
}

#[test]
fn a_directory_that_cannot_be_written_to_is_told_before_anything_is_listed() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.file("a", "a");
    scene.write("parts", "a file");
    scene.run(split(&tree, 2)).expect(74).expect_said(0, "can't write plans to parts: ").expect_hint(0);
    fs::remove_file(scene.path("parts")).unwrap();
    if permissions_bind() {
        fs::create_dir(scene.path("parts")).unwrap();
        chmod(&scene.path("parts"), 0o555);
        scene.run(split(&tree, 2).unprivileged()).expect(74).expect_said(0, "can't write plans to parts: ");
    } else {
        eprintln!("SKIPPED: permissions bind nobody here");
    }
    assert_eq!(scene.requests("ListObjectsV2"), 0);
}

#[test]
fn of_a_plan_that_is_not_whole_there_are_no_parts() {
    let mut scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.many("m", 1500);
    scene.sync(&tree.root, DEST).expect(0);
    tree.file("0", "first");
    scene.restart(|options| {
        options.faults = vec!["access-denied:op=ListObjectsV2,after=1".parse().unwrap()];
    });
    scene.run(split(&tree, 2)).expect(77).expect_said(0, "no plan was written to parts").expect_hint(0);
    assert!(names(&scene.path("parts")).is_empty());
    let nowhere = plan("nowhere", DEST).args(["--split", "2", "-o", "new/parts"]);
    scene.run(nowhere).expect(66).expect_said(0, "no plan was written to new/parts");
    assert!(names(&scene.path("new/parts")).is_empty());
}

#[test]
fn a_full_disk_leaves_no_half_parts() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.many(&"n".repeat(200), 400);
    // A limit on the size of files is a disk that is full for one part.
    let command = "trap '' XFSZ; ulimit -f 40; exec tt-plan data s3://bucket/p/ --split 2 -o parts";
    let outcome = scene.run(tool("sh").args(["-c", command])).expect(74);
    outcome.expect_said(0, "no plan was written").expect_hint(0);
    assert!(names(&scene.path("parts")).is_empty());
}

#[test]
fn what_waits_does_so_where_it_may() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.many(&"n".repeat(200), 2500);
    let outcome = scene.run(split(&tree, 2).args(["--tmp-dir", "nowhere"])).expect(74);
    outcome.expect_said(0, "can't keep records in nowhere").expect_said(0, "--tmp-dir").expect_hint(0);
    assert!(names(&scene.path("parts")).is_empty());
    fs::create_dir(scene.path("here")).unwrap();
    scene.run(split(&tree, 2).args(["--tmp-dir", "here"]).env("TMPDIR", "/nonexistent")).expect(0);
    assert_eq!(parts(&scene, 2).iter().map(|part| part.count("put")).sum::<usize>(), 2500);
    assert!(names(&scene.path("here")).is_empty());
}

#[test]
fn interrupted_there_are_no_parts() {
    let scene = Scene::with(|_, options| options.link.delay = std::time::Duration::from_mins(1));
    let mut tree = scene.tree("data");
    tree.file("a", "a");
    let running = scene.pipeline([split(&tree, 2)]).start();
    wait_until("the parts are in the making", || {
        scene.path("parts").exists() && !names(&scene.path("parts")).is_empty()
    });
    running.signal(0, rustix::process::Signal::INT);
    running.wait().expect(130).expect_said(0, "no plan was written to parts");
    assert!(names(&scene.path("parts")).is_empty());
}

#[test]
fn the_number_and_the_directory_go_together() {
    let scene = Scene::new();
    let tree = scene.tree("data");
    for flags in [
        &["--split", "2"][..],
        &["-o", "parts"],
        &["--split", "0", "-o", "parts"],
        &["--split", "10001", "-o", "parts"],
        &["--split", "2", "-o", "parts", "--json"],
    ] {
        scene.run(plan(&tree, DEST).args(flags)).expect(64);
    }
    assert!(!scene.path("parts").exists());
}

#[test]
fn a_file_larger_than_all_others_has_a_part_of_its_own() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.many("small", 90);
    let path = tree.file("huge", "");
    fs::File::options().write(true).open(path).unwrap().set_len(100 * MIB as u64).unwrap();
    scene.run(split(&tree, 4)).expect(0);
    let mut counts: Vec<_> = parts(&scene, 4).iter().map(|part| part.count("put")).collect();
    counts.sort_unstable();
    assert_eq!(counts, [1, 30, 30, 30]);
}
