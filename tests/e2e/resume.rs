//! Uploads that are killed at any moment, and go on where they were.

use std::{
    fs::{self, File},
    os::unix::fs::FileExt,
    path::Path,
    time::{Duration, SystemTime},
};

use rustix::process::Signal;
use tt_tests::{Scene, Stage, Tree, modified, plan, push, request, set_modified, verify, wait_until};

/// The only attribute that reading a file changes, and that is not asked to be equal therefore.
const ACCESS_TIME: &str = "file-atime";
const DEST: &str = "s3://bucket/p/";
const MIB: usize = 1 << 20;
const PART: usize = 8 * MIB;
/// Requests at a time: what may be sent twice for each time that it is killed.
const AT_ONCE: u64 = 6;

fn push_some() -> Stage {
    push().args(["--concurrency", &AT_ONCE.to_string(), "--part-size", "8MiB"])
}

/// A scene that is asked without signatures too, and whose link makes a part take some time.
fn scene() -> Scene {
    Scene::with(|_, options| {
        options.anonymous = true;
        options.link.rate = Some(400 * MIB as u64);
    })
}

/// Pushes a plan, and kills that as soon as so many more parts were asked for.
fn killed_after(scene: &Scene, push: Stage, plan: &Path, parts: u64) {
    let before = scene.requests("UploadPart");
    let mut running = scene.pipeline([push.arg(plan)]).start();
    wait_until("parts are under way", || scene.requests("UploadPart") >= before + parts || !running.runs(0));
    assert!(running.runs(0), "it was done before it was killed");
    running.signal(0, Signal::KILL);
    running.wait();
}

/// Pushes a plan to its end, and gives how many parts were there already.
#[track_caller]
fn resumed(scene: &Scene, push: Stage, plan: &Path) -> u64 {
    let records = scene.pipeline([push.arg(plan), verify()]).run().expect_all(&[0, 0]).records();
    records.of("verified").map(|record| record["resumed"].as_u64().unwrap()).sum()
}

/// Waits until no request is under way that a process left behind.
fn settle() {
    std::thread::sleep(Duration::from_millis(100));
}

fn headers(scene: &Scene, key: &str) -> Vec<String> {
    let answer =
        request(&scene.url(), "HEAD", &format!("/bucket/{key}"), &[("x-amz-checksum-mode", "ENABLED")], b"");
    assert_eq!(answer.status, 200, "{}", answer.head);
    let of_the_answer = ["date:", "last-modified:", "x-amz-request-id:", "x-amz-id-2:", ACCESS_TIME];
    let mut lines: Vec<_> = answer.head.lines().map(str::to_owned).collect();
    lines.retain(|line| !of_the_answer.iter().any(|name| line.contains(name)));
    lines.sort();
    lines
}

#[test]
fn killed_ten_times_it_sends_only_what_was_under_way_twice() {
    let scene = scene();
    let mut tree = scene.tree("data");
    tree.sized("large", 2048 * MIB);
    let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
    let all = (2048 * MIB / PART) as u64;
    for parts in [3, 31, 8, 17, 1, 25, 12, 19, 5, 28] {
        killed_after(&scene, push_some(), &planned, parts);
        assert!(scene.stored().keys().is_empty());
    }
    settle();
    assert_eq!(scene.stored().uploads(), 1, "each run went on with the same upload");
    assert!(resumed(&scene, push_some(), &planned) > 0);
    let marks = 11;
    let sent = scene.requests("UploadPart");
    assert!(sent <= all + 10 * AT_ONCE + marks, "{sent} parts were sent, of {all}");
    let bytes = scene.stats().bytes_in;
    assert!(bytes < (all + 10 * AT_ONCE + 1) * PART as u64, "{bytes} bytes were sent");
    assert_eq!(scene.stored().uploads(), 0);
    scene.stored().expect(&tree.objects("p/"));
}

#[test]
fn what_changed_meanwhile_is_sent_again_and_the_rest_is_kept() {
    let scene = scene();
    let mut tree = scene.tree("data");
    let path = tree.sized("large", 160 * MIB);
    let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
    killed_after(&scene, push_some(), &planned, 14);
    // Of the parts that arrived one differs now, at its very end, and the file has grown.
    let file = File::options().write(true).open(&path).unwrap();
    file.write_all_at(b"!", 2 * PART as u64 - 1).unwrap();
    file.write_all_at(b"more", 160 * MIB as u64).unwrap();
    drop(file);
    let kept = resumed(&scene, push_some(), &planned);
    assert!((1..20).contains(&kept), "{kept} parts were kept");
    scene.stored().expect(&tree.objects("p/"));
    assert_eq!(scene.stored().uploads(), 0);
}

#[test]
fn a_file_that_shrank_meanwhile_arrives_as_it_is() {
    let scene = scene();
    let mut tree = scene.tree("data");
    let path = tree.sized("large", 160 * MIB);
    let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
    killed_after(&scene, push_some(), &planned, 12);
    File::options().write(true).open(&path).unwrap().set_len(50 * MIB as u64 + 1).unwrap();
    assert!(resumed(&scene, push_some(), &planned) > 0);
    scene.stored().expect(&tree.objects("p/"));
}

#[test]
fn a_file_that_was_only_touched_is_not_sent_again_nor_one_in_another_place() {
    let scene = scene();
    let mut tree = scene.tree("data");
    let path = tree.sized("large", 80 * MIB);
    let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
    killed_after(&scene, push_some(), &planned, 8);
    set_modified(&path, modified(&path) - Duration::from_hours(1));
    // Another machine has the file elsewhere, and nothing but the bucket tells it of the first run.
    let mut elsewhere = scene.tree("elsewhere");
    fs::rename(&path, elsewhere.root.join("large")).unwrap();
    elsewhere.also("large");
    let planned = scene.keep(plan(&elsewhere, DEST), "plan.ndjson");
    assert!(resumed(&scene, push_some(), &planned) > 0);
    scene.stored().expect(&elsewhere.objects("p/"));
}

#[test]
fn a_resumed_object_has_every_header_of_a_fresh_one() {
    let scene = scene();
    let mut tree = scene.tree("data");
    tree.sized("large.html", 64 * MIB);
    let push = || {
        let kept =
            ["--storage-class", "STANDARD_IA", "--metadata", "owner=lab", "--tag", "a=b", "--preserve"];
        push_some().args(kept).args(["--acl", "bucket-owner-full-control", "--cache-control", "no-cache"])
    };
    let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
    killed_after(&scene, push(), &planned, 7);
    assert!(resumed(&scene, push(), &planned) > 0);
    let fresh = scene.keep(plan(&tree, "s3://bucket/fresh/"), "fresh.ndjson");
    assert_eq!(resumed(&scene, push(), &fresh), 0);
    assert_eq!(headers(&scene, "p/large.html"), headers(&scene, "fresh/large.html"));
    let (one, other) = (object(&scene, "p/large.html"), object(&scene, "fresh/large.html"));
    assert_eq!(one, other);
}

/// What the endpoint's own account says of an object, but for its name and age.
fn object(scene: &Scene, key: &str) -> Vec<serde_json::Value> {
    let mut object = scene.stored().objects().remove(key).unwrap();
    object["properties"]["metadata"].as_object_mut().unwrap().remove(ACCESS_TIME);
    ["properties", "tags", "size", "etag", "sum"].map(|field| object[field].clone()).into()
}

#[test]
fn what_would_be_another_object_begins_anew() {
    for other in [
        vec!["--storage-class", "GLACIER"],
        vec!["--metadata", "a=b"],
        vec!["--tag", "a=b"],
        vec!["--cache-control", "no-cache"],
        vec!["--checksum", "CRC32C"],
        vec!["--no-resume"],
    ] {
        let scene = scene();
        let mut tree = scene.tree("data");
        tree.sized("large", 64 * MIB);
        let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
        killed_after(&scene, push_some(), &planned, 7);
        settle();
        assert_eq!(resumed(&scene, push_some().args(&other), &planned), 0, "{other:?}");
        scene.stored().expect(&tree.objects("p/"));
        // Nothing is removed that nobody asked to remove.
        assert_eq!(scene.stored().uploads(), 1, "{other:?}");
    }
}

#[test]
fn without_resuming_nothing_is_left_behind_to_go_on_with() {
    let scene = scene();
    let mut tree = scene.tree("data");
    tree.sized("large", 160 * MIB);
    let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
    let running = scene.pipeline([push_some().arg("--no-resume").arg(&planned)]).start();
    wait_until("parts are under way", || scene.requests("UploadPart") > 6);
    running.signal(0, Signal::INT);
    running.wait().expect(130);
    assert_eq!((scene.stored().uploads(), scene.stored().keys().len()), (0, 0));
}

#[test]
fn an_upload_of_others_for_the_same_key_is_left_alone() {
    let scene = scene();
    let mut tree = scene.tree("data");
    tree.sized("large", 20 * MIB);
    let created = request(&scene.url(), "POST", "/bucket/p/large?uploads", &[], b"");
    assert_eq!(created.status, 200);
    let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
    assert_eq!(resumed(&scene, push_some(), &planned), 0);
    assert_eq!(scene.stored().uploads(), 1);
}

#[test]
fn an_upload_that_is_aborted_under_way_begins_anew() {
    let scene = scene();
    let mut tree = scene.tree("data");
    tree.sized("large", 160 * MIB);
    let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
    let running = scene.pipeline([push_some().arg(&planned), verify()]).start();
    wait_until("parts are under way", || scene.requests("UploadPart") > 4);
    let listed = request(&scene.url(), "GET", "/bucket?uploads", &[], b"");
    let target = format!("/bucket/p/large?uploadId={}", listed.element("UploadId"));
    assert_eq!(request(&scene.url(), "DELETE", &target, &[], b"").status, 204);
    let records = running.wait().expect_all(&[0, 0]).records();
    assert_eq!(records.of("verified").next().unwrap()["attempts"], 2);
    scene.stored().expect(&tree.objects("p/"));
    assert_eq!(scene.stored().uploads(), 0);
}

#[test]
fn two_runs_at_once_do_no_harm() {
    let scene = scene();
    let mut tree = scene.tree("data");
    tree.sized("large", 160 * MIB);
    let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
    let first = scene.pipeline([push_some().arg(&planned), verify()]).start();
    wait_until("parts are under way", || scene.requests("UploadPart") > 4);
    let second = scene.pipeline([push_some().arg(&planned), verify()]).start();
    first.wait().expect_all(&[0, 0]);
    second.wait().expect_all(&[0, 0]);
    scene.stored().expect(&tree.objects("p/"));
}

/// What `tt-push --abort-uploads` reports, by type.
fn leftovers(scene: &Scene, args: &[&str]) -> Vec<(String, String)> {
    let records = scene.run(push().arg("--abort-uploads").args(args)).expect(0).records();
    let of = |name| records.of(name).map(move |record| (name, record["dst"].as_str().unwrap().to_owned()));
    of("unfinished").chain(of("aborted")).map(|(name, dst)| (name.to_owned(), dst)).collect()
}

#[test]
fn what_is_left_behind_by_anyone_is_listed_and_removed_only_when_that_is_confirmed() {
    let scene = scene();
    for key in ["p/a", "p/b%20c", "other/d"] {
        let target = format!("/bucket/{key}?uploads");
        assert_eq!(request(&scene.url(), "POST", &target, &[], b"").status, 200);
    }
    let found = |name: &str, key: &str| (name.to_owned(), format!("s3://bucket/{key}"));
    let both = |name| vec![found(name, "p/a"), found(name, "p/b c")];
    assert_eq!(leftovers(&scene, &[DEST]), both("unfinished"));
    assert_eq!(leftovers(&scene, &[DEST, "--yes", "--older-than", "1d"]), []);
    assert_eq!(scene.stored().uploads(), 3);
    let mut aborted = leftovers(&scene, &[DEST, "--older-than", "0s", "--yes"]);
    aborted.sort();
    assert_eq!(aborted, both("aborted"));
    assert_eq!(leftovers(&scene, &["s3://bucket"]), [found("unfinished", "other/d")]);
}

#[test]
fn abort_uploads_takes_one_destination() {
    let scene = Scene::new();
    for args in
        [vec!["--abort-uploads"], vec!["--abort-uploads", "/data"], vec!["--yes"], vec!["--older-than", "1d"]]
    {
        scene.run(push().args(&args)).expect(64);
    }
    scene.run(push().args(["--abort-uploads", "s3://nowhere/p/"])).expect(78).expect_said(0, "nowhere");
}

#[test]
fn who_may_not_list_uploads_begins_anew_and_is_told() {
    let scene = Scene::with_faults(&["access-denied:op=ListMultipartUploads"]);
    let mut tree: Tree = scene.tree("data");
    tree.sized("one", 20 * MIB);
    tree.sized("two", 20 * MIB);
    let outcome = scene.sync(&tree.root, DEST).expect_all(&[0, 0, 0]);
    let warnings = outcome.stage(1).stderr.matches("warning:").count();
    assert_eq!(warnings, 1, "{outcome}");
    let outcome = outcome.expect_said(1, "--no-resume");
    assert_eq!(outcome.records().count("verified"), 2);
    set_modified(&tree.root.join("one"), SystemTime::now());
    let outcome = scene.pipeline([plan(&tree, DEST), push().arg("--no-resume"), verify()]).run();
    assert!(!outcome.expect(0).stage(1).stderr.contains("warning"));
}

#[test]
fn on_a_slow_line_parts_arrive_one_after_the_other_so_that_there_is_something_to_go_on_with() {
    let scene = scene();
    let mut tree = scene.tree("data");
    tree.sized("large", 160 * MIB);
    let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
    let running = scene.pipeline([push().args(["--bandwidth", "40MB/s"]).arg(&planned)]).start();
    wait_until("half of it was sent", || scene.stats().bytes_in > 90 * MIB as u64);
    running.signal(0, Signal::KILL);
    running.wait();
    let kept = resumed(&scene, push_some(), &planned);
    assert!(kept >= 2, "{kept} parts were kept");
    scene.stored().expect(&tree.objects("p/"));
}
