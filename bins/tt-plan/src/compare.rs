//! The flags about how a file and its object are compared, and what a listing says to that. What only the object itself can
//! tell is up to [`crate::inspect`].

use clap::Args;
use jiff::Timestamp;
use tt_record::PutReason;
use tt_tree::FoundFile;

/// What is compared.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "What is compared")]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag; they come to a Compare")]
pub(crate) struct CompareFlags {
    /// Compare sizes only, not times [default: sizes and times].
    #[arg(long, group = "how")]
    size_only: bool,
    /// Compare checksums where sizes are the same, whatever the times: each file is read, and S3 is asked for the checksum
    /// that it keeps. Nothing is downloaded. Where S3 keeps none that a file can be held against, times count [default:
    /// sizes and times].
    #[arg(long, group = "how")]
    checksum: bool,
    /// Compare the file's time with the one that tt-push --preserve, rclone or s3fs have left in the object's metadata: if
    /// it is another one, older or newer, the file is planned. Where there is none, with the object's own time [default:
    /// the object's own].
    #[arg(long, group = "how")]
    mtime_metadata: bool,
    /// Plan nothing that would replace an object, whatever the file is [default: what differs is replaced].
    #[arg(long, group = "how")]
    ignore_existing: bool,
    /// Plan every file, whatever its object is [default: what differs].
    #[arg(long, group = "how")]
    force: bool,
    /// Plan also what differs in content type, other content headers, storage class, metadata or tags from what --rules
    /// say and the name suggests: tt-push changes it in place. What --rules do not name is not compared, the flags of
    /// tt-push neither [default: what S3 keeps with an object is left alone].
    #[arg(long, conflicts_with_all = ["ignore_existing", "force"])]
    compare_properties: bool,
    /// Write a keep record for what is up to date, so that tt-verify can prove that too [default: only changes].
    #[arg(long)]
    all: bool,
    /// With --checksum: take a file as unchanged while its size and modification time stay, whatever its inode number and
    /// change time, for file systems that keep neither.
    #[arg(long, requires = "checksum", help_heading = "How it is done")]
    ignore_inode: bool,
    /// How many objects are asked about at once, with --checksum, --mtime-metadata or --compare-properties.
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=4096),
        help_heading = "How it is done")]
    check_concurrency: u16,
}

/// How a file and its object are compared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Compare {
    how: How,
    /// Whether what is up to date is written too.
    pub(crate) keep: bool,
}

#[derive(Clone, Copy, Debug)]
enum How {
    /// Whatever the object is, the file is planned.
    Force,
    /// Whatever the object is, the file is not planned.
    Existence,
    /// What differs is planned.
    Content(Look),
}

/// What a difference is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) by: By,
    /// Whether what S3 keeps with the object counts, too.
    pub(crate) properties: bool,
    /// How many objects are asked about at once.
    pub(crate) concurrency: u16,
    /// Whether inode numbers and change times of files that are read don't matter.
    pub(crate) ignores_inode: bool,
}

/// What tells whether the bytes are the same, where there are as many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// Nothing else.
    Size,
    /// When the object was written.
    Time,
    /// The file's time in the metadata.
    TimeInMetadata,
    /// The checksum.
    Checksum,
}

impl CompareFlags {
    pub(crate) fn resolve(self) -> Compare {
        let content = |by| {
            let Self { compare_properties: properties, check_concurrency: concurrency, .. } = self;
            How::Content(Look { by, properties, concurrency, ignores_inode: self.ignore_inode })
        };
        let how = match self {
            Self { force: true, .. } => How::Force,
            Self { ignore_existing: true, .. } => How::Existence,
            Self { checksum: true, .. } => content(By::Checksum),
            Self { mtime_metadata: true, .. } => content(By::TimeInMetadata),
            Self { size_only: true, .. } => content(By::Size),
            _ => content(By::Time),
        };
        Compare { how, keep: self.all }
    }
}

impl Compare {
    /// Why a file is to be uploaded although there is an object, as far as a listing tells.
    pub(crate) fn reason(self, file: &FoundFile, size: u64, modified: Timestamp) -> Option<PutReason> {
        match self.how {
            How::Force => Some(PutReason::Forced),
            How::Content(_) if size != file.size => Some(PutReason::Size),
            How::Content(Look { by: By::Time, .. }) => newer(file.mtime, modified),
            How::Existence | How::Content(_) => None,
        }
    }

    /// Whether files are read, so that what is up to date was compared byte for byte.
    pub(crate) fn reads(self) -> bool {
        matches!(self.how, How::Content(Look { by: By::Checksum, .. }))
    }

    /// What is to be looked for at objects for which a listing gives no reason; nothing, if that is enough.
    pub(crate) fn look(self) -> Option<Look> {
        match self.how {
            How::Content(look) if look.properties || !matches!(look.by, By::Size | By::Time) => Some(look),
            _ => None,
        }
    }
}

/// Whether a file is newer than its object. S3 keeps times to the second.
pub(crate) fn newer(mtime: Timestamp, modified: Timestamp) -> Option<PutReason> {
    (mtime.as_second() > modified.as_second()).then_some(PutReason::Newer)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        flags: CompareFlags,
    }

    fn compare(flags: &str) -> Option<Compare> {
        let words = std::iter::once("tt-plan").chain(flags.split_whitespace());
        Command::try_parse_from(words).ok().map(|command| command.flags.resolve())
    }

    fn reason(flags: &str, size: u64, mtime: i64) -> Option<PutReason> {
        let time = |second| Timestamp::from_second(second).unwrap();
        let file = FoundFile { name: "a".into(), size, mtime: time(mtime) };
        compare(flags).unwrap().reason(&file, 10, time(100))
    }

    #[test]
    fn a_listing_tells_what_it_can() {
        assert_eq!((reason("", 10, 100), reason("", 10, 101)), (None, Some(PutReason::Newer)));
        assert_eq!((reason("", 11, 0), reason("--size-only", 10, 101)), (Some(PutReason::Size), None));
        assert_eq!(
            (reason("--force", 10, 0), reason("--ignore-existing", 11, 101)),
            (Some(PutReason::Forced), None)
        );
        for flags in ["--checksum", "--mtime-metadata"] {
            assert_eq!((reason(flags, 11, 0), reason(flags, 10, 101)), (Some(PutReason::Size), None));
        }
    }

    #[test]
    fn objects_are_looked_at_only_if_that_tells_more() {
        for flags in ["", "--size-only", "--force", "--ignore-existing", "--all"] {
            assert_eq!(compare(flags).unwrap().look(), None, "{flags}");
        }
        let look = compare("--compare-properties --check-concurrency 7").unwrap().look();
        assert_eq!(look, Some(Look { by: By::Time, properties: true, concurrency: 7, ignores_inode: false }));
        assert_eq!(compare("--checksum").unwrap().look().unwrap().by, By::Checksum);
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        for flags in [
            "--size-only --checksum",
            "--checksum --mtime-metadata",
            "--force --size-only",
            "--force --ignore-existing",
            "--force --compare-properties",
            "--ignore-existing --compare-properties",
        ] {
            assert!(compare(flags).is_none(), "{flags}");
        }
    }
}
