//! The walk against one that is obviously right, over trees that chance makes.

use proptest::prelude::*;

use super::*;

/// Names around the slash, where the order of keys and that of paths differ, and beyond ASCII.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[-./0a]{1,3}",
        2 => "[a-c][-.0!]{0,2}",
        1 => "[\u{1}\u{7f}\u{e9}\u{ffff}\u{1f600}]{1,2}",
        1 => "x{60}[a-e]",
    ]
    .prop_map(|name| name.replace('/', "~"))
    .prop_filter("is no name", |name| !matches!(name.as_str(), "." | ".."))
}

fn keys() -> impl Strategy<Value = Vec<String>> {
    let key = prop::collection::vec(name(), 1..5).prop_map(|names| names.join("/"));
    prop::collection::vec(key, 0..100)
}

/// Every file below `directory`, in no order and without any thrift.
fn naive(directory: &Path, prefix: &str, keys: &mut Vec<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let key = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            naive(&entry.path(), &format!("{key}/"), keys);
        } else {
            keys.push(key);
        }
    }
}

fn grow(keys: &[String]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for key in keys {
        let path = dir.path().join(key);
        // A name is taken either by a file or by a directory.
        if fs::create_dir_all(path.parent().unwrap()).is_ok() && !path.exists() {
            fs::write(path, key).unwrap();
        }
    }
    dir
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_walk_gives_all_files_in_the_order_of_keys(keys in keys(), memory in 0_usize..3000) {
        let dir = grow(&keys);
        let mut expected = Vec::new();
        naive(dir.path(), "", &mut expected);
        let listed: Vec<_> = expected.iter().map(|key| Ok(key.clone().into_bytes())).collect();
        expected.sort();
        let options =
            WalkOptions { spill: Spill { memory, ..Spill::default() }, ..WalkOptions::default() };
        prop_assert_eq!(&shown(&all(dir.path(), options.clone())), &expected);
        let walk = Walk::of_names(dir.path(), listed.into_iter(), options).unwrap();
        prop_assert_eq!(&shown(&walk.flatten().collect::<Vec<_>>()), &expected);
    }
}
