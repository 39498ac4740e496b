//! Deleting in batches: what many lanes want deleted at about the same time goes in one request.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::oneshot, time::sleep};
use tt_record::{Delete, Problem, ProblemKind};
use tt_store::{Doomed, Store};

/// How long the first of a batch waits for others.
const GATHERING: Duration = Duration::from_millis(20);

/// S3's limit on objects in one request.
const MOST: usize = 1000;

/// Batches in the making, by bucket.
#[derive(Default)]
pub(crate) struct Deletes(Mutex<HashMap<String, Vec<Waiting>>>);

struct Waiting {
    object: Doomed,
    done: oneshot::Sender<Result<(), Problem>>,
}

impl Deletes {
    /// Deletes an object, if it is still the one that was planned.
    pub(crate) async fn delete(&self, store: &Store, delete: &Delete) -> Result<(), Problem> {
        // Not every service looks at the condition that comes with the batch.
        if !store.is_still(&delete.dst, delete.etag.as_deref()).await? {
            return Ok(());
        }
        let (done, outcome) = oneshot::channel();
        let object = Doomed { key: delete.dst.key.clone(), etag: delete.etag.clone() };
        let bucket = &delete.dst.bucket;
        match self.join(bucket, Waiting { object, done }) {
            1 => {
                sleep(GATHERING).await;
                self.carry_out(store, bucket).await;
            }
            MOST => self.carry_out(store, bucket).await,
            _ => {}
        }
        outcome.await.unwrap_or_else(|_| Err(Problem::new(ProblemKind::Bug, "a deletion got lost")))
    }

    /// Joins the batch. How many it has now.
    fn join(&self, bucket: &str, waiting: Waiting) -> usize {
        let mut batches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let batch = batches.entry(bucket.to_owned()).or_default();
        batch.push(waiting);
        batch.len()
    }

    async fn carry_out(&self, store: &Store, bucket: &str) {
        let batch = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(bucket).unwrap_or_default();
        if batch.is_empty() {
            return;
        }
        let (objects, waiting): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|waiting| (waiting.object, waiting.done)).unzip();
        let outcomes = store.delete_many(bucket, &objects).await;
        for (done, outcome) in waiting.into_iter().zip(outcomes) {
            // A lane that does not wait any more has been told of something else.
            let _ = done.send(outcome);
        }
    }
}
