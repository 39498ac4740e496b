//! Where jobs come from: records that are read, or whatever else finds them.

use std::{thread, time::Duration};

use async_channel::{Sender, TrySendError};
use tt_cli::{Input, Read};
use tt_record::{Begin, Line, Problem, ProblemKind, Record, Requirement, decode};

use crate::{
    held::Held,
    queue::{Event, Stop},
};

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
    /// It is decided about when all others were read ([`Route::last`]).
    Last,
    /// It can't be dealt with: nothing after it is begun.
    Refuse(Problem),
}

/// Decides what becomes of records.
pub trait Route<J>: Send + 'static {
    /// What becomes of a record.
    fn step(&mut self, line: Line) -> Step<J>;

    /// What becomes of a record that was held back, now that all others were read. `broken` is whether something of the input
    /// is missing. Records that are held back a second time are dropped.
    fn last(&mut self, line: Line, broken: bool) -> Step<J> {
        let _ = broken;
        self.step(line)
    }
}

impl<J, F: FnMut(Line) -> Step<J> + Send + 'static> Route<J> for F {
    fn step(&mut self, line: Line) -> Step<J> {
        self(line)
    }
}

/// Records, each of which may be a job.
pub struct Records<R> {
    input: Input,
    required: Requirement,
    route: R,
    held: Held,
}

impl<R> Records<R> {
    /// What is read from `input`, and what it has to be; `route` decides on each record.
    pub fn new(input: Input, required: Requirement, route: R) -> Self {
        Self { input, required, route, held: Held::default() }
    }

    fn read<J>(&mut self, intake: &Intake<J>) -> Result<(), Problem>
    where
        R: Route<J>,
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
            match self.route.step(line) {
                Step::Last => self.held.push(&text)?,
                step => take(step, text, intake)?,
            }
        }
        Ok(())
    }

    /// Deals with what was held back. Nothing of it is begun once the flow is stopped.
    fn finish<J>(&mut self, intake: &Intake<J>, broken: bool) -> Result<(), Problem>
    where
        R: Route<J>,
    {
        for text in std::mem::take(&mut self.held).lines()? {
            if intake.stopped() {
                break;
            }
            let text = text?;
            let line = decode(&text).map_err(|e| Problem::new(ProblemKind::Bug, e.to_string()))?;
            take(self.route.last(line, broken), text, intake)?;
        }
        Ok(())
    }
}

fn take<J>(step: Step<J>, text: String, intake: &Intake<J>) -> Result<(), Problem> {
    match step {
        Step::Pass(line) => intake.pass(Read { line, text }),
        Step::Say(record) => intake.say(*record),
        Step::Work(job) => intake.job(job),
        Step::Last => {}
        Step::Refuse(problem) => return Err(problem),
    }
    Ok(())
}

impl<J, R: Route<J>> Feed<J> for Records<R> {
    fn run(mut self, intake: &Intake<J>) -> Fed {
        let read = self.read(intake).err();
        // What waits for all of a plan waits for its other parts, too, and these are not seen here.
        let whole = Requirement { lone_part: false, ..self.required };
        let broken = read.is_some() || !self.input.tally().suffices(whole);
        let finished = self.finish(intake, broken).err();
        Fed { input: Some(Box::new(self.input)), problem: read.or(finished) }
    }
}

/// Whether a line opens or closes a stream: those are for this tool to write anew.
fn frames(line: &Line) -> bool {
    matches!(line, Line::Known(record) if matches!(**record, Record::Begin(_) | Record::End(_)))
}
