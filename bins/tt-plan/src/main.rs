//! The `tt-plan` program.

fn main() -> std::process::ExitCode {
    tt_cli::start("tt-plan", tt_plan::command(), tt_plan::run)
}
