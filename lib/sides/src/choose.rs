//! The flags about what takes part, and what they come to.

mod filters;
mod names;
mod when;

use std::path::PathBuf;

use clap::{ArgMatches, Args, ValueEnum, ValueHint};
use jiff::{Timestamp, ZonedDateTime};
use tt_cli::{is_stdin, size};
use tt_record::{Problem, ProblemKind};
use tt_tree::{Filter, Rule, Select, Symlinks};

pub use self::names::Names;
use self::when::When;

/// What is taken.
#[derive(Args, Debug)]
#[command(next_help_heading = "What is taken")]
pub struct Choose {
    /// Leave out what matches this glob: '*.tmp' anywhere, '/bin/' only at the top of SRC, '**' across directories. Of
    /// all --exclude, --include and --filter-from, the last that matches counts [default: nothing is left out].
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Take what matches this glob after all: after --exclude '*', only that [default: everything is taken].
    #[arg(long, value_name = "GLOB")]
    include: Vec<String>,
    /// Read such rules from a file, as if they stood here: lines of '- GLOB' to leave out, '+ GLOB' to take, '#' before a
    /// comment; - is stdin. May be repeated [default: none].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    filter_from: Vec<PathBuf>,
    /// Take only the files that are named in a list, one a line, relative to SRC; - is stdin [default: all of SRC].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    files_from: Option<PathBuf>,
    /// In that list a NUL ends each name, as find -print0 writes it [default: the end of the line].
    #[arg(long, requires = "files_from")]
    null: bool,
    /// Take only files of this size or more, such as 1MB or 4KiB [default: any].
    #[arg(long, value_name = "SIZE", value_parser = size)]
    min_size: Option<u64>,
    /// Take only files of this size or less [default: any].
    #[arg(long, value_name = "SIZE", value_parser = size)]
    max_size: Option<u64>,
    /// Take only files that were modified within an age, such as 2d or 30m, or from a time on, such as 2026-11-01 (by
    /// the local clock) or 2026-11-01T12:00:00Z [default: whenever].
    #[arg(long, value_name = "WHEN")]
    newer_than: Option<When>,
    /// Take only files that were modified longer ago, or before: those that --newer-than leaves out [default: whenever].
    #[arg(long, value_name = "WHEN")]
    older_than: Option<When>,
    /// Go down so many levels: 1 takes only what lies in SRC itself [default: all levels].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_depth: Option<u32>,
    /// Leave out directories where another filesystem is mounted [default: go into them].
    #[arg(long)]
    one_file_system: bool,
    /// What to do with names that begin with a dot, and all below them; other rules may take them after all.
    #[arg(long, value_enum, value_name = "WHAT", default_value_t)]
    hidden: Hidden,
    /// What to do with symbolic links.
    #[arg(long, value_enum, value_name = "WHAT", default_value_t)]
    symlinks: Links,
}

/// What to do with hidden files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Hidden {
    /// Take them like others.
    #[default]
    Take,
    /// Leave them out, as --exclude '.*' before all other rules does.
    Skip,
}

/// What to do with symbolic links.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Links {
    /// Upload what they lead to.
    #[default]
    Follow,
    /// Leave them alone, with a skip record each.
    Skip,
    /// Report each as a failure.
    Error,
}

/// What takes part.
#[derive(Debug)]
pub struct Chosen {
    /// By their names.
    pub filter: Filter,
    /// By their sizes and times.
    pub select: Select,
    /// What is done with links.
    pub symlinks: Symlinks,
    /// 1 is what lies in the root itself.
    pub max_depth: Option<u32>,
    /// Whether directories are left out where another filesystem is mounted.
    pub one_file_system: bool,
    /// None for the whole tree.
    pub names: Option<Names>,
}

impl Chosen {
    /// Whether an object is left out: what is so at the source takes no part.
    pub fn hides(&self, name: &str, size: u64, modified: Timestamp) -> bool {
        !self.select.takes(size, modified) || self.hides_name(name)
    }

    /// Whether whatever has this name is left out.
    pub fn hides_name(&self, name: &str) -> bool {
        let too_deep = |max| name.matches('/').count() >= usize::try_from(max).unwrap_or(usize::MAX);
        self.max_depth.is_some_and(too_deep) || self.filter.excludes(name)
    }
}

impl Choose {
    /// What was chosen. The order of the rules is in `matches` alone.
    pub fn resolve(self, matches: &ArgMatches) -> Result<Chosen, Problem> {
        self.check_stdin()?;
        let hidden = (self.hidden == Hidden::Skip).then(|| Rule::exclude(".*"));
        let rules = filters::rules(matches)?;
        Ok(Chosen {
            filter: Filter::new(hidden.into_iter().chain(rules))?,
            select: self.select()?,
            symlinks: match self.symlinks {
                Links::Follow => Symlinks::Follow,
                Links::Skip => Symlinks::Skip,
                Links::Error => Symlinks::Error,
            },
            max_depth: self.max_depth,
            one_file_system: self.one_file_system,
            names: self
                .files_from
                .map(|path| Names { path, separator: if self.null { b'\0' } else { b'\n' } }),
        })
    }

    fn select(&self) -> Result<Select, Problem> {
        let now = ZonedDateTime::now();
        let time = |when: &Option<When>| -> Result<Option<Timestamp>, Problem> {
            when.as_ref().map(|when| when.resolve(&now)).transpose()
        };
        let select = Select {
            min_size: self.min_size,
            max_size: self.max_size,
            newer_than: time(&self.newer_than)?,
            older_than: time(&self.older_than)?,
        };
        if select.has_no_size() {
            return Err(nothing("--min-size is more than --max-size"));
        }
        if select.has_no_time() {
            return Err(nothing("--newer-than does not come before --older-than"));
        }
        Ok(select)
    }

    /// What stands on stdin can be read once.
    fn check_stdin(&self) -> Result<(), Problem> {
        let files = self.filter_from.iter().chain(&self.files_from);
        if files.filter(|path| is_stdin(path)).count() > 1 {
            return Err(Problem::new(
                ProblemKind::Usage,
                "only one of --filter-from and --files-from can be stdin",
            )
            .hint("put the others into files"));
        }
        Ok(())
    }
}

fn nothing(why: &str) -> Problem {
    Problem::new(ProblemKind::Usage, format!("no file could take part: {why}"))
        .hint("take one of the two away, or exchange them")
}
