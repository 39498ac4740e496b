//! The flags about what is made sure of.

use clap::{Args, ValueHint};
use tt_record::{Delete, Problem, ProblemKind, Put, S3Url};
use tt_store::Condition;
use tt_sum::Algorithm;
use tt_tree::{Fence, Manner};

/// What is made sure of.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "How it is done")]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag")]
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
    /// Refuse to write and to delete objects that are not below this URL, whatever the plan says; may be given more than once
    /// [default: any object that the credentials allow].
    #[arg(long, value_name = "s3://BUCKET/PREFIX/")]
    only: Vec<S3Url>,
    /// Also carry out delete records without an ETag, which delete whatever object is there [default: they fail].
    #[arg(long)]
    delete_without_etag: bool,
    /// Read each file twice, and upload it only if both times gave the same bytes: for files that other programs write through
    /// a mapping into memory (mmap), whose times do not tell every change.
    #[arg(long)]
    read_twice: bool,
    /// Take a file as unchanged while its size and modification time stay, whatever its inode number and change time: for
    /// file systems that keep neither.
    #[arg(long)]
    ignore_inode: bool,
}

/// The checksum that objects get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) algorithm: Algorithm,
    /// Whether it travels along, for S3 to check.
    pub(crate) announced: bool,
}

impl Safety {
    /// How files are opened, and where they have to lie.
    pub(crate) fn manner(&self) -> Manner {
        Manner::new(self.root.clone(), self.ignore_inode)
    }

    /// Fails where nothing may be written or deleted.
    pub(crate) fn check_place(&self, dst: &S3Url) -> Result<(), Problem> {
        let below = |only: &S3Url| {
            let only = only.clone().into_prefix();
            only.bucket == dst.bucket && dst.key.starts_with(&only.key)
        };
        // Services that keep objects as files may take them for what they are in paths.
        let leads_out = || dst.key.split('/').any(|part| matches!(part, "." | ".."));
        if self.only.is_empty() || (self.only.iter().any(below) && !leads_out()) {
            return Ok(());
        }
        let message = format!("{dst} is not below what --only allows");
        Err(Problem::new(ProblemKind::Refused, message)
            .hint("check who wrote this plan; --only names the buckets and prefixes that it may change"))
    }

    /// Fails where an object may not be deleted, or where it is not said which one is meant.
    pub(crate) fn check_deletion(&self, delete: &Delete) -> Result<(), Problem> {
        self.check_place(&delete.dst)?;
        if self.delete_without_etag || delete.etag.as_deref().is_some_and(|etag| !etag.is_empty()) {
            return Ok(());
        }
        let message =
            format!("can't delete {}: the record has no ETag, so any object could be meant", delete.dst);
        Err(Problem::new(ProblemKind::Refused, message).hint(
            "plan again with tt-plan --delete; or use --delete-without-etag if any object at this key may go",
        ))
    }

    /// Whether bytes count only if a second reading gives the same.
    pub(crate) fn reads_twice(&self) -> bool {
        self.read_twice
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
        Safety {
            checksum: checksum.to_owned(),
            if_unchanged: false,
            no_resume: false,
            root: None,
            only: Vec::new(),
            delete_without_etag: false,
            read_twice: false,
            ignore_inode: false,
        }
    }

    #[test]
    fn a_prefix_is_no_beginning_of_a_name() {
        let safety =
            Safety { only: ["s3://b/p", "s3://c"].map(|url| url.parse().unwrap()).into(), ..safety("none") };
        let allows = |url: &str| safety.check_place(&url.parse().unwrap()).is_ok();
        assert!(allows("s3://b/p/x") && allows("s3://b/p/x/y") && allows("s3://c/anything"));
        for outside in ["s3://b/p2/x", "s3://b/x", "s3://b2/p/x", "s3://c2/x", "s3://b/p/../x", "s3://b/p"] {
            assert!(!allows(outside), "{outside}");
        }
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
