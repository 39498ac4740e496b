//! The `tt-sync` program.

fn main() -> std::process::ExitCode {
    tt_cli::start("tt-sync", tt_sync::command(), tt_sync::run)
}
