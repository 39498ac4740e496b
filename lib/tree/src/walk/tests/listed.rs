use super::*;

fn names(root: &Path, names: &[&[u8]], options: WalkOptions) -> Vec<Found> {
    let names: Vec<_> = names.iter().map(|name| Ok(name.to_vec())).collect();
    Walk::of_names(root, names.into_iter(), options).unwrap().flatten().collect()
}

#[test]
fn listed_names_come_sorted_and_once() {
    let dir = tree(&["a/x", "a.b", "a/y", "not-listed", "z"]);
    let absolute = dir.path().join("a/y").into_os_string().into_vec();
    let list = [&b"z"[..], b"./a//x", b"a/x", b"", b"a.b", &absolute, b"./z"];
    for memory in [0, 16 << 20] {
        let options = WalkOptions { spill: Spill { memory, ..Spill::default() }, ..WalkOptions::default() };
        assert_eq!(shown(&names(dir.path(), &list, options)), ["a.b", "a/x", "a/y", "z"]);
    }
    let filter = Filter::new([Rule::exclude("a/")]).unwrap();
    let options = WalkOptions { filter, ..WalkOptions::default() };
    assert_eq!(shown(&names(dir.path(), &list, options)), ["a.b", "z"]);
}

#[test]
fn what_is_listed_and_no_file_is_unknown() {
    let dir = tree(&["d/x"]);
    mknodat(CWD, dir.path().join("fifo"), FileType::Fifo, Mode::RWXU, 0).unwrap();
    let list = [&b"d/"[..], b"gone", b"d/x/y", b"../up", b"/etc/passwd", b"fifo", b"\xff", b"."];
    let found = names(dir.path(), &list, WalkOptions::default());
    assert_eq!(
        shown(&found),
        [
            "None unknown usage",
            "None unknown usage",
            r#"Below("") unknown usage"#,
            r#"Key("d") unknown usage"#,
            r#"Key("d/x/y") unknown no-source"#,
            "fifo skip Fifo",
            r#"Key("gone") unknown no-source"#,
            "None unknown name",
        ]
    );
    let Found::Unknown { problem, .. } = &found[3] else { panic!() };
    assert_eq!(problem.hint.as_deref(), Some("name the files in it"));
}

#[test]
fn links_in_a_list_are_what_the_options_say() {
    let dir = tree(&["d/e/x", "z"]);
    symlink("d", dir.path().join("l")).unwrap();
    symlink("e", dir.path().join("d/m")).unwrap();
    symlink("z", dir.path().join("n")).unwrap();
    symlink("nowhere", dir.path().join("o")).unwrap();
    let list = [&b"l/e/x"[..], b"d/e/x", b"d/m/x", b"n", b"o", b"z"];
    let with =
        |symlinks| shown(&names(dir.path(), &list, WalkOptions { symlinks, ..WalkOptions::default() }));
    let followed = ["d/e/x", "d/m/x", "l/e/x", "n", "o skip BrokenLink", "z"];
    assert_eq!(with(Symlinks::Follow), followed);
    let skipped =
        ["d/e/x", "d/m/x skip Symlink", "l/e/x skip Symlink", "n skip Symlink", "o skip Symlink", "z"];
    assert_eq!(with(Symlinks::Skip), skipped);
    assert_eq!(with(Symlinks::Error)[1], r#"Key("d/m/x") unknown refused"#);
}

#[test]
fn a_list_that_breaks_off_leaves_all_unknown() {
    let dir = tree(&["a", "b"]);
    let list = [Ok(b"b".to_vec()), Err(io::Error::other("no more")), Ok(b"a".to_vec())];
    let walk = Walk::of_names(dir.path(), list.into_iter(), WalkOptions::default()).unwrap();
    let found: Vec<_> = walk.flatten().collect();
    assert_eq!(shown(&found), [r#"Below("") unknown io"#, "b"]);
}

#[test]
fn a_list_needs_a_directory() {
    let dir = tree(&["a"]);
    let walk = Walk::of_names(&dir.path().join("a"), std::iter::empty(), WalkOptions::default());
    assert_eq!(walk.err().unwrap().kind, ProblemKind::Usage);
}
