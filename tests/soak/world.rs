//! A server that dies and comes back, and what lies on its disk.

use std::{
    collections::BTreeMap,
    fs::{self, Metadata},
    net::TcpStream,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::Child,
    thread,
    time::Duration,
};

use tt_tests::{BUCKET, EMBEDDED, Scene, Server, Stage, Stored, free_port, sha256, wait_until};

use crate::source::Hash;

/// Where all goes, in the bucket.
const PREFIX: &str = "tree/";
/// A server that does nothing in so many of such spans has nothing left to do.
const SPANS: u32 = 4;
const SPAN: Duration = Duration::from_millis(100);

/// A server, the scene that the tools run in, and hashes of what was read already.
pub(crate) struct World {
    pub(crate) scene: Scene,
    server: &'static Server,
    data: PathBuf,
    port: u16,
    process: Child,
    hashes: BTreeMap<Identity, Hash>,
}

/// What changes when a file's content does: neither server rewrites files in place.
type Identity = (u64, u64, i64, i64);

fn identity(stat: &Metadata) -> Identity {
    (stat.ino(), stat.len(), stat.mtime(), stat.mtime_nsec())
}

impl World {
    pub(crate) fn start(server: &'static Server) -> Self {
        let scene = Scene::new();
        let (data, port) = (scene.path("server"), free_port());
        let bucket = data.join("objects").join(BUCKET);
        // The embedded one makes it by itself; for others a directory is a bucket.
        fs::create_dir_all(if server.name == EMBEDDED.name { &data } else { &bucket }).unwrap();
        let process = server.start(&data, port);
        let world = Self { scene, server, data, port, process, hashes: BTreeMap::new() };
        world.wait();
        world
    }

    pub(crate) fn dest() -> String {
        format!("s3://{BUCKET}/{PREFIX}")
    }

    /// Kills the server. Nothing of it is told.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts it again where it was.
    pub(crate) fn revive(&mut self) {
        self.process = self.server.start(&self.data, self.port);
        self.wait();
    }

    fn wait(&self) {
        wait_until("the server listens", || TcpStream::connect(("127.0.0.1", self.port)).is_ok());
    }

    /// Leads a tool to the server.
    pub(crate) fn lead(&self, stage: Stage) -> Stage {
        stage.env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", self.port))
    }

    /// Waits until the server is idle: requests of processes that were killed may be under way in it still, and an upload
    /// that is joined late takes the place of a newer one.
    pub(crate) fn settle(&self) {
        let (mut before, mut idle) = (None, 0);
        wait_until("the server is idle", || {
            let now = Some(self.work());
            idle = if before == now { idle + 1 } else { 0 };
            before = now;
            thread::sleep(SPAN);
            idle == SPANS
        });
    }

    /// How much the server has done until now: its CPU time, and what it has read and written. The same each time where the
    /// system does not tell.
    fn work(&self) -> (u64, String) {
        let told =
            |what| fs::read_to_string(format!("/proc/{}/{what}", self.process.id())).unwrap_or_default();
        let stat = told("stat");
        // Behind its name, which may hold anything.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        (fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum(), told("io"))
    }

    /// What is stored, by key below the destination.
    pub(crate) fn objects(&mut self) -> BTreeMap<String, Hash> {
        let bodies = self.bodies();
        bodies.into_iter().map(|(key, path)| (key, self.hash(&path))).collect()
    }

    fn hash(&mut self, path: &Path) -> Hash {
        let stat = fs::metadata(path).unwrap();
        self.hashes.entry(identity(&stat)).or_insert_with(|| sha256(&fs::read(path).unwrap())).clone()
    }

    /// Keys below the destination, and the files with their bytes.
    fn bodies(&self) -> BTreeMap<String, PathBuf> {
        let bucket = self.data.join("objects").join(BUCKET);
        let mut found = BTreeMap::new();
        if self.server.name == EMBEDDED.name {
            found = Stored::new(bucket).bodies();
        } else {
            files(&bucket, &bucket, &mut found);
        }
        found
            .into_iter()
            .filter_map(|(key, path)| Some((key.strip_prefix(PREFIX)?.to_owned(), path)))
            .collect()
    }

    /// How many uploads are unfinished, where that can be seen.
    pub(crate) fn unfinished(&self) -> Option<usize> {
        let embedded = self.server.name == EMBEDDED.name;
        embedded.then(|| Stored::new(self.data.join("objects").join(BUCKET)).uploads())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What versitygw calls a file that it was about to put in place when it was killed. Nothing clears it away, and it is listed.
const UNFINISHED: &str = ".sgwtmp.";

/// All files below a directory, by their paths from `root` on.
fn files(root: &Path, directory: &Path, found: &mut BTreeMap<String, PathBuf>) {
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            files(root, &path, found);
        } else {
            let key = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if !key.contains(UNFINISHED) {
                found.insert(key, path);
            }
        }
    }
}
