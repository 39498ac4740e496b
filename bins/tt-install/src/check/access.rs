//! The bucket: whether it can be reached, listed and written to, and whether its clock and ours agree.

use std::time::Duration;

use bytes::Bytes;
use jiff::SignedDuration;
use tt_cli::{human_duration, new_run};
use tt_record::{Problem, ProblemKind, Properties, S3Url};
use tt_store::{Condition, Doomed, Landmarks, ListOptions, Store, Target};
use tt_sum::{Algorithm, Sum};

use super::finding::{Area, Finding};

const AREA: Area = Area::Access;

/// From here on a clock is worth a word; and from here on S3 refuses what is signed by it.
const SLOW_CLOCK: Duration = Duration::from_mins(1);
const WRONG_CLOCK: Duration = Duration::from_mins(15);

/// What is written, and removed again.
const CONTENT: &[u8] = b"tt-install check: this object can be deleted.\n";

/// What is found where nobody looks.
pub(super) fn skipped(why: &str) -> Finding {
    AREA.skip("bucket", why)
}

/// Looks at the bucket, and below the prefix.
pub(super) async fn look(store: &Store, prefix: &S3Url, write: bool) -> Vec<Finding> {
    let skew = match store.skew(prefix).await {
        Ok(skew) => skew,
        Err(problem) => {
            let skipped =
                ["clock", "list", "write"].map(|check| AREA.skip(check, "the service can't be reached"));
            return [AREA.failed("bucket", problem)].into_iter().chain(skipped).collect();
        }
    };
    let clock = clock(skew);
    let (bucket, list) = match list(store, prefix).await {
        Ok(found) => {
            (AREA.pass("bucket", format!("s3://{}/ answers", prefix.bucket)), AREA.pass("list", found))
        }
        // The bucket is there, or S3 would say so.
        Err(problem) if problem.kind == ProblemKind::AccessDenied => {
            (AREA.pass("bucket", format!("s3://{}/ answers", prefix.bucket)), AREA.failed("list", problem))
        }
        Err(problem) => (not_there(problem), AREA.skip("list", "the bucket can't be used")),
    };
    let write = match (write, bucket.passed()) {
        (false, _) => AREA.skip("write", "add --write to put a tiny object there, verify and remove it"),
        (true, false) => AREA.skip("write", "the bucket can't be used"),
        (true, true) => write_and_remove(store, prefix).await,
    };
    vec![bucket, clock, list, write]
}

/// Wrong credentials are found out about only here.
fn not_there(problem: Problem) -> Finding {
    let area = match problem.kind {
        // The clock has a line of its own.
        _ if problem.message.contains("RequestTimeTooSkewed") => AREA,
        ProblemKind::BadCredentials | ProblemKind::NoCredentials => Area::Credentials,
        _ => AREA,
    };
    area.failed("bucket", problem)
}

fn clock(skew: Option<SignedDuration>) -> Finding {
    const CHECK: &str = "clock";
    let Some(skew) = skew else { return AREA.skip(CHECK, "the service does not tell the time") };
    let off = skew.unsigned_abs();
    let what = match human_duration(off) {
        _ if off < SLOW_CLOCK => "the service's and this machine's agree".to_owned(),
        off if skew.is_positive() => format!("this machine's clock is {off} slow"),
        off => format!("this machine's clock is {off} fast"),
    };
    let hint = "set it, such as with NTP: S3 refuses requests from a clock that is 15 minutes off";
    match off {
        _ if off >= WRONG_CLOCK => AREA.fail(CHECK, what, hint),
        _ if off >= SLOW_CLOCK => AREA.warn(CHECK, what, hint),
        _ => AREA.pass(CHECK, what),
    }
}

async fn list(store: &Store, prefix: &S3Url) -> Result<String, Problem> {
    let options =
        ListOptions { concurrency: 1, memory: 1 << 20, landmarks: Landmarks::default(), skips: false };
    let page = store.list(prefix, options)?.next_page().await?;
    Ok(match page {
        Some(_) => format!("there are objects below {prefix}"),
        None => format!("nothing is below {prefix} so far"),
    })
}

async fn write_and_remove(store: &Store, prefix: &S3Url) -> Finding {
    const CHECK: &str = "write";
    let dst = S3Url {
        key: format!("{}.tt-install-check-{}", prefix.key, new_run()),
        bucket: prefix.bucket.clone(),
    };
    let sum = Sum::of(Algorithm::Crc64Nvme, CONTENT);
    let target = Target {
        dst: dst.clone(),
        properties: Properties::default(),
        condition: Condition::Always,
        checked: true,
    };
    if let Err(problem) = store.put(&target, &Bytes::from_static(CONTENT).into(), &sum).await {
        // It may have arrived even so.
        let _ = remove(store, &dst).await;
        return AREA.failed(CHECK, problem);
    }
    match (verify(store, &dst, &sum).await, remove(store, &dst).await) {
        (Ok(()), Ok(())) => {
            AREA.pass(CHECK, format!("an object was put below {prefix}, verified and removed"))
        }
        (Err(problem), Ok(())) => AREA.failed(CHECK, problem),
        (_, Err(problem)) => AREA.fail(
            CHECK,
            format!("{dst} was put there, but can't be removed: {problem}"),
            "remove it by hand; to mirror deletions, the credentials need s3:DeleteObject",
        ),
    }
}

async fn verify(store: &Store, dst: &S3Url, sum: &Sum) -> Result<(), Problem> {
    let head = store.head(dst).await?;
    let head = head.ok_or_else(|| corrupt(dst, "it is not there after it was put"))?;
    let differs = head.checksum.is_some_and(|found| found.value != sum.base64());
    if differs || head.size.is_some_and(|size| size != CONTENT.len() as u64) {
        return Err(corrupt(dst, "it is not what was put there"));
    }
    Ok(())
}

/// Removes what was put there, and nothing else: the name is nobody else's.
async fn remove(store: &Store, dst: &S3Url) -> Result<(), Problem> {
    let doomed = Doomed { key: dst.key.clone(), etag: None };
    store.delete_many(&dst.bucket, &[doomed]).await.into_iter().collect()
}

fn corrupt(dst: &S3Url, what: &str) -> Problem {
    Problem::new(ProblemKind::Corrupt, format!("{dst}: {what}"))
        .hint("don't trust this service with anything before that is understood")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::finding::Outcome;

    #[test]
    fn clocks_may_differ_a_little() {
        let outcome = |seconds| clock(Some(SignedDuration::from_secs(seconds))).outcome;
        assert_eq!([0, 59, -59].map(outcome), [Outcome::Pass; 3]);
        assert_eq!([60, -60, 899].map(outcome), [Outcome::Warn; 3]);
        assert_eq!([900, -900, 86_400].map(outcome), [Outcome::Fail; 3]);
        assert_eq!(clock(None).outcome, Outcome::Skip);
    }
}
