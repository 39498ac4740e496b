//! Points in time, as the SDK and HTTP write them, and how far the service's clock is off.

use http::{HeaderMap, header::DATE};
use jiff::{SignedDuration, Timestamp, fmt::rfc2822::DateTimeParser};

/// A point in time as the rest of the tools know it.
pub(crate) fn timestamp(time: aws_sdk_s3::primitives::DateTime) -> Timestamp {
    let nanos = i32::try_from(time.subsec_nanos()).unwrap_or(0);
    Timestamp::new(time.secs(), nanos).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A point in time as the headers of HTTP write it.
pub(crate) fn http_date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text).ok()
}

/// By how much the service's clock is ahead of ours at least, or behind, by the Date of an answer to a request that was
/// sent and answered at these times. Nothing where it could be right: Dates are cut off to the second, and nobody knows
/// when in between it was written.
fn skew(date: &str, sent: Timestamp, answered: Timestamp) -> Option<SignedDuration> {
    let date = http_date(date)?;
    let ahead = date.duration_since(answered);
    let behind = (date + SignedDuration::from_secs(1)).duration_since(sent);
    Some(ahead.max(SignedDuration::ZERO) + behind.min(SignedDuration::ZERO))
}

/// The same, by the headers of an answer that has just come.
pub(crate) fn skew_of(headers: &HeaderMap, sent: Timestamp) -> Option<SignedDuration> {
    let date = headers.get(DATE).and_then(|date| date.to_str().ok())?;
    skew(date, sent, Timestamp::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_wrong_only_where_it_must_be() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let skew =
            |date: &str| skew(date, at("2026-03-01T12:00:00.7Z"), at("2026-03-01T12:00:02.2Z")).unwrap();
        for date in ["12:00:00", "12:00:01", "12:00:02"] {
            assert_eq!(skew(&format!("Sun, 01 Mar 2026 {date} GMT")), SignedDuration::ZERO, "{date}");
        }
        assert_eq!(skew("Sun, 01 Mar 2026 12:00:42 GMT"), SignedDuration::from_millis(39_800));
        assert_eq!(skew("Sun, 01 Mar 2026 11:59:00 GMT"), SignedDuration::from_millis(-60_700 + 1000));
        assert_eq!(super::skew("yesterday", at("2026-03-01T12:00:00Z"), at("2026-03-01T12:00:00Z")), None);
    }
}
