//! Questions that a tree asks: each of its files, and, where that is wanted, each object that has none.

use std::path::Path;

use tt_cli::{Console, Progress};
use tt_flow::{Fed, Feed, Intake};
use tt_record::{Extra, Fail, Item, Problem, ProblemKind, Record, S3Url, Skip, Source, Stage, Verdict};
use tt_sides::{Local, Object, Places, Remote, Sides, Unknown, place, start, too_long, vanished};
use tt_store::{Landmarks, S3Options};
use tt_tree::{Found, FoundFile, KeyRange, Presence, Root};

use crate::{cli::TreeRequest, question::Question, sample::Sample};

/// A tree, and the objects that it is to have.
pub(crate) struct Tree {
    request: TreeRequest,
    s3: S3Options,
    console: Console,
    progress: Progress,
    sample: Sample,
}

impl Tree {
    pub(crate) fn new(
        request: TreeRequest,
        s3: &S3Options,
        console: &Console,
        progress: &Progress,
        sample: Sample,
    ) -> Self {
        Self { request, s3: s3.clone(), console: console.clone(), progress: progress.clone(), sample }
    }

    /// Where the two sides are.
    pub(crate) fn places(&self) -> Places<'_> {
        let TreeRequest { source, dest, chosen, means, .. } = &self.request;
        Places { source, dest, chosen, means, s3: &self.s3, skips: false }
    }
}

impl Feed<Question> for Tree {
    fn run(self, intake: &Intake<Question>) -> Fed {
        intake.open(None);
        let opened = if self.request.extra {
            Sides::open(self.places(), &self.console).map(|sides| (sides.local, Some(sides.remote)))
        } else {
            Local::open(self.places(), Landmarks::default()).map(|local| (local, None))
        };
        let surveyed = opened.and_then(|(local, remote)| {
            let root = local.root().clone();
            if self.request.extra && root.is_file() {
                return Err(of_file(&root));
            }
            Survey { tree: &self, root, remote, unknown: Unknown::default(), asked: 0, intake }.run(local)
        });
        surveyed.into()
    }
}

/// A tree that is gone through.
struct Survey<'a> {
    tree: &'a Tree,
    root: Root,
    /// None where objects without a file are not wanted.
    remote: Option<Remote>,
    /// Keys of which the tree does not say that they are not in it.
    unknown: Unknown,
    /// How many files are selected.
    asked: u64,
    intake: &'a Intake<Question>,
}

impl Survey<'_> {
    fn run(mut self, mut local: Local) -> Result<(), Problem> {
        let intake = self.intake;
        while let Some(found) = local.next(|| go_on(intake))? {
            go_on(intake)?;
            if let Some(place) = place(&found) {
                self.pass_over(Some(place))?;
            }
            self.take(found);
        }
        self.pass_over(None)?;
        if self.asked == 0 {
            let source = self.root.as_path().display();
            self.tree.console.warn(format_args!(
                "no file is selected: {source} is empty, or the filters exclude everything in it"
            ));
        }
        Ok(())
    }

    /// Names the objects before `place`, or all that are left: the tree has nothing at their keys.
    fn pass_over(&mut self, place: Option<&str>) -> Result<(), Problem> {
        let Self { tree, root, remote: Some(remote), unknown, intake, .. } = self else { return Ok(()) };
        while let Some(object) = remote.peek(place, || go_on(intake))? {
            match place.map(|place| object.order(place)) {
                Some(order) if order.is_gt() => break,
                // It has a file, or whatever else is there.
                Some(order) if order.is_eq() => {}
                _ => tree.name(&object, root, unknown, intake),
            }
            remote.step();
        }
        Ok(())
    }

    fn take(&mut self, found: Found) {
        match found {
            Found::File(file) => self.ask(&file),
            Found::Skip { path, range, why } => {
                self.unknown.add(range);
                self.intake.say(Record::Skip(Skip { source: Source::from(path.as_path()), why }));
            }
            Found::LeftOut { range } => self.unknown.add(range),
            // Only whoever names what is extra has to know.
            Found::Vanished { .. } if self.remote.is_none() => {}
            Found::Vanished { path, range } => self.pass(&path, range, vanished(&path)),
            Found::Unknown { path, range, problem } => self.pass(&path, range, problem),
        }
    }

    /// Nothing can be said about a range, and why.
    fn pass(&mut self, path: &Path, range: KeyRange, problem: Problem) {
        let dst = start(&range).map(|name| self.tree.request.dest.join(name));
        self.unknown.add(range);
        self.intake.say(failed(path, dst, problem));
    }

    fn ask(&mut self, file: &FoundFile) {
        let Tree { request: TreeRequest { dest, chosen, .. }, progress, sample, .. } = self.tree;
        let FoundFile { ref name, size, mtime } = *file;
        if !chosen.select.takes(size, mtime) {
            return;
        }
        self.asked += 1;
        let path = self.root.path(name);
        if let Some(problem) = too_long(dest, name) {
            return self.intake.say(failed(&path, Some(dest.join(name)), problem));
        }
        let item = Item { source: Source::from(path.as_path()), dst: dest.join(name), size, mtime };
        if !sample.takes(&item.dst) {
            return;
        }
        progress.expect(1, size);
        self.intake.job(Verdict::from(item).into());
    }
}

impl Tree {
    /// Says of an object that it has no file, unless nobody means it, or that is not known.
    fn name(&self, object: &Object<'_>, root: &Root, unknown: &mut Unknown, intake: &Intake<Question>) {
        let name = object.name();
        let hidden = self.request.chosen.hides(&name, object.size(), object.modified_here());
        if object.is_marker() || hidden || unknown.contains(&name) {
            return;
        }
        let (dst, size, etag) = (self.request.dest.join(&name), object.size(), object.etag());
        intake.say(match root.look(&name, self.request.chosen.symlinks) {
            // Where a directory is, no file can be.
            Presence::Absent | Presence::Directory => Record::Extra(Extra { dst, size, etag }),
            // Files move while a tree is read, to where it has been read already.
            Presence::There(..) | Presence::Unknown => {
                let path = root.path(&name);
                failed(&path, Some(dst), came_late(&path))
            }
        });
    }
}

fn came_late(path: &Path) -> Problem {
    let message = format!("{} came while the tree was read, or can't be looked at", path.display());
    Problem::new(ProblemKind::Changing, message).hint("run the same command again")
}

fn of_file(root: &Root) -> Problem {
    let message =
        format!("{} is a single file, beside which --extra would name everything", root.as_path().display());
    Problem::new(ProblemKind::Usage, message).hint("name the directory that the destination is to equal")
}

fn go_on(intake: &Intake<Question>) -> Result<(), Problem> {
    if intake.stopped() { Err(Problem::new(ProblemKind::Interrupted, "interrupted")) } else { Ok(()) }
}

fn failed(path: &Path, dst: Option<S3Url>, error: Problem) -> Record {
    Record::Fail(Fail { stage: Stage::Verify, source: Some(Source::from(path)), dst, error })
}
