//! The endpoint's clock, which may be wrong: the dates of its answers, and which requests it takes for too old or too new.

use http::{HeaderMap, HeaderValue, header::DATE};
use jiff::{SignedDuration, Timestamp, civil::DateTime, fmt::rfc2822::DateTimePrinter, tz::Offset};

/// By how much a request may be off.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(15);

/// A clock that is ahead of the machine's by so much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(pub(crate) SignedDuration);

impl Clock {
    fn now(self) -> Timestamp {
        Timestamp::now().checked_add(self.0).unwrap_or_default()
    }

    /// Whether a request was signed at about this time; one that does not say so is not judged here.
    pub(crate) fn accepts(self, headers: &HeaderMap) -> bool {
        let signed = headers.get("x-amz-date").and_then(|date| date.to_str().ok());
        let signed = signed.and_then(|date| DateTime::strptime("%Y%m%dT%H%M%SZ", date).ok());
        let signed = signed.and_then(|date| Offset::UTC.to_timestamp(date).ok());
        signed.is_none_or(|signed| signed.duration_since(self.now()).abs() <= TOLERANCE)
    }

    /// Dates an answer.
    pub(crate) fn date(self, headers: &mut HeaderMap) {
        let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&self.now()).ok();
        if let Some(date) = date.and_then(|date| HeaderValue::try_from(date).ok()) {
            headers.insert(DATE, date);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(date: &'static str, skew: SignedDuration) -> bool {
        let headers = HeaderMap::from_iter([("x-amz-date".parse().unwrap(), HeaderValue::from_static(date))]);
        Clock(skew).accepts(&headers)
    }

    #[test]
    fn requests_are_judged_by_this_clock() {
        assert!(!accepts("20200101T000000Z", SignedDuration::ZERO));
        assert!(accepts("no date", SignedDuration::ZERO));
        let back = "2020-01-01T00:10:00Z".parse::<Timestamp>().unwrap().duration_since(Timestamp::now());
        assert!(accepts("20200101T000000Z", back));
    }

    #[test]
    fn answers_are_dated() {
        let mut headers = HeaderMap::new();
        let back = "2020-01-01T12:00:00.2Z".parse::<Timestamp>().unwrap().duration_since(Timestamp::now());
        Clock(back).date(&mut headers);
        assert_eq!(headers[DATE], "Wed, 01 Jan 2020 12:00:00 GMT");
    }
}
