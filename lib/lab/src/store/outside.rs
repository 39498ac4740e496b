//! Reading an object whose body may have been changed or removed behind the endpoint's back: what was known of its bytes
//! is then not vouched for, but computed anew.

use std::{io, sync::Arc};

use s3s::S3Result;

use super::{
    Store,
    bodies::{Body, Opened, Stamp},
    object::{Moment, Object},
};
use crate::{
    fail::{Internal as _, no_such_key},
    sums::Hasher,
};

/// An object as it is now, and its bytes.
pub(crate) struct Found {
    pub(crate) object: Arc<Object>,
    pub(crate) bytes: Opened,
}

impl Store {
    /// Finds an object. Its body stays readable even when the object is replaced or deleted meanwhile.
    pub(crate) async fn find(&self, bucket: &str, key: &str) -> S3Result<Found> {
        loop {
            let (object, place) = self.look(bucket, |bucket| {
                let object = bucket.objects.get(key).ok_or_else(no_such_key)?;
                Ok((Arc::clone(object), bucket.place.clone()))
            })?;
            match place.open(&object.body) {
                Ok(bytes) if bytes.stamp().internal()? == stamp(&object.body) => {
                    return Ok(Found { object, bytes });
                }
                Ok(bytes) => self.renew(bucket, &object, bytes).await?,
                // Replaced since it was looked up, or removed from outside: then it is forgotten.
                Err(e) if e.kind() == io::ErrorKind::NotFound => self.forget(bucket, &object)?,
                Err(e) => return Err(e).internal(),
            }
        }
    }

    /// Describes the bytes that are there now.
    async fn renew(&self, bucket: &str, old: &Arc<Object>, bytes: Opened) -> S3Result<()> {
        let Some(stamp) = bytes.stamp().internal()? else { return Ok(()) };
        let mut hasher = Hasher::with_md5(old.sum.algorithm);
        let mut reader = bytes.read(0..stamp.size()).internal()?;
        while let Some(chunk) = reader.next().await.internal()? {
            hasher.update(&chunk);
        }
        let (imprint, sum) = hasher.finish();
        let mut object = Object::clone(old);
        if let Body::File { name, .. } = &old.body {
            // Taken before the first byte was read: if it changes meanwhile, the next look starts over.
            object.body = Body::File { name: name.clone(), stamp };
        }
        object.size = stamp.size();
        object.etag = object.properties.encryption.etag(imprint);
        object.sum = sum;
        object.parts.clear();
        object.upload = None;
        object.modified = Moment::now();
        self.replace(bucket, old, Some(object))
    }

    fn forget(&self, bucket: &str, old: &Arc<Object>) -> S3Result<()> {
        self.replace(bucket, old, None)
    }

    /// Puts `new` in the place of `old`, unless something else came there meanwhile.
    fn replace(&self, bucket: &str, old: &Arc<Object>, new: Option<Object>) -> S3Result<()> {
        self.change(bucket, |bucket| {
            if !bucket.objects.get(&old.key).is_some_and(|current| Arc::ptr_eq(current, old)) {
                return Ok(());
            }
            if let Some(new) = new {
                bucket.records.save_object(&new).internal()?;
                bucket.objects.insert(new.key.clone(), Arc::new(new));
            } else {
                bucket.records.remove_object(&old.key).internal()?;
                bucket.objects.remove(&old.key);
            }
            Ok(())
        })
    }
}

fn stamp(body: &Body) -> Option<Stamp> {
    if let Body::File { stamp, .. } = body { Some(*stamp) } else { None }
}
