//! Unfinished uploads: their parts, and the moment in which they become an object.

use std::{collections::BTreeMap, sync::Arc};

use s3s::S3Result;
use serde::{Deserialize, Serialize};

use super::{
    Bucket, Condition, Store,
    bodies::Body,
    index::{Query, common_prefix},
    object::{Moment, Object, Part, Properties},
};
use crate::{
    fail::{Internal as _, no_such_upload},
    sums::{Algorithm, Scope},
};

/// What is known of an upload from its creation on.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct UploadHead {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) initiated: Moment,
    /// The algorithm that the client named; without one, S3 computes CRC64NVME by itself.
    pub(crate) named: Option<Algorithm>,
    pub(crate) scope: Scope,
    pub(crate) properties: Properties,
    pub(crate) tags: Vec<(String, String)>,
}

impl UploadHead {
    /// The algorithm of the parts' and the object's checksum.
    pub(crate) fn algorithm(&self) -> Algorithm {
        self.named.unwrap_or(Algorithm::Crc64Nvme)
    }
}

/// A part with its bytes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StoredPart {
    #[serde(flatten)]
    pub(crate) part: Part,
    #[serde(flatten)]
    pub(crate) body: Body,
}

/// An unfinished upload.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) head: Arc<UploadHead>,
    pub(crate) parts: BTreeMap<u16, StoredPart>,
}

/// What completing an upload finds.
pub(crate) enum Completing {
    /// The upload, to be checked and joined.
    Open(Upload),
    /// The object that it became before.
    Done(Arc<Object>),
}

/// A page of unfinished uploads.
pub(crate) struct UploadPage {
    pub(crate) uploads: Vec<Arc<UploadHead>>,
    pub(crate) prefixes: Vec<String>,
    /// Key (or common prefix) and id of the last that is shown, if more follow.
    pub(crate) next: Option<(String, String)>,
}

impl Store {
    pub(crate) fn create_upload(&self, bucket: &str, head: UploadHead) -> S3Result<Arc<UploadHead>> {
        self.change(bucket, |bucket| {
            bucket.records.save_upload(&head).internal()?;
            let head = Arc::new(head);
            let upload = Upload { head: Arc::clone(&head), parts: BTreeMap::new() };
            bucket.uploads.insert((head.key.clone(), head.id.clone()), upload);
            Ok(head)
        })
    }

    /// An upload without its parts.
    pub(crate) fn upload_head(&self, bucket: &str, key: &str, id: &str) -> S3Result<Arc<UploadHead>> {
        self.look(bucket, |bucket| find(bucket, key, id).map(|upload| Arc::clone(&upload.head)))
    }

    /// An upload with all its parts.
    pub(crate) fn upload(&self, bucket: &str, key: &str, id: &str) -> S3Result<Upload> {
        self.look(bucket, |bucket| find(bucket, key, id).cloned())
    }

    /// Takes in a part, in place of one with the same number.
    pub(crate) fn put_part(&self, bucket: &str, key: &str, id: &str, part: StoredPart) -> S3Result<()> {
        let place = self.place(bucket)?;
        let body = part.body.clone();
        let replaced = self.change(bucket, |bucket| {
            let upload =
                bucket.uploads.get_mut(&(key.to_owned(), id.to_owned())).ok_or_else(no_such_upload)?;
            bucket.records.save_part(id, &part).internal()?;
            Ok(upload.parts.insert(part.part.number, part))
        });
        match &replaced {
            Ok(Some(old)) => place.remove(&old.body),
            Ok(None) => {}
            Err(_) => place.remove(&body),
        }
        replaced.map(|_| ())
    }

    pub(crate) fn abort_upload(&self, bucket: &str, key: &str, id: &str) -> S3Result<()> {
        self.change(bucket, |bucket| {
            find(bucket, key, id)?;
            forget(bucket, key, id)
        })
    }

    /// The upload to complete, or the object that it became before.
    pub(crate) fn completing(&self, bucket: &str, key: &str, id: &str) -> S3Result<Completing> {
        self.look(bucket, |bucket| match find(bucket, key, id) {
            Ok(upload) => Ok(Completing::Open(upload.clone())),
            Err(error) => made_by(bucket, key, id).map(Completing::Done).ok_or(error),
        })
    }

    /// Publishes `object` in the place of its upload. Of two that complete the same upload at once, the first makes the
    /// object and the second gets it.
    pub(crate) fn complete_upload(
        &self,
        bucket: &str,
        id: &str,
        object: Object,
        condition: &Condition,
    ) -> S3Result<Arc<Object>> {
        let place = self.place(bucket)?;
        let body = object.body.clone();
        let outcome = self.change(bucket, |bucket| {
            let key = object.key.clone();
            if let Err(error) = find(bucket, &key, id) {
                return made_by(bucket, &key, id).map(|made| (made, Some(body.clone()))).ok_or(error);
            }
            let (made, replaced) = bucket.publish(object, condition)?;
            forget(bucket, &key, id)?;
            Ok((made, replaced))
        });
        match outcome {
            Ok((made, stale)) => {
                if let Some(stale) = &stale {
                    place.remove(stale);
                }
                Ok(made)
            }
            Err(error) => {
                place.remove(&body);
                Err(error)
            }
        }
    }

    /// Lists unfinished uploads by key, then age.
    pub(crate) fn list_uploads(
        &self,
        bucket: &str,
        query: &Query,
        after_id: Option<&str>,
    ) -> S3Result<UploadPage> {
        self.look(bucket, |bucket| Ok(upload_page(bucket, query, after_id)))
    }
}

fn find<'a>(bucket: &'a Bucket, key: &str, id: &str) -> S3Result<&'a Upload> {
    bucket.uploads.get(&(key.to_owned(), id.to_owned())).ok_or_else(no_such_upload)
}

/// The object of `key`, if that upload made it.
fn made_by(bucket: &Bucket, key: &str, id: &str) -> Option<Arc<Object>> {
    bucket.objects.get(key).filter(|object| object.upload.as_deref() == Some(id)).cloned()
}

/// Removes an upload and the bodies of its parts.
fn forget(bucket: &mut Bucket, key: &str, id: &str) -> S3Result<()> {
    if let Some(upload) = bucket.uploads.remove(&(key.to_owned(), id.to_owned())) {
        bucket.records.remove_upload(&upload).internal()?;
        upload.parts.values().for_each(|part| bucket.place.remove(&part.body));
    }
    Ok(())
}

fn upload_page(bucket: &Bucket, query: &Query, after_id: Option<&str>) -> UploadPage {
    let mut page = UploadPage { uploads: Vec::new(), prefixes: Vec::new(), next: None };
    let mut last = None;
    // A common prefix has no id: it is behind the marker as a whole or not at all.
    let behind = |common: Option<&str>, key: &str, id: &str| match (query.after.as_deref(), after_id) {
        (Some(after), Some(after_id)) if common.is_none() => (key, id) > (after, after_id),
        (Some(after), _) => common.unwrap_or(key) > after,
        (None, _) => true,
    };
    for ((key, id), upload) in &bucket.uploads {
        let common = common_prefix(key, query).filter(|_| key.starts_with(&query.prefix));
        let shown = common.unwrap_or(key);
        let known = common.is_some_and(|common| page.prefixes.last().is_some_and(|last| last == common));
        if !key.starts_with(&query.prefix) || !behind(common, key, id) || known {
            continue;
        }
        if page.uploads.len() + page.prefixes.len() == query.limit {
            page.next = last;
            break;
        }
        last = Some((shown.to_owned(), id.clone()));
        match common {
            Some(common) => page.prefixes.push(common.to_owned()),
            None => page.uploads.push(Arc::clone(&upload.head)),
        }
    }
    page
}
