//! How long requests took, in a file.

use std::fs;

use tt_tests::{Scene, plan, push, tool, verify};

const DEST: &str = "s3://bucket/p/";

/// What a log of latencies is about: the tags of its lines.
fn operations(log: &str) -> Vec<&str> {
    log.lines().filter_map(|line| line.strip_prefix("Tag=")?.split(',').next()).collect()
}

#[test]
fn each_tool_writes_what_its_requests_took() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.sized("big", 17 << 20);
    tree.many("small", 5);
    let file = |tool: &str| scene.path(&format!("{tool}.hlog"));
    let stages = [
        plan(&tree, DEST).arg("--latencies").arg(file("plan")),
        push().arg("--latencies").arg(file("push")),
        verify().arg("--latencies").arg(file("verify")),
    ];
    scene.pipeline(stages).run().expect_all(&[0, 0, 0]);
    let read = |tool: &str| fs::read_to_string(file(tool)).unwrap();
    assert_eq!(operations(&read("plan")), ["ListObjectsV2"]);
    let pushed = read("push");
    let pushed = operations(&pushed);
    for operation in ["CompleteMultipartUpload", "CreateMultipartUpload", "PutObject", "UploadPart"] {
        assert!(pushed.contains(&operation), "{operation} of {pushed:?}");
    }
    assert!(operations(&read("verify")).contains(&"HeadObject"));
}

#[test]
fn a_plan_in_parts_and_the_other_tasks_write_it_too() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.file("a", "a");
    let file = scene.path("hlog");
    let parts = scene.path("parts");
    let split = plan(&tree, DEST).args(["--split", "2", "-o"]).arg(parts).arg("--latencies").arg(&file);
    let abort = push().args(["--abort-uploads", DEST, "--latencies"]).arg(&file);
    let check =
        tool("tt-install").args(["check", "--without-s5cmd", "--bucket", DEST, "--latencies"]).arg(&file);
    for (stage, operation) in
        [(split, "ListObjectsV2"), (abort, "ListMultipartUploads"), (check, "ListObjectsV2")]
    {
        scene.run(stage);
        let log = fs::read_to_string(&file).unwrap();
        assert!(operations(&log).contains(&operation), "{operation}: {log}");
        fs::remove_file(&file).unwrap();
    }
}

#[test]
fn a_file_that_can_not_be_written_is_told_before_anything_is_done() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.file("a", "a");
    let records = scene.keep(plan(&tree, DEST), "plan.ndjson");
    let nowhere = scene.path("no/such/file");
    let outcome = scene.run(push().arg(records).arg("--latencies").arg(nowhere)).expect(74);
    outcome.expect_said(0, "the file of latencies").expect_hint(0);
    assert!(scene.stored().keys().is_empty());
}
