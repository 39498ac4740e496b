//! The `tt-push` program.

fn main() -> std::process::ExitCode {
    tt_cli::start("tt-push", tt_push::command(), tt_push::run)
}
