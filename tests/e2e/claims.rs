//! What a service says, and what follows from it: evidence that contradicts other evidence is a mismatch, an answer that confirms
//! something else has stored nothing, an older object is not the new one, and no answer makes a tool go on without end.

use std::{
    fs::File,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

use tt_tests::{Outcome, Reply, Scene, Site, Tree, plan, push, tool, verify};

use crate::liar::{
    DEST, ETAG, MIB, MODIFIED, OTHER_SUM, SUM, at, completed, liar, liar_about, page, pushed, sum,
};

/// The MD5 of "small", and that of something else.
const MD5: &str = "eb5c1399a871211c7e7ed732d15e3a8b";
const OTHER_MD5: &str = "0cc175b9c0f1b6a831c399e269772661";
/// The SHA-256 of "small", and its MD5 in base64.
const SHA256: &str = "81db8ebbbbc69c6c6ad4a6aa92b76e0c08af547da236b9e2c9dbe1d8285a8130";
const BASE64_MD5: &str = "61wTmahxIRx+ftcy0V46iw==";

/// A service with one object, as HEAD describes it, with or without a length.
fn described(headers: &[(&str, &str)]) -> Site {
    let lines: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!("HTTP/1.1 200 so\r\n{}\r\n", lines.concat());
    liar(move |operation, _| match operation {
        "ListObjectsV2" => Some(Reply::with(&[], page(Some(("p/small", 5))))),
        "HeadObject" => Some(Reply::Raw(head.clone().into_bytes())),
        _ => None,
    })
}

fn small(scene: &Scene) -> Tree {
    let mut tree = scene.tree("one");
    tree.file("small", "small");
    tree
}

/// What tt-verify says of the object, and by what.
fn verdict(scene: &Scene, tree: &Tree, headers: &[(&str, &str)]) -> (Outcome, String, String) {
    let outcome = scene.run(at(verify().arg(tree).arg(DEST), &described(headers)));
    let records = outcome.records();
    let verdict = records.items.first().cloned().unwrap_or_default();
    let text = |name: &str| verdict[name].as_str().unwrap_or_default().to_owned();
    let (kind, by) = (text("type"), text("by"));
    (outcome, kind, by)
}

#[test]
fn a_size_that_is_not_told_is_not_zero() {
    let scene = Scene::new();
    let tree = small(&scene);
    let sum = ("x-amz-checksum-crc64nvme", "oSWzL9WeJr4=");
    let chunked = ("transfer-encoding", "chunked");
    let (outcome, kind, _) = verdict(&scene, &tree, &[MODIFIED, ETAG, sum, chunked]);
    let (_, other, _) = verdict(&scene, &tree, &[MODIFIED, ETAG, (SUM, OTHER_SUM), chunked]);
    assert_eq!((kind.as_str(), other.as_str()), ("verified", "mismatch"), "{outcome}");
    let (_, nothing, _) = verdict(&scene, &tree, &[MODIFIED, ETAG, chunked]);
    assert_eq!(nothing, "unverifiable");
}

#[test]
fn a_size_that_head_does_not_tell_is_asked_for_by_get() {
    let scene = Scene::new();
    let tree = small(&scene);
    for (range, found) in
        [("bytes 0-0/6", "mismatch"), ("bytes 0-0/5", "verified"), ("bytes 0-0/*", "verified")]
    {
        let site = liar(move |operation, head| {
            match operation {
            "HeadObject" => Some(Reply::Raw(
                format!(
                    "HTTP/1.1 200 so\r\netag: \"e\"\r\nx-amz-checksum-crc64nvme: {}\r\nconnection: close\r\n\r\n",
                    "oSWzL9WeJr4="
                )
                .into_bytes(),
            )),
            "GetObject" => {
                assert!(head.contains("bytes=0-0"), "{head}");
                Some(Reply::of(206, &[ETAG, ("content-range", range)], "s"))
            }
            _ => None,
        }
        });
        let outcome = scene.run(at(verify().arg(&tree).arg(DEST), &site));
        assert_eq!(outcome.records().count(found), 1, "{range}: {outcome}");
    }
}

#[test]
fn bytes_of_an_unknown_number_are_compared_all_the_same() {
    let scene = Scene::new();
    let mut tree = small(&scene);
    tree.file("empty", "");
    for (bytes, verified) in [("small", 1), ("smal", 0), ("small and more", 0), ("", 1)] {
        let site = liar(move |operation, _| match operation {
            "HeadObject" => {
                Some(Reply::Raw(b"HTTP/1.1 200 so\r\netag: \"e\"\r\nconnection: close\r\n\r\n".to_vec()))
            }
            "GetObject" => Some(Reply::with(&[ETAG], bytes)),
            _ => None,
        });
        let outcome = scene.run(at(verify().arg(&tree).args([DEST, "--download=always"]), &site));
        assert_eq!(outcome.records().count("verified"), verified, "{bytes:?}: {outcome}");
    }
}

#[test]
fn a_claim_in_metadata_never_beats_an_etag() {
    let scene = Scene::new();
    let tree = small(&scene);
    let of = |etag: &str, claims: &[(&str, &str)]| {
        let etag = format!("\"{etag}\"");
        let mut headers = vec![MODIFIED, ("etag", etag.as_str()), ("content-length", "5")];
        headers.extend(claims);
        let (_, kind, by) = verdict(&scene, &tree, &headers);
        (kind, by)
    };
    let told = |kind: &str, by: &str| (kind.to_owned(), by.to_owned());
    let claim = ("x-amz-meta-md5chksum", BASE64_MD5);
    let other = ("x-amz-meta-md5chksum", "DMF1ucDxtqgxw5niaXcmYQ==");
    assert_eq!(of(MD5, &[claim]), told("verified", "ETag"));
    assert_eq!(of(OTHER_MD5, &[claim]), told("mismatch", "ETag"));
    assert_eq!(of(MD5, &[other]), told("mismatch", "MD5 in the metadata"));
    let opaque = of("opaque", &[claim]);
    assert_eq!(opaque, told("verified", "MD5 in the metadata"));
    let sha256 = ("x-amz-meta-sha256", SHA256);
    assert_eq!(of("opaque", &[claim, sha256]).0, "verified");
    assert_eq!(of("opaque", &[other, sha256]).0, "mismatch");
}

#[test]
fn a_claim_does_not_hide_that_an_object_is_another_one() {
    let scene = Scene::with_faults(&["no-checksums"]);
    let (mut good, mut bad) = (scene.tree("good"), scene.tree("bad"));
    for (tree, byte) in [(&mut good, "a"), (&mut bad, "b")] {
        tree.file("small", byte);
        tree.file("large", byte.repeat(17 * MIB));
    }
    let upload = "for f in small large; do tt-plan bad/$f s3://bucket/p/ | \
                  tt-push -q --metadata sha256=$(sha256sum <good/$f | cut -c1-64); done >pushed";
    scene.run(tool("sh").args(["-e", "-c", upload])).expect(0);
    let records = scene.run(verify().arg(&good).arg(DEST)).expect(1).records();
    assert_eq!(records.counts(), [("mismatch", 2)].into());
    assert_eq!(records.values("mismatch", "by"), ["ETag", "ETag of parts"].into());
}

#[test]
fn an_answer_that_confirms_something_else_has_stored_nothing() {
    let scene = Scene::new();
    let crc32 = ("x-amz-checksum-crc32", "AAAAAA==");
    let etag = ("etag", "\"\"");
    for lies in ["PutObject", "UploadPart"] {
        for headers in [vec![ETAG, crc32], vec![etag], vec![ETAG, (SUM, "?")], vec![ETAG, (SUM, "\u{e9}")]] {
            let records = pushed(&scene, &liar_about(lies, Reply::with(&headers, ""))).expect(1).records();
            assert_eq!((records.count("pushed"), records.count("fail")), (1, 1), "{lies} {headers:?}");
        }
        for status in [201, 202, 204, 206] {
            let site = liar(move |operation, head| {
                let told = [ETAG, (SUM, sum(head))];
                (operation == lies).then(|| Reply::of(status, &told, ""))
            });
            let records = pushed(&scene, &site).expect(1).records();
            assert_eq!((records.count("pushed"), records.count("fail")), (1, 1), "{lies} {status}");
        }
    }
}

#[test]
fn a_completion_that_confirms_something_else_has_stored_nothing() {
    let scene = Scene::new();
    let of =
        |inside: &str| format!("<CompleteMultipartUploadResult>{inside}</CompleteMultipartUploadResult>");
    let bodies = [
        of("<ETag>e</ETag><ChecksumCRC32>AAAAAA==</ChecksumCRC32>"),
        of("<ETag>\"\"</ETag>"),
        of("<ETag></ETag>"),
    ];
    for body in bodies {
        let lie = Reply::with(&[], &body);
        let records = pushed(&scene, &liar_about("CompleteMultipartUpload", lie)).expect(1).records();
        assert_eq!((records.count("pushed"), records.count("fail")), (1, 1), "{body}");
    }
    let site = liar(|operation, head| {
        (operation == "CompleteMultipartUpload").then(|| Reply::of(206, &[], completed(sum(head))))
    });
    let records = pushed(&scene, &site).expect(1).records();
    assert_eq!((records.count("pushed"), records.count("fail")), (1, 1));
}

/// A service that does not know an upload that is to be completed, but for the first `lost` requests, whose answers are lost, and at
/// whose key something is, as HEAD says.
fn forgetful(lost: usize, head: Reply) -> Site {
    let asked = AtomicUsize::new(0);
    liar(move |operation, _| match operation {
        "CompleteMultipartUpload" if asked.fetch_add(1, Relaxed) < lost => Some(Reply::Dead),
        "CompleteMultipartUpload" => {
            let error = "<Error><Code>NoSuchUpload</Code><Message>no</Message></Error>";
            Some(Reply::of(404, &[], error))
        }
        "HeadObject" => Some(head.clone()),
        _ => None,
    })
}

#[test]
fn a_lost_answer_and_credentials_that_can_not_look_are_the_affair_of_one_item() {
    let scene = Scene::new();
    let site = forgetful(1, Reply::of(403, &[], ""));
    let outcome = pushed(&scene, &site).expect(1);
    let records = outcome.records();
    assert_eq!((records.count("pushed"), records.count("fail")), (1, 1), "{outcome}");
    let begun =
        site.heads().iter().filter(|head| head.starts_with("POST") && head.contains("?uploads")).count();
    assert!(begun > 1, "the upload started over: {outcome}");
}

#[test]
fn who_never_answered_has_stored_nothing() {
    // The object has all that was asked for, and is even new; but the upload was never asked to be completed before.
    let scene = Scene::new();
    let length = 17 * MIB;
    let now = "Tue, 24 Nov 2099 10:00:00 GMT";
    let head = format!(
        "HTTP/1.1 200 so\r\netag: \"e\"\r\nlast-modified: {now}\r\ndate: {now}\r\ncontent-length: {length}\r\n\r\n"
    );
    let site = forgetful(0, Reply::Raw(head.into_bytes()));
    let records = pushed(&scene, &site).expect(1).records();
    assert_eq!((records.count("pushed"), records.count("fail")), (1, 1));
    assert!(site.heads().iter().all(|head| !head.starts_with("HEAD /bucket/p/large")));
}

#[test]
fn an_upload_whose_answer_was_lost_is_found_only_if_it_is_as_asked_for() {
    let faults = ["drop-answer:op=CompleteMultipartUpload,count=1", "drop-answer:op=PutObject,count=1"];
    for (asked, found) in
        [(&["--metadata", "team=new"][..], true), (&["--metadata", "team=new", "--tag", "a=b"], true)]
    {
        let scene = Scene::with_faults(&faults);
        let mut tree = scene.tree("tree");
        tree.file("small", "small");
        tree.sized("large", 17 * MIB);
        let records =
            scene.pipeline([plan(&tree, DEST), push().args(asked)]).run().expect_all(&[0, 0]).records();
        assert_eq!(records.count("pushed") == 2, found, "{asked:?}");
        let records = scene.run(verify().arg(&tree).arg(DEST)).expect(0).records();
        assert_eq!(records.count("verified"), 2, "{asked:?}");
    }
}

#[test]
fn sizes_of_parts_that_can_not_be_do_no_harm() {
    let scene = Scene::new();
    let tree = scene.tree("sparse");
    File::create(tree.root.join("small")).unwrap().set_len(1 << 30).unwrap();
    let part = |number: usize, size: &str| {
        format!("<Part><PartNumber>{number}</PartNumber><Size>{size}</Size></Part>")
    };
    let attributes = |more: bool, next: &str, parts: &[String]| {
        format!(
            "<GetObjectAttributesResponse><ObjectParts><IsTruncated>{more}</IsTruncated>\
             <NextPartNumberMarker>{next}</NextPartNumberMarker>{}</ObjectParts></GetObjectAttributesResponse>",
            parts.concat()
        )
    };
    let huge = [part(1, "9223372036854775807"), part(2, "9223372036854775807")];
    for (attributes, first) in [
        (attributes(true, "1", &[part(1, "1")]), "1"),
        (attributes(true, "x", &[part(1, "1")]), "0"),
        (attributes(true, "4294967295", &[part(1, "1")]), "1"),
        (attributes(false, "2", &huge), "9223372036854775807"),
    ] {
        let asked = attributes.clone();
        let site = liar(move |operation, head| {
            match operation {
            "ListObjectsV2" => Some(Reply::with(&[], page(Some(("p/small", 1 << 30))))),
            "HeadObject" if head.contains("partNumber") => Some(Reply::Raw(
                format!("HTTP/1.1 206 so\r\netag: \"e-2\"\r\nx-amz-mp-parts-count: 2\r\ncontent-length: {first}\r\n\r\n")
                    .into_bytes(),
            )),
            "HeadObject" => Some(Reply::Raw(
                b"HTTP/1.1 200 so\r\netag: \"e-2\"\r\nx-amz-checksum-crc32: AAAAAA==-2\r\ncontent-length: 1073741824\r\n\r\n"
                    .to_vec(),
            )),
            "GetObject" if head.contains("attributes") => Some(Reply::with(&[], &attributes)),
            _ => None,
        }
        });
        let outcome = scene.run(at(verify().arg(&tree).arg(DEST), &site));
        assert_eq!(outcome.records().count("unverifiable"), 1, "{asked}: {outcome}");
        assert!(site.heads().len() < 20, "{asked}: asked {} times", site.heads().len());
    }
}

#[test]
fn parts_that_an_upload_can_not_hold_are_not_listed_without_end() {
    let scene = Scene::new();
    let begun = "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated><Upload><Key>p/large</Key>\
                 <UploadId>id</UploadId></Upload></ListMultipartUploadsResult>";
    let asked = AtomicUsize::new(0);
    let site = liar(move |operation, _| match operation {
        "ListMultipartUploads" => Some(Reply::with(&[], begun)),
        "ListParts" => {
            let next = (asked.fetch_add(1, Relaxed) + 1) * 4000;
            Some(Reply::with(
                &[],
                format!(
                    "<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>{next}</NextPartNumberMarker>\
                     <Part><PartNumber>1</PartNumber><ETag>e</ETag><Size>5</Size></Part></ListPartsResult>"
                ),
            ))
        }
        _ => None,
    });
    pushed(&scene, &site).expect(0);
    let listed =
        site.heads().iter().filter(|head| head.starts_with("GET") && head.contains("uploadId=")).count();
    assert_eq!(listed, 3);
}
