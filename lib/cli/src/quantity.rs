//! Sizes, rates and durations, as people write and read them. MB is 1,000,000 bytes, MiB is 1,048,576.

use std::time::Duration;

use bytesize::ByteSize;
use jiff::SignedDuration;

/// Reads a size in bytes: `64MB`, `8MiB`, `5242880`.
pub fn size(text: &str) -> Result<u64, String> {
    text.parse::<ByteSize>()
        .map(|size| size.as_u64())
        .map_err(|_| format!("{text:?} is not a size such as 64MB or 8MiB"))
}

/// Reads a rate in bytes a second: `500MB/s`, `8MiB/s`, `3Gbit` (bits, thousands).
pub fn rate(text: &str) -> Result<u64, String> {
    let per_second = text.strip_suffix("/s").unwrap_or(text);
    let parsed = match per_second.strip_suffix("bit") {
        Some(bits) => size(bits).map(|bits| bits / 8),
        None => size(per_second),
    };
    match parsed {
        Ok(rate) if rate > 0 => Ok(rate),
        _ => Err(format!("{text:?} is not a rate such as 500MB/s or 3Gbit")),
    }
}

/// Reads a duration: `30ms`, `5s`, `1h 30m`, `2d`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let days = text.trim().strip_suffix('d').and_then(|days| days.parse::<u32>().ok());
    match days {
        Some(days) => Ok(Duration::from_secs(u64::from(days) * 86_400)),
        None => text
            .parse::<SignedDuration>()
            .ok()
            .and_then(|duration| Duration::try_from(duration).ok())
            .ok_or_else(|| format!("{text:?} is not a duration such as 30ms, 5s or 1h")),
    }
}

/// Reads a share, `5%` or `0.1%`, as a fraction that is more than nothing and not more than all.
pub fn percent(text: &str) -> Result<f64, String> {
    text.strip_suffix('%')
        .filter(|number| number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
        .and_then(|number| number.parse::<f64>().ok())
        .filter(|percent| *percent > 0.0 && *percent <= 100.0)
        .map(|percent| percent / 100.0)
        .ok_or_else(|| format!("{text:?} is not a share such as 5% or 0.1%"))
}

/// Writes a share as it was read: `5%`, `0.1%`.
pub fn human_percent(share: f64) -> String {
    // To the billionth: what floating point adds beyond that, nobody wrote.
    format!("{}%", (share * 1e11).round() / 1e9)
}

/// Writes a size: `2.5 GB`.
pub fn human_bytes(bytes: u64) -> String {
    ByteSize(bytes).display().si().to_string()
}

/// Writes a duration: `0.4s`, `1h 2m 3s`.
pub fn human_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1}s", duration.as_secs_f32()),
        10..60 => format!("{seconds}s"),
        60..3600 => format!("{}m {}s", seconds / 60, seconds % 60),
        _ => format!("{}h {}m {}s", seconds / 3600, seconds / 60 % 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        assert_eq!(size("64MB"), Ok(64_000_000));
        assert_eq!(size("8MiB"), Ok(8 << 20));
        assert_eq!(size("5242880"), Ok(5 << 20));
        assert_eq!(rate("500MB/s"), Ok(500_000_000));
        assert_eq!(rate("3Gbit"), Ok(375_000_000));
        assert_eq!(duration("30ms"), Ok(Duration::from_millis(30)));
        assert_eq!(duration("2d"), Ok(Duration::from_hours(48)));
        for text in ["", "many", "-1", "0x10", "12 parsecs"] {
            assert!(size(text).is_err(), "{text}");
            assert!(rate(text).is_err(), "{text}");
            assert!(duration(text).is_err(), "{text}");
        }
        assert!(rate("0").is_err());
    }

    #[test]
    fn reads_shares() {
        assert_eq!(percent("5%"), Ok(0.05));
        assert_eq!(percent("0.1%"), Ok(0.001));
        assert_eq!(percent("100%"), Ok(1.0));
        assert_eq!(percent("7%").map(human_percent).as_deref(), Ok("7%"));
        assert_eq!(percent("0.1%").map(human_percent).as_deref(), Ok("0.1%"));
        for text in ["", "5", "%", "0%", "100.1%", "-1%", "1e1%", "NaN%", "5 %"] {
            assert!(percent(text).is_err(), "{text}");
        }
    }

    #[test]
    fn writes_what_people_read() {
        assert_eq!(human_bytes(2_500_000_000), "2.5 GB");
        assert_eq!(human_bytes(17), "17 B");
        assert_eq!(human_duration(Duration::from_secs(3723)), "1h 2m 3s");
        assert_eq!(human_duration(Duration::from_millis(420)), "0.4s");
    }
}
