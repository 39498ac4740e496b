//! Deletions: only when asked for, and only of what the source is known to lack.
//!
//! Always holds: nothing is planned for deletion before both sides were read to their ends; nothing in a range that is not
//! known; and nothing at all where that would be more than the user allows.

use std::path::Path;

use clap::Args;
use tt_record::{Delete, Problem, ProblemKind, Record, S3Url};
use tt_sides::Unknown;
use tt_tree::KeyRange;

use crate::spool::Spool;

/// What may be deleted.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "What is deleted")]
pub(crate) struct DeleteFlags {
    /// Plan the deletion of objects below DEST that SRC lacks: never of what is left out by other flags, nor of what
    /// could not be looked at [default: nothing is deleted].
    #[arg(long, conflicts_with = "files_from")]
    delete: bool,
    /// Also of what the flags leave out, wherever it is [default: what is left out is left alone at both ends].
    #[arg(long, requires = "delete")]
    delete_excluded: bool,
    /// Also where SRC holds no file at all, as an empty mount point does [default: then nothing is deleted].
    #[arg(long, requires = "delete")]
    allow_empty_source: bool,
    /// Delete nothing at all if more than so many objects, or so many percent of those at DEST, would be deleted.
    #[arg(long, requires = "delete", value_name = "N|N%", default_value = "50%", value_parser = most)]
    max_delete: Most,
}

/// How many objects may be deleted.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Most {
    Objects(u64),
    /// Of the objects at the destination.
    Percent(f64),
}

/// What may be deleted.
#[derive(Clone, Debug)]
pub(crate) struct Deleting {
    /// What the flags leave out at the source is deleted too.
    pub(crate) excluded: bool,
    empty_source: bool,
    most: Most,
}

impl DeleteFlags {
    pub(crate) fn resolve(self) -> Option<Deleting> {
        self.delete.then_some(Deleting {
            excluded: self.delete_excluded,
            empty_source: self.allow_empty_source,
            most: self.max_delete,
        })
    }
}

/// What is to be deleted, as far as is known.
pub(crate) struct Deletions {
    deleting: Deleting,
    dest: S3Url,
    unknown: Unknown,
    spool: Spool,
    count: u64,
}

impl Deletions {
    pub(crate) fn new(deleting: Deleting, dest: S3Url, tmp_dir: &Path) -> Self {
        Self { deleting, dest, unknown: Unknown::default(), spool: Spool::new(tmp_dir), count: 0 }
    }

    /// Whether what the flags leave out is to go, too.
    pub(crate) fn of_excluded(&self) -> bool {
        self.deleting.excluded
    }

    /// Nothing in the range is deleted from here on.
    pub(crate) fn shield(&mut self, range: KeyRange) {
        self.unknown.add(range);
    }

    /// The source has nothing at the key of this object.
    pub(crate) fn orphan(&mut self, name: &str, size: u64, etag: Option<String>) -> Result<(), Problem> {
        if self.unknown.contains(name) {
            return Ok(());
        }
        self.count += 1;
        self.spool.push(&Record::Delete(Delete { dst: self.dest.join(name), size, etag }))
    }

    /// The deletions of a plan that is whole, where there were so many files and objects.
    pub(crate) fn settle(
        self,
        files: u64,
        objects: u64,
    ) -> Result<impl Iterator<Item = Result<Record, Problem>>, Problem> {
        self.check(files, objects)?;
        self.spool.replay()
    }

    fn check(&self, files: u64, objects: u64) -> Result<(), Problem> {
        let refused = |why: String| Problem::new(ProblemKind::Refused, format!("nothing is deleted: {why}"));
        if self.count == 0 {
            return Ok(());
        }
        if self.unknown.is_everything() {
            return Err(refused("it is not known what the source holds".to_owned())
                .hint("see what else failed, and run the same command again"));
        }
        if files == 0 && !self.deleting.empty_source {
            return Err(refused("the source holds no file".to_owned())
                .hint("check that everything is mounted; if it is meant, say --allow-empty-source"));
        }
        let (allowed, limit) = match self.deleting.most {
            Most::Objects(most) => (self.count <= most, most.to_string()),
            #[allow(clippy::cast_precision_loss, reason = "of more than 2^53 objects no percentage matters")]
            Most::Percent(most) => {
                (self.count as f64 * 100.0 <= most * objects as f64, format!("{most} % of them"))
            }
        };
        if allowed {
            return Ok(());
        }
        let why =
            format!("it would be {} of {objects} objects, and at most {limit} may be deleted", self.count);
        Err(refused(why).hint("if that is meant, allow it: --max-delete N, or N%"))
    }
}

fn most(text: &str) -> Result<Most, String> {
    let wrong = || format!("{text:?} is neither a number of objects nor a percentage such as 20%");
    match text.strip_suffix('%') {
        Some(percent) => {
            let percent =
                percent.trim().parse::<f64>().ok().filter(|percent| (0.0..=100.0).contains(percent));
            percent.map(Most::Percent).ok_or_else(wrong)
        }
        None => text.parse().map(Most::Objects).map_err(|_| wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_or_a_share() {
        assert_eq!(most("0"), Ok(Most::Objects(0)));
        assert_eq!(most("12.5%"), Ok(Most::Percent(12.5)));
        for wrong in ["", "%", "-1", "101%", "many", "NaN%"] {
            assert!(most(wrong).is_err(), "{wrong}");
        }
    }

    fn settled(most: Most, doomed: u64, files: u64, objects: u64) -> Result<u64, String> {
        let deleting = Deleting { excluded: false, empty_source: false, most };
        let dest = S3Url { bucket: "b".into(), key: String::new() };
        let mut deletions = Deletions::new(deleting, dest, Path::new("/nonexistent"));
        for number in 0..doomed {
            deletions.orphan(&format!("{number:03}"), 1, None).unwrap();
        }
        deletions.settle(files, objects).map(|records| records.count() as u64).map_err(|e| e.message)
    }

    #[test]
    fn more_than_is_allowed_is_nothing() {
        assert_eq!(settled(Most::Percent(50.0), 5, 1, 10), Ok(5));
        assert!(
            settled(Most::Percent(50.0), 6, 1, 10).unwrap_err().contains("6 of 10 objects, and at most 50 %")
        );
        assert_eq!(settled(Most::Percent(100.0), 10, 1, 10), Ok(10));
        assert_eq!(settled(Most::Objects(5), 5, 1, 10), Ok(5));
        assert!(settled(Most::Objects(4), 5, 1, 10).is_err());
        assert_eq!(settled(Most::Objects(0), 0, 1, 10), Ok(0));
    }

    #[test]
    fn an_empty_source_deletes_nothing() {
        assert!(settled(Most::Percent(100.0), 1, 0, 1).unwrap_err().contains("the source holds no file"));
        assert_eq!(settled(Most::Percent(100.0), 0, 0, 0), Ok(0));
    }
}
