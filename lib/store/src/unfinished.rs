//! ListMultipartUploads and ListParts: what was begun and neither completed nor aborted, by anyone.

use aws_sdk_s3::types::{MultipartUpload, Part};
use jiff::{SignedDuration, Timestamp};
use tt_record::{Problem, S3Url};
use tt_sum::{Algorithm, Sum};

use crate::{
    Store,
    composition::LAST_PART,
    failure::{Attempt, Failure},
    overheard::Overheard,
    parts::MARK,
    put::confirmed,
    time::{skew_of, timestamp},
};

/// An unfinished upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// Where its object would be.
    pub dst: S3Url,
    /// S3's name of the upload.
    pub id: String,
    /// When it was begun, by the service's clock; at the beginning of 1970, where it does not tell.
    pub initiated: Timestamp,
    /// Who began it, by the name or id that S3 knows.
    pub initiator: Option<String>,
}

/// A part that S3 holds for an unfinished upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// From 1 to 10,000.
    pub number: u16,
    /// Size in bytes.
    pub size: u64,
    /// With its quotes.
    pub etag: String,
    /// Its checksum, where the upload was begun with one.
    pub sum: Option<Sum>,
}

impl Held {
    /// Whether it holds the bytes with this checksum; where the service lists none, those whose MD5 its ETag is, if they
    /// are at hand.
    pub fn holds(&self, sum: &Sum, bytes: Option<&[u8]>) -> bool {
        match (&self.sum, bytes) {
            (Some(held), _) => held == sum,
            (None, Some(bytes)) => Sum::of(Algorithm::Md5, bytes).hex() == self.etag.trim_matches('"'),
            (None, None) => false,
        }
    }
}

/// Why a listing is given up whose next page begins where the one before did, or earlier: it would have no end.
const NO_PROGRESS: &str = "the pages of the service do not go on";

/// A listing of unfinished uploads under way.
pub struct Uploads {
    store: Store,
    prefix: S3Url,
    /// The last key and id of the page before.
    after: Option<(Option<String>, Option<String>)>,
    /// By how much the service's clock is ahead of ours.
    skew: SignedDuration,
    done: bool,
}

impl Store {
    /// Starts to list the unfinished uploads to keys that begin with that of `prefix`.
    pub fn uploads(&self, prefix: &S3Url) -> Uploads {
        Uploads {
            store: self.clone(),
            prefix: prefix.clone(),
            after: None,
            skew: SignedDuration::ZERO,
            done: false,
        }
    }

    /// The parts that S3 holds for an upload, in the order of their numbers; `None` if it does not know the upload any
    /// more.
    pub async fn held(&self, dst: &S3Url, id: &str) -> Result<Option<Vec<Held>>, Problem> {
        let attempt = Attempt { verb: "list the parts of", needs: "s3:ListMultipartUploadParts", place: dst };
        let request = self.sdk.list_parts().bucket(&dst.bucket).key(&dst.key).upload_id(id);
        let (mut parts, mut after) = (Vec::new(), None);
        loop {
            let request = request.clone().set_part_number_marker(after.clone());
            let send = || async { request.clone().send().await.map_err(|e| Failure::of(&e, attempt)) };
            let page = match self.retry.run(send).await {
                Ok(page) => page,
                Err(failure) if failure.code.as_deref() == Some("NoSuchUpload") => return Ok(None),
                Err(failure) => return Err(failure.problem),
            };
            for part in page.parts.unwrap_or_default().iter().filter_map(held) {
                // They come in the order of their numbers: what does not is not what was asked for.
                if part.number <= MARK && parts.last().is_none_or(|last: &Held| last.number < part.number) {
                    parts.push(part);
                }
            }
            if !page.is_truncated.unwrap_or(false) || page.next_part_number_marker.is_none() {
                return Ok(Some(parts));
            }
            let place = |marker: &Option<String>| marker.as_deref()?.parse::<u32>().ok();
            let (next, last) = (place(&page.next_part_number_marker), place(&after));
            if next <= last || next > Some(LAST_PART) {
                return Err(attempt.refused(NO_PROGRESS).problem);
            }
            after = page.next_part_number_marker;
        }
    }
}

impl Uploads {
    /// What time it is by the service's clock, as far as it told.
    pub fn now(&self) -> Timestamp {
        Timestamp::now().checked_add(self.skew).unwrap_or_else(|_| Timestamp::now())
    }

    /// The next page, at most 1,000 uploads; `None` behind the last.
    pub async fn next_page(&mut self) -> Result<Option<Vec<Unfinished>>, Problem> {
        if self.done {
            return Ok(None);
        }
        let attempt = Attempt {
            verb: "list the unfinished uploads below",
            needs: "s3:ListBucketMultipartUploads",
            place: &self.prefix,
        };
        let after = self.after.take().unwrap_or_default();
        let (key, id) = after.clone();
        let S3Url { bucket, key: prefix } = &self.prefix;
        let request = self.store.sdk.list_multipart_uploads().bucket(bucket).prefix(prefix);
        let request = request.set_key_marker(key).set_upload_id_marker(id);
        let send = || async {
            let (sent, overheard) = (Timestamp::now(), Overheard::default());
            let answered = request.clone().customize().interceptor(overheard.clone()).send().await;
            let page = answered.map_err(|e| Failure::of(&e, attempt))?;
            Ok((page, skew_of(&overheard.headers(), sent)))
        };
        let page = match self.store.retry.run(send).await {
            Ok((page, skew)) => {
                self.skew = skew.unwrap_or(self.skew);
                page
            }
            // Some services say so where there are none.
            Err(failure) if failure.code.as_deref() == Some("NoSuchUpload") => {
                self.done = true;
                return Ok(Some(Vec::new()));
            }
            Err(failure) => return Err(failure.problem),
        };
        self.done = !page.is_truncated.unwrap_or(false);
        let next = (page.next_key_marker, page.next_upload_id_marker);
        if !self.done && next.0.is_none() {
            return Err(attempt.refused("more follow, and it is not said how to get there").problem);
        }
        if !self.done && (next.0 < after.0 || next == after) {
            return Err(attempt.refused(NO_PROGRESS).problem);
        }
        self.after = Some(next);
        let uploads = page.uploads.unwrap_or_default().into_iter();
        let below = uploads.filter_map(|upload| unfinished(bucket, upload));
        // Whatever else a service names was not asked for, and may be about to be aborted.
        Ok(Some(below.filter(|upload| upload.dst.key.starts_with(prefix)).collect()))
    }
}

fn unfinished(bucket: &str, upload: MultipartUpload) -> Option<Unfinished> {
    let initiator = upload.initiator.and_then(|by| by.display_name.or(by.id));
    Some(Unfinished {
        dst: S3Url { bucket: bucket.to_owned(), key: upload.key? },
        id: upload.upload_id?,
        initiated: upload.initiated.map_or(Timestamp::UNIX_EPOCH, timestamp),
        initiator: initiator.filter(|name| !name.is_empty()),
    })
}

fn held(part: &Part) -> Option<Held> {
    let sum = Algorithm::ALL.into_iter().find_map(|algorithm| {
        let value: Option<&str> = confirmed!(part, algorithm);
        Sum::parse(algorithm, value?)
    });
    Some(Held {
        number: u16::try_from(part.part_number?).ok()?,
        size: u64::try_from(part.size?).ok()?,
        etag: part.e_tag.clone()?,
        sum,
    })
}
