//! A multipart upload as a client conducts it.

use bytes::Bytes;
use http::Method;

use super::{
    client::{Answer, Call, Lab},
    sums::{header, sum},
};

/// The smallest part but the last.
pub(crate) const MIB5: usize = 5 * 1024 * 1024;

/// Some bytes, others for another seed.
pub(crate) fn bytes(seed: u8, length: usize) -> Bytes {
    let mut state = u32::from(seed) + 1;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

/// An upload under way.
pub(crate) struct Upload<'a> {
    lab: &'a Lab,
    pub(crate) key: String,
    pub(crate) id: String,
    algorithm: Option<&'static str>,
    listed: Vec<String>,
}

impl<'a> Upload<'a> {
    /// Starts one without a checksum.
    pub(crate) async fn start(lab: &'a Lab, key: &str) -> Self {
        Self::of(lab, key, None, &lab.object(Method::POST, key).query("uploads", "").ok().await)
    }

    /// Starts one with a checksum.
    pub(crate) async fn summed(lab: &'a Lab, key: &str, algorithm: &'static str, scope: &str) -> Self {
        let create = lab
            .object(Method::POST, key)
            .query("uploads", "")
            .header("x-amz-checksum-algorithm", algorithm)
            .header("x-amz-checksum-type", scope);
        Self::of(lab, key, Some(algorithm), &create.ok().await)
    }

    /// The one that an answer tells of.
    pub(crate) fn of(lab: &'a Lab, key: &str, algorithm: Option<&'static str>, answer: &Answer) -> Self {
        let id = answer.text("UploadId");
        assert!(!id.is_empty(), "{answer:?}");
        Self { lab, key: key.to_owned(), id, algorithm, listed: Vec::new() }
    }

    /// A request for the upload itself.
    pub(crate) fn call(&self, method: Method) -> Call {
        self.lab.object(method, &self.key).query("uploadId", &self.id)
    }

    /// The request for a part, without a checksum.
    pub(crate) fn part(&self, number: u32, body: impl Into<Bytes>) -> Call {
        self.call(Method::PUT).query("partNumber", &number.to_string()).body(body)
    }

    /// Sends a part, with its checksum if the upload has one, and notes it for completion.
    pub(crate) async fn send(&mut self, number: u32, body: &Bytes) {
        let mut part = self.part(number, body.clone());
        let mut element = String::new();
        if let Some(algorithm) = self.algorithm {
            let value = sum(algorithm, body);
            part = part.header(&header(algorithm), &value);
            element = format!("<Checksum{algorithm}>{value}</Checksum{algorithm}>");
        }
        let etag = part.ok().await.etag();
        self.list(number, &etag, &element);
    }

    /// Notes a part for completion.
    pub(crate) fn list(&mut self, number: u32, etag: &str, checksum: &str) {
        self.listed
            .push(format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag>{checksum}</Part>"));
    }

    /// The noted parts, for changing them.
    pub(crate) const fn listed(&mut self) -> &mut Vec<String> {
        &mut self.listed
    }

    /// The request that completes it.
    pub(crate) fn complete(&self) -> Call {
        let parts = self.listed.concat();
        self.call(Method::POST).body(format!(
            "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{parts}</CompleteMultipartUpload>"
        ))
    }
}
