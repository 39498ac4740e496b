//! Points in time, as the SDK and HTTP write them, and how far the service's clock is off.

use http::{HeaderMap, header::DATE};
use jiff::{SignedDuration, Timestamp, civil::DateTime, fmt::rfc2822::DateTimeParser, tz::TimeZone};

/// A point in time as the rest of the tools know it. One that no calendar holds becomes the first or the last that one does.
pub(crate) fn timestamp(time: aws_sdk_s3::primitives::DateTime) -> Timestamp {
    let nanos = i32::try_from(time.subsec_nanos()).unwrap_or(0);
    let last = if time.secs() < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::new(time.secs(), nanos).unwrap_or(last)
}

/// A point in time as the headers of HTTP write it.
pub(crate) fn http_date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text).ok()
}

/// A point in time in whatever form services write it: with any offset, with none (then it is UTC), as HTTP writes it, in
/// seconds since 1970. One that no calendar holds becomes the last that one does.
pub(crate) fn lenient(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    let civil = text.trim_end_matches(['Z', 'z']).parse::<DateTime>();
    if let Ok(civil) = civil {
        let last = if civil.year() < 0 { Timestamp::MIN } else { Timestamp::MAX };
        return Some(TimeZone::UTC.to_timestamp(civil).unwrap_or(last));
    }
    http_date(text).or_else(|| {
        let seconds = text.parse::<f64>().ok().filter(|seconds| seconds.is_finite())?;
        #[allow(clippy::cast_possible_truncation, reason = "what is too large for a time is refused")]
        Timestamp::from_second(seconds.trunc() as i64).ok()
    })
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
    fn times_are_read_in_every_form() {
        let noon = "2026-03-01T12:00:00Z";
        for text in [
            noon,
            "2026-03-01T12:00:00.000Z",
            " 2026-03-01T12:00:00.000000Z\n",
            "2026-03-01T14:00:00+02:00",
            "2026-03-01T14:00:00.5+0200",
            "2026-03-01 12:00:00Z",
            "2026-03-01T12:00:00",
            "2026-03-01t12:00:00z",
            "Sun, 01 Mar 2026 12:00:00 GMT",
            "Sun, 01 Mar 2026 14:00:00 +0200",
            "1772366400",
            "1772366400.25",
        ] {
            let found = lenient(text).map(Timestamp::as_second);
            assert_eq!(found, Some(noon.parse::<Timestamp>().unwrap().as_second()), "{text}");
        }
        for far in ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59", "9999-12-31T00:00:00Z"] {
            assert_eq!(lenient(far), Some(Timestamp::MAX), "{far}");
        }
        for none in ["", "yesterday", "0000-00-00", "NaN", "1e300"] {
            assert_eq!(lenient(none), None, "{none}");
        }
    }

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
