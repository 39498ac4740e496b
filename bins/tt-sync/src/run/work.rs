//! The work of a run: what is started, and what is made of what it says.

use std::{
    fs, io,
    path::Path,
    time::{Duration, Instant},
};

use jiff::ZonedDateTime;
use tt_cli::{Exit, Interrupt};
use tt_record::{Problem, ProblemKind};

use super::{
    Run,
    children::{Children, Event},
    engine,
    plan::Plan,
    progress::{Meter, Report},
    stages::{Occasion, Stages},
};
use crate::log::Level;

/// How often is looked whether the user wants to stop.
const TICK: Duration = Duration::from_millis(100);

/// How the work ended.
pub(super) struct Ended {
    /// The exit code of all that was run.
    pub(super) code: i32,
    /// Whether nothing is missing, as far as is known.
    pub(super) whole: bool,
}

impl Run<'_> {
    /// Uploads and proves.
    pub(super) fn work(&mut self, interrupt: &Interrupt) -> Result<Ended, Problem> {
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
        let engine = self.manner.engine;
        if self.version.is_none() {
            return Err(engine.missing());
        }
        if engine.is_foreign() && !self.manner.dry_run {
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
        self.tally.begin_anew();
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
}

fn unusable(dir: &Path, error: &io::Error) -> Problem {
    Problem::new(ProblemKind::Io, format!("{} can't be written to: {error}", dir.display()))
        .hint("correct LOGS_DIR, or its permissions")
}
