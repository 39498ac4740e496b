//! The status and the headers of an answer that the SDK gets: it hands on a part of them only.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_s3::{
    config::{
        ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeDeserializationInterceptorContextRef,
    },
    error::BoxError,
};
use http::{HeaderMap, HeaderName, HeaderValue};

/// Listens to one request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overheard(Arc<Mutex<(u16, HeaderMap)>>);

impl Overheard {
    /// The headers of the last answer.
    pub(crate) fn headers(&self) -> HeaderMap {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    /// The status of the last answer.
    pub(crate) fn status(&self) -> u16 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Intercept for Overheard {
    fn name(&self) -> &'static str {
        "Overheard"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let status = context.response().status().as_u16();
        let headers = context.response().headers().iter().filter_map(|(name, value)| {
            Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?))
        });
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (status, headers.collect());
        Ok(())
    }
}
