//! How many objects there are below the destination.

use std::sync::Arc;

use tokio::runtime;
use tt_record::{Problem, ProblemKind};
use tt_store::{Landmarks, ListOptions, S3Options, Store, Tuning};

use crate::config::Settings;

/// Pages of the listing that are asked for at once, and what they may take in memory.
const CONCURRENCY: usize = 32;
const MEMORY: usize = 16 << 20;

/// Lists them, and counts.
pub(crate) fn count(settings: &Settings) -> Result<u64, Problem> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Problem::new(ProblemKind::Io, format!("can't start the runtime: {e}")))?;
    runtime.block_on(async {
        let options = S3Options {
            profile: settings.profile.clone(),
            region: settings.region.clone(),
            ..S3Options::default()
        };
        let store = Store::connect(&options, &Tuning::new(Arc::new(|_, _| {}))).await?;
        let listing = ListOptions {
            concurrency: CONCURRENCY,
            memory: MEMORY,
            landmarks: Landmarks::default(),
            skips: false,
        };
        let (mut listing, mut count) = (store.list(&settings.dest, listing)?, 0);
        while let Some(page) = listing.next_page().await? {
            count += page.len() as u64;
        }
        Ok(count)
    })
}
