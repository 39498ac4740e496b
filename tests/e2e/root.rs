//! Plans that come from somebody else: `--root` says which files they may be about.

use std::{fs, os::unix::fs::symlink};

use serde_json::Value;
use tt_tests::{Scene, plan, push, tool, verify};

const DEST: &str = "s3://bucket/p/";

/// A tree with two files, one of which the plan is changed to take from elsewhere.
fn plan_about(scene: &Scene, elsewhere: &str) -> String {
    let records = scene.run(plan("data", DEST)).expect(0).text();
    let root = scene.path("data").to_str().unwrap().to_owned();
    records.replace(&format!("{root}/b"), elsewhere)
}

#[test]
fn files_outside_are_refused_whatever_the_plan_says() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.file("a", "mine");
    tree.file("b", "mine");
    let secret = scene.write("secret", "hidden");
    symlink("../secret", scene.path("data/link")).unwrap();
    let outside = [
        secret.to_str().unwrap().to_owned(),
        scene.path("data/../secret").to_str().unwrap().to_owned(),
        scene.path("data/link").to_str().unwrap().to_owned(),
        "/etc/passwd".to_owned(),
    ];
    for elsewhere in outside {
        let records = scene.write("plan.ndjson", plan_about(&scene, &elsewhere));
        let outcome = scene.pipeline([push().args(["--root", "data"]).arg(&records), verify()]).run();
        let failed: Vec<Value> = outcome.records().of("fail").cloned().collect();
        assert!(
            failed.iter().any(|fail| fail["src"] == *elsewhere && fail["error"]["kind"] == "refused"),
            "{outcome}"
        );
        outcome.expect_all(&[1, 1]);
        assert!(!scene.stored().keys().contains("p/b"), "{elsewhere}");
        let rehearsed = scene.run(push().args(["--dry-run", "--root", "data"]).arg(records)).expect(1);
        assert_eq!(rehearsed.records().count("fail"), failed.len(), "{rehearsed}");
    }
}

#[test]
fn files_within_are_uploaded_by_whatever_path() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.file("a", "one");
    tree.sized("large", 17 << 20);
    symlink("data", scene.path("other")).unwrap();
    let stages = [plan("other", DEST), push().args(["--root", "data"]), verify()];
    scene.pipeline(stages).run().expect_all(&[0, 0, 0]);
    scene.stored().expect(&tree.objects("p/"));
}

#[test]
fn a_root_that_is_none_is_wrong_usage() {
    let scene = Scene::new();
    fs::write(scene.path("file"), "").unwrap();
    for wrong in ["missing", "file"] {
        scene.run(tool("tt-push").args(["--root", wrong])).expect(64).expect_said(0, "--root");
    }
}
