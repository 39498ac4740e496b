//! A server that dies and comes back, and what lies on its disk.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, Metadata},
    net::TcpStream,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::Child,
    thread,
    time::Duration,
};

use rand::{RngExt as _, rngs::Xoshiro256PlusPlus};
use tt_tests::{
    BUCKET, EMBEDDED, Narrow, Scene, Server, Stage, Stored, free_port, plan, push, sha256, verify, wait_until,
};

use crate::source::Hash;

/// Where all goes, in the bucket.
const PREFIX: &str = "tree/";
/// Objects outside of it, whose keys are easily taken for keys below it. No run may touch them.
const OUTSIDE: [&str; 5] = ["tr/ee", "tree-2/small/0/000", "tree.bak/large-0", "treetop", "other/a b"];
/// Bytes a second of the slow links.
const RATES: [u32; 3] = [12_000_000, 24_000_000, 48_000_000];
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
    links: Vec<Narrow>,
    /// The slow link that the tools use now, if any.
    slow: Option<usize>,
    /// What is stored outside of the destination.
    outside: BTreeMap<String, Hash>,
}

/// What is stored.
pub(crate) struct Objects {
    /// By key below the destination.
    pub(crate) inside: BTreeMap<String, Hash>,
    /// Keys outside of it whose objects are not what they were at the start.
    pub(crate) touched: Vec<String>,
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
        let links = RATES.map(|rate| Narrow::to(&format!("http://127.0.0.1:{port}"), rate)).into();
        let (hashes, outside) = (BTreeMap::new(), BTreeMap::new());
        let mut world = Self { scene, server, data, port, process, hashes, links, slow: None, outside };
        world.wait();
        world.plant();
        world
    }

    /// Stores the objects outside of the destination.
    fn plant(&mut self) {
        let mut tree = self.scene.tree("outside");
        for (name, number) in OUTSIDE.into_iter().zip(0..) {
            tree.sized(name, 3000 + number);
        }
        let stages = [plan(&tree.root, &format!("s3://{BUCKET}/")), push(), verify()];
        self.scene.pipeline(stages.map(|stage| self.lead(stage))).run().expect_all(&[0, 0, 0]);
        let files = tree.objects("").into_iter();
        self.outside = files.map(|(name, path)| (name, sha256(&fs::read(path).unwrap()))).collect();
    }

    pub(crate) fn dest() -> String {
        format!("s3://{BUCKET}/{PREFIX}")
    }

    /// Whether the server can be made to fail with requests for one key only.
    pub(crate) fn takes_faults(&self) -> bool {
        self.server.name == EMBEDDED.name
    }

    /// Restarts the server, which nobody uses now, so that requests for one object fail; without a fault, none does.
    pub(crate) fn fail(&mut self, fault: Option<(&str, &str)>) {
        let fault = fault.map(|(kind, name)| format!("{kind}:key={PREFIX}{name}"));
        let args: Vec<_> = fault.iter().flat_map(|fault| ["--fault", fault]).collect();
        self.kill();
        self.process = self.server.start_with(&self.data, self.port, &args);
        self.wait();
    }

    /// Tools that are led to the server from now on use one of the slow links.
    pub(crate) fn slow_down(&mut self, rng: &mut Xoshiro256PlusPlus) {
        self.slow = Some(rng.random_range(0..self.links.len()));
    }

    /// They use none any more. What is still in one is lost.
    pub(crate) fn speed_up(&mut self) {
        self.cut();
        self.mend();
        self.slow = None;
    }

    /// Cuts the slow link that is used.
    pub(crate) fn cut(&self) {
        if let Some(link) = self.link() {
            link.cut();
        }
    }

    /// Repairs it.
    pub(crate) fn mend(&self) {
        if let Some(link) = self.link() {
            link.mend();
        }
    }

    fn link(&self) -> Option<&Narrow> {
        self.slow.map(|index| &self.links[index])
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
        let straight = format!("http://127.0.0.1:{}", self.port);
        stage.env("AWS_ENDPOINT_URL", self.link().map_or(straight.as_str(), Narrow::url))
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

    /// What is stored.
    pub(crate) fn objects(&mut self) -> Objects {
        let (mut inside, mut outside) = (BTreeMap::new(), BTreeMap::new());
        for (key, path) in self.bodies() {
            let hash = self.hash(&path);
            match key.strip_prefix(PREFIX) {
                Some(name) => inside.insert(name.to_owned(), hash),
                None => outside.insert(key, hash),
            };
        }
        let keys: BTreeSet<_> = self.outside.keys().chain(outside.keys()).collect();
        let touched = keys.into_iter().filter(|key| self.outside.get(*key) != outside.get(*key));
        Objects { touched: touched.cloned().collect(), inside }
    }

    fn hash(&mut self, path: &Path) -> Hash {
        let stat = fs::metadata(path).unwrap();
        self.hashes.entry(identity(&stat)).or_insert_with(|| sha256(&fs::read(path).unwrap())).clone()
    }

    /// All keys, and the files with their bytes.
    fn bodies(&self) -> BTreeMap<String, PathBuf> {
        let bucket = self.data.join("objects").join(BUCKET);
        let mut found = BTreeMap::new();
        if self.server.name == EMBEDDED.name {
            found = Stored::new(bucket).bodies();
        } else {
            files(&bucket, &bucket, &mut found);
        }
        found
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
