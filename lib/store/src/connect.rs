//! From flags, environment and AWS config files to a client.

use std::{path::PathBuf, sync::Arc, time::Duration};

use aws_config::{
    BehaviorVersion, ConfigLoader, SdkConfig, profile::ProfileFileCredentialsProvider,
    provider_config::ProviderConfig,
};
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::{
    Client,
    config::{AppName, Region, StalledStreamProtectionConfig},
};
use clap::{Args, ValueEnum, ValueHint};
use jiff::SignedDuration;
use tt_record::{Problem, ProblemKind, shown_url};

use crate::{
    CustomerKey, Latencies, Session,
    direct::Direct,
    failure::{no_credentials, process_ended},
    http::{Connections, Trust},
    retry::Retry,
    tuning::Tuning,
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
    /// Pay for the requests oneself, in a bucket whose owner does not [default: the owner pays].
    #[arg(long)]
    pub request_payer: bool,
    /// The account, 12 digits, that must own the bucket; otherwise S3 answers AccessDenied to everything [default: any
    /// account].
    #[arg(long, value_name = "ACCOUNT", value_parser = account)]
    pub expected_bucket_owner: Option<String>,
    /// File with a key of one's own for the encryption of objects (SSE-C): 32 bytes, or their base64. Reading them, as
    /// tt-verify does, needs the same key [default: S3 keeps the keys].
    #[arg(long, value_name = "FILE", value_parser = CustomerKey::read, value_hint = ValueHint::FilePath)]
    pub sse_c_key: Option<CustomerKey>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the type says it")]
    pub limits: Limits,
    /// Write how long requests took, a histogram for each S3 operation, in the log format of HdrHistogram; put in place at
    /// the end [default: none].
    #[arg(long, value_name = "FILE", value_parser = Latencies::parse, value_hint = ValueHint::FilePath)]
    #[arg(help_heading = "What is said")]
    pub latencies: Option<Latencies>,
}

/// When a request is given up.
#[derive(Args, Clone, Copy, Debug, PartialEq, Eq)]
#[command(next_help_heading = "How it is done")]
pub struct Limits {
    /// How often a request is tried again, at growing distances: the usual number is about a minute of trying.
    #[arg(long, value_name = "N", default_value_t = Self::default().retries,
        value_parser = clap::value_parser!(u16).range(..=100))]
    pub retries: u16,
    /// How long nothing may move on a connection before it is given up, and the request tried again.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = timeout)]
    pub timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { retries: 9, timeout: Duration::from_mins(1) }
    }
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
    /// The one client of a session of its own ([`Session::connect`]).
    pub async fn connect(options: &S3Options, tuning: &Tuning) -> Result<Self, Problem> {
        Session::new(options.clone(), tuning.clone()).connect().await
    }
}

/// Reads a time limit.
fn timeout(text: &str) -> Result<Duration, String> {
    let limit = text.parse::<SignedDuration>().ok().and_then(|limit| Duration::try_from(limit).ok());
    limit
        .filter(|limit| (Duration::from_secs(1)..=Duration::from_hours(1)).contains(limit))
        .ok_or_else(|| format!("{text:?} is not a time from 1s to 1h, such as 90s or 5m"))
}

impl S3Options {
    /// What whoever runs a tool with these options should be warned of.
    pub fn warnings(&self) -> impl Iterator<Item = &'static str> {
        let anybody = "certificates are not verified: whoever sits in between can read and change all";
        let bare =
            "the key of --sse-c-key travels over http, where anybody can read it: S3 itself refuses that";
        let unguarded = "requests are neither encrypted nor signed: anyone on the network can read and change \
                         what is uploaded and what is reported of it; use https://";
        let conditions = [
            (self.no_verify_ssl, anybody),
            (self.sse_c_key.is_some() && self.endpoint_is_bare(), bare),
            (self.no_sign_request && self.endpoint_is_bare(), unguarded),
        ];
        conditions.into_iter().filter(|(holds, _)| *holds).map(|(_, warning)| warning)
    }

    /// Whether the service is spoken to without encryption, as far as can be told before profiles are read.
    fn endpoint_is_bare(&self) -> bool {
        let from_env = |name| std::env::var(name).ok().filter(|url| !url.is_empty());
        let url = self.endpoint_url.clone();
        let url = url.or_else(|| from_env("AWS_ENDPOINT_URL_S3")).or_else(|| from_env("AWS_ENDPOINT_URL"));
        url.is_some_and(|url| url.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("http:")))
    }

    pub(crate) fn trust(&self) -> Trust {
        if self.no_verify_ssl {
            return Trust::Anybody;
        }
        let from_env =
            || std::env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty()).map(PathBuf::from);
        Trust::Authorities(self.ca_bundle.clone().or_else(from_env))
    }

    pub(crate) async fn load(&self, connections: &Connections) -> SdkConfig {
        let shared = self.read(connections).await;
        if shared.region().is_some() {
            return shared;
        }
        shared.into_builder().region(Region::from_static(USUAL_REGION)).build()
    }

    /// What they come to, together with environment and files.
    pub(crate) async fn read(&self, connections: &Connections) -> SdkConfig {
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
        self.identify(loader, connections).load().await
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

    pub(crate) fn path_style(&self, shared: &SdkConfig) -> bool {
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

fn account(text: &str) -> Result<String, String> {
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(text.to_owned());
    }
    Err("an account has 12 digits".to_owned())
}

/// An endpoint that is no URL would fail each request, and look like a fault of the service.
pub(crate) fn check_endpoint(shared: &SdkConfig) -> Result<(), Problem> {
    // The SDK takes no notice of a variable that holds no URL, and would go to AWS.
    let named = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"].map(|name| std::env::var(name).ok());
    let named = named.into_iter().flatten().filter(|url| !url.is_empty());
    for url in shared.endpoint_url().map(str::to_owned).into_iter().chain(named) {
        let parsed = url.parse::<http::Uri>().ok();
        let scheme = parsed.as_ref().and_then(http::Uri::scheme_str);
        // Wherever it stands: of a URL that is written wrongly nobody knows where the password ends.
        if url.contains('@') {
            return Err(Problem::new(ProblemKind::Config, "the endpoint URL holds a user name or password")
                .hint("credentials go into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile"));
        }
        // A host and perhaps a path, and surely nothing that may not be shown.
        let host = parsed.as_ref().and_then(http::Uri::host).filter(|_| shown_url(&url) == url);
        if !matches!(scheme, Some("http" | "https")) || host.is_none() {
            let message =
                format!("the endpoint {:?} is no URL that begins with http:// or https://", shown_url(&url));
            return Err(Problem::new(ProblemKind::Config, message)
                .hint("correct --endpoint-url, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL or the profile"));
        }
    }
    Ok(())
}

pub(crate) fn no_provider() -> Problem {
    Problem::new(ProblemKind::NoCredentials, "no credentials").hint("set AWS_ACCESS_KEY_ID, or use --profile")
}

pub(crate) fn not_provided(error: &CredentialsError, profile: Option<&str>) -> Problem {
    match profile {
        _ if process_ended(error).is_some() => no_credentials(error),
        // The SDK does not say which one, nor whether it is there at all.
        Some(profile) => no_credentials(error)
            .context(format_args!("the profile {profile:?}"))
            .hint("`aws configure list-profiles` shows what profiles there are"),
        None => no_credentials(error),
    }
}
