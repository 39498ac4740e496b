//! The flags of `tt-sync` as they are typed, and their help.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueHint};

use crate::{config::DEST, run::Engine};

/// Upload what a deployment's configuration says, prove it, and leave log and status where its monitors look for them.
///
/// Reads the configuration without running it, then runs tt-plan, tt-push and tt-verify as a pipeline. Nothing at the
/// destination is deleted. Two runs for one destination exclude each other. The exit code is 0 when all was uploaded and
/// verified, 1 when not, 75 when another run is under way, 78 when the configuration is wrong.
#[derive(Debug, Parser)]
#[command(name = "tt-sync", version)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Flags {
    #[command(subcommand)]
    pub(crate) action: Option<Action>,
    #[command(flatten)]
    pub(crate) sources: Sources,
    #[command(flatten)]
    pub(crate) manner: Manner,
    #[command(flatten)]
    pub(crate) shown: Shown,
}

/// What it does besides syncing.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    Watch(Watch),
    Status(Status),
    Alerts(Alerts),
    Shim(Shim),
}

/// Upload whatever is dropped into the source, once it has stopped to change.
///
/// Begins with a run over everything. Then the system tells what changes (inotify, FSEvents), and a slow look at all of it finds
/// what a network drive does not tell. A file is uploaded when it was the same for a while; a run that fails is followed by
/// another one. Each run writes log and status as usual. SIGTERM stops it; systemd is told that it is ready, and that it stops.
#[derive(Args, Debug)]
pub(crate) struct Watch {
    #[command(flatten)]
    pub(crate) sources: Sources,
    #[command(flatten)]
    pub(crate) manner: Manner,
    #[command(flatten)]
    pub(crate) rhythm: Rhythm,
}

/// When something is done.
#[derive(Args, Debug)]
#[command(next_help_heading = "When it is done")]
pub(crate) struct Rhythm {
    /// How long a file must have been the same.
    #[arg(long, value_name = "DURATION", value_parser = tt_cli::duration, default_value = "5s")]
    pub(crate) settle: Duration,
    /// How often all of the source is looked at for what was not told [default: MONITOR_CHECK_INTERVAL, or 30s].
    #[arg(long, value_name = "DURATION", value_parser = tt_cli::duration)]
    pub(crate) poll: Option<Duration>,
    /// How often everything is compared with the bucket.
    #[arg(long, value_name = "DURATION", value_parser = tt_cli::duration, default_value = "1h")]
    pub(crate) reconcile: Duration,
}

/// Say how the last run went, and whether all is in order.
///
/// Looks at the last run, its age, throughput and duration, at the health file and the room on the disk, with the limits of
/// the configuration. The exit code is 0 when all is in order, 1 for a warning, 2 when something is critical, 3 when nothing
/// is known.
#[derive(Args, Debug)]
pub(crate) struct Status {
    #[command(flatten)]
    pub(crate) sources: Sources,
    /// Print one JSON object: state, exit, source, destination, running, and checks, each with check, state and what
    /// [default: lines].
    #[arg(long, help_heading = "What is said")]
    pub(crate) json: bool,
}

/// Tell somebody if something is not in order.
///
/// Looks at what status looks at, and tells by NOTIFICATION_METHOD: log (alerts.log), email (ALERT_EMAIL, by sendmail),
/// webhook (ALERT_WEBHOOK_URL, by a POST of JSON whose text chat programs show), or all. That all is well is told only with
/// NOTIFY_ON_SUCCESS=true. The exit code is that of status, and 3 where somebody could not be told.
#[derive(Args, Debug)]
pub(crate) struct Alerts {
    #[command(flatten)]
    pub(crate) sources: Sources,
}

/// Put a script that starts tt-sync in the place of a deployment's datasync-simulator.sh.
///
/// Monitors find it among the processes while tt-sync runs. The script that was there before is kept beside it, as
/// datasync-simulator.sh.before-tt-sync.
#[derive(Args, Debug)]
pub(crate) struct Shim {
    /// Directory of the script.
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) dir: PathBuf,
    /// Put the old script back, as it was [default: put ours in place].
    #[arg(long)]
    pub(crate) undo: bool,
}

/// Where the settings come from. What a flag says wins over the environment, and that over the file.
#[derive(Args, Debug)]
#[command(next_help_heading = "Settings")]
pub(crate) struct Sources {
    /// Configuration file [default: $TT_CONFIG, else the first that is there of ./datasync-config.env,
    /// ../datasync-config.env, config/s5cmd.env, ~/.config/datasync-turbo/datasync-config.env and s5cmd.env].
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,
    /// Directory to upload [default: SOURCE_DIR].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) source: Option<String>,
    /// Where it goes [default: BUCKET_NAME or S3_BUCKET, and S3_SUBDIRECTORY].
    #[arg(long, value_name = "s3://BUCKET/PREFIX/")]
    pub(crate) dest: Option<String>,
    /// Directory for log and status [default: LOGS_DIR or LOG_DIR, else logs in DATASYNC_HOME or beside the file].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) logs_dir: Option<String>,
    /// Set any other variable, as the file would. May be repeated [default: what environment and file say].
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    pub(crate) set: Vec<(String, String)>,
}

/// How it is done.
#[derive(Args, Debug)]
#[command(next_help_heading = "How it is done")]
pub(crate) struct Manner {
    /// Say what would be uploaded and why, and upload nothing; status and health file stay as they are [default: upload].
    #[arg(long, short = 'n')]
    pub(crate) dry_run: bool,
    /// What uploads; with s5cmd or aws, our tools plan before and prove after.
    #[arg(long, value_enum, value_name = "ENGINE", default_value_t)]
    pub(crate) engine: Engine,
    /// Write metrics of the run in the text format of Prometheus, for node_exporter [default: no metrics].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) metrics_file: Option<PathBuf>,
    /// Exit with the code of the pipeline, as tt-records(5) has them [default: 0 or 1].
    #[arg(long)]
    pub(crate) fine_exit_codes: bool,
    /// Print only errors; the log file holds everything [default: print what is logged].
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// What is shown instead of a run.
#[derive(Args, Debug)]
#[command(next_help_heading = "Instead of a run")]
pub(crate) struct Shown {
    /// Print each setting, and who said it [default: run].
    #[arg(long, conflicts_with = "print_pipeline")]
    pub(crate) print_config: bool,
    /// Print the shell pipeline that does the same [default: run].
    #[arg(long)]
    pub(crate) print_pipeline: bool,
}

impl Sources {
    /// What flags say of variables.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        let named = [("SOURCE_DIR", &self.source), (DEST, &self.dest), ("LOGS_DIR", &self.logs_dir)];
        let named = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)));
        self.set.iter().cloned().chain(named).collect()
    }
}

fn variable(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
    pair.map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| format!("{text:?} is not NAME=VALUE"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_flags_are_sound() {
        Flags::command().debug_assert();
    }
}
