//! tt-push changes what S3 keeps with an object in place where that is all that is wrong, and uploads where it can't.

use std::path::PathBuf;

use serde_json::{Map, Value, json};
use tt_tests::{
    BUCKET, Outcome, Records, Scene, Tree, head, modified, plan, push, request, set_modified, verify,
};

const DEST: &str = "s3://bucket/p/";

/// A tree that is uploaded, some of it with properties. The endpoint answers without signatures, too.
fn scene(faults: &[&str]) -> (Scene, Tree) {
    let scene = Scene::with(|_, options| {
        options.anonymous = true;
        options.faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    });
    let mut tree = scene.tree("tree");
    tree.file("a.html", "<p>");
    tree.file("name + ü.txt", "text");
    tree.sized("large", 17 << 20);
    let flags =
        ["--metadata", "own=1", "--metadata", "team=blue", "--tag", "a=1", "--cache-control", "no-cache"];
    let flags = flags.into_iter().chain(["--storage-class", "STANDARD_IA", "--sse", "aws:kms"]);
    scene.pipeline([plan(&tree, DEST), push().args(flags)]).run().expect_all(&[0, 0]);
    (scene, tree)
}

/// A plan that wants these properties of everything.
fn wanting(scene: &Scene, tree: &Tree, properties: &Value) -> Vec<u8> {
    let kept = scene.planned(plan(tree, DEST).arg("--all"));
    let put = |keep: &Value| {
        let mut put: Map<String, Value> = keep.as_object().unwrap().clone();
        put.remove("type");
        put.insert("why".into(), "properties".into());
        put.extend(properties.as_object().unwrap().clone());
        format!("{{\"type\":\"put\",{}\n", &serde_json::to_string(&put).unwrap()[1..])
    };
    kept.of("keep").map(put).collect::<String>().into_bytes()
}

fn mended(scene: &Scene, plan: impl Into<Vec<u8>>, flags: &[&str]) -> Outcome {
    scene.pipeline([push().arg("--partial-input").args(flags), verify()]).reading(plan).run()
}

fn told(scene: &Scene, key: &str, names: [&str; 6]) -> [String; 6] {
    let told = head(&scene.url(), key, &[]);
    names.map(|name| told.get(name).cloned().unwrap_or_default())
}

fn uploads(scene: &Scene) -> u64 {
    scene.requests("PutObject") + scene.requests("CompleteMultipartUpload")
}

#[test]
fn one_copy_an_object_and_nothing_is_sent() {
    let (scene, tree) = scene(&[]);
    let before = uploads(&scene);
    let wanted =
        json!({"cache_control": "max-age=60", "metadata": {"Team": "red"}, "storage_class": "STANDARD"});
    let outcome =
        mended(&scene, wanting(&scene, &tree, &wanted), &[]).expect_all(&[0, 0]).expect_no_complaint();
    let records: Records = outcome.records();
    assert_eq!((records.count("verified"), uploads(&scene)), (3, before));
    assert_eq!((scene.requests("CopyObject"), scene.requests("GetObject")), (3, 0));
    assert_eq!(scene.requests("GetObjectTagging"), 0);
    assert!(records.of("verified").all(|record| record["by"] == "full-object CRC64NVME"));
    let names = ["cache-control", "x-amz-meta-team", "x-amz-meta-own", "x-amz-storage-class"];
    let names =
        [names[0], names[1], names[2], names[3], "x-amz-tagging-count", "x-amz-server-side-encryption"];
    for key in ["p/large", "p/a.html", "p/name%20+%20%C3%BC.txt"] {
        assert_eq!(told(&scene, key, names), ["max-age=60", "red", "1", "", "1", "aws:kms"], "{key}");
    }
    assert_eq!(head(&scene.url(), "p/a.html", &[])["content-type"], "text/html");
    scene.stored().expect(&tree.objects("p/"));
    assert!(scene.planned(plan(&tree, DEST)).items.is_empty());
}

#[test]
fn wanted_tags_join_those_that_are_there() {
    let (scene, tree) = scene(&[]);
    let plan = wanting(&scene, &tree, &json!({"tags": {"b": "2"}}));
    mended(&scene, plan, &["--tag", "c=3"]).expect_all(&[0, 0]);
    let answer = request(&scene.url(), "GET", &format!("/{BUCKET}/p/a.html?tagging"), &[], b"");
    let tags = String::from_utf8(answer.body).unwrap();
    for tag in
        ["<Key>a</Key><Value>1</Value>", "<Key>b</Key><Value>2</Value>", "<Key>c</Key><Value>3</Value>"]
    {
        assert!(tags.contains(tag), "{tags}");
    }
    assert_eq!(scene.requests("CopyObject"), 3);
    assert_eq!(told_class(&scene), "STANDARD_IA");
}

fn told_class(scene: &Scene) -> String {
    head(&scene.url(), "p/a.html", &[])["x-amz-storage-class"].clone()
}

/// What one object is and has after everything but `copies` went another way.
#[track_caller]
fn expect_uploaded(scene: &Scene, tree: &Tree, outcome: &Outcome, uploaded: u64) {
    assert_eq!(outcome.records().count("verified"), 3);
    assert_eq!(uploads(scene), 3 + uploaded);
    for key in ["p/large", "p/a.html"] {
        assert_eq!(head(&scene.url(), key, &[])["cache-control"], "max-age=60", "{key}");
    }
    scene.stored().expect(&tree.objects("p/"));
}

#[test]
fn a_service_that_refuses_gets_the_bytes_and_says_so_once() {
    for fault in ["access-denied:op=CopyObject", "access-denied:op=GetObjectTagging"] {
        let (scene, tree) = scene(&[fault]);
        let plan = wanting(&scene, &tree, &json!({"cache_control": "max-age=60", "tags": {"a": "2"}}));
        let outcome = mended(&scene, plan, &[]).expect_all(&[0, 0]);
        let said = &outcome.stage(0).stderr;
        assert_eq!(said.matches("files are sent again").count(), 1, "{said}");
        expect_uploaded(&scene, &tree, &outcome, 3);
    }
}

#[test]
fn what_may_pass_is_tried_again() {
    let (scene, tree) = scene(&["error-in-200:op=CopyObject,count=1", "slow-down:op=CopyObject,count=1"]);
    let plan = wanting(&scene, &tree, &json!({"cache_control": "max-age=60"}));
    let outcome = mended(&scene, plan, &[]).expect_all(&[0, 0]).expect_no_complaint();
    expect_uploaded(&scene, &tree, &outcome, 0);
    assert_eq!(scene.requests("CopyObject"), 5);
}

#[test]
fn a_file_that_is_another_one_than_planned_is_uploaded() {
    let (scene, mut tree) = scene(&[]);
    let plan = wanting(&scene, &tree, &json!({"cache_control": "max-age=60"}));
    let path: PathBuf = tree.file("a.html", "<q>");
    let time = modified(&path);
    set_modified(&path, time + std::time::Duration::from_secs(7));
    let outcome = mended(&scene, plan, &[]).expect_all(&[0, 0]);
    expect_uploaded(&scene, &tree, &outcome, 1);
    assert_eq!(scene.requests("CopyObject"), 2);
}

#[test]
fn an_object_that_is_another_one_than_planned_is_replaced() {
    let (scene, tree) = scene(&[]);
    let plan = wanting(&scene, &tree, &json!({"cache_control": "max-age=60"}));
    assert_eq!(request(&scene.url(), "PUT", "/bucket/p/a.html", &[], b"<q>").status, 200);
    let outcome = mended(&scene, plan.clone(), &[]).expect_all(&[0, 0]);
    expect_uploaded(&scene, &tree, &outcome, 2);
    // Those that were mended have another time, and the same ETag unless they were in parts.
    assert_eq!(request(&scene.url(), "PUT", "/bucket/p/a.html", &[], b"<r>").status, 200);
    let records = mended(&scene, plan, &["--if-unchanged"]).expect(1).records();
    assert!(records.objects("fail").contains("s3://bucket/p/a.html"));
    assert_eq!(scene.stored().bytes("p/a.html"), b"<r>");
}

#[test]
fn archived_objects_are_uploaded() {
    let (scene, tree) = scene(&[]);
    scene.pipeline([plan(&tree, "s3://bucket/q/"), push().args(["--storage-class", "GLACIER"])]).run();
    let before = uploads(&scene);
    let plan = wanting(&scene, &tree, &json!({"storage_class": "STANDARD_IA"}));
    let plan = String::from_utf8(plan).unwrap().replace("s3://bucket/p/", "s3://bucket/q/");
    // The ETags at both places are not the same, for one is encrypted with KMS.
    let kept = scene.planned(tt_tests::plan(&tree, "s3://bucket/q/").arg("--all"));
    let plan = with_etags(&plan, &kept);
    mended(&scene, plan, &[]).expect_all(&[0, 0]).expect_said(0, "archived");
    assert_eq!(uploads(&scene), before + 3);
    let names = ["x-amz-storage-class"; 6];
    assert_eq!(told(&scene, "q/a.html", names)[0], "STANDARD_IA");
}

fn with_etags(plan: &str, kept: &Records) -> String {
    let line = |line: &str| {
        let put: Value = serde_json::from_str(line).unwrap();
        let keep = kept.of("keep").find(|keep| keep["dst"] == put["dst"]).unwrap();
        line.replace(&put["etag"].to_string(), &keep["etag"].to_string()) + "\n"
    };
    plan.lines().map(line).collect()
}

#[test]
fn objects_with_a_key_of_ones_own_are_uploaded() {
    let (scene, tree) = scene(&[]);
    scene.write("key", [7; 32]);
    let key = ["--sse-c-key", "key"];
    let dest = "s3://bucket/own/";
    scene.pipeline([plan(&tree, dest), push().args(key)]).run().expect_all(&[0, 0]);
    let before = uploads(&scene);
    let plan = wanting(&scene, &tree, &json!({"cache_control": "max-age=60"}));
    let plan = String::from_utf8(plan).unwrap().replace(DEST, dest);
    let stages = [push().arg("--partial-input").args(key), verify().args(key)];
    let records = scene.pipeline(stages).reading(plan).run().expect_all(&[0, 0]).records();
    assert_eq!((records.count("verified"), scene.requests("CopyObject")), (3, 0));
    assert_eq!(uploads(&scene), before + 3);
}

#[test]
fn a_rehearsal_says_what_it_would_do() {
    let (scene, tree) = scene(&[]);
    let plan = wanting(&scene, &tree, &json!({"cache_control": "max-age=60"}));
    let stage = push().args(["--partial-input", "--dry-run", "--verbose"]);
    scene.pipeline([stage]).reading(plan).run().expect(0).expect_said(0, "would change the properties of");
    assert_eq!(scene.requests("CopyObject"), 0);
}

#[test]
fn a_charset_that_nobody_names_stays() {
    let scene = Scene::with(|_, options| options.anonymous = true);
    let mut tree = scene.tree("tree");
    tree.file("a.html", "<p>");
    let flags = ["--content-type", "text/html; charset=utf-8"];
    scene.pipeline([plan(&tree, DEST), push().args(flags)]).run().expect_all(&[0, 0]);
    let rules = scene.write("rules.toml", "[[rule]]\nmatch = \"*\"\ncache_control = \"no-cache\"\n");
    let again = || plan(&tree, DEST).arg("--compare-properties").arg("--rules").arg(&rules);
    scene.pipeline([again(), push(), verify()]).run().expect_all(&[0, 0, 0]);
    let told = head(&scene.url(), "p/a.html", &[]);
    assert_eq!((&*told["content-type"], &*told["cache-control"]), ("text/html; charset=utf-8", "no-cache"));
    assert!(scene.planned(again()).items.is_empty());
}

#[test]
fn more_tags_than_an_object_can_have_are_a_failure_and_cost_none() {
    let (scene, tree) = scene(&[]);
    let tags: Map<_, _> = (0..10).map(|number| (format!("new{number}"), json!("x"))).collect();
    mended(&scene, wanting(&scene, &tree, &json!({ "tags": tags })), &[]).expect_all(&[1, 1]);
    assert_eq!(head(&scene.url(), "p/a.html", &[])["x-amz-tagging-count"], "1");
}

#[test]
fn a_newer_file_is_sent_and_what_nobody_names_stays_all_the_same() {
    let (scene, tree) = scene(&[]);
    let later = modified(&tree.root.join("a.html")) + std::time::Duration::from_mins(1);
    set_modified(&tree.root.join("a.html"), later);
    let before = uploads(&scene);
    let rules = scene.write("rules.toml", "[[rule]]\nmatch = \"*\"\ncache_control = \"max-age=60\"\n");
    let by_size = plan(&tree, DEST).args(["--size-only", "--compare-properties", "--rules"]).arg(rules);
    scene.pipeline([by_size, push(), verify()]).run().expect_all(&[0, 0, 0]);
    assert_eq!((uploads(&scene) - before, scene.requests("CopyObject")), (1, 2));
    let told = head(&scene.url(), "p/a.html", &[]);
    assert_eq!((&*told["x-amz-meta-own"], &*told["x-amz-tagging-count"]), ("1", "1"));
}
