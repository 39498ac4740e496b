//! Going on with an upload that a run before this one, here or elsewhere, has begun.
//!
//! Nothing is kept locally. What S3 holds of an unfinished upload can be listed, but not what its object will have besides
//! bytes. So each upload has a mark: a small part under the number that no other part uses, whose content is a digest of
//! all that the object is to have. It is not among the parts that are joined, and S3 drops it then. An upload is gone on
//! with only where its mark is that of a fresh one; and of its parts those count whose checksums are the file's.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use tt_object::ACCESS_TIME;
use tt_record::{Problem, ProblemKind};
use tt_store::{Began, Held, MARK, Parts, Piece, Store, Target, Upload};
use tt_sum::{Algorithm, Sum};

/// The version of what goes into a mark.
const FORM: &str = "datasync-turbo upload 1";

/// How many unfinished uploads of one key are looked into, the newest first.
const CANDIDATES: usize = 8;

/// The mark of uploads that make the same object.
pub(crate) struct Mark {
    content: String,
    sum: Sum,
}

/// An upload, and what S3 holds of it, by number. Nothing, of a fresh one.
pub(crate) struct Begun {
    pub(crate) upload: Upload,
    pub(crate) held: HashMap<u16, Held>,
    /// Whether this run has begun it. Others may be about to go on with it, too.
    pub(crate) own: bool,
}

impl Mark {
    /// The mark of uploads that make `target`, with checksums of `algorithm` and the customer's key of this name.
    pub(crate) fn of(target: &Target, algorithm: Algorithm, key: Option<&str>) -> Result<Self, Problem> {
        let mut properties = target.properties.clone();
        // Reading a file changes it, so that no two runs would have the same.
        properties.metadata.remove(ACCESS_TIME);
        let properties = serde_json::to_string(&properties)
            .map_err(|e| Problem::new(ProblemKind::Bug, format!("properties can't be written down: {e}")))?;
        let described = format!("{properties} {algorithm} {}", key.unwrap_or_default());
        let content = format!("{FORM} {}", Sum::of(Algorithm::Sha256, described.as_bytes()).hex());
        let sum = Sum::of(algorithm, content.as_bytes());
        Ok(Self { content, sum })
    }

    /// Marks an upload.
    pub(crate) async fn set(&self, store: &Store, upload: &Upload) {
        let body = Bytes::from(self.content.clone());
        // Without it the upload can't be gone on with, which is no reason to give it up.
        let _ = store.upload_part(upload, MARK, body.into(), self.sum.clone()).await;
    }

    fn is_on(&self, part: &Held) -> bool {
        let content = self.content.as_bytes();
        part.number == MARK && part.size == content.len() as u64 && part.holds(&self.sum, Some(content))
    }
}

impl Begun {
    /// An upload that was just created.
    pub(crate) fn afresh(upload: Upload) -> Self {
        Self { upload, held: HashMap::new(), own: true }
    }

    /// How its file was cut, as far as it shows: as it would be now, if all that is held fits that, for the last part alone
    /// has any size; else into parts of the largest size that is held.
    pub(crate) fn cut(&self, now: Parts) -> Parts {
        let fits = |piece: &Piece| self.held.get(&piece.number).is_some_and(|part| part.size == piece.length);
        if now.pieces().filter(fits).count() == self.held.len() {
            return now;
        }
        let largest = self.held.values().map(|part| part.size).max();
        largest.and_then(|size| now.of_size(size)).unwrap_or(now)
    }

    fn bytes(&self) -> u64 {
        self.held.values().map(|part| part.size).sum()
    }
}

/// The unfinished upload that makes the same object, the one with most of it if there are several.
pub(crate) async fn find(store: &Store, target: &Arc<Target>, mark: &Mark) -> Result<Option<Begun>, Problem> {
    let mut page = store.uploads(&target.dst).next_page().await?.unwrap_or_default();
    page.retain(|upload| upload.dst == target.dst);
    page.sort_by_key(|upload| std::cmp::Reverse(upload.initiated));
    let mut best: Option<Begun> = None;
    for unfinished in page.into_iter().take(CANDIDATES) {
        let began = Began::At(unfinished.initiated);
        let upload = Upload { target: Arc::clone(target), id: unfinished.id.into(), began };
        if let Some(begun) = look_into(store, upload, mark).await?
            && best.as_ref().is_none_or(|best| begun.bytes() > best.bytes())
        {
            best = Some(begun);
        }
    }
    Ok(best)
}

/// What S3 holds of an upload, if its mark is the right one.
pub(crate) async fn look_into(store: &Store, upload: Upload, mark: &Mark) -> Result<Option<Begun>, Problem> {
    let Some(mut parts) = store.held(&upload.target.dst, &upload.id).await? else { return Ok(None) };
    let marked = parts.pop_if(|last| mark.is_on(last)).is_some();
    let held = parts.into_iter().map(|part| (part.number, part)).collect();
    Ok(marked.then_some(Begun { upload, held, own: false }))
}

#[cfg(test)]
mod tests {
    use tt_record::Properties;
    use tt_store::Condition;

    use super::*;

    const MIB: u64 = 1 << 20;

    /// An upload that holds parts of these numbers and sizes.
    fn begun(held: &[(u16, u64)]) -> Begun {
        let target = Target {
            dst: "s3://bucket/key".parse().unwrap(),
            properties: Properties::default(),
            condition: Condition::Always,
            checked: true,
        };
        let began = Began::At(jiff::Timestamp::UNIX_EPOCH);
        let upload = Upload { target: Arc::new(target), id: "id".into(), began };
        let part = |&(number, size)| (number, Held { number, size, etag: String::new(), sum: None });
        Begun { held: held.iter().map(part).collect(), ..Begun::afresh(upload) }
    }

    #[test]
    fn what_is_held_tells_how_the_file_was_cut() {
        let now = Parts::of(30 * MIB, 8 * MIB).unwrap();
        let size = |held: &[(u16, u64)]| begun(held).cut(now).part_size() / MIB;
        assert_eq!(size(&[]), 8);
        assert_eq!(size(&[(4, 6 * MIB)]), 8, "the last one alone");
        assert_eq!(size(&[(1, 8 * MIB), (4, 6 * MIB)]), 8);
        assert_eq!(size(&[(2, 10 * MIB)]), 10, "another run's");
        assert_eq!(size(&[(1, 16 * MIB), (2, 14 * MIB)]), 16);
        assert_eq!(size(&[(1, MIB)]), 8, "nothing that S3 would take");
    }
}
