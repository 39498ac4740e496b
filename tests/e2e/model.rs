//! The plan beside a model of it that is too simple to be wrong, for random trees and random buckets.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, SystemTime},
};

use proptest::{
    collection::{btree_map, vec},
    prelude::{Just, Strategy, any, prop_oneof},
    sample::select,
    test_runner::{Config, TestCaseError, TestRunner},
};
use tt_tests::{Records, Scene, plan, request, set_modified};

/// How many trees and buckets are tried.
const CASES: u32 = 100;

/// A file of some size, older or newer than all objects.
#[derive(Clone, Debug)]
struct File {
    size: usize,
    newer: bool,
}

/// Both sides, and how they are compared.
#[derive(Clone, Debug)]
struct Case {
    files: BTreeMap<String, File>,
    /// Sizes by key below the destination.
    objects: BTreeMap<String, usize>,
    delete: bool,
    all: bool,
    /// A directory at the top that is left out.
    excluded: Option<&'static str>,
    page: usize,
    memory: &'static str,
    concurrency: u8,
}

/// Names whose order as files is not that of their keys, and of more than one byte a character.
const NAMES: [&str; 12] = ["a", "b", "a.b", "a-", "a0", "A", "é", "e\u{301}", "😀", "\u{ffff}", "~", " "];

fn path() -> impl Strategy<Value = String> {
    let name = prop_oneof![4 => select(&NAMES[..]).prop_map(str::to_owned), 1 => "[!-.0-~à-ÿ]{1,3}"];
    let name = name.prop_filter("not a name", |name| name != "." && name != "..");
    vec(name, 1..4).prop_map(|names| names.join("/"))
}

fn key() -> impl Strategy<Value = String> {
    let any_key = "[a-c/.é😀\u{10fff}]{1,6}";
    prop_oneof![6 => path(), 1 => path().prop_map(|path| path + "/"), 2 => any_key]
}

fn case(pages: usize) -> impl Strategy<Value = Case> {
    let file = (0..3_usize, any::<bool>()).prop_map(|(size, newer)| File { size, newer });
    let files = btree_map(path(), file, 0..40).prop_map(without_conflicts);
    let shared = (files, any::<u64>()).prop_map(|(files, seed)| {
        // Some of the files are there already: else hardly any key would be on both sides.
        let there = files.iter().enumerate().filter(|(index, _)| seed >> (index % 64) & 1 == 1);
        let there: BTreeMap<_, _> = there.map(|(_, (name, file))| (name.clone(), file.size)).collect();
        (files, there)
    });
    let others = btree_map(key(), 0..3_usize, 0..40);
    let how = (any::<bool>(), any::<bool>(), select(vec![None, None, Some("a"), Some("é")]), 0..pages);
    let means = (select(vec!["1KiB", "2KiB", "32MiB"]), 1..9_u8);
    (shared, others, how, means, Just(())).prop_map(|((files, there), others, how, means, ())| Case {
        files,
        objects: others.into_iter().chain(there).collect(),
        delete: how.0,
        all: how.1,
        excluded: how.2,
        page: how.3,
        memory: means.0,
        concurrency: means.1,
    })
}

/// Nothing is a file and a directory.
fn without_conflicts(files: BTreeMap<String, File>) -> BTreeMap<String, File> {
    let directories: BTreeSet<String> = files
        .keys()
        .flat_map(|name| name.match_indices('/').map(|(at, _)| name[..at].to_owned()).collect::<Vec<_>>())
        .collect();
    files.into_iter().filter(|(name, _)| !directories.contains(name)).collect()
}

impl Case {
    fn is_excluded(&self, key: &str) -> bool {
        self.excluded.is_some_and(|name| key.strip_prefix(name).is_some_and(|rest| rest.starts_with('/')))
    }

    /// What is to be said, as type, reason and key.
    fn model(&self) -> BTreeSet<(&str, &str, &str)> {
        let mut said = BTreeSet::new();
        for (name, file) in self.files.iter().filter(|(name, _)| !self.is_excluded(name)) {
            match self.objects.get(name) {
                None => said.insert(("put", "new", name.as_str())),
                Some(size) if *size != file.size => said.insert(("put", "size", name)),
                Some(_) if file.newer => said.insert(("put", "newer", name)),
                Some(_) => self.all && said.insert(("keep", "", name)),
            };
        }
        for (key, size) in self.objects.iter().filter(|(key, _)| !self.is_excluded(key)) {
            let marker = key.ends_with('/') && *size == 0;
            if self.delete && !marker && !self.files.contains_key(key) {
                said.insert(("delete", "", key));
            }
        }
        said
    }

    fn build(&self, scene: &Scene, name: &str) {
        let hour = Duration::from_hours(1);
        let (past, future) = (SystemTime::now() - hour, SystemTime::now() + hour);
        let mut tree = scene.tree(name);
        for (name, file) in &self.files {
            let path = tree.file(name, &b"xyz"[..file.size]);
            set_modified(&path, if file.newer { future } else { past });
        }
        for (key, size) in &self.objects {
            let encoded = key.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"));
            let target = format!("/bucket/{name}/{encoded}");
            assert_eq!(request(&scene.url(), "PUT", &target, &[], &b"xyz"[..*size]).status, 200);
        }
    }

    fn plan(&self, scene: &Scene, name: &str) -> Records {
        let mut stage = plan(scene.path(name), &format!("s3://bucket/{name}/"))
            .args(["--memory", self.memory])
            .args(["--list-concurrency", &self.concurrency.to_string()]);
        if self.delete {
            stage = stage.args(["--delete", "--max-delete", "100%", "--allow-empty-source"]);
        }
        if self.all {
            stage = stage.arg("--all");
        }
        if let Some(name) = self.excluded {
            stage = stage.args(["--exclude", &format!("/{name}/")]);
        }
        scene.run(stage).expect(0).records()
    }

    fn check(&self, scene: &Scene, name: &str) -> Result<(), TestCaseError> {
        self.build(scene, name);
        let records = self.plan(scene, name);
        let prefix = format!("s3://bucket/{name}/");
        let text =
            |record: &serde_json::Value, field: &str| record[field].as_str().unwrap_or_default().to_owned();
        let mut told: Vec<_> = Vec::new();
        for record in &records.items {
            let key = text(record, "dst").strip_prefix(&prefix).unwrap().to_owned();
            told.push((text(record, "type"), text(record, "why"), key));
        }
        let model = self.model();
        let expected: BTreeSet<_> =
            model.iter().map(|(r#type, why, key)| ((*r#type).into(), (*why).into(), (*key).into())).collect();
        let set: BTreeSet<_> = told.iter().cloned().collect();
        proptest::prop_assert_eq!(&set, &expected);
        proptest::prop_assert_eq!(told.len(), set.len(), "said twice");
        let keys = |deletions| told.iter().filter(move |(r#type, ..)| (r#type == "delete") == deletions);
        for deletions in [false, true] {
            proptest::prop_assert!(keys(deletions).is_sorted_by_key(|(.., key)| key), "out of order");
        }
        Ok(())
    }
}

#[test]
fn the_plan_is_that_of_a_simple_model_whatever_the_ranges_pages_and_spills() {
    let scenes: Vec<_> = [1, 2, 7, 1000]
        .map(|page| {
            Scene::with(|_, options| {
                options.anonymous = true;
                options.page = page;
            })
        })
        .into();
    let mut runner = TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    let count = std::cell::Cell::new(0);
    let checked = runner.run(&case(scenes.len()), |case| {
        count.set(count.get() + 1);
        case.check(&scenes[case.page], &format!("case-{}", count.get()))
    });
    if let Err(failure) = checked {
        panic!("{failure}");
    }
}
