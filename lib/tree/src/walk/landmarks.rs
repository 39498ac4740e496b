//! Where keys are, told to whoever wants to know before the files come.

use super::{entries::Entries, entry::Kind, options::Landmarks};

/// Of so many names, one is told.
const NAMES: usize = 1000;

/// How many subdirectories of one directory are told.
const DIRECTORIES: usize = 200;

/// Tells the keys of one directory.
#[derive(Clone, Copy)]
pub(super) struct Marks<'a> {
    landmarks: Option<&'a Landmarks>,
    prefix: &'a str,
}

impl<'a> Marks<'a> {
    pub(super) fn new(landmarks: Option<&'a Landmarks>, prefix: &'a str) -> Self {
        Self { landmarks, prefix }
    }

    /// Tells of these, which are sorted: all of the directory, or one run of it.
    pub(super) fn tell(&self, entries: &Entries) {
        let Some(landmarks) = self.landmarks else { return };
        let is_directory = |kind| kind == Kind::Directory;
        let directories = entries.iter().filter(|entry| is_directory(entry.kind)).count();
        let step = directories.div_ceil(DIRECTORIES).max(1);
        let mut seen = 0;
        for (index, entry) in entries.iter().enumerate() {
            let counted = is_directory(entry.kind) && seen % step == 0;
            seen += usize::from(is_directory(entry.kind));
            let marked = counted || index % NAMES == NAMES - 1;
            if marked && let Ok(key) = str::from_utf8(entry.key) {
                landmarks([self.prefix, key].concat());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::filter::Matched;

    #[test]
    fn some_of_many_are_told() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let sink = told.clone();
        let landmarks: Landmarks = Arc::new(move |key| sink.lock().unwrap().push(key));
        let mut entries = Entries::default();
        for number in 0..2500 {
            entries.push(format!("f{number:04}").as_bytes(), Kind::File, Matched::default());
        }
        Marks::new(Some(&landmarks), "d/").tell(&entries);
        assert_eq!(*told.lock().unwrap(), ["d/f0999", "d/f1999"]);
        entries.clear();
        for number in 0..500 {
            entries.push(format!("s{number:03}").as_bytes(), Kind::Directory, Matched::default());
        }
        told.lock().unwrap().clear();
        Marks::new(Some(&landmarks), "").tell(&entries);
        let told = told.lock().unwrap();
        assert_eq!((told.len(), told[0].as_str(), told[1].as_str()), (167, "s000/", "s003/"));
    }
}
