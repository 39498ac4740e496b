//! Exit codes: the same for every tool, and documented here alone.

use std::process::ExitCode;

use tt_record::{Problem, ProblemKind};

/// How a tool ends. The last tool of a pipeline ends with the truth about the whole of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(u8);

impl Exit {
    /// All done.
    pub const OK: Self = Self(0);
    /// Some items failed, or did not match.
    pub const ITEMS: Self = Self(1);
    /// Wrong usage.
    pub const USAGE: Self = Self(64);
    /// A broken, foreign or incomplete stream.
    pub const STREAM: Self = Self(65);
    /// The source does not exist.
    pub const NO_SOURCE: Self = Self(66);
    /// The service can't be reached.
    pub const UNREACHABLE: Self = Self(69);
    /// A bug.
    pub const BUG: Self = Self(70);
    /// Input or output failed.
    pub const IO: Self = Self(74);
    /// Throttled or timed out: try again later.
    pub const TRY_AGAIN: Self = Self(75);
    /// Credentials or permission.
    pub const PERMISSION: Self = Self(77);
    /// Configuration.
    pub const CONFIG: Self = Self(78);
    /// Interrupted.
    pub const INTERRUPTED: Self = Self(130);

    /// Every code with its meaning, for man pages.
    pub const TABLE: [(Self, &'static str); 12] = [
        (Self::OK, "All done, and everything that was read before succeeded too."),
        (Self::ITEMS, "Some items failed or did not match; each has a record that says why."),
        (Self::USAGE, "Wrong usage."),
        (Self::STREAM, "The records that came in are broken, foreign or incomplete."),
        (Self::NO_SOURCE, "The source does not exist."),
        (Self::UNREACHABLE, "The service can't be reached: name, route, connection or certificate."),
        (Self::BUG, "A bug in the tool."),
        (Self::IO, "Reading or writing failed, or the reader of the output left."),
        (Self::TRY_AGAIN, "The service throttled, timed out or failed: try again later."),
        (Self::PERMISSION, "Credentials are missing, wrong or expired, or they do not permit this."),
        (Self::CONFIG, "A setting is wrong: bucket, region, profile, CA bundle."),
        (Self::INTERRUPTED, "Interrupted by a signal."),
    ];

    /// The number.
    pub const fn code(self) -> u8 {
        self.0
    }

    /// The code of a tool that was read from, as its `end` record gives it.
    pub const fn from_code(code: u8) -> Self {
        Self(code)
    }

    /// How a tool ends that could not go on because of `problem`.
    pub fn of(problem: &Problem) -> Self {
        match problem.kind {
            ProblemKind::Usage => Self::USAGE,
            ProblemKind::Stream => Self::STREAM,
            ProblemKind::NoSource => Self::NO_SOURCE,
            ProblemKind::Unreachable => Self::UNREACHABLE,
            ProblemKind::Bug => Self::BUG,
            ProblemKind::Io | ProblemKind::Unreadable => Self::IO,
            ProblemKind::Timeout | ProblemKind::Throttled | ProblemKind::Server => Self::TRY_AGAIN,
            ProblemKind::NoCredentials | ProblemKind::BadCredentials | ProblemKind::AccessDenied => {
                Self::PERMISSION
            }
            ProblemKind::NoBucket | ProblemKind::WrongRegion | ProblemKind::Config => Self::CONFIG,
            ProblemKind::Interrupted => Self::INTERRUPTED,
            ProblemKind::Changing
            | ProblemKind::Name
            | ProblemKind::TooLarge
            | ProblemKind::Precondition
            | ProblemKind::Corrupt
            | ProblemKind::Refused
            | ProblemKind::Other => Self::ITEMS,
        }
    }

    /// One code for two outcomes: what stopped the work tells more than that something is missing, and that tells
    /// more than that items failed. Of two that weigh the same, the first counts.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let weight = |exit: Self| match exit {
            Self::OK => 0,
            Self::ITEMS => 1,
            Self::STREAM => 2,
            _ => 3,
        };
        if weight(other) > weight(self) { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_outweighs_the_consequence() {
        assert_eq!(Exit::OK.and(Exit::ITEMS), Exit::ITEMS);
        assert_eq!(Exit::STREAM.and(Exit::PERMISSION), Exit::PERMISSION);
        assert_eq!(Exit::STREAM.and(Exit::ITEMS), Exit::STREAM);
        assert_eq!(Exit::IO.and(Exit::PERMISSION), Exit::IO);
    }
}
