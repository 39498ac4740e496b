//! What keeps an endpoint from starting.

use std::{error::Error, fmt, io, path::PathBuf};

/// What keeps an endpoint from starting.
#[derive(Debug)]
#[non_exhaustive]
pub enum LabError {
    /// The address can't be listened on.
    Listen(io::Error),
    /// The directory of bodies can't be used, or holds something else.
    Store(PathBuf, io::Error),
    /// The log can't be written.
    Log(PathBuf, io::Error),
    /// A bucket can't be made.
    Bucket(String, String),
    /// The certificate can't be made, read or used.
    Tls(String),
}

impl fmt::Display for LabError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen(e) => write!(f, "can't listen: {e}"),
            Self::Store(path, e) => write!(f, "can't keep objects in {}: {e}", path.display()),
            Self::Log(path, e) => write!(f, "can't write the log {}: {e}", path.display()),
            Self::Bucket(name, why) => write!(f, "can't make the bucket {name}: {why}"),
            Self::Tls(why) => write!(f, "can't set up TLS: {why}"),
        }
    }
}

impl Error for LabError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Listen(e) | Self::Store(_, e) | Self::Log(_, e) => Some(e),
            Self::Bucket(..) | Self::Tls(_) => None,
        }
    }
}
