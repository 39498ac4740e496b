//! Records through parallel workers that talk to S3: what tt-push and tt-verify have in common.
//!
//! [`Flow`] reads records in one thread, has them worked on in one thread a core, and writes results in the calling one.
//! [`Lanes`] is the inside of such a thread: a runtime, a client and connections of its own, and many jobs at once.

mod descriptors;
mod flow;
mod lanes;
mod queue;
mod writer;

pub use descriptors::possible_jobs;
pub use flow::{Flow, Flowed, Step};
pub use lanes::{Crew, Lanes, Work, Worker};
pub use queue::{Jobs, Results, Stop};
