//! Buckets, objects and unfinished uploads: what is there, and how it changes. Knows S3's errors, but no requests.
//!
//! All state is in memory, behind one lock that is held briefly; bodies are read and written outside of it. What a
//! request got (an [`Object`]) never changes under its hands.

pub(crate) mod bodies;
pub(crate) mod index;
pub(crate) mod multipart;
pub(crate) mod object;
pub(crate) mod outside;
mod persist;

use std::{
    collections::BTreeMap,
    fs::File,
    io,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

use s3s::{S3ErrorCode, S3Result};

use self::{
    bodies::{Body, Place},
    index::{Page, Query},
    multipart::Upload,
    object::{Moment, Object},
    persist::Records,
};
use crate::{
    fail::{Internal as _, fail, no_such_bucket, no_such_key, precondition_failed},
    options::Bodies,
};

/// Everything that the endpoint holds.
#[derive(Debug)]
pub(crate) struct Store {
    root: Root,
    buckets: RwLock<BTreeMap<String, Bucket>>,
}

#[derive(Debug)]
enum Root {
    /// The second is the lock on the first: it ends with the store.
    Directory(PathBuf, #[expect(dead_code, reason = "held, not used")] File),
    Memory,
    Nowhere,
}

/// A bucket's state.
#[derive(Debug)]
struct Bucket {
    created: Moment,
    place: Place,
    records: Records,
    objects: BTreeMap<String, Arc<Object>>,
    /// By key and id: ids sort by age.
    uploads: BTreeMap<(String, String), Upload>,
}

/// What must hold of the object that a write replaces.
#[derive(Clone, Debug, Default)]
pub(crate) struct Condition {
    /// There must be none.
    pub(crate) absent: bool,
    /// There must be one.
    pub(crate) present: bool,
    /// There must be one with this ETag.
    pub(crate) etag: Option<String>,
}

impl Condition {
    fn check(&self, current: Option<&Object>) -> S3Result<()> {
        match current {
            Some(_) if self.absent => Err(precondition_failed("If-None-Match")),
            None if self.present || self.etag.is_some() => Err(no_such_key()),
            Some(object) if self.etag.as_ref().is_some_and(|etag| *etag != object.etag) => {
                Err(precondition_failed("If-Match"))
            }
            _ => Ok(()),
        }
    }
}

impl Store {
    /// Opens a store, with what an earlier one left in its directory.
    pub(crate) fn open(bodies: &Bodies) -> io::Result<Self> {
        let (root, buckets) = match bodies {
            Bodies::Directory(directory) => {
                let lock = persist::lock(directory)?;
                (Root::Directory(directory.clone(), lock), persist::load(directory)?)
            }
            Bodies::Memory => (Root::Memory, BTreeMap::new()),
            Bodies::Discard => (Root::Nowhere, BTreeMap::new()),
        };
        Ok(Self { root, buckets: RwLock::new(buckets) })
    }

    /// Makes a bucket; false if it was there.
    pub(crate) fn create_bucket(&self, name: &str) -> S3Result<bool> {
        let mut buckets = self.buckets.write().unwrap_or_else(PoisonError::into_inner);
        if buckets.contains_key(name) {
            return Ok(false);
        }
        let created = Moment::now();
        let (place, records) = match &self.root {
            Root::Directory(root, _) => {
                let records = Records::create(root, name, created).internal()?;
                (Place::Directory(root.join(name).join("bodies")), records)
            }
            Root::Memory => (Place::Memory, Records::default()),
            Root::Nowhere => (Place::Nowhere, Records::default()),
        };
        let bucket = Bucket { created, place, records, objects: BTreeMap::new(), uploads: BTreeMap::new() };
        buckets.insert(name.to_owned(), bucket);
        Ok(true)
    }

    /// Removes an empty bucket.
    pub(crate) fn delete_bucket(&self, name: &str) -> S3Result<()> {
        let mut buckets = self.buckets.write().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.get(name).ok_or_else(|| no_such_bucket(name))?;
        if !bucket.objects.is_empty() || !bucket.uploads.is_empty() {
            return Err(fail(
                S3ErrorCode::BucketNotEmpty,
                "objects or unfinished uploads are left in the bucket",
            ));
        }
        bucket.records.remove().internal()?;
        buckets.remove(name);
        Ok(())
    }

    /// All buckets with the time of their creation.
    pub(crate) fn buckets(&self) -> Vec<(String, Moment)> {
        let buckets = self.buckets.read().unwrap_or_else(PoisonError::into_inner);
        buckets.iter().map(|(name, bucket)| (name.clone(), bucket.created)).collect()
    }

    /// Where the bodies of a bucket go.
    pub(crate) fn place(&self, bucket: &str) -> S3Result<Place> {
        self.look(bucket, |bucket| Ok(bucket.place.clone()))
    }

    /// Publishes an object, if the condition holds; else its body is removed.
    pub(crate) fn put(&self, bucket: &str, object: Object, condition: &Condition) -> S3Result<Arc<Object>> {
        let place = self.place(bucket)?;
        let body = object.body.clone();
        match self.change(bucket, |bucket| bucket.publish(object, condition)) {
            Ok((object, replaced)) => {
                if let Some(replaced) = &replaced {
                    place.remove(replaced);
                }
                Ok(object)
            }
            Err(error) => {
                place.remove(&body);
                Err(error)
            }
        }
    }

    /// Changes an object in place, its body staying as it is.
    pub(crate) fn amend(
        &self,
        bucket: &str,
        key: &str,
        edit: impl FnOnce(&mut Object),
    ) -> S3Result<Arc<Object>> {
        self.change(bucket, |bucket| {
            let mut object =
                bucket.objects.get(key).map(|object| Object::clone(object)).ok_or_else(no_such_key)?;
            edit(&mut object);
            bucket.records.save_object(&object).internal()?;
            let object = Arc::new(object);
            bucket.objects.insert(key.to_owned(), Arc::clone(&object));
            Ok(object)
        })
    }

    /// Deletes an object, if the condition holds. Deleting what is not there succeeds.
    pub(crate) fn delete(&self, bucket: &str, key: &str, condition: &Condition) -> S3Result<()> {
        self.change(bucket, |bucket| {
            condition.check(bucket.objects.get(key).map(AsRef::as_ref))?;
            bucket.records.remove_object(key).internal()?;
            if let Some(object) = bucket.objects.remove(key) {
                bucket.place.remove(&object.body);
            }
            Ok(())
        })
    }

    /// Lists objects.
    pub(crate) fn list(&self, bucket: &str, query: &Query) -> S3Result<Page<Arc<Object>>> {
        self.look(bucket, |bucket| Ok(index::page(&bucket.objects, query)))
    }

    fn look<T>(&self, name: &str, read: impl FnOnce(&Bucket) -> S3Result<T>) -> S3Result<T> {
        let buckets = self.buckets.read().unwrap_or_else(PoisonError::into_inner);
        read(buckets.get(name).ok_or_else(|| no_such_bucket(name))?)
    }

    fn change<T>(&self, name: &str, write: impl FnOnce(&mut Bucket) -> S3Result<T>) -> S3Result<T> {
        let mut buckets = self.buckets.write().unwrap_or_else(PoisonError::into_inner);
        write(buckets.get_mut(name).ok_or_else(|| no_such_bucket(name))?)
    }
}

impl Bucket {
    /// Puts an object in its place. Gives back the body that it replaced.
    fn publish(&mut self, object: Object, condition: &Condition) -> S3Result<(Arc<Object>, Option<Body>)> {
        condition.check(self.objects.get(&object.key).map(AsRef::as_ref))?;
        self.records.save_object(&object).internal()?;
        let object = Arc::new(object);
        let replaced = self.objects.insert(object.key.clone(), Arc::clone(&object));
        Ok((object, replaced.map(|old| old.body.clone())))
    }
}
