//! A directory that outlives its endpoint, and bodies that others change in it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use http::Method;
use tempfile::TempDir;
use tt_lab::{Bodies, Endpoint, LabError, Options};

use super::{
    client::{BUCKET, Lab},
    sums::{composite, etag, sum},
    uploads::{MIB5, Upload, bytes},
};

fn options(directory: &Path) -> Options {
    Options { bodies: Bodies::Directory(directory.into()), ..Options::default() }
}

async fn open(directory: &TempDir) -> Lab {
    Lab::with(options(directory.path())).await
}

/// The files of a kind in the usual bucket.
fn files(directory: &TempDir, kind: &str) -> Vec<PathBuf> {
    fs::read_dir(directory.path().join(BUCKET).join(kind))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect()
}

#[tokio::test]
async fn objects_survive() {
    let directory = tempfile::tempdir().unwrap();
    let lab = open(&directory).await;
    for key in ["é/../😀", "a", "a/b"] {
        lab.object(Method::PUT, key)
            .header("x-amz-meta-m", "1")
            .header("x-amz-tagging", "t=1")
            .body(key.to_owned())
            .ok()
            .await;
    }
    lab.path(Method::PUT, "/second-one").ok().await;
    lab.endpoint.shutdown().await;

    let lab = open(&directory).await;
    assert_eq!(lab.bucket(Method::GET).ok().await.texts("Key"), ["a", "a/b", "é/../😀"]);
    assert_eq!(lab.path(Method::GET, "/").ok().await.texts("Name"), [BUCKET, "second-one"]);
    assert_eq!(lab.object(Method::GET, "a").ok().await.body, "a");
    let head = lab.head("a/b").await;
    let told =
        ["x-amz-meta-m", "x-amz-tagging-count", "x-amz-checksum-crc64nvme"].map(|name| head.header(name));
    assert_eq!(told, ["1", "1", sum("CRC64NVME", b"a/b").as_str()]);
}

#[tokio::test]
async fn unfinished_uploads_survive() {
    let directory = tempfile::tempdir().unwrap();
    let parts = [bytes(1, MIB5), bytes(2, 10)];
    let lab = open(&directory).await;
    let mut upload = Upload::summed(&lab, "key", "SHA256", "COMPOSITE").await;
    upload.send(1, &parts[0]).await;
    let (id, first) = (upload.id.clone(), upload.listed().clone());
    lab.endpoint.shutdown().await;

    let lab = open(&directory).await;
    let listed = lab.bucket(Method::GET).query("uploads", "").ok().await;
    assert_eq!((listed.text("UploadId"), listed.text("ChecksumType")), (id, "COMPOSITE".into()));
    let mut upload = Upload::of(&lab, "key", Some("SHA256"), &listed);
    assert_eq!(upload.call(Method::GET).ok().await.texts("ChecksumSHA256"), [sum("SHA256", &parts[0])]);
    upload.listed().extend(first);
    upload.send(2, &parts[1]).await;
    let done = upload.complete().ok().await;
    assert_eq!(done.text("ChecksumSHA256"), composite("SHA256", &[&parts[0], &parts[1]]));
    assert_eq!(lab.object(Method::GET, "key").ok().await.body, parts.concat());
    assert_eq!((files(&directory, "uploads").len(), files(&directory, "bodies").len()), (0, 1));
    lab.endpoint.shutdown().await;

    let lab = open(&directory).await;
    assert_eq!(lab.object(Method::GET, "key").ok().await.body, parts.concat());
}

#[tokio::test]
async fn leftovers_are_cleared_away() {
    let directory = tempfile::tempdir().unwrap();
    let lab = open(&directory).await;
    lab.put("key", "old").await;
    lab.put("key", "new").await;
    lab.object(Method::PUT, "key")
        .header("x-amz-checksum-crc32", "AAAAAA==")
        .body("wrong")
        .refused(400, "BadDigest")
        .await;
    assert_eq!(files(&directory, "bodies").len(), 1, "what was replaced or refused is removed at once");
    lab.endpoint.shutdown().await;
    fs::write(directory.path().join(BUCKET).join("bodies/stray"), "stray").unwrap();

    let lab = open(&directory).await;
    assert_eq!(files(&directory, "bodies").len(), 1);
    lab.object(Method::DELETE, "key").ok().await;
    assert_eq!((files(&directory, "bodies").len(), files(&directory, "objects").len()), (0, 0));
}

#[tokio::test]
async fn a_changed_body_is_noticed() {
    let directory = tempfile::tempdir().unwrap();
    let lab = open(&directory).await;
    lab.put("key", "right").await;
    let before = lab.head("key").await;
    fs::write(&files(&directory, "bodies")[0], "wrong").unwrap();
    let after = lab.head("key").await;
    assert_eq!(before.header("x-amz-checksum-crc64nvme"), sum("CRC64NVME", b"right"));
    assert_eq!(after.header("x-amz-checksum-crc64nvme"), sum("CRC64NVME", b"wrong"));
    assert_eq!(after.etag(), etag(b"wrong"));
    assert_eq!(lab.object(Method::GET, "key").ok().await.body, "wrong");
    fs::write(&files(&directory, "bodies")[0], "longer than before").unwrap();
    lab.endpoint.shutdown().await;

    let lab = open(&directory).await;
    let head = lab.head("key").await;
    assert_eq!((head.header("content-length"), head.etag()), ("18", etag(b"longer than before")));
}

#[tokio::test]
async fn a_removed_body_takes_its_object_along() {
    let directory = tempfile::tempdir().unwrap();
    let lab = open(&directory).await;
    lab.put("key", "body").await;
    fs::remove_file(&files(&directory, "bodies")[0]).unwrap();
    assert_eq!(lab.head("key").await.status, 404);
    assert_eq!(lab.bucket(Method::GET).ok().await.texts("Key").len(), 0);
}

#[tokio::test]
async fn a_directory_serves_one_endpoint_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let lab = open(&directory).await;
    let second = Endpoint::start(options(directory.path())).await;
    assert!(matches!(second, Err(LabError::Store(..))), "{second:?}");
    lab.endpoint.shutdown().await;
    open(&directory).await;
}

#[tokio::test]
async fn a_shutdown_leaves_nothing_half_done() {
    let directory = tempfile::tempdir().unwrap();
    let lab = open(&directory).await;
    let address = lab.endpoint.addr();
    // A body that never ends.
    let mut half = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!("PUT /{BUCKET}/key HTTP/1.1\r\nhost: {address}\r\ncontent-length: 1000\r\n\r\nhalf");
    tokio::io::AsyncWriteExt::write_all(&mut half, head.as_bytes()).await.unwrap();
    tokio::time::timeout(std::time::Duration::from_secs(10), lab.endpoint.shutdown())
        .await
        .expect("it stops");
    tokio::net::TcpStream::connect(address).await.unwrap_err();
    assert_eq!(files(&directory, "bodies").len(), 0);
}
