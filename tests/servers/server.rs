//! The servers: where they are, how they are started, and what is known to be missing in each.

use std::{
    env, fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tt_tests::{ACCESS_KEY, SECRET_KEY};

use crate::world::keys;

/// A server.
pub(crate) struct Server {
    pub(crate) name: &'static str,
    /// What has to be there, below the place of all.
    program: &'static str,
    /// What makes it say its version; the first word with a dot in it counts.
    asked: &'static [&'static str],
    start: fn(&Start<'_>) -> Command,
    lacks: &'static [Lack],
}

/// What a server does not do as S3 does.
pub(crate) struct Lack {
    cases: &'static [&'static str],
    /// What the tools say then.
    pub(crate) sign: &'static str,
    /// What the table says.
    pub(crate) what: &'static str,
}

/// What a server is started with.
struct Start<'a> {
    program: PathBuf,
    port: u16,
    /// A directory of its own.
    data: &'a Path,
}

pub(crate) const SERVERS: [Server; 6] = [
    Server {
        name: "versitygw",
        program: "bin/versitygw",
        asked: &["--version"],
        start: versitygw,
        lacks: &[],
    },
    Server {
        name: "localstack",
        program: "localstack/bin/python",
        asked: LOCALSTACK_VERSION,
        start: localstack,
        lacks: &[Lack {
            cases: &["names beyond ASCII, many"],
            sign: "codec can't decode",
            what: "fails to go on behind such a name in a listing, with a 500",
        }],
    },
    Server {
        name: "seaweedfs",
        program: "bin/weed",
        asked: &["version"],
        start: seaweedfs,
        lacks: &[Lack {
            cases: &["odd names"],
            sign: "back\\slash",
            what: "takes a backslash for a slash: such a file is planned anew each time",
        }],
    },
    Server {
        name: "rclone",
        program: "rclone/bin/rclone",
        asked: &["version"],
        start: rclone,
        lacks: &[Lack {
            cases: &[
                "objects in parts",
                "checksum CRC64NVME",
                "checksum CRC32C",
                "checksum CRC32",
                "checksum SHA256",
                "checksum SHA1",
                "killed, and gone on with",
                "unfinished uploads aborted",
                "if unchanged, new object",
                "if unchanged, other object",
                "properties kept",
                "damage found",
                "aws, s5cmd and rclone agree",
            ],
            sign: "InitiateMultipartUploadResult",
            what: "its answer to CreateMultipartUpload is not S3's, which is told",
        }],
    },
    Server {
        name: "moto",
        program: "moto/bin/python",
        asked: &["-c", "import importlib.metadata as m; print(m.version('moto'))"],
        start: moto,
        lacks: &[
            Lack {
                cases: &["checksum CRC32C"],
                sign: "mismatch",
                what: "calls a checksum of parts one of all bytes, which is a mismatch",
            },
            Lack {
                cases: &["if unchanged, other object"],
                sign: "only one of two",
                what: "takes no notice of conditions when parts are joined",
            },
            Lack {
                cases: &["killed, and gone on with"],
                sign: "no part was kept",
                what: "begins anew: its answer to ListParts is not S3's, which is told",
            },
            Lack {
                cases: &["damage found"],
                sign: "unverifiable",
                what: "not found: unverifiable, and exit code 1",
            },
        ],
    },
    Server {
        name: "garage",
        program: "bin/garage",
        asked: &["--version"],
        start: garage,
        lacks: &[
            Lack {
                cases: &["checksum SHA256", "checksum SHA1"],
                sign: "Cannot specify x-amz-checksum-type",
                what: "refuses the type of a composite checksum when parts are joined, which is told",
            },
            Lack {
                cases: &["if unchanged, new object", "if unchanged, other object"],
                sign: "exit code 0",
                what: "takes no notice of conditions: the object is replaced",
            },
        ],
    },
];

const LOCALSTACK_VERSION: &[&str] =
    &["-c", "import importlib.metadata as m; print(m.version('localstack-core'))"];

/// Where `make servers` puts all.
pub(crate) fn place() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target")));
    target.join("servers")
}

impl Server {
    /// Its version, if it is there.
    pub(crate) fn version(&self) -> Option<String> {
        let program = place().join(self.program);
        if let Ok(version) = fs::read_to_string(place().join(self.name).with_extension("version")) {
            return program.exists().then(|| version.trim().to_owned());
        }
        let output = Command::new(program).args(self.asked).stdin(Stdio::null()).output().ok()?;
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        let word = said.split_whitespace().find(|word| word.contains('.') && word.contains(char::is_numeric));
        let number = word.unwrap_or_default().rsplit(':').next().unwrap_or_default();
        Some(number.trim_matches([',', 'v']).to_owned())
    }

    pub(crate) fn lack(&self, case: &str) -> Option<&'static Lack> {
        self.lacks.iter().find(|lack| lack.cases.contains(&case))
    }

    /// Starts it. It may not listen yet.
    pub(crate) fn start(&self, data: &Path) -> (Child, String) {
        let port = free_port();
        let mut command = (self.start)(&Start { program: place().join(self.program), port, data });
        let log = fs::File::create(data.join("log")).unwrap();
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).current_dir(data);
        let child = command.spawn().unwrap_or_else(|e| panic!("{} can't be started: {e}", self.name));
        (child, format!("http://127.0.0.1:{port}"))
    }
}

/// Free a moment ago, at least.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A directory in that of the server.
fn made(start: &Start<'_>, name: &str) -> PathBuf {
    let path = start.data.join(name);
    fs::create_dir_all(&path).unwrap();
    path
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
