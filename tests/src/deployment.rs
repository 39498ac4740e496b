//! A deployment as it is in the field: a configuration file, a source, and the directory that its monitors look into.

use std::{fs, path::PathBuf};

use serde_json::Value;

use crate::{BUCKET, Scene, Stage, Tree, tool};

/// A deployment in a scene.
pub struct Deployment<'s> {
    scene: &'s Scene,
    /// What is to be uploaded.
    pub source: Tree,
}

impl<'s> Deployment<'s> {
    /// One as it comes from its template: CRLF, comments, references, and values that nobody has filled in.
    pub fn new(scene: &'s Scene) -> Self {
        let source = scene.tree("in");
        let deployment = Self { scene, source };
        deployment.configure(&[
            "# DataSync deployment",
            "export CLIENT_NAME=\"Acme & Sons\"   # shown in reports",
            "export DATASYNC_HOME=\"${DEPLOY_ROOT:-$HOME/../work}\"",
            "export SOURCE_DIR=\"${DATASYNC_HOME}/in\"",
            "export LOGS_DIR='logs'",
            "",
            &format!("export BUCKET_NAME=\"{BUCKET}\""),
            "export S3_SUBDIRECTORY=\"/client/data/\"",
            "export AWS_PROFILE=\"[AWS_PROFILE]\"",
            "export AWS_ACCOUNT_ID=[ACCOUNT]",
            "export S3_STORAGE_CLASS=\"\"",
            "export HEALTH_CHECK_FILE=\"${LOGS_DIR}/health\"",
            "export DEPLOYMENT_MODE=simulator",
        ]);
        deployment
    }

    /// Writes the configuration.
    pub fn configure(&self, lines: &[&str]) {
        self.scene.write("datasync-config.env", lines.join("\r\n") + "\r\n");
    }

    /// Adds lines to the configuration.
    pub fn and(&self, lines: &[&str]) {
        let before = fs::read_to_string(self.scene.path("datasync-config.env")).unwrap();
        self.scene.write("datasync-config.env", before + &lines.join("\n") + "\n");
    }

    /// `tt-sync`, in the directory of the deployment.
    pub fn sync(&self) -> Stage {
        tool("tt-sync")
    }

    /// What last-sync.json says.
    #[track_caller]
    pub fn last(&self) -> Value {
        serde_json::from_slice(&fs::read(self.logs("last-sync.json")).expect("a last-sync.json")).unwrap()
    }

    /// All lines of the log.
    #[track_caller]
    pub fn log(&self) -> String {
        let logs = fs::read_dir(self.logs("")).unwrap().map(|entry| entry.unwrap().path());
        let mut logs: Vec<_> = logs.filter(|path| path.extension().is_some_and(|end| end == "log")).collect();
        logs.sort();
        logs.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
    }

    /// A path among its logs.
    pub fn logs(&self, name: &str) -> PathBuf {
        self.scene.path("logs").join(name)
    }
}
