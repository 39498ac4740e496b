//! Whether an object is a file, by the best evidence that there is.

use std::sync::Arc;

use tt_record::{Cause, Checksum, Problem, S3Url};
use tt_store::{Head, Store};
use tt_sum::{Algorithm, Sum};
use tt_tree::SourceFile;

use crate::{
    Evidence,
    composition::{Composition, Cut, Known},
    digest::{Reader, Wanted},
};

/// How many guesses about the parts of an object are read for where the uploader's hash can be compared as well.
const GUESSES_BESIDE_CLAIMS: usize = 2;

/// What the comparison of an object with a file came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// They were compared.
    Compared(Comparison),
    /// There is nothing to be compared: why, for scripts and for people.
    Nothing(Cause, String),
}

/// Two checksums, one of the file and one of the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// What was compared.
    pub evidence: Evidence,
    /// The file's.
    pub expected: Sum,
    /// What else there is to say about it.
    pub note: Option<String>,
    /// The other checksums of the file that were asked for.
    pub also: Vec<Sum>,
}

impl Comparison {
    /// Whether they are equal.
    pub fn is_equal(&self) -> bool {
        self.expected == *self.evidence.sum()
    }
}

/// An object that a file is held against.
#[derive(Clone)]
pub struct Prover<'a> {
    /// Where it is.
    pub store: &'a Store,
    /// Its name.
    pub dst: &'a S3Url,
    /// What it tells.
    pub head: &'a Head,
    /// How the file is read.
    pub reader: &'a Reader,
    /// Checksums over all bytes of the file that are wanted beside, by the same reading.
    pub also: &'a [Algorithm],
    /// The size of parts, in bytes, that is tried first where the service tells none.
    pub part_size: Option<u64>,
}

impl Prover<'_> {
    /// Holds the file, which has the object's size as far as that is known, against what the object tells of itself: the
    /// checksum that the service stores; else its ETag, together with what the uploader claims. They are equal only if nothing
    /// of that says otherwise.
    pub async fn hold_against(&self, file: &Arc<SourceFile>) -> Result<Proof, Problem> {
        let stored = Evidence::checksum(self.head);
        if let Some(stored) = &stored
            && let Some(comparison) = self.by(file, stored, &[], usize::MAX).await?
        {
            return Ok(Proof::Compared(self.unless_contradicted(comparison)));
        }
        let claims = Evidence::claims(self.head);
        let etag = Evidence::etag(self.head);
        if let Some(etag) = &etag {
            let guesses = if claims.is_empty() { usize::MAX } else { GUESSES_BESIDE_CLAIMS };
            if let Some(comparison) = Box::pin(self.by(file, etag, &claims, guesses)).await? {
                return Ok(Proof::Compared(comparison));
            }
        }
        if let Some((claim, others)) = claims.split_first() {
            let whole = Wanted::Whole(claim.algorithm());
            let comparison = self.compare(file, claim, whole, others).await?;
            return Ok(Proof::Compared(Comparison { note: Some(CLAIMED.to_owned()), ..comparison }));
        }
        let of_parts = stored.or(etag).and_then(|evidence| Some((evidence.parts()?, evidence.name())));
        let Some((parts, name)) = of_parts else {
            let (cause, why) = no_checksum(self.head);
            return Ok(Proof::Nothing(cause, format!("{why}, and its ETag is no MD5")));
        };
        let why = format!("its {name} is that of {parts} parts, whose sizes the service does not tell");
        Ok(Proof::Nothing(Cause::UnknownParts, why))
    }

    /// The comparison with what the service has made of the bytes, and with `claims`. None where it proves nothing.
    async fn by(
        &self,
        file: &Arc<SourceFile>,
        evidence: &Evidence,
        claims: &[Evidence],
        guesses: usize,
    ) -> Result<Option<Comparison>, Problem> {
        if let Some(parts) = evidence.parts() {
            return Box::pin(self.by_parts(file, evidence, parts, claims, guesses)).await;
        }
        let whole = Wanted::Whole(evidence.algorithm());
        self.compare(file, evidence, whole, claims).await.map(Some)
    }

    /// What else the object tells of all its bytes by the same algorithm costs nothing to compare.
    fn unless_contradicted(&self, comparison: Comparison) -> Comparison {
        let algorithm = comparison.evidence.algorithm();
        if !comparison.is_equal() || !comparison.evidence.is_whole(algorithm) || !may_be_claimed(algorithm) {
            return comparison;
        }
        let differs = |other: &Evidence| other.is_whole(algorithm) && *other.sum() != comparison.expected;
        match Evidence::all_of(self.head).find(differs) {
            Some(evidence) => Comparison { evidence, ..comparison },
            None => comparison,
        }
    }

    /// The comparison of what is made of the checksums of parts. None where it proves nothing, neither that they are equal nor
    /// that they differ.
    async fn by_parts(
        &self,
        file: &Arc<SourceFile>,
        evidence: &Evidence,
        parts: u32,
        claims: &[Evidence],
        guesses: usize,
    ) -> Result<Option<Comparison>, Problem> {
        let Self { store, dst, head, .. } = *self;
        let composition = Composition { store, dst, head, size: file.size(), parts };
        let cuts = if evidence.is_etag() {
            composition.of_etag(self.part_size).await?
        } else {
            composition.of_checksum().await?
        };
        let mut tried = None;
        for cut in cuts.into_iter().take(guesses) {
            let comparison = self.compare_parts(file, evidence, &cut, claims).await?;
            // What differs from a claim does so whatever the cut.
            if comparison.is_equal() || cut.known == Known::Told || comparison.evidence.is_claim() {
                return Ok(Some(comparison));
            }
            tried = Some((cut, comparison));
        }
        // Parts may be of different lengths; whoever does not tell the first tells none.
        match tried {
            Some((cut, comparison)) if cut.known == Known::Inferred => {
                match composition.one_by_one().await? {
                    Some(told) if told.lengths == cut.lengths => Ok(Some(comparison)),
                    Some(told) => Ok(Some(self.compare_parts(file, evidence, &told, claims).await?)),
                    None => Ok(None),
                }
            }
            _ => Ok(None),
        }
    }

    async fn compare_parts(
        &self,
        file: &Arc<SourceFile>,
        evidence: &Evidence,
        cut: &Cut,
        claims: &[Evidence],
    ) -> Result<Comparison, Problem> {
        let wanted = Wanted::OfParts(evidence.algorithm(), cut.lengths.as_slice().into());
        let comparison = self.compare(file, evidence, wanted, claims).await?;
        let note = (cut.known == Known::Usual).then(|| {
            let length = cut.lengths.first().copied().unwrap_or_default();
            format!("the service does not tell the sizes of parts: {length} bytes, which others use, give the same ETag")
        });
        Ok(Comparison { note, ..comparison })
    }

    /// Holds the file against `evidence`, for which `wanted` is computed, and against claims, by one reading: what differs
    /// counts, and a claim that differs counts more than `evidence`, which may depend on a guess.
    async fn compare(
        &self,
        file: &Arc<SourceFile>,
        evidence: &Evidence,
        wanted: Wanted,
        claims: &[Evidence],
    ) -> Result<Comparison, Problem> {
        let also = self.also.iter().copied().map(Wanted::Whole);
        let claimed = claims.iter().map(|claim| Wanted::Whole(claim.algorithm()));
        let wanted: Vec<_> = also.chain(claimed).chain([wanted]).collect();
        let mut sums = self.reader.sums(file, &wanted).await?;
        let expected = sums.pop().unwrap_or_else(|| Sum::of(evidence.algorithm(), b""));
        let mut claimed = claims.iter().zip(sums.split_off(self.also.len().min(sums.len())));
        let (evidence, expected) = match claimed.find(|(claim, sum)| claim.sum() != sum) {
            Some((claim, sum)) => (claim.clone(), sum),
            None => (evidence.clone(), expected),
        };
        Ok(Comparison { evidence, expected, note: None, also: sums })
    }
}

/// What there is to say of a hash that the service has not made of the bytes.
const CLAIMED: &str = "the service tells nothing of the bytes that could be compared, and the hash in the metadata is what the uploader \
                       claims: --download=always compares the bytes";

/// Why an object tells no checksum that could be compared.
pub fn no_checksum(head: &Head) -> (Cause, String) {
    match (&head.unknown_checksum, &head.checksum) {
        (Some(name), _) => {
            let why = format!("S3 stores a checksum of a kind that this version doesn't know ({name})");
            (Cause::UnknownAlgorithm, why)
        }
        (None, Some(Checksum { algorithm, value, .. })) => (
            Cause::NoChecksum,
            format!("the {algorithm} that the service stores has not the form of one ({value:?})"),
        ),
        (None, None) => (Cause::NoChecksum, "the service keeps no checksum of it".to_owned()),
    }
}

/// Whether hashes of this algorithm are found among metadata, or as ETags.
fn may_be_claimed(algorithm: Algorithm) -> bool {
    matches!(algorithm, Algorithm::Sha256 | Algorithm::Md5)
}
