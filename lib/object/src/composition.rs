//! How an object was cut into parts. A checksum of parts that matches proves the bytes, whatever the cut; one that does not
//! counts only where the service told the lengths of all parts.

use tokio::task::JoinSet;
use tt_record::{Problem, S3Url};
use tt_store::{Head, PartLength, Parts, Store};

use crate::digest::even;

/// How many parts are asked about at once.
const AT_ONCE: usize = 16;

/// Part sizes that programs use, in MiB, the most usual first: the AWS CLI and SDKs, rclone and the MinIO client, s5cmd, and
/// what people choose.
const USUAL: [u64; 16] = [8, 16, 5, 64, 50, 10, 100, 32, 15, 25, 20, 128, 256, 512, 1024, 500];

/// How many cuts are tried at most.
const TRIES: usize = 12;

const MIB: u64 = 1 << 20;

/// A way in which an object may have been cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    /// In bytes, in the order of the parts.
    pub(crate) lengths: Vec<u64>,
    pub(crate) known: Known,
}

/// How a cut is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// The service told the length of each part.
    Told,
    /// The service told that of the first, and the others follow if they are equal.
    Inferred,
    /// It is usual.
    Usual,
}

/// An object that was made of parts.
#[derive(Clone, Copy)]
pub(crate) struct Composition<'a> {
    pub(crate) store: &'a Store,
    pub(crate) dst: &'a S3Url,
    pub(crate) head: &'a Head,
    /// Its size: the file's, which is held against it.
    pub(crate) size: u64,
    /// How many there are.
    pub(crate) parts: u32,
}

impl Composition<'_> {
    /// How it may have been cut, by what the service tells of an object whose checksum covers the parts. Nothing where it does
    /// not tell.
    pub(crate) async fn of_checksum(&self) -> Result<Vec<Cut>, Problem> {
        let told = self
            .store
            .part_lengths(self.dst, self.head, self.parts)
            .await?
            .filter(|lengths| self.fits(lengths));
        match told {
            Some(lengths) => Ok(vec![Cut { lengths, known: Known::Told }]),
            None => Ok(self.by_first().await?.into_iter().collect()),
        }
    }

    /// How it may have been cut, where only the ETag is made of the parts. Where the service does not tell, what is usual,
    /// `wanted` first.
    pub(crate) async fn of_etag(&self, wanted: Option<u64>) -> Result<Vec<Cut>, Problem> {
        Ok(match self.by_first().await? {
            Some(cut) => vec![cut],
            None => usual(self.size, self.parts, wanted),
        })
    }

    /// What follows from the first part.
    async fn by_first(&self) -> Result<Option<Cut>, Problem> {
        if self.parts == 1 {
            return Ok(Some(Cut { lengths: vec![self.size], known: Known::Told }));
        }
        let first = self.store.part_length(self.dst, self.head, 1).await?;
        let Some(first) = first.filter(|first| first.parts == self.parts && first.length > 0) else {
            return Ok(None);
        };
        // Of how many parts it is made is known: whatever length is told, no more are made room for.
        if self.size.div_ceil(first.length) == u64::from(self.parts) {
            return Ok(Some(Cut { lengths: even(self.size, first.length), known: Known::Inferred }));
        }
        // They are not equal.
        self.one_by_one().await
    }

    /// Asks for the length of each part. None where the service does not tell.
    pub(crate) async fn one_by_one(&self) -> Result<Option<Cut>, Problem> {
        let Ok(parts) = u16::try_from(self.parts) else { return Ok(None) };
        let (mut lengths, mut asking, mut next) = (vec![0; usize::from(parts)], JoinSet::new(), 1);
        loop {
            while next <= parts && asking.len() < AT_ONCE {
                asking.spawn(ask(self.store.clone(), self.dst.clone(), self.head.clone(), next));
                next += 1;
            }
            // One that a bug has ended is one that is not known.
            let Some(Ok(asked)) = asking.join_next().await else { break };
            let (number, told) = asked?;
            let Some(told) = told else { return Ok(None) };
            lengths[usize::from(number) - 1] = told.length;
        }
        Ok(self.fits(&lengths).then_some(Cut { lengths, known: Known::Told }))
    }

    fn fits(&self, lengths: &[u64]) -> bool {
        let sum = lengths.iter().try_fold(0_u64, |sum, length| sum.checked_add(*length));
        lengths.len() == self.parts as usize && sum == Some(self.size)
    }
}

async fn ask(
    store: Store,
    dst: S3Url,
    head: Head,
    number: u16,
) -> Result<(u16, Option<PartLength>), Problem> {
    Ok((number, store.part_length(&dst, &head, number).await?))
}

/// The usual cuts that make so many parts of so many bytes.
fn usual(size: u64, parts: u32, wanted: Option<u64>) -> Vec<Cut> {
    let ours = Parts::of(size, tt_store::PART_SIZE).map(Parts::part_size);
    let count = u64::from(parts.max(1));
    // Large objects get parts as large as they need, in whole MiB; and some programs cut all objects evenly.
    let needed = [size.div_ceil(10_000).next_multiple_of(MIB), size.div_ceil(count).next_multiple_of(MIB)];
    let sizes = (wanted.into_iter().chain(ours))
        .chain(USUAL.map(|mib| mib * MIB))
        .chain(needed)
        .chain([size.div_ceil(count)]);
    let mut cuts = Vec::new();
    for length in sizes.filter(|length| *length > 0 && size.div_ceil(*length) == count) {
        let cut = Cut { lengths: even(size, length), known: Known::Usual };
        if cuts.len() < TRIES && !cuts.contains(&cut) {
            cuts.push(cut);
        }
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(size: u64, parts: u32, wanted: Option<u64>) -> Vec<u64> {
        usual(size, parts, wanted).iter().map(|cut| cut.lengths[0]).collect()
    }

    #[test]
    fn only_what_makes_as_many_parts_is_tried() {
        assert_eq!(sizes(300 * MIB, 38, None), [8 * MIB, 8_278_232]);
        assert_eq!(sizes(64 * MIB + 3, 2, None), [64 * MIB, 50 * MIB, 33 * MIB, 33_554_434]);
        assert_eq!(sizes(64 * MIB + 3, 2, Some(40 * MIB))[0], 40 * MIB);
        assert_eq!(sizes(64 * MIB + 3, 2, Some(4 * MIB))[0], 64 * MIB);
        assert!(usual(10 * MIB, 2, None).iter().all(|cut| cut.lengths.iter().sum::<u64>() == 10 * MIB));
    }
}
