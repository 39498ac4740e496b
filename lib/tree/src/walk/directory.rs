//! One directory: opened, read, filtered and sorted.

use std::{io, ops::ControlFlow, path::PathBuf, sync::Arc};

use tt_record::{Problem, ProblemKind};

use super::{
    alike::Lookout,
    entry::Kind,
    found::{Found, KeyRange},
    landmarks::Marks,
    level::Level,
    patience::patiently,
    place::Place,
    scope::{Permit, Scope},
    sort::{Sorted, Sorter, cannot_sort},
};
use crate::{
    cause::failed,
    filter::{Matched, Sieve},
    stat::FileId,
};

/// What a directory that is read ahead of its turn may hold without leave.
const AHEAD: usize = 256 << 10;

/// Every so many names it is checked whether to go on.
const CHECK: usize = 256;

/// A directory that is to be read.
#[derive(Clone)]
pub(super) struct Directory {
    /// What its keys begin with: empty, or ends in a slash.
    pub(super) prefix: String,
    pub(super) matched: Matched,
    /// How many directories are above it.
    pub(super) depth: u32,
    pub(super) above: Option<Arc<Ancestor>>,
}

/// Which directories are above something. Known only where links are followed, since nothing else can lead back to one.
pub(super) struct Ancestor {
    id: FileId,
    above: Option<Arc<Ancestor>>,
}

/// When a directory is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Before others in the order, so it must not cost much.
    Ahead,
    /// All others wait for it, and it may use this much memory.
    Now(usize),
}

/// Why a directory was not read.
enum Stop {
    /// It is too large to be read ahead, or nobody wants to know any more.
    GivenUp,
    /// It can't be opened.
    Closed(io::Error),
    /// The temporary file failed.
    Unsorted(io::Error),
}

impl Directory {
    pub(super) fn root() -> Self {
        Self { prefix: String::new(), matched: Matched::default(), depth: 0, above: None }
    }

    /// What is in it, unless it has to wait for its turn.
    pub(super) fn read_ahead(&self, scope: &Scope) -> Option<Level> {
        // Whatever it was, on its turn it may go better, and is reported if it does not.
        self.read(scope, Turn::Ahead).ok()
    }

    /// What is in it, as far as it can be known.
    pub(super) fn read_now(&self, scope: &Scope, memory: usize) -> Level {
        let found = match self.read(scope, Turn::Now(memory)) {
            Ok(level) => return level,
            Err(Stop::Closed(error)) => self.not_read(scope, &error),
            Err(Stop::Unsorted(error)) => self.unsorted(scope, &error),
            Err(Stop::GivenUp) => self.given_up(scope),
        };
        Level::of(self.clone(), vec![found])
    }

    fn read(&self, scope: &Scope, turn: Turn) -> Result<Level, Stop> {
        let options = &scope.options;
        let left_out = || Level::of(self.clone(), vec![Found::LeftOut { range: self.range() }]);
        if options.max_depth.is_some_and(|most| self.depth >= most) {
            return Ok(left_out());
        }
        let (place, id) = self.open(scope, turn).map_err(Stop::Closed)?;
        if options.one_file_system && !scope.root.shares_device_with(id) {
            return Ok(left_out());
        }
        let line = scope.follows().then(|| Arc::new(Ancestor { id, above: self.above.clone() }));
        let names = Reading::new(self, scope, turn, &place, line.as_deref()).read()?;
        Ok(self.level(scope, &place, names, line))
    }

    fn level(&self, scope: &Scope, place: &Place, names: Names, line: Option<Arc<Ancestor>>) -> Level {
        let trouble = names.trouble.map(|error| self.not_read(scope, &error));
        let mut level = Level::of(self.clone(), Vec::from_iter(trouble));
        level.hold(names.sorted, line, names.permit);
        level.look_at_few(place, scope.options.symlinks);
        level
    }

    fn open(&self, scope: &Scope, turn: Turn) -> io::Result<(Place, FileId)> {
        // The root is followed whatever the options.
        let follow = scope.follows() || self.depth == 0;
        let open = || {
            let place = Place::open(self.path(scope), follow)?;
            let id = place.id()?;
            Ok((place, id))
        };
        if turn == Turn::Ahead { open() } else { patiently(open) }
    }

    pub(super) fn path(&self, scope: &Scope) -> PathBuf {
        scope.root.directory(&self.prefix)
    }

    fn range(&self) -> KeyRange {
        KeyRange::Below(self.prefix.clone())
    }

    fn not_read(&self, scope: &Scope, error: &io::Error) -> Found {
        let path = self.path(scope);
        if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() {
            return Found::Vanished { path, range: self.range() };
        }
        self.unreadable(scope, error)
    }

    fn given_up(&self, scope: &Scope) -> Found {
        let path = self.path(scope);
        let problem = Problem::new(ProblemKind::Interrupted, format!("{} was not read", path.display()))
            .hint("run the same command again");
        Found::Unknown { path, range: self.range(), problem }
    }

    fn unreadable(&self, scope: &Scope, error: &io::Error) -> Found {
        let path = self.path(scope);
        let problem = failed(ProblemKind::Unreadable, "read directory", &path, error);
        Found::Unknown { path, range: self.range(), problem }
    }

    /// For want of a temporary file, from here on nothing is known of the directory.
    pub(super) fn unsorted(&self, scope: &Scope, error: &io::Error) -> Found {
        let path = self.path(scope);
        let problem = cannot_sort(&path, &scope.options.spill, error);
        Found::Unknown { path, range: self.range(), problem }
    }
}

/// What was read.
struct Names {
    sorted: Sorted,
    permit: Option<Permit>,
    /// If there is any, these may not be all.
    trouble: Option<io::Error>,
}

/// A directory that is being read.
struct Reading<'a> {
    scope: &'a Scope,
    turn: Turn,
    place: &'a Place,
    line: Option<&'a Ancestor>,
    sieve: Sieve<'a>,
    sorter: Sorter<'a>,
    permit: Option<Permit>,
    seen: usize,
}

impl<'a> Reading<'a> {
    fn new(
        directory: &'a Directory,
        scope: &'a Scope,
        turn: Turn,
        place: &'a Place,
        line: Option<&'a Ancestor>,
    ) -> Self {
        let options = &scope.options;
        let memory = match turn {
            Turn::Ahead => options.spill.memory,
            Turn::Now(memory) => memory,
        };
        let marks = Marks::new(options.landmarks.as_ref(), &directory.prefix);
        let lookout = Lookout::new(&options.clashes, &directory.prefix);
        Self {
            scope,
            turn,
            place,
            line,
            sieve: Sieve::new(&options.filter, &directory.prefix, directory.matched),
            sorter: Sorter::new(&options.spill, memory, marks, lookout),
            permit: None,
            seen: 0,
        }
    }

    /// The names in order.
    fn read(mut self) -> Result<Names, Stop> {
        let place = self.place;
        let trouble = match place.read(|name, kind| self.take(name, kind)) {
            Ok(Some(stop)) => return Err(stop),
            Ok(None) => None,
            Err(error) => Some(error),
        };
        let sorted = self.sorter.finish().map_err(Stop::Unsorted)?;
        Ok(Names { sorted, permit: self.permit, trouble })
    }

    fn take(&mut self, name: &[u8], kind: Option<Kind>) -> ControlFlow<Stop> {
        let kind = self.kind(name, kind);
        if let Some(matched) = self.sieve.keeps(name, kind == Kind::Directory)
            && let Err(error) = self.sorter.push(name, kind, matched)
        {
            return ControlFlow::Break(Stop::Unsorted(error));
        }
        self.seen += 1;
        if self.seen.is_multiple_of(CHECK) { self.check() } else { ControlFlow::Continue(()) }
    }

    /// Whether to go on.
    fn check(&mut self) -> ControlFlow<Stop> {
        if self.scope.is_abandoned() {
            return ControlFlow::Break(Stop::GivenUp);
        }
        if self.sorter.bytes() < AHEAD {
            return ControlFlow::Continue(());
        }
        if self.turn == Turn::Ahead && self.permit.is_none() {
            self.permit = self.scope.permit();
            if self.permit.is_none() {
                return ControlFlow::Break(Stop::GivenUp);
            }
        }
        self.sorter.expect_much();
        ControlFlow::Continue(())
    }

    /// What the entry is, with a look at it only where the directory does not tell enough for its place in the order.
    fn kind(&self, name: &[u8], kind: Option<Kind>) -> Kind {
        // The look that comes later will say what is wrong.
        let kind = kind.or_else(|| Some(self.place.lstat(name).ok()?.kind)).unwrap_or(Kind::File);
        if kind != Kind::Link || !self.scope.follows() {
            return kind;
        }
        match self.place.stat(name) {
            Ok(target) if target.kind == Kind::Directory => {
                if self.leads_back_to(target.id) {
                    Kind::Loop
                } else {
                    Kind::Directory
                }
            }
            _ => Kind::Link,
        }
    }

    fn leads_back_to(&self, id: FileId) -> bool {
        let above = |ancestor: &&'a Ancestor| ancestor.above.as_deref();
        std::iter::successors(self.line, above).any(|ancestor| ancestor.id == id)
    }
}

#[cfg(test)]
mod tests {
    use rustix::io::Errno;

    use super::*;
    use crate::walk::{WalkOptions, level::Step, root::Root};

    /// What reading `a/`, `b` gives if it ends with this error.
    fn broken(error: Errno) -> (Vec<Found>, Vec<Found>) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("a")).unwrap();
        std::fs::write(dir.path().join("b"), "").unwrap();
        let scope = Scope::new(Root::find(dir.path()).unwrap(), WalkOptions::default());
        let (directory, place) = (Directory::root(), Place::open(dir.path().into(), true).unwrap());
        let reading = Reading::new(&directory, &scope, Turn::Ahead, &place, None);
        let Ok(mut names) = reading.read() else { panic!() };
        names.trouble = Some(error.into());
        let mut level = directory.level(&scope, &place, names, None);
        let mut steps = std::iter::from_fn(|| level.next());
        let (Some(Step::Say(first)), Some(Step::Enter(_)), Some(Step::Say(last)), None) =
            (steps.next(), steps.next(), steps.next(), steps.next())
        else {
            panic!()
        };
        (first, last)
    }

    #[test]
    fn a_directory_that_was_read_in_part_is_unknown_and_gives_what_it_had() {
        let (first, last) = broken(Errno::IO);
        let [Found::Unknown { range: KeyRange::Below(prefix), problem, .. }] = &first[..] else { panic!() };
        assert_eq!((prefix.as_str(), problem.kind), ("", ProblemKind::Unreadable));
        assert!(matches!(&last[..], [Found::File(file)] if file.name == "b"));
    }

    #[test]
    fn a_directory_that_goes_while_it_is_read_vanished() {
        assert!(matches!(&broken(Errno::NOENT).0[..], [Found::Vanished { range: KeyRange::Below(_), .. }]));
    }
}
