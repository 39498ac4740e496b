//! The records of a bucket on disk. The layout is told in [the crate's documentation](crate).
//!
//! Each record is written beside its place and renamed into it, so that whatever ends the process leaves the old one or
//! the new one. Nothing waits for the disk: a power cut is not what the lab guards against.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    Bucket,
    bodies::{Body, Place, unique},
    multipart::{StoredPart, Upload, UploadHead},
    object::{Moment, Object},
};
use crate::sums::sha256_hex;

/// Where a bucket's records go; nowhere if the store is not kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Records(Option<PathBuf>);

/// The record of a bucket itself.
#[derive(Serialize, Deserialize)]
struct BucketRecord {
    created: Moment,
}

impl Records {
    /// Makes the directories of a new bucket.
    pub(crate) fn create(root: &Path, bucket: &str, created: Moment) -> io::Result<Self> {
        let directory = root.join(bucket);
        for part in ["objects", "bodies", "uploads"] {
            fs::create_dir_all(directory.join(part))?;
        }
        write(&directory, &directory.join("bucket.json"), &BucketRecord { created })?;
        Ok(Self(Some(directory)))
    }

    /// Removes an empty bucket.
    pub(crate) fn remove(&self) -> io::Result<()> {
        self.0.as_ref().map_or(Ok(()), fs::remove_dir_all)
    }

    pub(crate) fn save_object(&self, object: &Object) -> io::Result<()> {
        let Some(directory) = &self.0 else { return Ok(()) };
        write(directory, &object_path(directory, &object.key), object)
    }

    pub(crate) fn remove_object(&self, key: &str) -> io::Result<()> {
        let Some(directory) = &self.0 else { return Ok(()) };
        remove(&object_path(directory, key))
    }

    pub(crate) fn save_upload(&self, upload: &UploadHead) -> io::Result<()> {
        let Some(directory) = &self.0 else { return Ok(()) };
        write(directory, &directory.join("uploads").join(format!("{}.json", upload.id)), upload)
    }

    pub(crate) fn save_part(&self, id: &str, part: &StoredPart) -> io::Result<()> {
        let Some(directory) = &self.0 else { return Ok(()) };
        write(directory, &part_path(directory, id, part.part.number), part)
    }

    pub(crate) fn remove_upload(&self, upload: &Upload) -> io::Result<()> {
        let Some(directory) = &self.0 else { return Ok(()) };
        // The upload goes first: parts without one are cleared away at the next start.
        remove(&directory.join("uploads").join(format!("{}.json", upload.head.id)))?;
        upload.parts.keys().try_for_each(|number| remove(&part_path(directory, &upload.head.id, *number)))
    }
}

/// Makes `root`, and takes it for this process alone: another one would clear away what is under way here.
pub(super) fn lock(root: &Path) -> io::Result<fs::File> {
    fs::create_dir_all(root)?;
    let directory = fs::File::open(root)?;
    match directory.try_lock() {
        Ok(()) => Ok(directory),
        Err(fs::TryLockError::WouldBlock) => {
            Err(io::Error::new(io::ErrorKind::ResourceBusy, "another endpoint keeps its objects there"))
        }
        Err(fs::TryLockError::Error(e)) => Err(e),
    }
}

/// Reads all buckets below `root`, and clears away what an ended process left unfinished.
pub(super) fn load(root: &Path) -> io::Result<BTreeMap<String, Bucket>> {
    let mut buckets = BTreeMap::new();
    for entry in fs::read_dir(root)? {
        let directory = entry?.path();
        let name = directory.file_name().and_then(|name| name.to_str()).map(str::to_owned);
        if let (Some(name), true) = (name, directory.join("bucket.json").exists()) {
            buckets.insert(name, load_bucket(&directory)?);
        }
    }
    Ok(buckets)
}

fn load_bucket(directory: &Path) -> io::Result<Bucket> {
    let record: BucketRecord = read(&directory.join("bucket.json"))?;
    let mut bucket = Bucket {
        created: record.created,
        place: Place::Directory(directory.join("bodies")),
        records: Records(Some(directory.to_owned())),
        objects: BTreeMap::new(),
        uploads: BTreeMap::new(),
    };
    for path in json_files(&directory.join("objects"))? {
        let object: Object = read(&path)?;
        bucket.objects.insert(object.key.clone(), Arc::new(object));
    }
    load_uploads(&mut bucket, &directory.join("uploads"))?;
    clear_orphans(&bucket, &directory.join("bodies"))?;
    Ok(bucket)
}

/// Uploads are named `ID.json`, their parts `ID.NUMBER.json`.
fn load_uploads(bucket: &mut Bucket, directory: &Path) -> io::Result<()> {
    let (parts, heads): (Vec<_>, Vec<_>) =
        json_files(directory)?.into_iter().partition(|path| part_of(path).is_some());
    let mut keys = BTreeMap::new();
    for path in heads {
        let head: UploadHead = read(&path)?;
        let place = (head.key.clone(), head.id.clone());
        keys.insert(head.id.clone(), place.clone());
        bucket.uploads.insert(place, Upload { head: Arc::new(head), parts: BTreeMap::new() });
    }
    for path in parts {
        let upload =
            part_of(&path).and_then(|id| keys.get(id)).and_then(|place| bucket.uploads.get_mut(place));
        match upload {
            Some(upload) => {
                let part: StoredPart = read(&path)?;
                upload.parts.insert(part.part.number, part);
            }
            None => remove(&path)?,
        }
    }
    Ok(())
}

/// The upload whose part a record is.
fn part_of(path: &Path) -> Option<&str> {
    path.file_stem()?.to_str()?.split_once('.').map(|(id, _number)| id)
}

fn clear_orphans(bucket: &Bucket, directory: &Path) -> io::Result<()> {
    let of_objects = bucket.objects.values().map(|object| &object.body);
    let of_parts = bucket.uploads.values().flat_map(|upload| upload.parts.values().map(|part| &part.body));
    let known: BTreeSet<&str> = of_objects
        .chain(of_parts)
        .filter_map(|body| if let Body::File { name, .. } = body { Some(name.as_str()) } else { None })
        .collect();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if !entry.file_name().to_str().is_some_and(|name| known.contains(name)) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn json_files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let paths = fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    Ok(paths
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect())
}

fn object_path(directory: &Path, key: &str) -> PathBuf {
    directory.join("objects").join(format!("{}.json", sha256_hex(key.as_bytes())))
}

fn part_path(directory: &Path, id: &str, number: u16) -> PathBuf {
    directory.join("uploads").join(format!("{id}.{number}.json"))
}

fn write(directory: &Path, path: &Path, record: &impl Serialize) -> io::Result<()> {
    let draft = directory.join(format!("{}.draft", unique()));
    fs::write(&draft, serde_json::to_vec(record)?)?;
    fs::rename(&draft, path)
}

fn read<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    serde_json::from_slice(&fs::read(path)?)
        .map_err(|e| io::Error::new(io::ErrorKind::InvalidData, format!("{}: {e}", path.display())))
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}
