//! tt-records(5): the prose is here, every table of fields and values comes from the JSON Schema.

use clap_mangen::roff::{Roff, bold, roman};
use schemars::schema_for;
use serde_json::Value;
use tt_record::{Item, Outcome, Properties};

use crate::{
    Result,
    sections::{
        DATE, SOURCE, SUITE, bullets, code, examples, item, opening, paragraph, paragraphs, preface, section,
        see_also, subsection,
    },
    text::{EXAMPLES, EXIT_CODES, INTRODUCTION, READERS, RECORDS, WRITERS},
};

/// Fields that several records share, described once.
const GROUPS: [&str; 3] = ["File and object", "Object properties", "Outcome"];

/// These groups, by their names.
pub(crate) fn groups() -> Result<[(&'static str, Value); 3]> {
    let [item, object, outcome] = GROUPS;
    Ok([
        (item, serde_json::to_value(schema_for!(Item))?),
        (object, serde_json::to_value(schema_for!(Properties))?),
        (outcome, serde_json::to_value(schema_for!(Outcome))?),
    ])
}

/// The page.
pub(crate) fn page(schema: &Value) -> Result<String> {
    let groups = groups()?.map(|(_, group)| group);
    let page = Page { schema, groups: &groups };
    let mut roff = Roff::new();
    head(&mut roff)?;
    section(&mut roff, "RECORDS");
    page.records(&mut roff)?;
    section(&mut roff, "SHARED FIELDS");
    for (heading, group) in GROUPS.iter().zip(page.groups) {
        subsection(&mut roff, heading);
        page.fields(&mut roff, group, &[])?;
    }
    section(&mut roff, "VALUES");
    page.values(&mut roff);
    bullets(&mut roff, "RULES FOR READERS", &READERS);
    bullets(&mut roff, "RULES FOR WRITERS", &WRITERS);
    section(&mut roff, "EXIT CODES");
    paragraphs(&mut roff, &EXIT_CODES);
    examples(&mut roff, &EXAMPLES);
    see_also(&mut roff, ["tt-plan(1)", "tt-push(1)", "tt-verify(1)", "jq(1)", "split(1)"]);
    Ok(preface() + &roff.render())
}

/// From the title to the first example.
fn head(roff: &mut Roff) -> Result<()> {
    roff.control("TH", ["TT-RECORDS", "5", DATE, SOURCE, SUITE]);
    section(roff, "NAME");
    opening(roff, "tt-records - the records that tt-plan, tt-push and tt-verify exchange");
    section(roff, "DESCRIPTION");
    paragraphs(roff, &INTRODUCTION);
    code(roff, &example()?);
    Ok(())
}

/// The stream that the documentation of the library shows.
fn example() -> Result<String> {
    let source = include_str!("../../lib/record/src/lib.rs");
    let block = source.split("//! ```json\n").nth(1).and_then(|rest| rest.split("//! ```").next());
    let lines = block.ok_or("the library shows no stream")?.lines();
    Ok(lines.map(|line| line.trim_start_matches("//! ")).collect::<Vec<_>>().join("\n"))
}

/// The schema, and the groups of fields that are described once.
struct Page<'a> {
    schema: &'a Value,
    groups: &'a [Value],
}

impl Page<'_> {
    /// Every record of the schema, in its order.
    fn records(&self, roff: &mut Roff) -> Result<()> {
        let variants = self.schema["oneOf"].as_array().ok_or("the schema has no records")?;
        let mut names = variants.iter().filter_map(|variant| variant["properties"]["type"]["const"].as_str());
        // Records that have their fields in common stand together.
        for (together, who, what) in RECORDS {
            if !together.split(", ").all(|name| names.next() == Some(name)) {
                return Err(
                    format!("the schema has other records, or in another order, than {together}").into()
                );
            }
            let fields = first_of(self.schema, together).ok_or("a record without fields")?;
            subsection(roff, together);
            opening(roff, &format!("{what} Written by {who}."));
            self.fields(roff, fields, self.groups)?;
        }
        names.next().map_or(Ok(()), |name| Err(format!("nothing is said about {name}").into()))
    }

    /// The fields of an object. Where it holds a whole group, only the group's name.
    fn fields(&self, roff: &mut Roff, object: &Value, groups: &[Value]) -> Result<()> {
        let fields = object["properties"].as_object().ok_or("no fields")?;
        let holds = |group: &Value| {
            group["properties"]
                .as_object()
                .is_some_and(|group| group.keys().all(|name| fields.contains_key(name)))
        };
        let held: Vec<_> = groups.iter().zip(GROUPS).filter(|(group, _)| holds(group)).collect();
        let mut own: Vec<_> = fields
            .iter()
            .filter(|(name, _)| *name != "type" || !object["required"].is_null())
            .filter(|(name, _)| !held.iter().any(|(group, _)| !group["properties"][name.as_str()].is_null()))
            .collect();
        let required =
            |name: &str| object["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
        own.sort_by_key(|(name, _)| !required(name));
        for (name, field) in own {
            let optional = if required(name) { "" } else { ", optional" };
            let kind = format!(" ({}{optional})", self.kind(field));
            item(roff, [bold(name), roman(kind)], &description(field));
            if let Some(inner) = resolve(self.schema, field).filter(|inner| inner["properties"].is_object()) {
                roff.control("RS", []);
                self.fields(roff, inner, &[])?;
                roff.control("RE", []);
            }
        }
        let held: Vec<_> = held.iter().map(|(_, name)| format!("\"{name}\"")).collect();
        if !held.is_empty() {
            paragraph(roff, &format!("And the fields of {}.", held.join(", ")));
        }
        Ok(())
    }

    /// The values of every field that has a list of them.
    fn values(&self, roff: &mut Roff) {
        let definitions = self.schema["$defs"].as_object();
        for definition in definitions.into_iter().flatten().map(|(_, definition)| definition) {
            let Some(values) = listed(definition) else { continue };
            subsection(roff, &heading(definition));
            for value in values {
                let term = value["const"].as_str().map_or_else(|| roman("anything else"), bold);
                item(roff, [term], &description(value));
            }
        }
    }

    /// The type of a field in a word or two.
    fn kind(&self, field: &Value) -> String {
        if let Some(definition) = resolve(self.schema, field) {
            return match listed(definition) {
                Some(_) => format!("string: see \"{}\"", heading(definition)),
                None => self.kind(definition),
            };
        }
        let first = field["type"].as_array().and_then(|types| types.first()).unwrap_or(&field["type"]);
        let kind = first.as_str().unwrap_or("any").to_owned();
        match field["additionalProperties"]["type"].as_str() {
            Some(of) => format!("{kind} of {of}s"),
            None => kind,
        }
    }
}

/// What the first of the records that stand together in [`RECORDS`] looks like; the others have the same fields.
pub(crate) fn first_of<'s>(schema: &'s Value, together: &str) -> Option<&'s Value> {
    let first = together.split(", ").next()?;
    let is_first = |variant: &&Value| variant["properties"]["type"]["const"] == first;
    resolve(schema, schema["oneOf"].as_array()?.iter().find(is_first)?)
}

/// What a reference leads to, also one that may be null.
fn resolve<'s>(schema: &'s Value, field: &Value) -> Option<&'s Value> {
    let nullable =
        field["anyOf"].as_array().and_then(|either| either.iter().find_map(|one| one["$ref"].as_str()));
    let name = field["$ref"].as_str().or(nullable)?.strip_prefix("#/$defs/")?;
    schema["$defs"].get(name)
}

/// The values that a definition lists.
fn listed(definition: &Value) -> Option<&Vec<Value>> {
    definition["oneOf"].as_array().or_else(|| definition["anyOf"].as_array())
}

/// The first sentence of a description.
fn heading(definition: &Value) -> String {
    let text = description(definition);
    text.split('.').next().unwrap_or_default().to_owned()
}

fn description(value: &Value) -> String {
    value["description"].as_str().unwrap_or_default().to_owned()
}
