use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs,
    os::unix::{
        ffi::OsStringExt,
        fs::{PermissionsExt, symlink},
    },
    sync::Mutex,
};

use rustix::fs::{CWD, FileType, Mode, OFlags, mkdirat, mknodat, openat};
use tempfile::TempDir;

use super::*;
use crate::{Filter, Rule, stat::mtime};

mod listed;
mod model;
mod spilled;

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
    all(root, WalkOptions { symlinks, filter, ..WalkOptions::default() })
}

fn all(root: &Path, options: WalkOptions) -> Vec<Found> {
    Walk::new(root, options).unwrap().flatten().collect()
}

/// Walks, and does something as soon as the root was read and sorted, before anything in it is looked at. There has to
/// be a directory in the root.
fn interfere(root: &Path, meddle: impl Fn() + Send + Sync + 'static) -> Vec<String> {
    let once = std::sync::Once::new();
    let landmarks: Landmarks = Arc::new(move |_| once.call_once(&meddle));
    shown(&all(root, WalkOptions { landmarks: Some(landmarks), ..WalkOptions::default() }))
}

/// One line for each item.
fn shown(found: &[Found]) -> Vec<String> {
    let show = |found: &Found| match found {
        Found::File(file) => file.name.clone(),
        Found::Skip { range: KeyRange::Key(name), why, .. } => format!("{name} skip {why:?}"),
        Found::Skip { range, why, .. } => format!("{range:?} skip {why:?}"),
        Found::Unknown { range, problem, .. } => format!("{range:?} unknown {}", problem.kind),
        Found::LeftOut { range } => format!("{range:?} left out"),
        Found::Vanished { range, .. } => format!("{range:?} vanished"),
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
    assert_eq!(found, [Found::File(FoundFile { name: "d/file".into(), size: 6, mtime })]);
    let root = Walk::new(dir.path(), WalkOptions::default()).unwrap().root().clone();
    assert_eq!(root.path("d/file"), path);
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
    assert_eq!(walk.root().as_path().as_os_str(), root.join("d").as_os_str());
    let file = Walk::new(&root.join("d/file/"), WalkOptions::default()).unwrap();
    assert_eq!(file.root().path("file").as_os_str(), root.join("d/file").as_os_str());
    let relative = Walk::new(Path::new("src"), WalkOptions::default()).unwrap();
    assert!(relative.root().as_path().is_absolute());
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
fn what_is_behind_a_link_that_leads_nowhere_is_not_known() {
    let dir = tree(&["a", "d/x"]);
    symlink("nowhere", dir.path().join("link")).unwrap();
    let walk = Walk::new(dir.path(), WalkOptions::default()).unwrap();
    let look = |name| walk.root().look(name, Symlinks::Follow);
    assert!(matches!(look("a"), Presence::There(_, _)) && matches!(look("link"), Presence::There(_, _)));
    assert_eq!(
        (look("d"), look("other/a/b"), look("a/b")),
        (Presence::Directory, Presence::Absent, Presence::Absent)
    );
    assert_eq!(look("link/a/b"), Presence::Unknown);
}

#[test]
fn what_no_file_can_be_called_is_absent() {
    let dir = tree(&["a", "d/x"]);
    symlink("d", dir.path().join("link")).unwrap();
    let walk = Walk::new(dir.path(), WalkOptions::default()).unwrap();
    let look = |name: &str, symlinks| walk.root().look(name, symlinks);
    let long = "x".repeat(300);
    for name in [&long, &format!("d/{long}/y"), "d//x", "./a", "d/../a", "a/", "a\0", "d/"] {
        assert_eq!(look(&name.replace("\\0", "\0"), Symlinks::Follow), Presence::Absent, "{name}");
    }
    assert_eq!(look("link", Symlinks::Follow), Presence::Directory, "no file, but a directory");
    assert!(matches!(look("link", Symlinks::Skip), Presence::There(..)));
    assert!(matches!(look("link/x", Symlinks::Follow), Presence::There(..)));
    // A path that is too long for the system as a whole may be that of a file all the same.
    let deep = ["y".repeat(200).as_str(); 21].join("/");
    assert_eq!(look(&deep, Symlinks::Follow), Presence::Unknown);
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
    assert_eq!(shown(&found), ["a", "None unknown name", "None unknown name", "None skip Fifo", "z"]);
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
    let mode = |mode| fs::set_permissions(&closed, PermissionsExt::from_mode(mode)).unwrap();
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
    let mode = |mode| fs::set_permissions(&closed, PermissionsExt::from_mode(mode)).unwrap();
    mode(0o400);
    let enforced = fs::metadata(closed.join("x")).is_err();
    let found = follow(dir.path());
    mode(0o700);
    if enforced {
        assert_eq!(found, [r#"Key("d/x") unknown unreadable"#, "z"]);
    }
}

#[test]
fn what_vanishes_is_told_in_its_place() {
    let dir = tree(&["a", "b", "c/x", "d"]);
    let root = dir.path().to_path_buf();
    let found = interfere(dir.path(), move || {
        fs::remove_file(root.join("b")).unwrap();
        fs::remove_dir_all(root.join("c")).unwrap();
    });
    assert_eq!(found, ["a", r#"Key("b") vanished"#, r#"Below("c/") vanished"#, "d"]);
}

#[test]
fn what_vanishes_with_its_directory_is_told_too() {
    let names: Vec<_> = (0..1000).map(|number| format!("d/f{number:03}")).collect();
    let dir = tree(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let root = dir.path().to_path_buf();
    let landmarks: Landmarks = Arc::new(move |key| {
        if key == "d/f999" {
            fs::remove_dir_all(root.join("d")).unwrap();
        }
    });
    let found = shown(&all(dir.path(), WalkOptions { landmarks: Some(landmarks), ..WalkOptions::default() }));
    assert_eq!(found, names.iter().map(|name| format!("Key({name:?}) vanished")).collect::<Vec<_>>());
}

#[test]
fn a_directory_that_becomes_something_else_is_unknown() {
    for replace in
        [(|path| fs::write(path, "").unwrap()) as fn(&Path), |path| symlink("nowhere", path).unwrap()]
    {
        let dir = tree(&["a", "b/x", "c"]);
        let path = dir.path().join("b");
        let found = interfere(dir.path(), move || {
            fs::remove_dir_all(&path).unwrap();
            replace(&path);
        });
        assert_eq!(found, ["a", r#"Below("b/") unknown unreadable"#, "c"]);
    }
}

#[test]
fn a_file_that_becomes_a_directory_is_unknown() {
    let dir = tree(&["a", "b", "c/"]);
    let root = dir.path().to_path_buf();
    let found = interfere(dir.path(), move || {
        fs::remove_file(root.join("b")).unwrap();
        plant(&root, "b/x");
    });
    assert_eq!(found, ["a", r#"Key("b") unknown changing"#]);
}

#[test]
fn a_root_that_is_not_the_same_at_the_end_makes_all_unknown() {
    for replaced in [true, false] {
        let dir = tree(&["root/a", "root/b/", "other/"]);
        let (root, other) = (dir.path().join("root"), dir.path().join("other"));
        let found = interfere(&dir.path().join("root"), move || {
            fs::remove_dir_all(&root).unwrap();
            if replaced {
                fs::rename(&other, &root).unwrap();
            }
        });
        let everything = r#"Below("") unknown changing"#;
        assert_eq!(found, [r#"Key("a") vanished"#, r#"Below("b/") vanished"#, everything]);
    }
}

#[test]
fn what_is_too_deep_is_left_out() {
    let dir = tree(&["a/x", "a/b/y", "a/b/c/z", "d", "e/"]);
    let deep =
        |most| shown(&all(dir.path(), WalkOptions { max_depth: Some(most), ..WalkOptions::default() }));
    assert_eq!(deep(1), [r#"Below("a/") left out"#, "d", r#"Below("e/") left out"#]);
    assert_eq!(deep(2), [r#"Below("a/b/") left out"#, "a/x", "d"]);
    assert_eq!(deep(4), ["a/b/c/z", "a/b/y", "a/x", "d"]);
    let filter = Filter::new([Rule::exclude("a/b/")]).unwrap();
    let options = WalkOptions { max_depth: Some(2), filter, ..WalkOptions::default() };
    assert_eq!(shown(&all(dir.path(), options)), ["a/x", "d"]);
}

#[test]
fn another_file_system_is_left_out() {
    let dir = tree(&["a/x", "z"]);
    symlink("/proc/self/fdinfo", dir.path().join("m")).unwrap();
    let same = WalkOptions { one_file_system: true, ..WalkOptions::default() };
    if Path::new("/proc/self/fdinfo").exists() {
        assert_eq!(shown(&all(dir.path(), same)), ["a/x", r#"Below("m/") left out"#, "z"]);
    }
}

#[test]
fn batches_are_neither_empty_nor_large() {
    let names: Vec<_> = (0..1500).map(|number| format!("d{}/f{number}", number % 3)).collect();
    let dir = tree(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let batches: Vec<_> = Walk::new(dir.path(), WalkOptions::default()).unwrap().collect();
    assert!(batches.iter().all(|batch| !batch.is_empty() && batch.len() <= 512));
    assert_eq!(batches.concat().len(), 1500);
}

#[test]
fn a_walk_may_be_dropped_at_any_time() {
    let names: Vec<_> = (0..2000).map(|number| format!("d{}/f{number}", number % 50)).collect();
    let dir = tree(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for batches in 0..5 {
        let mut walk = Walk::new(dir.path(), WalkOptions::default()).unwrap();
        assert_eq!(walk.by_ref().take(batches).count(), batches);
        let pool = Arc::downgrade(&walk.pool);
        drop(walk);
        for _ in 0..500 {
            if pool.strong_count() == 0 {
                break;
            }
            thread::sleep(std::time::Duration::from_millis(20));
        }
        assert_eq!(pool.strong_count(), 0, "its threads have ended");
    }
}

#[test]
fn landmarks_lie_in_the_tree() {
    let names: Vec<_> = (0..2500).map(|number| format!("d/f{number:04}")).collect();
    let mut names: Vec<_> = names.iter().map(String::as_str).collect();
    names.extend(["e/x/y", "g"]);
    let dir = tree(&names);
    let told = Arc::new(Mutex::new(BTreeSet::new()));
    let sink = told.clone();
    let landmarks: Landmarks = Arc::new(move |key| {
        sink.lock().unwrap().insert(key);
    });
    let found = all(dir.path(), WalkOptions { landmarks: Some(landmarks), ..WalkOptions::default() });
    assert_eq!(found.len(), 2502);
    let told = told.lock().unwrap();
    assert_eq!(told.iter().collect::<Vec<_>>(), ["d/", "d/f0999", "d/f1999", "e/", "e/x/"]);
}

#[test]
fn names_that_are_the_same_elsewhere_are_told_however_many_there_are() {
    let mut names: Vec<_> = (0..300).map(|n| format!("d/file-{n}")).collect();
    names.extend(["d/FILE-7", "d/sub/x", "d/SUB", "e/file-7"].map(str::to_owned));
    let dir = tree(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for memory in [100, 16 << 20] {
        let options = WalkOptions { spill: Spill { memory, ..Spill::default() }, ..WalkOptions::default() };
        let clashes = options.clashes.clone();
        assert_eq!(all(dir.path(), options).len(), names.len());
        let clashes = clashes.lock().unwrap();
        assert_eq!(clashes.count(), 4, "{clashes}");
        assert!(clashes.to_string().contains("d/FILE-7 and d/file-7"), "{clashes}");
    }
}

/// Run by itself, see below.
#[test]
#[ignore = "needs a limit on open files"]
fn with_few_descriptors() {
    let names: Vec<_> = (0..1500).map(|n| format!("d{}/e{}/f{n}", n % 40, n % 7)).collect();
    let dir = tree(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let mut kept: Vec<_> = (0..).map_while(|_| fs::File::open("/dev/null").ok()).collect();
    // What is left for the walk: with the directories read ahead, less than its threads would like.
    kept.truncate(kept.len() - 3);
    let found = follow(dir.path());
    assert_eq!(found, names.into_iter().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>());
    assert!(!kept.is_empty());
}

#[test]
fn few_descriptors_are_enough() {
    let test = ["--exact", "walk::tests::with_few_descriptors", "--ignored"];
    let limited = std::process::Command::new("sh")
        .args(["-c", "ulimit -n 64 && exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(test)
        .output()
        .unwrap();
    assert!(limited.status.success(), "{}", String::from_utf8_lossy(&limited.stdout));
    assert!(String::from_utf8_lossy(&limited.stdout).contains("1 passed"));
}
