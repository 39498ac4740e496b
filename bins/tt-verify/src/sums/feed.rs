//! Questions that a manifest asks: is the object what is listed?

use std::path::Path;

use tt_cli::Progress;
use tt_flow::{Fed, Feed, Intake};
use tt_manifest::{Listed, Manifest};
use tt_record::{Problem, ProblemKind, Source, Verdict};

use super::SumsRequest;
use crate::{question::Question, sample::Sample};

/// Manifests, read whole before the first question is asked.
pub(crate) struct Sums {
    pub(crate) request: SumsRequest,
    pub(crate) sample: Sample,
    pub(crate) progress: Progress,
}

impl Feed<Question> for Sums {
    fn run(self, intake: &Intake<Question>) -> Fed {
        intake.open(None);
        self.ask(intake).into()
    }
}

impl Sums {
    fn ask(&self, intake: &Intake<Question>) -> Result<(), Problem> {
        self.request.source.as_deref().map_or(Ok(()), check_directory)?;
        Manifest::read(&self.request.manifests)?.each(|listed| {
            if intake.stopped() {
                return Err(Problem::new(ProblemKind::Interrupted, "interrupted"));
            }
            let question = self.question(listed);
            if self.sample.takes(&question.verdict.dst) {
                self.progress.expect(1, 0);
                intake.job(question);
            }
            Ok(())
        })
    }

    fn question(&self, Listed { sum, name }: Listed) -> Question {
        let SumsRequest { source, dest, .. } = &self.request;
        let source = source.as_ref().map(|directory| Source::from(directory.join(&name).as_path()));
        let verdict = Verdict { source, ..Verdict::of(dest.join(&name)) };
        Question { listed: Some(sum), ..verdict.into() }
    }
}

fn check_directory(source: &Path) -> Result<(), Problem> {
    if source.is_dir() {
        return Ok(());
    }
    let what = if source.exists() { "is no directory" } else { "does not exist" };
    Err(Problem::new(ProblemKind::NoSource, format!("{} {what}", source.display()))
        .hint("name the directory that the names in the manifest are relative to, or none"))
}
