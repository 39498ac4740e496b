use super::*;

fn little(memory: usize, dir: &Path) -> WalkOptions {
    WalkOptions { spill: Spill { dir: dir.into(), memory }, ..WalkOptions::default() }
}

fn many() -> (TempDir, Vec<String>) {
    let names: BTreeSet<_> = (0..2000).map(|number| format!("d/{}/f{number}", number % 2)).collect();
    let dir = tree(&names.iter().map(String::as_str).collect::<Vec<_>>());
    (dir, names.into_iter().collect())
}

#[test]
fn a_directory_that_is_too_large_is_sorted_all_the_same() {
    let ((dir, names), temporary) = (many(), tempfile::tempdir().unwrap());
    for memory in [0, 100, 5000, 30_000] {
        assert_eq!(shown(&all(dir.path(), little(memory, temporary.path()))), names, "{memory}");
    }
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
}

#[test]
fn without_a_temporary_file_a_large_directory_is_unknown_and_the_rest_goes_on() {
    let mut keys: Vec<_> = (0..20).map(|number| format!("big/{number}")).collect();
    keys.extend(["x".into(), "y/z".into()]);
    let dir = tree(&keys.iter().map(String::as_str).collect::<Vec<_>>());
    let gone = dir.path().join("no/such");
    let found = all(dir.path(), little(200, &gone));
    assert_eq!(shown(&found), [r#"Below("big/") unknown io"#, "x", "y/z"]);
    let Found::Unknown { path, problem, .. } = &found[0] else { panic!() };
    assert_eq!(*path, dir.path().join("big"));
    assert!(problem.message.contains("big by means of a temporary file in"), "{problem}");
    assert!(problem.message.ends_with("no/such: no such file or directory"), "{problem}");
    assert!(problem.hint.as_ref().unwrap().contains("--tmp-dir"));
}
