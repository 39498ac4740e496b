//! Two hosts of a test's own and a line between them, in network namespaces: it can be cut and made slow.

use std::{
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use crate::Stage;

/// The line, with an address at each end. It goes when it is dropped.
pub struct Line {
    near: String,
    far: String,
    address: String,
}

impl Line {
    /// Lays a line; says so, and gives none, where that is not possible: it takes root, and ip(8) and tc(8).
    pub fn lay() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("tt{}-{count}", std::process::id());
        // Both hosts are nowhere else, so their addresses are free.
        let (near, far, address) = (format!("{name}n"), format!("{name}f"), "192.0.2.2".to_owned());
        let line = Self { near, far, address };
        let (near, far) = (line.near.as_str(), line.far.as_str());
        let laid = run(&["netns", "add", near])
            && run(&["netns", "add", far])
            && run(&[
                "link", "add", "line", "netns", near, "type", "veth", "peer", "name", "line", "netns", far,
            ])
            && [(near, "192.0.2.1/24"), (far, "192.0.2.2/24")].iter().all(|(host, address)| {
                run(&["-n", host, "address", "add", address, "dev", "line"])
                    && run(&["-n", host, "link", "set", "line", "up"])
                    && run(&["-n", host, "link", "set", "lo", "up"])
            })
            && line.rate("1gbit");
        if !laid {
            eprintln!("SKIPPED: no line can be laid here, which takes root, ip and tc");
        }
        laid.then_some(line)
    }

    /// The address of the far end.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Runs a stage on the near host, where the tools are.
    #[must_use]
    pub fn near(&self, stage: Stage) -> Stage {
        stage.within("ip", &["netns", "exec", &self.near])
    }

    /// Runs a stage on the far host, where the service is.
    #[must_use]
    pub fn far(&self, stage: Stage) -> Stage {
        stage.within("ip", &["netns", "exec", &self.far])
    }

    /// Cuts the line: whatever is sent is lost, and nobody learns of it.
    pub fn cut(&self) {
        assert!(run(&["-n", &self.far, "link", "set", "line", "down"]));
    }

    /// Mends it.
    pub fn mend(&self) {
        assert!(run(&["-n", &self.far, "link", "set", "line", "up"]));
    }

    /// Lets so much through from the near end on, in the words of tc(8). Whether that could be done.
    pub fn rate(&self, rate: &str) -> bool {
        let limit = ["burst", "64kb", "latency", "400ms"];
        let device = ["-n", &self.near, "qdisc", "replace", "dev", "line", "root", "tbf", "rate", rate];
        quietly(Command::new("tc").args(device).args(limit))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let _ = (run(&["netns", "delete", &self.near]), run(&["netns", "delete", &self.far]));
    }
}

fn run(args: &[&str]) -> bool {
    quietly(Command::new("ip").args(args))
}

fn quietly(command: &mut Command) -> bool {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
