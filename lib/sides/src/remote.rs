//! The bucket.

use std::{
    borrow::Cow,
    cmp::Ordering,
    sync::{Arc, OnceLock, mpsc::SyncSender},
};

use jiff::{SignedDuration, Timestamp};
use tt_cli::{Console, start_thread};
use tt_record::{Problem, ProblemKind, S3Url};
use tt_store::{Landmarks, ListOptions, Listed, Page, S3Options, Seeker, Store, Tuning};

use crate::{
    Places,
    ahead::{Ahead, Handed},
};

/// The objects at the destination, in the order of their keys.
pub struct Remote {
    pages: Ahead<Page>,
    page: Option<Page>,
    /// Which object of the page comes next.
    next: usize,
    service: Arc<Service>,
    dest: S3Url,
    /// Whether nobody wants to see what the source lacks.
    skips: bool,
}

/// What is known of the service besides its objects.
#[derive(Default)]
struct Service {
    seeker: OnceLock<Seeker>,
    skew: OnceLock<SignedDuration>,
}

/// An object at the destination.
#[derive(Clone, Copy)]
pub struct Object<'a> {
    listed: Listed<'a>,
    /// How many bytes of its key are the destination's own.
    prefix: usize,
    /// By how much the service's clock is ahead of ours.
    skew: SignedDuration,
}

impl Object<'_> {
    /// Size in bytes.
    pub fn size(&self) -> u64 {
        self.listed.size
    }

    /// When it was written, to the second.
    pub fn modified(&self) -> Timestamp {
        self.listed.modified
    }

    /// The same by this machine's clock, which ages are counted by.
    pub fn modified_here(&self) -> Timestamp {
        self.modified().checked_sub(self.skew).unwrap_or_else(|_| self.modified())
    }

    /// With its quotes.
    pub fn etag(&self) -> Option<String> {
        self.listed.etag()
    }

    /// Its key relative to the destination. Everything that is listed begins with that.
    pub fn name(&self) -> Cow<'_, str> {
        let Listed { prefix, rest, .. } = self.listed;
        match prefix.get(self.prefix..).unwrap_or_default() {
            "" => rest.into(),
            prefix => [prefix, rest].concat().into(),
        }
    }

    /// Where it stands beside a name.
    pub fn order(&self, name: &str) -> Ordering {
        let Listed { prefix, rest, .. } = self.listed;
        let prefix = prefix.as_bytes().get(self.prefix..).unwrap_or_default();
        let (head, tail) = name.as_bytes().split_at(prefix.len().min(name.len()));
        prefix.cmp(head).then_with(|| rest.as_bytes().cmp(tail))
    }

    /// Whether it is what some programs make of a directory: nobody means such an object.
    pub fn is_marker(&self) -> bool {
        let name = self.name();
        self.size() == 0 && (name.is_empty() || name.ends_with('/'))
    }
}

impl Remote {
    /// Starts to list.
    pub(crate) fn open(places: Places<'_>, console: &Console, landmarks: Landmarks) -> Result<Self, Problem> {
        let Places { dest, means, s3, skips, .. } = places;
        let options = ListOptions {
            concurrency: means.list_concurrency.into(),
            memory: means.memory_of_pages(),
            landmarks,
            skips,
        };
        let (sender, pages) = Ahead::new();
        let service = Arc::<Service>::default();
        let job = Job {
            s3: s3.clone(),
            dest: dest.clone(),
            tuning: Tuning::new(Arc::new(console.retry_note())).warned(console.warn_once()),
            service: Arc::clone(&service),
        };
        start_thread(move || {
            let ended = job.run(options, &sender);
            // Nobody listens when the plan has ended for another reason.
            let _ = sender.send(ended.map(|()| None));
        })?;
        Ok(Self { pages, page: None, next: 0, service, dest: dest.clone(), skips })
    }

    /// By how much the service's clock is ahead of ours, or, where it is negative, behind; `None` if that is not known.
    pub fn skew(&self) -> Option<SignedDuration> {
        self.service.skew.get().copied()
    }

    /// The object that comes next, or `None` at the end. What comes before `place` need not come at all, where nobody
    /// wants to see what the source lacks. `wait` is called before each spell of waiting.
    pub fn peek(
        &mut self,
        place: Option<&str>,
        mut wait: impl FnMut() -> Result<(), Problem>,
    ) -> Result<Option<Object<'_>>, Problem> {
        if self.page.as_ref().is_none_or(|page| self.next >= page.len()) {
            let Self { pages, service, dest, skips, .. } = self;
            self.page = pages.next(|| {
                if let (true, Some(seeker), Some(place)) = (*skips, service.seeker.get(), place) {
                    seeker.seek(&[&dest.key, place].concat());
                }
                wait()
            })?;
            self.next = 0;
        }
        let listed = self.page.as_ref().and_then(|page| page.get(self.next));
        let skew = self.skew().unwrap_or_default();
        Ok(listed.map(|listed| Object { listed, prefix: self.dest.key.len(), skew }))
    }

    /// Leaves the object that was seen behind.
    pub fn step(&mut self) {
        self.next += 1;
    }
}

/// Listing, in a thread of its own.
struct Job {
    s3: S3Options,
    dest: S3Url,
    tuning: Tuning,
    service: Arc<Service>,
}

impl Job {
    fn run(&self, options: ListOptions, pages: &SyncSender<Handed<Page>>) -> Result<(), Problem> {
        // Pages are handed over here, which may have to wait; requests go on in the runtime's own thread.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime
            .map_err(|e| Problem::new(ProblemKind::Io, format!("can't start to list {}: {e}", self.dest)))?;
        runtime.block_on(self.list(options, pages))
    }

    async fn list(&self, options: ListOptions, pages: &SyncSender<Handed<Page>>) -> Result<(), Problem> {
        let mut listing = Store::connect(&self.s3, &self.tuning).await?.list(&self.dest, options)?;
        // Both are set here only.
        let _ = self.service.seeker.set(listing.seeker());
        loop {
            let page = listing.next_page().await?;
            if let Some(skew) = listing.skew() {
                let _ = self.service.skew.set(skew);
            }
            // Nobody listens when the plan has ended for another reason.
            let Some(page) = page else { return Ok(()) };
            if pages.send(Ok(Some(page))).is_err() {
                return Ok(());
            }
        }
    }
}
