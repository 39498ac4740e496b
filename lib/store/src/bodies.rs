//! What the SDK's signatures cover of bodies.

use aws_runtime::auth::PayloadSigningOverride;
use aws_sdk_s3::{
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextMut},
    error::BoxError,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;

/// The operations whose bodies are those of objects, and have a checksum among the headers.
const BODIES: [&str; 2] = ["PutObject", "UploadPart"];

/// Leaves large bodies out of signatures where TLS guards them: to hash them once more would cost more than to send them.
/// Without TLS the SDK hashes and signs them, as it does by default.
#[derive(Debug)]
pub(crate) struct UnsignedWithTls {
    /// Whether the certificates of services are verified.
    pub(crate) verified: bool,
}

impl Intercept for UnsignedWithTls {
    fn name(&self) -> &'static str {
        "UnsignedWithTls"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = config.load::<Metadata>().map_or("", Metadata::name);
        if self.verified && BODIES.contains(&operation) && context.request().uri().starts_with("https:") {
            config.interceptor_state().store_put(PayloadSigningOverride::UnsignedPayload);
        }
        Ok(())
    }
}
