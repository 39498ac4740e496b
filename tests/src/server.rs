//! S3 servers as processes of their own: the embedded endpoint, and those of others that `make servers` brings.

use std::{
    env, fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU16, Ordering},
};

use crate::{ACCESS_KEY, BUCKET, SECRET_KEY, stage::built};

/// A kind of server.
pub struct Server {
    /// What it is called on a command line.
    pub name: &'static str,
    /// What has to be there, below the place of all; `tt-…` is one of ours.
    program: &'static str,
    /// What makes it say its version; the first word with a dot in it counts.
    asked: &'static [&'static str],
    start: fn(&Start<'_>) -> Command,
}

/// What a server is started with.
struct Start<'a> {
    program: PathBuf,
    port: u16,
    /// A directory of its own.
    data: &'a Path,
}

/// The embedded endpoint as users start it.
pub static EMBEDDED: Server =
    Server { name: "embedded", program: "tt-bench", asked: &["--version"], start: embedded };

/// Those of others.
pub static SERVERS: [Server; 6] = [
    Server { name: "versitygw", program: "bin/versitygw", asked: &["--version"], start: versitygw },
    Server {
        name: "localstack",
        program: "localstack/bin/python",
        asked: LOCALSTACK_VERSION,
        start: localstack,
    },
    Server { name: "seaweedfs", program: "bin/weed", asked: &["version"], start: seaweedfs },
    Server { name: "rclone", program: "rclone/bin/rclone", asked: &["version"], start: rclone },
    Server {
        name: "moto",
        program: "moto/bin/python",
        asked: &["-c", "import importlib.metadata as m; print(m.version('moto'))"],
        start: moto,
    },
    Server { name: "garage", program: "bin/garage", asked: &["--version"], start: garage },
];

const LOCALSTACK_VERSION: &[&str] =
    &["-c", "import importlib.metadata as m; print(m.version('localstack-core'))"];

/// Where `make servers` puts all.
pub fn servers() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target")));
    target.join("servers")
}

impl Server {
    fn program(&self) -> PathBuf {
        let ours = self.program.starts_with("tt-");
        if ours { built().join(self.program) } else { servers().join(self.program) }
    }

    /// Its version, if it is there.
    pub fn version(&self) -> Option<String> {
        let program = self.program();
        if let Ok(version) = fs::read_to_string(servers().join(self.name).with_extension("version")) {
            return program.exists().then(|| version.trim().to_owned());
        }
        let output = Command::new(program).args(self.asked).stdin(Stdio::null()).output().ok()?;
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        let word = said.split_whitespace().find(|word| word.contains('.') && word.contains(char::is_numeric));
        let number = word.unwrap_or_default().rsplit(':').next().unwrap_or_default();
        Some(number.trim_matches([',', 'v']).to_owned())
    }

    /// Starts it on a port of this machine, with a directory of its own. It may not listen yet.
    pub fn start(&self, data: &Path, port: u16) -> Child {
        self.start_with(data, port, &[])
    }

    /// The same, with more arguments, which are those of this kind of server.
    pub fn start_with(&self, data: &Path, port: u16, args: &[&str]) -> Child {
        let mut command = (self.start)(&Start { program: self.program(), port, data });
        command.args(args);
        let log = fs::File::options().append(true).create(true).open(data.join("log")).unwrap();
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).current_dir(data);
        command.spawn().unwrap_or_else(|e| panic!("{} can't be started: {e}", self.name))
    }
}

/// Free a moment ago, at least, and none that the system gives to whoever asks for any: it can be taken again later.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + u16::try_from(std::process::id() % 10_000).unwrap();
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed) % 2_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Keys as each of them takes them from its environment.
fn keys() -> [(&'static str, &'static str); 4] {
    [
        ("ROOT_ACCESS_KEY", ACCESS_KEY),
        ("ROOT_SECRET_KEY", SECRET_KEY),
        ("TT_BENCH_ACCESS_KEY", ACCESS_KEY),
        ("TT_BENCH_SECRET_KEY", SECRET_KEY),
    ]
}

/// A directory in that of the server.
fn made(start: &Start<'_>, name: &str) -> PathBuf {
    let path = start.data.join(name);
    fs::create_dir_all(&path).unwrap();
    path
}

/// On a line of moderate speed, so that there is a middle of things.
fn embedded(start: &Start<'_>) -> Command {
    let mut command = Command::new(&start.program);
    command.envs(keys()).args(["serve", "--quiet", "--link", "100MB/s", "--rtt", "2ms", "--dir"]);
    command.arg(made(start, "objects")).args(["--bucket", BUCKET]);
    command.args(["--listen", &format!("127.0.0.1:{}", start.port)]);
    command
}

fn versitygw(start: &Start<'_>) -> Command {
    let mut command = Command::new(&start.program);
    command.envs(keys()).arg("--port").arg(format!("127.0.0.1:{}", start.port));
    command.arg("posix").arg(made(start, "objects"));
    command
}

fn localstack(start: &Start<'_>) -> Command {
    // It would listen on all addresses, whatever it is told.
    let here = concat!(env!("CARGO_MANIFEST_DIR"), "/servers/loopback.py");
    let mut command = Command::new(&start.program);
    command.arg(here).env("GATEWAY_LISTEN", format!("127.0.0.1:{}", start.port));
    command.env("FILESYSTEM_ROOT", made(start, "objects"));
    for (name, value) in [
        ("SERVICES", "s3"),
        ("EAGER_SERVICE_LOADING", "1"),
        ("STRICT_SERVICE_LOADING", "1"),
        ("DISABLE_EVENTS", "1"),
        ("SKIP_SSL_CERT_DOWNLOAD", "1"),
        ("DNS_ADDRESS", "0"),
        ("LS_LOG", "warn"),
    ] {
        command.env(name, value);
    }
    command
}

fn seaweedfs(start: &Start<'_>) -> Command {
    let identity = format!(
        "{{\"identities\":[{{\"name\":\"all\",\"credentials\":[{{\"accessKey\":\"{ACCESS_KEY}\",\"secretKey\":\"{SECRET_KEY}\"}}],\
         \"actions\":[\"Admin\",\"Read\",\"Write\",\"List\",\"Tagging\"]}}]}}"
    );
    let config = start.data.join("s3.json");
    fs::write(&config, identity).unwrap();
    let mut command = Command::new(&start.program);
    command.args(["server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3", "-volume.max=20"]);
    command.arg(format!("-dir={}", made(start, "objects").display())).arg(format!("-s3.port={}", start.port));
    command.arg(format!("-s3.config={}", config.display())).arg(format!("-master.port={}", free_port()));
    command.arg(format!("-volume.port={}", free_port())).arg(format!("-filer.port={}", free_port()));
    command
}

fn rclone(start: &Start<'_>) -> Command {
    let mut command = Command::new(&start.program);
    command.env("RCLONE_CONFIG", "/dev/null").args(["serve", "s3", "--auth-key"]);
    command.arg(format!("{ACCESS_KEY},{SECRET_KEY}")).arg("--addr").arg(format!("127.0.0.1:{}", start.port));
    command.arg(made(start, "objects"));
    command
}

fn moto(start: &Start<'_>) -> Command {
    let mut command = Command::new(start.program.with_file_name("moto_server"));
    command.args(["-H", "127.0.0.1", "-p", &start.port.to_string()]);
    command
}

/// One node, whose layout and key are made by commands once it runs.
fn garage(start: &Start<'_>) -> Command {
    let config = start.data.join("garage.toml");
    let text = format!(
        "metadata_dir = \"{0}/meta\"\ndata_dir = \"{0}/objects\"\ndb_engine = \"sqlite\"\nreplication_factor = 1\n\
         rpc_bind_addr = \"127.0.0.1:{1}\"\nrpc_public_addr = \"127.0.0.1:{1}\"\nrpc_secret = \"{2}\"\n\
         [s3_api]\ns3_region = \"us-east-1\"\napi_bind_addr = \"127.0.0.1:{3}\"\n",
        start.data.display(),
        free_port(),
        "ab".repeat(32),
        start.port
    );
    fs::write(&config, text).unwrap();
    let script = format!(
        "g='{0} -c {1}'\n$g server & server=$!\ntrap 'kill $server' TERM EXIT\n\
         until id=$($g node id -q 2>/dev/null); do sleep 0.2; done\n\
         until $g layout assign -z a -c 1G \"${{id%%@*}}\"; do sleep 0.2; done\n$g layout apply --version 1\n\
         $g key import --yes -n all {ACCESS_KEY} {SECRET_KEY}\n$g key allow --create-bucket {ACCESS_KEY}\nwait $server\n",
        start.program.display(),
        config.display()
    );
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &script]);
    command
}
