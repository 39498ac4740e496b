//! The commands of a section, in a scene of their own.

use std::{collections::BTreeSet, fmt::Write as _, sync::LazyLock};

use tt_tests::{Scene, installed, tool};

use crate::page::{Block, Section};

/// What commands in the pages call besides what each system has.
const PROGRAMS: [&str; 13] = [
    "aws",
    "flock",
    "git",
    "jq",
    "make",
    "parallel",
    "perl",
    "python3",
    "rclone",
    "s5cmd",
    "sha256sum",
    "systemd-analyze",
    "timeout",
];

/// Those of them that are not installed.
static MISSING: LazyLock<Vec<&str>> =
    LazyLock::new(|| PROGRAMS.into_iter().filter(|program| !installed(program)).collect());

/// What is done before: whatever is started in the background ends with the shell.
const PRELUDE: &str = "trap 'trap \"\" TERM; kill 0' EXIT\n";

/// A section, ready to be run.
pub(crate) struct Work {
    blocks: Vec<Block>,
}

impl Work {
    /// The commands of `section`, and before them those of `place`.
    pub(crate) fn new(place: Option<&Section>, section: &Section) -> Self {
        let sections = place.into_iter().chain([section]);
        Self { blocks: sections.flat_map(|section| section.blocks.clone()).collect() }
    }

    /// A program that is called and not installed.
    pub(crate) fn missing(&self) -> Option<&'static str> {
        let script = self.script();
        let words: BTreeSet<_> = script.split(|c: char| !c.is_alphanumeric() && !"-_".contains(c)).collect();
        MISSING.iter().copied().find(|program| words.contains(program))
    }

    /// Runs it, with a tree of the scene in the place of `/data`, and holds what it prints against what the page shows.
    pub(crate) fn run(&self) -> Result<(), String> {
        let scene = Scene::new();
        let data = scene.path("there");
        let mut tree = scene.tree("there");
        tree.many("many", 5);
        tree.sized("large", 100_000);
        for block in &self.blocks {
            if let Block::File(name, text) = block {
                scene.write(name, text);
            }
        }
        let script = [" /data", "'/data"].iter().fold(self.script(), |script, place| {
            script.replace(place, &format!("{}{}", &place[..1], data.display()))
        });
        let shell = tool("bash").args(["-e", "-o", "pipefail", "-c", &script]);
        let outcome = scene.run(shell.env("S3_ENDPOINT_URL", scene.url()));
        if outcome.stage(0).code() != 0 {
            return Err(format!("it ended with {}\n{outcome}", outcome.stage(0).code()));
        }
        self.shown(&outcome.text()).map_err(|line| format!("it does not print\n{line}\n{outcome}"))
    }

    /// Whether what the page shows was printed; else the first line of it that was not.
    fn shown(&self, printed: &str) -> Result<(), &str> {
        let mut printed = printed.lines();
        let outputs = self.blocks.iter().filter_map(|block| match block {
            Block::Output(text) => Some(text.lines()),
            _ => None,
        });
        outputs.flatten().find(|expected| !printed.any(|line| fits(line, expected))).map_or(Ok(()), Err)
    }

    fn script(&self) -> String {
        self.blocks.iter().fold(PRELUDE.to_owned(), |mut script, block| {
            if let Block::Commands(commands) = block {
                let _ = writeln!(script, "{commands}");
            }
            script
        })
    }
}

/// Whether a line is the expected one, in which `…` stands for anything.
fn fits(line: &str, expected: &str) -> bool {
    let Some((first, rest)) = expected.split_once('…') else { return line == expected };
    let Some(line) = line.strip_prefix(first) else { return false };
    line.char_indices().map(|(at, _)| at).chain([line.len()]).any(|at| fits(&line[at..], rest))
}
