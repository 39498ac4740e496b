//! tt-verify finds what is not as it should be, and that alone.

use std::{fs, path::PathBuf};

use tt_tests::{Outcome, Records, Scene, Tree, chmod, modified, plan, push, set_modified, tool, verify};

const DEST: &str = "s3://bucket/p/";

/// A scene with its tree uploaded, and the results of that in a file.
fn uploaded() -> (Scene, Tree, PathBuf) {
    let scene = Scene::new();
    let mut tree = scene.tree("tree");
    tree.many("small", 10);
    tree.file("empty", "");
    tree.sized("large", 17 << 20);
    let outcome = scene.pipeline([plan(&tree, DEST), push()]).run().expect_all(&[0, 0]);
    let results = scene.write("results.ndjson", outcome.stdout());
    (scene, tree, results)
}

/// Verifies results of which one object is not proved: it alone is reported, as `kind`.
#[track_caller]
fn expect_one(scene: &Scene, results: &PathBuf, kind: &str, key: &str) -> Records {
    let records = scene.run(verify().arg(results)).expect(1).records();
    assert_eq!(records.objects(kind), [format!("s3://bucket/{key}").as_str()].into());
    assert_eq!((records.count("verified"), records.items.len()), (11, 12));
    records
}

#[test]
fn what_is_as_it_was_is_verified() {
    let (scene, _tree, results) = uploaded();
    let records = scene.run(verify().arg(&results)).expect(0).expect_silence().records();
    assert_eq!((records.count("verified"), records.items.len()), (12, 12));
    assert_eq!(records.values("verified", "by"), ["full-object CRC64NVME"].into());
}

#[test]
fn one_bit_flipped_in_a_stored_body_is_a_mismatch() {
    let (scene, _tree, results) = uploaded();
    for key in ["p/small/00003", "p/large"] {
        scene.stored().flip_bit(key);
        let records = expect_one(&scene, &results, "mismatch", key);
        let mismatch = records.of("mismatch").next().unwrap();
        assert_ne!(mismatch["expected"], mismatch["found"]);
        assert_eq!(mismatch["expected"], mismatch["checksum"]["value"], "the file is as it was");
        scene.stored().flip_bit(key);
    }
    scene.run(verify().arg(&results)).expect(0);
}

#[test]
fn one_byte_changed_in_a_file_is_a_mismatch_whatever_its_times_say() {
    let (scene, tree, results) = uploaded();
    let path = tree.root.join("small/00005");
    let (before, mut content) = (modified(&path), fs::read(&path).unwrap());
    content[3] ^= 0x80;
    fs::write(&path, content).unwrap();
    set_modified(&path, before);
    let records = expect_one(&scene, &results, "mismatch", "p/small/00005");
    let mismatch = records.of("mismatch").next().unwrap();
    assert_eq!(mismatch["found"], mismatch["checksum"]["value"], "the object is as it was");
    assert!(mismatch["note"].as_str().unwrap().contains("file changed"), "{mismatch}");
}

#[test]
fn an_object_that_somebody_deleted_is_missing() {
    let (scene, _tree, results) = uploaded();
    fs::remove_file(scene.stored().body("p/small/00000")).unwrap();
    expect_one(&scene, &results, "missing", "p/small/00000");
}

#[test]
fn an_object_of_another_size_is_a_mismatch() {
    let (scene, _tree, results) = uploaded();
    fs::write(scene.stored().body("p/empty"), "not empty").unwrap();
    let records = expect_one(&scene, &results, "mismatch", "p/empty");
    let mismatch = records.of("mismatch").next().unwrap();
    assert_eq!(
        (&mismatch["by"], &mismatch["expected"], &mismatch["found"]),
        (&"size".into(), &"0".into(), &"9".into())
    );
}

#[test]
fn a_file_that_is_gone_proves_nothing() {
    let (scene, tree, results) = uploaded();
    fs::remove_file(tree.root.join("empty")).unwrap();
    let records = scene.run(verify().arg(&results)).expect(1).records();
    let fail = records.of("fail").next().unwrap();
    assert_eq!((&fail["stage"], &fail["error"]["kind"]), (&"verify".into(), &"no-source".into()));
    assert_eq!((records.count("verified"), records.items.len()), (11, 12));
}

#[test]
fn a_plan_can_be_verified_too() {
    let (scene, mut tree, _results) = uploaded();
    tree.file("new", "not uploaded");
    let outcome = scene.pipeline([plan(&tree, DEST).arg("--all"), verify()]).run().expect(1);
    let records = outcome.records();
    assert_eq!(records.objects("missing"), ["s3://bucket/p/new"].into());
    assert_eq!(records.count("verified"), 12);
}

#[test]
fn results_of_several_runs_are_verified_together() {
    let scene = Scene::new();
    for name in ["one", "two", "three"] {
        let mut tree = scene.tree(name);
        tree.many(name, 5);
        let dest = format!("{DEST}{name}/");
        let outcome = scene.pipeline([plan(&tree, &dest), push()]).run().expect_all(&[0, 0]);
        scene.write(&format!("results-{name}.ndjson"), outcome.stdout());
    }
    let files = ["results-one.ndjson", "results-three.ndjson", "results-two.ndjson"];
    let all: Outcome = scene.run(verify().args(files)).expect(0);
    assert_eq!(all.records().count("verified"), 15);
    // One of them without its end: the others can't make up for it.
    let whole = fs::read_to_string(scene.path(files[1])).unwrap();
    let cut: String =
        whole.lines().filter(|line| !line.contains("\"end\"")).flat_map(|line| [line, "\n"]).collect();
    scene.write(files[1], cut);
    let all = scene.run(verify().args(files)).expect(65).expect_said(0, "not whole");
    assert_eq!(all.records().count("verified"), 15);
}

#[test]
fn an_earlier_failure_is_the_exit_code_of_a_later_verification() {
    let (scene, tree, _results) = uploaded();
    chmod(&tree.root, 0o755);
    tree.fifo("fifo");
    let plan_file = scene.run(plan(&tree, DEST).arg("--all")).expect(1);
    let path = scene.write("plan.ndjson", plan_file.stdout());
    let records = scene.run(verify().arg(path)).expect(1).records();
    assert_eq!((records.count("verified"), records.count("skip")), (12, 1));
}

#[test]
fn a_summary_is_never_mixed_into_a_pipe() {
    let (scene, _tree, results) = uploaded();
    let count = scene.pipeline([verify().arg(&results), tool("wc").arg("-l")]).run().expect_all(&[0, 0]);
    assert_eq!(count.text().trim(), "14");
}

#[test]
fn who_may_list_a_prefix_only_is_told_what_is_missing() {
    let scene = Scene::with_faults(&["access-denied:op=HeadBucket"]);
    let mut tree = scene.tree("data");
    tree.many("many", 3);
    let planned = scene.keep(plan(&tree, "s3://bucket/p/"), "plan.ndjson");
    scene.run(push().arg(&planned)).expect(0);
    tree.file("many/00003", "was never uploaded");
    let other = scene.keep(plan(&tree, "s3://bucket/p/").arg("--all"), "all.ndjson");
    let records = scene.run(verify().arg(other)).expect(1).records();
    assert_eq!(records.counts(), [("missing", 1), ("verified", 3)].into());
}
