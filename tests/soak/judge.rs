//! What must never be, whenever a run ends and however.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tt_tests::Outcome;

use crate::{
    account::TOOLS,
    source::{Hash, Source},
    world::World,
};

/// Codes that a run which was disturbed may end with: all done; some items failed; the stream broke off; the service is not to
/// be reached; reading or writing failed; try again later; a signal. Anything else would be a bug.
const TRUE_CODES: [i32; 8] = [0, 1, 65, 69, 74, 75, 128 + 9, 128 + 13];

/// How a run ended, and what is stored then.
pub(crate) struct Found<'a> {
    pub(crate) source: &'a Source,
    /// What was stored before.
    pub(crate) before: &'a BTreeMap<String, Hash>,
    pub(crate) stored: &'a BTreeMap<String, Hash>,
    pub(crate) outcome: &'a Outcome,
}

impl Found<'_> {
    /// Fails the test if anything was lost, mixed up, or said to be done that was not.
    pub(crate) fn judge(&self) {
        let wrong: Vec<_> = self.mixed().chain(self.lost()).chain(self.false_success()).collect();
        assert!(wrong.is_empty(), "{wrong:#?}\n{}", self.outcome);
    }

    pub(crate) fn codes(&self) -> [i32; 3] {
        [0, 1, 2].map(|stage| self.outcome.stage(stage).code())
    }

    /// Objects with bytes that no file of that name ever had.
    fn mixed(&self) -> impl Iterator<Item = String> {
        let foreign = self.stored.iter().filter(|(name, hash)| !self.source.ever_was(name, hash));
        foreign.map(|(name, _)| format!("mixed: {name}"))
    }

    /// Objects that were there, whose files are there, and that are gone.
    fn lost(&self) -> impl Iterator<Item = String> {
        let files = self.source.now();
        let gone =
            self.before.keys().filter(|name| files.contains_key(*name) && !self.stored.contains_key(*name));
        gone.map(|name| format!("lost: {name}"))
    }

    /// Exit codes and records that say more than was done.
    fn false_success(&self) -> impl Iterator<Item = String> {
        let codes = self.codes();
        let bugs = codes.into_iter().zip(TOOLS).filter(|(code, _)| !TRUE_CODES.contains(code));
        let bugs = bugs.map(|(code, tool)| format!("{tool} ended with {code}"));
        // One that was killed when it had told the next one its end had done its work: what counts is what is there.
        let done = self.stored == self.source.now();
        let undone = (1..3).filter(move |&stage| codes[stage] == 0 && !done);
        let undone = undone.map(|stage| format!("{} ended with 0, and not all is there", TOOLS[stage]));
        bugs.chain(undone).chain(self.claims().filter_map(|claim| self.unfounded(&claim)))
    }

    /// The records of the last tool; one that was killed may have left a part of a line.
    fn claims(&self) -> impl Iterator<Item = Value> {
        let lines: Vec<_> =
            self.outcome.text().lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        lines.into_iter()
    }

    /// What is wrong with a record.
    fn unfounded(&self, record: &Value) -> Option<String> {
        let dest = World::dest();
        let name = record["dst"].as_str()?.strip_prefix(&dest)?;
        let (stored, file) = (self.stored.get(name), self.source.now().get(name));
        let holds = match record["type"].as_str()? {
            "verified" | "pushed" => stored.is_some() && stored == file,
            "deleted" => stored.is_none(),
            // Nothing that was stored under this name is damaged, ever.
            "mismatch" => false,
            _ => true,
        };
        (!holds).then(|| format!("not so: {record}"))
    }

    /// Names of what is proved.
    pub(crate) fn proved(&self) -> BTreeSet<String> {
        let dest = World::dest();
        let proved = self.claims().filter(|record| record["type"] == "verified");
        proved.filter_map(|record| Some(record["dst"].as_str()?.strip_prefix(&dest)?.to_owned())).collect()
    }

    /// Parts that were there already.
    pub(crate) fn resumed(&self) -> u64 {
        self.claims().filter_map(|record| record["resumed"].as_u64()).sum()
    }
}
