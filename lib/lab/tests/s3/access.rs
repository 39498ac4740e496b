//! Who is let in.

use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::SignableBody;
use http::Method;
use tt_lab::{Credential, Options};

use super::{
    client::{BUCKET, Lab, Signer},
    sums::content_sha256,
};

#[tokio::test]
async fn a_signed_request_is_answered() {
    let lab = Lab::start().await;
    lab.put("key", "body").await;
    let got = lab.object(Method::GET, "key").ok().await;
    assert_eq!(got.body, "body");
    assert!(!got.header("x-amz-request-id").is_empty());
}

#[tokio::test]
async fn wrong_keys_are_refused() {
    let lab = Lab::start().await;
    let put = lab.object(Method::PUT, "key").body("body");
    let secret = Signer { secret_key: "another".into(), ..Signer::default() };
    put.clone().signed_by(secret).refused(403, "SignatureDoesNotMatch").await;
    let nobody = Signer { access_key: "nobody".into(), ..Signer::default() };
    put.clone().signed_by(nobody).refused(403, "InvalidAccessKeyId").await;
    put.signed_by(None).refused(403, "AccessDenied").await;
    lab.object(Method::GET, "key").refused(404, "NoSuchKey").await;
}

#[tokio::test]
async fn clocks_may_differ_by_a_quarter_of_an_hour() {
    let lab = Lab::start().await;
    let quarter = Duration::from_mins(15);
    let little = Duration::from_mins(1);
    let now = SystemTime::now();
    for (time, fits) in [
        (now - quarter + little, true),
        (now + quarter - little, true),
        (now - quarter - little, false),
        (now + quarter + little, false),
    ] {
        let call = lab.bucket(Method::GET).signed_by(Signer { time, ..Signer::default() });
        if fits {
            call.ok().await;
        } else {
            call.refused(403, "RequestTimeTooSkewed").await;
        }
    }
}

#[tokio::test]
async fn the_right_region_is_told() {
    let lab = Lab::with(Options { region: "eu-central-1".into(), ..Options::default() }).await;
    let answer = lab.bucket(Method::GET).send().await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        (answer.code().as_str(), answer.text("Region").as_str()),
        ("AuthorizationHeaderMalformed", "eu-central-1")
    );
    assert_eq!(answer.header("x-amz-bucket-region"), "eu-central-1");
    let signer = Signer { region: "eu-central-1".into(), ..Signer::default() };
    let answer = lab.bucket(Method::HEAD).signed_by(signer).ok().await;
    assert_eq!(answer.header("x-amz-bucket-region"), "eu-central-1");
}

#[tokio::test]
async fn temporary_keys_need_their_token_and_expire() {
    let temporary = |access_key: &str, expires| Credential {
        session_token: Some("token".into()),
        expires: Some(expires),
        ..Credential::new(access_key, "secret")
    };
    let now = SystemTime::now();
    let hour = Duration::from_hours(1);
    let credentials = vec![temporary("fresh", now + hour), temporary("stale", now - hour)];
    let lab = Lab::with(Options { credentials, ..Options::default() }).await;
    let list = |access_key: &str, token: Option<&str>| {
        lab.bucket(Method::GET).signed_by(Signer {
            access_key: access_key.into(),
            secret_key: "secret".into(),
            token: token.map(str::to_owned),
            ..Signer::default()
        })
    };
    list("fresh", Some("token")).ok().await;
    list("fresh", Some("another")).refused(400, "InvalidToken").await;
    list("fresh", None).refused(400, "InvalidToken").await;
    list("stale", Some("token")).refused(400, "ExpiredToken").await;
}

#[tokio::test]
async fn a_key_may_be_for_reading_only() {
    let reader = Credential { read_only: true, ..Credential::new("reader", "secret") };
    let writer = Credential::new("test", "testsecret");
    let lab = Lab::with(Options { credentials: vec![reader, writer], ..Options::default() }).await;
    lab.put("key", "body").await;
    let reader = Signer { access_key: "reader".into(), secret_key: "secret".into(), ..Signer::default() };
    lab.object(Method::GET, "key").signed_by(reader.clone()).ok().await;
    lab.bucket(Method::GET).signed_by(reader.clone()).ok().await;
    lab.object(Method::PUT, "key").body("new").signed_by(reader.clone()).refused(403, "AccessDenied").await;
    lab.object(Method::DELETE, "key").signed_by(reader).refused(403, "AccessDenied").await;
}

#[tokio::test]
async fn strangers_come_in_where_they_may() {
    let lab = Lab::with(Options { anonymous: true, ..Options::default() }).await;
    lab.object(Method::PUT, "key").body("body").signed_by(None).ok().await;
    assert_eq!(lab.object(Method::GET, "key").signed_by(None).ok().await.body, "body");
}

#[tokio::test]
async fn the_owner_may_be_insisted_on() {
    let lab = Lab::start().await;
    let list = |owner: &str| lab.bucket(Method::GET).header("x-amz-expected-bucket-owner", owner);
    list("000000000000").header("x-amz-request-payer", "requester").ok().await;
    list("123456789012").refused(403, "AccessDenied").await;
}

#[tokio::test]
async fn a_signed_body_must_be_the_signed_one() {
    let lab = Lab::start().await;
    let put =
        |hash: String| lab.object(Method::PUT, "key").body("body").payload(SignableBody::Precomputed(hash));
    put(content_sha256(b"ydob")).refused(400, "XAmzContentSHA256Mismatch").await;
    lab.object(Method::HEAD, "key").refused(404, "").await;
    put(content_sha256(b"body")).ok().await;
}

#[tokio::test]
async fn buckets_are_looked_up_first() {
    let lab = Lab::start().await;
    lab.path(Method::GET, "/missing").refused(404, "NoSuchBucket").await;
    lab.path(Method::PUT, "/missing/key").body("body").refused(404, "NoSuchBucket").await;
    lab.path(Method::GET, "/missing/key").refused(404, "NoSuchBucket").await;
    lab.path(Method::POST, "/missing/key").query("uploads", "").refused(404, "NoSuchBucket").await;
    let buckets = lab.path(Method::GET, "/").ok().await;
    assert_eq!(buckets.texts("Name"), [BUCKET]);
}
