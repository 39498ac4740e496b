//! A bare HTTP client, for what no tool of ours would ask of S3. The endpoint must answer requests without a signature.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::TcpStream,
};

use crate::BUCKET;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// Such as 200.
    pub status: u16,
    /// Status line and headers.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The text between `<name>` and `</name>` in the body.
    #[track_caller]
    pub fn element(&self, name: &str) -> String {
        let body = String::from_utf8_lossy(&self.body);
        let (_, rest) = body.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("no {name}: {body}"));
        rest.split_once("</").unwrap().0.to_owned()
    }

    /// The value of a header; names are written in small letters.
    #[track_caller]
    pub fn header(&self, name: &str) -> String {
        let line = self.head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        line.unwrap_or_else(|| panic!("no {name}: {}", self.head)).to_owned()
    }
}

/// Headers that are not the same for any two objects, or not each time.
const INDIVIDUAL: [&str; 7] =
    ["content-length", "date", "etag", "last-modified", "x-amz-id-2", "x-amz-request-id", "connection"];

/// What HEAD tells of an object that must be there, but for what is individual.
#[track_caller]
pub fn head(url: &str, key: &str, headers: &[(&str, &str)]) -> BTreeMap<String, String> {
    let answer = request(url, "HEAD", &format!("/{BUCKET}/{key}"), headers, b"");
    assert_eq!(answer.status, 200, "{answer:?}");
    let told = answer.head.lines().filter_map(|line| line.split_once(": "));
    told.filter(|(name, _)| !INDIVIDUAL.contains(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Sends one request over a connection of its own. `target` is path and query, percent-encoded; `url` an `http://` one.
#[track_caller]
pub fn request(url: &str, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let host = url.strip_prefix("http://").expect("no TLS here");
    let mut stream = TcpStream::connect(host).unwrap();
    let mut head = format!(
        "{method} {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(b"\r\n").unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    parse(&answer)
}

/// Bodies are short here, so one in chunks is left as it came: what tests look for stands in one of them.
fn parse(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head with an end");
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    Answer { status, head, body: bytes[end + 4..].to_vec() }
}
