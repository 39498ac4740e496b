//! `--if-unchanged`: what somebody else has written since the plan stays.

use std::path::{Path, PathBuf};

use tt_tests::{Scene, Tree, plan, push, request, verify};

const DEST: &str = "s3://bucket/p/";
const MIB: usize = 1 << 20;

/// A file for one request, and one for parts.
const FILES: [(&str, usize); 2] = [("small", 100), ("large", 17 * MIB)];

fn scene(faults: &[&str]) -> (Scene, Tree) {
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    let scene = Scene::with(|_, options| (options.anonymous, options.faults) = (true, faults));
    let mut tree = scene.tree("data");
    for (name, size) in FILES {
        tree.sized(name, size);
    }
    (scene, tree)
}

/// Uploads the tree, and makes each file another one.
fn with_older_objects(scene: &Scene, tree: &mut Tree) {
    scene.sync(&tree.root, DEST).expect_all(&[0, 0, 0]);
    for (name, size) in FILES {
        tree.sized(name, size + 1);
    }
}

/// Pushes a plan that others have got in the way of at every key.
fn expect_refusal(scene: &Scene, planned: &Path) {
    for (name, _) in FILES {
        request(&scene.url(), "PUT", &format!("/bucket/p/{name}"), &[], b"somebody else's");
    }
    let records = scene.run(push().arg("--if-unchanged").arg(planned)).expect(1).records();
    assert_eq!(records.counts(), [("fail", 2)].into());
    for fail in records.of("fail") {
        assert_eq!(fail["error"]["kind"], "precondition");
        let hint = &fail["error"]["hint"];
        assert!(hint.as_str().unwrap().contains("plan again"), "{hint}");
    }
    for (name, _) in FILES {
        assert_eq!(scene.stored().bytes(&format!("p/{name}")), b"somebody else's");
    }
    assert_eq!(scene.stored().uploads(), 0);
}

fn planned(scene: &Scene, tree: &Tree) -> PathBuf {
    scene.keep(plan(tree, DEST), "plan.ndjson")
}

#[test]
fn a_new_key_that_somebody_else_was_faster_at_is_left_alone() {
    let (scene, tree) = scene(&[]);
    let planned = planned(&scene, &tree);
    expect_refusal(&scene, &planned);
}

#[test]
fn an_object_that_somebody_else_has_replaced_is_left_alone() {
    let (scene, mut tree) = scene(&[]);
    with_older_objects(&scene, &mut tree);
    let planned = planned(&scene, &tree);
    expect_refusal(&scene, &planned);
}

#[test]
fn what_somebody_else_has_removed_is_left_removed() {
    let (scene, mut tree) = scene(&[]);
    with_older_objects(&scene, &mut tree);
    let planned = planned(&scene, &tree);
    for (name, _) in FILES {
        request(&scene.url(), "DELETE", &format!("/bucket/p/{name}"), &[], b"");
    }
    let records = scene.run(push().arg("--if-unchanged").arg(planned)).expect(1).records();
    assert_eq!(records.counts(), [("fail", 2)].into());
    assert_eq!((scene.stored().keys().len(), scene.stored().uploads()), (0, 0));
}

#[test]
fn what_is_as_it_was_planned_is_written_and_replaced() {
    let (scene, mut tree) = scene(&[]);
    for _ in 0..2 {
        let stages = [plan(&tree, DEST), push().arg("--if-unchanged"), verify()];
        let records = scene.pipeline(stages).run().expect_all(&[0, 0, 0]).records();
        assert_eq!(records.counts(), [("verified", 2)].into());
        scene.stored().expect(&tree.objects("p/"));
        for (name, size) in FILES {
            tree.sized(name, size + 1);
        }
    }
}

#[test]
fn an_answer_that_got_lost_counts_as_it_was() {
    let drops = ["drop-answer:op=PutObject,count=1", "drop-answer:op=CompleteMultipartUpload,count=1"];
    for checksum in ["CRC64NVME", "SHA256", "none"] {
        // Of new keys, and of such as hold something else already.
        for older in [false, true] {
            let (mut scene, mut tree) = scene(&[]);
            if older {
                with_older_objects(&scene, &mut tree);
            }
            scene.restart(|options| options.faults = drops.map(|fault| fault.parse().unwrap()).into());
            let push = push().args(["--if-unchanged", "--checksum", checksum]);
            let outcome = scene.pipeline([plan(&tree, DEST), push]).run().expect_all(&[0, 0]);
            let records = outcome.expect_silence().records();
            assert_eq!(records.counts(), [("pushed", 2)].into());
            assert_eq!(scene.stats().faults["drop-answer"], 2, "{checksum} {older}");
            scene.stored().expect(&tree.objects("p/"));
        }
    }
}

#[test]
fn an_object_that_is_gone_is_not_the_one_that_was_to_be_replaced() {
    let (scene, mut tree) = scene(&[]);
    with_older_objects(&scene, &mut tree);
    let planned = planned(&scene, &tree);
    for (name, _) in FILES {
        request(&scene.url(), "DELETE", &format!("/bucket/p/{name}"), &[], b"");
    }
    let records = scene.run(push().arg("--if-unchanged").arg(planned)).expect(1).records();
    assert_eq!(records.counts(), [("fail", 2)].into());
    assert_eq!(records.of("fail").filter(|fail| fail["error"]["kind"] == "precondition").count(), 2);
    assert!(scene.stored().keys().is_empty());
}
