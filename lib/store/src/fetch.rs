//! GetObject: bytes of an object, as they come; nothing is stored.

use std::sync::{Mutex, PoisonError};

use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{IF_MATCH, RANGE},
};
use tt_record::{Problem, ProblemKind, S3Url};

use crate::{
    Head, Store,
    direct::{Portion, Sink, Way},
    failure::{Attempt, Cure, Failure},
};

/// So many bytes that have come are worth as many retries again.
const ADVANCE: u64 = 1 << 20;

/// Where the bytes go, and how many have come.
struct Taken<F> {
    bytes: u64,
    take: F,
}

impl Store {
    /// Gets `length` bytes from `offset` on of the object that `head` describes, and hands them to `take` as they come: each
    /// byte once, whatever happens on the way. Fails where another object took its place, and where the size of the object is not
    /// known and it has not `length` bytes from there on.
    pub async fn fetch(
        &self,
        dst: &S3Url,
        head: &Head,
        offset: u64,
        length: u64,
        take: impl FnMut(&[u8]) + Send,
    ) -> Result<(), Problem> {
        // Of one whose size is not known, nothing shows that nothing is to come.
        if length == 0 && head.size.is_some() {
            return Ok(());
        }
        let attempt = Attempt { verb: "download", needs: "s3:GetObject", place: dst };
        let way = self.direct.way(&dst.bucket).await;
        let taken = Mutex::new(Taken { bytes: 0, take });
        let get = || async {
            let came = taken.lock().unwrap_or_else(PoisonError::into_inner).bytes;
            // What has come before the connection broke is not asked for again.
            if came == length && came > 0 {
                // All of it came, and only the end of the answer was lost.
                return Ok(());
            }
            let stretch = Stretch { offset: offset + came, length: length - came, head };
            let mut take = |bytes: &[u8]| {
                let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
                taken.bytes += bytes.len() as u64;
                (taken.take)(bytes);
            };
            let portion = Portion::new(stretch.length, &mut take);
            match &way {
                Some(way) => stretch.get_directly(way, portion, attempt).await?,
                None => Box::pin(stretch.get_by_sdk(self, portion, attempt)).await?,
            }
            let came = taken.lock().unwrap_or_else(PoisonError::into_inner).bytes;
            let short = || attempt.refused(format_args!("{came} bytes came instead of {length}"));
            if came == length { Ok(()) } else { Err(short()) }
        };
        loop {
            let before = taken.lock().unwrap_or_else(PoisonError::into_inner).bytes;
            let Err(failure) = self.retry.run(&get).await else { return Ok(()) };
            let came = taken.lock().unwrap_or_else(PoisonError::into_inner).bytes - before;
            // However long a download is, what is retried is the next stretch of it.
            if failure.cure == Cure::None || came < ADVANCE {
                return Err(match failure.problem {
                    problem if problem.kind == ProblemKind::Precondition => replaced(dst),
                    problem => problem,
                });
            }
        }
    }
}

/// Bytes of an object that are to be asked for.
struct Stretch<'a> {
    offset: u64,
    length: u64,
    head: &'a Head,
}

impl Stretch<'_> {
    /// The value of the header Range; none for all bytes.
    fn range(&self) -> Option<String> {
        let Self { offset, length, head } = self;
        let all = *offset == 0 && head.size.is_none_or(|size| *length >= size);
        (!all && *length > 0).then(|| format!("bytes={offset}-{}", offset + length - 1))
    }

    async fn get_directly(
        &self,
        way: &Way<'_>,
        portion: Portion<'_>,
        attempt: Attempt<'_>,
    ) -> Result<(), Failure> {
        let range = self.range();
        let expected = if range.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
        let mut headers = HeaderMap::new();
        for (name, value) in [(RANGE, range.as_deref()), (IF_MATCH, self.head.etag.as_deref())] {
            if let Some(value) = value {
                let value = HeaderValue::from_str(value).map_err(|e| attempt.refused(e))?;
                headers.insert(name, value);
            }
        }
        let answer = way.get(headers, Sink { expected, portion }, attempt).await?;
        let ignored = || attempt.refused("the service gives all of it where a part was asked for");
        if answer.status() == expected { Ok(()) } else { Err(ignored()) }
    }

    async fn get_by_sdk(
        &self,
        store: &Store,
        mut portion: Portion<'_>,
        attempt: Attempt<'_>,
    ) -> Result<(), Failure> {
        let S3Url { bucket, key } = attempt.place;
        let request = store.sdk.get_object().bucket(bucket).key(key).set_range(self.range());
        let answered = request.set_if_match(self.head.etag.clone()).send().await;
        let mut body = answered.map_err(|e| Failure::of(&e, attempt))?.body;
        while let Some(bytes) = body.next().await {
            let broken_off = |e| Failure::local(attempt.problem(ProblemKind::Unreachable, e), Cure::Retry);
            let handed_on = portion.hand_on(&bytes.map_err(broken_off)?);
            handed_on.map_err(|transport| Failure::of_transport(&transport, attempt))?;
        }
        Ok(())
    }
}

fn replaced(dst: &S3Url) -> Problem {
    let message = format!("{dst} was replaced by another object while it was downloaded");
    Problem::new(ProblemKind::Changing, message).hint("run the same command again when nobody writes to it")
}
