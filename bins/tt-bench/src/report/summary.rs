//! What the samples of a tool come to.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DataInfo, Sample, Spread, Task};

/// What all others are compared with, if it was measured.
pub(crate) const REFERENCE: &str = "tt";

/// The samples of one tool doing one thing with one data set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Summary {
    pub(crate) data: String,
    pub(crate) tool: String,
    pub(crate) task: Task,
    /// How many samples there are.
    pub(crate) runs: u32,
    pub(crate) wall_seconds: Spread,
    /// User and system time of all processes.
    pub(crate) cpu_seconds: Spread,
    /// The same for a billion bytes of files.
    pub(crate) cpu_seconds_per_gb: f64,
    pub(crate) memory_bytes: Spread,
    /// Bytes of files a second of wall time; of uploads only.
    pub(crate) bytes_per_second: Option<Spread>,
    /// Which part of the link that is, from 0 to 1, where the link was limited.
    pub(crate) link_share: Option<f64>,
    pub(crate) first_byte_seconds: Option<Spread>,
    /// Requests, by the median.
    pub(crate) requests: Option<f64>,
    /// Requests with bytes of files, by the median: when nothing has changed there should be none.
    pub(crate) bodies: Option<f64>,
    /// CPU time of the endpoint, by the median: on a machine of few cores, it is taken from the tool.
    pub(crate) endpoint_cpu_seconds: Option<f64>,
    /// Wall time, divided by that of tt in the same turn.
    pub(crate) times_tt: Option<Spread>,
}

/// Sums up the samples, in their order.
pub(crate) fn summarize(samples: &[Sample], data: &[DataInfo], link: Option<u64>) -> Vec<Summary> {
    let mut groups: Vec<Vec<&Sample>> = Vec::new();
    for sample in samples {
        let Sample { data, tool, task, .. } = sample;
        let same =
            |group: &&mut Vec<&Sample>| group.first().is_some_and(|first| first.is_of(data, tool, *task));
        match groups.iter_mut().find(same) {
            Some(group) => group.push(sample),
            None => groups.push(vec![sample]),
        }
    }
    let reference = turns(samples);
    groups.iter().filter_map(|group| summary(group, data, link, &reference)).collect()
}

/// How long what all are compared with took in each turn.
fn turns(samples: &[Sample]) -> BTreeMap<(&str, Task, u32), f64> {
    let reference = samples.iter().filter(|sample| sample.tool == REFERENCE);
    reference.map(|sample| ((&*sample.data, sample.task, sample.round), sample.wall_seconds)).collect()
}

fn summary(
    group: &[&Sample],
    data: &[DataInfo],
    link: Option<u64>,
    reference: &BTreeMap<(&str, Task, u32), f64>,
) -> Option<Summary> {
    let first = group.first()?;
    let bytes = number(data.iter().find(|set| set.name == first.data)?.bytes);
    let of = |value: fn(&Sample) -> f64| Spread::of(group.iter().map(|sample| value(sample)));
    let known = |value: &dyn Fn(&Sample) -> Option<f64>| Spread::of(group.iter().filter_map(|s| value(s)));
    let seen = |value: fn(&crate::place::Seen) -> f64| known(&move |s| s.seen.as_ref().map(value));
    let wall_seconds = of(|sample| sample.wall_seconds)?;
    let cpu_seconds = of(Sample::cpu_seconds)?;
    let uploads = first.task == Task::Upload;
    let bytes_per_second = uploads.then(|| wall_seconds.map(|seconds| bytes / seconds.max(1e-9)));
    let times = |sample: &Sample| {
        let tt = reference.get(&(&*sample.data, sample.task, sample.round))?;
        Some(sample.wall_seconds / tt.max(1e-9))
    };
    Some(Summary {
        data: first.data.clone(),
        tool: first.tool.clone(),
        task: first.task,
        runs: u32::try_from(group.len()).unwrap_or(u32::MAX),
        wall_seconds,
        cpu_seconds,
        cpu_seconds_per_gb: cpu_seconds.median / (bytes / 1e9).max(1e-9),
        memory_bytes: of(|sample| number(sample.memory_bytes))?,
        bytes_per_second,
        link_share: link.zip(bytes_per_second).map(|(link, rate)| rate.median / number(link)),
        first_byte_seconds: known(&|sample| sample.first_byte_seconds),
        requests: seen(|seen| number(seen.total())).map(|spread| spread.median),
        bodies: seen(|seen| number(seen.bodies())).map(|spread| spread.median),
        endpoint_cpu_seconds: seen(|seen| seen.endpoint_cpu_seconds).map(|spread| spread.median),
        times_tt: known(&times),
    })
}

/// What is lost beyond 52 bits does not matter here.
#[allow(clippy::cast_precision_loss, reason = "bytes and requests are far below 2^52")]
pub(crate) fn number(integer: u64) -> f64 {
    integer as f64
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::place::Seen;

    pub(crate) fn sample(tool: &str, task: Task, round: u32, wall_seconds: f64) -> Sample {
        Sample {
            data: "set".to_owned(),
            tool: tool.to_owned(),
            task,
            round,
            wall_seconds,
            user_seconds: 1.0,
            system_seconds: 0.5,
            memory_bytes: 1 << 20,
            first_byte_seconds: None,
            seen: Some(Seen { endpoint_cpu_seconds: 0.25, ..Seen::default() }),
        }
    }

    pub(crate) fn set() -> DataInfo {
        DataInfo { name: "set".to_owned(), about: String::new(), files: 1, bytes: 3_000_000_000, seed: None }
    }

    #[test]
    fn samples_are_summed_up_and_compared_turn_by_turn() {
        let samples = [
            sample("tt", Task::Upload, 1, 10.0),
            sample("aws", Task::Upload, 1, 30.0),
            sample("tt", Task::Upload, 2, 20.0),
            sample("aws", Task::Upload, 2, 80.0),
            sample("tt", Task::Again, 1, 1.0),
        ];
        let summaries = summarize(&samples, &[set()], Some(300_000_000));
        assert_eq!(summaries.len(), 3);
        let [tt, aws, again] = &summaries[..] else { panic!() };
        assert_eq!((tt.runs, tt.wall_seconds.median), (2, 15.0));
        assert_eq!((tt.cpu_seconds_per_gb, tt.endpoint_cpu_seconds), (0.5, Some(0.25)));
        assert!((tt.bytes_per_second.unwrap().max - 300e6).abs() < 1.0);
        assert!((tt.link_share.unwrap() - 200.0 / 300.0).abs() < 1e-9);
        assert_eq!(aws.times_tt, Some(Spread { median: 3.5, min: 3.0, max: 4.0 }));
        assert_eq!((again.task, again.bytes_per_second), (Task::Again, None));
    }
}
