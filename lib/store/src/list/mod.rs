//! ListObjectsV2: what is below a prefix, page by page, in the order of the keys.
//!
//! A small listing is one request. A larger one is asked for as several ranges of keys at once ([`ranges`]), of which the
//! reader sees nothing.

mod drive;
mod encoded;
mod keys;
mod landmarks;
mod pace;
mod page;
mod parse;
mod ranges;
mod request;

use std::sync::Arc;

use jiff::SignedDuration;
use tokio::task::JoinSet;
use tt_record::{Problem, ProblemKind, S3Url};

use self::{
    drive::{Shared, broken_off, drive},
    pace::Pace,
    ranges::{Ranges, Taken},
    request::Pages,
};
use crate::Store;

pub use self::{
    landmarks::Landmarks,
    page::{Listed, Page},
};

/// The suffix of directory buckets (S3 Express), which list without order.
const DIRECTORY_BUCKET: &str = "--x-s3";

/// How a listing is done.
#[derive(Clone, Debug)]
pub struct ListOptions {
    /// How many requests may be under way at once.
    pub concurrency: usize,
    /// How many bytes of pages may be held ahead of the reader.
    pub memory: usize,
    /// Where keys probably are; more may be added while the listing is under way.
    pub landmarks: Landmarks,
    /// Whether the reader may skip keys with a [`Seeker`]. Then it begins with one page at a time, and more are asked for
    /// as long as they are of use: what is skipped was asked for in vain.
    pub skips: bool,
}

/// A listing under way. Its requests are sent by a task of its own, so that they go on while the reader does something
/// else; it ends with the listing.
pub struct Listing {
    shared: Arc<Shared>,
    pages: Pages,
    /// The task, once there is one.
    driver: JoinSet<Problem>,
}

/// Skips keys of a listing. Cheap to clone.
#[derive(Clone)]
pub struct Seeker(Arc<Shared>);

impl Store {
    /// Starts to list the objects whose keys begin with that of `prefix`. Directory buckets are refused: they list in
    /// no order, and a diff needs one.
    pub fn list(&self, prefix: &S3Url, options: ListOptions) -> Result<Listing, Problem> {
        if prefix.bucket.ends_with(DIRECTORY_BUCKET) {
            let message =
                format!("can't list s3://{}/: directory buckets list their keys in no order", prefix.bucket);
            return Err(Problem::new(ProblemKind::Config, message).hint("use a general purpose bucket"));
        }
        let pace = Pace::new(options.concurrency);
        let shared = Arc::new(Shared::new(Ranges::new(prefix.clone(), options)));
        let pages = Pages { store: self.clone(), place: prefix.clone(), pace };
        Ok(Listing { shared, pages, driver: JoinSet::new() })
    }
}

impl Listing {
    /// The next page, which is never empty; `None` behind the last.
    pub async fn next_page(&mut self) -> Result<Option<Page>, Problem> {
        if self.driver.is_empty() {
            self.driver.spawn(drive(Arc::clone(&self.shared), self.pages.clone()));
        }
        loop {
            match self.shared.take() {
                Taken::Page(page) => return Ok(Some(page)),
                Taken::End => return Ok(None),
                Taken::Failed(problem) => return Err(problem),
                Taken::Wait => {}
            }
            tokio::select! {
                () = self.shared.news() => {}
                ended = self.driver.join_next() => {
                    return Err(ended.and_then(Result::ok).unwrap_or_else(broken_off));
                }
            }
        }
    }

    /// What skips keys of this listing, from wherever it is called.
    pub fn seeker(&self) -> Seeker {
        Seeker(Arc::clone(&self.shared))
    }

    /// By how much the service's clock is ahead of ours at least, or, where it is negative, behind; `None` before the
    /// first answer, and where the service does not tell the time.
    pub fn skew(&self) -> Option<SignedDuration> {
        self.shared.skew()
    }
}

impl Seeker {
    /// Keys before `key` are of no interest any more: they may be left out from now on. Going back is not possible.
    pub fn seek(&self, key: &str) {
        self.0.seek(key);
    }
}
