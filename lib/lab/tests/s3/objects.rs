//! What goes along with an object, and what else is done to it.

use http::Method;

use super::{
    client::{BUCKET, Lab, escape},
    sums::{etag, md5},
};

#[tokio::test]
async fn properties_come_back_as_they_went() {
    let lab = Lab::start().await;
    let properties = [
        ("content-type", "text/html; charset=utf-8"),
        ("content-encoding", "gzip"),
        ("content-disposition", "attachment; filename=\"a.html\""),
        ("content-language", "en"),
        ("cache-control", "no-cache"),
        ("expires", "Mon, 21 Oct 2115 07:28:00 GMT"),
        ("x-amz-meta-mtime", "1700000000.123456789"),
        ("x-amz-meta-name", "with spaces"),
        ("x-amz-storage-class", "STANDARD_IA"),
        ("x-amz-website-redirect-location", "/other"),
    ];
    let put =
        properties.iter().fold(lab.object(Method::PUT, "key"), |put, (name, value)| put.header(name, value));
    let put = put.body("body").ok().await;
    assert_eq!(put.etag(), etag(b"body"));
    for method in [Method::HEAD, Method::GET] {
        let answer = lab.object(method, "key").ok().await;
        for (name, value) in properties {
            assert_eq!(answer.header(name), value, "{name}");
        }
        assert_eq!((answer.header("content-length"), answer.etag()), ("4", etag(b"body")));
        assert!(answer.header("last-modified").ends_with(" GMT"));
        assert_eq!(answer.header("accept-ranges"), "bytes");
    }
}

#[tokio::test]
async fn nothing_is_the_default() {
    let lab = Lab::start().await;
    lab.object(Method::PUT, "key").header("x-amz-storage-class", "STANDARD").body("body").ok().await;
    let head = lab.head("key").await;
    assert_eq!(
        (head.header("content-type"), head.header("x-amz-storage-class")),
        ("binary/octet-stream", "")
    );
    assert_eq!(head.header("x-amz-server-side-encryption"), "AES256");
}

#[tokio::test]
async fn wrong_properties_are_refused() {
    let lab = Lab::start().await;
    let put = |name: &str, value: &str| lab.object(Method::PUT, "key").header(name, value).body("body");
    put("x-amz-storage-class", "SHELF").refused(400, "InvalidStorageClass").await;
    put("x-amz-acl", "everybody").refused(400, "InvalidArgument").await;
    put("x-amz-server-side-encryption", "rot13").refused(400, "InvalidArgument").await;
    put("x-amz-server-side-encryption-context", "e30=").refused(400, "InvalidArgument").await;
    put("x-amz-grant-read", "name=\"x\"").refused(400, "InvalidArgument").await;
    put("x-amz-grant-read", "id=\"x\"").header("x-amz-acl", "private").refused(400, "InvalidRequest").await;
    put("x-amz-meta-long", &"x".repeat(2048)).refused(400, "MetadataTooLarge").await;
    put("x-amz-tagging", "a=1&a=2").refused(400, "InvalidTag").await;
    let eleven: Vec<_> = (0..11).map(|number| format!("k{number}=v")).collect();
    put("x-amz-tagging", &eleven.join("&")).refused(400, "BadRequest").await;
    assert_eq!(lab.head("key").await.status, 404);
}

#[tokio::test]
async fn encrypted_objects_have_no_md5_for_an_etag() {
    let lab = Lab::start().await;
    let put = lab
        .object(Method::PUT, "key")
        .header("x-amz-server-side-encryption", "aws:kms")
        .body("body")
        .ok()
        .await;
    assert_eq!(put.header("x-amz-server-side-encryption"), "aws:kms");
    assert_ne!(put.etag(), etag(b"body"));
}

#[tokio::test]
async fn locks_are_kept_and_told() {
    let lab = Lab::start().await;
    let until = "x-amz-object-lock-retain-until-date";
    let put = |mode: &str, date: &str| {
        let call = lab.object(Method::PUT, "key").body("123456789");
        call.header("x-amz-object-lock-mode", mode).header(until, date)
    };
    let later = "2115-10-21T07:28:00Z";
    put("GOVERNANCE", later).refused(400, "InvalidRequest").await;
    let md5 = md5(b"123456789");
    put("FOREVER", later).header("content-md5", &md5).refused(400, "InvalidArgument").await;
    put("GOVERNANCE", "2015-10-21T07:28:00Z")
        .header("content-md5", &md5)
        .refused(400, "InvalidArgument")
        .await;
    put("COMPLIANCE", later)
        .header("x-amz-object-lock-legal-hold", "ON")
        .header("content-md5", &md5)
        .ok()
        .await;
    let head = lab.head("key").await;
    let told =
        ["x-amz-object-lock-mode", until, "x-amz-object-lock-legal-hold"].map(|name| head.header(name));
    assert_eq!(told, ["COMPLIANCE", later, "ON"]);
    let hold = lab.object(Method::PUT, "key").body("").header("content-md5", &self::md5(b""));
    hold.header(until, later).refused(400, "InvalidArgument").await;
}

#[tokio::test]
async fn grants_are_told_as_an_acl() {
    let lab = Lab::start().await;
    let put = lab.object(Method::PUT, "key").body("body");
    put.header("x-amz-grant-read", "id=\"1a\", uri=\"http://g\"")
        .header("x-amz-grant-read-acp", "id=2b")
        .ok()
        .await;
    let acl = lab.object(Method::GET, "key").query("acl", "").ok().await;
    assert_eq!(acl.texts("Permission"), ["READ", "READ", "READ_ACP"]);
    assert_eq!(
        (acl.texts("URI"), acl.texts("ID")[..2].to_vec()),
        (vec!["http://g".into()], vec!["1a".into(), "2b".into()])
    );
}

#[tokio::test]
async fn tags_are_kept_changed_and_dropped() {
    let lab = Lab::start().await;
    lab.object(Method::PUT, "key").header("x-amz-tagging", "team=a%26b&empty=").body("body").ok().await;
    assert_eq!(lab.head("key").await.header("x-amz-tagging-count"), "2");
    let tagging = |method| lab.object(method, "key").query("tagging", "");
    let tags = tagging(Method::GET).ok().await;
    assert_eq!(
        (tags.texts("Key"), tags.texts("Value")[0].as_str()),
        (vec!["team".into(), "empty".into()], "a&b")
    );
    let one = "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>";
    tagging(Method::PUT).header("content-md5", &md5(one.as_bytes())).body(one).ok().await;
    assert_eq!(tagging(Method::GET).ok().await.texts("Key"), ["k"]);
    assert_eq!(tagging(Method::DELETE).ok().await.status, 204);
    assert_eq!(tagging(Method::GET).ok().await.texts("Key").len(), 0);
    lab.object(Method::GET, "missing").query("tagging", "").refused(404, "NoSuchKey").await;
}

#[tokio::test]
async fn many_are_deleted_at_once() {
    let lab = Lab::start().await;
    let keys = ["a", "a/b", "é & <more>", "stays"];
    for key in keys {
        lab.put(key, key).await;
    }
    let delete = |objects: &str| {
        let document = format!("<Delete>{objects}</Delete>");
        let call =
            lab.bucket(Method::POST).query("delete", "").header("content-md5", &md5(document.as_bytes()));
        call.body(document)
    };
    let object = |key: &str| format!("<Object><Key>{}</Key></Object>", escape(key));
    let answer = delete(&["a", "é & <more>", "missing"].map(object).concat()).ok().await;
    assert_eq!(answer.texts("Key"), ["a", "é & <more>", "missing"]);
    assert_eq!(answer.texts("Deleted").len(), 3, "{}", answer.document());
    let quiet = delete(&format!("<Quiet>true</Quiet>{}", object("a/b"))).ok().await;
    assert_eq!(quiet.texts("Deleted").len(), 0);
    let changed = format!("<Object><Key>stays</Key><ETag>{}</ETag></Object>", etag(b"other"));
    assert_eq!(delete(&changed).ok().await.texts("Code"), ["PreconditionFailed"]);
    assert_eq!(lab.bucket(Method::GET).ok().await.texts("Key"), ["stays"]);
    delete("").refused(400, "MalformedXML").await;
}

#[tokio::test]
async fn copies_keep_what_they_are_told_to() {
    let lab = Lab::start().await;
    let put = lab.object(Method::PUT, "a +b").header("x-amz-meta-m", "1").header("content-type", "text/css");
    put.header("x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE=").body("123456789").ok().await;
    let copy =
        |to: &str| lab.object(Method::PUT, to).header("x-amz-copy-source", &format!("/{BUCKET}/a%20%2Bb"));
    let answer = copy("copy").ok().await;
    assert_eq!(answer.text("ETag"), etag(b"123456789"));
    let head = lab.head("copy").await;
    let told = ["x-amz-meta-m", "content-type", "x-amz-checksum-sha1"].map(|name| head.header(name));
    assert_eq!(told, ["1", "text/css", "98O8HYCOBHMq32eZZczDTKeuNEE="]);
    copy("new").header("x-amz-metadata-directive", "REPLACE").header("x-amz-meta-n", "2").ok().await;
    let head = lab.head("new").await;
    assert_eq!((head.header("x-amz-meta-m"), head.header("x-amz-meta-n")), ("", "2"));
    copy("a +b").refused(400, "InvalidRequest").await;
    copy("copy").header("x-amz-copy-source-if-match", &etag(b"x")).refused(412, "PreconditionFailed").await;
    lab.object(Method::PUT, "old").header("x-amz-storage-class", "GLACIER").body("x").ok().await;
    lab.object(Method::PUT, "x")
        .header("x-amz-copy-source", &format!("/{BUCKET}/old"))
        .refused(403, "InvalidObjectState")
        .await;
    lab.object(Method::PUT, "x")
        .header("x-amz-copy-source", "/bucket/missing")
        .refused(404, "NoSuchKey")
        .await;
}

#[tokio::test]
async fn buckets_come_and_go() {
    let lab = Lab::start().await;
    let bucket = |method| lab.path(method, "/another-one");
    bucket(Method::HEAD).refused(404, "").await;
    bucket(Method::PUT).ok().await;
    bucket(Method::PUT).ok().await;
    lab.path(Method::PUT, "/another-one/key").body("body").ok().await;
    bucket(Method::DELETE).refused(409, "BucketNotEmpty").await;
    lab.path(Method::DELETE, "/another-one/key").ok().await;
    assert_eq!(bucket(Method::DELETE).ok().await.status, 204);
    bucket(Method::DELETE).refused(404, "NoSuchBucket").await;
    lab.path(Method::PUT, "/Another_One").refused(400, "InvalidBucketName").await;
    let location = lab.bucket(Method::GET).query("location", "").ok().await;
    assert!(location.document().contains("<LocationConstraint"), "{}", location.document());
    let versioning = lab.bucket(Method::GET).query("versioning", "").ok().await;
    assert_eq!(versioning.text("Status"), "");
}
