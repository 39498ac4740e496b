//! Records through parallel workers: read in one thread, worked on in several, written in the calling one.
//!
//! Always holds: every record that was read is passed on, worked on, or missing from a stream that says that it is
//! incomplete; results are handed on before anybody waits; nothing new begins once the flow is stopped; and the memory
//! used doesn't grow with the stream.

use std::{sync::Arc, thread, time::Duration};

use async_channel::{Receiver, Sender, TryRecvError, bounded};
use tt_cli::{Console, Exit, Input, Interrupt, Output};
use tt_record::{Begin, Gap, Line, Problem, ProblemKind, Record};

use crate::queue::{Event, Jobs, Results, Stop};

/// Jobs that wait for a worker, and results that wait to be written: enough to keep both sides busy.
const QUEUE: usize = 1024;

/// How soon a signal is noticed.
const WATCH: Duration = Duration::from_millis(50);

/// What becomes of a record that was read.
pub enum Step<J> {
    /// It goes on as it is.
    Pass,
    /// Another one goes on in its place.
    Say(Box<Record>),
    /// A worker takes it.
    Work(J),
    /// It can't be dealt with: nothing after it is begun.
    Refuse(Problem),
}

/// How records are to flow.
pub struct Flow<'a> {
    /// Where stderr is spoken to.
    pub console: &'a Console,
    /// What the user may ask for.
    pub interrupt: &'a Interrupt,
    /// How many threads work.
    pub threads: usize,
    /// Whether the input is knowingly a piece of a stream.
    pub partial: bool,
    /// What opens the stream that is written.
    pub begin: Begin,
}

/// How it went.
#[derive(Debug)]
pub struct Flowed {
    /// What stopped it, if it did not come to its end.
    pub stopped: Option<Problem>,
    /// The exit code of all that was read, and of what can be seen in the records that were written.
    pub exit: Exit,
    /// Whether something of the input or of the work is missing.
    pub incomplete: bool,
}

impl Flow<'_> {
    /// Runs the flow to its end. `route` decides on each record; `work` is run in each thread, and takes jobs until
    /// there are no more. Fails where results can't be written.
    pub fn run<J, R, W>(self, input: Input, output: &mut Output, route: R, work: W) -> Result<Flowed, Problem>
    where
        J: Send + 'static,
        R: Fn(&Line) -> Step<J> + Send + 'static,
        W: Fn(Jobs<J>, Results) + Send + Sync + 'static,
    {
        let stop = Stop::default();
        let (jobs, queue) = bounded(QUEUE);
        let (results, events) = bounded(QUEUE);
        let work = Arc::new(work);
        for _ in 0..self.threads.max(1) {
            let (work, jobs) = (Arc::clone(&work), Jobs::new(queue.clone(), stop.clone()));
            let results = results.clone();
            thread::spawn(move || {
                let done = Done(results.clone());
                work(jobs, Results::new(results));
                drop(done);
            });
        }
        self.watch(&stop, queue, &events);
        let reader_stop = stop.clone();
        thread::spawn(move || read(input, &route, &jobs, &results, &reader_stop));
        Writer::new(self, stop, output).run(&events)
    }

    /// Stops the flow when a signal comes. Closes the queue of a flow that was stopped: its reader may wait for input
    /// that never comes.
    fn watch<J: Send + 'static>(&self, stop: &Stop, queue: Receiver<J>, events: &Receiver<Event>) {
        let (interrupt, stop, events) = (self.interrupt.clone(), stop.clone(), events.clone());
        thread::spawn(move || {
            while !events.is_closed() {
                if interrupt.raised() {
                    stop.raise();
                }
                if stop.raised() {
                    queue.close();
                    return;
                }
                thread::sleep(WATCH);
            }
        });
    }
}

/// Says that a worker is gone, even one that panicked.
struct Done(Sender<Event>);

impl Drop for Done {
    fn drop(&mut self) {
        let _ = self.0.send_blocking(if thread::panicking() {
            Event::Stopped(Problem::new(ProblemKind::Bug, "a worker stopped by a bug"))
        } else {
            Event::WorkerDone
        });
        if thread::panicking() {
            let _ = self.0.send_blocking(Event::WorkerDone);
        }
    }
}

/// Reads all there is to read, unless the flow is stopped. The queue of jobs closes when this returns.
fn read<J>(
    mut input: Input,
    route: &impl Fn(&Line) -> Step<J>,
    jobs: &Sender<J>,
    events: &Sender<Event>,
    stop: &Stop,
) {
    let mut opened = false;
    let problem = loop {
        if stop.raised() {
            break None;
        }
        let read = match input.read() {
            Ok(Some(read)) => read,
            Ok(None) => break None,
            Err(problem) => break Some(problem),
        };
        if !opened {
            opened = true;
            let _ = events.send_blocking(Event::Opened(input.tally().first().cloned()));
        }
        if frames(&read.line) {
            continue;
        }
        match route(&read.line) {
            Step::Pass => drop(events.send_blocking(Event::Pass(read))),
            Step::Say(record) => drop(events.send_blocking(Event::Result(record))),
            Step::Work(job) => drop(jobs.send_blocking(job)),
            Step::Refuse(problem) => break Some(problem),
        }
    };
    let _ = events.send_blocking(Event::Closed(Box::new(input), problem));
}

fn interrupted() -> Problem {
    Problem::new(ProblemKind::Interrupted, "interrupted")
        .hint("run the same command again: what is done stays done")
}

/// Whether a line opens or closes a stream: those are for this tool to write anew.
fn frames(line: &Line) -> bool {
    matches!(line, Line::Known(record) if matches!(**record, Record::Begin(_) | Record::End(_)))
}

/// Writes the stream, and keeps the account of how it goes.
struct Writer<'a, 'o> {
    flow: Flow<'a>,
    stop: Stop,
    output: &'o mut Output,
    begun: bool,
    broken: Option<Problem>,
    flowed: Flowed,
}

impl<'a, 'o> Writer<'a, 'o> {
    fn new(flow: Flow<'a>, stop: Stop, output: &'o mut Output) -> Self {
        let flowed = Flowed { stopped: None, exit: Exit::OK, incomplete: true };
        Self { flow, stop, output, begun: false, broken: None, flowed }
    }

    /// Takes events until all workers are gone.
    fn run(mut self, events: &Receiver<Event>) -> Result<Flowed, Problem> {
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

    /// The next event. Hands on what was written before it waits.
    fn next(&mut self, events: &Receiver<Event>) -> Option<Event> {
        match events.try_recv() {
            Ok(event) => Some(event),
            Err(TryRecvError::Closed) => None,
            Err(TryRecvError::Empty) => {
                self.write(Output::flush);
                events.recv_blocking().ok()
            }
        }
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
            Event::Closed(input, problem) => self.close(&input, problem),
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
        if record.is_some_and(Record::is_failure) {
            self.flowed.exit = self.flowed.exit.and(Exit::ITEMS);
        }
    }

    fn stop_for(&mut self, problem: Problem) {
        self.stop.raise();
        self.flowed.stopped.get_or_insert(problem);
    }

    /// The account of what was read.
    fn close(&mut self, input: &Input, problem: Option<Problem>) {
        let upstream = input.tally().exits().iter().map(|code| Exit::from_code(*code));
        self.flowed.exit = upstream.fold(self.flowed.exit, Exit::and);
        let gap = input.tally().gap(self.flow.partial);
        self.flowed.incomplete = gap.is_some() || problem.is_some() || self.stop.raised();
        if let Some(gap) = gap.filter(|_| problem.is_none()) {
            self.report(gap);
            self.flowed.exit = self.flowed.exit.and(Exit::STREAM);
        }
        if let Some(problem) = problem {
            // What was read before is still finished.
            self.flowed.stopped.get_or_insert(problem);
        }
    }

    fn report(&self, gap: Gap) {
        let problem = Problem::new(ProblemKind::Stream, format!("the input is not whole: {gap}"));
        match gap {
            // It has said why, and what to do: that is not to be buried.
            Gap::Upstream => self.flow.console.warn(&problem),
            _ => self.flow.console.error(&problem.hint(
                "run all of the pipeline again; a stream that was cut on purpose needs --partial-input",
            )),
        }
    }

    /// Writes, unless that failed before: then results can't be reported any more, and nothing more is to be done.
    fn write(&mut self, write: impl FnOnce(&mut Output) -> Result<(), Problem>) {
        if self.broken.is_none()
            && let Err(problem) = write(self.output)
        {
            self.stop.raise();
            self.broken = Some(problem);
        }
    }

    fn finish(mut self) -> Flowed {
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
