//! Whether an object is a file, by the best evidence that there is.

use std::sync::Arc;

use tt_record::{Cause, Problem, S3Url};
use tt_store::{Head, Store};
use tt_sum::{Algorithm, Sum};
use tt_tree::SourceFile;

use crate::{
    Evidence,
    composition::{Composition, Cut, Known},
    digest::{Reader, Wanted},
};

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
    /// Holds the file, which has the object's size as far as that is known, against the best that the object tells of itself.
    pub async fn hold_against(&self, file: &Arc<SourceFile>) -> Result<Proof, Problem> {
        let mut unknown_parts = None;
        for evidence in Evidence::all_of(self.head) {
            let Some(parts) = evidence.parts() else {
                let whole = Wanted::Whole(evidence.algorithm());
                return Ok(Proof::Compared(self.compare(file, evidence, whole).await?));
            };
            match Box::pin(self.by_parts(file, &evidence, parts)).await? {
                Some(comparison) => return Ok(Proof::Compared(comparison)),
                None => unknown_parts = unknown_parts.or(Some((evidence.name(), parts))),
            }
        }
        let Some((name, parts)) = unknown_parts else {
            let why = "the service keeps no checksum of it, and its ETag is no MD5";
            return Ok(Proof::Nothing(Cause::NoChecksum, why.to_owned()));
        };
        let why = format!("its {name} is that of {parts} parts, whose sizes the service does not tell");
        Ok(Proof::Nothing(Cause::UnknownParts, why))
    }

    /// The comparison of what is made of the checksums of parts. None where it proves nothing, neither that they are equal nor
    /// that they differ.
    async fn by_parts(
        &self,
        file: &Arc<SourceFile>,
        evidence: &Evidence,
        parts: u32,
    ) -> Result<Option<Comparison>, Problem> {
        let Self { store, dst, head, .. } = *self;
        let composition = Composition { store, dst, head, size: file.size(), parts };
        let cuts = if evidence.is_etag() {
            composition.of_etag(self.part_size).await?
        } else {
            composition.of_checksum().await?
        };
        let mut tried = None;
        for cut in cuts {
            let comparison = self.compare_parts(file, evidence, &cut).await?;
            if comparison.is_equal() || cut.known == Known::Told {
                return Ok(Some(comparison));
            }
            tried = Some((cut, comparison));
        }
        // Parts may be of different lengths; whoever does not tell the first tells none.
        match tried {
            Some((cut, comparison)) if cut.known == Known::Inferred => {
                match composition.one_by_one().await? {
                    Some(told) if told.lengths == cut.lengths => Ok(Some(comparison)),
                    Some(told) => Ok(Some(self.compare_parts(file, evidence, &told).await?)),
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
    ) -> Result<Comparison, Problem> {
        let wanted = Wanted::OfParts(evidence.algorithm(), cut.lengths.as_slice().into());
        let comparison = self.compare(file, evidence.clone(), wanted).await?;
        let note = (cut.known == Known::Usual).then(|| {
            let length = cut.lengths.first().copied().unwrap_or_default();
            format!("the service does not tell the sizes of parts: {length} bytes, which others use, give the same ETag")
        });
        Ok(Comparison { note, ..comparison })
    }

    async fn compare(
        &self,
        file: &Arc<SourceFile>,
        evidence: Evidence,
        wanted: Wanted,
    ) -> Result<Comparison, Problem> {
        let also = self.also.iter().copied().map(Wanted::Whole);
        let wanted: Vec<_> = also.chain([wanted]).collect();
        let mut sums = self.reader.sums(file, &wanted).await?;
        let expected = sums.pop().unwrap_or_else(|| Sum::of(evidence.algorithm(), b""));
        Ok(Comparison { evidence, expected, note: None, also: sums })
    }
}
