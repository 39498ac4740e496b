//! `tt-bench run`: the tools take turns, and a report is written.

pub(crate) mod cli;
mod consent;
mod live;
mod request;

use std::{
    io::{self, Write as _},
    path::Path,
};

use jiff::Timestamp;
use tempfile::TempDir;
use tt_cli::{Console, Exit, Interrupt, human_bytes};
use tt_record::{Problem, ProblemKind};

use self::{
    cli::Run,
    live::{Live, Step},
    request::{DataSource, Destination, Request},
};
use crate::{
    TOOL,
    data::{DataSet, Making, make},
    measure::{Histograms, Runner, Trial, Trials},
    place::{Place, Remote},
    report::{
        AbsentInfo, DataInfo, Judgement, Machine, PlaceInfo, Report, Sample, SweepInfo, Task, ToolInfo,
        VERSION, Wrong, describe, summarize, write,
    },
    tools::{Absent, Configure, Tool, combinations, find},
};

/// Measures, and writes the report.
pub(crate) fn run(flags: Run) -> Result<Exit, Problem> {
    let request = flags.resolve()?;
    let console = Console::new(TOOL, request.verbosity);
    let interrupt = Interrupt::install()?;
    let scratch = TempDir::with_prefix("tt-bench-").map_err(|e| {
        Problem::new(ProblemKind::Io, format!("there is no room for temporary files: {e}")).hint("set TMPDIR")
    })?;
    let (tools, absent) = contestants(&request, &interrupt)?;
    for Absent { name, why } in &absent {
        console.warn(format_args!("without {}: {why}", name.name()));
    }
    if tools.is_empty() {
        return Err(Problem::new(ProblemKind::Config, "none of the tools is there").hint("see --tools"));
    }
    let runner = Runner::new(&interrupt, scratch.path(), request.limit);
    let data = prepare(&request, &console, &runner)?;
    let place = place(&request, scratch.path())?;
    consent::ask(&request, &place, &data, tools.len())?;
    let trials = Trials { place: &place, runner: &runner, scratch: scratch.path() };
    let tally = measure(&request, &trials, &tools, &data, &console)?;
    let report = report(&request, &tools, absent, &data, tally);
    write(&report, &request.out)?;
    conclude(&report, &request, &console)
}

fn contestants(request: &Request, interrupt: &Interrupt) -> Result<(Vec<Tool>, Vec<Absent>), Problem> {
    let (local, link) = match &request.destination {
        Destination::Local(distance) => (true, distance.link),
        Destination::Bucket { .. } => (false, None),
    };
    // As the AWS CLI takes it. Without a limit, it is told of one that this machine does not reach.
    let bandwidth = link.map_or("100Gb/s".to_owned(), |link| format!("{}b/s", link * 8));
    let config = Configure { from_scratch: local, bandwidth: &bandwidth };
    find(&request.tools, &combinations(&request.sweep), &config, interrupt)
}

/// Makes the data, or looks at it.
fn prepare(request: &Request, console: &Console, runner: &Runner<'_>) -> Result<Vec<DataSet>, Problem> {
    let (names, seed, scale) = match &request.data {
        DataSource::Directory(directory) => return Ok(vec![DataSet::of(directory)?]),
        DataSource::Sets { names, seed, scale } => (names, *seed, *scale),
    };
    let live = Live::new(console);
    let set = |name: &_| {
        let making = Making { name: *name, seed, scale, cache: &request.cache };
        make(making, |done, total| {
            let name = name.name();
            live.show(&format!(
                "making the data set {name}: {} of {}",
                human_bytes(done),
                human_bytes(total)
            ));
            runner.check()
        })
    };
    names.iter().map(set).collect()
}

fn place(request: &Request, scratch: &Path) -> Result<Place, Problem> {
    let Destination::Bucket { dest, .. } = &request.destination else {
        let Destination::Local(distance) = &request.destination else { unreachable!() };
        return Ok(Place::Local(distance.clone()));
    };
    let nothing = scratch.join("nothing");
    std::fs::create_dir(&nothing).map_err(|e| {
        Problem::new(ProblemKind::Io, format!("{} can't be made: {e}", nothing.display()))
            .hint("check TMPDIR")
    })?;
    Ok(Place::Remote(Remote::below_dest(dest.clone(), &tt_cli::new_run(), nothing)))
}

/// What came of all turns.
#[derive(Default)]
struct Tally {
    samples: Vec<Sample>,
    wrong: Vec<Wrong>,
    latencies: Vec<((String, String), Histograms)>,
}

impl Tally {
    fn is_wrong(&self, data: &DataSet, tool: &Tool) -> bool {
        self.wrong.iter().any(|wrong| wrong.data == data.name && wrong.tool == tool.label)
    }

    fn add(&mut self, data: &DataSet, tool: &Tool, trial: Trial, counts: bool) {
        match trial {
            Trial::Wrong(why) => {
                // A tool that is wrong once has no figures at all.
                self.samples.retain(|sample| sample.data != data.name || sample.tool != tool.label);
                self.wrong.push(Wrong { data: data.name.clone(), tool: tool.label.clone(), why });
            }
            Trial::Right { .. } if !counts => {}
            Trial::Right { samples, latencies } => {
                self.samples.extend(samples);
                self.count(data, tool, latencies);
            }
        }
    }

    fn count(&mut self, data: &DataSet, tool: &Tool, latencies: Histograms) {
        let whose = (data.name.clone(), tool.label.clone());
        let Some((_, all)) = self.latencies.iter_mut().find(|(of, _)| *of == whose) else {
            self.latencies.push((whose, latencies));
            return;
        };
        for (operation, histogram) in latencies {
            match all.get_mut(&operation) {
                // They grow as they must, so that what one holds always fits.
                Some(known) => _ = known.add(histogram),
                None => _ = all.insert(operation, histogram),
            }
        }
    }
}

/// Has the tools take turns: A B C A B C.
fn measure(
    request: &Request,
    trials: &Trials<'_>,
    tools: &[Tool],
    data: &[DataSet],
    console: &Console,
) -> Result<Tally, Problem> {
    let mut tally = Tally::default();
    let rounds = request.warmup + request.runs;
    let sets: Vec<_> = data.iter().map(|set| set.name.clone()).collect();
    let mut live = Live::new(console).over(rounds, sets, tools.len());
    for round in 1..=rounds {
        for set in data {
            for tool in tools {
                if tally.is_wrong(set, tool) {
                    live.left_out();
                    continue;
                }
                let mut doing = |task: Task| {
                    let step = Step { round, data: &set.name, tool: &tool.label, task };
                    live.step(&step, &tally.samples, &tally.wrong, &infos(data, request), request.link());
                };
                let turn = round.saturating_sub(request.warmup);
                let trial = trials.take(tool, set, turn, &mut doing)?;
                live.took(&set.name, &tool.label, &trial);
                tally.add(set, tool, trial, turn > 0);
            }
        }
    }
    Ok(tally)
}

fn infos(data: &[DataSet], request: &Request) -> Vec<DataInfo> {
    let seed = match &request.data {
        DataSource::Sets { seed, .. } => Some(*seed),
        DataSource::Directory(_) => None,
    };
    let info = |set: &DataSet| DataInfo {
        name: set.name.clone(),
        about: set.about.clone(),
        files: set.files,
        bytes: set.bytes,
        seed,
    };
    data.iter().map(info).collect()
}

fn report(request: &Request, tools: &[Tool], absent: Vec<Absent>, data: &[DataSet], tally: Tally) -> Report {
    let Tally { samples, wrong, latencies } = tally;
    let data = infos(data, request);
    let judge = |set: &DataInfo| {
        let judgements = request.requirements.iter().map(|required| required.judge(&set.name, &samples));
        judgements.collect::<Vec<Judgement>>()
    };
    Report {
        v: VERSION,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        date: Timestamp::now().round(jiff::Unit::Second).unwrap_or_default(),
        command: request.command.clone(),
        machine: Machine::here(),
        place: place_info(request),
        runs: request.runs,
        warmup: request.warmup,
        requirements: data.iter().flat_map(judge).collect(),
        summaries: summarize(&samples, &data, request.link()),
        tools: tools
            .iter()
            .map(|tool| ToolInfo {
                name: tool.label.clone(),
                version: tool.version.clone(),
                command: tool.shown(),
                settings: tool.settings.clone(),
            })
            .collect(),
        absent: absent.into_iter().map(|a| AbsentInfo { name: a.name.name(), why: a.why }).collect(),
        sweep: request
            .sweep
            .iter()
            .map(|sweep| SweepInfo { name: sweep.name.clone(), values: sweep.values.clone() })
            .collect(),
        latencies: latencies
            .iter()
            .flat_map(|((data, tool), histograms)| describe(data, tool, histograms))
            .collect(),
        data,
        samples,
        wrong,
    }
}

fn place_info(request: &Request) -> PlaceInfo {
    match &request.destination {
        Destination::Local(distance) => PlaceInfo {
            local: true,
            dest: None,
            tls: Some(distance.tls),
            link_bytes_per_second: distance.link,
            connection_bytes_per_second: distance.per_connection,
            rtt_seconds: Some(distance.rtt.as_secs_f64()),
        },
        Destination::Bucket { dest, .. } => PlaceInfo {
            local: false,
            dest: Some(dest.to_string()),
            tls: None,
            link_bytes_per_second: None,
            connection_bytes_per_second: None,
            rtt_seconds: None,
        },
    }
}

/// Shows the tables, says what was required, and how it ends.
fn conclude(report: &Report, request: &Request, console: &Console) -> Result<Exit, Problem> {
    let coloured = io::IsTerminal::is_terminal(&io::stdout());
    let tables: Vec<_> =
        report.tables(&[Task::Upload, Task::Again]).iter().map(|table| table.text(coloured)).collect();
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{}", tables.join("\n\n")).and_then(|()| stdout.flush()).map_err(|e| {
        Problem::new(ProblemKind::Io, format!("stdout can't be written to: {e}"))
            .hint(format!("the report is in {}", request.out.display()))
    })?;
    for wrong in &report.wrong {
        let Wrong { data, tool, why } = wrong;
        console.error(&Problem::new(ProblemKind::Other, format!("{tool} was wrong with {data}: {why}")));
    }
    for judgement in &report.requirements {
        console.note(judgement);
    }
    console.note(format_args!("the report is in {}", request.out.display()));
    let right = report.wrong.is_empty() && report.requirements.iter().all(|judgement| judgement.met);
    Ok(if right { Exit::OK } else { Exit::ITEMS })
}
