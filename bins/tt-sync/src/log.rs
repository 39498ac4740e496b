//! The log: `[INFO] [2026-11-24 14:30:00] message`, in local time, in a file for each day; and the same on stdout.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use anstyle::{AnsiColor, Style};
use jiff::ZonedDateTime;
use tt_cli::{open_kept, print_styled, printable};
use tt_record::{Problem, ProblemKind, without_secrets};

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

/// Writes lines.
pub(crate) struct Log {
    path: PathBuf,
    file: File,
    /// Why the first line is missing that is.
    fault: Option<io::Error>,
    /// Whether what matters only to whoever looks for a fault is written, too.
    debug: bool,
    loudness: Loudness,
}

/// What of the log goes to stdout, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loudness {
    All,
    Errors,
    Nothing,
}

impl Log {
    /// Opens the log of a day, and makes its directory if need be.
    pub(crate) fn of_day(
        dir: &Path,
        now: &ZonedDateTime,
        debug: bool,
        loudness: Loudness,
    ) -> Result<Self, Problem> {
        Self::open(dir, &now.strftime("sync-%Y%m%d.log").to_string(), debug, loudness)
    }

    /// Opens a log by its name.
    pub(crate) fn open(dir: &Path, name: &str, debug: bool, loudness: Loudness) -> Result<Self, Problem> {
        let path = dir.join(name);
        let opened = fs::create_dir_all(dir).and_then(|()| open_kept(&path, File::options().append(true)));
        let file = opened.map_err(|e| {
            Problem::new(ProblemKind::Io, format!("the log {} can't be written: {e}", path.display()))
                .hint("correct LOGS_DIR, or its permissions")
        })?;
        Ok(Self { path, file, fault: None, debug, loudness })
    }

    /// What is going on.
    pub(crate) fn info(&mut self, text: impl fmt::Display) {
        self.line(Level::Info, text);
    }

    /// What may surprise.
    pub(crate) fn warn(&mut self, text: impl fmt::Display) {
        self.line(Level::Warn, text);
    }

    /// What went wrong.
    pub(crate) fn error(&mut self, text: impl fmt::Display) {
        self.line(Level::Error, text);
    }

    /// Writes a line. The work goes on where that fails, for a full disk must not stop an upload; [`Log::finish`] tells.
    pub(crate) fn line(&mut self, level: Level, text: impl fmt::Display) {
        if level == Level::Debug && !self.debug {
            return;
        }
        let (name, style) = level.shown();
        let rest = format!(
            "[{}] {}",
            ZonedDateTime::now().strftime("%Y-%m-%d %H:%M:%S"),
            printable(&without_secrets(&text.to_string()))
        );
        if let Err(e) = self.file.write_all(format!("[{name}] {rest}\n").as_bytes()) {
            self.fault.get_or_insert(e);
        }
        let printed = match self.loudness {
            Loudness::All => true,
            Loudness::Errors => level == Level::Error,
            Loudness::Nothing => false,
        };
        if printed {
            let _ = print_styled(io::stdout(), &format!("{style}[{name}]{style:#} {rest}\n"));
        }
    }

    /// Has all that was written on the disk. Fails where lines are missing.
    pub(crate) fn finish(&mut self) -> Result<(), Problem> {
        let synced = self.file.sync_all();
        self.fault.take().map_or(synced, Err).map_err(|e| {
            Problem::new(
                ProblemKind::Io,
                format!("lines are missing in the log {}: {e}", self.path.display()),
            )
            .hint("make room there; the next run goes on with the log")
        })
    }
}

impl Level {
    fn shown(self) -> (&'static str, Style) {
        match self {
            Self::Debug => ("DEBUG", AnsiColor::Blue.on_default()),
            Self::Info => ("INFO", AnsiColor::Green.on_default()),
            Self::Warn => ("WARN", AnsiColor::Yellow.on_default()),
            Self::Error => ("ERROR", AnsiColor::Red.on_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_as_they_always_were() {
        let dir = tempfile::tempdir().unwrap();
        let now: ZonedDateTime = "2026-11-24T14:30:00-06:00[-06:00]".parse().unwrap();
        let mut log = Log::of_day(&dir.path().join("logs"), &now, false, Loudness::Nothing).unwrap();
        log.info("a\nb");
        log.line(Level::Debug, "not this");
        log.warn("c");
        let text = fs::read_to_string(dir.path().join("logs/sync-20261124.log")).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("[INFO] [20") && lines[0].ends_with("] a\\nb"), "{text}");
        assert!(lines[1].starts_with("[WARN] [20"), "{text}");
    }
}
