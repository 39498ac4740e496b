//! A program that stands for s5cmd where tests install one. What it says follows what was appended to it: a version, `fail` or
//! `hang`.

use std::{env, fs, process::ExitCode, thread, time::Duration};

fn main() -> ExitCode {
    let program = env::current_exe().and_then(fs::read).unwrap_or_default();
    let told = program.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    match str::from_utf8(told).unwrap_or_default() {
        "hang" => loop {
            thread::sleep(Duration::from_hours(1));
        },
        "fail" => {
            eprintln!("this one does not work");
            ExitCode::FAILURE
        }
        version => {
            println!("{version}");
            ExitCode::SUCCESS
        }
    }
}
