use std::{io::Read as _, os::unix::fs::symlink, thread, time::Duration};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use tempfile::TempDir;

use super::*;
use crate::{Manner, SourceFile};

fn open(fence: &Fence, path: &Path) -> Result<SourceFile, Problem> {
    Ok(SourceFile::open_as(path, &Manner::new(Some(fence.clone()), false))?)
}

/// A directory `within`, and what lies beside it.
fn scene() -> (TempDir, PathBuf, Fence) {
    let dir = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(dir.path()).unwrap();
    fs::create_dir(root.join("within")).unwrap();
    fs::write(root.join("within/file"), "x").unwrap();
    fs::write(root.join("secret"), "x").unwrap();
    let fence = Fence::around(root.join("within").to_str().unwrap()).unwrap();
    (dir, root, fence)
}

#[test]
fn what_counts_is_where_a_file_really_is() {
    let (_dir, root, fence) = scene();
    let to_file = root.join("within/file");
    for (path, target) in [
        ("within/out", "../secret"),
        ("within/across", "file"),
        ("within/absolute", to_file.to_str().unwrap()),
        ("within/out-and-in", "../within/file"),
        ("link", "within/file"),
        ("twin", "within"),
    ] {
        symlink(target, root.join(path)).unwrap();
    }
    for inside in ["file", "across", "absolute", "out-and-in", "../within/file", "../link", "../twin/file"] {
        let file = open(&fence, &root.join("within").join(inside)).unwrap();
        assert_eq!(file.unchanged(), Ok(true), "{inside}");
    }
    let file = open(&fence, &root.join("twin/file")).unwrap();
    assert_eq!(file.unchanged(), Ok(true));
    for outside in ["secret", "within/out", "within/../secret", "twin/out"] {
        let problem = open(&fence, &root.join(outside)).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Refused, "{outside}");
    }
    let around_a_link = Fence::around(root.join("twin").to_str().unwrap()).unwrap();
    for path in ["within/file", "twin/file", "twin/../within/file"] {
        assert!(open(&around_a_link, &root.join(path)).is_ok(), "{path}");
    }
    assert!(open(&around_a_link, &root.join("twin/../secret")).is_err());
    let gone = open(&fence, &root.join("within/none")).unwrap_err();
    assert_eq!(gone.kind, ProblemKind::NoSource);
}

#[test]
fn what_is_no_file_is_not_opened() {
    let (_dir, root, fence) = scene();
    for fifo in ["within/fifo", "fifo"] {
        let path = root.join(fifo);
        mknodat(CWD, &path, FileType::Fifo, Mode::RWXU, 0).unwrap();
        let writing = thread::spawn({
            let path = path.clone();
            move || fs::write(path, "important")
        });
        thread::sleep(Duration::from_millis(50));
        let kind = open(&fence, &path).unwrap_err().kind;
        assert!(matches!(kind, ProblemKind::Unreadable | ProblemKind::Refused), "{fifo}: {kind}");
        thread::sleep(Duration::from_millis(50));
        let mut text = String::new();
        fs::File::open(&path).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "important", "{fifo}");
        writing.join().unwrap().unwrap();
    }
}

#[test]
fn what_leads_out_later_is_a_change() {
    let (_dir, root, fence) = scene();
    fs::create_dir(root.join("within/sub")).unwrap();
    fs::create_dir(root.join("outside")).unwrap();
    let path = root.join("within/sub/file");
    fs::write(&path, "x").unwrap();
    fs::hard_link(&path, root.join("outside/file")).unwrap();
    let file = open(&fence, &path).unwrap();
    assert_eq!(file.unchanged(), Ok(true));
    fs::rename(root.join("within/sub"), root.join("within/old")).unwrap();
    symlink("../outside", root.join("within/sub")).unwrap();
    assert_eq!(file.unchanged(), Ok(false), "the same file, found elsewhere");
    fs::remove_file(root.join("within/sub")).unwrap();
    assert_eq!(file.unchanged(), Ok(false));
}

#[test]
fn it_must_be_a_directory() {
    assert!(Fence::around("/no/such/directory").is_err());
    assert!(Fence::around("/dev/null").is_err());
}
