//! What an upload makes: which object, with what, and under which condition.

use http::{
    HeaderMap,
    header::{IF_MATCH, IF_NONE_MATCH},
};
use tt_record::{Problem, ProblemKind, Properties, S3Url};

use crate::{
    failure::{Attempt, Failure},
    properties::{header_value, headers_of, incorrect},
};

/// The object that an upload makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Where it will be.
    pub dst: S3Url,
    /// What S3 is to keep with it.
    pub properties: Properties,
    /// What must hold for it to be written.
    pub condition: Condition,
    /// Whether the checksum travels along, for S3 to check and to keep. Where it does not, the one that S3 may name by
    /// itself is still held against ours.
    pub checked: bool,
}

/// What must hold for an object to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// Nothing.
    #[default]
    Always,
    /// There is no object at its key.
    Absent,
    /// The object at its key has this ETag, with its quotes.
    Unchanged(String),
}

impl Target {
    /// The same failure as what it means here: an object with an ETag was expected, and S3 does not say that the condition fails
    /// where there is no object at all.
    pub(crate) fn explain(&self, mut failure: Failure) -> Failure {
        if matches!(self.condition, Condition::Unchanged(_)) && failure.code.as_deref() == Some("NoSuchKey") {
            let message = format!("can't upload {}: the object that it was to replace is gone", self.dst);
            failure.problem = Problem::new(ProblemKind::Precondition, message)
                .hint("another process deleted it after the plan was made: plan again");
        }
        failure
    }

    /// The headers of a request that makes the object at once.
    pub(crate) fn headers(&self, attempt: Attempt<'_>) -> Result<HeaderMap, Failure> {
        let mut headers = headers_of(&self.properties, attempt)?;
        let conditions =
            [(IF_NONE_MATCH, self.condition.if_none_match()), (IF_MATCH, self.condition.if_match())];
        for (name, value) in conditions {
            if let Some(value) = value {
                let value =
                    header_value(name.as_str(), &value).map_err(|wrong| incorrect(&wrong, attempt))?;
                headers.insert(name, value);
            }
        }
        Ok(headers)
    }
}

impl Condition {
    /// The value of `If-None-Match`.
    pub(crate) fn if_none_match(&self) -> Option<String> {
        (*self == Self::Absent).then(|| "*".to_owned())
    }

    /// The value of `If-Match`.
    pub(crate) fn if_match(&self) -> Option<String> {
        if let Self::Unchanged(etag) = self { Some(etag.clone()) } else { None }
    }
}
