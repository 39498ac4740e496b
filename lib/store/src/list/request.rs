//! One request for a page, tried again where that may help: past the SDK where that goes, else by it. A page with keys that XML
//! can't carry is asked for once more, encoded.

use aws_sdk_s3::{operation::list_objects_v2::ListObjectsV2Output, types::EncodingType};
use bytes::Bytes;
use http::response::Parts;
use jiff::{SignedDuration, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tt_record::{Problem, ProblemKind, S3Url};

use super::{
    encoded::{Row, decoded},
    pace::Pace,
    page::Builder,
    parse::{Parsed, Unusable, parse, read},
    ranges::{Answer, From},
};
use crate::{
    Store,
    direct::{Answer as Refusal, Way},
    failure::{Attempt, Cure, Failure},
    overheard::Overheard,
    time::{skew_of, timestamp},
};

/// Asks for keys that are encoded as in URLs.
const ENCODED: &str = "encoding-type=url";

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
        let query = query(&self.place.key, from);
        let (parts, body) = succeeded(way.get_page(&query, attempt).await?, attempt)?;
        let skew = skew_of(&parts.headers, sent);
        let plain = parse(&body);
        if plain.as_ref().is_ok_and(|answer| !answer.page.is_suspect()) {
            return plain.map(|answer| (answer, skew)).map_err(|why| unusable(attempt, &why));
        }
        // It may be a success with an error in it.
        Refusal::new(parts, &body).check(attempt)?;
        let encoded = Box::pin(way.get_page(&format!("{query}&{ENCODED}"), attempt)).await;
        let encoded = encoded.and_then(|whole| succeeded(whole, attempt)).ok();
        let encoded = encoded.and_then(|(_, body)| read::<Vec<Row>>(&body).ok());
        let objects = read::<Vec<Row>>(&body).ok().map(|plain| plain.rows);
        let answer = clearest(plain, objects.as_deref(), encoded);
        answer.map(|answer| (answer, skew)).map_err(|why| unusable(attempt, &why))
    }

    async fn get_by_sdk(&self, from: &From, attempt: Attempt<'_>) -> Result<Dated, Failure> {
        let request = self.store.sdk.list_objects_v2().bucket(&self.place.bucket).prefix(&self.place.key);
        let request = match from {
            From::Start => request,
            From::After(key) => request.start_after(key),
            From::Token(token) => request.continuation_token(token),
        };
        let (sent, overheard) = (Timestamp::now(), Overheard::default());
        let encoded = request.clone().encoding_type(EncodingType::Url);
        let answered = request.customize().interceptor(overheard.clone()).send().await;
        let answered = answered.map_err(|e| Failure::of(&e, attempt))?;
        let skew = skew_of(&overheard.headers(), sent);
        let objects = of_sdk(answered);
        let plain = page(&objects);
        if plain.as_ref().is_ok_and(|answer| !answer.page.is_suspect()) {
            return plain.map(|answer| (answer, skew)).map_err(|why| unusable(attempt, &why));
        }
        let encoded = encoded.send().await.ok().map(of_sdk);
        let answer = clearest(plain, Some(&objects.rows), encoded);
        answer.map(|answer| (answer, skew)).map_err(|why| unusable(attempt, &why))
    }
}

/// The answer, if it is one of success.
fn succeeded((parts, body): (Parts, Bytes), attempt: Attempt<'_>) -> Result<(Parts, Bytes), Failure> {
    if parts.status.is_success() {
        return Ok((parts, body));
    }
    Refusal::new(parts, &body).check(attempt)?;
    Err(unusable(attempt, &Unusable::Unreadable("it is empty".to_owned())))
}

/// What a page says that came plain and encoded: as it is encoded, if that is known to be what is there; as it came plain
/// otherwise, with whatever a service writes for what it can't write.
fn clearest(
    plain: Result<Answer, Unusable>,
    objects: Option<&[Row]>,
    encoded: Option<Parsed<Vec<Row>>>,
) -> Result<Answer, Unusable> {
    match encoded.map(|encoded| decoded(encoded, objects)) {
        Some(Ok(Some(answer))) => Ok(answer),
        _ => plain,
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

fn of_sdk(answer: ListObjectsV2Output) -> Parsed<Vec<Row>> {
    let mut rows = Vec::with_capacity(answer.contents().len());
    for object in answer.contents() {
        let Some(key) = object.key() else { continue };
        let size = u64::try_from(object.size().unwrap_or(0)).unwrap_or(0);
        let modified = object.last_modified().map_or(0, |time| timestamp(*time).as_millisecond());
        rows.push(Row { key: key.to_owned(), size, modified, etag: object.e_tag().map(str::to_owned) });
    }
    Parsed {
        rows,
        truncated: answer.is_truncated.unwrap_or(false),
        token: answer.next_continuation_token.filter(|token| !token.is_empty()),
        encoded: answer.encoding_type == Some(EncodingType::Url),
    }
}

fn page(parsed: &Parsed<Vec<Row>>) -> Result<Answer, Unusable> {
    let mut builder = Builder::default();
    for Row { key, size, modified, etag } in &parsed.rows {
        builder.push(key, *size, *modified, etag.as_deref());
    }
    Ok(Answer { page: builder.finish()?, truncated: parsed.truncated, token: parsed.token.clone() })
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
