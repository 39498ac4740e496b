//! Trying again: which failures, how often, and how long apart.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use backon::{ExponentialBuilder, Retryable as _, Sleeper};
use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;
use tt_record::Problem;

use crate::{
    Reentry,
    clock::Clock,
    credentials::Credentials,
    failure::{Cure, Failure},
};

const FIRST_DELAY: Duration = Duration::from_millis(100);
const LONGEST_DELAY: Duration = Duration::from_secs(20);

/// How long we are ready to wait where the service names a time.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// How often a service is tried again that was never reached: a wrong address should show within seconds.
const FIRST_CONTACTS: usize = 2;

/// Told of each failure that is tried again, and how long from now.
pub type RetryNote = Arc<dyn Fn(&Problem, Duration) + Send + Sync>;

/// Told of what may surprise, without being a failure.
pub type Warning = Arc<dyn Fn(&str) + Send + Sync>;

/// Tries requests again, with exponentially growing, jittered delays. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Retry {
    /// How often a request is retried.
    pub(crate) retries: usize,
    /// Whether the service ever answered any client of the session.
    pub(crate) reached: Arc<AtomicBool>,
    pub(crate) note: RetryNote,
    pub(crate) warning: Warning,
    /// Where requests wait before they are retried.
    pub(crate) reentry: Option<Arc<dyn Reentry>>,
    /// None where requests are not signed.
    pub(crate) credentials: Option<Credentials>,
    pub(crate) clock: Clock,
}

/// What one request went through.
#[derive(Default)]
struct History {
    /// How often there was no connection.
    contacts: usize,
    /// Whether new credentials were asked for.
    renewed: bool,
    /// Whether the clock was set.
    clock_set: bool,
}

impl Retry {
    /// Does `attempt` until it succeeds, fails for good, or failed too often.
    pub(crate) async fn run<T, F>(&self, attempt: impl FnMut() -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let (mut history, mut again) = (History::default(), false);
        let result = attempt
            .retry(self.delays())
            .sleep(Pause(self.reentry.clone()))
            .when(|failure: &Failure| self.again(failure, &mut history))
            .adjust(|failure, delay| {
                delay.map(|delay| delay.max(failure.retry_after.unwrap_or_default().min(LONGEST_WAIT)))
            })
            .notify(|failure, delay| {
                again = true;
                (self.note)(&failure.problem, delay);
            })
            .await;
        if result.is_ok() {
            self.reached.store(true, Relaxed);
        }
        result.map_err(|failure| Failure { retried: again, ..failure })
    }

    fn again(&self, failure: &Failure, history: &mut History) -> bool {
        if failure.status.is_some() {
            self.reached.store(true, Relaxed);
        }
        if failure.is_expiry() {
            return self.renew(history);
        }
        if let Some(time) = &failure.service_time {
            return self.set_clock(**time, history);
        }
        match failure.cure {
            Cure::None => false,
            Cure::Retry => true,
            Cure::Reconnect if self.reached.load(Relaxed) => true,
            Cure::Reconnect => {
                history.contacts += 1;
                history.contacts <= FIRST_CONTACTS
            }
        }
    }

    /// Sees to it that the next attempt has new credentials, once.
    fn renew(&self, history: &mut History) -> bool {
        if let Some(credentials) = self.credentials.as_ref().filter(|_| !history.renewed) {
            credentials.forget();
            history.renewed = true;
            return true;
        }
        false
    }

    /// Sees to it that the next attempt is signed by the service's clock, once.
    fn set_clock(&self, time: Timestamp, history: &mut History) -> bool {
        let Some(ahead) = self.clock.set(time).filter(|_| !history.clock_set) else { return false };
        history.clock_set = true;
        let direction = if ahead.is_negative() { "ahead of" } else { "behind" };
        let off = SignedDuration::from_secs(ahead.abs().as_secs());
        (self.warning)(&format!(
            "the clock here is {off:#} {direction} that of the service, which refuses requests for that: they are signed for its \
             time now; set the clock, such as with NTP"
        ));
        true
    }

    fn delays(&self) -> ExponentialBuilder {
        ExponentialBuilder::new()
            .with_min_delay(FIRST_DELAY)
            .with_max_delay(LONGEST_DELAY)
            .with_max_times(self.retries)
            .with_jitter()
    }
}

/// The pause before a retry.
struct Pause(Option<Arc<dyn Reentry>>);

impl Sleeper for Pause {
    type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

    fn sleep(&self, delay: Duration) -> Self::Sleep {
        Box::pin(wait(self.0.clone(), delay))
    }
}

/// Waits before a retry. Another request may have the place as long as it takes.
async fn wait(reentry: Option<Arc<dyn Reentry>>, delay: Duration) {
    let Some(reentry) = reentry else { return sleep(delay).await };
    reentry.leave();
    let mut outside = Outside(Some(&*reentry));
    sleep(delay).await;
    reentry.enter().await;
    outside.0 = None;
}

/// A request that has left its place. Where it is given up, it takes one again, for whoever made it is about to leave.
struct Outside<'r>(Option<&'r dyn Reentry>);

impl Drop for Outside<'_> {
    fn drop(&mut self) {
        if let Some(reentry) = self.0 {
            reentry.force();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use tt_record::ProblemKind;

    use super::*;

    async fn attempts(retry: &Retry, cure: Cure, heals_after: usize) -> (usize, bool) {
        let count = AtomicUsize::new(0);
        let result = retry
            .run(|| async {
                if count.fetch_add(1, Relaxed) < heals_after {
                    Err(Failure::local(Problem::new(ProblemKind::Server, "no"), cure))
                } else {
                    Ok(())
                }
            })
            .await;
        (count.into_inner(), result.is_ok())
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_may_heal_is_tried_again() {
        let retry = Retry {
            retries: 5,
            reached: Arc::default(),
            note: Arc::new(|_, _| {}),
            warning: Arc::new(|_| {}),
            reentry: None,
            credentials: None,
            clock: Clock::default(),
        };
        assert_eq!(attempts(&retry, Cure::Reconnect, usize::MAX).await, (1 + FIRST_CONTACTS, false));
        assert_eq!(attempts(&retry, Cure::None, 1).await, (1, false));
        assert_eq!(attempts(&retry, Cure::Retry, 3).await, (4, true));
        assert_eq!(attempts(&retry, Cure::Retry, usize::MAX).await, (6, false));
        // Once it was reached, a lost connection is a hiccup.
        assert_eq!(attempts(&retry, Cure::Reconnect, usize::MAX).await, (6, false));
    }
}
