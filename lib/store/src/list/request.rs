//! One request for a page, tried again where that may help: past the SDK where that goes, else by it.

use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use jiff::{SignedDuration, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tt_record::{Problem, ProblemKind, S3Url};

use super::{
    pace::Pace,
    page::{Builder, Disorder},
    parse::{Unusable, parse},
    ranges::{Answer, From},
};
use crate::{
    Store,
    direct::{Answer as Refusal, Way},
    failure::{Attempt, Cure, Failure},
    overheard::Overheard,
    time::{skew_of, timestamp},
};

/// What SigV4 leaves as it is in a query.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Asks for pages of one listing. Cheap to clone.
#[derive(Clone)]
pub(super) struct Pages {
    pub(super) store: Store,
    pub(super) place: S3Url,
    pub(super) pace: Pace,
}

/// A page, and by how much the service's clock is off.
pub(super) type Dated = (Answer, Option<SignedDuration>);

impl Pages {
    /// Asks for a page.
    pub(super) async fn get(&self, from: &From) -> Result<Dated, Problem> {
        let attempt = Attempt { verb: "list", needs: "s3:ListBucket", place: &self.place };
        let way = self.store.direct.way(&self.place.bucket).await;
        let send = || async {
            let answered = match &way {
                Some(way) => self.get_directly(way, from, attempt).await,
                None => Box::pin(self.get_by_sdk(from, attempt)).await,
            };
            match &answered {
                Ok(_) => self.pace.answered(),
                Err(failure) if failure.problem.kind == ProblemKind::Throttled => self.pace.refused(),
                Err(_) => {}
            }
            answered
        };
        self.store.retry.run(send).await.map_err(|failure| failure.problem)
    }

    async fn get_directly(&self, way: &Way<'_>, from: &From, attempt: Attempt<'_>) -> Result<Dated, Failure> {
        let sent = Timestamp::now();
        let (parts, body) = way.get_page(&query(&self.place.key, from), attempt).await?;
        let skew = skew_of(&parts.headers, sent);
        if !parts.status.is_success() {
            Refusal::new(parts, &body).check(attempt)?;
            return Err(unusable(attempt, &Unusable::Unreadable("it is empty".to_owned())));
        }
        match parse(&body) {
            Ok(answer) => Ok((answer, skew)),
            Err(why) => {
                // It may be a success with an error in it.
                Refusal::new(parts, &body).check(attempt)?;
                Err(unusable(attempt, &why))
            }
        }
    }

    async fn get_by_sdk(&self, from: &From, attempt: Attempt<'_>) -> Result<Dated, Failure> {
        let request = self.store.sdk.list_objects_v2().bucket(&self.place.bucket).prefix(&self.place.key);
        let request = match from {
            From::Start => request,
            From::After(key) => request.start_after(key),
            From::Token(token) => request.continuation_token(token),
        };
        let (sent, overheard) = (Timestamp::now(), Overheard::default());
        let answered = request.customize().interceptor(overheard.clone()).send().await;
        let answered = answered.map_err(|e| Failure::of(&e, attempt))?;
        let skew = skew_of(&overheard.headers(), sent);
        let answer = read(answered).map_err(|Disorder| unusable(attempt, &Unusable::Disorder))?;
        Ok((answer, skew))
    }
}

fn query(prefix: &str, from: &From) -> String {
    let value = |text| utf8_percent_encode(text, VALUE);
    let place = match from {
        From::Start => String::new(),
        From::After(key) => format!("&start-after={}", value(key)),
        From::Token(token) => format!("&continuation-token={}", value(token)),
    };
    format!("list-type=2&prefix={}{place}", value(prefix))
}

fn read(answer: ListObjectsV2Output) -> Result<Answer, Disorder> {
    let mut builder = Builder::new();
    for object in answer.contents() {
        let Some(key) = object.key() else { continue };
        let size = u64::try_from(object.size().unwrap_or(0)).unwrap_or(0);
        let modified = object.last_modified().map_or(0, |time| timestamp(*time).as_millisecond());
        builder.push(key, size, modified, object.e_tag());
    }
    let page = builder.finish()?;
    Ok(Answer {
        page,
        truncated: answer.is_truncated.unwrap_or(false),
        token: answer.next_continuation_token.filter(|token| !token.is_empty()),
    })
}

fn unusable(attempt: Attempt<'_>, why: &Unusable) -> Failure {
    let problem = match why {
        Unusable::Disorder => attempt.problem(ProblemKind::Refused, "the service lists keys out of order"),
        Unusable::Unreadable(why) => attempt
            .problem(ProblemKind::Refused, format_args!("the answer can't be read: {why}"))
            .hint("see that the endpoint URL is that of S3, or of a service that answers as S3 does"),
    };
    Failure::local(problem, Cure::None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_tokens_arrive_as_they_are() {
        assert_eq!(query("", &From::Start), "list-type=2&prefix=");
        let after = query("a b/", &From::After("a b/é+&=".into()));
        assert_eq!(after, "list-type=2&prefix=a%20b%2F&start-after=a%20b%2F%C3%A9%2B%26%3D");
        assert_eq!(query("p", &From::Token("x/=".into())), "list-type=2&prefix=p&continuation-token=x%2F%3D");
    }
}
