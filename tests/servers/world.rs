//! A server under way, and the tools beside it.

use std::{cell::Cell, fs, path::PathBuf, process::Child, time::Duration};

use tt_tests::{
    Outcome, Records, Scene, Server, Stage, Tree, free_port, plan, push, servers, tool, verify, wait_until,
};

/// A server, and a scene whose tools go there instead of to the scene's own endpoint.
pub(crate) struct World {
    scene: Scene,
    url: String,
    server: Child,
    count: Cell<u32>,
}

/// The bucket of all cases.
pub(crate) const BUCKET: &str = "matrix";

impl World {
    /// Starts a server, and makes the bucket.
    pub(crate) fn start(server: &Server) -> Self {
        let scene = Scene::new();
        let data = scene.path("server");
        fs::create_dir(&data).unwrap();
        let port = free_port();
        let server = server.start(&data, port);
        let world = Self { scene, url: format!("http://127.0.0.1:{port}"), server, count: Cell::default() };
        wait_until("the server answers and makes a bucket", || {
            std::thread::sleep(Duration::from_millis(200));
            let made = world.run(peer("s5cmd").args(["mb", &format!("s3://{BUCKET}")]));
            made.stage(0).code() == 0 || made.stage(0).stderr.contains("BucketAlready")
        });
        world
    }

    /// An empty tree, and a prefix of its own.
    pub(crate) fn case(&self) -> (Tree, String) {
        self.count.set(self.count.get() + 1);
        let name = format!("case-{}", self.count.get());
        (self.scene.tree(&name), format!("s3://{BUCKET}/{name}/"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.scene.path(name)
    }

    /// Gives a program what leads to the server.
    fn lead(&self, stage: Stage) -> Stage {
        let url = self.url.as_str();
        [
            ("AWS_ENDPOINT_URL", url),
            ("S3_ENDPOINT_URL", url),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_PAGER", ""),
            ("RCLONE_CONFIG", "/dev/null"),
            ("RCLONE_S3_ENDPOINT", url),
            ("RCLONE_S3_REGION", "us-east-1"),
            ("RCLONE_S3_PROVIDER", "Other"),
            ("RCLONE_S3_ENV_AUTH", "true"),
        ]
        .into_iter()
        .fold(stage, |stage, (name, value)| stage.env(name, value))
    }

    pub(crate) fn pipeline<const N: usize>(&self, stages: [Stage; N]) -> tt_tests::Pipeline<'_> {
        self.scene.pipeline(stages.map(|stage| self.lead(stage)))
    }

    pub(crate) fn run(&self, stage: Stage) -> Outcome {
        self.pipeline([stage]).run()
    }

    /// What a stage writes, in a file. It must succeed.
    pub(crate) fn keep(&self, stage: Stage) -> PathBuf {
        self.scene.keep(self.lead(stage), "kept.ndjson")
    }

    /// Plans, uploads and proves. What the proof says, or what went wrong first.
    pub(crate) fn sync(&self, tree: &Tree, dest: &str, flags: &[&str]) -> Result<Records, String> {
        let outcome = self.pipeline([plan(tree, dest), push().args(flags), verify()]).run();
        succeeded(&outcome, 3)?;
        Ok(outcome.records())
    }

    /// Proves a tree.
    pub(crate) fn prove(&self, tree: &Tree, dest: &str) -> Result<Records, String> {
        let outcome = self.run(verify().arg("--extra").arg(tree).arg(dest));
        succeeded(&outcome, 1)?;
        Ok(outcome.records())
    }

    /// The objects that a plan would upload still.
    pub(crate) fn left(&self, tree: &Tree, dest: &str, flags: &[&str]) -> Result<Vec<String>, String> {
        let outcome = self.run(plan(tree, dest).args(flags));
        succeeded(&outcome, 1)?;
        Ok(outcome.records().objects("put").into_iter().map(str::to_owned).collect())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// What went wrong first, if something did.
pub(crate) fn succeeded(outcome: &Outcome, stages: usize) -> Result<(), String> {
    let failed = (0..stages).map(|stage| outcome.stage(stage)).find(|ended| ended.code() != 0);
    let Some(failed) = failed else { return Ok(()) };
    let told = outcome.text();
    let record = told.lines().find(|line| line.contains("\"error\":") || line.contains("\"type\":\"mis"));
    let said = failed.stderr.lines().find(|line| line.contains("error")).unwrap_or_default();
    Err(format!("exit code {}: {} {}", failed.code(), said, record.unwrap_or_default()))
}

/// One of the other programs, which are to agree.
pub(crate) fn peer(name: &str) -> Stage {
    tool(servers().join("peers/bin").join(name).to_str().unwrap())
}
