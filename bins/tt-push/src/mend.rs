//! What is wrong with an object besides its bytes, put right in place: S3 copies the object onto itself, and nothing is sent.
//!
//! Always holds: only the object that the plan saw is changed, and only while the file is the one that the plan saw. What
//! nobody names stays as it is at the object. Where S3 does not do it, the file is uploaded like any other.

use std::{mem, pin::pin, sync::atomic::Ordering::Relaxed};

use tt_flow::Worker;
use tt_object::is_type;
use tt_record::{Problem, ProblemKind, Properties, Put, PutReason};
use tt_store::{CopyError, Head, LARGEST_COPY, Store, Stored, Target};
use tt_tree::SourceFile;

use crate::{
    part::PartJob,
    upload::{Unsent, Uploaded, Uploader, stopped},
};

/// Whether a record asks for other properties only, as far as it tells.
pub(crate) fn asks_to_mend(put: &Put) -> bool {
    put.why == PutReason::Properties && put.etag.is_some() && put.item.size <= LARGEST_COPY
}

impl Uploader {
    /// Gives the object that `target` names the properties that it is to have, where it has the bytes of `file` already.
    /// Nothing, where the file is to be uploaded instead.
    pub(crate) async fn mend(
        &self,
        worker: &Worker<PartJob>,
        put: &Put,
        file: &SourceFile,
        target: &mut Target,
    ) -> Result<Option<Uploaded>, Unsent> {
        let is_planned = file.size() == put.item.size && file.mtime() == put.item.mtime;
        // S3 would want the customer's key for the object as it is, and once more for what it becomes.
        let Some(etag) = put.etag.as_deref().filter(|_| is_planned && self.customer_key.is_none()) else {
            return Ok(None);
        };
        let _under_way = self.progress.request();
        let mending = self.copy(&worker.store, target, etag, file);
        let mended = worker.stop.or(pin!(mending)).await.ok_or_else(|| stopped(file.path()))?;
        match mended {
            Ok(Some((target, stored))) => {
                // An earlier run had moved them.
                self.progress.resumed(file.size());
                Ok(Some(Uploaded { target, stored, parts: 0, resumed: 0 }))
            }
            Ok(None) => Ok(None),
            Err(CopyError::Refused(problem)) => {
                self.cannot_mend(&problem);
                Ok(None)
            }
            Err(CopyError::Failed(problem)) => Err(problem.into()),
        }
    }

    async fn copy(
        &self,
        store: &Store,
        target: &mut Target,
        etag: &str,
        file: &SourceFile,
    ) -> Result<Option<(Target, Stored)>, CopyError> {
        let Some(head) = store.head(&target.dst).await.map_err(of_reading)? else { return Ok(None) };
        if !head.has_etag(etag) || head.size != Some(file.size()) {
            return Ok(None);
        }
        let asked_for_tags = !target.properties.tags.is_empty();
        if asked_for_tags {
            self.keep_tags(store, target).await.map_err(of_reading)?;
        }
        let found = head.properties.content_type.as_deref();
        if target.properties.content_type.as_deref().is_some_and(|wanted| is_type(wanted, found)) {
            target.properties.content_type = found.map(str::to_owned);
        }
        // Also what is uploaded instead, if it comes to that, has what nobody names.
        target.properties = mem::take(&mut target.properties).or(&head.properties);
        let mended =
            if newer(file, &head) { None } else { Some(self.copy_checked(store, target, &head).await) };
        match mended {
            Some(Ok(stored)) => Ok(Some((target.clone(), stored))),
            Some(Err(CopyError::Failed(problem))) => Err(CopyError::Failed(problem)),
            refused => {
                if !asked_for_tags {
                    // Not every service has tags: what can't be read can't be kept.
                    let _ = self.keep_tags(store, target).await;
                }
                refused.map_or(Ok(None), |refused| refused.map(|_| None))
            }
        }
    }

    async fn copy_checked(&self, store: &Store, target: &Target, head: &Head) -> Result<Stored, CopyError> {
        let lacks_sum = head.unknown_checksum.is_none()
            && head.checksum.as_ref().is_none_or(|sum| sum.r#type != "FULL_OBJECT");
        let algorithm = (lacks_sum && self.check.announced).then_some(self.check.algorithm);
        let etag = head.etag.as_deref().unwrap_or_default();
        let stored = store.copy_onto_itself(target, etag, algorithm).await?;
        told_in_full(store, target, stored).await.map_err(of_reading)
    }

    /// Adds the tags of the object to those that are asked for.
    async fn keep_tags(&self, store: &Store, target: &mut Target) -> Result<(), Problem> {
        let tags = store.tags(&target.dst).await?;
        let properties = mem::take(&mut target.properties);
        target.properties = properties.or(&Properties { tags, ..Properties::default() });
        Ok(())
    }

    /// Says once that objects are sent again, and why: it takes longer than was planned.
    fn cannot_mend(&self, problem: &Problem) {
        let said = self.said_of_mending.swap(true, Relaxed);
        if !said && problem.kind != ProblemKind::Precondition {
            self.console
                .warn(format_args!("files are sent again to change what S3 keeps with them, for {problem}"));
        }
    }
}

/// Whether the file was modified after the object was written. A copy would make the object look newer than it is.
fn newer(file: &SourceFile, head: &Head) -> bool {
    file.mtime().as_second() > head.modified.as_second()
}

/// What can't be looked at may still be replaced.
fn of_reading(problem: Problem) -> CopyError {
    match problem.kind {
        ProblemKind::AccessDenied | ProblemKind::Refused => CopyError::Refused(problem),
        _ => CopyError::Failed(problem),
    }
}

/// Not every service tells the checksum of a copy with its answer.
async fn told_in_full(store: &Store, target: &Target, stored: Stored) -> Result<Stored, Problem> {
    if stored.checksum.is_some() && stored.etag.is_some() {
        return Ok(stored);
    }
    let Some(Head { etag, checksum, version_id, .. }) = store.head(&target.dst).await? else {
        return Ok(stored);
    };
    Ok(Stored { etag, checksum, version_id: stored.version_id.or(version_id) })
}
