//! The command line: what `tt-bench` can be asked for. The flags of each stand with it.

use clap::{Parser, Subcommand};

use crate::{compare::cli::Compare, render::Render, run::cli::Run, serve::cli::Serve};

/// Measure uploads, side by side with other tools, and serve an S3 endpoint to do so on this machine.
#[derive(Debug, Parser)]
#[command(name = "tt-bench", version, arg_required_else_help = true)]
pub(crate) struct Flags {
    #[command(subcommand)]
    pub(crate) action: Action,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    Run(Box<Run>),
    Compare(Compare),
    Report(Render),
    Serve(Box<Serve>),
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
