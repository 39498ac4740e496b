//! Sends the requests of a listing, as many at once as may be, and hands out what they bring.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::SignedDuration;
use tokio::{sync::Notify, task::JoinSet};
use tt_record::{Problem, ProblemKind};

use super::{
    ranges::{Ask, Ranges, Taken},
    request::{Dated, Pages},
};

/// What those who drive a listing and those who read it share.
pub(super) struct Shared {
    state: Mutex<State>,
    /// Something came for the reader.
    news: Notify,
    /// There may be more to ask for.
    room: Notify,
}

struct State {
    ranges: Ranges,
    skew: Option<SignedDuration>,
}

type Asked = (Ask, Result<Dated, Problem>);

impl Shared {
    pub(super) fn new(ranges: Ranges) -> Self {
        let state = Mutex::new(State { ranges, skew: None });
        Self { state, news: Notify::new(), room: Notify::new() }
    }

    /// What the reader gets next.
    pub(super) fn take(&self) -> Taken {
        let taken = self.lock().ranges.take();
        if matches!(taken, Taken::Page(_)) {
            self.room.notify_one();
        }
        taken
    }

    pub(super) fn seek(&self, key: &str) {
        if self.lock().ranges.seek(key) {
            self.room.notify_one();
            self.news.notify_one();
        }
    }

    pub(super) fn skew(&self) -> Option<SignedDuration> {
        self.lock().skew
    }

    /// Waits until there may be something new.
    pub(super) async fn news(&self) {
        self.news.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn done(&self, (ask, answered): Asked) {
        let mut state = self.lock();
        match answered {
            Ok((answer, skew)) => {
                state.skew = state.skew.or(skew);
                state.ranges.answer(ask.number, &answer);
            }
            Err(problem) => state.ranges.fail(ask.number, problem),
        }
        drop(state);
        self.news.notify_one();
    }
}

/// Sends requests until nobody wants the listing any more.
pub(super) async fn drive(shared: Arc<Shared>, pages: Pages) -> Problem {
    let mut under_way = JoinSet::new();
    loop {
        while let Some(ask) = { shared.lock().ranges.ask(pages.pace.now()) } {
            under_way.spawn(send(ask, pages.clone()));
        }
        tokio::select! {
            Some(asked) = under_way.join_next() => match asked {
                Ok(asked) => shared.done(asked),
                Err(_) => return broken_off(),
            },
            () = shared.room.notified() => {}
        }
    }
}

async fn send(ask: Ask, pages: Pages) -> Asked {
    let answered = pages.get(&ask.from).await;
    (ask, answered)
}

/// Whoever sends the requests has ended, without having been told to.
pub(super) fn broken_off() -> Problem {
    Problem::new(ProblemKind::Bug, "the listing stopped by a bug")
}
