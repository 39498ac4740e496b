//! Manifests: questions that one asks, their answers, and one of what was verified.

mod feed;
mod judge;
mod prove;
mod write;

use std::path::PathBuf;

use clap::Args;
use tt_cli::{is_stdin, new_run};
use tt_record::{Begin, Problem, ProblemKind, S3Url};

use crate::TOOL;

pub(crate) use self::{feed::Sums, write::WriteSums};

/// The flags about manifests.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Manifests")]
pub(crate) struct SumsFlags {
    /// Prove that the objects below a prefix are what a manifest lists, as sha256sum, sha1sum, md5sum, shasum, cksum -a,
    /// openssl dgst -r or the BSDs write it; - is stdin. Names are relative to the prefix, and to SRC where that is given:
    /// its files are read where S3 keeps a checksum of another kind. May be repeated [default: read records].
    #[arg(long, value_name = "FILE")]
    pub(crate) sums: Vec<PathBuf>,
    /// Write a manifest of what was verified, which sha256sum -c takes in the source directory. Each file is read once for
    /// both checksums. It is put in place at the end, unless the run was cut short [default: write none].
    #[arg(long, value_name = "FILE")]
    pub(crate) write_sums: Option<PathBuf>,
}

/// What is held against a manifest.
#[derive(Clone, Debug)]
pub(crate) struct SumsRequest {
    /// Where the manifests are.
    pub(crate) manifests: Vec<PathBuf>,
    /// The directory of the files, where they may be read.
    pub(crate) source: Option<PathBuf>,
    /// The prefix of the objects.
    pub(crate) dest: S3Url,
}

impl SumsFlags {
    /// What is to be held against manifests; none where records are read.
    pub(crate) fn request(&self, operands: &[PathBuf]) -> Result<Option<SumsRequest>, Problem> {
        if self.sums.is_empty() {
            return Ok(None);
        }
        let (source, dest) = match operands {
            [dest] => (None, dest),
            [source, dest] => (Some(source), dest),
            _ => return Err(usage("with --sums comes a prefix, and before it at most one directory")),
        };
        let dest: S3Url = dest.to_string_lossy().parse().map_err(|e| usage(&format!("{e}")))?;
        let absolute =
            |source| std::path::absolute(source).map_err(|e| usage(&format!("SRC can't be used: {e}")));
        let source = source.map(absolute).transpose()?;
        Ok(Some(SumsRequest { manifests: self.sums.clone(), source, dest: dest.into_prefix() }))
    }

    /// Where a manifest is to be written.
    pub(crate) fn written(&self) -> Result<Option<WriteSums>, Problem> {
        match &self.write_sums {
            Some(path) if is_stdin(path) => {
                Err(usage("--write-sums - can't be: stdout is for records; name a file"))
            }
            path => path.as_deref().map(WriteSums::create).transpose(),
        }
    }
}

impl SumsRequest {
    /// What opens the stream.
    pub(crate) fn begin(&self) -> Begin {
        let source = self.source.as_ref().map(|source| source.to_string_lossy().into_owned());
        Begin { source, dest: Some(self.dest.to_string()), ..Begin::new(TOOL, new_run()) }
    }
}

fn usage(message: &str) -> Problem {
    Problem::new(ProblemKind::Usage, message).hint("tt-verify --sums FILE [SRC] s3://bucket/prefix/")
}
