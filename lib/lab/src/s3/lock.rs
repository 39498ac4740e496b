//! Object locks, as far as they show: what is asked for is checked, kept and told. Nothing is kept from being deleted.

use http::HeaderMap;
use jiff::Timestamp;
use s3s::S3Result;

use super::headers::{insert, text};
use crate::{
    fail::{invalid_argument, invalid_request},
    store::object::Lock,
};

const MODE: &str = "x-amz-object-lock-mode";
const UNTIL: &str = "x-amz-object-lock-retain-until-date";
const HOLD: &str = "x-amz-object-lock-legal-hold";

/// Reads the lock that a request asks for.
pub(super) fn read(headers: &HeaderMap) -> S3Result<Lock> {
    let (mode, until, hold) = (text(headers, MODE), text(headers, UNTIL), text(headers, HOLD));
    if mode.is_some() != until.is_some() {
        return Err(invalid_argument(format!("{UNTIL} and {MODE} must both be supplied")));
    }
    if mode.is_some_and(|mode| !["GOVERNANCE", "COMPLIANCE"].contains(&mode)) {
        return Err(invalid_argument("there is no such mode of an object lock"));
    }
    if hold.is_some_and(|hold| !["ON", "OFF"].contains(&hold)) {
        return Err(invalid_argument("a legal hold is ON or OFF"));
    }
    let retain_until = until.map(future).transpose()?;
    Ok(Lock { mode: mode.map(str::to_owned), retain_until, legal_hold: hold.map(str::to_owned) })
}

fn future(text: &str) -> S3Result<Timestamp> {
    match text.parse::<Timestamp>() {
        Ok(time) if time > Timestamp::now() => Ok(time),
        Ok(_) => Err(invalid_argument("the date until which an object is locked must be in the future")),
        Err(_) => Err(invalid_argument(format!("{UNTIL} is no time in ISO 8601"))),
    }
}

/// Fails where a lock comes without anything that covers the body: S3 does not lock what may be damaged.
pub(super) fn require_sum(headers: &HeaderMap, sum: bool) -> S3Result<()> {
    let locked = [MODE, HOLD].iter().any(|name| headers.contains_key(*name));
    if locked && !sum && !headers.contains_key("content-md5") {
        return Err(invalid_request("a request with an object lock needs Content-MD5 or a checksum"));
    }
    Ok(())
}

/// Adds the headers that tell a lock.
pub(super) fn describe(lock: &Lock, headers: &mut HeaderMap) {
    insert(headers, MODE, lock.mode.as_deref());
    insert(headers, UNTIL, lock.retain_until.map(|time| time.to_string()).as_deref());
    insert(headers, HOLD, lock.legal_hold.as_deref());
}
