//! The flags about what is made sure of.

use clap::{Args, ValueHint};
use tt_record::Put;
use tt_store::Condition;
use tt_sum::Algorithm;
use tt_tree::Fence;

/// What is made sure of.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "How it is done")]
pub(crate) struct Safety {
    /// The checksum that S3 checks each object against and keeps; with SHA256, the hash over all bytes of an object in
    /// parts is kept as the metadata sha256; none is for services that know none of them.
    #[arg(long, value_name = "ALGORITHM", default_value = "CRC64NVME", ignore_case = true,
        value_parser = ["CRC64NVME", "CRC32C", "CRC32", "SHA512", "SHA256", "SHA1", "MD5", "XXHASH3", "XXHASH64",
            "XXHASH128", "none"])]
    checksum: String,
    /// Write an object only if what the plan saw at its key is still there: nothing, or an object with the same ETag
    /// [default: whatever is there is replaced].
    #[arg(long)]
    if_unchanged: bool,
    /// Begin all uploads anew, and leave none behind that could be gone on with [default: parts that S3 holds from a run
    /// that was interrupted are kept where their checksums match the file].
    #[arg(long)]
    no_resume: bool,
    /// Refuse files that do not lie in this directory, or that a link leads out of it, whatever the plan says: for plans that
    /// come from somebody else [default: any file that can be read].
    #[arg(long, value_name = "DIR", value_parser = Fence::around, value_hint = ValueHint::DirPath)]
    root: Option<Fence>,
}

/// The checksum that objects get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) algorithm: Algorithm,
    /// Whether it travels along, for S3 to check.
    pub(crate) announced: bool,
}

impl Safety {
    /// Where files have to lie.
    pub(crate) fn fence(&self) -> Option<&Fence> {
        self.root.as_ref()
    }

    /// The checksum. Where none is to travel along, the one that S3 may add by itself is held against.
    pub(crate) fn check(&self) -> Check {
        let algorithm = self.checksum.parse().ok();
        Check { algorithm: algorithm.unwrap_or(Algorithm::Crc64Nvme), announced: algorithm.is_some() }
    }

    /// What must hold for an object to be written.
    pub(crate) fn condition(&self, put: &Put) -> Condition {
        match &put.etag {
            _ if !self.if_unchanged => Condition::Always,
            Some(etag) => Condition::Unchanged(etag.clone()),
            None => Condition::Absent,
        }
    }

    /// Whether unfinished uploads are gone on with. Parts without checksums can't be told from others.
    pub(crate) fn may_resume(&self) -> bool {
        !self.no_resume && self.check().announced
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn safety(checksum: &str) -> Safety {
        Safety { checksum: checksum.to_owned(), if_unchanged: false, no_resume: false, root: None }
    }

    #[test]
    fn checksums_have_the_names_of_s3() {
        assert_eq!(safety("sha256").check(), Check { algorithm: Algorithm::Sha256, announced: true });
        assert_eq!(safety("none").check(), Check { algorithm: Algorithm::Crc64Nvme, announced: false });
        for algorithm in Algorithm::ALL {
            assert_eq!(safety(algorithm.name()).check(), Check { algorithm, announced: true });
        }
        assert!(safety("SHA1").may_resume() && !safety("none").may_resume());
    }
}
