//! Measuring: programs as processes, with what they take, and what of that counts.

mod latency;
mod pipeline;
mod processes;
mod trial;

pub(crate) use self::{
    latency::{Histograms, merge as merge_latencies, read as read_latencies},
    pipeline::Runner,
    trial::{Trial, Trials},
};
