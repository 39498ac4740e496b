//! Names to addresses, remembered for a moment.
//!
//! S3 gives eight of its addresses with each answer, and others a few seconds later. So an answer serves all connections
//! of a few seconds, each of which begins with another address of it; and where names can't be resolved for a while, the
//! last answer goes on serving.

use std::{
    collections::HashMap,
    future::Future,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
    vec,
};

use hyper_util::client::legacy::connect::dns::Name;
use tokio::{
    net::lookup_host,
    sync,
    time::{Instant, timeout},
};
use tower_service::Service;

/// How long an answer serves before the system is asked anew.
const FRESH: Duration = Duration::from_secs(5);

/// How long it serves where asking anew fails.
const USABLE: Duration = Duration::from_mins(1);

/// How long asking may take while there is an answer that can serve: a lost packet alone costs 5 s.
const PATIENCE: Duration = Duration::from_secs(1);

/// So many addresses of a family are tried for one connection. S3 gives eight, and a time limit that these share would be too short
/// for a slow link; the next connection begins with others.
pub(super) const AT_ONCE: usize = 2;

type Addresses = Vec<SocketAddr>;
type Lookup = Pin<Box<dyn Future<Output = io::Result<Addresses>> + Send>>;

/// Resolves names. Cheap to clone; all clones remember the same.
#[derive(Clone)]
pub(crate) struct Resolver {
    lookup: Arc<dyn Fn(Name) -> Lookup + Send + Sync>,
    names: Arc<Mutex<HashMap<Name, Arc<sync::Mutex<Known>>>>>,
}

/// What is known of a name.
#[derive(Default)]
struct Known {
    /// The last answer, and when it came.
    answer: Option<(Addresses, Instant)>,
    /// When the last lookup ended, and why it failed, if it did.
    looked_up: Option<(Instant, Option<String>)>,
    /// How many connections were served.
    served: usize,
}

impl Resolver {
    /// Asks the system (getaddrinfo).
    pub(super) fn system() -> Self {
        Self::asking(|name| Box::pin(async move { Ok(lookup_host((name.as_str(), 0)).await?.collect()) }))
    }

    fn asking(lookup: impl Fn(Name) -> Lookup + Send + Sync + 'static) -> Self {
        Self { lookup: Arc::new(lookup), names: Arc::default() }
    }

    fn known(&self, name: &Name) -> Arc<sync::Mutex<Known>> {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(names.entry(name.clone()).or_default())
    }

    async fn resolve(self, name: Name) -> io::Result<Addresses> {
        let (known, asked) = (self.known(&name), Instant::now());
        // Whoever comes while the system is being asked waits here, and takes what comes of that.
        let mut known = known.lock().await;
        if known.needs_lookup(asked) {
            known.learn((self.lookup)(name)).await;
        }
        known.serve()
    }
}

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let resolver = self.clone();
        Box::pin(async move { Ok(resolver.resolve(name).await?.into_iter()) })
    }
}

impl Known {
    /// Whether somebody who asked at that moment is to be told something newer.
    fn needs_lookup(&self, asked: Instant) -> bool {
        let Some((ended, _)) = self.looked_up else { return true };
        ended <= asked && (ended.elapsed() >= FRESH || self.usable().is_none())
    }

    fn usable(&self) -> Option<&Addresses> {
        self.answer.as_ref().filter(|(_, came)| came.elapsed() < USABLE).map(|(addresses, _)| addresses)
    }

    async fn learn(&mut self, lookup: Lookup) {
        let patience = self.usable().map_or(Duration::MAX, |_| PATIENCE);
        let result = timeout(patience, lookup).await.unwrap_or_else(|late| Err(late.into()));
        let now = Instant::now();
        let failure = result.map(|addresses| self.answer = Some((addresses, now))).err();
        self.looked_up = Some((now, failure.map(|e| e.to_string())));
    }

    fn serve(&mut self) -> io::Result<Addresses> {
        let turn = self.served;
        self.served = turn.wrapping_add(1);
        if let Some(addresses) = self.usable() {
            return Ok(rotated(addresses, turn));
        }
        let failure = self.looked_up.as_ref().and_then(|(_, failure)| failure.clone());
        Err(io::Error::other(failure.unwrap_or_default()))
    }
}

/// Some of the addresses, beginning with another one each turn. Those of the family that comes first stay before the others: the
/// system knows which of the two works better here.
fn rotated(addresses: &[SocketAddr], turn: usize) -> Addresses {
    let preferred = addresses.first().is_some_and(SocketAddr::is_ipv4);
    let (first, second): (Addresses, Addresses) =
        addresses.iter().partition(|address| address.is_ipv4() == preferred);
    let each = |mut family: Addresses| {
        let by = turn.checked_rem(family.len()).unwrap_or_default();
        family.rotate_left(by);
        family.truncate(AT_ONCE);
        family
    };
    [each(first), each(second)].concat()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

    use tokio::time::sleep;

    use super::*;

    /// Answers after a while, with an address that tells how often it was asked before, and three others; or fails.
    #[derive(Clone, Default)]
    struct System {
        asked: Arc<AtomicUsize>,
        down: Arc<AtomicBool>,
    }

    const LATENCY: Duration = Duration::from_millis(20);

    impl System {
        fn resolver(&self) -> Resolver {
            let system = self.clone();
            Resolver::asking(move |_| {
                let system = system.clone();
                Box::pin(async move {
                    let number = system.asked.fetch_add(1, Relaxed);
                    sleep(LATENCY).await;
                    if system.down.load(Relaxed) {
                        return Err(io::Error::other(format!("no answer to question {number}")));
                    }
                    Ok(["[::1]:0", "10.0.0.1:0", "[::2]:0"]
                        .map(|address| address.parse().unwrap())
                        .into_iter()
                        .chain([SocketAddr::from(([10, 0, 1, u8::try_from(number).unwrap()], 0))])
                        .collect())
                })
            })
        }

        fn asked(&self) -> usize {
            self.asked.load(Relaxed)
        }
    }

    async fn resolve(resolver: &Resolver, name: &str) -> Result<Vec<String>, String> {
        let name = name.parse().unwrap();
        let addresses = resolver.clone().call(name).await.map_err(|e| e.to_string())?;
        Ok(addresses.map(|address| address.ip().to_string()).collect())
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_serves_for_a_while_and_each_time_in_another_order() {
        let system = System::default();
        let resolver = system.resolver();
        assert_eq!(resolve(&resolver, "a").await.unwrap(), ["::1", "::2", "10.0.0.1", "10.0.1.0"]);
        assert_eq!(resolve(&resolver, "a").await.unwrap(), ["::2", "::1", "10.0.1.0", "10.0.0.1"]);
        assert_eq!(resolve(&resolver, "a").await.unwrap(), ["::1", "::2", "10.0.0.1", "10.0.1.0"]);
        assert_eq!(system.asked(), 1);
        resolve(&resolver, "b").await.unwrap();
        assert_eq!(system.asked(), 2);
        sleep(FRESH).await;
        assert!(resolve(&resolver, "a").await.unwrap().contains(&"10.0.1.2".to_owned()));
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_ask_at_once_ask_once() {
        let system = System::default();
        let resolver = system.resolver();
        for down in [false, true] {
            system.down.store(down, Relaxed);
            let results =
                tokio::join!(resolve(&resolver, "a"), resolve(&resolver, "a"), resolve(&resolver, "a"));
            for result in [results.0, results.1, results.2] {
                assert_eq!(result.is_err(), down, "{result:?}");
            }
            assert_eq!(system.asked(), 1 + usize::from(down));
            sleep(USABLE).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_takes_nobody_along() {
        let system = System::default();
        let resolver = system.resolver();
        let (given_up, waited) =
            tokio::join!(timeout(LATENCY / 2, resolve(&resolver, "a")), resolve(&resolver, "a"));
        assert!(given_up.is_err() && waited.is_ok(), "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_good_answer_serves_while_there_is_no_other() {
        let system = System::default();
        let resolver = system.resolver();
        let good = resolve(&resolver, "a").await.unwrap();
        system.down.store(true, Relaxed);
        for _ in 0..9 {
            sleep(FRESH + Duration::from_secs(1)).await;
            let mut old = resolve(&resolver, "a").await.unwrap();
            resolve(&resolver, "a").await.unwrap();
            old.sort();
            assert_eq!(old, {
                let mut good = good.clone();
                good.sort();
                good
            });
        }
        assert_eq!(system.asked(), 10, "asked anew once in a while, and not each time");
        sleep(Duration::from_secs(10)).await;
        assert_eq!(resolve(&resolver, "a").await.unwrap_err(), "no answer to question 10");
        system.down.store(false, Relaxed);
        resolve(&resolver, "a").await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_long_for_what_is_known() {
        let asked = Arc::new(AtomicUsize::new(0));
        let resolver = Resolver::asking(move |_| {
            let first = asked.fetch_add(1, Relaxed) == 0;
            Box::pin(async move {
                sleep(if first { LATENCY } else { USABLE * 2 }).await;
                Ok(vec![SocketAddr::from(([10, 0, 0, 1], 0))])
            })
        });
        let good = resolve(&resolver, "a").await;
        sleep(FRESH).await;
        let started = Instant::now();
        assert_eq!(resolve(&resolver, "a").await, good);
        assert!(started.elapsed() < PATIENCE * 2, "{:?}", started.elapsed());
    }
}
