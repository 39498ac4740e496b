//! What the pipeline says, folded into what a run came to and into lines for the log.

use std::collections::HashSet;

use tt_record::{End, Line, Pushed, Put, Record, Verdict, decode};

use super::progress::short;
use crate::log::Level;

/// What a run came to so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Files that are there now because of this run; compared, where that is wanted.
    pub(crate) synced: u64,
    /// Bytes of what was uploaded.
    pub(crate) bytes: u64,
    /// Files that are to be uploaded, and their bytes, where that is told before.
    pub(crate) planned: (u64, u64),
    /// What failed, was skipped or is not proved.
    pub(crate) errors: u64,
    /// The first thing that went wrong.
    pub(crate) first: Option<String>,
    /// How the last tool says that it ended.
    pub(crate) end: Option<End>,
    /// Errors that were said already: tools say on stderr what stops them, and in a record.
    said: HashSet<String>,
}

impl Tally {
    /// Takes a line of the last tool's stdout, and gives what is to be said because of it.
    pub(crate) fn record(&mut self, line: &str) -> Option<(Level, String)> {
        let record = match decode(line) {
            Ok(Line::Known(record)) => *record,
            Ok(Line::Foreign(_)) => return None,
            Err(why) => return self.error(format!("the pipeline wrote what can't be read: {why}")),
        };
        let failed = record.is_failure();
        self.errors += u64::from(failed);
        match record {
            Record::End(end) => self.end = Some(end),
            Record::Put(put) => {
                self.planned = (self.planned.0 + 1, self.planned.1 + put.item.size);
                return Some((Level::Info, to_upload(&put)));
            }
            Record::Pushed(Pushed { item, .. }) => {
                self.uploaded(item.size);
                return Some((Level::Debug, format!("Uploaded: {}", item.dst)));
            }
            Record::Verified(verdict) => {
                self.uploaded(verdict.size.unwrap_or_default());
                return Some((
                    Level::Debug,
                    format!("Verified: {} by {}", verdict.dst, verdict.by.unwrap_or_default()),
                ));
            }
            Record::Mismatch(verdict) => return self.error(described("DIFFERENT", &verdict)),
            Record::Missing(verdict) => return self.error(described("MISSING", &verdict)),
            Record::Unverifiable(verdict) => return self.error(described("not to be compared", &verdict)),
            Record::Fail(fail) => return self.error(fail.error.message),
            Record::Skip(skip) if failed => {
                let text = format!("Skipped: {} ({})", skip.source.src, skip.why);
                return self.once(Level::Warn, text);
            }
            _ => {}
        }
        None
    }

    /// Takes a line of a tool's stderr, and gives what is to be said because of it.
    pub(crate) fn said(&mut self, tool: &str, line: &str) -> Option<(Level, String)> {
        let text = line.strip_prefix(tool).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(line);
        if let Some(error) = text.strip_prefix("error: ") {
            return self.error(error.to_owned());
        }
        Some(match text.split_once(": ") {
            Some(("warning", warning)) => (Level::Warn, format!("{tool}: {warning}")),
            Some(("hint", hint)) => (Level::Info, format!("Hint: {hint}")),
            _ => (Level::Debug, format!("{tool}: {text}")),
        })
    }

    /// An error, which is said once.
    pub(crate) fn error(&mut self, text: String) -> Option<(Level, String)> {
        self.once(Level::Error, text)
    }

    fn once(&mut self, level: Level, text: String) -> Option<(Level, String)> {
        self.first.get_or_insert_with(|| text.clone());
        self.said.insert(text.clone()).then_some((level, text))
    }

    /// What was told so far will be told once more.
    pub(crate) fn begin_anew(&mut self) {
        (self.errors, self.end) = (0, None);
    }

    /// A file of that size is where it is to be.
    pub(crate) fn uploaded(&mut self, size: u64) {
        self.synced += 1;
        self.bytes += size;
    }
}

fn to_upload(put: &Put) -> String {
    format!("To upload: {} ({}, {}) to {}", put.item.source.src, short(put.item.size), put.why, put.item.dst)
}

fn described(what: &str, verdict: &Verdict) -> String {
    let note = verdict.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
    format!("{} is {what}{note}", verdict.dst)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_counted_and_told() {
        let mut tally = Tally::default();
        let verified = r#"{"type":"verified","src":"/a","dst":"s3://b/a","size":7,"etag":"e","parts":0,"resumed":0,"attempts":1,"seconds":0.1,"by":"x"}"#;
        assert_eq!(tally.record(verified).map(|(level, _)| level), Some(Level::Debug));
        let missing = r#"{"type":"missing","src":"/b","dst":"s3://b/b","size":9,"note":"gone"}"#;
        assert_eq!(tally.record(missing), Some((Level::Error, "s3://b/b is MISSING: gone".into())));
        assert_eq!(tally.record("{").map(|(level, _)| level), Some(Level::Error));
        assert_eq!((tally.synced, tally.bytes, tally.errors), (1, 7, 1));
        assert_eq!(tally.first.as_deref(), Some("s3://b/b is MISSING: gone"));
    }

    #[test]
    fn what_is_said_twice_is_logged_once() {
        let mut tally = Tally::default();
        assert_eq!(tally.said("tt-push", "tt-push: error: no"), Some((Level::Error, "no".into())));
        let fail = r#"{"type":"fail","stage":"push","error":{"kind":"io","message":"no"}}"#;
        assert_eq!(tally.record(fail), None);
        assert_eq!(tally.errors, 1);
        assert_eq!(tally.said("tt-plan", "tt-plan: warning: w"), Some((Level::Warn, "tt-plan: w".into())));
        assert_eq!(tally.said("tt-plan", "thread panicked").map(|(level, _)| level), Some(Level::Debug));
    }
}
