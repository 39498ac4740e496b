//! DeleteObject, of the object that was meant and no other.

use tt_record::{Problem, ProblemKind, S3Url};

use crate::{
    Store,
    failure::{Attempt, Failure},
};

impl Store {
    /// Deletes the object at `dst` if its ETag is still `etag`; an object that is gone already is as good. Asks first,
    /// and sends the condition along: not every service looks at it.
    pub async fn delete(&self, dst: &S3Url, etag: Option<&str>) -> Result<(), Problem> {
        let attempt = Attempt { verb: "delete", needs: "s3:DeleteObject", place: dst };
        let Some(found) = self.head(dst).await? else { return self.check_bucket(dst).await };
        if etag.is_some() && found.etag.as_deref() != etag {
            let message = format!("can't delete {dst}: it is not the object that was planned any more");
            return Err(Problem::new(ProblemKind::Precondition, message).hint("plan again"));
        }
        let request =
            self.sdk.delete_object().bucket(&dst.bucket).key(&dst.key).set_if_match(etag.map(str::to_owned));
        let send = || async { request.clone().send().await.map_err(|e| Failure::of(&e, attempt)) };
        match self.retry.run(send).await {
            Ok(_) => Ok(()),
            Err(failure) if failure.status == Some(404) => Ok(()),
            Err(failure) => Err(failure.problem),
        }
    }
}
