//! Measuring: programs as processes, with what they take, and what of that counts.

mod latency;
mod process;
mod trial;

pub(crate) use self::{
    latency::{Histograms, read as read_latencies},
    process::Runner,
    trial::{Trial, Trials},
};
