//! From flags, environment and AWS config files to a client.

use std::{path::PathBuf, sync::Arc};

use aws_config::{
    BehaviorVersion, ConfigLoader, SdkConfig, profile::ProfileFileCredentialsProvider,
    provider_config::ProviderConfig,
};
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sdk_s3::{
    Client,
    config::{
        AppName, Builder, Region, RequestChecksumCalculation, ResponseChecksumValidation,
        StalledStreamProtectionConfig, retry::RetryConfig,
    },
};
use clap::{Args, ValueEnum};
use tt_record::{Problem, ProblemKind};

use crate::{
    direct::Direct,
    failure::no_credentials,
    http::{Connections, Trust, connector},
    retry::{Retry, RetryNote},
};

/// The region of those who name none: S3's first one, and what S3-compatible services mostly expect.
const USUAL_REGION: &str = "us-east-1";

/// Flags of every tool that talks to S3.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Where S3 is, and who asks")]
pub struct S3Options {
    /// An S3-compatible service instead of AWS [default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the profile's, or AWS].
    #[arg(long, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Region of the bucket [default: AWS_REGION, AWS_DEFAULT_REGION, the profile's, or us-east-1].
    #[arg(long)]
    pub region: Option<String>,
    /// Profile in ~/.aws/config and ~/.aws/credentials [default: AWS_PROFILE, or what the environment provides].
    #[arg(long)]
    pub profile: Option<String>,
    /// Send requests without signing them, for buckets that are open to all [default: sign].
    #[arg(long)]
    pub no_sign_request: bool,
    /// PEM file of certificate authorities to trust besides the platform's [default: AWS_CA_BUNDLE].
    #[arg(long, value_name = "FILE")]
    pub ca_bundle: Option<PathBuf>,
    /// Believe any certificate: whoever sits between may then read and change everything [default: verify].
    #[arg(long)]
    pub no_verify_ssl: bool,
    /// How a request names the bucket: in the path, or in the host name; auto is path for a service of one's own and
    /// virtual for AWS.
    #[arg(long, value_enum, value_name = "STYLE", default_value_t)]
    pub addressing_style: AddressingStyle,
}

/// How a request names the bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum AddressingStyle {
    #[default]
    Auto,
    Path,
    Virtual,
}

/// A client for one S3 service. Cheap to clone; belongs to the runtime that it was made in, as its connections do.
#[derive(Clone)]
pub struct Store {
    pub(crate) sdk: Client,
    pub(crate) direct: Arc<Direct>,
    pub(crate) retry: Retry,
}

impl Store {
    /// Gets ready to talk to S3: reads configuration, finds credentials. Talks to the service itself only where the
    /// credentials come from there. `note` is told of each failure that is tried again.
    pub async fn connect(options: &S3Options, note: RetryNote) -> Result<Self, Problem> {
        let connector = connector(&options.trust())?;
        let connections = Connections::new(connector.clone());
        let shared = options.load(&connections).await;
        check_endpoint(&shared)?;
        if !options.no_sign_request {
            check_credentials(&shared, options.profile.as_deref()).await?;
        }
        let config = Builder::from(&shared)
            .force_path_style(options.path_style(&shared))
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .retry_config(RetryConfig::disabled())
            .build();
        let direct = Arc::new(Direct::new(connector, &shared));
        Ok(Self { sdk: Client::from_conf(config), direct, retry: Retry::new(note) })
    }
}

impl S3Options {
    /// What whoever runs a tool with these options should be warned of.
    pub fn warning(&self) -> Option<&'static str> {
        self.no_verify_ssl
            .then_some("certificates are not verified: whoever sits in between can read and change all")
    }

    fn trust(&self) -> Trust {
        if self.no_verify_ssl {
            return Trust::Anybody;
        }
        let from_env =
            || std::env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty()).map(PathBuf::from);
        Trust::Authorities(self.ca_bundle.clone().or_else(from_env))
    }

    async fn load(&self, connections: &Connections) -> SdkConfig {
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(connections.clone())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        if let Ok(name) = AppName::new(concat!("datasync-turbo-", env!("CARGO_PKG_VERSION"))) {
            loader = loader.app_name(name);
        }
        if let Some(url) = &self.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        if let Some(region) = &self.region {
            loader = loader.region(Region::new(region.clone()));
        }
        let shared = self.identify(loader, connections).load().await;
        if shared.region().is_some() {
            return shared;
        }
        shared.into_builder().region(Region::from_static(USUAL_REGION)).build()
    }

    /// A profile that was named on the command line wins over credentials in the environment, as with the AWS CLI.
    fn identify(&self, loader: ConfigLoader, connections: &Connections) -> ConfigLoader {
        if self.no_sign_request {
            return loader.no_credentials();
        }
        let Some(profile) = &self.profile else { return loader };
        let config = ProviderConfig::default()
            .with_http_client(connections.clone())
            .with_region(self.region.clone().map(Region::new));
        let credentials =
            ProfileFileCredentialsProvider::builder().configure(&config).profile_name(profile).build();
        loader.profile_name(profile).credentials_provider(credentials)
    }

    fn path_style(&self, shared: &SdkConfig) -> bool {
        match self.addressing_style {
            AddressingStyle::Path => true,
            AddressingStyle::Virtual => false,
            AddressingStyle::Auto => {
                let of_s3 = std::env::var_os("AWS_ENDPOINT_URL_S3").is_some_and(|url| !url.is_empty());
                of_s3 || shared.endpoint_url().is_some()
            }
        }
    }
}

/// An endpoint that is no URL would fail each request, and look like a fault of the service.
fn check_endpoint(shared: &SdkConfig) -> Result<(), Problem> {
    let of_s3 = std::env::var("AWS_ENDPOINT_URL_S3").ok().filter(|url| !url.is_empty());
    for url in [shared.endpoint_url().map(str::to_owned), of_s3].into_iter().flatten() {
        let parsed = url.parse::<http::Uri>().ok();
        let scheme = parsed.as_ref().and_then(http::Uri::scheme_str);
        if parsed.as_ref().and_then(http::Uri::authority).is_some_and(|host| host.as_str().contains('@')) {
            return Err(Problem::new(ProblemKind::Config, "the endpoint URL holds a user name or password")
                .hint("credentials go into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile"));
        }
        if !matches!(scheme, Some("http" | "https")) || parsed.as_ref().and_then(http::Uri::host).is_none() {
            let message = format!("the endpoint {url:?} is no URL that begins with http:// or https://");
            return Err(Problem::new(ProblemKind::Config, message)
                .hint("correct --endpoint-url, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL or the profile"));
        }
    }
    Ok(())
}

/// Without credentials every request would fail, one by one.
async fn check_credentials(shared: &SdkConfig, profile: Option<&str>) -> Result<(), Problem> {
    let provider = shared.credentials_provider().ok_or_else(|| {
        Problem::new(ProblemKind::NoCredentials, "no credentials")
            .hint("set AWS_ACCESS_KEY_ID, or use --profile")
    })?;
    provider.provide_credentials().await.map(|_| ()).map_err(|e| match profile {
        // The SDK does not say which one, nor whether it is there at all.
        Some(profile) => no_credentials(&e)
            .context(format_args!("the profile {profile:?}"))
            .hint("`aws configure list-profiles` shows what profiles there are"),
        None => no_credentials(&e),
    })
}
