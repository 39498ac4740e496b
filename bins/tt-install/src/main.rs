//! The `tt-install` program.

fn main() -> std::process::ExitCode {
    tt_cli::start("tt-install", tt_install::command(), tt_install::run)
}
