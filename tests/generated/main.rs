//! The files that are made from the code, and checked in: man pages, completions, the JSON Schema.
//!
//! The test compares them with what the code says now. `make generate` (TT_REGENERATE=1) writes them anew.

mod blocks;
mod completions;
mod man;
mod progress;
mod records;
mod sections;
mod text;
mod tidy;
mod troubleshooting;

use std::{
    collections::BTreeMap,
    env, fs, io,
    path::{Path, PathBuf},
};

use clap::Command;
use tt_cli::Page;

/// A generated file: where it is, from the top of the repository, and what it holds.
type Files = BTreeMap<PathBuf, String>;

/// The directories that hold nothing else.
const DIRECTORIES: [&str; 2] = ["completions", "man"];

/// What can go wrong on the way.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A tool, as its man page and its completions need it.
struct Tool {
    command: Command,
    page: Page,
}

fn tools() -> Vec<Tool> {
    vec![
        Tool { command: tt_plan::command(), page: tt_plan::PAGE },
        Tool { command: tt_push::command(), page: tt_push::PAGE },
        Tool { command: tt_verify::command(), page: tt_verify::PAGE },
        Tool { command: tt_sync::command(), page: tt_sync::PAGE },
        Tool { command: tt_bench::command(), page: tt_bench::PAGE },
        Tool { command: tt_install::command(), page: tt_install::PAGE },
    ]
}

fn files() -> Result<Files> {
    let mut files = Files::new();
    for mut tool in tools() {
        tool.command.build();
        let pages = man::pages(&tool)?;
        files.extend(
            pages.into_iter().map(|(name, page)| (format!("man/{name}.1").into(), tidy::tidy(&page))),
        );
        files.extend(completions::of(&tool.command)?);
    }
    let schema = serde_json::to_value(tt_record::schema())?;
    files.insert("man/tt-records.5".into(), tidy::tidy(&records::page(&schema)?));
    files.insert("man/tt-troubleshooting.7".into(), tidy::tidy(&troubleshooting::page(&schema)?));
    files.insert("docs/records.schema.json".into(), serde_json::to_string_pretty(&schema)? + "\n");
    let table = blocks::records(&schema, &records::groups()?)?;
    files.insert("docs/PROTOCOL.md".into(), blocks::page("docs/PROTOCOL.md", &table)?);
    files.insert("docs/ARCHITECTURE.md".into(), blocks::page("docs/ARCHITECTURE.md", &blocks::uses()?)?);
    let report = serde_json::to_string_pretty(&tt_bench::report_schema())?;
    files.insert("docs/bench-report.schema.json".into(), report + "\n");
    Ok(files)
}

/// The top of the repository.
fn top() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Files in the generated directories that nothing generates any more.
fn orphans(files: &Files) -> io::Result<Vec<PathBuf>> {
    let mut orphans = Vec::new();
    for directory in DIRECTORIES {
        let Ok(entries) = fs::read_dir(top().join(directory)) else { continue };
        for entry in entries {
            let path = Path::new(directory).join(entry?.file_name());
            if !files.contains_key(&path) {
                orphans.push(path);
            }
        }
    }
    Ok(orphans)
}

fn write(files: &Files) -> io::Result<()> {
    for (path, text) in files {
        let path = top().join(path);
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        fs::write(path, text)?;
    }
    orphans(files)?.iter().try_for_each(|path| fs::remove_file(top().join(path)))
}

#[test]
fn generated_files_are_up_to_date() {
    let files = files().unwrap();
    if env::var_os("TT_REGENERATE").is_some() {
        write(&files).unwrap();
    }
    let mut stale = orphans(&files).unwrap();
    for (path, text) in &files {
        if fs::read_to_string(top().join(path)).ok().as_ref() != Some(text) {
            stale.push(path.clone());
        }
    }
    assert!(
        stale.is_empty(),
        "not as the code says: {stale:?}\nrun `make generate`, and look at what it changes"
    );
}

#[test]
fn the_docs_know_every_exit_code() {
    let page = fs::read_to_string(top().join("docs/TROUBLESHOOTING.md")).unwrap();
    for (exit, meaning) in tt_cli::Exit::TABLE {
        assert!(page.contains(&format!("\n- `{}`: ", exit.code())), "{}: {meaning}", exit.code());
    }
}
