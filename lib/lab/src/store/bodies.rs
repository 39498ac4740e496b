//! Where bodies lie: in files, in memory, or nowhere. Knows nothing of keys.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::{Bytes, BytesMut};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt as _;

/// How much of a file is read at a time.
const READ: usize = 256 * 1024;

/// How much memory is set aside at most on a client's word.
const RESERVE: usize = 64 * 1024 * 1024;

/// The bytes of an object or a part, or where they are.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Body {
    /// A file in the bucket's `bodies` directory.
    File {
        /// Its name there.
        #[serde(rename = "body")]
        name: String,
        /// How the file looked when its sums were computed.
        stamp: Stamp,
    },
    /// The bytes, in order.
    #[serde(skip)]
    Memory(Vec<Bytes>),
    /// Checked and dropped.
    #[serde(skip)]
    Discarded,
}

/// What changes when somebody else writes to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    size: u64,
    modified_ns: u64,
}

impl Stamp {
    fn of(metadata: &fs::Metadata) -> io::Result<Self> {
        let modified = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(Self { size: metadata.len(), modified_ns: u64::try_from(modified.as_nanos()).unwrap_or(u64::MAX) })
    }

    pub(crate) const fn size(self) -> u64 {
        self.size
    }
}

/// Where new bodies of a bucket go.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    Directory(PathBuf),
    Memory,
    Nowhere,
}

impl Place {
    /// Starts a body of about `expected` bytes.
    pub(crate) async fn create(&self, expected: u64) -> io::Result<Writer> {
        Ok(match self {
            Self::Directory(directory) => {
                let name = unique();
                let path = directory.join(&name);
                let file = tokio::fs::File::create_new(&path).await?;
                Writer::File { file, draft: Draft { path, name, kept: false } }
            }
            Self::Memory => {
                let capacity = usize::try_from(expected).map_or(RESERVE, |expected| expected.min(RESERVE));
                Writer::Memory(BytesMut::with_capacity(capacity))
            }
            Self::Nowhere => Writer::Discard,
        })
    }

    /// The file of a body that has one.
    pub(crate) fn path(&self, body: &Body) -> Option<PathBuf> {
        match (self, body) {
            (Self::Directory(directory), Body::File { name, .. }) => Some(directory.join(name)),
            _ => None,
        }
    }

    /// Frees a body that nothing refers to any more.
    pub(crate) fn remove(&self, body: &Body) {
        if let Some(path) = self.path(body) {
            // Already gone is as good; anything else leaves an orphan that the next start clears away.
            let _ = fs::remove_file(path);
        }
    }

    /// Opens a body; it stays readable when it is removed afterwards.
    pub(crate) fn open(&self, body: &Body) -> io::Result<Opened> {
        match body {
            Body::Memory(chunks) => Ok(Opened::Memory(chunks.clone())),
            Body::Discarded => Ok(Opened::Discarded),
            Body::File { .. } => {
                let path = self.path(body).ok_or(io::ErrorKind::NotFound)?;
                fs::File::open(path).map(Opened::File)
            }
        }
    }

    /// Puts bodies behind one another into a new one.
    pub(crate) async fn join(&self, bodies: Vec<Body>) -> io::Result<Body> {
        match self {
            Self::Memory => Ok(Body::Memory(
                bodies
                    .into_iter()
                    .flat_map(|body| if let Body::Memory(chunks) = body { chunks } else { Vec::new() })
                    .collect(),
            )),
            Self::Nowhere => Ok(Body::Discarded),
            Self::Directory(directory) => {
                let directory = directory.clone();
                tokio::task::spawn_blocking(move || join_files(&directory, &bodies))
                    .await
                    .map_err(io::Error::other)?
            }
        }
    }
}

/// Copies files behind one another; the kernel does it without bringing the bytes here where it can.
fn join_files(directory: &Path, bodies: &[Body]) -> io::Result<Body> {
    let name = unique();
    let mut draft = Draft { path: directory.join(&name), name, kept: false };
    let mut whole = fs::File::create_new(&draft.path)?;
    for body in bodies {
        if let Body::File { name, .. } = body {
            io::copy(&mut fs::File::open(directory.join(name))?, &mut whole)?;
        }
    }
    drop(whole);
    draft.keep()
}

/// The bytes `range` of `chunks`, shared with them.
fn cut(chunks: &[Bytes], range: std::ops::Range<u64>) -> Vec<Bytes> {
    let mut position = 0;
    let mut pieces = Vec::new();
    for chunk in chunks {
        let next = position + chunk.len() as u64;
        let start = range.start.clamp(position, next) - position;
        let end = range.end.clamp(position, next) - position;
        // A position within a chunk fits its length.
        if let (Ok(start), Ok(end)) = (usize::try_from(start), usize::try_from(end))
            && start < end
        {
            pieces.push(chunk.slice(start..end));
        }
        position = next;
    }
    pieces
}

/// A file under way; dropped before it was kept, it is removed.
pub(crate) struct Draft {
    path: PathBuf,
    name: String,
    kept: bool,
}

impl Draft {
    fn keep(&mut self) -> io::Result<Body> {
        let stamp = Stamp::of(&fs::metadata(&self.path)?)?;
        self.kept = true;
        Ok(Body::File { name: self.name.clone(), stamp })
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.kept {
            // Nobody is left to tell; the next start clears it away.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// A body under way.
pub(crate) enum Writer {
    File { file: tokio::fs::File, draft: Draft },
    Memory(BytesMut),
    Discard,
}

impl Writer {
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::File { file, .. } => file.write_all(bytes).await,
            // Copied, because a received chunk may keep a much larger buffer alive.
            Self::Memory(buffer) => {
                buffer.extend_from_slice(bytes);
                Ok(())
            }
            Self::Discard => Ok(()),
        }
    }

    /// Ends it. What is dropped instead leaves nothing behind.
    pub(crate) async fn finish(self) -> io::Result<Body> {
        match self {
            Self::File { mut file, mut draft } => {
                file.flush().await?;
                draft.keep()
            }
            Self::Memory(buffer) => Ok(Body::Memory(vec![buffer.freeze()])),
            Self::Discard => Ok(Body::Discarded),
        }
    }
}

/// A body that can be read.
pub(crate) enum Opened {
    File(fs::File),
    Memory(Vec<Bytes>),
    Discarded,
}

impl Opened {
    /// How the file looks now, if there is one.
    pub(crate) fn stamp(&self) -> io::Result<Option<Stamp>> {
        match self {
            Self::File(file) => Stamp::of(&file.metadata()?).map(Some),
            Self::Memory(_) | Self::Discarded => Ok(None),
        }
    }

    /// Reads the bytes `range`. Of a discarded body there are none.
    pub(crate) fn read(self, range: std::ops::Range<u64>) -> io::Result<Reader> {
        match self {
            Self::Memory(chunks) => Ok(Reader::Memory(cut(&chunks, range).into_iter())),
            Self::Discarded => Err(io::ErrorKind::Unsupported.into()),
            Self::File(mut file) => {
                io::Seek::seek(&mut file, io::SeekFrom::Start(range.start))?;
                Ok(Reader::File { file: tokio::fs::File::from_std(file), left: range.end - range.start })
            }
        }
    }
}

/// A body being read.
pub(crate) enum Reader {
    File { file: tokio::fs::File, left: u64 },
    Memory(std::vec::IntoIter<Bytes>),
}

impl Reader {
    /// The next bytes; none at the end. A file that became shorter is an error.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Bytes>> {
        match self {
            Self::Memory(pieces) => Ok(pieces.next()),
            Self::File { left: 0, .. } => Ok(None),
            Self::File { file, left } => {
                let length = usize::try_from(*left).map_or(READ, |left| left.min(READ));
                let mut buffer = BytesMut::zeroed(length);
                let count = tokio::io::AsyncReadExt::read(file, &mut buffer).await?;
                if count == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                buffer.truncate(count);
                *left -= count as u64;
                Ok(Some(buffer.freeze()))
            }
        }
    }
}

/// A name that no other body or upload has; later ones sort behind earlier ones.
pub(crate) fn unique() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{nanos:020x}{count:08x}{:08x}", std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn written(place: &Place, bytes: &'static [u8]) -> Body {
        let mut writer = place.create(bytes.len() as u64).await.unwrap();
        writer.write(bytes).await.unwrap();
        writer.finish().await.unwrap()
    }

    async fn read(place: &Place, body: &Body, range: std::ops::Range<u64>) -> Vec<u8> {
        let mut reader = place.open(body).unwrap().read(range).unwrap();
        let mut bytes = Vec::new();
        while let Some(chunk) = reader.next().await.unwrap() {
            bytes.extend_from_slice(&chunk);
        }
        bytes
    }

    #[tokio::test]
    async fn bodies_join_and_come_back_in_ranges() {
        let directory = tempfile::tempdir().unwrap();
        for place in [Place::Memory, Place::Directory(directory.path().into())] {
            let parts = vec![written(&place, b"hello, ").await, written(&place, b"world").await];
            let whole = place.join(parts).await.unwrap();
            assert_eq!(read(&place, &whole, 0..12).await, b"hello, world");
            assert_eq!(read(&place, &whole, 5..9).await, b", wo");
            assert_eq!(read(&place, &whole, 12..12).await, b"");
        }
    }

    #[tokio::test]
    async fn a_dropped_body_leaves_no_file() {
        let directory = tempfile::tempdir().unwrap();
        let mut writer = Place::Directory(directory.path().into()).create(4).await.unwrap();
        writer.write(b"half").await.unwrap();
        drop(writer);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
