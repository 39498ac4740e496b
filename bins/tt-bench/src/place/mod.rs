//! Where uploads go: an endpoint of our own, in a process of its own, or a bucket of the user's.

mod endpoint;
mod remote;
mod seen;

use std::path::Path;

use tt_record::Problem;

pub(crate) use self::{
    endpoint::{Distance, Endpoint},
    remote::Remote,
    seen::Seen,
};
use crate::{measure::Runner, tools::Stage};

/// Where uploads go.
pub(crate) enum Place {
    /// Each goes to a new endpoint.
    Local(Distance),
    /// Each goes below a prefix of its own.
    Remote(Remote),
}

/// Where one upload goes. Must be cleared in the end, whatever became of the upload.
pub(crate) enum Site<'a> {
    Local(Box<Endpoint>),
    Remote { remote: &'a Remote, dest: String },
}

impl Place {
    /// A site with nothing on it, which `label` names.
    pub(crate) fn open(&self, label: &str, scratch: &Path) -> Result<Site<'_>, Problem> {
        match self {
            Self::Local(distance) => Ok(Site::Local(Box::new(Endpoint::start(distance, scratch)?))),
            Self::Remote(remote) => Ok(Site::Remote { remote, dest: remote.below(label) }),
        }
    }
}

impl Site<'_> {
    /// Where it is, as `s3://bucket/prefix/`.
    pub(crate) fn dest(&self) -> &str {
        match self {
            Self::Local(endpoint) => endpoint.dest(),
            Self::Remote { dest, .. } => dest,
        }
    }

    /// Gives a program what it needs to get there.
    pub(crate) fn equip(&self, stage: Stage) -> Stage {
        match self {
            Self::Local(endpoint) => endpoint.equip(stage),
            Self::Remote { .. } => Remote::equip(stage),
        }
    }

    /// What came there since the last call, as far as that can be known.
    pub(crate) fn seen(&mut self) -> Result<Option<Seen>, Problem> {
        match self {
            Self::Local(endpoint) => endpoint.seen().map(Some),
            Self::Remote { .. } => Ok(None),
        }
    }

    /// Removes all that came there.
    pub(crate) fn clear(self, runner: &Runner<'_>) -> Result<(), Problem> {
        match self {
            // With the process everything is gone.
            Self::Local(_) => Ok(()),
            Self::Remote { remote, dest } => remote.remove(&dest, runner),
        }
    }
}
