//! SIGINT and SIGTERM in the middle of the work: it ends in order, and says that something is missing.

use rustix::process::Signal;
use tt_tests::{Running, Scene, Tree, plan, push, verify, wait_until};

const DEST: &str = "s3://bucket/p/";
const MIB: usize = 1 << 20;

/// A scene whose link is so slow that the tree of [`tree`] takes half a minute.
fn slow() -> Scene {
    Scene::with(|_, options| options.link.rate = Some(4 * MIB as u64))
}

fn tree(scene: &Scene) -> Tree {
    let mut tree = scene.tree("data");
    for number in 0..60 {
        tree.sized(&format!("small/{number}"), MIB);
    }
    tree.sized("multipart", 60 * MIB);
    tree
}

/// Starts the pipeline, and waits until tt-push is in the midst of it.
fn under_way(scene: &Scene, tree: &Tree) -> Running {
    let push = push().args(["--concurrency", "4", "--part-size", "5MiB"]);
    let running = scene.pipeline([plan(tree, DEST), push, verify()]).start();
    wait_until("an upload in parts is under way", || scene.stored().uploads() > 0);
    wait_until("the first file is stored", || scene.requests("UploadPart") + scene.requests("PutObject") > 0);
    running
}

/// Fails the test unless everything that is stored is whole.
#[track_caller]
fn expect_only_whole_objects(scene: &Scene, tree: &Tree) {
    let keys = scene.stored().keys();
    assert!(keys.len() < tree.count(), "it was not interrupted");
    let files = tree.objects("p/").into_iter().filter(|(key, _)| keys.contains(key)).collect();
    scene.stored().expect(&files);
}

#[test]
fn push_ends_in_order_when_it_is_interrupted_or_terminated() {
    for signal in [Signal::INT, Signal::TERM] {
        let scene = slow();
        let tree = tree(&scene);
        let running = under_way(&scene, &tree);
        running.signal(1, signal);
        let outcome = running.wait().expect_all(&[0, 130, 130]);
        let records = outcome.records();
        assert!(records.is_incomplete());
        // What was on its way may have arrived without an answer that could be told.
        assert!(records.count("verified") <= scene.stored().keys().len());
        expect_only_whole_objects(&scene, &tree);
        assert_eq!(scene.stored().uploads(), 1, "what was sent of the large file is kept");
    }
}

#[test]
fn ctrl_c_reaches_all_of_the_pipeline() {
    let scene = slow();
    let tree = tree(&scene);
    let running = under_way(&scene, &tree);
    running.signal(1, Signal::INT);
    running.signal(2, Signal::INT);
    let outcome = running.wait().expect_all(&[0, 130, 130]);
    assert!(outcome.records().is_incomplete());
    expect_only_whole_objects(&scene, &tree);
}

#[test]
fn a_second_signal_ends_push_at_once() {
    let scene = slow();
    let tree = tree(&scene);
    let running = under_way(&scene, &tree);
    running.signal(1, Signal::INT);
    running.signal(1, Signal::TERM);
    let outcome = running.wait();
    assert_eq!(outcome.stage(1).code(), 130, "{outcome}");
    // What arrives without an end is not whole; whether there was time for one is left open.
    assert!([65, 130].contains(&outcome.stage(2).code()), "{outcome}");
    assert!(outcome.records().is_incomplete());
    expect_only_whole_objects(&scene, &tree);
}

#[test]
fn plan_ends_in_order_when_it_is_interrupted() {
    let scene = Scene::with_faults(&["silence:op=ListObjectsV2"]);
    let tree = tree(&scene);
    let running = scene.pipeline([plan(&tree, DEST), push(), verify()]).start();
    wait_until("the bucket is being listed", || scene.stats().connections > 0);
    running.signal(0, Signal::INT);
    let outcome = running.wait().expect_all(&[130, 130, 130]);
    assert!(outcome.records().is_incomplete());
}

#[test]
fn a_service_that_does_not_answer_does_not_hold_up_the_end() {
    let scene = Scene::with_faults(&["silence:op=CreateMultipartUpload"]);
    let mut tree = scene.tree("data");
    tree.sized("large", 17 * MIB);
    let running = scene.pipeline([plan(&tree, DEST), push()]).start();
    wait_until("it is asked", || scene.requests("CreateMultipartUpload") > 0);
    running.signal(1, Signal::INT);
    assert!(running.wait().expect(130).records().is_incomplete());
}

#[test]
fn deleting_and_aborting_end_when_they_are_interrupted_too() {
    let scene = Scene::with_faults(&["silence:op=HeadObject", "silence:op=ListMultipartUploads"]);
    let delete = r#"{"type":"delete","dst":"s3://bucket/p/x","size":1,"etag":"\"e\""}"#;
    let deleting = scene.pipeline([push().arg("--partial-input")]).reading(format!("{delete}\n")).start();
    let aborting = scene.pipeline([push().args(["--abort-uploads", "s3://bucket/"])]).start();
    for (operation, running) in [("HeadObject", deleting), ("ListMultipartUploads", aborting)] {
        wait_until("it is asked", || scene.requests(operation) > 0);
        running.signal(0, Signal::INT);
        assert!(running.wait().expect(130).records().is_incomplete());
    }
}
