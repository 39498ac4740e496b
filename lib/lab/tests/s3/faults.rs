//! Each kind of bad day.

use std::{fs, time::Duration};

use http::Method;
use tokio::time::timeout;
use tt_lab::Options;

use super::{
    client::Lab,
    uploads::{MIB5, Upload, bytes},
};

#[tokio::test]
async fn refusals() {
    for (fault, status, code) in [
        ("slow-down", 503, "SlowDown"),
        ("internal-error", 500, "InternalError"),
        ("unavailable", 503, "ServiceUnavailable"),
        ("expired-token", 400, "ExpiredToken"),
    ] {
        let lab = Lab::failing(&[&format!("{fault}:count=1,op=PutObject")]).await;
        let put = lab.object(Method::PUT, "key").body(bytes(1, MIB5));
        put.clone().refused(status, code).await;
        assert_eq!(lab.head("key").await.status, 404);
        put.ok().await;
        let stats = lab.endpoint.stats();
        assert_eq!((stats.faults.get(fault), stats.errors.get(code)), (Some(&1), Some(&1)), "{stats:?}");
    }
}

#[tokio::test]
async fn slow_down_may_say_for_how_long() {
    let lab = Lab::failing(&["slow-down:retry-after=7"]).await;
    let answer = lab.bucket(Method::GET).send().await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "7"));
}

#[tokio::test]
async fn conditions_choose_the_requests() {
    let lab =
        Lab::failing(&["unavailable:key=big,op=PutObject,after=1,count=1", "internal-error:op=DeleteObject"])
            .await;
    lab.put("small", "").await;
    lab.put("big", "").await;
    lab.object(Method::PUT, "big").refused(503, "ServiceUnavailable").await;
    lab.put("big", "").await;
    lab.object(Method::DELETE, "small").refused(500, "InternalError").await;
}

#[tokio::test]
async fn reset_breaks_off_in_the_body() {
    let lab = Lab::failing(&["reset:count=1"]).await;
    let put = lab.object(Method::PUT, "key").body(bytes(1, MIB5));
    put.clone().try_send().await.unwrap_err();
    let received = lab.endpoint.stats().bytes_in;
    assert!((MIB5 as u64 / 2..MIB5 as u64).contains(&received), "{received}");
    assert_eq!(lab.head("key").await.status, 404);
    put.ok().await;
}

#[tokio::test]
async fn stall_and_silence_never_answer() {
    for (fault, received) in [("stall", 1..MIB5 as u64), ("silence", MIB5 as u64..MIB5 as u64 + 1)] {
        let lab = Lab::failing(&[&format!("{fault}:count=1")]).await;
        let put = lab.object(Method::PUT, "key").body(bytes(1, MIB5));
        assert!(timeout(Duration::from_secs(1), put.clone().try_send()).await.is_err(), "{fault}");
        let stats = lab.endpoint.stats();
        assert!(received.contains(&stats.bytes_in), "{fault}: {stats:?}");
        put.ok().await;
    }
}

#[tokio::test]
async fn an_error_may_come_with_status_200() {
    let lab = Lab::failing(&["error-in-200:count=1"]).await;
    let mut upload = Upload::start(&lab, "key").await;
    upload.send(1, &bytes(1, 10)).await;
    let answer = upload.complete().send().await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (200, "InternalError"));
    assert_eq!(lab.head("key").await.status, 404);
    upload.complete().ok().await;
    assert_eq!(lab.head("key").await.status, 200);
}

#[tokio::test]
async fn drop_answer_does_the_work() {
    let lab = Lab::failing(&["drop-answer:count=1"]).await;
    lab.object(Method::PUT, "key").body("body").try_send().await.unwrap_err();
    assert_eq!(lab.object(Method::GET, "key").ok().await.body, "body");
}

#[tokio::test]
async fn chance_repeats_itself() {
    let run = async || {
        let lab = Lab::failing(&["slow-down:rate=0.5"]).await;
        let mut statuses = Vec::new();
        for _ in 0..50 {
            statuses.push(lab.bucket(Method::HEAD).send().await.status.as_u16());
        }
        statuses
    };
    let first = run().await;
    assert_eq!(first, run().await);
    assert!(first.contains(&200) && first.contains(&503));
}

#[tokio::test]
async fn the_log_tells_it_all() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("log");
    let faults = vec!["drop-answer:op=DeleteObject".parse().unwrap()];
    let lab = Lab::with(Options { log: Some(log.clone()), faults, ..Options::default() }).await;
    lab.put("a key", "body").await;
    let upload = Upload::start(&lab, "key").await;
    upload.part(7, "body").header("content-md5", "AAAA").refused(400, "InvalidDigest").await;
    lab.object(Method::DELETE, "a key").try_send().await.unwrap_err();
    let stats = lab.endpoint.shutdown().await;
    let text = fs::read_to_string(log).unwrap();
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let field = |name: &str| lines.iter().map(|line| line[name].clone()).collect::<Vec<_>>();
    assert_eq!(field("op"), ["PutObject", "CreateMultipartUpload", "UploadPart", "DeleteObject"]);
    assert_eq!(lines[0]["key"], "a key");
    assert_eq!((&lines[0]["status"], &lines[0]["bytes_in"]), (&200.into(), &4.into()));
    assert_eq!((&lines[2]["code"], &lines[2]["part"]), (&"InvalidDigest".into(), &7.into()));
    assert_eq!((&lines[3]["status"], &lines[3]["fault"]), (&serde_json::Value::Null, &"drop-answer".into()));
    assert_eq!((stats.requests, stats.bytes_in), (4, 8));
}
