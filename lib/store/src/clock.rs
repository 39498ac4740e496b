//! The service's clock, for S3 refuses requests that were signed at another time than its own.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::{Duration, SystemTime},
};

use jiff::{SignedDuration, Timestamp};
use tt_record::{Problem, S3Url};

use crate::{
    Store,
    failure::{Attempt, Failure},
    overheard::Overheard,
    time::skew_of,
};

/// The time by which requests past the SDK are signed: this machine's, until a service has refused it and told its own, as the
/// SDK has a clock of that kind for its own requests. Cheap to clone; all clones are one clock.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock(Arc<AtomicI64>);

impl Clock {
    /// Goes by the time of the service from now on.
    pub(crate) fn set(&self, time: Timestamp) {
        let ahead = time.as_millisecond() - Timestamp::now().as_millisecond();
        self.0.store(ahead, Relaxed);
    }

    /// The time by it.
    pub(crate) fn now(&self) -> SystemTime {
        let (here, ahead) = (SystemTime::now(), self.0.load(Relaxed));
        let distance = Duration::from_millis(ahead.unsigned_abs());
        let there = if ahead < 0 { here.checked_sub(distance) } else { here.checked_add(distance) };
        there.unwrap_or(here)
    }
}

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
