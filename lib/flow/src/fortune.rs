//! Whether what went wrong with one item would go wrong with all that follow.
//!
//! One refusal or one broken connection among thousands is the item's, and the others go on. Where nothing has succeeded yet, or
//! nothing does any more, the run ends: it would only collect failures.

use std::sync::{Mutex, PoisonError};

use tt_record::{Problem, ProblemKind, Record};

/// So many failures in a row end a run in which nothing has succeeded yet.
const AT_FIRST: u32 = 8;

/// So many end one in which something has: more than requests that a short outage hits at once, and few beside the items of a
/// run that is worth its while.
const LATER: u32 = 100;

/// How the items of a run fared so far. Shared by all threads.
#[derive(Debug, Default)]
pub struct Fortune(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    succeeded: bool,
    /// Failures since the last success, of kinds that may concern everything.
    in_a_row: u32,
    /// The first of those.
    streak: Option<Problem>,
}

impl Fortune {
    /// Takes note of what became of an item. Gives the problem that ends the run, if it is one.
    pub fn note(&self, record: &Record) -> Option<Problem> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match record {
            Record::Fail(fail) => state.fail(&fail.error),
            // It says nothing of the service.
            Record::Skip(_) => None,
            _ => {
                *state = State { succeeded: true, ..State::default() };
                None
            }
        }
    }

    /// What it comes to that all items are done: the problem with the service, if there was one and nothing has succeeded, or
    /// nothing since credentials were refused.
    pub fn conclude(&self) -> Option<Problem> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let refused = |problem: &Problem| problem.kind == ProblemKind::BadCredentials;
        state.streak.take().filter(|problem| !state.succeeded || refused(problem))
    }
}

impl State {
    fn fail(&mut self, problem: &Problem) -> Option<Problem> {
        if !problem.kind.stops_everything() {
            return None;
        }
        self.in_a_row += 1;
        self.streak.get_or_insert_with(|| problem.clone());
        let most = match problem.kind {
            // No request can be made, for whatever item.
            ProblemKind::NoCredentials | ProblemKind::Config => 1,
            ProblemKind::BadCredentials if !self.succeeded => 1,
            // They have expired, and were good for all until then; or this one key was signed in a way that the service is not
            // up to.
            ProblemKind::BadCredentials => AT_FIRST,
            _ if !self.succeeded => AT_FIRST,
            _ => LATER,
        };
        (self.in_a_row >= most).then(|| problem.clone())
    }
}

#[cfg(test)]
mod tests {
    use tt_record::{Delete, Fail, Stage};

    use super::*;

    fn failed(kind: ProblemKind) -> Record {
        let error = Problem::new(kind, "no");
        Record::Fail(Fail { stage: Stage::Push, source: None, dst: None, error })
    }

    fn done() -> Record {
        Record::Deleted(Delete { dst: "s3://b/k".parse().unwrap(), size: 0, etag: None })
    }

    /// After how many failures in a row the run ends.
    fn most(fortune: &Fortune, kind: ProblemKind) -> Option<u32> {
        (1..1000).find(|_| fortune.note(&failed(kind)).is_some())
    }

    #[test]
    fn one_of_many_is_the_items_own() {
        let fortune = Fortune::default();
        assert_eq!(fortune.note(&done()), None);
        for _ in 0..1000 {
            assert_eq!(fortune.note(&failed(ProblemKind::AccessDenied)), None);
            assert_eq!(fortune.note(&failed(ProblemKind::Unreachable)), None);
            assert_eq!(fortune.note(&done()), None);
        }
        assert_eq!(most(&fortune, ProblemKind::Unreachable), Some(LATER));
        assert_eq!(most(&fortune, ProblemKind::Unreadable), None, "a file says nothing of the service");
        assert_eq!(fortune.conclude(), None);
        fortune.note(&done());
        fortune.note(&failed(ProblemKind::BadCredentials));
        assert!(fortune.conclude().is_some(), "nothing succeeded after they had expired");
    }

    #[test]
    fn where_nothing_succeeds_the_run_ends_soon() {
        assert_eq!(most(&Fortune::default(), ProblemKind::AccessDenied), Some(AT_FIRST));
        assert_eq!(most(&Fortune::default(), ProblemKind::BadCredentials), Some(1));
        let fortune = Fortune::default();
        fortune.note(&failed(ProblemKind::NoBucket));
        assert_eq!(fortune.conclude().map(|problem| problem.kind), Some(ProblemKind::NoBucket));
    }
}
