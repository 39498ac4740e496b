//! Finding out whether an object is what a manifest lists: by what it tells of itself, else by its file, else by its bytes.

use tt_flow::Worker;
use tt_object::{Comparison, Evidence, Proof};
use tt_record::{Problem, ProblemKind, S3Url, Source, Verdict};
use tt_store::Head;
use tt_sum::{Algorithm, Hasher, Sum};
use tt_tree::SourceFile;

use super::judge;
use crate::{
    judge::{Judged, missing, of_comparison, of_size, unverifiable},
    proving::Download,
    worker::{ByFile, Comparing, Piece, Verifier},
};

impl Verifier {
    /// Finds out whether the object is what is listed.
    pub(crate) async fn prove_listed(
        &self,
        worker: &Worker<Piece>,
        mut blank: Box<Verdict>,
        listed: &Sum,
    ) -> Result<Judged, Problem> {
        let Some(head) = self.ask(&worker.store, &blank.dst).await? else {
            return Ok(missing(blank));
        };
        let path = blank.source.as_ref().map(Source::path);
        let listing = Listing { comparing: Comparing { verifier: self, worker, head: &head }, listed };
        blank.size = head.size;
        if self.proving.download == Some(Download::Always) {
            return listing.by_bytes(blank).await;
        }
        match (listing.same_kind(), path) {
            (Some(evidence), path) if path.is_none() || !self.hashes() => {
                Ok(judge::of_evidence(blank, listed, &evidence))
            }
            (_, Some(path)) => listing.judge_once_settled(blank, self.open(&path).await?).await,
            _ if self.proving.download.is_some() => listing.by_bytes(blank).await,
            _ => Ok(judge::of_another_kind(blank, &head, listed)),
        }
    }
}

/// One object, of which S3 has told, and what is listed.
struct Listing<'a> {
    comparing: Comparing<'a>,
    listed: &'a Sum,
}

impl ByFile for Listing<'_> {
    fn verifier(&self) -> &Verifier {
        self.comparing.verifier
    }

    async fn judge(&self, mut blank: Box<Verdict>, file: SourceFile) -> Result<Judged, Problem> {
        let Self { comparing, listed } = self;
        (blank.size, blank.mtime) = (Some(file.size()), Some(file.mtime()));
        if let Some(size) = comparing.head.size.filter(|size| *size != file.size()) {
            file.check_size()?;
            return Ok(of_size(blank, file.size(), size));
        }
        let reading = comparing.read(file).await;
        match reading.hold_against(&blank.dst, &self.wanted()).await? {
            Proof::Compared(comparison) => Ok(self.of_comparison(blank, &reading.file, comparison)),
            Proof::Nothing(..) if comparing.verifier.proving.download.is_some() => self.by_bytes(blank).await,
            Proof::Nothing(cause, why) => Ok(match self.same_kind() {
                Some(evidence) => judge::of_evidence(blank, listed, &evidence),
                None => unverifiable(blank, comparing.head, cause, &why),
            }),
        }
    }
}

impl Listing<'_> {
    fn head(&self) -> &Head {
        self.comparing.head
    }

    /// What the object tells that is of the kind that is listed: if it tells several things, the one that is not what is listed.
    fn same_kind(&self) -> Option<Evidence> {
        let algorithm = self.listed.algorithm();
        let all = || Evidence::all_of(self.head()).filter(|evidence| evidence.is_whole(algorithm));
        all().find(|evidence| evidence.sum() != self.listed).or_else(|| all().next())
    }

    /// What is wanted of the file besides what S3 keeps of its object: what is listed comes first.
    fn wanted(&self) -> Vec<Algorithm> {
        let listed = self.listed.algorithm();
        let hashed = self.comparing.verifier.hashes() && listed != Algorithm::Sha256;
        [listed].into_iter().chain(hashed.then_some(Algorithm::Sha256)).collect()
    }

    fn of_comparison(&self, blank: Box<Verdict>, file: &SourceFile, mut comparison: Comparison) -> Judged {
        let of_file = comparison.also.remove(0);
        if of_file != *self.listed {
            return judge::of_file(blank, self.listed, &of_file, comparison.is_equal());
        }
        if self.comparing.verifier.hashes() && of_file.algorithm() == Algorithm::Sha256 {
            comparison.also.push(of_file);
        }
        judge::of_object(of_comparison(blank, file, self.head(), &comparison))
    }

    /// By the object's bytes, fetched in order and not stored.
    async fn by_bytes(&self, blank: Box<Verdict>) -> Result<Judged, Problem> {
        let Comparing { verifier, worker, head } = &self.comparing;
        let size = head.size.ok_or_else(|| unmeasured(&blank.dst))?;
        let _turn = verifier.turns.turn(size).await;
        let mut hasher = Hasher::new(self.listed.algorithm());
        let take = |bytes: &[u8]| {
            hasher.update(bytes);
            verifier.progress.moved(bytes.len() as u64);
        };
        worker.store.fetch(&blank.dst, head, 0, size, take).await?;
        Ok(judge::of_bytes(blank, self.listed, &hasher.finish()))
    }
}

fn unmeasured(dst: &S3Url) -> Problem {
    let message = format!("can't download {dst}: the service doesn't tell its size");
    Problem::new(ProblemKind::Refused, message).hint("compare it with its file: name SRC before the prefix")
}
