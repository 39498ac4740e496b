//! DeleteObjects, of the objects that were meant and no others.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

use aws_sdk_s3::{
    error::BuildError,
    operation::delete_objects::DeleteObjectsOutput,
    types::{Delete, ObjectIdentifier},
};
use tt_record::{Problem, ProblemKind, S3Url};

use crate::{
    Store,
    failure::{Attempt, Cure, Failure, Reply},
};

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
        let outcomes = Mutex::new(vec![None; objects.len()]);
        let failed = self.retry.run(|| self.delete_rest(bucket, objects, &outcomes)).await.err();
        let failed = failed.map_or_else(|| unmentioned(bucket), |failure| failure.problem);
        let outcomes = outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
        outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(|| Err(failed.clone()))).collect()
    }

    /// Deletes those that have no outcome yet. Fails where there are still some that have none.
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
        let answer = self.sdk.delete_objects().bucket(bucket).delete(delete).send().await;
        let answer = answer.map_err(|e| Failure::of(&e, attempt))?;
        settle(bucket, objects, &mut locked(outcomes), &answer)
    }
}

type Outcomes = Mutex<Vec<Option<Result<(), Problem>>>>;

fn locked(outcomes: &Outcomes) -> std::sync::MutexGuard<'_, Vec<Option<Result<(), Problem>>>> {
    outcomes.lock().unwrap_or_else(PoisonError::into_inner)
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

fn unmentioned(bucket: &str) -> Problem {
    let message = format!("S3 does not say what became of an object in {bucket} that was to be deleted");
    Problem::new(ProblemKind::Server, message).hint("plan again: it shows whether the object is still there")
}

fn bug(error: &BuildError) -> Problem {
    Problem::new(ProblemKind::Bug, format!("a request to delete can't be made: {error}"))
}
