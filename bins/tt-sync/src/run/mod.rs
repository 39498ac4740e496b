//! One run: the [`lock`]; the [`work`], which is the pipeline ([`stages`], [`children`]) or another [`engine`] between a [`plan`] and
//! its proof, and what they say ([`tally`], [`progress`]); and its [`close`], with what is left for those who watch ([`status`],
//! [`metrics`]).

mod children;
mod close;
mod engine;
mod lock;
mod metrics;
mod objects;
mod plan;
mod progress;
mod stages;
mod status;
mod tally;
mod work;

use std::{path::PathBuf, time::Instant};

use jiff::ZonedDateTime;
use tt_cli::{Console, Exit, Interrupt, check_distinct};
use tt_programs::find;
use tt_record::{Problem, ProblemKind, S3Url};

use self::{
    close::failed,
    lock::{Claim, Lock},
    progress::{Progress, Report},
    stages::{Occasion, Stages},
    status::LastSync,
    tally::Tally,
};
pub(crate) use self::{engine::Engine, stages::Extent};
use crate::{
    cli::Manner,
    config::{Layers, Settings, logs_dir_of},
    log::{Log, Loudness},
};

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
    check_outputs(settings, manner)?;
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

/// Fails where two files of a run are the same, before anything is done.
fn check_outputs(settings: &Settings, manner: &Manner) -> Result<(), Problem> {
    let status = settings.logs_dir.join("last-sync.json");
    let files = [
        (Some(status.as_path()), "status"),
        (settings.health_file.as_deref(), "health file"),
        (manner.metrics_file.as_deref(), "metrics"),
    ];
    check_distinct(files.into_iter().filter_map(|(path, what)| Some((path?, what))))
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
    /// Of the engine; none where that is not there.
    version: Option<String>,
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
            version: manner.engine.version(),
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
        for lack in self.manner.engine.lacks(self.settings) {
            self.log.warn(format_args!("{}: {lack}", self.manner.engine.name()));
        }
        if let Some(before) = before {
            self.log.warn(format_args!(
                "An earlier run did not come to its end ({before}); this one goes on with its work"
            ));
        }
    }

    /// What uploads, and, where it was free to choose, what else is there.
    fn engine(&self) -> String {
        let engine = self.manner.engine;
        let chosen = format!("{} {}", engine.name(), self.version.as_deref().unwrap_or("is not here"));
        let others: Vec<_> = ["s5cmd", "aws"].into_iter().filter(|other| find(other).is_some()).collect();
        if engine == Engine::Auto && !others.is_empty() {
            return format!("{chosen} ({} could be used, too)", others.join(" and "));
        }
        chosen
    }
}
