//! Credentials, kept until shortly before they run out, and asked for anew when S3 says that they have. One place for both
//! ways of sending.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use aws_credential_types::{
    Credentials as Keys,
    provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future},
};
use aws_smithy_runtime_api::client::identity::Identity;
use tt_record::keep_secret;

/// Credentials with less time left than this are replaced, if they lasted longer to begin with.
const MARGIN: Duration = Duration::from_mins(5);

/// Credentials that are not older than this are not those that S3 said had expired.
const YOUNG: Duration = Duration::from_secs(1);

/// The credentials of a client. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Credentials(Arc<Inner>);

struct Inner {
    provider: SharedCredentialsProvider,
    current: Mutex<Option<Current>>,
    /// Held by the one that asks for new ones; the others wait for its answer.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
struct Current {
    keys: Keys,
    /// The same, as signatures want them.
    identity: Identity,
    since: SystemTime,
    /// When to ask for new ones.
    renew: Option<SystemTime>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}

impl Current {
    fn new(keys: Keys, now: SystemTime) -> Self {
        keep_secret(keys.secret_access_key());
        keys.session_token().into_iter().for_each(keep_secret);
        // Some are short-lived from the start: they are not to be asked for again with each request.
        let renew = keys.expiry().map(|end| {
            let left = end.duration_since(now).unwrap_or_default();
            end - MARGIN.min(left / 2)
        });
        Self { identity: keys.clone().into(), keys, since: now, renew }
    }

    fn is_over(&self, now: SystemTime) -> bool {
        self.keys.expiry().is_some_and(|end| end <= now)
    }
}

impl Credentials {
    pub(crate) fn new(provider: SharedCredentialsProvider) -> Self {
        Self(Arc::new(Inner { provider, current: Mutex::default(), asking: tokio::sync::Mutex::default() }))
    }

    /// S3 says that the credentials have expired: the next request asks for new ones.
    pub(crate) fn forget(&self) {
        let mut current = self.0.current.lock().unwrap_or_else(PoisonError::into_inner);
        let age = |current: &Current| current.since.elapsed().unwrap_or_default();
        if current.as_ref().is_some_and(|current| age(current) > YOUNG) {
            *current = None;
        }
    }

    /// What requests are signed with.
    pub(crate) async fn identity(&self) -> Result<Identity, CredentialsError> {
        Ok(self.current().await?.identity)
    }

    async fn current(&self) -> Result<Current, CredentialsError> {
        if let Some(current) = self.kept() {
            return Ok(current);
        }
        let _asking = self.0.asking.lock().await;
        match self.kept() {
            Some(current) => Ok(current),
            None => self.ask().await,
        }
    }

    /// Those that are here, unless it is time for new ones.
    fn kept(&self) -> Option<Current> {
        let current = self.0.current.lock().unwrap_or_else(PoisonError::into_inner);
        let now = SystemTime::now();
        current.as_ref().filter(|current| current.renew.is_none_or(|renew| now < renew)).cloned()
    }

    async fn ask(&self) -> Result<Current, CredentialsError> {
        let now = SystemTime::now();
        let answer = self.0.provider.provide_credentials().await;
        let mut current = self.0.current.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Ok(keys) => Ok(current.insert(Current::new(keys, now)).clone()),
            // What is there may still be good: no reason to stop.
            Err(error) => current.clone().filter(|current| !current.is_over(now)).ok_or(error),
        }
    }
}

impl ProvideCredentials for Credentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async { Ok(self.current().await?.keys) })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

    use super::*;

    /// Gives credentials for so long, and counts how often it is asked.
    #[derive(Debug)]
    struct Issuer(Arc<AtomicU32>, Option<Duration>);

    impl ProvideCredentials for Issuer {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            self.0.fetch_add(1, Relaxed);
            let end = self.1.map(|life| SystemTime::now() + life);
            future::ProvideCredentials::ready(Ok(Keys::new("a", "b", None, end, "test")))
        }
    }

    async fn asked(life: Option<Duration>, forget: bool) -> u32 {
        let count = Arc::new(AtomicU32::new(0));
        let credentials = Credentials::new(SharedCredentialsProvider::new(Issuer(Arc::clone(&count), life)));
        for _ in 0..3 {
            credentials.identity().await.unwrap();
            if forget {
                let mut current = credentials.0.current.lock().unwrap();
                current.as_mut().unwrap().since -= YOUNG * 2;
                drop(current);
                credentials.forget();
            }
        }
        count.load(Relaxed)
    }

    #[tokio::test]
    async fn they_are_asked_for_when_they_are_over_or_said_to_be() {
        assert_eq!(asked(None, false).await, 1);
        assert_eq!(asked(Some(Duration::from_hours(1)), false).await, 1);
        assert_eq!(asked(Some(Duration::ZERO), false).await, 3);
        assert_eq!(asked(None, true).await, 3);
    }
}
