//! Objects that other programs uploaded: without our checksum, in parts of their own, encrypted.

use tt_tests::{BUCKET, Records, Scene, Tree, plan, request, verify};

const DEST: &str = "s3://bucket/p/";

/// A scene whose endpoint answers without signatures, and a tree with one file.
fn scene() -> (Scene, Tree) {
    let scene = Scene::with(|_, options| options.anonymous = true);
    let mut tree = scene.tree("tree");
    tree.file("a", "abc");
    (scene, tree)
}

/// Puts an object as another program would.
#[track_caller]
fn put(scene: &Scene, key: &str, headers: &[(&str, &str)], body: &[u8]) {
    let answer = request(&scene.url(), "PUT", &format!("/{BUCKET}/{key}"), headers, body);
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// An object in one part with a composite SHA-256, as some SDKs make them.
fn put_composite(scene: &Scene, key: &str, body: &[u8], sha256: &str) {
    let target = |query: &str| format!("/{BUCKET}/{key}?{query}");
    let algorithm = [("x-amz-checksum-algorithm", "SHA256")];
    let created = request(&scene.url(), "POST", &target("uploads"), &algorithm, b"");
    let id = created.element("UploadId");
    let sum = [("x-amz-checksum-sha256", sha256)];
    let part = request(&scene.url(), "PUT", &target(&format!("partNumber=1&uploadId={id}")), &sum, body);
    let complete = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{}</ETag>\
         <ChecksumSHA256>{sha256}</ChecksumSHA256></Part></CompleteMultipartUpload>",
        part.header("etag").replace('"', "&quot;")
    );
    let done = request(&scene.url(), "POST", &target(&format!("uploadId={id}")), &[], complete.as_bytes());
    assert_eq!(done.status, 200, "{}", String::from_utf8_lossy(&done.body));
}

/// What tt-verify makes of the tree.
#[track_caller]
fn verified(scene: &Scene, tree: &Tree, code: i32) -> Records {
    scene.pipeline([plan(tree, DEST).arg("--all"), verify()]).run().expect(code).records()
}

#[test]
fn an_object_without_a_checksum_of_its_own_is_verified_by_what_s3_computed() {
    let (scene, tree) = scene();
    put(&scene, "p/a", &[], b"abc");
    assert_eq!(verified(&scene, &tree, 0).values("verified", "by"), ["full-object CRC64NVME"].into());
    put(&scene, "p/a", &[], b"abd");
    assert_eq!(verified(&scene, &tree, 1).count("mismatch"), 1);
}

#[test]
fn every_algorithm_over_the_full_object_is_proof() {
    let (scene, tree) = scene();
    for (header, sum, name) in [
        ("x-amz-checksum-crc32", "NSRBwg==", "full-object CRC32"),
        ("x-amz-checksum-crc32c", "Nks/tw==", "full-object CRC32C"),
        ("x-amz-checksum-sha1", "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", "full-object SHA1"),
        ("x-amz-checksum-sha256", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", "full-object SHA256"),
    ] {
        put(&scene, "p/a", &[(header, sum)], b"abc");
        assert_eq!(verified(&scene, &tree, 0).values("verified", "by"), [name].into());
    }
}

#[test]
fn a_composite_checksum_is_proof_where_the_parts_are_known() {
    let (scene, tree) = scene();
    put_composite(&scene, "p/a", b"abc", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    assert_eq!(verified(&scene, &tree, 0).values("verified", "by"), ["composite SHA256"].into());
    put_composite(&scene, "p/a", b"abd", "pS0VnyYrLG3bckphhAvvw26zDIiHekAwtly+himESck=");
    assert_eq!(verified(&scene, &tree, 1).count("mismatch"), 1);
}

#[test]
fn where_nothing_can_be_compared_that_is_said_and_a_download_proves() {
    let scene = Scene::with(|_, options| {
        options.anonymous = true;
        options.faults = vec!["no-checksums".parse().unwrap()];
    });
    let mut tree = scene.tree("tree");
    tree.file("a", "abc");
    put(&scene, "p/a", &[("x-amz-server-side-encryption", "aws:kms")], b"abc");
    let records = verified(&scene, &tree, 1);
    assert_eq!(records.values("unverifiable", "cause"), ["no-checksum"].into());
    assert!(records.values("unverifiable", "note").iter().all(|note| note.contains("--download")));
    let download = |code| {
        let stage = verify().arg(&tree).args(["s3://bucket/p/", "--download"]);
        scene.run(stage).expect(code).records()
    };
    assert_eq!(download(0).values("verified", "by"), ["downloaded bytes"].into());
    scene.stored().flip_bit("p/a");
    assert_eq!(download(1).count("mismatch"), 1);
}

#[test]
fn an_etag_that_is_no_md5_is_not_taken_for_one() {
    let (scene, tree) = scene();
    put(&scene, "p/a", &[("x-amz-server-side-encryption", "aws:kms")], b"abc");
    assert_eq!(verified(&scene, &tree, 0).values("verified", "by"), ["full-object CRC64NVME"].into());
}
