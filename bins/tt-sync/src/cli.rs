//! The flags of `tt-sync` as they are typed, and their help.

use std::path::PathBuf;

use clap::{Args, Parser, ValueHint};

use crate::{PAGE, config::DEST, run::Engine};

/// Upload what a deployment's configuration says, prove it, and leave log and status where its monitors look for them.
///
/// Reads the configuration without running it, then runs tt-plan, tt-push and tt-verify as a pipeline. Nothing at the
/// destination is deleted. Two runs for one destination exclude each other. The exit code is 0 when all was uploaded and
/// verified, 1 when not, 75 when another run is under way, 78 when the configuration is wrong.
#[derive(Debug, Parser)]
#[command(name = "tt-sync", version, styles = tt_cli::styles(), max_term_width = 100, after_help = PAGE.help())]
pub(crate) struct Flags {
    #[command(flatten)]
    pub(crate) sources: Sources,
    #[command(flatten)]
    pub(crate) manner: Manner,
    #[command(flatten)]
    pub(crate) shown: Shown,
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
