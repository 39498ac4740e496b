//! Records through parallel workers that talk to S3: what tt-push and tt-verify have in common.
//!
//! [`Flow`] has jobs found by a [`Feed`] in one thread, such as from [`Records`], has them worked on in one thread a core,
//! and writes results in the calling one.
//! [`Lanes`] is the inside of such a thread: a runtime, a client and connections of its own, and many jobs at once.
//! [`Turns`] are for requests: how many are in flight tunes itself. A [`Gate`] lets them through.

mod descriptors;
mod feed;
mod flow;
mod fortune;
mod gate;
mod held;
mod lanes;
mod latency;
mod pace;
mod queue;
mod turns;
mod writer;

pub use descriptors::possible_jobs;
pub use feed::{Fed, Feed, Intake, Records, Route, Step};
pub use flow::{Flow, Flowed};
pub use fortune::Fortune;
pub use gate::Gate;
pub use lanes::{Crew, Lanes, Work, Worker};
pub use latency::LatencyFile;
pub use pace::MOST_REQUESTS;
pub use queue::{Jobs, Results, Stop};
pub use turns::{Turn, Turns};
