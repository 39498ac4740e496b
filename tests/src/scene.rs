//! The world that a test has to itself: directories, a cleared environment, an endpoint.

use std::{
    ffi::OsString,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use tt_lab::{Bodies, Credential, Options, Stats};

use crate::{Outcome, Pipeline, Records, Service, Stage, Stored, Tree, plan, push, verify};

/// The bucket that each scene has.
pub const BUCKET: &str = "bucket";
/// The key id that tools use unless a test says otherwise.
pub const ACCESS_KEY: &str = "SCENEKEY";
/// Its secret, which must never show in what a tool writes.
pub const SECRET_KEY: &str = "scene/secret+that/nobody/may/ever/see";

/// A sealed environment. Everything in it goes when it is dropped.
pub struct Scene {
    // The endpoint stops before its directory goes.
    service: Service,
    root: TempDir,
}

impl Default for Scene {
    fn default() -> Self {
        Self::new()
    }
}

impl Scene {
    /// A scene whose endpoint is a plain one.
    pub fn new() -> Self {
        Self::with(|_, _| {})
    }

    /// A scene whose endpoint has other options. `change` may put files into the directory that it is given.
    pub fn with(change: impl FnOnce(&Path, &mut Options)) -> Self {
        let root = tempfile::Builder::new().prefix("tt-").tempdir().unwrap();
        // Tools may run as a user who is nobody.
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for name in ["home", "tmp", "work"] {
            fs::create_dir(root.path().join(name)).unwrap();
        }
        let mut options = Options {
            credentials: vec![Credential::new(ACCESS_KEY, SECRET_KEY)],
            bodies: Bodies::Directory(root.path().join("s3")),
            buckets: vec![BUCKET.to_owned()],
            ..Options::default()
        };
        change(root.path(), &mut options);
        Self { service: Service::start(options), root }
    }

    /// A scene with faults, written as `tt-bench serve --fault` takes them.
    pub fn with_faults(faults: &[&str]) -> Self {
        Self::with(|_, options| options.faults = faults.iter().map(|fault| fault.parse().unwrap()).collect())
    }

    /// Restarts the endpoint with other options; what it stored stays.
    pub fn restart(&mut self, change: impl FnOnce(&mut Options)) {
        self.service.restart(change);
    }

    /// Where the endpoint is.
    pub fn url(&self) -> String {
        self.service.url()
    }

    /// What the endpoint did so far.
    pub fn stats(&self) -> Stats {
        self.service.stats()
    }

    /// How often an operation was asked for, by S3's name.
    pub fn requests(&self, operation: &str) -> u64 {
        self.stats().operations.get(operation).copied().unwrap_or(0)
    }

    /// What lies in the bucket.
    pub fn stored(&self) -> Stored {
        Stored::new(self.root.path().join("s3").join(BUCKET))
    }

    /// The directory that tools run in.
    pub fn directory(&self) -> PathBuf {
        self.root.path().join("work")
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory().join(name)
    }

    /// Writes a file there.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// An empty tree there.
    pub fn tree(&self, name: &str) -> Tree {
        Tree::new(self.path(name))
    }

    /// The whole environment of a process in this scene.
    pub fn environment(&self) -> Vec<(OsString, OsString)> {
        let root = self.root.path();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let set = |name: &str, value: OsString| (OsString::from(name), value);
        vec![
            set("PATH", crate::stage::with_tools(&path)),
            set("HOME", root.join("home").into()),
            set("TMPDIR", root.join("tmp").into()),
            set("AWS_ENDPOINT_URL", self.url().into()),
            set("AWS_ACCESS_KEY_ID", ACCESS_KEY.into()),
            set("AWS_SECRET_ACCESS_KEY", SECRET_KEY.into()),
            set("AWS_REGION", "us-east-1".into()),
            set("AWS_EC2_METADATA_DISABLED", "true".into()),
        ]
    }

    /// A pipeline of several stages.
    pub fn pipeline(&self, stages: impl IntoIterator<Item = Stage>) -> Pipeline<'_> {
        Pipeline::new(self, stages.into_iter().collect())
    }

    /// Runs one stage by itself, with nothing to read.
    pub fn run(&self, stage: Stage) -> Outcome {
        self.pipeline([stage]).run()
    }

    /// Runs `tt-plan SOURCE DEST | tt-push | tt-verify`.
    pub fn sync(&self, source: &Path, dest: &str) -> Outcome {
        self.pipeline([plan(source, dest), push(), verify()]).run()
    }

    /// The plan that a stage makes, which must succeed.
    #[track_caller]
    pub fn planned(&self, stage: Stage) -> Records {
        self.run(stage).expect(0).records()
    }

    /// Writes what a stage writes into a file of this name, and gives its path. The stage must succeed.
    #[track_caller]
    pub fn keep(&self, stage: Stage, name: &str) -> PathBuf {
        self.write(name, self.run(stage).expect(0).stdout())
    }
}
