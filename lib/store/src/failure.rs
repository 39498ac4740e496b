//! What an error means: which kind of problem it is, whether trying again can help, and what the user can do.

use std::{error::Error, fmt::Display, time::Duration};

use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    operation::RequestId as _,
};
use jiff::Timestamp;
use tt_record::{Problem, ProblemKind as Kind, S3Url, redacted};

use crate::{
    clock::{FARTHEST, ahead},
    http::Transport,
    time::http_date,
};

/// What was attempted: the first half of every message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt<'a> {
    /// As in "can't `upload` s3://…".
    pub(crate) verb: &'static str,
    /// The permission that it needs.
    pub(crate) needs: &'static str,
    /// The object or prefix.
    pub(crate) place: &'a S3Url,
}

impl Attempt<'_> {
    /// What it means that it did not go.
    pub(crate) fn problem(self, kind: Kind, why: impl Display) -> Problem {
        Problem::new(kind, format!("can't {} {}: {why}", self.verb, self.place))
    }

    /// It can't go, however often it is tried.
    pub(crate) fn refused(self, why: impl Display) -> Failure {
        Failure::local(self.problem(Kind::Refused, why), Cure::None)
    }
}

/// The codes that say that the credentials have expired.
const EXPIRY: [&str; 3] = ["ExpiredToken", "TokenRefreshRequired", "RequestExpired"];

/// The code that says that this machine's clock, or the service's, is wrong.
const TIME_SKEWED: &str = "RequestTimeTooSkewed";

/// Whether trying again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cure {
    /// Nothing will change.
    None,
    /// It may go better next time.
    Retry,
    /// There was no connection: likely a wrong address, unless there was one before.
    Reconnect,
}

/// A failed attempt.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) problem: Problem,
    pub(crate) cure: Cure,
    /// How long the service asks to wait.
    pub(crate) retry_after: Option<Duration>,
    /// The time by the service's clock, where it says that ours is wrong; rare enough for a place of its own.
    pub(crate) service_time: Option<Box<Timestamp>>,
    /// Status of the answer, if there was one.
    pub(crate) status: Option<u16>,
    /// S3's error code, if there was one.
    pub(crate) code: Option<String>,
    /// Whether attempts before this one failed too, each of which S3 may have carried out without our knowing.
    pub(crate) retried: bool,
}

impl Failure {
    /// A failure without an answer.
    pub(crate) fn local(problem: Problem, cure: Cure) -> Self {
        Self {
            problem,
            cure,
            retry_after: None,
            service_time: None,
            status: None,
            code: None,
            retried: false,
        }
    }

    /// Whether it may be that the credentials have expired: S3 says so in a body, which the answer to a HEAD has not.
    pub(crate) fn is_expiry(&self) -> bool {
        match self.code.as_deref() {
            Some(code) => EXPIRY.contains(&code),
            None => self.status == Some(400),
        }
    }

    /// What the SDK's error means.
    pub(crate) fn of<E>(error: &SdkError<E, HttpResponse>, attempt: Attempt<'_>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        match error.raw_response() {
            // A success with an error in it names a code. Without one it is an answer in another form than S3's, which
            // the next one will have, too.
            Some(response) if response.status().is_success() && error.code().is_none() => {
                let problem = attempt
                    .problem(Kind::Refused, unreadable(error))
                    .hint("see that the endpoint URL is that of S3, or of a service that answers as S3 does");
                let status = Some(response.status().as_u16());
                Self { status, ..Self::local(problem, Cure::None) }
            }
            Some(response) if error.as_service_error().is_some() => {
                Self::of_reply(Reply::of(error, response), attempt)
            }
            _ => unanswered(error, attempt),
        }
    }

    /// What an error that S3 answers with means.
    pub(crate) fn of_reply(mut reply: Reply, attempt: Attempt<'_>) -> Self {
        if reply.code.is_none() {
            reply.code = bare_status(reply.status, reply.region.is_some()).map(str::to_owned);
        }
        reply.failure(attempt)
    }

    /// What it means that there is no answer.
    pub(crate) fn of_transport(transport: &Transport, attempt: Attempt<'_>) -> Self {
        let problem = |kind| attempt.problem(kind, transport);
        match transport {
            Transport::Unreachable(cause) if cause.contains("certificate") => {
                Self::local(problem(Kind::Unreachable).hint(certificate_hint(cause)), Cure::None)
            }
            Transport::Unreachable(_) => Self::local(
                problem(Kind::Unreachable).hint("check the endpoint URL, the network, and HTTPS_PROXY"),
                Cure::Reconnect,
            ),
            // Other connections end, and give theirs back.
            Transport::Scarce(_) => Self::local(
                problem(Kind::Io).hint("allow more open files (ulimit -n), or use a smaller --concurrency"),
                Cure::Retry,
            ),
            // A service that answered before had a hiccup. One that never did may speak something else.
            Transport::Broken(_) | Transport::Malformed(_) => Self::local(
                problem(Kind::Unreachable)
                    .hint("see that the endpoint URL begins with what it speaks, http:// or https://, and run it again"),
                Cure::Reconnect,
            ),
            Transport::TooLong(_) => Self::local(
                problem(Kind::Refused).hint("see that the endpoint URL leads to a service that speaks S3"),
                Cure::None,
            ),
            Transport::Unreadable(_) => Self::local(problem(Kind::Io), Cure::None),
            Transport::Silent(_) => {
                Self::local(problem(Kind::Timeout).hint("run the same command again later"), Cure::Retry)
            }
        }
    }
}

/// What S3 said that is an error.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    /// The bucket's region.
    pub(crate) region: Option<String>,
    /// In seconds.
    pub(crate) retry_after: Option<String>,
    pub(crate) date: Option<String>,
    pub(crate) request_id: Option<String>,
}

impl Reply {
    fn of<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>, response: &HttpResponse) -> Self {
        let header = |name| response.headers().get(name).map(str::to_owned);
        Self {
            status: response.status().as_u16(),
            code: error.code().map(str::to_owned),
            message: error.message().map(str::to_owned),
            region: header("x-amz-bucket-region"),
            retry_after: header("retry-after"),
            date: header("date"),
            request_id: error.request_id().map(str::to_owned),
        }
    }

    fn failure(self, attempt: Attempt<'_>) -> Failure {
        let (kind, cure) =
            meaning(self.code.as_deref().unwrap_or_default(), self.status, self.region.is_some());
        let mut problem = Problem::new(kind, self.text(attempt, kind));
        problem.hint = self.hint(attempt, kind);
        let retry_after = self.retry_after.and_then(|text| text.parse().ok()).map(Duration::from_secs);
        let skewed = self.code.as_deref() == Some(TIME_SKEWED);
        let service_time = self.date.filter(|_| skewed).and_then(|date| http_date(&date)).map(Box::new);
        if let Some(time) = service_time.as_ref().filter(|time| ahead(***time).abs() > FARTHEST) {
            let why =
                format_args!("the service says that it is {time} now, which is too far from the time here");
            problem.message = format!("{}; {why}", problem.message);
        }
        let (status, code) = (Some(self.status), self.code);
        Failure { retry_after, service_time, status, code, ..Failure::local(problem, cure) }
    }

    fn text(&self, attempt: Attempt<'_>, kind: Kind) -> String {
        let Attempt { verb, place, .. } = attempt;
        let code = self.code.as_deref().map_or_else(|| format!("status {}", self.status), str::to_owned);
        let mut text = match &self.message {
            Some(message) => {
                format!("can't {verb} {place}: {} ({code})", redacted(message).trim_end_matches('.'))
            }
            None => format!("can't {verb} {place}: {code}"),
        };
        if let (Kind::WrongRegion, Some(region)) = (kind, &self.region) {
            text =
                format!("can't {verb} {place}: the bucket {} is in region {region} ({code})", place.bucket);
        }
        // Whoever runs the service can look this up.
        match &self.request_id {
            Some(id) if matches!(kind, Kind::Server | Kind::Refused) => text + &format!(", request {id}"),
            _ => text,
        }
    }

    fn hint(&self, attempt: Attempt<'_>, kind: Kind) -> Option<String> {
        Some(match kind {
            Kind::NoBucket => "check the name of the bucket, and whose credentials these are".into(),
            Kind::WrongRegion => match &self.region {
                Some(region) => format!("use --region {region}, or set AWS_REGION={region}"),
                None => "name the bucket's region with --region or AWS_REGION".into(),
            },
            Kind::AccessDenied => {
                format!(
                    "these credentials need the permission {} on s3://{}/",
                    attempt.needs, attempt.place.bucket
                )
            }
            Kind::BadCredentials => match self.code.as_deref().unwrap_or_default() {
                "SignatureDoesNotMatch" => "the secret access key is not that of this access key id".into(),
                "RequestTimeTooSkewed" => "this machine's clock is wrong: set it, such as with NTP".into(),
                code if EXPIRY.contains(&code) => {
                    "get fresh credentials, such as with `aws sso login`, and run the same command again"
                        .into()
                }
                _ => "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile".into(),
            },
            Kind::Throttled | Kind::Timeout | Kind::Server => "run the same command again later".into(),
            Kind::Name => "S3 takes keys of at most 1024 bytes: use shorter names or a shorter prefix".into(),
            Kind::Precondition => "somebody else wrote this key meanwhile: plan again".into(),
            _ => return None,
        })
    }
}

/// The code that S3 would have named, of an answer without a body: HEAD has none.
fn bare_status(status: u16, region_known: bool) -> Option<&'static str> {
    Some(match status {
        301 | 307 => "PermanentRedirect",
        400 if region_known => "AuthorizationHeaderMalformed",
        403 => "AccessDenied",
        412 => "PreconditionFailed",
        500 => "InternalError",
        503 => "SlowDown",
        _ => return None,
    })
}

fn meaning(code: &str, status: u16, region_known: bool) -> (Kind, Cure) {
    match code {
        "NoSuchBucket" | "InvalidBucketName" => (Kind::NoBucket, Cure::None),
        "PermanentRedirect" | "TemporaryRedirect" | "IllegalLocationConstraintException" => {
            (Kind::WrongRegion, Cure::None)
        }
        "AuthorizationHeaderMalformed" if region_known => (Kind::WrongRegion, Cure::None),
        "AuthorizationHeaderMalformed"
        | "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "InvalidToken"
        | "ExpiredToken"
        | "TokenRefreshRequired"
        | "RequestExpired"
        | TIME_SKEWED => (Kind::BadCredentials, Cure::None),
        "AccessDenied" | "AllAccessDisabled" | "AccountProblem" => (Kind::AccessDenied, Cure::None),
        "EntityTooLarge" => (Kind::TooLarge, Cure::None),
        "KeyTooLongError" => (Kind::Name, Cure::None),
        "PreconditionFailed" => (Kind::Precondition, Cure::None),
        // What was sent is summed here: if it arrived changed, the way there changed it.
        "BadDigest"
        | "InvalidDigest"
        | "XAmzContentSHA256Mismatch"
        | "XAmzContentChecksumMismatch"
        | "IncompleteBody" => (Kind::Corrupt, Cure::Retry),
        "SlowDown"
        | "ServiceUnavailable"
        | "Throttling"
        | "ThrottlingException"
        | "RequestLimitExceeded"
        | "TooManyRequests"
        | "Busy" => (Kind::Throttled, Cure::Retry),
        "RequestTimeout" => (Kind::Timeout, Cure::Retry),
        "InternalError" | "OperationAborted" | "ConditionalRequestConflict" => (Kind::Server, Cure::Retry),
        _ => match status {
            429 | 503 => (Kind::Throttled, Cure::Retry),
            408 => (Kind::Timeout, Cure::Retry),
            // What a service does not know it will not learn.
            501 => (Kind::Refused, Cure::None),
            // An error inside a 200 came after S3 had begun to answer well.
            200..300 | 500.. => (Kind::Server, Cure::Retry),
            403 => (Kind::AccessDenied, Cure::None),
            _ => (Kind::Refused, Cure::None),
        },
    }
}

/// There was no answer, or one that can't be read.
fn unanswered<E>(error: &SdkError<E, HttpResponse>, attempt: Attempt<'_>) -> Failure
where
    E: Error + Send + Sync + 'static,
{
    if let Some(transport) = find::<Transport>(error) {
        return Failure::of_transport(transport, attempt);
    }
    if let Some(credentials) = find::<aws_credential_types::provider::error::CredentialsError>(error) {
        return Failure::local(no_credentials(credentials), Cure::None);
    }
    let why = chain(error);
    match error {
        // The request was never built: it would fail the same way again.
        SdkError::ConstructionFailure(_) => attempt.refused(why),
        _ => Failure::local(attempt.problem(Kind::Server, why), Cure::Retry),
    }
}

/// What is wrong with an answer that the SDK can't read.
fn unreadable(error: &(dyn Error + 'static)) -> String {
    let why = causes(error).last().map(ToString::to_string).unwrap_or_default();
    // What follows is how the SDK's parser sees it.
    let why = why.split(" but got ").next().unwrap_or_default();
    format!("the answer can't be read: {}", redacted(why))
}

fn certificate_hint(cause: &str) -> &'static str {
    if cause.contains("xpired") {
        "the service's certificate has expired, or this machine's clock is wrong"
    } else {
        "trust the authority that signed the service's certificate with --ca-bundle FILE or AWS_CA_BUNDLE"
    }
}

/// Credentials that can't be had.
pub(crate) fn no_credentials(error: &aws_credential_types::provider::error::CredentialsError) -> Problem {
    use aws_credential_types::provider::error::CredentialsError;
    let (kind, what) = match error {
        CredentialsError::InvalidConfiguration(_) => {
            (Kind::Config, "the credentials' configuration is wrong")
        }
        _ => (Kind::NoCredentials, "no credentials"),
    };
    if let Some(ended) = process_ended(error) {
        let message = format!("{what}: {ended}; what it printed may hold secrets and is not shown");
        return Problem::new(kind, message)
            .hint("run the credential_process of the profile by hand to see what it prints");
    }
    Problem::new(kind, format!("{what}: {}", chain(error))).hint(
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile with --profile, \
         or use --no-sign-request for a bucket that is open to all",
    )
}

/// How a credential process ended that failed. What it printed may be the secret itself, in any form.
pub(crate) fn process_ended(error: &(dyn Error + 'static)) -> Option<String> {
    let said = causes(error).map(ToString::to_string).find(|said| said.contains(STDERR))?;
    Some(said.split(STDERR).next()?.trim_end_matches('.').to_owned())
}

/// What the SDK puts before what a credential process has printed.
const STDERR: &str = " Stderr: ";

/// An error, what caused it, and so on.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// The first error of type `T` in a chain of causes.
fn find<'e, T: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e T> {
    causes(error).find_map(|error| error.downcast_ref())
}

/// An error with its causes, without repeating what a cause says again, and without secrets.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    for cause in causes(error).skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    redacted(text.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_meanings() {
        assert_eq!(meaning("SlowDown", 503, false), (Kind::Throttled, Cure::Retry));
        assert_eq!(meaning("InternalError", 200, false), (Kind::Server, Cure::Retry));
        assert_eq!(meaning("AccessDenied", 403, false), (Kind::AccessDenied, Cure::None));
        assert_eq!(meaning("AuthorizationHeaderMalformed", 400, true), (Kind::WrongRegion, Cure::None));
        assert_eq!(meaning("", 502, false), (Kind::Server, Cure::Retry));
        assert_eq!(meaning("XAmzContentChecksumMismatch", 400, false), (Kind::Corrupt, Cure::Retry));
        assert_eq!(meaning("SomethingNew", 400, false), (Kind::Refused, Cure::None));
    }
}
