//! Questions that records ask: whatever was uploaded, or is to be up to date.

use tt_cli::Progress;
use tt_flow::Step;
use tt_record::{Line, Pushed, Put, Record, Verdict};

use crate::{question::Question, sample::Sample};

/// Decides what becomes of each record that is read.
pub(crate) fn router(progress: Progress, sample: Sample) -> impl Fn(Line) -> Step<Question> + Send + 'static {
    let ask = move |verdict: Verdict| {
        progress.expect(1, verdict.size.unwrap_or(0));
        Step::Work(verdict.into())
    };
    move |line| {
        let Line::Known(record) = line else { return Step::Pass(line) };
        match *record {
            Record::Keep(keep) if sample.takes(&keep.item.dst) => ask(keep.item.into()),
            Record::Put(put) if sample.takes(&put.item.dst) => ask(of_put(put)),
            Record::Pushed(pushed) if sample.takes(&pushed.item.dst) => ask(of_pushed(pushed)),
            other => Step::Pass(Line::Known(Box::new(other))),
        }
    }
}

fn of_put(put: Put) -> Verdict {
    Verdict { why: Some(put.why), properties: put.properties, ..put.item.into() }
}

fn of_pushed(pushed: Pushed) -> Verdict {
    let (why, outcome) = (Some(pushed.why), Some(pushed.outcome));
    Verdict { why, properties: pushed.properties, outcome, ..pushed.item.into() }
}
