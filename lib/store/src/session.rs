//! What all clients of one process share, however many threads it has: configuration, credentials, the clock, the way to each
//! bucket, resolved names, TLS sessions, and whether the service was ever reached. Connections belong to a thread.

use std::sync::{Arc, atomic::AtomicBool};

use aws_config::SdkConfig;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::{
    Client,
    config::{
        Builder, IdentityCache, RequestChecksumCalculation, ResponseChecksumValidation, retry::RetryConfig,
    },
};
use tokio::sync::OnceCell;
use tt_record::Problem;

use crate::{
    S3Options, Store, Tuning,
    bodies::UnsignedWithTls,
    clock::Clock,
    connect::{check_endpoint, no_provider, not_provided},
    credentials::Credentials,
    direct::{Direct, Routes, Signer},
    http::{Connections, Connector, connector},
    retry::Retry,
    standing::Standing,
};

/// The clients of a process for one service. Cheap to clone; all clones are one session.
#[derive(Clone)]
pub struct Session(Arc<Inner>);

struct Inner {
    options: S3Options,
    tuning: Tuning,
    reached: Arc<AtomicBool>,
    clock: Clock,
    /// Made by the first thread that needs it. What went wrong goes wrong for all.
    ready: OnceCell<Result<Ready, Problem>>,
}

/// What was read and found before the first request.
struct Ready {
    shared: SdkConfig,
    connector: Connector,
    /// None where requests are not signed.
    credentials: Option<Credentials>,
    standing: Standing,
    routes: Routes,
}

impl Session {
    /// A session of which nothing was read yet.
    pub fn new(options: S3Options, tuning: Tuning) -> Self {
        let (reached, clock, ready) = (Arc::default(), Clock::default(), OnceCell::new());
        Self(Arc::new(Inner { options, tuning, reached, clock, ready }))
    }

    /// A client for the runtime that this is called in. The first call reads configuration and finds credentials. Talks to the
    /// service itself only where the credentials come from there.
    pub async fn connect(&self) -> Result<Store, Problem> {
        let Inner { options, tuning, reached, clock, ready } = &*self.0;
        let ready = ready.get_or_init(|| Ready::of(options, tuning)).await.as_ref().map_err(Clone::clone)?;
        let Ready { shared, connector, credentials, standing, routes } = ready;
        let signer = credentials.clone().map(|credentials| Signer::new(credentials, clock.clone()));
        let verified = options.trust().verifies();
        let direct =
            Direct::new(connector.clone(), signer, verified, standing, options, tuning, routes.clone());
        let connections = Connections::new(connector.clone(), options, tuning);
        let config = ready.config(options, shared).http_client(connections);
        let config = config.interceptor(standing.clone()).interceptor(UnsignedWithTls { verified });
        let config = config.time_source(clock.clone());
        let retry = Retry {
            retries: options.limits.retries.into(),
            reached: Arc::clone(reached),
            note: Arc::clone(&tuning.note),
            warning: Arc::clone(&tuning.warning),
            reentry: tuning.reentry.clone(),
            credentials: credentials.clone(),
            clock: clock.clone(),
        };
        Ok(Store { sdk: Client::from_conf(config.build()), direct: Arc::new(direct), retry })
    }
}

impl Ready {
    async fn of(options: &S3Options, tuning: &Tuning) -> Result<Self, Problem> {
        let connector = connector(&options.trust())?;
        // Whichever thread asks for credentials opens connections of its own, which nothing holds up once it is gone.
        let connections = Connections::unpooled(connector.clone(), options, tuning);
        let shared = options.load(&connections).await;
        check_endpoint(&shared)?;
        let credentials = if options.no_sign_request {
            None
        } else {
            let provider = shared.credentials_provider().ok_or_else(no_provider)?;
            let credentials = Credentials::new(provider);
            // Without credentials every request would fail, one by one.
            let found = credentials.identity().await;
            found.map_err(|e| not_provided(&e, options.profile.as_deref()))?;
            Some(credentials)
        };
        let routes = Routes::new(Self::base(options, &shared));
        Ok(Self { standing: Standing::of(options)?, shared, connector, credentials, routes })
    }

    /// How the SDK is used, whoever asks.
    fn base(options: &S3Options, shared: &SdkConfig) -> Builder {
        Builder::from(shared)
            .force_path_style(options.path_style(shared))
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .retry_config(RetryConfig::disabled())
            // The SDK's own would follow any date that a service names.
            .disable_clock_skew_correction(true)
            .identity_cache(IdentityCache::no_cache())
    }

    fn config(&self, options: &S3Options, shared: &SdkConfig) -> Builder {
        let mut config = Self::base(options, shared);
        config.set_credentials_provider(self.credentials.clone().map(SharedCredentialsProvider::new));
        config
    }
}
