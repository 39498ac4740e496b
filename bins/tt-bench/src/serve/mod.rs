//! `tt-bench serve`: the endpoint for people, from the first connection to the closing line.

mod announce;
pub(crate) mod cli;
mod resolve;

use std::{
    collections::BTreeMap, fs, future::pending, io, net::SocketAddr, path::Path, thread, time::Duration,
};

use tempfile::NamedTempFile;
use tokio::{
    runtime::Builder,
    signal::unix::{Signal, SignalKind, signal},
    sync::oneshot,
};
use tt_cli::{Console, Exit, Outfile, human_bytes, ignores_interrupts, stdin};
use tt_lab::{Endpoint, LabError, Options, Stats, Tls};
use tt_record::{Problem, ProblemKind};

use self::{
    announce::{Access, publish},
    cli::Serve,
    resolve::{Service, resolve},
};

/// How long the endpoint's own work may go on after its end, such as joining the parts of a large object.
const PATIENCE: Duration = Duration::from_secs(5);

/// Serves until a signal comes.
pub(crate) fn serve(flags: Serve) -> Result<Exit, Problem> {
    let service = resolve(flags)?;
    let runtime = Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Problem::new(ProblemKind::Io, format!("can't start threads: {e}")))?;
    let stats = runtime.block_on(run(&service));
    runtime.shutdown_timeout(PATIENCE);
    close(&service.console, &stats?);
    Ok(Exit::OK)
}

async fn run(service: &Service) -> Result<Stats, Problem> {
    let Service { options, secret_file, port_file, until_eof, console } = service;
    // Before anything is announced: whoever reads the announcement may send a signal at once.
    let mut stop = Stop::watch(*until_eof)?;
    if let Some(path) = port_file {
        // The address of an earlier endpoint would mislead whoever waits for ours.
        Outfile::remove(path).map_err(|e| unwritable(path, &e))?;
    }
    let endpoint = start(options).await?;
    let access = Access { address: endpoint.addr(), options, secret_file: secret_file.as_deref() };
    access.print().map_err(|e| Problem::new(ProblemKind::Io, format!("writing to stdout failed: {e}")))?;
    if let Some(path) = port_file {
        publish(path, endpoint.addr())?;
    }
    warn(console, options);
    stop.asked().await;
    Ok(endpoint.shutdown().await)
}

/// Starts the endpoint, and puts the certificate of its authority where it is wanted.
async fn start(options: &Options) -> Result<Endpoint, Problem> {
    let start = async |options: Options| {
        let listen = options.listen;
        Endpoint::start(options).await.map_err(|e| refused(&e, listen))
    };
    let Some(Tls::SelfSigned { ca: wanted }) = &options.tls else { return start(options.clone()).await };
    let mut file = Outfile::create(wanted, "certificate")?;
    let failed = |e| unwritable(wanted, &e);
    let draft = NamedTempFile::new().map_err(failed)?;
    let ca = draft.path().to_owned();
    let endpoint = start(Options { tls: Some(Tls::SelfSigned { ca }), ..options.clone() }).await?;
    let certificate = fs::read(draft.path()).map_err(failed)?;
    file.write(|out| out.write_all(&certificate));
    file.finish()?;
    Ok(endpoint)
}

/// Says what may surprise.
fn warn(console: &Console, options: &Options) {
    if !options.listen.ip().is_loopback() {
        console.warn("others on the network can reach this endpoint, too");
    }
}

/// What stops the endpoint.
struct Stop {
    /// Unless it is ignored, as in a job in the background.
    interrupt: Option<Signal>,
    terminate: Signal,
    /// Comes when stdin is closed, if that matters.
    closed: Option<oneshot::Receiver<()>>,
}

impl Stop {
    fn watch(until_eof: bool) -> Result<Self, Problem> {
        let watch = |kind| {
            signal(kind).map_err(|e| Problem::new(ProblemKind::Bug, format!("can't watch for signals: {e}")))
        };
        let interrupt = (!ignores_interrupts()).then(|| watch(SignalKind::interrupt())).transpose()?;
        let terminate = watch(SignalKind::terminate())?;
        Ok(Self { interrupt, terminate, closed: until_eof.then(closed) })
    }

    async fn asked(&mut self) {
        let closed = async {
            match &mut self.closed {
                // One that can't be read any more is closed, too.
                Some(closed) => _ = closed.await,
                None => pending().await,
            }
        };
        let interrupted = async {
            match &mut self.interrupt {
                Some(interrupt) => _ = interrupt.recv().await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = interrupted => {}
            _ = self.terminate.recv() => {}
            () = closed => {}
        }
    }
}

/// Reads stdin to its end, in a thread that nothing waits for.
fn closed() -> oneshot::Receiver<()> {
    let (sender, closed) = oneshot::channel();
    thread::spawn(move || {
        let _ = io::copy(&mut stdin(), &mut io::sink());
        let _ = sender.send(());
    });
    closed
}

/// Says what was done.
fn close(console: &Console, stats: &Stats) {
    let counted = |what: &str, by_name: &BTreeMap<String, u64>| {
        let names: Vec<_> = by_name.iter().map(|(name, count)| format!("{count} {name}")).collect();
        let names = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        format!("{} {what}{names}", by_name.values().sum::<u64>())
    };
    console.note(format_args!(
        "stopped after {} requests on {} connections, {} received, {}, {}",
        stats.requests,
        stats.connections,
        human_bytes(stats.bytes_in),
        counted("errors", &stats.errors),
        counted("faults", &stats.faults),
    ));
    console.detail(counted("requests", &stats.operations));
}

/// What to do about an endpoint that does not start.
fn refused(error: &LabError, listen: SocketAddr) -> Problem {
    let of = |kind| Problem::new(kind, error.to_string());
    match error {
        LabError::Listen(e) => unreachable_address(e, listen),
        LabError::Store(_, e) if e.kind() == io::ErrorKind::InvalidData => of(ProblemKind::Io)
            .hint("give --dir an empty directory, or one that an earlier tt-bench serve has filled"),
        LabError::Store(..) => of(ProblemKind::Io).hint("give --dir a directory that can be written to"),
        LabError::Log(..) => of(ProblemKind::Io).hint("give --log a file that can be written to"),
        LabError::Bucket(..) => of(ProblemKind::Config)
            .hint("a bucket's name has 3 to 63 lowercase letters, digits, dots and hyphens"),
        LabError::Tls(_) => of(ProblemKind::Config)
            .hint("--cert and --key take PEM files that belong together; --tls makes its own"),
        _ => of(ProblemKind::Other),
    }
}

fn unreachable_address(error: &io::Error, listen: SocketAddr) -> Problem {
    let of =
        |kind, why: &dyn std::fmt::Display| Problem::new(kind, format!("can't listen on {listen}: {why}"));
    match error.kind() {
        io::ErrorKind::AddrInUse => of(ProblemKind::Io, &"another program listens there already")
            .hint("stop that program, or take a free port with --listen 127.0.0.1:0"),
        io::ErrorKind::AddrNotAvailable => of(ProblemKind::Config, &"this machine does not have the address")
            .hint("--listen takes an address of this machine, such as 127.0.0.1:9000"),
        io::ErrorKind::PermissionDenied => of(ProblemKind::AccessDenied, error)
            .hint("ports below 1024 belong to the administrator; take a higher one"),
        _ => of(ProblemKind::Io, error),
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Problem {
    Problem::new(ProblemKind::Io, format!("can't write the address to {}: {error}", path.display()))
        .hint("give --port-file a file in a directory that can be written to")
}
