//! A sample of the objects, for the impatient: the same ones every time and on every machine, since their keys alone decide.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use clap::Args;
use tt_cli::{Console, counted, human_percent, percent};
use tt_record::S3Url;
use tt_sum::{Algorithm, Sum};

/// The flag about the sample.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "How it is done")]
pub(crate) struct SampleFlags {
    /// Look at only so many of the objects, such as 5% or 0.1%: always the same ones, which their keys alone decide. Records
    /// of the others pass on as they are [default: 100%].
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    sample: Option<f64>,
}

/// Decides which objects are looked at, and keeps count. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    /// None where each is looked at.
    share: Option<f64>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    taken: AtomicU64,
    left: AtomicU64,
}

impl SampleFlags {
    pub(crate) fn sample(&self) -> Sample {
        Sample { share: self.sample, counts: Arc::default() }
    }
}

impl Sample {
    /// The share of the objects that are looked at, where that is not each.
    pub(crate) fn share(&self) -> Option<f64> {
        self.share
    }

    /// Whether this object is looked at.
    pub(crate) fn takes(&self, dst: &S3Url) -> bool {
        let Some(share) = self.share else { return true };
        let taken = place(&dst.key) < share;
        let Counts { taken: yes, left: no } = &*self.counts;
        if taken { yes } else { no }.fetch_add(1, Relaxed);
        taken
    }

    /// Tells people that not all was looked at.
    pub(crate) fn tell(&self, console: &Console) {
        if let Some(share) = self.share {
            let taken = self.counts.taken.load(Relaxed);
            let all = counted(taken + self.counts.left.load(Relaxed), "object");
            console.note(format_args!(
                "a sample of {}: {taken} of {all} looked at, and nothing is known of the others",
                human_percent(share)
            ));
        }
    }
}

/// Where a key stands between 0 and 1: its SHA-256, the first 32 bits of it, as a fraction.
fn place(key: &str) -> f64 {
    let sum = Sum::of(Algorithm::Sha256, key.as_bytes());
    let first = sum.bytes().iter().take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    f64::from(first) / 2_f64.powi(32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(share: f64, bucket: &str) -> Vec<String> {
        let sample = Sample { share: Some(share), counts: Arc::default() };
        (0..10_000)
            .map(|n| S3Url { bucket: bucket.into(), key: format!("p/{n:05}") })
            .filter(|url| sample.takes(url))
            .map(|url| url.key)
            .collect()
    }

    #[test]
    fn the_keys_alone_decide() {
        let some = taken(0.05, "b");
        assert!((400..600).contains(&some.len()), "{}", some.len());
        assert_eq!(some, taken(0.05, "other"));
        let more = taken(0.1, "b");
        assert!(some.iter().all(|key| more.contains(key)));
        assert_eq!(taken(1.0, "b").len(), 10_000);
        // As whoever computes it elsewhere: sha256sum of "a" begins with ca978112.
        assert!((place("a") - f64::from(0xca97_8112_u32) / 4_294_967_296.0).abs() < 1e-12);
    }
}
