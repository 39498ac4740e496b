//! From what is said of variables to values of the right kind, with an account of who said it.

use std::{cell::RefCell, fmt::Display};

use tt_record::{Problem, ProblemKind, keep_secret, site};

use super::layers::{Layers, Origin, Said};

/// Reads settings, each by the names that it may have; the first that is set counts.
pub(super) struct Reader<'a> {
    layers: &'a Layers,
    account: RefCell<Vec<Shown>>,
}

/// A setting as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) origin: Origin,
}

impl<'a> Reader<'a> {
    pub(super) fn new(layers: &'a Layers) -> Self {
        Self { layers, account: RefCell::default() }
    }

    /// All settings that were asked for, in order.
    pub(super) fn account(self) -> Vec<Shown> {
        self.account.into_inner()
    }

    /// A text.
    pub(super) fn text(&self, names: &[&str]) -> Option<String> {
        let said = self.said(names)?;
        self.show(&said.name, &said.value, said.origin);
        Some(said.value)
    }

    /// A URL whose path others must not know.
    pub(super) fn secret(&self, names: &[&str]) -> Option<String> {
        let said = self.said(names)?;
        keep_secret(&said.value);
        self.show(&said.name, &site(&said.value), said.origin);
        Some(said.value)
    }

    /// A text that there has to be. `what` it is.
    pub(super) fn required(&self, names: &[&str], what: &str) -> Result<String, Problem> {
        self.text(names).ok_or_else(|| self.missing(names, what))
    }

    /// A text, or what is usual.
    pub(super) fn text_or(&self, names: &[&str], default: &str) -> String {
        self.text(names).unwrap_or_else(|| {
            self.show(names[0], default, Origin::Default);
            default.to_owned()
        })
    }

    /// Something that is read by `parse`.
    pub(super) fn parsed<T, E: Display>(
        &self,
        names: &[&str],
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Problem> {
        let Some(said) = self.said(names) else { return Ok(None) };
        self.show(&said.name, &said.value, said.origin.clone());
        parse(&said.value).map(Some).map_err(|why| wrong(&said, why))
    }

    /// The same, or what is usual.
    pub(super) fn parsed_or<T: Display, E: Display>(
        &self,
        names: &[&str],
        default: T,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<T, Problem> {
        Ok(self.parsed(names, parse)?.unwrap_or_else(|| {
            self.show(names[0], &default.to_string(), Origin::Default);
            default
        }))
    }

    /// One that is read under two names, which must not contradict each other.
    pub(super) fn agreed(&self, names: [&str; 2]) -> Result<(), Problem> {
        let [one, other] = names.map(|name| self.layers.get(name));
        match (one, other) {
            (Some(one), Some(other)) if one.value != other.value && one.origin != Origin::Flag => {
                let message = format!(
                    "{} ({}) is {:?}, and {} ({}) is {:?}: they are two names for one thing",
                    one.name, one.origin, one.value, other.name, other.origin, other.value
                );
                Err(Problem::new(ProblemKind::Config, message).hint("leave one of them away"))
            }
            _ => Ok(()),
        }
    }

    fn said(&self, names: &[&str]) -> Option<Said> {
        names.iter().find_map(|name| self.layers.get(name))
    }

    fn show(&self, name: &str, value: &str, origin: Origin) {
        self.account.borrow_mut().push(Shown { name: name.to_owned(), value: value.to_owned(), origin });
    }

    fn missing(&self, names: &[&str], what: &str) -> Problem {
        let name = names.join(" or ");
        let unfilled = names.iter().find_map(|name| self.layers.unfilled(name));
        let message = match unfilled {
            Some(Said { name, value, origin }) => {
                format!("{name} ({origin}) has no value yet, only {value:?}: {what}")
            }
            None => format!("{name} is not set: {what}"),
        };
        let place = self
            .layers
            .file()
            .map_or_else(|| "a configuration file".to_owned(), |file| file.display().to_string());
        Problem::new(ProblemKind::Config, message).hint(format!("set it in {place}, or in the environment"))
    }
}

fn wrong(said: &Said, why: impl Display) -> Problem {
    Problem::new(ProblemKind::Config, format!("{} ({}): {why}", said.name, said.origin))
        .hint("correct it, or leave it out for what is usual")
}
