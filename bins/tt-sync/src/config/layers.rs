//! What is said of a variable, and by whom: a flag, the environment, the file, in this order.

use std::{
    env, fmt,
    path::{Path, PathBuf},
};

use tt_record::{Problem, ProblemKind, is_secret, keep_secret};

use super::shell::{self, Assignment, BadLine};

/// Everything that says something of variables.
#[derive(Debug, Default)]
pub(crate) struct Layers {
    /// From flags: variable and value.
    flags: Vec<(String, String)>,
    file: Option<PathBuf>,
    assignments: Vec<Assignment>,
}

/// Who said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Flag,
    Environment,
    File(PathBuf, usize),
    Default,
}

/// A variable that has a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) origin: Origin,
}

impl Layers {
    /// Reads the file, if there is one.
    pub(crate) fn read(flags: Vec<(String, String)>, file: Option<&Path>) -> Result<Self, Problem> {
        let Some(path) = file else { return Ok(Self { flags, ..Self::default() }) };
        let text = std::fs::read(path).map_err(|e| {
            Problem::new(
                ProblemKind::Config,
                format!("the configuration {} can't be read: {e}", path.display()),
            )
            .hint("check its permissions")
        })?;
        let environment = |name: &str| env::var(name).ok().filter(|value| is_set(value));
        let assignments = shell::read_config(&String::from_utf8_lossy(&text), environment);
        let assignments = assignments.map_err(|bad| unusable(path, &bad))?;
        assignments.iter().filter(|set| is_secret(&set.name)).for_each(|set| keep_secret(&set.value));
        Ok(Self { flags, file: Some(path.to_owned()), assignments })
    }

    /// The file that was read.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// What is said of a variable by whoever counts most.
    pub(crate) fn get(&self, name: &str) -> Option<Said> {
        let said =
            |value: &str, origin| Said { name: name.to_owned(), value: value.trim().to_owned(), origin };
        let flag = self.flags.iter().rfind(|(flag, value)| flag == name && is_set(value));
        if let Some((_, value)) = flag {
            return Some(said(value, Origin::Flag));
        }
        if let Some(value) = env::var(name).ok().filter(|value| is_set(value)) {
            return Some(said(&value, Origin::Environment));
        }
        let file = self.file.as_ref()?;
        let last = self.assignments.iter().rfind(|assignment| assignment.name == name)?;
        is_set(&last.value).then(|| said(&last.value, Origin::File(file.clone(), last.line)))
    }

    /// Where the file has the variable, but with nothing in it, or with what its template had.
    pub(crate) fn unfilled(&self, name: &str) -> Option<Said> {
        let file = self.file.as_ref()?;
        let last = self.assignments.iter().rfind(|assignment| assignment.name == name)?;
        let Assignment { value, line, .. } = last.clone();
        Some(Said { name: name.to_owned(), value, origin: Origin::File(file.clone(), line) })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment => f.write_str("environment"),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// Whether a value is one: not empty, and not what a template has where a value is to be written, such as `[AWS_REGION]`.
fn is_set(value: &str) -> bool {
    let value = value.trim();
    let inner = value.strip_prefix('[').and_then(|value| value.strip_suffix(']'));
    !value.is_empty() && inner.is_none_or(|inner| inner.contains(['[', ']']))
}

fn unusable(path: &Path, bad: &BadLine) -> Problem {
    let BadLine { line, name, why } = bad;
    let name = name.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
    Problem::new(ProblemKind::Config, format!("{}, line {line}: {name}{why}", path.display()))
        .hint("the file is read, never run: write each setting as export NAME=\"value\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_template_had_is_no_value() {
        for value in ["", "  ", "[AWS_REGION]", " [your bucket] "] {
            assert!(!is_set(value), "{value}");
        }
        for value in ["x", "[a", "*.[ch]", "[a]-[b]"] {
            assert!(is_set(value), "{value}");
        }
    }

    #[test]
    fn the_file_comes_behind_flags() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.env");
        std::fs::write(&path, "A=file\nB=[B]\nA=last\n").unwrap();
        let flags = vec![("C".to_owned(), "flag".to_owned())];
        let layers = Layers::read(flags, Some(&path)).unwrap();
        let a = layers.get("A").unwrap();
        assert_eq!((a.value.as_str(), a.origin.to_string()), ("last", format!("{}:3", path.display())));
        assert_eq!(layers.get("B"), None);
        assert_eq!(layers.unfilled("B").unwrap().value, "[B]");
        assert_eq!(layers.get("C").unwrap().origin, Origin::Flag);
    }
}
