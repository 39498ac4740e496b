//! The service's clock, for S3 refuses requests that were signed at another time than its own.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::{Duration, SystemTime},
};

use aws_smithy_async::time::TimeSource;
use jiff::{SignedDuration, Timestamp};
use tt_record::{Problem, S3Url};

use crate::{
    Store,
    failure::{Attempt, Failure},
    overheard::Overheard,
    time::skew_of,
};

/// How far a service's clock may be from this machine's to be gone by. A wrong time zone and a dead battery of some days are within it. Whoever is sent a
/// signature for a time to come can use it when that time has come, so no service may choose the time freely.
pub(crate) const FARTHEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The time by which requests are signed, the SDK's and those past it: this machine's, until a service has refused it and told its
/// own. Cheap to clone; all clones are one clock.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock(Arc<AtomicI64>);

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        self.time()
    }
}

/// By how much a clock is ahead of this machine's.
pub(crate) fn ahead(time: Timestamp) -> SignedDuration {
    time.duration_since(Timestamp::now())
}

impl Clock {
    /// Goes by the time of the service from now on, unless that is too far from this machine's. By how much it is ahead.
    pub(crate) fn set(&self, time: Timestamp) -> Option<SignedDuration> {
        let ahead = Some(ahead(time)).filter(|ahead| ahead.abs() <= FARTHEST)?;
        self.0.store(i64::try_from(ahead.as_millis()).ok()?, Relaxed);
        Some(ahead)
    }

    /// The time by it.
    pub(crate) fn time(&self) -> SystemTime {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_does_not_choose_the_time_freely() {
        let (clock, now) = (Clock::default(), Timestamp::now());
        for days in [-30_000, -8, 8, 30_000] {
            assert_eq!(clock.set(now + SignedDuration::from_hours(24 * days)), None);
            let off = Timestamp::try_from(clock.time()).unwrap().duration_since(now);
            assert!(off.abs() < SignedDuration::from_mins(1), "{off}");
        }
        for hours in [-23, 14] {
            let expected = SignedDuration::from_hours(hours);
            assert!(clock.set(now + expected).is_some());
            let off = Timestamp::try_from(TimeSource::now(&clock)).unwrap().duration_since(now);
            assert!((off - expected).abs() < SignedDuration::from_mins(1), "{off}");
        }
    }
}
