//! Samples: the same objects every time, and no doubt that they are not all.

use std::{collections::BTreeSet, path::PathBuf};

use tt_tests::{Scene, Stage, Tree, plan, push, verify};

/// A scene with many objects.
fn uploaded() -> (Scene, Tree, PathBuf) {
    let scene = Scene::new();
    let mut tree = scene.tree("tree");
    tree.many("small", 200);
    let outcome = scene.pipeline([plan(&tree, "s3://bucket/p/"), push()]).run().expect_all(&[0, 0]);
    let results = scene.write("results.ndjson", outcome.stdout());
    (scene, tree, results)
}

/// The objects that were verified.
fn looked_at(scene: &Scene, stage: Stage) -> BTreeSet<String> {
    let records = scene.run(stage).expect(0).records();
    records.objects("verified").into_iter().map(str::to_owned).collect()
}

#[test]
fn the_same_objects_are_looked_at_every_time_and_the_others_pass() {
    let (scene, _tree, results) = uploaded();
    let before = scene.requests("HeadObject");
    let outcome = scene.run(verify().arg(&results).args(["--sample", "20%"])).expect(0);
    let outcome = outcome.expect_said(0, "a sample of 20%: ").expect_said(0, " of 200 objects looked at");
    let records = outcome.records();
    assert_eq!(records.end["sample"], 0.2);
    let looked = records.count("verified");
    assert!((10..80).contains(&looked), "{looked}");
    assert_eq!((records.count("pushed"), records.items.len()), (200 - looked, 200));
    assert_eq!(scene.requests("HeadObject") - before, looked as u64);
    let some = looked_at(&scene, verify().arg(&results).args(["--sample", "20%"]));
    assert_eq!(some.len(), looked);
    let more = looked_at(&scene, verify().arg(&results).args(["--sample", "60.5%"]));
    scene.run(verify().arg(&results).args(["--sample", "7%"])).expect(0).expect_said(0, "a sample of 7%: ");
    assert!(some.is_subset(&more) && more.len() > looked);
    assert_eq!(looked_at(&scene, verify().arg(&results).args(["--sample", "100%"])).len(), 200);
}

#[test]
fn of_a_manifest_the_others_are_left_out() {
    let (scene, tree, results) = uploaded();
    let written = scene.path("SUMS");
    scene.run(verify().arg(&results).arg("--write-sums").arg(&written)).expect(0);
    let stage = || {
        let stage = verify().arg("--sums").arg(&written).arg(&tree.root).arg("s3://bucket/p/");
        stage.args(["--sample", "20%"])
    };
    let outcome = scene.run(stage()).expect(0).expect_said(0, " of 200 objects looked at");
    let records = outcome.records();
    assert_eq!(records.count("verified"), records.items.len());
    let same = looked_at(&scene, verify().arg(&results).args(["--sample", "20%"]));
    assert_eq!(looked_at(&scene, stage()), same);
}

#[test]
fn what_is_no_share_is_wrong_usage() {
    let scene = Scene::new();
    for share in ["5", "0%", "101%", "some"] {
        scene.run(verify().args(["--sample", share])).expect(64);
    }
}
