//! The comparison: both sides in the order of their keys, held against each other one by one.
//!
//! Always holds: what is not known for sure on either side is neither uploaded, kept nor deleted, but reported; and the same
//! two sides give the same plan.

use std::path::Path;

use tt_cli::Progress;
use tt_record::{Fail, Item, Problem, PutReason, Record, S3Url, Skip, Source, Stage};
use tt_sides::{Object, Remote, Sides, place, start, too_long, vanished};
use tt_tree::{Found, FoundFile, KeyRange, Root};

use crate::{
    cli::Request,
    deletions::Deletions,
    inspect::{Inspector, Question},
    last_look::LastLook,
    outlet::Outlet,
    pending::Draft,
};

/// A comparison under way.
pub(crate) struct Diff<'a> {
    request: &'a Request,
    root: Root,
    /// None where a listing tells enough.
    inspector: Option<&'a Inspector>,
    /// None where nothing may be deleted.
    deletions: Option<Deletions>,
    files: u64,
    objects: u64,
    progress: Progress,
}

impl<'a> Diff<'a> {
    pub(crate) fn new(
        request: &'a Request,
        root: Root,
        inspector: Option<&'a Inspector>,
        progress: Progress,
    ) -> Self {
        let Request { dest, deleting, means, .. } = request;
        let deletions =
            deleting.clone().map(|deleting| Deletions::new(deleting, dest.clone(), &means.tmp_dir()));
        Self { request, root, inspector, deletions, files: 0, objects: 0, progress }
    }

    /// Writes the plan. Fails as soon as a side can't be read to its end: what was written up to there is true, and no
    /// deletion is among it.
    pub(crate) fn run(mut self, sides: &mut Sides, outlet: &mut Outlet<'_>) -> Result<(), Problem> {
        while let Some(found) = sides.local.next(|| outlet.wait())? {
            if let Some(place) = place(&found) {
                self.catch_up(&mut sides.remote, Some(place), outlet)?;
            }
            let size = if let Found::File(file) = &found { file.size } else { 0 };
            self.judge(found, &mut sides.remote, outlet)?;
            self.progress.expect(1, size);
            self.progress.moved(size);
            self.progress.file_done();
        }
        if self.deletions.is_some() {
            self.catch_up(&mut sides.remote, None, outlet)?;
        } else {
            // A bucket that is not there, or not ours to list, shows even where there is nothing to upload.
            sides.remote.peek(None, || outlet.wait())?;
        }
        self.progress.all_known();
        outlet.check()?;
        self.delete(outlet)?;
        outlet.settle()
    }

    /// Passes over the objects before `place`, or all that are left: the source has nothing at their keys.
    fn catch_up(
        &mut self,
        remote: &mut Remote,
        place: Option<&str>,
        outlet: &mut Outlet<'_>,
    ) -> Result<(), Problem> {
        while let Some(object) = remote.peek(place, || outlet.wait())? {
            if place.is_some_and(|place| object.order(place).is_ge()) {
                break;
            }
            self.orphan(&object)?;
            remote.step();
        }
        Ok(())
    }

    /// Has an object deleted that the source lacks, if that was asked for and nothing protects it.
    fn orphan(&mut self, object: &Object<'_>) -> Result<(), Problem> {
        let Some(deletions) = &mut self.deletions else { return Ok(()) };
        let hidden = || self.request.chosen.hides(&object.name(), object.size(), object.modified_here());
        if object.is_marker() || (!deletions.of_excluded() && hidden()) {
            return Ok(());
        }
        self.objects += 1;
        deletions.orphan(&object.name(), object.size(), object.etag())
    }

    /// Decides about something that was found, now that `remote` has come to its place.
    fn judge(&mut self, found: Found, remote: &mut Remote, outlet: &mut Outlet<'_>) -> Result<(), Problem> {
        match found {
            Found::File(file) => self.judge_file(&file, remote, outlet),
            Found::Skip { path, range, why } => {
                self.shield(range);
                outlet.write(&Record::Skip(Skip { source: Source::from(path.as_path()), why }))
            }
            Found::LeftOut { range } => {
                if self.deletions.as_ref().is_some_and(|deletions| !deletions.of_excluded()) {
                    self.shield(range);
                }
                Ok(())
            }
            // Only whoever deletes has to know: it may be there again, or somewhere else.
            Found::Vanished { .. } if self.deletions.is_none() => Ok(()),
            Found::Vanished { path, range } => self.unknown(&path, range, vanished(&path), outlet),
            Found::Unknown { path, range, problem } => self.unknown(&path, range, problem, outlet),
        }
    }

    /// Nothing can be said about a range, and why.
    fn unknown(
        &mut self,
        path: &Path,
        range: KeyRange,
        problem: Problem,
        outlet: &mut Outlet<'_>,
    ) -> Result<(), Problem> {
        let dst = start(&range).map(|name| self.request.dest.join(name));
        self.shield(range);
        outlet.write(&failed(Some(Source::from(path)), dst, problem))
    }

    fn shield(&mut self, range: KeyRange) {
        if let Some(deletions) = &mut self.deletions {
            deletions.shield(range);
        }
    }

    fn judge_file(
        &mut self,
        file: &FoundFile,
        remote: &mut Remote,
        outlet: &mut Outlet<'_>,
    ) -> Result<(), Problem> {
        self.files += 1;
        let object = remote
            .peek(Some(&file.name), || outlet.wait())?
            .filter(|object| object.order(&file.name).is_eq());
        let selected = self.request.chosen.select.takes(file.size, file.mtime);
        if selected {
            outlet.summary.selected += 1;
            self.decide(file, object.as_ref(), outlet)?;
        }
        if let Some(object) = object {
            self.objects += 1;
            if let Some(deletions) = self.deletions.as_mut().filter(|all| !selected && all.of_excluded()) {
                deletions.orphan(&object.name(), object.size(), object.etag())?;
            }
            remote.step();
        }
        Ok(())
    }

    /// Says what is to be said about a file, if anything, now or after a closer look at its object.
    fn decide(
        &self,
        file: &FoundFile,
        object: Option<&Object<'_>>,
        outlet: &mut Outlet<'_>,
    ) -> Result<(), Problem> {
        let Request { dest, compare, rules, .. } = self.request;
        if let Some(problem) = too_long(dest, &file.name) {
            let source = Source::from(self.root.path(&file.name).as_path());
            return outlet.write(&failed(Some(source), Some(dest.join(&file.name)), problem));
        }
        let why = match object {
            Some(object) => compare.reason(file, object.size(), object.modified()),
            None => Some(PutReason::New),
        };
        let inspector = self.inspector.filter(|_| why.is_none());
        if why.is_none() && inspector.is_none() && !compare.keep {
            outlet.summary.unchanged += 1;
            return Ok(());
        }
        let path = self.root.path(&file.name);
        let FoundFile { size, mtime, .. } = *file;
        let item = Item { source: Source::from(path.as_path()), dst: dest.join(&file.name), size, mtime };
        let etag = object.and_then(Object::etag);
        let draft = Draft { item, etag, properties: rules.of(&file.name), keep: compare.keep };
        let Some(inspector) = inspector else {
            return draft.decide(why).map_or(Ok(()), |record| outlet.write(&record));
        };
        let (dst, wanted) = (draft.item.dst.clone(), draft.properties.clone());
        let answer = inspector.ask(Question { source: path, dst, size, mtime, wanted });
        outlet.defer(draft, answer)
    }

    /// Writes the deletions, now that both sides are known whole.
    fn delete(self, outlet: &mut Outlet<'_>) -> Result<(), Problem> {
        let Some(deletions) = self.deletions else { return Ok(()) };
        let last_look = LastLook::new(self.request, &self.root, deletions.of_excluded());
        match deletions.settle(self.files, self.objects) {
            Ok(records) => {
                for record in records {
                    let record = record?;
                    outlet.check()?;
                    outlet.write(&last_look.at(record))?;
                }
                Ok(())
            }
            Err(problem) => outlet.write(&failed(None, Some(self.request.dest.clone()), problem)),
        }
    }
}

fn failed(source: Option<Source>, dst: Option<S3Url>, error: Problem) -> Record {
    Record::Fail(Fail { stage: Stage::Plan, source, dst, error })
}
