//! Deleting in batches: what many lanes want deleted at about the same time goes in one request.

use std::{
    collections::HashMap,
    mem,
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

/// What somebody who joins a batch has to do.
enum Joined {
    /// Carry it out after a moment.
    First,
    /// Carry it out now.
    Full(Vec<Waiting>),
    /// Nothing but wait.
    Other,
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
            Joined::First => {
                sleep(GATHERING).await;
                carry_out(store, bucket, self.take(bucket)).await;
            }
            Joined::Full(batch) => carry_out(store, bucket, batch).await,
            Joined::Other => {}
        }
        outcome.await.unwrap_or_else(|_| Err(Problem::new(ProblemKind::Bug, "a deletion got lost")))
    }

    /// Joins the batch in the making.
    fn join(&self, bucket: &str, waiting: Waiting) -> Joined {
        let mut batches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let batch = batches.entry(bucket.to_owned()).or_default();
        batch.push(waiting);
        match batch.len() {
            1 => Joined::First,
            MOST => Joined::Full(mem::take(batch)),
            _ => Joined::Other,
        }
    }

    fn take(&self, bucket: &str) -> Vec<Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(bucket).unwrap_or_default()
    }
}

async fn carry_out(store: &Store, bucket: &str, batch: Vec<Waiting>) {
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
