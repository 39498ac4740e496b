//! `Expect: 100-continue`, as the AWS CLI sends it with every upload.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tt_lab::Options;

use super::client::{BUCKET, Lab};

async fn lab() -> Lab {
    Lab::with(Options { anonymous: true, ..Options::default() }).await
}

/// Sends the head of a PUT of `length` bytes, whose body waits to be asked for.
async fn put(lab: &Lab, bucket: &str, length: usize) -> TcpStream {
    let mut socket = TcpStream::connect(lab.endpoint.addr()).await.unwrap();
    let head = format!(
        "PUT /{bucket}/key HTTP/1.1\r\nhost: {}\r\ncontent-length: {length}\r\nexpect: 100-continue\r\n\r\n",
        lab.endpoint.addr()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket
}

/// The head of the next answer.
async fn head(socket: &mut TcpStream) -> String {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        text.push(socket.read_u8().await.unwrap());
    }
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn the_body_is_asked_for() {
    let lab = lab().await;
    let mut socket = put(&lab, BUCKET, 4).await;
    assert_eq!(head(&mut socket).await, "HTTP/1.1 100 Continue\r\n\r\n");
    socket.write_all(b"body").await.unwrap();
    let answer = head(&mut socket).await;
    assert!(answer.starts_with("HTTP/1.1 200") && !answer.contains("connection: close"), "{answer}");
}

#[tokio::test]
async fn a_body_that_nobody_wants_is_not_asked_for() {
    let lab = lab().await;
    let mut socket = put(&lab, "missing", 4).await;
    let answer = head(&mut socket).await;
    assert!(answer.starts_with("HTTP/1.1 404") && answer.contains("connection: close"), "{answer}");
}

#[tokio::test]
async fn an_empty_body_is_not_waited_for() {
    let lab = lab().await;
    let mut socket = put(&lab, BUCKET, 0).await;
    let answer = head(&mut socket).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("connection: close"), "{answer}");
    assert_eq!(socket.read(&mut [0; 1]).await.unwrap(), 0);
}
