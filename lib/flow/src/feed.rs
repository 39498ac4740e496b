//! Where jobs come from: records that are read, or whatever else finds them.

use std::{thread, time::Duration};

use async_channel::{Sender, TrySendError};
use tt_cli::{Input, Read};
use tt_record::{Begin, Line, Problem, ProblemKind, Record};

use crate::queue::{Event, Stop};

/// How soon the reader looks again whether the full queue of jobs has room, at first and at last: the workers don't get
/// through all of it meanwhile.
const SHORT_PAUSE: Duration = Duration::from_millis(1);
const LONG_PAUSE: Duration = Duration::from_millis(16);

/// Finds jobs, in a thread of its own.
pub trait Feed<J>: Send + 'static {
    /// Hands on all there are, unless the flow is stopped: then it may end as interrupted, and others tell why.
    fn run(self, intake: &Intake<J>) -> Fed;
}

/// How a feed ended.
pub struct Fed {
    /// The records that were read, if any were.
    pub(crate) input: Option<Box<Input>>,
    /// Why it did not come to its end. What was handed on before is still done.
    pub(crate) problem: Option<Problem>,
}

impl From<Result<(), Problem>> for Fed {
    fn from(ended: Result<(), Problem>) -> Self {
        Self { input: None, problem: ended.err() }
    }
}

/// Takes what a feed finds.
pub struct Intake<J> {
    jobs: Sender<J>,
    events: Sender<Event>,
    stop: Stop,
}

impl<J> Intake<J> {
    pub(crate) fn new(jobs: Sender<J>, events: Sender<Event>, stop: Stop) -> Self {
        Self { jobs, events, stop }
    }

    /// Runs the feed to its end. The queue of jobs closes when this returns.
    pub(crate) fn drain(self, feed: impl Feed<J>) {
        let mut ended = feed.run(&self);
        if self.stopped() {
            // Whoever stopped the flow tells why.
            ended.problem = ended.problem.filter(|problem| problem.kind != ProblemKind::Interrupted);
        }
        self.tell(Event::Fed(ended));
    }

    /// Whether nothing more is to be found.
    pub fn stopped(&self) -> bool {
        self.stop.raised()
    }

    /// Leaves a job to the workers. While their queue is full it looks in again now and then: being woken for each job that
    /// they take would cost more than most jobs.
    pub fn job(&self, mut job: J) {
        let mut pause = SHORT_PAUSE;
        loop {
            match self.jobs.try_send(job) {
                Err(TrySendError::Full(back)) => job = back,
                // Of a queue that was closed nobody takes anything any more.
                Ok(()) | Err(TrySendError::Closed(_)) => return,
            }
            thread::sleep(pause);
            pause = (pause * 2).min(LONG_PAUSE);
        }
    }

    /// Has a record written.
    pub fn say(&self, record: Record) {
        self.tell(Event::Result(Box::new(record)));
    }

    /// Has the stream begun, as the one goes on that comes from `upstream`.
    pub fn open(&self, upstream: Option<Begin>) {
        self.tell(Event::Opened(upstream));
    }

    /// A record goes on as it came.
    fn pass(&self, read: Read) {
        self.tell(Event::Pass(read));
    }

    fn tell(&self, event: Event) {
        // Nobody listens once the flow has ended.
        let _ = self.events.send_blocking(event);
    }
}

/// What becomes of a record that was read.
pub enum Step<J> {
    /// It goes on as it is.
    Pass(Line),
    /// Another one goes on in its place.
    Say(Box<Record>),
    /// A worker takes it.
    Work(J),
    /// It can't be dealt with: nothing after it is begun.
    Refuse(Problem),
}

/// Records, each of which may be a job.
pub struct Records<R> {
    input: Input,
    route: R,
}

impl<R> Records<R> {
    /// What is read from `input`; `route` decides on each record.
    pub fn new(input: Input, route: R) -> Self {
        Self { input, route }
    }

    fn read<J>(&mut self, intake: &Intake<J>) -> Result<(), Problem>
    where
        R: Fn(Line) -> Step<J>,
    {
        let mut opened = false;
        while !intake.stopped() {
            let Some(Read { line, text }) = self.input.read()? else { break };
            if !opened {
                opened = true;
                intake.open(self.input.tally().first().cloned());
            }
            if frames(&line) {
                continue;
            }
            match (self.route)(line) {
                Step::Pass(line) => intake.pass(Read { line, text }),
                Step::Say(record) => intake.say(*record),
                Step::Work(job) => intake.job(job),
                Step::Refuse(problem) => return Err(problem),
            }
        }
        Ok(())
    }
}

impl<J, R: Fn(Line) -> Step<J> + Send + 'static> Feed<J> for Records<R> {
    fn run(mut self, intake: &Intake<J>) -> Fed {
        let problem = self.read(intake).err();
        Fed { input: Some(Box::new(self.input)), problem }
    }
}

/// Whether a line opens or closes a stream: those are for this tool to write anew.
fn frames(line: &Line) -> bool {
    matches!(line, Line::Known(record) if matches!(**record, Record::Begin(_) | Record::End(_)))
}
