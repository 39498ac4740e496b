//! Records through parallel workers: read in one thread, worked on in several, written in the calling one.
//!
//! Always holds: every record that was read is passed on, worked on, or missing from a stream that says that it is
//! incomplete; results are handed on before anybody waits; nothing new begins once the flow is stopped; and the memory
//! used doesn't grow with the stream.

use std::{sync::Arc, thread, time::Duration};

use async_channel::{Receiver, Sender, bounded};
use tt_cli::{Console, Exit, Interrupt, Output, Progress, start_thread};
use tt_record::{Begin, Problem, ProblemKind, Requirement, Stage};

use crate::{
    feed::{Feed, Intake},
    queue::{Event, Jobs, Results, Stop},
    writer::Writer,
};

/// Jobs that wait for a worker, and results that wait to be written: enough to keep both sides busy.
const QUEUE: usize = 1024;

/// How soon a signal is noticed.
const WATCH: Duration = Duration::from_millis(50);

/// How records are to flow.
pub struct Flow<'a> {
    /// Where stderr is spoken to.
    pub console: &'a Console,
    /// What the user may ask for.
    pub interrupt: &'a Interrupt,
    /// Is told when all that is to be done is known.
    pub progress: &'a Progress,
    /// How many threads work.
    pub threads: usize,
    /// What the input has to be.
    pub required: Requirement,
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

impl Flowed {
    /// Closes the stream that was written: with its end, or with what stopped the work before it.
    pub fn close(self, output: Output, console: &Console, stage: Stage, bytes: u64) -> Result<Exit, Problem> {
        let Some(problem) = self.stopped else { return output.end(self.exit, self.incomplete, bytes) };
        let exit = Exit::of(&problem);
        match output.abort(console, stage, problem, self.exit, bytes) {
            // Ctrl-C reaches all of a pipeline: that the next tool left first is no news.
            Err(_) if exit == Exit::INTERRUPTED => Ok(exit),
            closed => closed,
        }
    }
}

impl Flow<'_> {
    /// Runs the flow to its end. Jobs come from `feed`; `work` is run in each thread, and takes jobs until there are no
    /// more. Fails where results can't be written.
    pub fn run<J, F, W>(self, feed: F, output: &mut Output, work: W) -> Result<Flowed, Problem>
    where
        J: Send + 'static,
        F: Feed<J>,
        W: Fn(Jobs<J>, Results) + Send + Sync + 'static,
    {
        let stop = Stop::default();
        let (jobs, queue) = bounded(QUEUE);
        let (results, events) = bounded(QUEUE);
        let work = Arc::new(work);
        for _ in 0..self.threads.max(1) {
            let (work, jobs) = (Arc::clone(&work), Jobs::new(queue.clone(), stop.clone()));
            let results = results.clone();
            // Those that were started end by themselves where one can't be: nobody has a job for them.
            start_thread(move || {
                let done = Done(results.clone());
                work(jobs, Results::new(results));
                drop(done);
            })?;
        }
        self.watch(&stop, queue, &events)?;
        let intake = Intake::new(jobs, results, stop.clone());
        start_thread(move || intake.drain(feed))?;
        Writer::new(self, stop, output).run(&events)
    }

    /// Stops the flow when a signal comes. Closes the queue of a flow that was stopped: its reader may wait for input
    /// that never comes.
    fn watch<J: Send + 'static>(
        &self,
        stop: &Stop,
        queue: Receiver<J>,
        events: &Receiver<Event>,
    ) -> Result<(), Problem> {
        let (interrupt, stop, events) = (self.interrupt.clone(), stop.clone(), events.clone());
        start_thread(move || {
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
        })
        .map(drop)
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
