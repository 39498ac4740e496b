//! The rules about names, in the order in which they were typed, whether on the command line or in files.

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use clap::ArgMatches;
use tt_cli::{Patient, is_stdin};
use tt_record::{Problem, ProblemKind};
use tt_tree::{Rule, check_pattern};

/// All rules of --exclude, --include and --filter-from. Their order is in `matches` alone.
pub(super) fn rules(matches: &ArgMatches) -> Result<Vec<Rule>, Problem> {
    let mut typed: Vec<(usize, Vec<Rule>)> = Vec::new();
    typed.extend(
        in_place::<String>(matches, "exclude").map(|(place, glob)| (place, vec![Rule::exclude(glob)])),
    );
    typed.extend(
        in_place::<String>(matches, "include").map(|(place, glob)| (place, vec![Rule::include(glob)])),
    );
    for (place, path) in in_place::<PathBuf>(matches, "filter_from") {
        typed.push((place, read(path)?));
    }
    typed.sort_by_key(|(place, _)| *place);
    Ok(typed.into_iter().flat_map(|(_, rules)| rules).collect())
}

/// The values of a flag, each with its place on the command line.
fn in_place<'m, T: Clone + Send + Sync + 'static>(
    matches: &'m ArgMatches,
    flag: &str,
) -> impl Iterator<Item = (usize, &'m T)> {
    let places = matches.indices_of(flag).into_iter().flatten();
    places.zip(matches.get_many::<T>(flag).into_iter().flatten())
}

/// The rules in a file, or on stdin.
fn read(path: &Path) -> Result<Vec<Rule>, Problem> {
    let (name, text) = if is_stdin(path) {
        let mut text = String::new();
        ("stdin".into(), Patient(io::stdin()).read_to_string(&mut text).map(|_| text))
    } else {
        (path.display().to_string(), fs::read_to_string(path))
    };
    let text = text.map_err(|e| {
        Problem::new(ProblemKind::Io, format!("can't read filters from {name}: {e}"))
            .hint("--filter-from takes a text file, or - for stdin")
    })?;
    parse(&text).map_err(|(line, problem)| problem.context(format!("{name}, line {line}")))
}

/// The rules in a text, or the number of the line that is wrong, and what is wrong with it.
fn parse(text: &str) -> Result<Vec<Rule>, (usize, Problem)> {
    let rules =
        text.lines().zip(1..).map(|(line, number)| parse_line(line).map_err(|problem| (number, problem)));
    rules.filter_map(Result::transpose).collect()
}

fn parse_line(line: &str) -> Result<Option<Rule>, Problem> {
    let line = line.trim_start();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let rule = match (line.strip_prefix("- "), line.strip_prefix("+ ")) {
        (Some(glob), _) => Rule::exclude(glob),
        (_, Some(glob)) => Rule::include(glob),
        _ => {
            return Err(Problem::new(ProblemKind::Usage, format!("{line:?} is not a filter"))
                .hint("write - GLOB to leave out, + GLOB to take after all, # before a comment"));
        }
    };
    check_pattern(&rule.pattern)?;
    Ok(Some(rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_filters_has_signs_comments_and_blank_lines() {
        let text = "# all\n- *\n\n  + /a b \r\n+ #1\n- -";
        let rules = [Rule::exclude("*"), Rule::include("/a b "), Rule::include("#1"), Rule::exclude("-")];
        assert_eq!(parse(text).unwrap(), rules);
        assert_eq!(parse("").unwrap(), []);
    }

    #[test]
    fn the_line_that_is_wrong_is_named() {
        for (text, line) in [("*.tmp", 1), ("\n-*.tmp", 2), ("- a\n#\n+ [", 3), ("+ ", 1), ("- a\n+", 2)] {
            let (found, problem) = parse(text).unwrap_err();
            assert_eq!((found, problem.kind), (line, ProblemKind::Usage), "{text:?}");
            assert!(problem.hint.is_some());
        }
    }
}
