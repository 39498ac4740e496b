//! Inputs that were found by fuzzing, or written for it, are tried by every `cargo test`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what can't go on has to fail the test"
)]

use std::{
    env, fs,
    panic::catch_unwind,
    path::Path,
    process::{Command, ExitCode},
};

use tt_fuzz::TARGETS;

/// Credentials for a client that nobody believes.
const KEYS: [(&str, &str); 3] =
    [("AWS_ACCESS_KEY_ID", "fuzz"), ("AWS_SECRET_ACCESS_KEY", "fuzz"), ("AWS_CONFIG_FILE", "/dev/null")];

fn main() -> ExitCode {
    // Its own environment no program can change safely once it has threads.
    if KEYS.iter().any(|(name, value)| env::var(name).as_deref() != Ok(value)) {
        let again =
            Command::new(env::current_exe().unwrap()).args(env::args_os().skip(1)).envs(KEYS).status();
        return if again.unwrap().success() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let (mut tried, mut failed) = (0, 0);
    for (name, target) in TARGETS {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let data = fs::read(&path).unwrap();
            tried += 1;
            if catch_unwind(|| target(&data)).is_err() {
                eprintln!("{name} fails on {}", path.display());
                failed += 1;
            }
        }
    }
    println!("corpus: {} passed, {failed} failed", tried - failed);
    if failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
