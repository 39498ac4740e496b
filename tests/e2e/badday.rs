//! Bad days: a service that throttles, fails, hangs up and lies, and files that change under the reader.

use std::{
    fs::{self, File},
    os::unix::fs::FileExt,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use tt_lab::Credential;
use tt_tests::{Scene, Tree, plan, push, request, tool, verify};

const DEST: &str = "s3://bucket/p/";
const MIB: usize = 1 << 20;

fn tree(scene: &Scene) -> Tree {
    let mut tree = scene.tree("data");
    tree.many("many", 300);
    tree.sized("multipart", 35 * MIB + 1);
    tree
}

/// Uploads a tree in spite of faults, which must have struck, and leaves nothing unfinished.
fn heals(faults: &[&str], tree: impl FnOnce(&Scene) -> Tree) {
    let scene = Scene::with_faults(faults);
    let tree = tree(&scene);
    let records = scene.sync(&tree.root, DEST).expect_all(&[0, 0, 0]).records();
    assert_eq!(records.counts(), [("verified", tree.count() as u64)].into());
    scene.stored().expect(&tree.objects("p/"));
    assert_eq!(scene.stored().uploads(), 0);
    let struck = scene.stats().faults;
    assert!(struck.values().sum::<u64>() >= 1, "{faults:?} never struck: {struck:?}");
}

fn one_multipart(scene: &Scene) -> Tree {
    let mut tree = scene.tree("data");
    tree.sized("multipart", 20 * MIB);
    tree
}

#[test]
fn one_request_in_five_fails_and_all_arrives() {
    heals(
        &[
            "slow-down:rate=0.07,op=PutObject+UploadPart",
            "internal-error:rate=0.07,op=PutObject+UploadPart",
            "reset:rate=0.07,op=PutObject+UploadPart",
        ],
        tree,
    );
}

#[test]
fn listings_and_heads_that_fail_are_asked_again() {
    heals(
        &[
            "slow-down:op=ListObjectsV2,count=2",
            "reset:op=HeadObject,count=3",
            "internal-error:op=HeadObject,rate=0.1",
        ],
        |scene| {
            let mut tree = scene.tree("data");
            tree.many("many", 100);
            tree
        },
    );
}

#[test]
fn an_error_within_a_200_is_an_error() {
    heals(&["error-in-200:op=CompleteMultipartUpload,count=2"], one_multipart);
}

#[test]
fn an_answer_to_completion_that_never_came_heals() {
    heals(&["drop-answer:op=CompleteMultipartUpload,count=1"], one_multipart);
}

#[test]
fn answers_that_never_came_heal_elsewhere_too() {
    // Not of CreateMultipartUpload: an upload whose id never came can't be given up.
    heals(&["drop-answer:op=PutObject+UploadPart,count=6"], |scene| {
        let mut tree = one_multipart(scene);
        tree.many("many", 20);
        tree
    });
}

#[test]
fn a_service_that_asks_to_wait_is_heard() {
    heals(&["slow-down:op=PutObject,count=3,retry-after=1"], |scene| {
        let mut tree = scene.tree("data");
        tree.many("many", 5);
        tree
    });
}

#[test]
fn a_token_that_expires_on_the_way_ends_it_with_77() {
    let scene = Scene::with_faults(&["expired-token:op=PutObject,after=20"]);
    let mut tree = scene.tree("data");
    tree.many("many", 300);
    let outcome = scene.sync(&tree.root, DEST).expect(77).expect_said(1, "ExpiredToken").expect_hint(1);
    assert_eq!(outcome.stage(1).code(), 77);
    let records = outcome.records();
    assert!(records.is_incomplete());
    assert_eq!(records.count("verified"), 20);
    assert_eq!(scene.stored().keys().len(), 20);
}

#[test]
fn credentials_that_expire_in_the_middle_of_a_file_leave_what_can_be_gone_on_with() {
    let mut scene = Scene::with_faults(&["expired-token:op=UploadPart,after=2"]);
    let tree = one_multipart(&scene);
    let records = scene.sync(&tree.root, DEST).expect_all(&[0, 77, 77]).records();
    assert!(records.is_incomplete());
    assert_eq!((scene.stored().uploads(), scene.stored().keys().len()), (1, 0));
    scene.restart(|options| options.faults.clear());
    scene.sync(&tree.root, DEST).expect_all(&[0, 0, 0]);
    assert_eq!(scene.stored().uploads(), 0);
    scene.stored().expect(&tree.objects("p/"));
}

#[test]
fn an_upload_that_never_can_succeed_leaves_nothing_behind() {
    let scene = Scene::with(|_, options| options.anonymous = true);
    let tree = one_multipart(&scene);
    let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
    request(&scene.url(), "PUT", "/bucket/p/multipart", &[], b"somebody else's");
    let outcome = scene.pipeline([push().arg("--if-unchanged").arg(&planned)]).run().expect(1);
    assert_eq!(outcome.records().count("fail"), 1);
    assert_eq!((scene.stored().uploads(), scene.requests("AbortMultipartUpload")), (0, 1));
}

#[test]
fn credentials_that_may_only_read_end_it_at_once_and_with_one_message() {
    let scene = Scene::with(|_, options| {
        let mut reader = Credential::new(tt_tests::ACCESS_KEY, tt_tests::SECRET_KEY);
        reader.read_only = true;
        options.credentials = vec![reader];
    });
    let tree = tree(&scene);
    let outcome = scene.sync(&tree.root, DEST).expect_all(&[0, 77, 77]).expect_said(1, "AccessDenied");
    let outcome = outcome.expect_said(1, "s3:PutObject").expect_hint(1);
    assert_eq!(outcome.stage(1).stderr.matches(": error: ").count(), 1, "{outcome}");
    assert!(outcome.records().is_incomplete());
    let attempts = scene.requests("PutObject");
    assert!(attempts < 100, "{attempts} attempts were made");
}

/// Rewrites a file in place, each time with another byte throughout, until told to stop.
fn rewrite(path: &Path, size: usize, stop: &AtomicBool) {
    let file = File::options().write(true).open(path).unwrap();
    for value in (1..=u8::MAX).cycle() {
        let block = vec![value; 64 << 10];
        for offset in (0..size).step_by(block.len()) {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            file.write_all_at(&block, offset as u64).unwrap();
        }
        // The reader is to meet every state of it.
        thread::sleep(Duration::from_millis(u64::from(value % 4)));
    }
}

/// Stops the writer, even when the test fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_file_that_is_rewritten_all_the_time_is_never_stored_in_a_mixture() {
    for size in [2 * MIB, 24 * MIB] {
        let scene = Scene::new();
        let mut tree = scene.tree("data");
        let path = tree.file("changing", vec![0; size]);
        tree.file("calm", "calm");
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| rewrite(&path, size, &stop));
            let stopping = Stop(&stop);
            let outcome = scene.pipeline([plan(&tree, DEST), push()]).run();
            drop(stopping);
            let records = outcome.records();
            if records.count("skip") == 1 {
                assert_eq!(records.values("skip", "why"), ["changing"].into());
                assert_eq!(outcome.stage(1).code(), 1, "{outcome}");
                assert_eq!(scene.stored().keys(), ["p/calm".to_owned()].into());
            } else {
                assert_eq!(records.count("pushed"), 2, "{outcome}");
                let bytes = scene.stored().bytes("p/changing");
                assert!(bytes.iter().all(|&byte| byte == bytes[0]), "a mixture was stored");
            }
            assert_eq!(scene.stored().uploads(), 0);
        });
    }
}

#[test]
fn files_that_are_gone_when_it_is_their_turn_are_failures_of_theirs_alone() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.many("many", 20);
    tree.sized("multipart", 17 * MIB);
    let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
    tree.remove("many/00007");
    tree.remove("multipart");
    let records = scene.pipeline([push().arg(&planned), verify()]).run().expect_all(&[1, 1]).records();
    assert_eq!(records.counts(), [("fail", 2), ("verified", 19)].into());
    let failed = records.objects("fail");
    assert_eq!(failed, ["s3://bucket/p/many/00007", "s3://bucket/p/multipart"].into());
    assert!(!records.is_incomplete());
    scene.stored().expect(&tree.objects("p/"));
}

#[test]
fn a_file_that_grew_after_the_plan_is_uploaded_as_it_is() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.file("log", "one line\n");
    let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
    tree.file("log", "one line\nand another\n");
    let records = scene.pipeline([push().arg(&planned), verify()]).run().expect_all(&[0, 0]).records();
    assert_eq!(records.of("verified").next().unwrap()["size"], 21);
    scene.stored().expect(&tree.objects("p/"));
}

#[test]
fn a_directory_in_place_of_a_planned_file_is_a_failure() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    let path = tree.file("thing", "thing");
    tree.file("other", "other");
    let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let records = scene.pipeline([push().arg(&planned), verify()]).run().expect_all(&[1, 1]).records();
    assert_eq!(records.counts(), [("fail", 1), ("verified", 1)].into());
}

#[test]
fn credentials_that_expired_are_asked_for_again() {
    let operations = [
        "PutObject",
        "UploadPart",
        "CreateMultipartUpload",
        "CompleteMultipartUpload",
        "ListMultipartUploads",
        "ListObjectsV2",
        "HeadObject",
    ];
    let faults = operations.map(|operation| format!("expired-token:count=1,op={operation}"));
    heals(&faults.each_ref().map(String::as_str), |scene| {
        let mut tree = one_multipart(scene);
        tree.many("many", 20);
        tree
    });
}

#[test]
fn few_descriptors_are_enough_whatever_is_asked_for() {
    let scene = Scene::new();
    let tree = tree(&scene);
    let command =
        "ulimit -n 64; tt-plan data s3://bucket/p/ | tt-push --concurrency 300 | tt-verify --concurrency 300";
    let records = scene.run(tool("sh").args(["-c", command])).expect(0).records();
    assert_eq!(records.counts(), [("verified", tree.count() as u64)].into());
}
