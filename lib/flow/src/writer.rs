//! The writing end of a flow: results and passing records as they come, and the account of how it all went.

use std::{thread, time::Duration};

use async_channel::{Receiver, TryRecvError};
use tt_cli::{Exit, Input, Output};
use tt_record::{Arrived, Begin, Gap, Line, Problem, ProblemKind, Record, Shortfall, listed};

use crate::{
    feed::Fed,
    flow::{Flow, Flowed},
    queue::{Event, Stop},
};

/// How long what was written may wait for more, if nothing else is there to be written.
const GATHERING: Duration = Duration::from_millis(2);

/// Writes the stream, and keeps the account of how it goes.
pub(crate) struct Writer<'a, 'o> {
    flow: Flow<'a>,
    stop: Stop,
    output: &'o mut Output,
    begun: bool,
    /// Whether there is something to be handed on.
    written: bool,
    broken: Option<Problem>,
    /// Whether something failed that will not go better by itself.
    lasting: bool,
    flowed: Flowed,
}

impl<'a, 'o> Writer<'a, 'o> {
    pub(crate) fn new(flow: Flow<'a>, stop: Stop, output: &'o mut Output) -> Self {
        let flowed = Flowed { stopped: None, exit: Exit::OK, incomplete: true };
        Self { flow, stop, output, begun: false, written: false, broken: None, lasting: false, flowed }
    }

    /// Takes events until all workers are gone.
    pub(crate) fn run(mut self, events: &Receiver<Event>) -> Result<Flowed, Problem> {
        let mut working = self.flow.threads.max(1);
        while working > 0 {
            match self.next(events) {
                Some(Event::WorkerDone) => working -= 1,
                Some(event) => self.take(event),
                None => break,
            }
        }
        // What the reader had to say before it closed the queue is there, even if a worker was faster.
        while let Ok(event) = events.try_recv() {
            self.take(event);
        }
        events.close();
        self.note(None);
        match self.broken {
            // Ctrl-C reaches all of a pipeline: that the next tool left first is no news.
            Some(_) if self.flow.interrupt.raised() => Err(interrupted()),
            Some(problem) => Err(problem),
            None => Ok(self.finish()),
        }
    }

    /// The next event. Hands on what was written before it waits; but first it gathers for a moment, without being woken
    /// for each event: waking and writing cost more than making most records.
    fn next(&mut self, events: &Receiver<Event>) -> Option<Event> {
        for pause in [true, false] {
            match events.try_recv() {
                Ok(event) => return Some(event),
                Err(TryRecvError::Closed) => return None,
                Err(TryRecvError::Empty) if pause && self.written => thread::sleep(GATHERING),
                Err(TryRecvError::Empty) => {}
            }
        }
        self.write(Output::flush);
        self.written = false;
        events.recv_blocking().ok()
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Opened(upstream) => self.note(upstream.as_ref()),
            Event::Pass(read) => {
                let record = if let Line::Known(record) = &read.line { Some(&**record) } else { None };
                let name = match &read.line {
                    Line::Known(record) => record.name(),
                    Line::Foreign(name) => name,
                };
                self.weigh(record);
                self.write(|output| output.pass(name, record, &read.text));
            }
            Event::Result(record) => {
                self.weigh(Some(&record));
                self.write(|output| output.write(&record));
            }
            Event::Stopped(problem) => self.stop_for(problem),
            Event::Fed(fed) => self.close(fed),
            Event::WorkerDone => {}
        }
    }

    /// Opens the stream, once.
    fn note(&mut self, upstream: Option<&Begin>) {
        if !self.begun {
            self.begun = true;
            let begin = self.flow.begin.clone();
            self.write(|output| output.begin(begin, upstream));
        }
    }

    /// What a record says of how it went, whether or not an `end` says so too.
    fn weigh(&mut self, record: Option<&Record>) {
        if let Some(record) = record.filter(|record| record.is_failure()) {
            self.flowed.exit = self.flowed.exit.and(Exit::ITEMS);
            self.lasting |= !matches!(record, Record::Fail(fail) if fail.error.kind.may_pass());
        }
    }

    fn stop_for(&mut self, problem: Problem) {
        self.stop.raise();
        self.flowed.stopped.get_or_insert(problem);
    }

    /// The account of what came in.
    fn close(&mut self, fed: Fed) {
        self.flow.progress.all_known();
        let cut = fed.problem.is_some() || self.stop.raised();
        self.flowed.incomplete = cut;
        if let Some(input) = fed.input {
            self.account_for(&input, cut);
        }
        if let Some(problem) = fed.problem {
            // What was read before is still finished.
            self.flowed.stopped.get_or_insert(problem);
        }
    }

    /// The account of the records that were read. Where reading was `cut` short from here, what is missing is no news.
    fn account_for(&mut self, input: &Input, cut: bool) {
        self.lasting |= input.tally().exits().contains(&Exit::ITEMS.code());
        let upstream = input.tally().exits().iter().map(|code| Exit::from_code(*code));
        self.flowed.exit = upstream.fold(self.flowed.exit, Exit::and);
        let required = self.flow.required;
        let arrived = input.tally().arrived(required);
        let shortfalls = input.tally().shortfalls(required);
        let lacking = !input.tally().suffices(required);
        if !cut {
            // A warning is worth saying once, an error wherever it stops something.
            let all = required.all;
            self.tell_of_difference(&if all {
                arrived.clone()
            } else {
                input.tally().arrived_here(required)
            });
            for shortfall in &shortfalls {
                self.tell_of_shortfall(shortfall);
            }
        }
        self.output.arrived(arrived);
        if lacking {
            self.flowed.incomplete = true;
            if !cut {
                self.flowed.exit = self.flowed.exit.and(Exit::STREAM);
            }
        }
    }

    fn tell_of_shortfall(&self, shortfall: &Shortfall) {
        let problem = Problem::new(ProblemKind::Stream, shortfall.to_string());
        let console = self.flow.console;
        match &shortfall.gap {
            // It has said why, and what to do: that is not to be buried.
            Gap::Upstream => console.warn(&problem),
            Gap::Twice { .. } => console.error(
                &problem.hint("name the file of each part once; --partial-input accepts parts as they come"),
            ),
            Gap::Parts { .. } => console.error(&problem.hint(
                "run tt-push for these parts, and name the results of all; --partial-input accepts some of them",
            )),
            Gap::Lost(_) => console.error(&problem.hint(
                "run the pipeline again; for a filter that drops results on purpose, add --partial-input",
            )),
            _ if shortfall.is_of_a_file() => {
                let name = &shortfall.name;
                console.error(&problem.hint(format!(
                    "run the command that writes {name} again; a stream that was cut on purpose needs --partial-input"
                )));
            }
            _ => console.error(&problem.hint(
                "run all of the pipeline again; a stream that was cut on purpose needs --partial-input",
            )),
        }
    }

    /// Not all that was announced has come, or more: a filter may mean it.
    fn tell_of_difference(&self, arrived: &Arrived) {
        let Arrived { unseen, unannounced, .. } = arrived;
        let mut texts = Vec::new();
        if !unseen.is_empty() {
            let unseen = listed(unseen);
            texts.push(format!("{unseen} that an end record announces did not arrive: a filter dropped them, or they were lost"));
        }
        if !unannounced.is_empty() {
            let unannounced = listed(unannounced);
            texts.push(format!("{unannounced} arrived that no end record announces"));
        }
        for text in texts {
            if self.flow.required.all {
                let problem = Problem::new(ProblemKind::Stream, text);
                self.flow
                    .console
                    .error(&problem.hint("run all of the pipeline again, or leave out --require-all"));
            } else {
                self.flow.console.warn(text);
            }
        }
    }

    /// Writes, unless that failed before: then results can't be reported any more, and nothing more is to be done.
    fn write(&mut self, write: impl FnOnce(&mut Output) -> Result<(), Problem>) {
        self.written = true;
        if self.broken.is_none()
            && let Err(problem) = write(self.output)
        {
            self.stop.raise();
            self.broken = Some(problem);
        }
    }

    fn finish(mut self) -> Flowed {
        if self.flowed.exit == Exit::ITEMS && !self.lasting {
            self.flowed.exit = Exit::TRY_AGAIN;
        }
        if self.flow.interrupt.raised() {
            self.flowed.stopped.get_or_insert_with(interrupted);
        }
        if let Some(problem) = &self.flowed.stopped {
            self.flowed.exit = Exit::of(problem).and(self.flowed.exit);
            self.flowed.incomplete = true;
        } else if self.flowed.incomplete {
            // Whatever the reason is, and whether or not it was seen: this is no success.
            self.flowed.exit = self.flowed.exit.and(Exit::STREAM);
        }
        self.flowed
    }
}

fn interrupted() -> Problem {
    Problem::new(ProblemKind::Interrupted, "interrupted")
        .hint("run the same command again: what is done stays done")
}
