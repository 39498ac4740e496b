//! One run: the [`lock`], the [`log`], the pipeline ([`stages`], [`children`]) or another [`engine`] between a [`plan`] and its proof,
//! what they say ([`tally`], [`progress`]), and what is left for those who watch ([`status`]).

mod children;
mod engine;
mod lock;
mod metrics;
mod objects;
mod plan;
mod progress;
mod stages;
mod status;
mod tally;

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use jiff::ZonedDateTime;
use tt_cli::{Console, Exit, Interrupt, human_bytes};
use tt_record::{Problem, ProblemKind, S3Url};

use self::{
    children::{Children, Event},
    lock::{Claim, Lock},
    metrics::Metrics,
    plan::Plan,
    progress::{Meter, Progress, Report, short},
    stages::{Occasion, Stages},
    status::{Configuration, LastSync, TIME, Verification, write_health},
    tally::Tally,
};
pub(crate) use self::{engine::Engine, stages::Extent};
use crate::{
    cli::Manner,
    config::{Layers, Settings, logs_dir_of},
    log::{Level, Log, Loudness},
};

/// How often is looked whether the user wants to stop.
const TICK: Duration = Duration::from_millis(100);

/// The pipeline that a run would start, as one types it.
pub(crate) fn pipeline(settings: &Settings, manner: &Manner) -> String {
    let time = ZonedDateTime::now().timestamp().as_second();
    let occasion = Occasion { time, dry_run: manner.dry_run, extent: Extent::Whole, sums: None };
    Stages::of(settings, occasion).shown()
}

/// Uploads and proves what is to be uploaded, and tells everybody.
pub(crate) fn run(
    settings: &Settings,
    manner: &Manner,
    extent: Extent<'_>,
    console: &Console,
    interrupt: &Interrupt,
) -> Result<Exit, Problem> {
    let started = ZonedDateTime::now();
    let (lock, before) = match Lock::claim(&settings.dest, &started)? {
        Claim::Ours(lock, before) => (lock, before),
        Claim::Taken(by) => {
            let message = format!("another sync to {} is under way ({by}); nothing was done", settings.dest);
            console.error(&Problem::new(ProblemKind::Other, message).hint("wait until it has ended"));
            return Ok(Exit::TRY_AGAIN);
        }
    };
    let loudness = if manner.quiet { Loudness::Errors } else { Loudness::All };
    let log = Log::of_day(&settings.logs_dir, &started, settings.debug, loudness)?;
    let mut run = Run::new(settings, manner, extent, started, log);
    run.open(before.as_deref());
    let ended = run.work(interrupt);
    let exit = run.close(ended);
    drop(lock);
    Ok(exit)
}

/// Who is at work for a destination now.
pub(crate) fn holder(dest: &S3Url) -> Result<Option<String>, Problem> {
    Lock::holder(dest)
}

/// Leaves word of a run that could not begin, where the settings say as much as where.
pub(crate) fn leave_word(layers: &Layers, problem: &Problem) {
    let Some(dir) = logs_dir_of(layers).filter(|dir| dir.is_dir()) else { return };
    let now = ZonedDateTime::now();
    if let Ok(mut log) = Log::of_day(&dir, &now, false, Loudness::Nothing) {
        log.error(problem);
    }
    // Whoever started it is told in any case.
    let _ = LastSync { error: Some(problem.message.clone()), ..failed(&now) }.write(&dir, &now);
}

/// The status of a run that came to nothing.
fn failed(started: &ZonedDateTime) -> LastSync {
    LastSync {
        timestamp: started.strftime(TIME).to_string(),
        status: "failed",
        tool: Engine::Tt.name(),
        tool_version: Engine::Tt.version().unwrap_or_default(),
        ..LastSync::default()
    }
}

/// How the work ended.
struct Ended {
    /// The exit code of all that was run.
    code: i32,
    /// Whether nothing is missing, as far as is known.
    whole: bool,
}

fn unusable(dir: &Path, error: &io::Error) -> Problem {
    Problem::new(ProblemKind::Io, format!("{} can't be written to: {error}", dir.display()))
        .hint("correct LOGS_DIR, or its permissions")
}

/// A run under way.
struct Run<'a> {
    settings: &'a Settings,
    manner: &'a Manner,
    extent: Extent<'a>,
    started: ZonedDateTime,
    clock: Instant,
    log: Log,
    tally: Tally,
    progress: Progress,
    /// What tt-plan has found in the source.
    source: Option<Report>,
    sums: Option<PathBuf>,
}

impl<'a> Run<'a> {
    fn new(
        settings: &'a Settings,
        manner: &'a Manner,
        extent: Extent<'a>,
        started: ZonedDateTime,
        log: Log,
    ) -> Self {
        let name = started.strftime("checksums/checksums-%Y%m%d-%H%M%S.txt").to_string();
        let wanted = settings.checksums.are_written() && !manner.dry_run;
        Self {
            settings,
            manner,
            extent,
            started,
            clock: Instant::now(),
            log,
            tally: Tally::default(),
            progress: Progress::default(),
            source: None,
            sums: wanted.then(|| settings.logs_dir.join(name)),
        }
    }

    /// Says what is about to be done.
    fn open(&mut self, before: Option<&str>) {
        let Settings { source, dest, profile, region, checksums, storage_class, .. } = self.settings;
        let rule = "=".repeat(60);
        let kind = if self.manner.dry_run { " (dry run: nothing is uploaded)" } else { "" };
        let proof =
            if checksums.proves() { "compared after the upload" } else { "NOT compared after the upload" };
        let named = |text: &Option<String>| text.clone().unwrap_or_else(|| "default".to_owned());
        for line in [
            rule.clone(),
            format!("DataSync Turbo Tools: tt-sync {}{kind}", env!("CARGO_PKG_VERSION")),
            rule,
            format!("Source: {}", source.display()),
            format!("Destination: {dest}"),
            format!("AWS Profile: {}", named(profile)),
            format!("Region: {}", named(region)),
            format!("Storage class: {storage_class}"),
            format!("Engine: {}", self.engine()),
            format!("Checksums: {}, {proof}", checksums.algorithm),
        ] {
            self.log.info(line);
        }
        if let Some(before) = before {
            self.log.warn(format_args!(
                "An earlier run did not come to its end ({before}); this one goes on with its work"
            ));
        }
    }

    /// What uploads, and, where it was free to choose, what else is there.
    fn engine(&self) -> String {
        let with_version = |engine: Engine| Some(format!("{} {}", engine.name(), engine.version()?));
        let chosen = with_version(self.manner.engine).unwrap_or_else(|| self.manner.engine.name().to_owned());
        let others: Vec<_> = [Engine::S5cmd, Engine::Aws].into_iter().filter_map(with_version).collect();
        match (self.manner.engine, others.is_empty()) {
            (Engine::Auto, false) => format!("{chosen} ({} could be used, too)", others.join(" and ")),
            _ => chosen,
        }
    }

    /// Uploads and proves.
    fn work(&mut self, interrupt: &Interrupt) -> Result<Ended, Problem> {
        if let Some(dir) = self.sums.as_ref().and_then(|sums| sums.parent()) {
            fs::create_dir_all(dir).map_err(|e| unusable(dir, &e))?;
        }
        let sums = self.sums.clone();
        let occasion = Occasion {
            time: self.started.timestamp().as_second(),
            dry_run: self.manner.dry_run,
            extent: self.extent,
            sums: sums.as_deref(),
        };
        if self.manner.engine.is_foreign()? && !self.manner.dry_run {
            return self.by_others(occasion, interrupt);
        }
        let stages = Stages::of(self.settings, occasion).for_machines();
        let code = self.follow(&stages, interrupt, Self::hear)?;
        Ok(self.ended(code))
    }

    /// Has another engine upload, between a plan and its proof by our own tools.
    fn by_others(&mut self, occasion: Occasion<'_>, interrupt: &Interrupt) -> Result<Ended, Problem> {
        let dir = &self.settings.logs_dir;
        let mut plan = Plan::new(dir).map_err(|e| unusable(dir, &e))?;
        let planning = Stages::planning(self.settings, occasion).for_machines();
        let planned = self.follow(&planning, interrupt, |run, event| {
            if let Event::Record(line) = &event {
                plan.keep(line);
            }
            run.hear(event);
        })?;
        plan.finish().map_err(|e| unusable(dir, &e))?;
        let (files, bytes) = self.tally.planned;
        let goes_on = planned == 0 || planned == i32::from(Exit::ITEMS.code());
        if files == 0 || !goes_on {
            return Ok(self.ended(planned));
        }
        let engine = self.manner.engine.foreign(self.settings, occasion, &plan)?;
        let mut meter = Meter::new((files, bytes));
        let begun = self.progress.take(meter.report(), Instant::now(), &ZonedDateTime::now());
        self.say(begun);
        let code =
            self.follow(&engine.stages, interrupt, |run, event| run.hear_others(event, &plan, &mut meter))?;
        if !self.settings.checksums.proves() {
            return Ok(Ended { code: if code == 0 { planned } else { code }, whole: true });
        }
        self.tally.end = None;
        let proving = Stages::proving(self.settings, occasion, plan.path()).for_machines();
        let proved = self.follow(&proving, interrupt, Self::hear)?;
        Ok(self.ended(if proved == 0 { code } else { proved }))
    }

    /// How it ended, by the exit code and by what the last of our tools says.
    fn ended(&self, code: i32) -> Ended {
        let whole = self.tally.end.as_ref().is_some_and(|end| end.ok && !end.incomplete);
        Ended { code, whole }
    }

    /// Runs programs to their end, and gives the exit code of the whole of them. `hear` is told all that they say.
    fn follow(
        &mut self,
        stages: &Stages,
        interrupt: &Interrupt,
        mut hear: impl FnMut(&mut Self, Event),
    ) -> Result<i32, Problem> {
        let children = Children::start(stages)?;
        let mut stopping = false;
        loop {
            let (event, more) = children.next(TICK);
            if let Some(event) = event {
                hear(self, event);
            } else {
                let reminder = self.progress.remind(Instant::now());
                self.say(reminder.into_iter().collect());
            }
            if !more {
                break;
            }
            if interrupt.raised() && !stopping {
                stopping = true;
                self.log.warn(
                    "Stopping, as a signal asks: what is complete stays, and the next run goes on from there",
                );
                children.stop();
            }
        }
        let codes = children.wait()?;
        if stopping {
            return Err(Problem::new(ProblemKind::Interrupted, "stopped by a signal"));
        }
        for (tool, code) in codes.iter().filter(|(_, code)| *code > 128) {
            self.log.error(format_args!("{tool} was ended by signal {}", code - 128));
        }
        // The last one folds in what the others came to, unless it was killed.
        Ok(codes.iter().rev().map(|(_, code)| *code).find(|code| *code != 0).unwrap_or(0))
    }

    /// Takes what our own tools say.
    fn hear(&mut self, event: Event) {
        let lines = match event {
            Event::Record(line) => {
                let told = self.tally.record(&line);
                // Of what is to be uploaded only those want to know who don't have it done.
                told.filter(|(level, _)| *level != Level::Info || self.manner.dry_run).into_iter().collect()
            }
            Event::Said(tool, line) => match (tool, Report::parse(&line)) {
                ("tt-plan", Some(report)) => {
                    self.source = Some(report);
                    Vec::new()
                }
                ("tt-push", Some(report)) => {
                    self.progress.take(&report, Instant::now(), &ZonedDateTime::now())
                }
                (_, Some(_)) => Vec::new(),
                (_, None) => self.tally.said(tool, &line).into_iter().collect(),
            },
        };
        self.say(lines);
    }

    /// Takes what another engine says.
    fn hear_others(&mut self, event: Event, plan: &Plan, meter: &mut Meter) {
        let (tool, line) = match event {
            Event::Record(line) => (self.manner.engine.name(), line),
            Event::Said(tool, line) => (tool, line),
        };
        let uploaded = engine::uploaded(&line).and_then(|object| plan.size_of(object));
        let Some(size) = uploaded else {
            let told =
                if engine::is_error(&line) { self.tally.error(line) } else { Some((Level::Debug, line)) };
            return self
                .say(told.map(|(level, text)| (level, format!("{tool}: {text}"))).into_iter().collect());
        };
        if !self.settings.checksums.proves() {
            self.tally.uploaded(size);
        }
        let lines = self.progress.take(&meter.uploaded(size), Instant::now(), &ZonedDateTime::now());
        self.say(lines);
    }

    fn say(&mut self, lines: Vec<(Level, String)>) {
        for (level, text) in lines {
            self.log.line(level, text);
        }
    }

    /// Says how it went, and leaves it for those who watch.
    fn close(&mut self, ended: Result<Ended, Problem>) -> Exit {
        let Ended { code, whole } = ended.unwrap_or_else(|problem| {
            self.log.error(&problem);
            // What stopped it counts more than what had gone wrong before.
            self.tally.first = Some(problem.message.clone());
            Ended { code: Exit::of(&problem).code().into(), whole: false }
        });
        let success = code == 0 && whole;
        let took = self.clock.elapsed();
        let status = self.status(success, took);
        self.tell(&status, took);
        let mut left = Ok(());
        if !self.manner.dry_run {
            left = status.write(&self.settings.logs_dir, &self.started);
            if let (true, Some(health)) = (success, &self.settings.health_file) {
                left = left.and(write_health(health, &ZonedDateTime::now()));
            }
            if let Some(path) = &self.manner.metrics_file {
                left = left.and(self.metrics(&status, success, took).write(path));
            }
        }
        if let Err(problem) = &left {
            self.log.error(problem);
        }
        // What is not on the disk now may still come there.
        let _ = self.log.sync();
        match (success && left.is_ok(), self.manner.fine_exit_codes) {
            (true, _) => Exit::OK,
            (false, false) => Exit::ITEMS,
            (false, true) => Exit::from_code(u8::try_from(code).ok().filter(|code| *code != 0).unwrap_or(1)),
        }
    }

    fn tell(&mut self, status: &LastSync, took: Duration) {
        let LastSync { files_synced, bytes_transferred, throughput_mbps, .. } = *status;
        let amount =
            format!("{files_synced} files, {}, {throughput_mbps} MB/s", human_bytes(bytes_transferred));
        match (&status.error, self.manner.dry_run, status.checksum_verification.verified) {
            (Some(error), ..) => self.log.error(format_args!("Sync FAILED: {error} ({amount} before)")),
            (None, true, _) => {
                let (files, bytes) = self.tally.planned;
                self.log.info(format_args!(
                    "Dry run completed: {files} files ({}) would be uploaded",
                    short(bytes)
                ));
            }
            (None, false, _) if files_synced == 0 => self.log.info("Sync completed: all was up to date"),
            (None, false, true) => {
                self.log.info(format_args!("Sync completed: {amount}, every one of them verified"));
            }
            (None, false, false) => self.log.info(format_args!("Sync completed: {amount}, NOT verified")),
        }
        self.log.info(format_args!("Duration: {} seconds", took.as_secs()));
    }

    fn status(&mut self, success: bool, took: Duration) -> LastSync {
        let Settings { source, dest, tuning, checksums, storage_class, .. } = self.settings;
        let error = (!success).then(|| {
            self.tally.first.clone().unwrap_or_else(|| "the pipeline did not come to its end".to_owned())
        });
        // A few files are no reason to list all objects.
        let few = matches!(self.extent, Extent::Listed(_));
        let objects = if self.manner.dry_run || few { None } else { self.count_objects() };
        let seconds = took.as_secs_f64().max(1e-3);
        #[allow(clippy::cast_precision_loss, reason = "a rate for people and thresholds")]
        let throughput = (self.tally.bytes as f64 / seconds / 1e4).round() / 1e2;
        LastSync {
            duration_seconds: took.as_secs(),
            files_synced: self.tally.synced,
            bytes_transferred: self.tally.bytes,
            source_size: self.source.as_ref().map(|report| short(report.bytes_total)),
            s3_objects: objects,
            status: if success { "success" } else { "failed" },
            throughput_mbps: throughput,
            source: source.display().to_string(),
            destination: dest.to_string(),
            dry_run: self.manner.dry_run,
            progress_history: self.progress.history().to_vec(),
            configuration: Configuration {
                concurrency: tuning.concurrency,
                part_size: tuning.part_size.map(|size| format!("{}MB", size >> 20)),
                num_workers: tuning.workers,
                retry_count: tuning.retries,
                storage_class: storage_class.clone(),
            },
            checksum_verification: Verification {
                enabled: checksums.enabled,
                algorithm: checksums.algorithm.to_ascii_uppercase(),
                aws_additional_checksums: self.manner.engine.sends_checksums(self.settings),
                server_side_validation: self.manner.engine.sends_checksums(self.settings),
                verify_after_upload: checksums.verify_after_upload,
                verified: success && checksums.proves() && !self.manner.dry_run,
                checksum_file: self
                    .sums
                    .as_ref()
                    .filter(|sums| sums.exists())
                    .map(|sums| sums.display().to_string()),
                errors: self.tally.errors,
            },
            error,
            tool: self.manner.engine.name(),
            tool_version: self.manner.engine.version().unwrap_or_default(),
            ..failed(&self.started)
        }
    }

    fn metrics<'m>(&self, status: &'m LastSync, success: bool, took: Duration) -> Metrics<'m> {
        Metrics {
            destination: &status.destination,
            success,
            verified: status.checksum_verification.verified,
            time: self.started.timestamp().as_second(),
            seconds: took.as_secs_f64(),
            files: status.files_synced,
            bytes: status.bytes_transferred,
            errors: self.tally.errors,
        }
    }

    fn count_objects(&mut self) -> Option<u64> {
        let counted = objects::count(self.settings);
        if let Err(problem) = &counted {
            self.log.line(Level::Debug, format_args!("the objects can't be counted: {problem}"));
        }
        counted.ok()
    }
}
