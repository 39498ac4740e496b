//! A service that lies, on purpose or because it is none. Nothing that it says makes the tools believe what is not so, send
//! signatures to somebody else, or go on without end.

use tt_tests::{Outcome, Reply, Scene, Site, Stage, Tree, plan, push, verify, wait_until};

pub(crate) const DEST: &str = "s3://bucket/p/";
pub(crate) const MIB: usize = 1 << 20;
pub(crate) const SUM: &str = "x-amz-checksum-crc64nvme";
/// The sum of no byte, which is not that of any file here.
pub(crate) const OTHER_SUM: &str = "AAAAAAAAAAA=";
pub(crate) const ETAG: (&str, &str) = ("etag", "\"e\"");
pub(crate) const MODIFIED: (&str, &str) = ("last-modified", "Tue, 24 Nov 2026 10:00:00 GMT");
const CREATED: &str =
    "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>";
const NO_UPLOADS: &str =
    "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>";

/// What was asked for, by S3's name.
fn operation(head: &str) -> &'static str {
    let mut words = head.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let asks = |name: &str| query.split('&').any(|part| part.split('=').next() == Some(name));
    match method {
        "GET" if asks("list-type") => "ListObjectsV2",
        "GET" if asks("uploads") => "ListMultipartUploads",
        "GET" if asks("uploadId") => "ListParts",
        "GET" => "GetObject",
        "HEAD" if path.trim_end_matches('/') == "/bucket" => "HeadBucket",
        "HEAD" => "HeadObject",
        "PUT" if asks("partNumber") => "UploadPart",
        "PUT" => "PutObject",
        "POST" if asks("uploads") => "CreateMultipartUpload",
        "POST" if asks("delete") => "DeleteObjects",
        "POST" => "CompleteMultipartUpload",
        _ => "AbortMultipartUpload",
    }
}

/// The sum that a request brings along.
pub(crate) fn sum(head: &str) -> &str {
    let mut headers = head.lines().filter_map(|line| line.split_once(": "));
    headers.find(|(name, _)| name.eq_ignore_ascii_case(SUM)).map_or("", |(_, value)| value)
}

pub(crate) fn completed(sum: &str) -> String {
    format!(
        "<CompleteMultipartUploadResult><ETag>e</ETag><ChecksumCRC64NVME>{sum}</ChecksumCRC64NVME>\
         </CompleteMultipartUploadResult>"
    )
}

/// A page with one key at most.
pub(crate) fn page(key: Option<(&str, usize)>) -> String {
    let entry = key.map_or(String::new(), |(key, size)| {
        format!(
            "<Contents><Key>{key}</Key><Size>{size}</Size><LastModified>2026-11-24T10:00:00Z</LastModified>\
             </Contents>"
        )
    });
    format!("<ListBucketResult><IsTruncated>false</IsTruncated>{entry}</ListBucketResult>")
}

/// A service that behaves, with an empty bucket that takes everything, but for what `lie` says.
pub(crate) fn liar(lie: impl Fn(&str, &str) -> Option<Reply> + Send + Sync + 'static) -> Site {
    Site::speaking(move |head| {
        let operation = operation(head);
        lie(operation, head).unwrap_or_else(|| match operation {
            "ListObjectsV2" => Reply::with(&[], page(None)),
            "ListMultipartUploads" => Reply::with(&[], NO_UPLOADS),
            "CreateMultipartUpload" => Reply::with(&[], CREATED),
            "HeadBucket" => Reply::with(&[], ""),
            "PutObject" | "UploadPart" => Reply::with(&[ETAG, (SUM, sum(head))], ""),
            "CompleteMultipartUpload" => Reply::with(&[], completed(sum(head))),
            "AbortMultipartUpload" => Reply::of(204, &[], ""),
            _ => Reply::of(404, &[], ""),
        })
    })
}

/// A liar about one operation, who always says the same.
pub(crate) fn liar_about(about: &'static str, lie: Reply) -> Site {
    liar(move |operation, _| (operation == about).then(|| lie.clone()))
}

/// A small file, and one that goes in parts.
fn tree(scene: &Scene) -> Tree {
    let mut tree = scene.tree("tree");
    tree.file("small", "small");
    tree.sized("large", 17 * MIB);
    tree
}

pub(crate) fn at(stage: Stage, site: &Site) -> Stage {
    stage.args(["--endpoint-url", site.url(), "--retries", "1", "--timeout", "10s"])
}

/// Uploads what an honest endpoint's plan says to a liar.
pub(crate) fn pushed(scene: &Scene, site: &Site) -> Outcome {
    let tree = tree(scene);
    let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
    scene.run(at(push(), site).arg(planned))
}

/// All that there is, asked of one service.
fn everything(scene: &Scene, site: &Site) -> Vec<Outcome> {
    let tree = tree(scene);
    let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
    let delete = r#"{"type":"delete","dst":"s3://bucket/p/x","size":1,"etag":"\"e\""}"#;
    let delete = scene.write("delete.ndjson", format!("{delete}\n"));
    [
        plan(&tree, DEST),
        plan(&tree, DEST).arg("--checksum"),
        push().arg(&planned),
        push().arg("--partial-input").arg(delete),
        push().args(["--abort-uploads", DEST, "--yes"]),
        verify().arg(&tree).arg(DEST),
        verify().arg(&tree).args([DEST, "--download"]),
        verify().args(["--partial-input", "--download"]).arg(&planned),
    ]
    .map(|stage| scene.run(at(stage, site)))
    .into()
}

#[test]
fn no_redirect_is_followed() {
    let scene = Scene::new();
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Site::start();
        let target = format!("{}/bucket/p/small", elsewhere.url());
        let site = Site::speaking(move |_| Reply::of(status, &[("location", &target)], ""));
        for outcome in everything(&scene, &site) {
            assert_ne!(outcome.stage(0).code(), 0, "{outcome}");
            assert!(outcome.text().contains("\"type\":\"fail\""), "{outcome}");
        }
        assert!(site.heads().iter().all(|head| head.contains("AWS4-HMAC-SHA256")), "all was signed");
        assert!(elsewhere.heads().is_empty(), "{:?}", elsewhere.heads());
    }
}

#[test]
fn a_page_for_people_is_no_answer() {
    let html =
        "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please accept.<br></body></html>";
    let scene = Scene::new();
    let site = Site::speaking(move |_| Reply::with(&[("content-type", "text/html")], html));
    for outcome in everything(&scene, &site) {
        assert_ne!(outcome.stage(0).code(), 0, "{outcome}");
        for claim in ["pushed", "verified", "deleted"] {
            assert!(!outcome.text().contains(&format!("{{\"type\":\"{claim}\"")), "{outcome}");
        }
    }
}

#[test]
fn a_page_of_keys_that_is_cut_off_anywhere_is_none() {
    let page = page(Some(("p/small", 5)));
    let scene = Scene::new();
    let tree = tree(&scene);
    // Its length is that of what came, so only its form shows that something is missing.
    for length in (0..page.len()).step_by(7) {
        let site = liar_about("ListObjectsV2", Reply::with(&[], &page[..length]));
        let outcome = scene.run(at(plan(&tree, DEST), &site)).expect_hint(0);
        assert_ne!(outcome.stage(0).code(), 0, "{length}: {outcome}");
        assert!(outcome.records().of("put").next().is_none(), "{length}: {outcome}");
    }
}

/// Ends by itself, with an error, and without taking much memory.
#[track_caller]
fn ends(scene: &Scene, stage: Stage, site: &Site) {
    let mut running = scene.pipeline([at(stage, site)]).start();
    let mut peak = None;
    wait_until("it ends", || {
        peak = peak.max(running.memory(0));
        !running.runs(0)
    });
    let outcome = running.wait();
    assert_ne!(outcome.stage(0).code(), 0, "{outcome}");
    assert!(peak.is_none_or(|peak| peak < 200 * MIB as u64), "{peak:?} bytes\n{outcome}");
}

#[test]
fn answers_without_end_are_given_up() {
    let scene = Scene::new();
    let tree = tree(&scene);
    let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
    let head = |status: u16| format!("HTTP/1.1 {status} so\r\n").into_bytes();
    let chunked = |status: u16| [&head(status)[..], b"transfer-encoding: chunked\r\n\r\n"].concat();
    let chunk = |text: &str| {
        let text = text.repeat(1000);
        format!("{:x}\r\n{text}\r\n", text.len()).into_bytes()
    };
    let lies = [
        Reply::Endless(head(200), "a".repeat(MIB).into_bytes()),
        Reply::Endless(head(200), b"x-header: a\r\n".repeat(1000)),
        Reply::Endless(chunked(200), chunk("<Contents><Key>a</Key></Contents>")),
        Reply::Endless(chunked(200), chunk(" ")),
        Reply::Endless(chunked(403), chunk("<Error><Code>AccessDenied</Code>")),
    ];
    for lie in lies {
        let site = Site::speaking(move |_| lie.clone());
        ends(&scene, plan(&tree, DEST), &site);
        ends(&scene, push().arg(&planned), &site);
        ends(&scene, push().args(["--abort-uploads", DEST]), &site);
        ends(&scene, verify().arg(&tree).arg(DEST), &site);
    }
}

#[test]
fn listings_that_go_round_in_a_circle_are_given_up() {
    let scene = Scene::new();
    let tree = tree(&scene);
    let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
    let keys = "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>\
                <Contents><Key>p/a</Key><Size>1</Size><LastModified>2026-11-24T10:00:00Z</LastModified></Contents>\
                </ListBucketResult>";
    let uploads = "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>p/large</NextKeyMarker>\
                   <NextUploadIdMarker>id</NextUploadIdMarker><Upload><Key>p/large</Key><UploadId>id</UploadId></Upload>\
                   </ListMultipartUploadsResult>";
    let parts = "<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>1</NextPartNumberMarker>\
                 <Part><PartNumber>1</PartNumber><ETag>e</ETag><Size>5</Size></Part></ListPartsResult>";
    let begun = "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated><Upload><Key>p/large</Key>\
                 <UploadId>id</UploadId></Upload></ListMultipartUploadsResult>";
    for (circle, page) in [("ListObjectsV2", keys), ("ListMultipartUploads", uploads), ("ListParts", parts)] {
        let site = liar(move |operation, _| match operation {
            _ if operation == circle => Some(Reply::with(&[], page)),
            "ListMultipartUploads" => Some(Reply::with(&[], begun)),
            _ => None,
        });
        match circle {
            "ListObjectsV2" => ends(&scene, plan(&tree, DEST), &site),
            "ListMultipartUploads" => ends(&scene, push().args(["--abort-uploads", DEST]), &site),
            // The file is sent anew, which is as good.
            _ => drop(scene.run(at(push(), &site).arg(&planned)).expect(0)),
        }
        let asked = site.heads().iter().filter(|head| operation(head) == circle).count();
        assert!((2..=8).contains(&asked), "{circle}: asked {asked} times");
    }
}

#[test]
fn keys_that_nobody_asked_for_are_not_touched() {
    let scene = Scene::new();
    let tree = tree(&scene);
    for key in ["q/other", "p", "other"] {
        let site = liar_about("ListObjectsV2", Reply::with(&[], page(Some((key, 1)))));
        let stage = plan(&tree, DEST).args(["--delete", "--max-delete", "100%"]);
        let outcome = scene.run(at(stage, &site));
        assert_eq!(outcome.records().count("delete"), 0, "{outcome}");
        assert_ne!(outcome.stage(0).code(), 0, "{outcome}");
    }
    let uploads = "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated><Upload><Key>other/large</Key>\
                   <UploadId>id</UploadId></Upload></ListMultipartUploadsResult>";
    let site = liar_about("ListMultipartUploads", Reply::with(&[], uploads));
    scene.run(at(push().args(["--abort-uploads", DEST, "--yes"]), &site)).expect(0);
    assert!(site.heads().iter().all(|head| operation(head) != "AbortMultipartUpload"), "{:?}", site.heads());
}

#[test]
fn a_checksum_of_something_else_is_a_failure_wherever_it_is_told() {
    let scene = Scene::new();
    let of_headers = Reply::with(&[ETAG, (SUM, OTHER_SUM)], "");
    for (lies, lie) in [
        ("PutObject", of_headers.clone()),
        ("UploadPart", of_headers),
        ("CompleteMultipartUpload", Reply::with(&[], completed(OTHER_SUM))),
    ] {
        let records = pushed(&scene, &liar_about(lies, lie)).expect(1).records();
        assert_eq!((records.count("pushed"), records.count("fail")), (1, 1), "{lies}");
    }
}

#[test]
fn what_was_answered_without_an_etag_was_not_stored() {
    let scene = Scene::new();
    for lies in ["PutObject", "UploadPart", "CompleteMultipartUpload"] {
        let records = pushed(&scene, &liar_about(lies, Reply::with(&[], ""))).expect(1).records();
        assert_eq!((records.count("pushed"), records.count("fail")), (1, 1), "{lies}");
    }
}

/// A service with one object of five bytes, as it tells.
fn with_small(head: impl AsRef<[(&'static str, &'static str)]>, bytes: &'static str) -> Site {
    let head: Vec<_> = head.as_ref().iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!("HTTP/1.1 200 so\r\n{}\r\n", head.concat());
    liar(move |operation, _| match operation {
        "ListObjectsV2" => Some(Reply::with(&[], page(Some(("p/small", 5))))),
        "HeadObject" => Some(Reply::Raw(head.clone().into_bytes())),
        "GetObject" => Some(Reply::with(&[ETAG], bytes)),
        _ => None,
    })
}

#[test]
fn what_is_described_as_something_else_does_not_match() {
    let scene = Scene::new();
    let mut tree = scene.tree("one");
    tree.file("small", "small");
    for (length, sum) in [("5", OTHER_SUM), ("6", "oSWzL9WeJr4="), ("5", "?"), ("-5", OTHER_SUM)] {
        let of_all = ("x-amz-checksum-type", "FULL_OBJECT");
        let site = with_small([MODIFIED, ETAG, of_all, (SUM, sum), ("content-length", length)], "small");
        let outcome = scene.run(at(verify().arg(&tree).arg(DEST), &site));
        assert_ne!(outcome.stage(0).code(), 0, "{outcome}");
        assert_eq!(outcome.records().count("verified"), 0, "{outcome}");
    }
}

#[test]
fn bytes_that_are_fewer_more_or_others_than_was_told_do_not_prove() {
    let scene = Scene::new();
    let mut tree = scene.tree("one");
    tree.file("small", "small");
    for (bytes, proves) in [("smal", false), ("small and more", false), ("sma11", false), ("small", true)] {
        let site = with_small([MODIFIED, ETAG, ("content-length", "5")], bytes);
        let outcome = scene.run(at(verify().arg(&tree).args([DEST, "--download"]), &site));
        assert_eq!(outcome.stage(0).code() == 0, proves, "{outcome}");
        assert_eq!(outcome.records().count("verified"), usize::from(proves), "{outcome}");
    }
}

#[test]
fn who_says_yes_to_everything_and_keeps_nothing_is_found_out() {
    let scene = Scene::new();
    let site = liar(|_, _| None);
    let tree = tree(&scene);
    let stages = [plan(&tree, DEST), push(), verify()].map(|stage| at(stage, &site));
    let outcome = scene.pipeline(stages).run().expect_all(&[0, 0, 1]);
    assert_eq!(outcome.records().counts(), [("missing", 2)].into(), "{outcome}");
}
