//! Deleting objects, those that were meant and no others: up to 1,000 with one request (DeleteObjects), and one by one
//! (DeleteObject) what that can't carry, or where the service refuses it.
//!
//! Always holds: what becomes of one object never depends on another one.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

use aws_sdk_s3::{
    error::BuildError,
    operation::delete_objects::DeleteObjectsOutput,
    types::{Delete, ObjectIdentifier},
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use tokio::task::JoinSet;
use tt_record::{Problem, ProblemKind, S3Url};
use tt_sum::{Algorithm, Sum};

use crate::{
    Store,
    failure::{Attempt, Cure, Failure, Reply},
};

/// How many objects are deleted one by one at the same time.
const AT_ONCE: usize = 16;

/// An object to be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doomed {
    /// Its key.
    pub key: String,
    /// The ETag, with its quotes, without which it is not the one that is meant.
    pub etag: Option<String>,
}

impl Store {
    /// Whether there is an object at `dst`. Fails where it has not this ETag.
    pub async fn is_still(&self, dst: &S3Url, etag: Option<&str>) -> Result<bool, Problem> {
        let Some(found) = self.head(dst).await? else { return self.check_bucket(dst).await.map(|()| false) };
        if etag.is_some_and(|etag| !found.has_etag(etag)) {
            return Err(replaced(dst));
        }
        Ok(true)
    }

    /// Deletes up to 1,000 objects of a bucket, each if its ETag is still the one that is given; one that is gone already
    /// is as good. The outcomes come in the order of the objects.
    pub async fn delete_many(&self, bucket: &str, objects: &[Doomed]) -> Vec<Result<(), Problem>> {
        let (together, alone): (Vec<_>, Vec<_>) =
            (0..objects.len()).partition(|at| objects.get(*at).is_some_and(|object| is_plain(&object.key)));
        let mut outcomes = vec![None; objects.len()];
        let mut singly = alone;
        if !together.is_empty() {
            let batch: Vec<_> = together.iter().filter_map(|at| objects.get(*at).cloned()).collect();
            let (found, failed) = self.delete_together(bucket, &batch).await;
            for (at, outcome) in together.into_iter().zip(found) {
                match (outcome, &failed) {
                    (None, Some(problem)) => set(&mut outcomes, at, Err(problem.clone())),
                    (None, None) => singly.push(at),
                    (Some(outcome), _) => set(&mut outcomes, at, outcome),
                }
            }
        }
        self.delete_singly(bucket, objects, singly, &mut outcomes).await;
        outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(|| Err(lost(bucket)))).collect()
    }

    /// Deletes objects with one request. Tells what became of each, as far as it is known, and why nothing is known of the
    /// others; without a reason they may be deleted one by one.
    async fn delete_together(&self, bucket: &str, objects: &[Doomed]) -> (Outcome, Option<Problem>) {
        let outcomes = Mutex::new(vec![None; objects.len()]);
        let failed = self.retry.run(|| self.delete_rest(bucket, objects, &outcomes)).await.err();
        let outcomes = outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
        (outcomes, failed.filter(|failure| !is_of_the_request(failure)).map(|failure| failure.problem))
    }

    /// Deletes objects, those with these numbers, some of them at the same time.
    async fn delete_singly(
        &self,
        bucket: &str,
        objects: &[Doomed],
        numbers: Vec<usize>,
        outcomes: &mut Outcome,
    ) {
        let mut under_way = JoinSet::new();
        for at in numbers {
            let Some(object) = objects.get(at).cloned() else { continue };
            if under_way.len() >= AT_ONCE
                && let Some(Ok((at, outcome))) = under_way.join_next().await
            {
                set(outcomes, at, outcome);
            }
            let (store, dst) = (self.clone(), S3Url { bucket: bucket.to_owned(), key: object.key });
            under_way.spawn(async move { (at, store.delete_one(&dst, object.etag).await) });
        }
        while let Some(done) = under_way.join_next().await {
            if let Ok((at, outcome)) = done {
                set(outcomes, at, outcome);
            }
        }
    }

    /// Deletes an object if its ETag is still this one, as far as the service knows such a condition; gone already is as good.
    async fn delete_one(&self, dst: &S3Url, etag: Option<String>) -> Result<(), Problem> {
        let attempt = attempt(dst);
        // Without a key it would be the bucket.
        if dst.key.is_empty() {
            return Err(attempt.refused("it names a bucket, and no object in it").problem);
        }
        let request = self.sdk.delete_object().bucket(&dst.bucket).key(&dst.key);
        let send = |etag: Option<String>| {
            let request = request.clone().set_if_match(etag);
            self.retry.run(move || {
                let request = request.clone();
                async move { request.send().await.map_err(|e| Failure::of(&e, attempt)) }
            })
        };
        let deleted = match send(etag.clone()).await {
            // It does not know the condition; whoever deletes has looked at the object just now.
            Err(failure) if etag.is_some() && matches!(failure.status, Some(400 | 501)) => send(None).await,
            deleted => deleted,
        };
        match deleted {
            Ok(_) => Ok(()),
            Err(failure) if failure.code.as_deref() == Some("NoSuchKey") => Ok(()),
            Err(failure) if failure.status == Some(412) => Err(replaced(dst)),
            Err(failure) => Err(failure.problem),
        }
    }

    /// Deletes those that have no outcome yet. Fails where an error may heal.
    async fn delete_rest(
        &self,
        bucket: &str,
        objects: &[Doomed],
        outcomes: &Outcomes,
    ) -> Result<(), Failure> {
        let place = S3Url { bucket: bucket.to_owned(), key: String::new() };
        let attempt = attempt(&place);
        let undecided = |outcomes: &[Option<_>]| {
            let undecided = outcomes.iter().zip(objects).filter(|(outcome, _)| outcome.is_none());
            undecided.map(|(_, object)| identifier(object)).collect::<Result<Vec<_>, _>>()
        };
        let rest = undecided(&locked(outcomes)).map_err(|e| Failure::local(bug(&e), Cure::None))?;
        let delete = Delete::builder().set_objects(Some(rest)).build();
        let delete = delete.map_err(|e| Failure::local(bug(&e), Cure::None))?;
        let request = self.sdk.delete_objects().bucket(bucket).delete(delete);
        let answer = request.customize().mutate_request(add_md5).send().await;
        let answer = answer.map_err(|e| Failure::of(&e, attempt))?;
        settle(bucket, objects, &mut locked(outcomes), &answer)
    }
}

/// What became of each object.
type Outcome = Vec<Option<Result<(), Problem>>>;

type Outcomes = Mutex<Outcome>;

fn locked(outcomes: &Outcomes) -> std::sync::MutexGuard<'_, Outcome> {
    outcomes.lock().unwrap_or_else(PoisonError::into_inner)
}

fn set(outcomes: &mut Outcome, at: usize, outcome: Result<(), Problem>) {
    if let Some(slot) = outcomes.get_mut(at) {
        *slot = Some(outcome);
    }
}

/// Whether a key arrives as it is in XML, whoever reads that: not with control characters, of which XML can't carry most and
/// changes others; nor with what looks like a blank at its ends, which some take away.
fn is_plain(key: &str) -> bool {
    let odd = |c: char| {
        c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FFFD}') || u32::from(c) & 0xFFFE == 0xFFFE
    };
    !key.is_empty() && key.trim() == key && !key.contains(odd)
}

/// Whether it is the request as a whole that the service does not know, does not allow or can't read, so that each object may
/// still be deleted by itself.
fn is_of_the_request(failure: &Failure) -> bool {
    let refused = matches!(failure.problem.kind, ProblemKind::AccessDenied | ProblemKind::Refused);
    refused && failure.cure == Cure::None && failure.status.is_some()
}

/// Adds the MD5 of the body, on which older services insist; others check it, too.
fn add_md5(request: &mut HttpRequest) {
    if let Some(sum) = request.body().bytes().map(|body| Sum::of(Algorithm::Md5, body)) {
        request.headers_mut().insert("content-md5", sum.base64());
    }
}

/// Takes from the answer what became of each object. Fails with the last error that may heal.
fn settle(
    bucket: &str,
    objects: &[Doomed],
    outcomes: &mut [Option<Result<(), Problem>>],
    answer: &DeleteObjectsOutput,
) -> Result<(), Failure> {
    let deleted: HashSet<_> = answer.deleted().iter().filter_map(|object| object.key()).collect();
    let errors: HashMap<_, _> =
        answer.errors().iter().filter_map(|error| Some((error.key()?, error))).collect();
    let mut healing = None;
    for (outcome, object) in outcomes.iter_mut().zip(objects).filter(|(outcome, _)| outcome.is_none()) {
        let place = S3Url { bucket: bucket.to_owned(), key: object.key.clone() };
        match errors.get(object.key.as_str()) {
            None if deleted.contains(object.key.as_str()) => *outcome = Some(Ok(())),
            None => {}
            Some(error) => match of_object(&place, error) {
                failure if failure.code.as_deref() == Some("NoSuchKey") => *outcome = Some(Ok(())),
                failure if failure.cure == Cure::None => *outcome = Some(Err(failure.problem)),
                failure => healing = Some(failure),
            },
        }
    }
    healing.map_or(Ok(()), Err)
}

/// What an error within an answer means.
fn of_object(place: &S3Url, error: &aws_sdk_s3::types::Error) -> Failure {
    if error.code() == Some("PreconditionFailed") {
        return Failure::local(replaced(place), Cure::None);
    }
    let reply = Reply {
        // The request itself went well: what went wrong is the object's.
        status: 200,
        code: error.code().map(str::to_owned),
        message: error.message().map(str::to_owned),
        region: None,
        retry_after: None,
        date: None,
        request_id: None,
    };
    Failure::of_reply(reply, attempt(place))
}

fn attempt(place: &S3Url) -> Attempt<'_> {
    Attempt { verb: "delete", needs: "s3:DeleteObject", place }
}

fn identifier(object: &Doomed) -> Result<ObjectIdentifier, BuildError> {
    ObjectIdentifier::builder().key(&object.key).set_e_tag(object.etag.clone()).build()
}

fn replaced(dst: &S3Url) -> Problem {
    let message = format!("can't delete {dst}: it is not the object that was planned any more");
    Problem::new(ProblemKind::Precondition, message).hint("plan again")
}

fn lost(bucket: &str) -> Problem {
    Problem::new(ProblemKind::Bug, format!("the deletion of an object in {bucket} got lost"))
}

fn bug(error: &BuildError) -> Problem {
    Problem::new(ProblemKind::Bug, format!("a request to delete can't be made: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_keys_go_together() {
        for key in ["a", "a b/é😀", "a//b", "a&<b>\"'", "\u{FFFC}"] {
            assert!(is_plain(key), "{key:?}");
        }
        for key in ["", "a\u{3}", "a\rb", "a\nb", "\ta", " a", "a ", "\u{85}", "\u{FFFE}", "\u{FFFD}", "a\0"]
        {
            assert!(!is_plain(key), "{key:?}");
        }
    }
}
