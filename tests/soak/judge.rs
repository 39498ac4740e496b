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
    /// Keys outside of the destination whose objects are not what they were.
    pub(crate) touched: &'a [String],
    pub(crate) outcome: &'a Outcome,
}

impl Found<'_> {
    /// Fails the test if anything was lost, mixed up, said to be done that was not, deleted too early, or touched outside of the
    /// destination.
    pub(crate) fn judge(&self) {
        let stored = self.mixed().chain(self.lost()).chain(self.early()).chain(self.touched());
        self.fail_if(stored.chain(self.false_success()));
    }

    /// Fails the test unless exactly this item failed, and all deletions with it.
    pub(crate) fn judge_failure(&self, name: &str) {
        let codes = (self.codes() != [0, 1, 1]).then(|| format!("exit codes {:?}", self.codes()));
        let changed = self.stored.get(name) != self.before.get(name);
        let changed = changed.then(|| format!("failed, and yet changed: {name}"));
        let others = self
            .source
            .now()
            .iter()
            .filter(|(other, hash)| *other != name && self.stored.get(*other) != Some(*hash));
        let others = others.map(|(other, _)| format!("not uploaded, since another item failed: {other}"));
        let deleted = self.deleted().map(|other| format!("deleted in spite of a failure: {other}"));
        let due: BTreeSet<_> = self.extraneous().map(String::as_str).chain([name]).collect();
        let failed = self.names("fail");
        let failed = (!failed.iter().eq(&due)).then(|| format!("failed {failed:?}, and not {due:?}"));
        self.fail_if(codes.into_iter().chain(changed).chain(others).chain(deleted).chain(failed));
    }

    fn fail_if(&self, wrong: impl Iterator<Item = String>) {
        let wrong: Vec<_> = wrong.collect();
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

    /// Names that were stored, and that no file has.
    fn extraneous(&self) -> impl Iterator<Item = &String> {
        self.before.keys().filter(|name| !self.source.now().contains_key(*name))
    }

    /// Those that are gone.
    pub(crate) fn deleted(&self) -> impl Iterator<Item = &String> {
        self.extraneous().filter(|name| !self.stored.contains_key(*name))
    }

    /// Objects that were deleted, and not all uploads had succeeded.
    fn early(&self) -> impl Iterator<Item = String> {
        let missing = self.source.now().iter().find(|(name, hash)| self.stored.get(*name) != Some(*hash));
        let deleted =
            missing.into_iter().flat_map(|(missing, _)| self.deleted().map(move |name| (name, missing)));
        deleted.map(|(name, missing)| format!("deleted early: {name}, before {missing} was there"))
    }

    fn touched(&self) -> impl Iterator<Item = String> {
        self.touched.iter().map(|key| format!("outside of the destination: {key}"))
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

    /// Names in the records of one type.
    pub(crate) fn names(&self, kind: &str) -> BTreeSet<String> {
        let dest = World::dest();
        let records = self.claims().filter(|record| record["type"] == kind);
        records.filter_map(|record| Some(record["dst"].as_str()?.strip_prefix(&dest)?.to_owned())).collect()
    }

    /// Parts that were there already.
    pub(crate) fn resumed(&self) -> u64 {
        self.claims().filter_map(|record| record["resumed"].as_u64()).sum()
    }
}
