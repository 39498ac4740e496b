use std::{collections::BTreeSet, ffi::OsString, os::unix::ffi::OsStringExt, os::unix::fs::symlink};

use rustix::fs::{CWD, FileType, Mode, OFlags, mkdirat, mknodat, openat};
use tempfile::TempDir;

use super::*;
use crate::Rule;

fn tree(keys: &[&str]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for key in keys {
        plant(dir.path(), key);
    }
    dir
}

/// Creates a file with its key as content; an empty directory if the key ends in a slash.
fn plant(root: &Path, key: &str) {
    let path = root.join(key);
    if key.ends_with('/') {
        return fs::create_dir_all(path).unwrap();
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, key).unwrap();
}

fn walk(root: &Path, symlinks: Symlinks, rules: &[Rule]) -> Vec<Found> {
    let filter = Filter::new(rules.iter().cloned()).unwrap();
    Walk::new(root, WalkOptions { symlinks, filter }).unwrap().collect()
}

/// One line for each item.
fn shown(found: &[Found]) -> Vec<String> {
    let show = |found: &Found| match found {
        Found::File(file) => file.name.clone(),
        Found::Skip { name, why, .. } => format!("{name} skip {why:?}"),
        Found::Unknown { range, problem, .. } => format!("{range:?} unknown {}", problem.kind),
    };
    found.iter().map(show).collect()
}

fn follow(root: &Path) -> Vec<String> {
    shown(&walk(root, Symlinks::Follow, &[]))
}

/// The next of a sequence that looks random and is always the same.
fn dice(state: &mut u64, sides: usize) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*state >> 33).unwrap() % sides
}

#[test]
fn keys_come_in_the_order_of_their_bytes() {
    let names = [
        "a",
        "a.b",
        "a0",
        "a b",
        "a-",
        "a/",
        "-rf",
        " ",
        "\n",
        "new\nline",
        "é",
        "e\u{301}",
        "\u{1f600}",
        "\u{ffff}",
        "A",
        "~",
        "a\u{1}",
        "a\\",
        ".hidden",
        "..a",
    ];
    let names = names.map(|name| name.trim_end_matches('/'));
    for seed in 1..=8_u64 {
        let (dir, mut state) = (tempfile::tempdir().unwrap(), seed);
        let mut keys = BTreeSet::new();
        for _ in 0..300 {
            let depth = 1 + dice(&mut state, 4);
            let key = (0..depth).map(|_| names[dice(&mut state, names.len())]).collect::<Vec<_>>().join("/");
            let path = dir.path().join(&key);
            // A name is taken either by a file or by a directory.
            if !path.exists() && fs::create_dir_all(path.parent().unwrap()).is_ok() {
                fs::write(&path, &key).unwrap();
                keys.insert(key);
            }
        }
        assert!(keys.len() > 50);
        assert_eq!(follow(dir.path()), keys.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn a_file_is_described() {
    let dir = tree(&["d/file"]);
    let found = walk(dir.path(), Symlinks::Follow, &[]);
    let path = dir.path().join("d/file");
    let mtime = mtime(&fs::metadata(&path).unwrap());
    assert_eq!(found, [Found::File(FoundFile { path, name: "d/file".into(), size: 6, mtime })]);
}

#[test]
fn a_directory_sorts_with_its_slash() {
    let dir = tree(&["a/x", "a.b", "a0", "a-", "b/"]);
    assert_eq!(follow(dir.path()), ["a-", "a.b", "a/x", "a0"]);
}

#[test]
fn the_root_may_be_a_file_a_link_or_end_in_a_slash() {
    let dir = tree(&["d/file"]);
    let root = dir.path();
    symlink("d", root.join("link")).unwrap();
    symlink("d/file", root.join("link-to-file")).unwrap();
    for (path, name) in
        [("d", "file"), ("d/", "file"), ("d//./", "file"), ("link", "file"), ("link/", "file")]
    {
        for symlinks in [Symlinks::Follow, Symlinks::Skip, Symlinks::Error] {
            assert_eq!(shown(&walk(&root.join(path), symlinks, &[])), [name], "{path}");
        }
    }
    assert_eq!(shown(&walk(&root.join("d/file"), Symlinks::Skip, &[])), ["file"]);
    assert_eq!(shown(&walk(&root.join("d/file/"), Symlinks::Skip, &[])), ["file"]);
    assert_eq!(shown(&walk(&root.join("link-to-file"), Symlinks::Error, &[])), ["link-to-file"]);
    assert!(walk(&root.join("d/file"), Symlinks::Follow, &[Rule::exclude("*")]).is_empty());
    let walk = Walk::new(&root.join("d/"), WalkOptions::default()).unwrap();
    assert_eq!(walk.root().as_os_str(), root.join("d").as_os_str());
    let relative = Walk::new(Path::new("src"), WalkOptions::default()).unwrap();
    assert!(relative.root().is_absolute());
}

#[test]
fn a_root_that_is_not_there_is_named() {
    let dir = tree(&["file"]);
    symlink("nowhere", dir.path().join("broken")).unwrap();
    for name in ["gone", "gone/below", "file/below", "broken"] {
        let Err(problem) = Walk::new(&dir.path().join(name), WalkOptions::default()) else {
            panic!("{name}")
        };
        assert_eq!(problem.kind, ProblemKind::NoSource);
        assert!(problem.message.contains(name) && problem.hint.is_some(), "{problem}");
    }
    assert!(Walk::new(Path::new(""), WalkOptions::default()).is_err());
}

#[test]
fn links_are_followed_but_not_in_circles() {
    let dir = tree(&["real/x", "real/sub/y", "z"]);
    let root = dir.path();
    for (target, link) in [
        ("real", "link"),
        ("z", "link-to-file"),
        ("nowhere", "broken"),
        ("z/below", "broken-too"),
        ("self", "self"),
        ("..", "real/sub/up"),
        (".", "real/here"),
    ] {
        symlink(target, root.join(link)).unwrap();
    }
    let below = |name: &str| {
        let lines = ["here skip LinkLoop", "sub/up skip LinkLoop", "sub/y", "x"];
        lines.map(|line| format!("{name}/{line}"))
    };
    let mut expected = vec!["broken skip BrokenLink".to_string(), "broken-too skip BrokenLink".into()];
    expected.push("link-to-file".into());
    expected.extend(below("link"));
    expected.extend(below("real"));
    expected.extend(["self skip LinkLoop".into(), "z".into()]);
    assert_eq!(follow(root), expected);
}

#[test]
fn a_link_to_above_the_root_ends() {
    let dir = tree(&["root/x", "other"]);
    symlink("..", dir.path().join("root/up")).unwrap();
    assert_eq!(follow(&dir.path().join("root")), ["up/other", "up/root/up skip LinkLoop", "up/root/x", "x"]);
}

#[test]
fn links_are_skipped_or_refused() {
    let dir = tree(&["a/x"]);
    symlink("a", dir.path().join("l")).unwrap();
    symlink("nowhere", dir.path().join("m")).unwrap();
    let skipped = shown(&walk(dir.path(), Symlinks::Skip, &[]));
    assert_eq!(skipped, ["a/x", "l skip Symlink", "m skip Symlink"]);
    let refused = walk(dir.path(), Symlinks::Error, &[]);
    let expected = ["a/x", r#"Key("l") unknown refused"#, r#"Key("m") unknown refused"#];
    assert_eq!(shown(&refused), expected);
    let Found::Unknown { problem, .. } = &refused[1] else { panic!() };
    assert!(problem.hint.as_ref().unwrap().contains("--symlinks follow or --symlinks skip"));
}

#[test]
fn what_is_neither_file_nor_directory_is_skipped() {
    let dir = tree(&["x"]);
    let root = dir.path();
    mknodat(CWD, root.join("fifo"), FileType::Fifo, Mode::RWXU, 0).unwrap();
    let _listener = std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
    symlink("/dev/null", root.join("null")).unwrap();
    symlink("fifo", root.join("pipe")).unwrap();
    let expected = ["fifo skip Fifo", "null skip Device", "pipe skip Fifo", "socket skip Socket", "x"];
    assert_eq!(follow(root), expected);
    assert_eq!(follow(Path::new("/dev/null")), ["null skip Device"]);
}

#[test]
fn names_that_are_not_utf8_are_unknown_once() {
    let dir = tree(&["a", "z"]);
    let raw = |bytes: &[u8]| dir.path().join(OsString::from_vec(bytes.to_vec()));
    fs::write(raw(b"f\xff"), "").unwrap();
    fs::create_dir(raw(b"d\xff")).unwrap();
    fs::write(raw(b"d\xff/x"), "").unwrap();
    mknodat(CWD, raw(b"p\xff"), FileType::Fifo, Mode::RWXU, 0).unwrap();
    let found = walk(dir.path(), Symlinks::Follow, &[]);
    assert_eq!(shown(&found), ["a", "None unknown name", "None unknown name", "p\u{fffd} skip Fifo", "z"]);
    let Found::Unknown { path, .. } = &found[1] else { panic!() };
    assert_eq!(*path, raw(b"d\xff"));
    assert_eq!(shown(&walk(dir.path(), Symlinks::Follow, &[Rule::exclude("[!az]*")])), ["a", "z"]);
}

#[test]
fn filters_come_before_everything() {
    let dir = tree(&["keep/a.jpg", "keep/b.txt", "logs/x", "sub/logs/y/z", "logs2"]);
    let root = dir.path();
    mknodat(CWD, root.join("keep/fifo"), FileType::Fifo, Mode::RWXU, 0).unwrap();
    symlink("nowhere", root.join("logs/broken")).unwrap();
    symlink("logs", root.join("link")).unwrap();
    let no_logs = [Rule::exclude("logs/*"), Rule::exclude("fifo"), Rule::exclude("/link/")];
    assert_eq!(shown(&walk(root, Symlinks::Follow, &no_logs)), ["keep/a.jpg", "keep/b.txt", "logs2"]);
    let jpg = [Rule::exclude("*"), Rule::include("*.jpg")];
    for symlinks in [Symlinks::Follow, Symlinks::Skip, Symlinks::Error] {
        assert_eq!(shown(&walk(root, symlinks, &jpg)), ["keep/a.jpg"]);
    }
    assert!(walk(root, Symlinks::Error, &[Rule::exclude("*")]).is_empty());
}

#[test]
fn deep_trees_are_walked_to_the_bottom() {
    let key = format!("{}bottom", "d/".repeat(400));
    let dir = tree(&[&key, "d/e"]);
    assert_eq!(follow(dir.path()), [key.as_str(), "d/e"]);
    assert_eq!(shown(&walk(dir.path(), Symlinks::Skip, &[Rule::exclude("e")])), [key]);
}

#[test]
fn a_directory_out_of_reach_is_unknown_and_the_rest_goes_on() {
    let dir = tree(&["a", "z"]);
    // A path that is longer than a path may be, built step by step.
    let (name, mut at) = ("n".repeat(200), openat(CWD, dir.path(), OFlags::PATH, Mode::empty()).unwrap());
    for _ in 0..25 {
        mkdirat(&at, &name, Mode::RWXU).unwrap();
        at = openat(&at, &name, OFlags::PATH, Mode::empty()).unwrap();
    }
    let found = walk(dir.path(), Symlinks::Follow, &[]);
    assert_eq!(found.len(), 3, "{:?}", shown(&found));
    let Found::Unknown { range: KeyRange::Below(prefix), problem, path } = &found[1] else { panic!() };
    assert!(prefix.ends_with('/') && path.ends_with(prefix));
    assert!(problem.message.ends_with(": file name too long"), "{problem}");
    assert!(walk(dir.path(), Symlinks::Follow, &[Rule::exclude("n*/")]).len() == 2);
}

#[test]
fn a_directory_that_may_not_be_read_is_unknown() {
    let dir = tree(&["a", "closed/x", "z"]);
    let closed = dir.path().join("closed");
    let mode =
        |mode| fs::set_permissions(&closed, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    mode(0o000);
    let enforced = fs::read_dir(&closed).is_err();
    let found = walk(dir.path(), Symlinks::Follow, &[]);
    let filtered = walk(dir.path(), Symlinks::Follow, &[Rule::exclude("closed/*")]);
    let as_root = Walk::new(&closed, WalkOptions::default()).err();
    mode(0o700);
    assert_eq!(shown(&filtered), ["a", "z"]);
    // Root may read everything.
    if enforced {
        assert_eq!(shown(&found), ["a", r#"Below("closed/") unknown unreadable"#, "z"]);
        let Found::Unknown { problem, .. } = &found[1] else { panic!() };
        assert_eq!(problem.message, format!("can't read directory {}: permission denied", closed.display()));
        assert_eq!(as_root.unwrap().kind, ProblemKind::Unreadable);
    }
}

#[test]
fn files_that_may_not_be_looked_at_are_unknown() {
    let dir = tree(&["d/x", "z"]);
    let closed = dir.path().join("d");
    let mode =
        |mode| fs::set_permissions(&closed, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    mode(0o400);
    let enforced = fs::metadata(closed.join("x")).is_err();
    let found = follow(dir.path());
    mode(0o700);
    if enforced {
        assert_eq!(found, [r#"Key("d/x") unknown unreadable"#, "z"]);
    }
}

#[test]
fn a_directory_that_was_read_in_part_is_unknown_and_gives_what_it_had() {
    let dir = tree(&["a/x", "b"]);
    let mut walk = Walk::new(dir.path(), WalkOptions::default()).unwrap();
    let mut listing = walk.list(Matched::default(), None).unwrap();
    listing.error = Some(Errno::IO.into());
    walk.levels.clear();
    walk.push(listing, None);
    assert_eq!(shown(&walk.collect::<Vec<_>>()), [r#"Below("") unknown unreadable"#, "a/x", "b"]);
}

#[test]
fn what_vanishes_is_left_out() {
    let dir = tree(&["a", "b", "c/x", "d"]);
    let mut walk = Walk::new(dir.path(), WalkOptions::default()).unwrap();
    assert_eq!(shown(&[walk.next().unwrap()]), ["a"]);
    fs::remove_file(dir.path().join("b")).unwrap();
    fs::remove_dir_all(dir.path().join("c")).unwrap();
    assert_eq!(shown(&walk.collect::<Vec<_>>()), ["d"]);
}

#[test]
fn a_directory_that_becomes_something_else_is_unknown() {
    let dir = tree(&["a", "b/x", "c"]);
    for replace in
        [(|path| fs::write(path, "").unwrap()) as fn(&Path), |path| symlink("nowhere", path).unwrap()]
    {
        let mut walk = Walk::new(dir.path(), WalkOptions::default()).unwrap();
        assert_eq!(shown(&[walk.next().unwrap()]), ["a"]);
        let path = dir.path().join("b");
        fs::remove_dir_all(&path).unwrap();
        replace(&path);
        assert_eq!(shown(&walk.collect::<Vec<_>>()), [r#"Below("b/") unknown unreadable"#, "c"]);
        fs::remove_file(&path).unwrap();
        plant(dir.path(), "b/x");
    }
}

#[test]
fn a_file_that_becomes_a_directory_is_unknown() {
    let dir = tree(&["a", "b"]);
    let mut walk = Walk::new(dir.path(), WalkOptions::default()).unwrap();
    assert_eq!(shown(&[walk.next().unwrap()]), ["a"]);
    fs::remove_file(dir.path().join("b")).unwrap();
    plant(dir.path(), "b/x");
    assert_eq!(shown(&walk.collect::<Vec<_>>()), [r#"Key("b") unknown changing"#]);
}
