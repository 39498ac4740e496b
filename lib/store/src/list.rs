//! ListObjectsV2: what is below a prefix, page by page, in the order of the keys.

use jiff::Timestamp;
use tt_record::{Problem, ProblemKind, S3Url};

use crate::{
    Store,
    failure::{Attempt, Failure},
};

/// The suffix of directory buckets (S3 Express), which list without order.
const DIRECTORY_BUCKET: &str = "--x-s3";

/// An object, as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its key, byte for byte.
    pub key: String,
    /// Size in bytes.
    pub size: u64,
    /// When it was written, to the second.
    pub modified: Timestamp,
    /// With its quotes.
    pub etag: Option<String>,
}

/// A listing under way.
pub struct Listing {
    store: Store,
    prefix: S3Url,
    token: Option<String>,
    last: Option<String>,
    done: bool,
}

impl Store {
    /// Starts to list the objects whose keys begin with that of `prefix`. Directory buckets are refused: they list in
    /// no order, and a diff needs one.
    pub fn list(&self, prefix: &S3Url) -> Result<Listing, Problem> {
        if prefix.bucket.ends_with(DIRECTORY_BUCKET) {
            let message =
                format!("can't list s3://{}/: directory buckets list their keys in no order", prefix.bucket);
            return Err(Problem::new(ProblemKind::Config, message).hint("use a general purpose bucket"));
        }
        Ok(Listing { store: self.clone(), prefix: prefix.clone(), token: None, last: None, done: false })
    }
}

impl Listing {
    /// The next page, at most 1,000 objects; `None` behind the last.
    pub async fn next_page(&mut self) -> Result<Option<Vec<Listed>>, Problem> {
        if self.done {
            return Ok(None);
        }
        let attempt = Attempt { verb: "list", needs: "s3:ListBucket", place: &self.prefix };
        let request = self
            .store
            .sdk
            .list_objects_v2()
            .bucket(&self.prefix.bucket)
            .prefix(&self.prefix.key)
            .set_continuation_token(self.token.clone());
        let page = self
            .store
            .retry
            .run(|| async { request.clone().send().await.map_err(|e| Failure::of(&e, attempt)) })
            .await
            .map_err(|failure| failure.problem)?;
        self.token = page.next_continuation_token;
        self.done = !page.is_truncated.unwrap_or(false);
        if !self.done && self.token.is_none() {
            return Err(self.wrong("the service says that more follows, but not how to get there"));
        }
        let objects: Vec<_> = page.contents.unwrap_or_default().into_iter().filter_map(listed).collect();
        self.check_order(&objects)?;
        Ok(Some(objects))
    }

    /// A diff against keys out of order would plan what is there already, and miss what is not.
    fn check_order(&mut self, objects: &[Listed]) -> Result<(), Problem> {
        let mut last = self.last.take();
        for object in objects {
            if last.as_ref().is_some_and(|last| *last >= object.key) {
                return Err(self.wrong("the service lists keys out of order"));
            }
            last = Some(object.key.clone());
        }
        self.last = last;
        Ok(())
    }

    fn wrong(&self, what: &str) -> Problem {
        Problem::new(ProblemKind::Refused, format!("can't list {}: {what}", self.prefix))
    }
}

fn listed(object: aws_sdk_s3::types::Object) -> Option<Listed> {
    let modified = object.last_modified.map_or(Timestamp::UNIX_EPOCH, timestamp);
    let size = u64::try_from(object.size.unwrap_or(0)).unwrap_or(0);
    Some(Listed { key: object.key?, size, modified, etag: object.e_tag })
}

/// A point in time as the rest of the tools know it.
pub(crate) fn timestamp(time: aws_sdk_s3::primitives::DateTime) -> Timestamp {
    let nanos = i32::try_from(time.subsec_nanos()).unwrap_or(0);
    Timestamp::new(time.secs(), nanos).unwrap_or(Timestamp::UNIX_EPOCH)
}
