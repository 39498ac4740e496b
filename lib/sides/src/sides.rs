//! Both sides together.

use std::path::Path;

use tt_cli::{Console, new_run};
use tt_record::{Begin, Problem, S3Url};
use tt_store::{Landmarks, S3Options};

use crate::{Chosen, Local, Means, Remote};

/// Where the two sides are, and what of them takes part.
#[derive(Clone, Copy)]
pub struct Places<'a> {
    /// The directory, or the one file.
    pub source: &'a Path,
    /// Ends in a slash, or is a whole bucket.
    pub dest: &'a S3Url,
    /// What takes part.
    pub chosen: &'a Chosen,
    /// What reading them may take.
    pub means: &'a Means,
    /// How the bucket is reached.
    pub s3: &'a S3Options,
    /// Whether nobody wants to see the objects that the source lacks.
    pub skips: bool,
}

impl Places<'_> {
    /// What opens a stream about them.
    pub fn begin(&self, tool: &str) -> Begin {
        let source = std::path::absolute(self.source).unwrap_or_else(|_| self.source.to_owned());
        Begin {
            source: Some(source.to_string_lossy().into_owned()),
            dest: Some(self.dest.to_string()),
            ..Begin::new(tool, new_run())
        }
    }
}

/// Both sides, in the order of their keys.
pub struct Sides {
    /// The tree.
    pub local: Local,
    /// The bucket.
    pub remote: Remote,
}

impl Sides {
    /// Starts to read both sides.
    pub fn open(places: Places<'_>, console: &Console) -> Result<Self, Problem> {
        // A large bucket is listed in ranges, and the tree is the best guess of where to cut.
        let landmarks = Landmarks::default();
        let local = Local::open(places, landmarks.clone())?;
        Ok(Self { local, remote: Remote::open(places, console, landmarks)? })
    }
}
