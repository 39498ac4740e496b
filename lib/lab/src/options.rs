//! How an endpoint is to behave.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::{Duration, SystemTime},
};

use jiff::SignedDuration;

use crate::fault::Fault;

/// How an endpoint is to behave. The default is a plain one, on a free port, that keeps bodies in memory.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 picks a free one.
    pub listen: SocketAddr,
    /// The region that requests must be signed for.
    pub region: String,
    /// Who may sign requests.
    pub credentials: Vec<Credential>,
    /// Whether requests without a signature are answered.
    pub anonymous: bool,
    /// Where bodies go.
    pub bodies: Bodies,
    /// Buckets to make at the start, if they aren't there.
    pub buckets: Vec<String>,
    /// Whether to speak TLS.
    pub tls: Option<Tls>,
    /// The network to pretend.
    pub link: Link,
    /// What goes wrong. Of several that match a request, the first that strikes counts.
    pub faults: Vec<Fault>,
    /// By how much the endpoint's clock is ahead of the machine's; it dates answers, and judges when requests were signed.
    pub clock_skew: SignedDuration,
    /// Where the randomness of faults starts: with the same seed, the same requests in the same order are struck.
    pub seed: u64,
    /// A file to which one JSON line a request is appended.
    pub log: Option<PathBuf>,
    /// How many objects a page of a listing shows at most: 1 to 1,000, and S3's limit of 1,000 for 0.
    pub page: usize,
    /// Connections without a request for so long are closed.
    pub idle_timeout: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            region: "us-east-1".to_owned(),
            credentials: vec![Credential::new("test", "testsecret")],
            anonymous: false,
            bodies: Bodies::Memory,
            buckets: Vec::new(),
            tls: None,
            link: Link::default(),
            faults: Vec::new(),
            clock_skew: SignedDuration::ZERO,
            seed: 1,
            log: None,
            page: 0,
            idle_timeout: None,
        }
    }
}

/// A key that requests may be signed with.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The id that goes with each request.
    pub access_key: String,
    /// The secret that signs it.
    pub secret_key: String,
    /// The token that must go with it, as for temporary credentials.
    pub session_token: Option<String>,
    /// From when on it answers ExpiredToken.
    pub expires: Option<SystemTime>,
    /// Whether everything but reading is denied.
    pub read_only: bool,
}

impl Credential {
    /// A key that may do everything, forever.
    pub fn new(access_key: impl Into<String>, secret_key: impl Into<String>) -> Self {
        Self {
            access_key: access_key.into(),
            secret_key: secret_key.into(),
            session_token: None,
            expires: None,
            read_only: false,
        }
    }
}

/// Where bodies go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bodies {
    /// Into files below this directory; all state survives a restart. The layout is told in the crate's documentation.
    Directory(PathBuf),
    /// Into memory.
    Memory,
    /// Nowhere: checksums are computed and checked, bytes are dropped, and reading an object is an error.
    Discard,
}

/// The certificate of an endpoint that speaks TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    /// A certificate for localhost, 127.0.0.1 and ::1, of an authority made for the occasion.
    SelfSigned {
        /// Where the authority's certificate is written, in PEM, for clients to trust.
        ca: PathBuf,
    },
    /// A certificate of the caller's own.
    Files {
        /// The certificate and what it hangs on, in PEM.
        cert: PathBuf,
        /// Its private key, in PEM.
        key: PathBuf,
    },
}

/// A network to pretend. The default is the machine's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Bytes a second of all connections together, in each direction.
    pub rate: Option<u64>,
    /// Bytes a second of each connection, in each direction.
    pub connection_rate: Option<u64>,
    /// How long each answer is held back.
    pub delay: Duration,
}
