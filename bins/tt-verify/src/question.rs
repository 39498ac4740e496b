//! What is to be proved.

use tt_record::Verdict;
use tt_sum::Sum;

/// An object, and what it is to be held against. This is the job of a flow.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// What is known before anything was looked at. Without a source there is no file to be read.
    pub(crate) verdict: Box<Verdict>,
    /// What a manifest says of the bytes.
    pub(crate) listed: Option<Sum>,
}

impl From<Verdict> for Question {
    /// Whether an object is a file.
    fn from(verdict: Verdict) -> Self {
        Self { verdict: Box::new(verdict), listed: None }
    }
}
