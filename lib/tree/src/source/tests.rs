use std::{io::Write, thread::sleep};

use rustix::fs::{CWD, FileType, mknodat};
use tempfile::TempDir;

use super::*;
use crate::stat::mtime;

fn file(content: &[u8]) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    fs::write(&path, content).unwrap();
    (dir, path)
}

/// Opens as a careful reader does.
fn settled(path: &Path) -> SourceFile {
    loop {
        let source = SourceFile::open(path).unwrap();
        if source.settle_time().is_zero() {
            return source;
        }
        sleep(source.settle_time());
    }
}

fn append(path: &Path, bytes: &[u8]) {
    fs::OpenOptions::new().append(true).open(path).unwrap().write_all(bytes).unwrap();
}

#[test]
fn gives_bytes_size_and_time() {
    let (_dir, path) = file(b"0123456789");
    let source = settled(&path);
    source.will_need(0, source.size());
    let mut buffer = [0; 4];
    source.read_exact_at(&mut buffer, 3).unwrap();
    assert_eq!(&buffer, b"3456");
    assert_eq!((source.size(), source.path()), (10, path.as_path()));
    let stat = fs::metadata(&path).unwrap();
    assert_eq!(source.mtime(), mtime(&stat));
    assert_eq!(source.attributes(), Attributes { atime: source.attributes().atime, ..(&stat).into() });
    assert_eq!(source.unchanged(), Ok(true));
    source.read_exact_at(&mut [], 1000).unwrap();
}

#[test]
fn what_was_at_hand_is_read_like_the_rest() {
    for length in [0u32, 1, 4096, 16 << 10, 20_000] {
        let content: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
        let (_dir, path) = file(&content);
        let source = settled(&path).ahead(1 << 20);
        let mut buffer = vec![0; content.len()];
        source.read_exact_at(&mut buffer, 0).unwrap();
        assert_eq!(buffer, content);
        let half = content.len() / 2;
        source.read_exact_at(&mut buffer[half..], half as u64).unwrap();
        assert_eq!(buffer, content);
        assert_eq!(source.read_exact_at(&mut [0; 2], content.len() as u64), Err(ReadError::Changed));
        assert_eq!(source.unchanged(), Ok(true));
        append(&path, b"x");
        assert_eq!(source.unchanged(), Ok(false));
    }
}

#[test]
fn a_file_that_became_shorter_is_told_apart() {
    let (_dir, path) = file(b"0123456789");
    let source = settled(&path);
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(5).unwrap();
    assert_eq!(source.read_exact_at(&mut [0; 6], 0), Err(ReadError::Changed));
    assert_eq!(source.unchanged(), Ok(false));
}

#[test]
fn a_change_of_any_sort_shows() {
    type Change = fn(&Path);
    let changes: [(&str, Change); 7] = [
        ("same size, other bytes", |path| fs::write(path, b"9876543210").unwrap()),
        ("growth", |path| append(path, b"x")),
        ("truncation", |path| fs::write(path, b"").unwrap()),
        ("removal", |path| fs::remove_file(path).unwrap()),
        ("a directory in its place", |path| {
            fs::remove_file(path).unwrap();
            fs::create_dir(path).unwrap();
        }),
        ("another file in its place", |path| {
            let other = path.with_extension("new");
            fs::write(&other, b"0123456789").unwrap();
            fs::rename(other, path).unwrap();
        }),
        ("same bytes, time put back", |path| {
            let before = fs::metadata(path).unwrap().modified().unwrap();
            fs::write(path, b"0123456789").unwrap();
            File::options().write(true).open(path).unwrap().set_modified(before).unwrap();
        }),
    ];
    for (what, change) in changes {
        let (_dir, path) = file(b"0123456789");
        let source = settled(&path);
        assert_eq!(source.unchanged(), Ok(true), "{what}");
        change(&path);
        assert_eq!(source.unchanged(), Ok(false), "{what}");
    }
}

#[test]
fn a_fresh_file_has_to_settle() {
    let (_dir, path) = file(b"a");
    append(&path, b"b");
    let first = SourceFile::open(&path).unwrap();
    sleep(Duration::from_millis(25));
    // A slow machine may have let the tick pass before the file was opened.
    assert!(first.settle_time() <= COARSE_TICK);
    assert_eq!(SourceFile::open(&path).unwrap().settle_time(), Duration::ZERO);
}

#[test]
fn the_time_to_settle_is_the_rest_of_the_tick() {
    const MS: i128 = 1_000_000;
    let settle = |age_ms: i128, ctime: i128| {
        let now = UNIX_EPOCH + Duration::from_nanos(u64::try_from(ctime + age_ms * MS).unwrap());
        settle_time(ctime, now).as_millis()
    };
    let ctime = 1_700_000_000_000_000_000 + 123 * MS;
    assert_eq!([0, 5, 19, 20, 21, 100_000].map(|age| settle(age, ctime)), [20, 15, 1, 0, 0, 0]);
    assert_eq!([-5, -20, -21, -100_000].map(|age| settle(age, ctime)), [25, 40, 0, 0]);
    let whole = 1_700_000_000_000_000_000;
    assert_eq!([0, 1000, 2019, 2020].map(|age| settle(age, whole)), [2020, 1020, 1, 0]);
    assert_eq!(settle_time(0, UNIX_EPOCH - Duration::from_secs(1)), Duration::ZERO);
}

#[test]
fn what_is_no_file_is_refused_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let fifo = dir.path().join("fifo");
    mknodat(CWD, &fifo, FileType::Fifo, Mode::RWXU, 0).unwrap();
    let socket = dir.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for path in [fifo.as_path(), socket.as_path(), dir.path()] {
        let problem = Problem::from(SourceFile::open(path).unwrap_err());
        assert_eq!(problem.kind, ProblemKind::Unreadable, "{problem}");
    }
}

#[test]
fn what_is_gone_or_closed_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("gone");
    let problem = Problem::from(SourceFile::open(&path).unwrap_err());
    assert_eq!(problem.kind, ProblemKind::NoSource);
    assert_eq!(problem.message, format!("{} no longer exists", path.display()));

    fs::write(&path, b"").unwrap();
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o000)).unwrap();
    match SourceFile::open(&path) {
        Ok(_) => assert!(rustix::process::geteuid().is_root(), "only root reads what nobody may"),
        Err(error) => {
            let problem = Problem::from(error);
            assert_eq!(problem.kind, ProblemKind::Unreadable);
            assert_eq!(problem.message, format!("can't open {}: permission denied", path.display()));
        }
    }
}

#[test]
fn past_the_cache_lie_the_same_bytes() {
    let content: Vec<u8> = (0..300_000u32).map(|n| (n % 251) as u8).collect();
    let (_dir, path) = file(&content);
    let source = SourceFile::open(&path).unwrap().past_the_cache();
    let mut bytes = vec![0; content.len() - 5];
    source.will_need(0, source.size());
    source.read_exact_at(&mut bytes, 5).unwrap();
    assert_eq!(bytes, content[5..]);
    assert_eq!(source.read_exact_at(&mut bytes, 6), Err(ReadError::Changed));
}

#[test]
fn a_size_that_is_not_true_is_named() {
    // Of no bytes, as it says, and with some.
    let version = Path::new("/proc/version");
    if !version.exists() {
        return;
    }
    let source = SourceFile::open(version).unwrap();
    let problem = source.unchanged().unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Unreadable);
    assert_eq!(problem.message, "/proc/version says it has 0 bytes, and has more");
    assert_eq!(source.check_size(), Err(problem));
    // Of a page, as it says, and with a few bytes.
    let attribute = Path::new("/sys/kernel/mm/transparent_hugepage/enabled");
    if let Ok(source) = SourceFile::open(attribute) {
        let mut buffer = vec![0; usize::try_from(source.size()).unwrap()];
        let Err(ReadError::Failed(problem)) = source.read_exact_at(&mut buffer, 0) else {
            panic!("it is shorter than it says")
        };
        assert!(problem.message.contains("bytes, and has fewer"), "{problem}");
        assert_eq!(source.check_size(), Err(problem));
    }
}

#[test]
fn growth_is_a_change_and_no_untrue_size() {
    let (_dir, path) = file(b"0123456789");
    let source = settled(&path);
    append(&path, b"x");
    assert_eq!(source.unchanged(), Ok(false));
    assert_eq!(source.check_size(), Ok(()));
}

#[test]
fn inode_and_change_time_may_be_ignored_and_nothing_else() {
    let (_dir, path) = file(b"0123456789");
    let manner = Manner::new(None, true);
    let put_back = |path: &Path, bytes: &[u8]| {
        let before = fs::metadata(path).unwrap().modified().unwrap();
        let other = path.with_extension("new");
        fs::write(&other, bytes).unwrap();
        File::options().write(true).open(&other).unwrap().set_modified(before).unwrap();
        fs::rename(other, path).unwrap();
    };
    let source = SourceFile::open_as(&path, &manner).unwrap();
    put_back(&path, b"9876543210");
    assert_eq!(source.unchanged(), Ok(true));
    put_back(&path, b"987654321");
    assert_eq!(source.unchanged(), Ok(false));
}
