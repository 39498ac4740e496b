//! Services that fail often, all at once, or without a word, and how long they are put up with.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tt_tests::{Scene, Tree, plan, push, verify};

const DEST: &str = "s3://bucket/p/";
const MIB: usize = 1 << 20;

/// Everything but CompleteMultipartUpload, which S3 may take minutes for: its silence is put up with for long.
const SOON_ANSWERED: &str =
    "PutObject+UploadPart+HeadObject+ListObjectsV2+ListMultipartUploads+ListParts+CreateMultipartUpload";

#[test]
fn where_one_request_in_five_fails_thousands_of_objects_arrive_and_nobody_is_bothered() {
    let stall = format!("stall:rate=0.05,op={SOON_ANSWERED}");
    let faults = ["slow-down:rate=0.05", "internal-error:rate=0.05", "reset:rate=0.05", &stall];
    let scene = Scene::with_faults(&faults);
    let mut tree = scene.tree("data");
    tree.many("many", 5000);
    tree.sized("multipart", 40 * MIB);
    let verify = verify().args(["--concurrency", "128"]);
    let stages = [plan(&tree, DEST), push(), verify].map(|stage| stage.args(["--timeout", "2s"]));
    let outcome = scene.pipeline(stages).run().expect_all(&[0, 0, 0]).expect_no_complaint();
    assert_eq!(outcome.records().counts(), [("verified", 5001)].into());
    scene.stored().expect(&tree.objects("p/"));
    assert_eq!(scene.stored().uploads(), 0);
    let struck = scene.stats().faults;
    assert!(struck.len() == 4 && struck.values().all(|&count| count > 100), "{struck:?}");
}

/// 4,000 objects for a service that refuses them all in its first ten seconds.
fn survives_ten_seconds(flags: &[&str]) {
    raise_descriptors();
    let mut scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.many("many", 4000);
    let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
    scene.restart(|options| options.faults = vec!["slow-down:for=10s,op=PutObject".parse().unwrap()]);
    let push = push().args(flags).arg(planned);
    let outcome = scene.pipeline([push, verify()]).run().expect_all(&[0, 0]);
    assert_eq!(outcome.records().counts(), [("verified", 4000)].into());
    // That nothing moves for so long may be told, but not as an error.
    assert!(!outcome.stage(0).stderr.contains(": error: "), "{outcome}");
    let refused = scene.stats().errors["SlowDown"];
    assert!(refused >= 30, "only {refused} were refused");
}

/// The endpoint is in this process, and needs one for each connection.
fn raise_descriptors() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
}

#[test]
fn thousands_of_requests_that_fail_at_once_for_ten_seconds_heal() {
    survives_ten_seconds(&["--concurrency", "4096"]);
}

#[test]
fn ten_seconds_of_refusals_heal_at_the_pace_that_finds_itself() {
    survives_ten_seconds(&[]);
}

fn two_files(scene: &Scene) -> Tree {
    let mut tree = scene.tree("data");
    tree.file("small", "small");
    tree.sized("multipart", 20 * MIB);
    tree
}

#[test]
fn without_retries_the_first_failure_counts() {
    for (fault, kind, told) in [
        ("slow-down:count=1,op=PutObject", "throttled", "SlowDown"),
        ("internal-error:op=UploadPart", "server", "InternalError"),
        ("silence:count=1,op=PutObject", "timeout", "nothing moved for 1 s"),
    ] {
        let scene = Scene::with_faults(&[fault]);
        let tree = two_files(&scene);
        let push = push().args(["--retries", "0", "--timeout", "1s"]);
        let outcome = scene.pipeline([plan(&tree, DEST), push]).run().expect_all(&[0, 75]);
        let records = outcome.records();
        assert_eq!(records.counts(), [("fail", 1), ("pushed", 1)].into(), "{outcome}");
        let fail = records.of("fail").next().unwrap();
        assert_eq!(fail["error"]["kind"], kind);
        let (message, hint) = (&fail["error"]["message"], &fail["error"]["hint"]);
        assert!(message.as_str().unwrap().contains(told), "{message}");
        assert!(hint.as_str().unwrap().contains("run the same command again later"), "{hint}");
        // One file, one try of each of its parts, and of the mark of the upload.
        assert!(scene.stats().faults.values().sum::<u64>() <= 4);
    }
}

#[test]
fn a_request_that_is_never_answered_is_given_up_and_made_again() {
    let scene = Scene::with_faults(&[
        "silence:count=1,op=PutObject",
        "silence:count=1,op=UploadPart",
        "silence:count=1,op=CreateMultipartUpload",
        "silence:count=1,op=HeadObject",
    ]);
    let tree = two_files(&scene);
    let stages = [plan(&tree, DEST), push(), verify()].map(|stage| stage.args(["--timeout", "1s"]));
    scene.pipeline(stages).run().expect_all(&[0, 0, 0]).expect_silence();
    assert_eq!(scene.stats().faults["silence"], 4);
    scene.stored().expect(&tree.objects("p/"));
}

#[test]
fn what_is_no_number_of_retries_and_no_time_is_wrong_usage() {
    let scene = Scene::new();
    for (flag, values) in [
        ("--retries", &["101", "-1", "many", ""][..]),
        ("--timeout", &["0s", "500ms", "2h", "-5s", "soon", "60"]),
    ] {
        for value in values {
            let flag = format!("{flag}={value}");
            for stage in [plan("data", DEST), push(), verify()] {
                scene.run(stage.arg(&flag)).expect(64).expect_said(0, "error: ");
            }
        }
    }
}

#[test]
fn a_part_that_is_never_answered_is_sent_once_more_long_before_its_time_is_up() {
    let scene = Scene::with_faults(&["silence:op=UploadPart,after=24,count=1"]);
    let mut tree = scene.tree("data");
    tree.sized("large", 200 * MIB);
    let push = push().args(["--timeout", "10m", "--part-size", "5MiB"]);
    scene.pipeline([plan(&tree, DEST), push, verify()]).run().expect_all(&[0, 0, 0]).expect_no_complaint();
    assert_eq!(scene.stats().faults["silence"], 1);
    // The mark of the upload, and the part that was sent twice.
    assert_eq!(scene.requests("UploadPart"), 42);
    scene.stored().expect(&tree.objects("p/"));
}
