//! `tt-bench report`: the pages and charts of a report, made anew from its JSON.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use tt_cli::{Console, Exit, Verbosity};
use tt_record::Problem;

use crate::{
    TOOL,
    report::{Report, write},
};

/// Write the pages and charts of a report anew from its JSON, such as one that a CI job has kept.
#[derive(Args, Debug)]
#[command(mut_arg("progress", |arg| arg.hide(true)))]
pub(crate) struct Render {
    /// The report: report.json, or the directory that it is in.
    #[arg(value_name = "REPORT", value_hint = ValueHint::AnyPath)]
    report: PathBuf,
    /// Where report.json, report.md, report.html, chart.svg and chart.png go. Those that are there are replaced.
    #[arg(long, value_name = "DIR", default_value = "tt-bench-report", value_hint = ValueHint::DirPath)]
    out: PathBuf,
    #[command(flatten)]
    verbosity: Verbosity,
}

/// Writes them.
pub(crate) fn render(flags: &Render) -> Result<Exit, Problem> {
    write(&Report::read(&flags.report)?, &flags.out)?;
    Console::new(TOOL, flags.verbosity).note(format_args!("the report is in {}", flags.out.display()));
    Ok(Exit::OK)
}
