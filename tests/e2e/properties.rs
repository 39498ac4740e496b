//! Everything that S3 keeps with an object: by flag and by record, of small files and of large ones, read back without
//! the tools.

use std::{fs, os::unix::fs::MetadataExt};

use serde_json::{Value, json};
use tt_tests::{BUCKET, Outcome, Records, Scene, Tree, chmod, head, plan, push, request, verify};

const DEST: &str = "s3://bucket/p/";
const KEYS: [&str; 2] = ["p/large", "p/small"];

/// Most properties as flags.
const FLAGS: &str = "--content-type text/x-test --content-encoding gzip --content-disposition attachment \
    --content-language de --cache-control max-age=60 --expires 2115-10-21T07:28:00Z --storage-class STANDARD_IA \
    --metadata Owner=me --tag a=1 --tag b=c&d --website-redirect /other --sse aws:kms --sse-kms-key-id my-key \
    --sse-kms-context team=x --bucket-key --object-lock-mode GOVERNANCE \
    --object-lock-retain-until 2115-10-21T09:28:00+02:00 --object-lock-legal-hold ON \
    --grant read=id=1a --grant read=uri=http://group --grant read-acp=id=2b --grant write-acp=id=3c \
    --grant full-control=emailAddress=a@b";

/// What HEAD tells of them.
const TOLD: [(&str, &str); 15] = [
    ("content-type", "text/x-test"),
    ("content-encoding", "gzip"),
    ("content-disposition", "attachment"),
    ("content-language", "de"),
    ("cache-control", "max-age=60"),
    ("expires", "Mon, 21 Oct 2115 07:28:00 GMT"),
    ("x-amz-storage-class", "STANDARD_IA"),
    ("x-amz-meta-owner", "me"),
    ("x-amz-tagging-count", "2"),
    ("x-amz-website-redirect-location", "/other"),
    ("x-amz-server-side-encryption", "aws:kms"),
    ("x-amz-server-side-encryption-aws-kms-key-id", "my-key"),
    ("x-amz-object-lock-mode", "GOVERNANCE"),
    ("x-amz-object-lock-retain-until-date", "2115-10-21T07:28:00Z"),
    ("x-amz-object-lock-legal-hold", "ON"),
];

/// The same as fields of a record.
fn fields() -> Value {
    json!({
        "content_type": "text/x-test", "content_encoding": "gzip", "content_disposition": "attachment",
        "content_language": "de", "cache_control": "max-age=60", "expires": "Mon, 21 Oct 2115 07:28:00 GMT",
        "storage_class": "STANDARD_IA", "metadata": {"Owner": "me"}, "tags": {"a": "1", "b": "c&d"},
        "website_redirect": "/other", "sse": "aws:kms", "sse_kms_key_id": "my-key",
        "sse_kms_context": {"team": "x"}, "bucket_key_enabled": true, "object_lock_mode": "GOVERNANCE",
        "object_lock_retain_until": "2115-10-21T07:28:00Z", "object_lock_legal_hold": "ON",
        "grant_read": "id=\"1a\", uri=\"http://group\"", "grant_read_acp": "id=\"2b\"",
        "grant_write_acp": "id=\"3c\"", "grant_full_control": "emailAddress=\"a@b\"",
    })
}

/// A scene whose endpoint answers without signatures, and a tree whose files go in one request and in parts.
fn scene() -> (Scene, Tree) {
    let scene = Scene::with(|_, options| options.anonymous = true);
    let mut tree = scene.tree("tree");
    tree.file("small", "abc");
    tree.sized("large", 17 << 20);
    (scene, tree)
}

#[track_caller]
fn document(scene: &Scene, key: &str, query: &str) -> String {
    let answer = request(&scene.url(), "GET", &format!("/{BUCKET}/{key}?{query}"), &[], b"");
    String::from_utf8(answer.body).unwrap()
}

/// Fails the test unless both objects have what [`FLAGS`] say, and the same.
#[track_caller]
fn expect_all_properties(scene: &Scene) {
    for key in KEYS {
        let told = head(&scene.url(), key, &[]);
        for (name, value) in TOLD {
            assert_eq!(told.get(name).map(String::as_str), Some(value), "{name} of {key}: {told:#?}");
        }
        let tags = document(scene, key, "tagging");
        assert!(tags.contains("<Key>b</Key><Value>c&amp;d</Value>"), "{tags}");
        let object = &scene.stored().objects()[key]["properties"];
        let kms = &object["encryption"]["kms"];
        assert_eq!((&kms["context"], &kms["bucket_key"]), (&json!({"team": "x"}), &json!(true)), "{object}");
        assert_eq!(
            object["grants"],
            json!({
                "READ": "id=\"1a\", uri=\"http://group\"", "READ_ACP": "id=\"2b\"", "WRITE_ACP": "id=\"3c\"",
                "FULL_CONTROL": "emailAddress=\"a@b\"",
            })
        );
    }
    assert_eq!(head(&scene.url(), KEYS[0], &[]), head(&scene.url(), KEYS[1], &[]));
}

/// The plan of a tree.
fn planned(scene: &Scene, tree: &Tree) -> String {
    scene.run(plan(tree, DEST)).expect(0).text()
}

/// A plan with the same fields added to each put.
fn with_fields(planned: &str, added: &Value) -> String {
    let line = |line: &str| {
        let mut record: Value = serde_json::from_str(line).unwrap();
        if record["type"] != "put" {
            return format!("{line}\n");
        }
        record.as_object_mut().unwrap().extend(added.as_object().unwrap().clone());
        let rest = record.as_object_mut().unwrap();
        rest.remove("type");
        // A plan has the type first, and the reader in these tests insists on that.
        format!("{{\"type\":\"put\",{}\n", &serde_json::to_string(rest).unwrap()[1..])
    };
    planned.lines().map(line).collect()
}

/// Pushes what a plan says, with flags, and verifies it.
fn pushed(scene: &Scene, plan: &str, flags: &str) -> Outcome {
    scene.pipeline([push().args(flags.split_whitespace()), verify()]).reading(plan).run()
}

#[test]
fn every_property_has_a_flag() {
    // What is not signed goes another way through the tool.
    for further in ["", "--no-sign-request"] {
        let (scene, tree) = scene();
        pushed(&scene, &planned(&scene, &tree), &format!("{FLAGS} {further}")).expect_all(&[0, 0]);
        expect_all_properties(&scene);
    }
}

#[test]
fn every_property_has_a_field_in_the_record_and_the_record_wins() {
    let (scene, tree) = scene();
    let plan = with_fields(&planned(&scene, &tree), &fields());
    let flags = "--content-type x/y --cache-control no-cache --storage-class GLACIER --metadata owner=you --tag a=2 \
        --acl public-read --sse AES256 --website-redirect /nowhere --object-lock-mode COMPLIANCE \
        --object-lock-retain-until 2120-01-01T00:00:00Z --object-lock-legal-hold OFF --expires 2120-01-01T00:00:00Z";
    let records = pushed(&scene, &plan, flags).expect_all(&[0, 0]).records();
    expect_all_properties(&scene);
    for record in records.of("verified") {
        for (name, value) in fields().as_object().unwrap() {
            assert_eq!(&record[name], value, "{record}");
        }
    }
}

#[test]
fn a_canned_acl_is_kept_as_well() {
    let (scene, tree) = scene();
    let plain = planned(&scene, &tree);
    let public = with_fields(&plain, &json!({"acl": "public-read"}));
    for (plan, flags, group) in [
        (&public, "--grant read=id=1a", "AllUsers"),
        (&plain, "--acl authenticated-read", "AuthenticatedUsers"),
    ] {
        pushed(&scene, plan, flags).expect_all(&[0, 0]);
        for key in KEYS {
            let acl = document(&scene, key, "acl");
            assert!(acl.contains(group) && !acl.contains("1a"), "{acl}");
        }
    }
}

#[test]
fn a_type_is_guessed_unless_that_is_unwanted() {
    let scene = Scene::with(|_, options| options.anonymous = true);
    let mut tree = scene.tree("tree");
    tree.file("a.html", "<p>");
    scene.pipeline([plan(&tree, DEST), push()]).run().expect_all(&[0, 0]);
    assert_eq!(head(&scene.url(), "p/a.html", &[])["content-type"], "text/html");
    let stages = [plan(&tree, "s3://bucket/q/"), push().arg("--no-guess-mime-type")];
    scene.pipeline(stages).run().expect_all(&[0, 0]);
    assert_eq!(head(&scene.url(), "q/a.html", &[])["content-type"], "binary/octet-stream");
}

#[test]
fn what_s3_could_not_keep_fails_that_record_alone() {
    let scene = Scene::new();
    let mut tree = scene.tree("tree");
    tree.file("a", "abc");
    let good = planned(&scene, &tree);
    for (wrong, said) in [
        (json!({"metadata": {"Owner": "me", "owner": "you"}}), "twice"),
        (json!({"metadata": {"a": "x".repeat(2048)}}), "2 KiB"),
        (json!({"metadata": {"a": "ü"}}), "printable ASCII"),
        (json!({"acl": "private", "grant_read": "id=\"1\""}), "exclude each other"),
        (json!({"sse_kms_key_id": "k"}), "aws:kms"),
        (json!({"object_lock_mode": "GOVERNANCE"}), "needs both"),
        (json!({"expires": "soon"}), "HTTP date"),
        (json!({"object_lock_mode": "GOVERNANCE", "object_lock_retain_until": "soon"}), "RFC 3339"),
    ] {
        let bad = with_fields(&good, &wrong).replace("s3://bucket/p/a", "s3://bucket/bad");
        let rehearsal = scene.pipeline([push().arg("--dry-run")]).reading(bad.clone()).run().expect(1);
        assert_eq!(rehearsal.records().count("fail"), 1);
        let outcome = scene.pipeline([push()]).reading(bad + &good).run().expect(1);
        let records: Records = outcome.records();
        assert_eq!(records.objects("fail"), ["s3://bucket/bad"].into());
        let error = &records.of("fail").next().unwrap()["error"];
        assert!(error["message"].as_str().unwrap().contains(said) && error["hint"].is_string(), "{error}");
        assert_eq!(records.objects("pushed"), ["s3://bucket/p/a"].into());
    }
}

#[test]
fn flags_that_contradict_each_other_are_wrong_usage() {
    let scene = Scene::new();
    scene.write("key", [7; 32]);
    scene.write("short", [7; 31]);
    let many: Vec<_> = (0..11).map(|number| format!("--tag k{number}=v")).collect();
    let many = many.join(" ");
    let long = format!("--metadata a={}", "x".repeat(2048));
    for flags in [
        "--acl private --grant read=id=1",
        "--grant write=id=1",
        "--grant read=1",
        "--sse-kms-key-id k",
        "--sse AES256 --sse-kms-context a=b",
        "--sse aws:kms:dsse --bucket-key",
        "--sse rot13",
        "--object-lock-mode GOVERNANCE",
        "--object-lock-retain-until 2115-10-21T07:28:00Z",
        "--object-lock-mode GOVERNANCE --object-lock-retain-until soon",
        "--object-lock-legal-hold maybe",
        "--expires soon",
        "--tag novalue",
        "--sse-c-key key --sse AES256",
        "--sse-c-key short",
        "--sse-c-key nowhere",
        "--expected-bucket-owner me",
        &many,
        &long,
    ] {
        let outcome = scene.run(push().args(flags.split_whitespace())).expect(64);
        assert!(outcome.expect_said(0, "error: ").stdout().is_empty(), "{flags}");
    }
}

#[test]
fn attributes_of_files_are_preserved_in_three_forms() {
    let (scene, tree) = scene();
    for name in ["small", "large"] {
        chmod(&tree.root.join(name), 0o640);
    }
    let plan = with_fields(&planned(&scene, &tree), &json!({"metadata": {"UID": "12"}}));
    pushed(&scene, &plan, "--preserve --metadata gid=34").expect_all(&[0, 0]);
    for key in KEYS {
        let stat = fs::metadata(tree.root.join(&key[2..])).unwrap();
        let told = head(&scene.url(), key, &[]);
        let meta = |name: &str| told[&format!("x-amz-meta-{name}")].clone();
        let (seconds, nanos) = (stat.mtime(), stat.mtime_nsec());
        assert_eq!(
            (meta("mtime"), meta("file-mtime")),
            (format!("{seconds}.{nanos:09}"), format!("{seconds}{nanos:09}ns"))
        );
        assert_eq!((meta("mode"), meta("file-permissions")), ("33184".into(), "0100640".into()));
        assert_eq!(
            (meta("file-owner"), meta("file-group")),
            (stat.uid().to_string(), stat.gid().to_string())
        );
        assert_eq!((meta("uid"), meta("gid")), ("12".into(), "34".into()));
        assert!(meta("file-atime").ends_with("ns") && meta("ctime").contains('.'));
    }
}
