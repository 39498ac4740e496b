//! The flags of `tt-bench serve` as they are typed, and their help. What they mean together is [`super::resolve`]'s to say.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::Args;
use jiff::SignedDuration;
use tt_cli::Verbosity;
use tt_lab::Fault;

/// Serve an S3 endpoint that checks what S3 checks: signatures, checksums, conditions, parts.
///
/// The first lines on stdout are for a shell to evaluate: a comment, one export a line, and an unset. They come when the
/// endpoint listens. SIGINT and SIGTERM stop it; that is its usual end, so the exit code is then 0.
// A server is never done: of all that tools say, it has no progress.
#[derive(Args, Debug)]
#[command(mut_arg("progress", |arg| arg.hide(true)))]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9000", help_heading = "Where")]
    pub(crate) listen: SocketAddr,
    /// Write the address to this file once the endpoint listens, for scripts [default: no file].
    #[arg(long, value_name = "FILE", help_heading = "Where")]
    pub(crate) port_file: Option<PathBuf>,
    /// Stop when stdin is closed, too: whoever starts the endpoint holds the other end, and it ends with him, however he does
    /// [default: stdin does not matter].
    #[arg(long, help_heading = "Where")]
    pub(crate) until_eof: bool,
    /// Close connections that had no request for so long, as S3 does after 5 to 20 s [default: keep them].
    #[arg(long, value_name = "DURATION", value_parser = tt_cli::duration, help_heading = "Where")]
    pub(crate) idle_timeout: Option<Duration>,

    #[command(flatten)]
    pub(crate) content: Content,
    #[command(flatten)]
    pub(crate) access: Admission,
    #[command(flatten)]
    pub(crate) tls: Https,
    #[command(flatten)]
    pub(crate) trouble: Trouble,

    /// Append one JSON line a request to this file [default: no log].
    #[arg(long, value_name = "FILE", help_heading = "What is said")]
    pub(crate) log: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) verbosity: Verbosity,
}

/// What the endpoint holds.
#[derive(Args, Debug)]
#[command(next_help_heading = "Objects")]
pub(crate) struct Content {
    /// Keep objects and unfinished uploads in this directory, over restarts [default: in memory].
    #[arg(long, value_name = "DIR", conflicts_with_all = ["memory", "discard"])]
    pub(crate) dir: Option<PathBuf>,
    /// Keep objects in memory, until the endpoint stops [default: where they go].
    #[arg(long, conflicts_with = "discard")]
    pub(crate) memory: bool,
    /// Check bodies and drop them: for measuring. Reading an object is then an error [default: in memory].
    #[arg(long)]
    pub(crate) discard: bool,
    /// Make this bucket, if it isn't there. May be repeated.
    #[arg(long, value_name = "NAME", default_value = "demo")]
    pub(crate) bucket: Vec<String>,
    /// How many objects a page of a listing shows at most.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) page_size: u16,
}

/// Who may ask.
#[derive(Args, Debug)]
#[command(next_help_heading = "Access")]
pub(crate) struct Admission {
    /// Region that requests must be signed for.
    #[arg(long, value_name = "NAME", default_value = "us-east-1")]
    pub(crate) region: String,
    /// Access key that requests must be signed with.
    #[arg(
        long,
        value_name = "ID",
        default_value = "test",
        env = "TT_BENCH_ACCESS_KEY",
        hide_env_values = true
    )]
    pub(crate) access_key: String,
    /// File that holds the secret key [default: $TT_BENCH_SECRET_KEY, else the secret key is testsecret].
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_key_file: Option<PathBuf>,
    /// Answer requests without a signature too [default: they are refused].
    #[arg(long)]
    pub(crate) anonymous: bool,
}

/// HTTPS.
#[derive(Args, Debug)]
#[command(next_help_heading = "HTTPS")]
pub(crate) struct Https {
    /// Speak HTTPS, with a certificate for localhost, 127.0.0.1 and ::1, made for the occasion [default: HTTP].
    #[arg(long, requires = "ca_out", conflicts_with = "cert")]
    pub(crate) tls: bool,
    /// Write the authority of that certificate here, in PEM, for clients to trust [default: none, so --tls needs it].
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub(crate) ca_out: Option<PathBuf>,
    /// Speak HTTPS with this certificate, in PEM, followed by its chain [default: HTTP].
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) cert: Option<PathBuf>,
    /// The private key of --cert, in PEM [default: none, so --cert needs it].
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(crate) key: Option<PathBuf>,
}

/// The network and the bad days.
#[derive(Args, Debug)]
#[command(next_help_heading = "Far away and on bad days")]
pub(crate) struct Trouble {
    /// Bytes a second of all connections together, in each direction, e.g. 3Gbit [default: unlimited].
    #[arg(long, value_name = "RATE", value_parser = tt_cli::rate)]
    pub(crate) link: Option<u64>,
    /// Bytes a second of each connection, in each direction, e.g. 70MB/s [default: unlimited].
    #[arg(long, value_name = "RATE", value_parser = tt_cli::rate)]
    pub(crate) per_connection: Option<u64>,
    /// How long each answer is held back, e.g. 30ms.
    #[arg(long, value_name = "DURATION", value_parser = tt_cli::duration, default_value = "0s")]
    pub(crate) rtt: Duration,
    /// By how much its clock is ahead of this machine's, or behind, e.g. 40s or -20m: it dates answers, and judges when
    /// requests were signed.
    #[arg(long, value_name = "DURATION", default_value = "0s", allow_hyphen_values = true)]
    pub(crate) clock_skew: SignedDuration,
    /// What goes wrong: KIND[:CONDITION,...]. May be repeated; the first that strikes counts [default: nothing].
    #[arg(long, value_name = "SPEC", long_help = FAULTS)]
    pub(crate) fault: Vec<Fault>,
    /// Where the randomness of faults starts: the same seed strikes the same requests.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
}

const FAULTS: &str = "\
What goes wrong: KIND[:CONDITION,...]. May be repeated; the first that strikes a request counts [default: nothing].

Kinds:
  slow-down       503 SlowDown; retry-after=SECONDS adds the header
  internal-error  500 InternalError
  unavailable     503 ServiceUnavailable
  expired-token   400 ExpiredToken
  access-denied   403 AccessDenied
  reset           the connection is reset midway in the request's body
  stall           the start of the body is read, then nothing more
  silence         the request is taken, and never answered
  error-in-200    200 with an error in the body, of CompleteMultipartUpload and CopyObject
  late            the work is done, and its answer held back for a second, or by=DURATION: others overtake it
  drop-answer     the work is done, and the connection closed without an answer
  disorder        the first two keys of a page are swapped, of ListObjectsV2
  ignore-start-after
                  the listing begins at its start, wherever it was to begin, of ListObjectsV2
  no-checksums    the answer leaves out the checksum, of HeadObject
  no-parts        no part is known: HeadObject describes all of the object, GetObjectAttributes is not implemented
  neither         the last two together

Conditions, which must all hold:
  rate=0.2        that share of the requests, at random [default: 1]
  op=NAME+NAME    only these operations, e.g. UploadPart+PutObject
  key=TEXT        only keys that contain the text
  after=N         not the first N that match the conditions above
  count=N         at most N
  for=10s         only in the first ten seconds";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_knows_every_fault() {
        let names: Vec<_> = FAULTS
            .lines()
            .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
            .filter(|name| !name.is_empty())
            .collect();
        let kinds = names.iter().filter(|name| !name.contains('='));
        assert_eq!(kinds.clone().count(), 16);
        for kind in kinds {
            assert!(kind.parse::<Fault>().is_ok(), "{kind}");
        }
    }
}
