//! What goes with requests whatever they are about: a key of one's own for the encryption, who pays, and who must own the
//! bucket.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::mpsc,
    thread,
};

use tt_tests::{Scene, Stage, Tree, head, plan, push, verify};

const DEST: &str = "s3://bucket/p/";

const CUSTOMER: &str = "x-amz-server-side-encryption-customer-";

/// Base64 of 32 times the byte 7.
const KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

/// A scene whose endpoint answers without signatures, and a tree whose files go in one request and in parts.
fn scene() -> (Scene, Tree) {
    let scene = Scene::with(|_, options| options.anonymous = true);
    let mut tree = scene.tree("tree");
    tree.file("small", "abc");
    tree.sized("large", 17 << 20);
    (scene, tree)
}

fn with_key(stage: Stage, file: &str) -> Stage {
    stage.args(["--sse-c-key", file, "--verbose"])
}

#[test]
fn a_key_of_ones_own_encrypts_and_is_needed_to_verify() {
    let (scene, tree) = scene();
    scene.write("raw", [7; 32]);
    scene.write("base64", format!("{KEY}\n"));
    scene.write("other", [8; 32]);
    let stages = [plan(&tree, DEST), push(), verify()].map(|stage| with_key(stage, "raw"));
    let outcome = scene.pipeline(stages).run().expect_all(&[0, 0, 0]);
    let outcome = outcome.expect_said(1, "warning: the key of --sse-c-key");
    assert_eq!(outcome.records().count("verified"), 2);
    let untold = [KEY, "0707070707", "7, 7, 7, 7", "\u{7}\u{7}"];
    assert!(!untold.iter().any(|secret| outcome.to_string().contains(secret)), "{outcome}");
    let planned = scene.keep(plan(&tree, DEST).arg("--all"), "plan.ndjson");
    for (file, code) in [("base64", 0), ("other", 77)] {
        scene.run(with_key(verify().arg(&planned), file)).expect(code);
    }
    let records = scene.run(verify().arg(&planned)).expect(1).records();
    assert_eq!(records.count("fail"), 2);
    let hint = &records.of("fail").next().unwrap()["error"]["hint"];
    assert!(hint.as_str().unwrap().contains("--sse-c-key"), "{hint}");
}

#[test]
fn small_and_large_objects_are_encrypted_alike() {
    for further in [&[][..], &["--no-sign-request"]] {
        let (scene, tree) = scene();
        scene.write("raw", [7; 32]);
        let push = push().args(["--sse-c-key", "raw"]).args(further);
        scene.pipeline([plan(&tree, DEST), push]).run().expect_all(&[0, 0]);
        let object = &scene.stored().objects()["p/small"];
        let md5 = object["properties"]["encryption"]["customer"]["key_md5"].as_str().unwrap();
        let names = ["algorithm", "key", "key-md5"].map(|name| format!("{CUSTOMER}{name}"));
        let key = [(&*names[0], "AES256"), (&*names[1], KEY), (&*names[2], md5)];
        assert_eq!(head(&scene.url(), "p/large", &key), head(&scene.url(), "p/small", &key));
    }
}

#[test]
fn the_owner_of_the_bucket_can_be_insisted_on() {
    let (scene, tree) = scene();
    let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
    let owned_by = |stage: Stage, account: &str| stage.args(["--expected-bucket-owner", account]);
    for stage in [plan(&tree, DEST), push().arg(&planned), verify().arg(&planned)] {
        scene.run(owned_by(stage, "123456789012")).expect(77).expect_hint(0);
    }
    let stages = [plan(&tree, DEST), push(), verify()].map(|stage| owned_by(stage, "000000000000"));
    scene.pipeline(stages).run().expect_all(&[0, 0, 0]);
}

/// docs/COST.md tells people what they will pay for.
#[test]
fn a_run_asks_for_what_it_is_said_to_cost() {
    let (scene, mut tree) = scene();
    tree.many("many", 3);
    tree.sized("larger", 25 << 20);
    let [planned, pushed] = ["plan.ndjson", "results.ndjson"];
    let planned = scene.keep(plan(&tree, DEST), planned);
    let results = scene.keep(push().arg(planned), pushed);
    scene.run(verify().arg(results)).expect(0);
    let counts = scene.stats().operations;
    let (small, large, parts) = (4, 2, 3 + 4);
    let told = [
        ("CompleteMultipartUpload", large),
        ("CreateMultipartUpload", large),
        ("HeadObject", small + large),
        ("ListMultipartUploads", large),
        ("ListObjectsV2", 1),
        ("PutObject", small),
        ("UploadPart", parts + large),
    ];
    assert_eq!(counts, told.map(|(name, count)| (name.to_owned(), count)).into());
}

const DENIED: &str = "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// Well-formed, and not what S3 would say.
const FOREIGN: &str = "HTTP/1.1 200 OK\r\ncontent-length: 8\r\nconnection: close\r\n\r\n<Other/>";

/// A service that answers everything in the same way. Gives its URL, and the head of each request.
fn service(answer: &'static str) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, heads) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, mut head) = (stream.unwrap(), Vec::new());
            while !head.windows(4).any(|four| four == b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                head.push(byte[0]);
            }
            sender.send(String::from_utf8(head).unwrap()).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (url, heads)
}

#[test]
fn who_pays_goes_with_every_request_and_the_key_only_where_it_belongs() {
    let scene = Scene::new();
    let mut tree = scene.tree("tree");
    tree.file("empty", "");
    scene.write("raw", [7; 32]);
    let (url, heads) = service(DENIED);
    let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
    let from_plan = |stage: Stage| stage.arg(&planned);
    for (stage, method, keyed) in [
        (plan(&tree, DEST), "GET", false),
        (from_plan(push()), "PUT", true),
        (from_plan(verify()), "HEAD", true),
    ] {
        let stage = stage.args(["--endpoint-url", &url, "--request-payer", "--sse-c-key", "raw"]);
        scene.run(stage.args(["--expected-bucket-owner", "123456789012"])).expect(77);
        let head = heads.recv().unwrap();
        assert!(head.starts_with(method), "{head}");
        assert!(head.contains("x-amz-request-payer: requester\r\n"), "{head}");
        assert!(head.contains("x-amz-expected-bucket-owner: 123456789012\r\n"), "{head}");
        assert_eq!(head.contains(&format!("{CUSTOMER}key: {KEY}\r\n")), keyed, "{head}");
        let signed = head.split("SignedHeaders=").nth(1).unwrap().split(',').next().unwrap();
        assert!(
            signed.contains("x-amz-expected-bucket-owner") && signed.contains("x-amz-request-payer"),
            "{signed}"
        );
        while heads.try_recv().is_ok() {}
    }
}

#[test]
fn a_checksum_travels_as_the_header_of_its_algorithm_and_none_as_no_header() {
    let scene = Scene::new();
    let mut tree = scene.tree("tree");
    tree.file("digits", "123456789");
    let (url, heads) = service(DENIED);
    let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
    for (checksum, header) in [
        ("CRC64NVME", Some("x-amz-checksum-crc64nvme: rosUhgp5mIg=")),
        ("CRC32C", Some("x-amz-checksum-crc32c: 4waSgw==")),
        ("CRC32", Some("x-amz-checksum-crc32: y/Q5Jg==")),
        ("SHA256", Some("x-amz-checksum-sha256: FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=")),
        ("SHA1", Some("x-amz-checksum-sha1: 98O8HYCOBHMq32eZZczDTKeuNEE=")),
        ("none", None),
    ] {
        let push = push().arg(&planned).args(["--endpoint-url", &url, "--checksum", checksum]);
        scene.run(push).expect(77);
        let head = heads.recv().unwrap();
        let about = |line: &&str| line.contains("checksum") || line.starts_with("content-md5");
        let lines = head.lines().filter(|line| !line.starts_with("authorization")).filter(about);
        assert_eq!(lines.collect::<Vec<_>>(), Vec::from_iter(header), "{head}");
        while heads.try_recv().is_ok() {}
    }
}

#[test]
fn answers_in_another_form_than_those_of_s3_are_told_at_once_and_no_reason_not_to_begin_anew() {
    let scene = Scene::new();
    let mut tree = scene.tree("tree");
    tree.sized("large", 17 << 20);
    let (url, heads) = service(FOREIGN);
    let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
    let outcome = scene.run(push().arg(&planned).args(["--endpoint-url", &url])).expect(1);
    let outcome = outcome.expect_said(0, "warning: large files begin anew");
    let records = outcome.records();
    let message = &records.of("fail").next().unwrap()["error"]["message"];
    assert!(message.as_str().unwrap().contains("expected InitiateMultipartUploadResult"), "{message}");
    let methods: Vec<_> = heads.try_iter().map(|head| head.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(methods, ["GET", "POST"]);
}
