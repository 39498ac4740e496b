//! What went wrong, in the one form that both people and records get: a kind, a message, and what to do next.

use std::{borrow::Cow, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::without_secrets;

/// The kinds of problem. They are part of the stream's contract: scripts select on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// The command line is wrong.
    Usage,
    /// The records that came in are broken, foreign or incomplete.
    Stream,
    /// The source does not exist, or the file went away.
    NoSource,
    /// A local file or directory could not be read.
    Unreadable,
    /// Reading or writing failed.
    Io,
    /// The file kept changing while it was read.
    Changing,
    /// A name that S3 can't take: not UTF-8, or too long.
    Name,
    /// The file is larger or has more parts than S3 takes.
    TooLarge,
    /// The service could not be reached: name, route, connection or TLS.
    Unreachable,
    /// The service did not answer in time.
    Timeout,
    /// The service asked to slow down, for longer than we were ready to wait.
    Throttled,
    /// The service failed on its own account.
    Server,
    /// No credentials were found, or they could not be loaded.
    NoCredentials,
    /// The credentials are wrong, expired, or the clock is.
    BadCredentials,
    /// The credentials do not allow this.
    AccessDenied,
    /// There is no such bucket.
    NoBucket,
    /// The bucket is in another region.
    WrongRegion,
    /// A setting is wrong: profile, CA bundle, endpoint.
    Config,
    /// A condition that the request carried did not hold.
    Precondition,
    /// What S3 received is not what was sent.
    Corrupt,
    /// The service refused the request for another reason.
    Refused,
    /// Stopped by a signal.
    Interrupted,
    /// A bug in the tools.
    Bug,
    /// A kind that this version does not know.
    #[serde(other)]
    Other,
}

impl ProblemKind {
    /// Whether it may go well later, with nothing changed here.
    pub fn may_pass(self) -> bool {
        matches!(self, Self::Throttled | Self::Timeout | Self::Server)
    }

    /// Whether everything that follows would fail the same way, so that going on makes no sense.
    pub fn stops_everything(self) -> bool {
        matches!(
            self,
            Self::NoCredentials
                | Self::BadCredentials
                | Self::AccessDenied
                | Self::NoBucket
                | Self::WrongRegion
                | Self::Config
                | Self::Unreachable
        )
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// A problem, for records and for people. Holds no secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// What sort of problem it is.
    pub kind: ProblemKind,
    /// What failed, on which file or key, and why.
    pub message: String,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Problem {
    /// A problem without a hint. What a message or a hint holds of passwords in URLs, and of secrets that the process knows, is
    /// left out ([`without_secrets`]).
    pub fn new(kind: ProblemKind, message: impl Into<String>) -> Self {
        Self { kind, message: bare(message.into()), hint: None }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(bare(hint.into()));
        self
    }

    /// Puts what was being done before the message: `context: message`.
    #[must_use]
    pub fn context(mut self, context: impl fmt::Display) -> Self {
        self.message = bare(format!("{context}: {}", self.message));
        self
    }
}

fn bare(text: String) -> String {
    match without_secrets(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(bare) => bare,
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}
