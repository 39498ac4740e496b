//! Conditional requests.

use http::Method;

use super::{
    client::{Call, Lab},
    sums::etag,
    uploads::{Upload, bytes},
};

fn put(lab: &Lab) -> Call {
    lab.object(Method::PUT, "key").body("new")
}

#[tokio::test]
async fn a_put_may_insist_on_a_free_key() {
    let lab = Lab::start().await;
    put(&lab).header("if-none-match", "*").ok().await;
    put(&lab).header("if-none-match", "*").body("newer").refused(412, "PreconditionFailed").await;
    assert_eq!(lab.object(Method::GET, "key").ok().await.body, "new");
    put(&lab).header("if-none-match", &etag(b"x")).refused(501, "NotImplemented").await;
}

#[tokio::test]
async fn a_put_may_insist_on_what_it_replaces() {
    let lab = Lab::start().await;
    put(&lab).header("if-match", &etag(b"old")).refused(404, "NoSuchKey").await;
    lab.put("key", "old").await;
    put(&lab).header("if-match", &etag(b"other")).refused(412, "PreconditionFailed").await;
    assert_eq!(lab.object(Method::GET, "key").ok().await.body, "old");
    put(&lab).header("if-match", &etag(b"old")).ok().await;
    put(&lab).header("if-match", "*").ok().await;
}

#[tokio::test]
async fn a_completion_may_do_so_too() {
    let lab = Lab::start().await;
    lab.put("key", "old").await;
    let mut upload = Upload::start(&lab, "key").await;
    upload.send(1, &bytes(1, 10)).await;
    upload.complete().header("if-none-match", "*").refused(412, "PreconditionFailed").await;
    upload.complete().header("if-match", &etag(b"other")).refused(412, "PreconditionFailed").await;
    assert_eq!(lab.object(Method::GET, "key").ok().await.body, "old");
    upload.complete().header("if-match", &etag(b"old")).ok().await;
    assert_eq!(lab.object(Method::GET, "key").ok().await.body, bytes(1, 10));

    let mut upload = Upload::start(&lab, "free").await;
    upload.send(1, &bytes(1, 10)).await;
    upload.complete().header("if-none-match", "*").ok().await;
}

#[tokio::test]
async fn of_many_that_want_a_free_key_one_gets_it() {
    let lab = Lab::start().await;
    let puts: Vec<_> = (0..16)
        .map(|number| tokio::spawn(put(&lab).header("if-none-match", "*").body(number.to_string()).send()))
        .collect();
    let mut won = 0;
    for put in puts {
        let status = put.await.unwrap().status;
        assert!(status == 200 || status == 412, "{status}");
        won += usize::from(status == 200);
    }
    assert_eq!(won, 1);
}

#[tokio::test]
async fn reads_have_conditions() {
    let lab = Lab::start().await;
    lab.put("key", "body").await;
    let get = |name: &str, value: &str| lab.object(Method::GET, "key").header(name, value);
    get("if-match", &etag(b"body")).ok().await;
    get("if-match", &etag(b"other")).refused(412, "PreconditionFailed").await;
    get("if-none-match", &etag(b"other")).ok().await;
    let unchanged = get("if-none-match", &etag(b"body")).send().await;
    assert_eq!((unchanged.status.as_u16(), unchanged.etag(), unchanged.body.len()), (304, etag(b"body"), 0));
    let (past, future) = ("Wed, 21 Oct 2015 07:28:00 GMT", "Mon, 21 Oct 2115 07:28:00 GMT");
    get("if-modified-since", past).ok().await;
    assert_eq!(get("if-modified-since", future).send().await.status, 304);
    get("if-unmodified-since", future).ok().await;
    get("if-unmodified-since", past).refused(412, "PreconditionFailed").await;
}

#[tokio::test]
async fn a_delete_may_insist_on_what_it_deletes() {
    let lab = Lab::start().await;
    lab.put("key", "body").await;
    let delete = |of: &[u8]| lab.object(Method::DELETE, "key").header("if-match", &etag(of));
    delete(b"other").refused(412, "PreconditionFailed").await;
    assert_eq!(delete(b"body").ok().await.status, 204);
    delete(b"body").refused(404, "NoSuchKey").await;
    assert_eq!(
        lab.object(Method::DELETE, "key").ok().await.status,
        204,
        "without a condition it is no error"
    );
}
