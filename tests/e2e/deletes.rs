//! `delete` records: the objects that were meant go, many in one request, and no others.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tt_tests::{Outcome, Scene, push, request};

/// A scene with objects of these keys.
fn scene<'a>(keys: impl IntoIterator<Item = &'a str>) -> Scene {
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

/// A line that asks for each object to be deleted as it is now.
fn lines(scene: &Scene) -> BTreeMap<String, Value> {
    let objects = scene.stored().objects().into_iter();
    objects
        .map(|(key, object)| {
            let (dst, etag) = (format!("s3://bucket/{key}"), format!("{}", object["etag"]));
            (key, json!({"type": "delete", "dst": dst, "size": object["size"], "etag": etag}))
        })
        .collect()
}

/// Carries lines out. The field `type` has to come first.
fn carry_out<'a>(scene: &Scene, lines: impl IntoIterator<Item = &'a Value>) -> Outcome {
    let text = |line: &Value| {
        let mut fields = line.as_object().unwrap().clone();
        fields.remove("type");
        format!("{{\"type\":\"delete\",{}\n", &serde_json::to_string(&fields).unwrap()[1..])
    };
    let input: String = lines.into_iter().map(text).collect();
    scene.pipeline([push().arg("--partial-input")]).reading(input).run()
}

#[test]
fn hundreds_go_in_few_requests() {
    let keys: Vec<_> = (0..300).map(|number| format!("p/{number:03}")).collect();
    let scene = scene(keys.iter().map(String::as_str).chain(["p/stays"]));
    let mut lines = lines(&scene);
    lines.remove("p/stays");
    let records = carry_out(&scene, lines.values()).expect(0).expect_silence().records();
    assert_eq!(records.counts(), [("deleted", 300)].into());
    assert_eq!(scene.stored().keys(), ["p/stays".to_owned()].into());
    let requests = (scene.requests("DeleteObjects"), scene.requests("DeleteObject"));
    assert!(requests.0 <= 100 && requests.1 == 0, "{requests:?}");
}

#[test]
fn one_that_was_replaced_stays_and_one_that_is_gone_is_as_good_as_deleted() {
    let scene = scene(["p/gone", "p/plain", "p/replaced"]);
    let lines = lines(&scene);
    put(&scene, "p/replaced", "somebody else's");
    request(&scene.url(), "DELETE", "/bucket/p/gone", &[], b"");
    let records = carry_out(&scene, lines.values()).expect(1).records();
    assert_eq!(records.objects("deleted"), ["s3://bucket/p/gone", "s3://bucket/p/plain"].into());
    assert_eq!(records.objects("fail"), ["s3://bucket/p/replaced"].into());
    let error = &records.of("fail").next().unwrap()["error"];
    assert_eq!((&error["kind"], &error["hint"]), (&"precondition".into(), &"plan again".into()));
    assert_eq!(scene.stored().bytes("p/replaced"), b"somebody else's");
    assert_eq!(scene.stored().keys().len(), 1);
}

#[test]
fn keys_with_odd_characters_go_and_their_likes_stay() {
    let odd =
        ["p/new\nline", "p/a&b", "p/a<b>", "p/ü", "p/\"'", "p/ space ", "p/a+b%20", "p/tab\t", "p/\u{1F980}"];
    let alike = ["p/new line", "p/a&amp;b", "p/u\u{308}", "p/space", "p/a b ", "p/a%2Bb%20"];
    let scene = scene(odd.into_iter().chain(alike));
    let mut lines = lines(&scene);
    lines.retain(|key, _| odd.contains(&key.as_str()));
    let records = carry_out(&scene, lines.values()).expect(0).expect_silence().records();
    assert_eq!(records.count("deleted"), odd.len());
    assert_eq!(scene.stored().keys(), alike.map(str::to_owned).into_iter().collect::<BTreeSet<_>>());
}

#[test]
fn a_batch_that_fails_is_sent_again() {
    let keys: Vec<_> = (0..20).map(|number| format!("p/{number}")).collect();
    let mut scene = scene(keys.iter().map(String::as_str));
    let lines = lines(&scene);
    let faults = ["internal-error:op=DeleteObjects,count=1", "drop-answer:op=DeleteObjects,count=1"];
    scene.restart(|options| options.faults = faults.map(|fault| fault.parse().unwrap()).into());
    let records = carry_out(&scene, lines.values()).expect(0).expect_silence().records();
    assert_eq!(records.counts(), [("deleted", 20)].into());
    assert!(scene.stored().keys().is_empty());
    assert_eq!(scene.stats().faults.len(), 2);
}
