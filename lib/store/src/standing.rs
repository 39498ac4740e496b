//! Headers that go with every request, or with all of some operations, because of the options: prepared once.

use aws_sdk_s3::config::{
    ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextMut,
};
use aws_sdk_s3::error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use http::{HeaderMap, HeaderName, HeaderValue};
use tt_record::{Problem, ProblemKind};

use crate::{CustomerKey, S3Options};

/// The operations that S3 wants the customer's key with.
const KEYED: [&str; 8] = [
    "PutObject",
    "CreateMultipartUpload",
    "UploadPart",
    "CompleteMultipartUpload",
    "ListParts",
    "HeadObject",
    "GetObject",
    "GetObjectAttributes",
];

/// The headers, and an interceptor that puts them into the SDK's requests before these are signed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// Of every operation.
    common: HeaderMap,
    /// Of those that deal with an object's bytes.
    keyed: HeaderMap,
}

impl Standing {
    pub(crate) fn of(options: &S3Options) -> Result<Self, Problem> {
        let mut standing = Self::default();
        if options.request_payer {
            standing.common.insert("x-amz-request-payer", HeaderValue::from_static("requester"));
        }
        if let Some(owner) = &options.expected_bucket_owner {
            let wrong = |_| Problem::new(ProblemKind::Usage, format!("{owner:?} is no account"));
            let owner = HeaderValue::try_from(owner).map_err(wrong)?;
            standing.common.insert("x-amz-expected-bucket-owner", owner);
        }
        if let Some(key) = &options.sse_c_key {
            standing.bring(key);
        }
        Ok(standing)
    }

    fn bring(&mut self, key: &CustomerKey) {
        let mut put = |name, value: String| {
            // Base64 and a name are always the value of a header.
            if let Ok(mut value) = HeaderValue::try_from(value) {
                value.set_sensitive(true);
                self.keyed.insert(HeaderName::from_static(name), value);
            }
        };
        put("x-amz-server-side-encryption-customer-algorithm", "AES256".to_owned());
        put("x-amz-server-side-encryption-customer-key", key.base64());
        put("x-amz-server-side-encryption-customer-key-md5", key.md5());
    }

    /// The headers of an operation.
    pub(crate) fn headers<'s>(
        &'s self,
        operation: &str,
    ) -> impl Iterator<Item = (&'s HeaderName, &'s HeaderValue)> {
        let keyed = KEYED.contains(&operation).then_some(&self.keyed);
        self.common.iter().chain(keyed.into_iter().flatten())
    }
}

impl Intercept for Standing {
    fn name(&self) -> &'static str {
        "Standing"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = config.load::<Metadata>().map_or("", Metadata::name);
        let headers = context.request_mut().headers_mut();
        for (name, value) in self.headers(operation) {
            headers.insert(name.as_str().to_owned(), value.to_str()?.to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_goes_with_objects_only() {
        let key = Some(CustomerKey::from([7; 32]));
        let options = S3Options { request_payer: true, sse_c_key: key, ..S3Options::default() };
        let standing = Standing::of(&options).unwrap();
        assert_eq!(standing.headers("UploadPart").count(), 4);
        assert_eq!(standing.headers("ListObjectsV2").count(), 1);
    }
}
