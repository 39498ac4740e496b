//! What came of the turns, and the report that it makes.

use jiff::{Timestamp, Unit};
use tt_record::Problem;

use super::request::{Destination, Request};
use crate::{
    data::DataSet,
    measure::{Histograms, Trial, merge_latencies},
    report::{
        Board, DataInfo, Machine, PlaceInfo, Report, Sample, Task, VERSION, Wrong, describe, summarize,
    },
    tools::{Absent, Tool},
};

/// What came of all turns so far.
#[derive(Default)]
pub(super) struct Tally {
    samples: Vec<Sample>,
    wrong: Vec<Wrong>,
    /// By data set and tool.
    latencies: Vec<((String, String), Histograms)>,
}

impl Tally {
    pub(super) fn is_wrong(&self, data: &DataSet, tool: &Tool) -> bool {
        self.wrong.iter().any(|wrong| wrong.data == data.name && wrong.tool == tool.label)
    }

    /// Adds a turn. One that does not count can still be wrong.
    pub(super) fn add(
        &mut self,
        data: &DataSet,
        tool: &Tool,
        trial: Trial,
        counts: bool,
    ) -> Result<(), Problem> {
        match trial {
            Trial::Wrong(why) => {
                // A tool that is wrong once has no figures at all.
                self.samples.retain(|sample| sample.data != data.name || sample.tool != tool.label);
                self.latencies.retain(|((set, label), _)| *set != data.name || *label != tool.label);
                self.wrong.push(Wrong { data: data.name.clone(), tool: tool.label.clone(), why });
            }
            Trial::Right { .. } if !counts => {}
            Trial::Right { samples, latencies } => {
                self.samples.extend(samples);
                self.count(data, tool, latencies)?;
            }
        }
        Ok(())
    }

    fn count(&mut self, data: &DataSet, tool: &Tool, latencies: Histograms) -> Result<(), Problem> {
        let whose = (data.name.clone(), tool.label.clone());
        if let Some((_, all)) = self.latencies.iter_mut().find(|(of, _)| *of == whose) {
            return merge_latencies(all, latencies);
        }
        self.latencies.push((whose, latencies));
        Ok(())
    }

    /// The table of uploads for each data set, as far as it is known.
    pub(super) fn tables(&self, data: &[DataInfo], link: Option<u64>) -> Vec<String> {
        let summaries = summarize(&self.samples, data, link);
        let board = Board { summaries: &summaries, wrong: &self.wrong, data };
        board.tables(Task::Upload).into_iter().map(|table| table.text(true)).collect()
    }

    /// The report of all of it.
    pub(super) fn report(
        self,
        request: &Request,
        tools: &[Tool],
        absent: Vec<Absent>,
        data: &[DataSet],
    ) -> Report {
        let Self { samples, wrong, latencies } = self;
        let data: Vec<_> = data.iter().map(DataInfo::from).collect();
        let judge = |set: &DataInfo| {
            let all = request.requirements.iter().map(|required| required.judge(&set.name, &samples));
            all.collect::<Vec<_>>()
        };
        let described = latencies.iter().flat_map(|((set, tool), all)| describe(set, tool, all));
        Report {
            v: VERSION,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            date: Timestamp::now().round(Unit::Second).unwrap_or_default(),
            command: request.command.clone(),
            machine: Machine::here(),
            place: PlaceInfo::from(&request.destination),
            runs: request.runs,
            warmup: request.warmup,
            tools: tools.iter().map(Into::into).collect(),
            absent: absent.into_iter().map(Into::into).collect(),
            sweep: request.sweep.iter().map(Into::into).collect(),
            requirements: data.iter().flat_map(judge).collect(),
            summaries: summarize(&samples, &data, request.link()),
            latencies: described.collect(),
            data,
            samples,
            wrong,
        }
    }
}

impl From<&Destination> for PlaceInfo {
    fn from(destination: &Destination) -> Self {
        match destination {
            Destination::Local(distance) => Self {
                local: true,
                dest: None,
                tls: Some(distance.tls),
                link_bytes_per_second: distance.link,
                connection_bytes_per_second: distance.per_connection,
                rtt_seconds: Some(distance.rtt.as_secs_f64()),
            },
            Destination::Bucket { dest, .. } => Self {
                local: false,
                dest: Some(dest.to_string()),
                tls: None,
                link_bytes_per_second: None,
                connection_bytes_per_second: None,
                rtt_seconds: None,
            },
        }
    }
}
