//! The way to each bucket, found once for all threads.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use aws_sdk_s3::{
    Client,
    config::{Builder, Credentials},
};

use super::endpoint::Address;

/// The addresses of buckets. Cheap to clone; all clones are one.
#[derive(Clone)]
pub(crate) struct Routes(Arc<Inner>);

struct Inner {
    /// Is asked for addresses, and never makes a request.
    sdk: Client,
    /// By bucket; none where the SDK has to send its requests.
    known: Mutex<HashMap<String, Option<Arc<Address>>>>,
}

impl Routes {
    /// Routes as a client of this configuration takes them.
    pub(crate) fn new(config: Builder) -> Self {
        // An address is the same whoever asks: that real credentials can't be had just now must not decide the way.
        let anyone = Credentials::new("route", "route", None, None, "route");
        let sdk = Client::from_conf(config.credentials_provider(anyone).build());
        Self(Arc::new(Inner { sdk, known: Mutex::default() }))
    }

    /// The address of a bucket; `None` where the SDK has to send its requests.
    pub(super) async fn to(&self, bucket: &str) -> Option<Arc<Address>> {
        let Inner { sdk, known } = &*self.0;
        let found = known.lock().unwrap_or_else(PoisonError::into_inner).get(bucket).cloned();
        if let Some(address) = found {
            return address;
        }
        let address = Box::pin(Address::find(sdk, bucket)).await.map(Arc::new);
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(bucket.to_owned()).or_insert(address).clone()
    }
}
