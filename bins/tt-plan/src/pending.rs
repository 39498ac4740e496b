//! What waits for a closer look, in order with what does not.

use std::{
    collections::VecDeque,
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::Duration,
};

use tt_object::content_type;
use tt_record::{Fail, Item, Keep, Problem, ProblemKind, Properties, Put, PutReason, Record, Stage};

use crate::inspect::Answer;

/// So many records wait at most: more than are asked about at once, and little memory.
const MOST: usize = 8192;

/// A record in the making.
pub(crate) struct Draft {
    pub(crate) item: Item,
    pub(crate) etag: Option<String>,
    pub(crate) properties: Properties,
    /// Whether it is written if the object is up to date.
    pub(crate) keep: bool,
}

impl Draft {
    /// What is to be said, if anything.
    pub(crate) fn decide(self, why: Option<PutReason>) -> Option<Record> {
        let Self { item, etag, properties, keep } = self;
        match why {
            Some(why) => Some(Record::Put(Put { item, why, etag, properties })),
            None => keep.then_some(Record::Keep(Keep { item, etag })),
        }
    }

    /// The same, after a closer look. Fails with what would go wrong with all others, too.
    fn settle(mut self, answer: Answer) -> Result<Option<Record>, Problem> {
        let why = match answer {
            Ok(why) => why,
            Err(error) if error.kind.stops_everything() => return Err(error),
            Err(error) => {
                let Item { source, dst, .. } = self.item;
                let fail = Fail { stage: Stage::Plan, source: Some(source), dst: Some(dst), error };
                return Ok(Some(Record::Fail(fail)));
            }
        };
        match why {
            // It was deleted after it was listed.
            Some(PutReason::New) => self.etag = None,
            // What it was compared with is what it is to have.
            Some(PutReason::Properties) if self.properties.content_type.is_none() => {
                self.properties.content_type = content_type(&self.item.source.path());
            }
            _ => {}
        }
        Ok(self.decide(why))
    }
}

enum Entry {
    Known(Box<Record>),
    Asked(Box<Draft>, Receiver<Answer>),
}

/// Records, the first that waits and all behind it.
#[derive(Default)]
pub(crate) struct Pending {
    entries: VecDeque<Entry>,
    /// Files that a closer look took for up to date, and of which nothing is said.
    unsaid: u64,
}

impl Pending {
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many files a closer look took for up to date of which there is no record.
    pub(crate) fn unsaid(&self) -> u64 {
        self.unsaid
    }

    pub(crate) fn is_full(&self) -> bool {
        self.entries.len() >= MOST
    }

    /// Puts a record behind the others.
    pub(crate) fn push(&mut self, record: Record) {
        self.entries.push_back(Entry::Known(Box::new(record)));
    }

    /// Puts one behind them whose answer is not known.
    pub(crate) fn push_asked(&mut self, draft: Draft, answer: Receiver<Answer>) {
        self.entries.push_back(Entry::Asked(Box::new(draft), answer));
    }

    /// The first record, if what it waits for is known within `patience`.
    pub(crate) fn next(&mut self, patience: Duration) -> Result<Option<Record>, Problem> {
        while let Some(first) = self.entries.pop_front() {
            match first {
                Entry::Known(record) => return Ok(Some(*record)),
                Entry::Asked(draft, answers) => match answers.recv_timeout(patience) {
                    Ok(answer) => {
                        if let Some(record) = draft.settle(answer)? {
                            return Ok(Some(record));
                        }
                        self.unsaid += 1;
                    }
                    Err(RecvTimeoutError::Timeout) => {
                        self.entries.push_front(Entry::Asked(draft, answers));
                        return Ok(None);
                    }
                    Err(RecvTimeoutError::Disconnected) => return Err(unanswered(&draft)),
                },
            }
        }
        Ok(None)
    }
}

fn unanswered(draft: &Draft) -> Problem {
    let message = format!("the look at {} stopped by a bug: the plan is incomplete", draft.item.dst);
    Problem::new(ProblemKind::Bug, message)
}

#[cfg(test)]
mod tests {
    use std::{path::Path, sync::mpsc::sync_channel};

    use tt_record::{S3Url, Source};

    use super::*;

    fn draft(key: &str) -> Draft {
        let source = Source::from(Path::new("/a.html"));
        let dst = S3Url { bucket: "b".into(), key: key.into() };
        let item = Item { source, dst, size: 1, mtime: jiff::Timestamp::UNIX_EPOCH };
        Draft { item, etag: Some("\"e\"".into()), properties: Properties::default(), keep: false }
    }

    fn put(why: PutReason) -> Put {
        let Ok(Some(Record::Put(put))) = draft("k").settle(Ok(Some(why))) else {
            panic!("it is to be uploaded")
        };
        put
    }

    #[test]
    fn what_is_known_waits_for_what_is_before_it() {
        let mut pending = Pending::default();
        let (answer, answers) = sync_channel(1);
        pending.push_asked(draft("a"), answers);
        pending.push(draft("b").decide(Some(PutReason::New)).unwrap());
        assert_eq!(pending.next(Duration::ZERO), Ok(None));
        answer.send(Ok(None)).unwrap();
        let Ok(Some(Record::Put(put))) = pending.next(Duration::ZERO) else { panic!("b is known") };
        assert!(put.item.dst.key == "b" && pending.is_empty());
    }

    #[test]
    fn an_answer_that_never_comes_is_a_bug_and_no_silence() {
        let mut pending = Pending::default();
        pending.push_asked(draft("a"), sync_channel(1).1);
        assert_eq!(pending.next(Duration::ZERO).unwrap_err().kind, ProblemKind::Bug);
    }

    #[test]
    fn what_would_fail_with_all_fails_the_plan() {
        let problem = |kind| draft("a").settle(Err(Problem::new(kind, "no")));
        assert!(problem(ProblemKind::AccessDenied).is_err());
        assert!(matches!(problem(ProblemKind::Changing), Ok(Some(Record::Fail(_)))));
    }

    #[test]
    fn records_say_what_was_compared() {
        assert_eq!(put(PutReason::New).etag, None);
        assert_eq!(put(PutReason::Checksum).properties, Properties::default());
        let mended = put(PutReason::Properties);
        assert_eq!(mended.properties.content_type.as_deref(), Some("text/html"));
        assert!(mended.etag.is_some());
    }
}
