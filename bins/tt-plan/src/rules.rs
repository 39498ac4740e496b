//! Which object gets which properties: `--rules`, a TOML file of patterns and what S3 is to keep with what they match.
//!
//! ```toml
//! [[rule]]
//! match = "/assets/"
//! cache_control = "public, max-age=31536000, immutable"
//!
//! [[rule]]
//! match = ["*.log", "*.log.gz"]
//! storage_class = "STANDARD_IA"
//! tags = { kind = "log" }
//! ```
//!
//! All rules that match apply, and a later one wins, property by property. Nothing is taken that S3 would refuse.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    ops::Range,
    path::{Path, PathBuf},
};

use clap::{Args, ValueHint};
use serde::Deserialize as _;
use toml::{
    Spanned,
    de::{DeTable, DeValue, ValueDeserializer},
};
use tt_record::{Problem, ProblemKind, Properties};
use tt_store::check_properties;
use tt_tree::{Patterns, check_pattern};

/// What S3 keeps with objects.
#[derive(Args, Debug)]
#[command(next_help_heading = "What S3 keeps")]
pub(crate) struct RulesFlags {
    /// Give objects the properties that a TOML file says of their names: rules of match = GLOB and of storage_class,
    /// cache_control, metadata, tags and so on, as in put records [default: what the flags of tt-push say].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    rules: Option<PathBuf>,
}

impl RulesFlags {
    pub(crate) fn resolve(self) -> Result<Rules, Problem> {
        self.rules.map_or_else(|| Ok(Rules::default()), |path| Rules::read(&path))
    }
}

/// Rules, compiled together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    patterns: Patterns,
    /// In step with `patterns`: the rule that each belongs to.
    owners: Vec<usize>,
    properties: Vec<Properties>,
}

impl Rules {
    fn read(path: &Path) -> Result<Self, Problem> {
        let name = path.display();
        let config = |message| Problem::new(ProblemKind::Config, message);
        let text = fs::read_to_string(path).map_err(|e| {
            config(format!("can't read rules from {name}: {e}")).hint("--rules takes a file in TOML")
        })?;
        Self::parse(&text).map_err(|wrong| {
            let line = wrong.line(&text);
            config(format!("{name}, line {line}: {}", wrong.why))
                .hint("a rule is [[rule]], then match = \"GLOB\", then properties as tt-records(5) names them for put")
        })
    }

    fn parse(text: &str) -> Result<Self, Wrong> {
        let mut globs = Vec::new();
        let mut rules = Self::default();
        for table in tables(text)? {
            let rule = Rule::parse(table)?;
            rules.owners.resize(rules.owners.len() + rule.globs.len(), rules.properties.len());
            rules.properties.push(rule.properties);
            globs.extend(rule.globs);
        }
        let all = Patterns::new(globs.iter().map(String::as_str));
        rules.patterns = all.map_err(|problem| Wrong::new(0..0, problem.message))?;
        Ok(rules)
    }

    /// The properties of the object with this key, relative to the destination. Costs nothing where there are no rules.
    pub(crate) fn of(&self, name: &str) -> Properties {
        let mut matching = BTreeSet::new();
        self.patterns.each_match(name, |pattern| matching.extend(self.owners.get(pattern).copied()));
        let properties = matching.into_iter().filter_map(|rule| self.properties.get(rule));
        properties.fold(Properties::default(), |earlier, later| later.clone().or(&earlier))
    }
}

/// One rule.
struct Rule {
    globs: Vec<String>,
    properties: Properties,
}

impl Rule {
    fn parse(table: Spanned<DeValue<'_>>) -> Result<Self, Wrong> {
        let span = table.span();
        let DeValue::Table(table) = table.into_inner() else {
            return Err(Wrong::new(span, "a rule is a table, [[rule]]"));
        };
        let (pattern, rest): (Vec<_>, Vec<_>) =
            table.into_iter().partition(|(key, _)| key.get_ref() == "match");
        let Some((_, pattern)) = pattern.into_iter().next() else {
            return Err(Wrong::new(span, "the rule does not say what it matches: match = \"GLOB\""));
        };
        let properties = properties(span.clone(), rest.into_iter().collect())?;
        check_properties(&properties).map_err(|why| Wrong::new(span, why))?;
        Ok(Self { globs: globs(&pattern)?, properties })
    }
}

/// The tables `[[rule]]`, which are all that there may be.
fn tables(text: &str) -> Result<Vec<Spanned<DeValue<'_>>>, Wrong> {
    let mut tables = Vec::new();
    for (key, value) in DeTable::parse(text)?.into_inner() {
        if key.get_ref() != "rule" {
            return Err(Wrong::new(key.span(), format!("{:?} is not known here", key.get_ref())));
        }
        match value.into_inner() {
            DeValue::Array(rules) => tables.extend(rules),
            _ => return Err(Wrong::new(key.span(), "a rule has two brackets, [[rule]]")),
        }
    }
    Ok(tables)
}

/// What a rule matches: a glob, or a list of them.
fn globs(value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, Wrong> {
    match value.get_ref() {
        DeValue::Array(list) if list.is_empty() => Err(Wrong::new(value.span(), "the rule matches nothing")),
        DeValue::Array(list) => list.iter().map(glob).collect(),
        _ => Ok(vec![glob(value)?]),
    }
}

fn glob(value: &Spanned<DeValue<'_>>) -> Result<String, Wrong> {
    let wrong = |why: String| Wrong::new(value.span(), why);
    let text = value.get_ref().as_str();
    let text = text.ok_or_else(|| wrong("match is a glob in quotes, or a list of them".into()))?;
    check_pattern(text).map_err(|problem| wrong(problem.message))?;
    Ok(text.to_owned())
}

/// The properties in the rule at `span`.
fn properties(span: Range<usize>, table: DeTable<'_>) -> Result<Properties, Wrong> {
    let keys = table.keys().map(|key| (key.get_ref().to_string(), key.span()));
    let keys: BTreeMap<String, Range<usize>> = keys.collect();
    let mut unknown = None;
    let value = ValueDeserializer::from(Spanned::new(span.clone(), DeValue::Table(table)));
    let properties = Properties::deserialize(serde_ignored::Deserializer::new(
        value,
        &mut |path: serde_ignored::Path<'_>| {
            unknown = Some(path.to_string());
        },
    ))?;
    match unknown {
        None => Ok(properties),
        Some(name) => {
            let place = keys.get(&name).cloned().unwrap_or(span);
            Err(Wrong::new(place, format!("S3 has no property {name:?}")))
        }
    }
}

/// What is wrong with the file, and where.
#[derive(Debug)]
struct Wrong {
    span: Range<usize>,
    why: String,
}

impl Wrong {
    fn new(span: Range<usize>, why: impl Into<String>) -> Self {
        Self { span, why: why.into() }
    }

    /// Counted from 1.
    fn line(&self, text: &str) -> usize {
        let before = text.get(..self.span.start).unwrap_or(text);
        before.matches('\n').count() + 1
    }
}

impl From<toml::de::Error> for Wrong {
    fn from(error: toml::de::Error) -> Self {
        Self::new(error.span().unwrap_or_default(), error.message())
    }
}

#[cfg(test)]
mod tests;
