//! The service's clock, for S3 refuses requests that were signed at another time than its own.

use jiff::{SignedDuration, Timestamp};
use tt_record::{Problem, S3Url};

use crate::{
    Store,
    failure::{Attempt, Failure},
    overheard::Overheard,
    time::skew_of,
};

impl Store {
    /// By how much the service's clock is ahead of ours at least, or, where it is negative, behind; `None` where the service
    /// does not tell the time. Fails only where nobody answers at all: whatever the answer is, it has a date.
    pub async fn skew(&self, place: &S3Url) -> Result<Option<SignedDuration>, Problem> {
        let attempt = Attempt { verb: "reach", needs: "s3:ListBucket", place };
        let request = self.sdk.head_bucket().bucket(&place.bucket);
        let ask = || async {
            let (sent, overheard) = (Timestamp::now(), Overheard::default());
            let answered = request.clone().customize().interceptor(overheard.clone()).send().await;
            let headers = overheard.headers();
            match answered {
                Err(e) if headers.is_empty() => Err(Failure::of(&e, attempt)),
                _ => Ok(skew_of(&headers, sent)),
            }
        };
        self.retry.run(ask).await.map_err(|failure| failure.problem)
    }
}
