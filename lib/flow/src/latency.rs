//! The file of `--latencies`.

use tt_cli::{Observe, Origin, Outfile};
use tt_record::{End, Problem, Record};
use tt_store::{Latencies, S3Options};

/// The file in the making.
pub struct LatencyFile {
    file: Outfile,
    latencies: Latencies,
}

impl LatencyFile {
    /// The file that the flags ask for. Finds out at once whether it can be written.
    pub fn of(options: &S3Options) -> Result<Option<Self>, Problem> {
        let Some(latencies) = options.latencies.clone() else { return Ok(None) };
        let file = Outfile::create(latencies.path(), "file of latencies")?;
        Ok(Some(Self { file, latencies }))
    }

    /// The same as one who comes to his end with a stream.
    pub fn observer(options: &S3Options) -> Result<Vec<Box<dyn Observe>>, Problem> {
        let file = Self::of(options)?;
        Ok(file.into_iter().map(|file| Box::new(file) as Box<dyn Observe>).collect())
    }

    /// Puts it in place, with what was counted until now.
    pub fn finish(mut self) -> Result<(), Problem> {
        self.file.write(|out| self.latencies.write(out));
        self.file.finish()
    }
}

impl Observe for LatencyFile {
    fn record(&mut self, _: &Record, _: Origin) -> Result<(), Problem> {
        Ok(())
    }

    fn end(self: Box<Self>, _: &End) -> Result<(), Problem> {
        self.finish()
    }
}
