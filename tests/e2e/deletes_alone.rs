//! Deletions that can't go together with others: keys that XML does not carry, and services without DeleteObjects, or that insist
//! on Content-MD5. One object's failure is no other's.

use std::collections::BTreeSet;

use serde_json::json;
use tt_tests::{Reply, Scene, Site, push, request};

fn scene(keys: &[&str]) -> Scene {
    let scene = Scene::with(|_, options| options.anonymous = true);
    for key in keys {
        put(&scene, key, key);
    }
    scene
}

fn put(scene: &Scene, key: &str, body: &str) {
    let encoded = key.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"));
    let answer = request(&scene.url(), "PUT", &format!("/bucket/{encoded}"), &[], body.as_bytes());
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// Records that want objects deleted as they are now.
fn lines(scene: &Scene) -> String {
    let objects = scene.stored().objects().into_iter();
    let line = |(key, object): (String, serde_json::Value)| line(&key, object["etag"].as_str().unwrap());
    objects.map(line).collect()
}

fn line(key: &str, etag: &str) -> String {
    let (dst, etag) = (json!(format!("s3://bucket/{key}")), json!(format!("\"{}\"", etag.trim_matches('"'))));
    format!("{{\"type\":\"delete\",\"dst\":{dst},\"size\":1,\"etag\":{etag}}}\n")
}

#[test]
fn keys_that_xml_does_not_carry_go_one_by_one_and_the_others_together() {
    let odd = ["p/a\u{3}b", "p/\u{1}", "p/cr\rlf", "p/cr\nlf", "p/\u{FFFE}", "p/del\u{7F}"];
    let usual = ["p/x", "p/y", "p/z"];
    let scene = scene(&[&odd[..], &usual[..]].concat());
    let stage = push().arg("--partial-input");
    let records = scene.pipeline([stage]).reading(lines(&scene)).run().expect(0).records();
    assert_eq!(records.counts(), [("deleted", 9)].into());
    assert!(scene.stored().keys().is_empty());
    assert_eq!(scene.requests("DeleteObject"), 6);
}

#[test]
fn where_many_at_once_are_refused_they_go_one_by_one_if_they_are_what_was_meant() {
    let keys = ["p/a", "p/b", "p/c", "p/gone", "p/replaced"];
    let mut scene = scene(&keys);
    let lines = lines(&scene);
    request(&scene.url(), "DELETE", "/bucket/p/gone", &[], b"");
    put(&scene, "p/replaced", "another");
    scene.restart(|options| options.faults = vec!["access-denied:op=DeleteObjects".parse().unwrap()]);
    let stage = push().arg("--partial-input");
    let outcome = scene.pipeline([stage]).reading(lines).run().expect(1);
    let records = outcome.records();
    assert_eq!(records.counts(), [("deleted", 4), ("fail", 1)].into(), "{outcome}");
    assert_eq!(records.objects("fail"), ["s3://bucket/p/replaced"].into(), "{outcome}");
    assert_eq!(scene.stored().keys(), BTreeSet::from(["p/replaced".to_owned()]));
}

/// What a service says to a request with this first line and these headers, which deletes.
type Answer = fn(&str) -> Reply;

fn error(status: u16, code: &str) -> Reply {
    Reply::of(status, &[], format!("<Error><Code>{code}</Code><Message>no</Message></Error>"))
}

#[test]
fn services_without_a_way_to_delete_many_are_asked_for_each() {
    let refusals: [Answer; 4] = [
        |_| error(501, "NotImplemented"),
        |_| error(405, "MethodNotAllowed"),
        |_| error(400, "MalformedXML"),
        |_| error(403, "AccessDenied"),
    ];
    let conditions: [Answer; 3] = [
        |_| Reply::of(204, &[], ""),
        |head| if head.contains("if-match") { error(501, "NotImplemented") } else { Reply::of(204, &[], "") },
        |head| {
            if head.contains("if-match") { error(400, "InvalidArgument") } else { Reply::of(204, &[], "") }
        },
    ];
    for refusal in refusals {
        for single in conditions {
            let site = Site::speaking(move |head| match head.split(' ').next().unwrap() {
                "HEAD" => Reply::with(&[("etag", "\"e\"")], ""),
                "POST" => refusal(head),
                "DELETE" => single(head),
                _ => Reply::of(404, &[], ""),
            });
            let scene = Scene::new();
            let stage = push().args(["--partial-input", "--retries", "1", "--endpoint-url", site.url()]);
            let input = [line("p/1", "e"), line("p/2", "e")].concat();
            let outcome = scene.pipeline([stage]).reading(input).run().expect(0);
            assert_eq!(outcome.records().counts(), [("deleted", 2)].into(), "{outcome}");
        }
    }
}

#[test]
fn one_that_may_not_be_deleted_does_not_keep_the_others() {
    let site = Site::speaking(|head| match head.split(' ').next().unwrap() {
        "HEAD" => Reply::with(&[("etag", "\"e\"")], ""),
        "POST" => error(501, "NotImplemented"),
        "DELETE" if head.contains("/p/2") => error(400, "ObjectIsLocked"),
        "DELETE" => Reply::of(204, &[], ""),
        _ => Reply::of(404, &[], ""),
    });
    let scene = Scene::new();
    let stage = push().args(["--partial-input", "--retries", "1", "--endpoint-url", site.url()]);
    let input: String = (1..=3).map(|n| line(&format!("p/{n}"), "e")).collect();
    let records = scene.pipeline([stage]).reading(input).run().expect(1).records();
    assert_eq!(records.counts(), [("deleted", 2), ("fail", 1)].into());
    assert_eq!(records.objects("fail"), ["s3://bucket/p/2"].into());
}

#[test]
fn many_at_once_go_with_the_md5_on_which_some_services_insist() {
    let site = Site::speaking(|head| match head.split(' ').next().unwrap() {
        "HEAD" => Reply::with(&[("etag", "\"e\"")], ""),
        "POST" if head.to_ascii_lowercase().contains("content-md5: ") => {
            Reply::with(&[], "<DeleteResult><Deleted><Key>p/1</Key></Deleted></DeleteResult>")
        }
        "POST" => error(400, "MissingContentMD5"),
        _ => Reply::of(404, &[], ""),
    });
    let scene = Scene::new();
    let stage = push().args(["--partial-input", "--retries", "1", "--endpoint-url", site.url()]);
    let outcome = scene.pipeline([stage]).reading(line("p/1", "e")).run().expect(0);
    assert_eq!(outcome.records().counts(), [("deleted", 1)].into(), "{outcome}");
}
