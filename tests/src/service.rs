//! The endpoint of a scene, inside the process of the test.

use tokio::runtime::{Builder, Runtime};
use tt_lab::{Endpoint, Options, Stats};

use crate::wait_until;

/// An endpoint with threads of its own. Stops when it is dropped.
pub struct Service {
    runtime: Runtime,
    endpoint: Option<Endpoint>,
    options: Options,
}

impl Service {
    /// Starts an endpoint on a free port.
    pub fn start(options: Options) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let endpoint = runtime.block_on(Endpoint::start(options.clone())).expect("the endpoint starts");
        Self { runtime, endpoint: Some(endpoint), options }
    }

    /// Stops it and starts it anew with other options, on another port: one that was just given up may be taken.
    pub fn restart(&mut self, change: impl FnOnce(&mut Options)) {
        self.stop();
        change(&mut self.options);
        // A process that another test is about to start holds all locks for a moment, until it is another program.
        wait_until("the endpoint starts again", || {
            self.endpoint = self.runtime.block_on(Endpoint::start(self.options.clone())).ok();
            self.endpoint.is_some()
        });
    }

    /// Where it is.
    pub fn url(&self) -> String {
        self.endpoint().url()
    }

    /// What it did so far.
    pub fn stats(&self) -> Stats {
        self.endpoint().stats()
    }

    fn endpoint(&self) -> &Endpoint {
        self.endpoint.as_ref().expect("the endpoint runs")
    }

    fn stop(&mut self) {
        if let Some(endpoint) = self.endpoint.take() {
            self.runtime.block_on(endpoint.shutdown());
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop();
    }
}
