//! From flags to what is to be done: after this there are no flags any more, and no contradictions.

use std::{
    env, fs, io,
    path::{Path, PathBuf, absolute},
};

use tt_cli::{Console, check_distinct};
use tt_lab::{Bodies, Credential, Link, Options};
use tt_record::{Problem, ProblemKind};

use super::cli::{Admission, Content, Https, Serve, Trouble};

/// The variable that holds the secret key. Not AWS's own, or real credentials would end up on stdout.
const SECRET: &str = "TT_BENCH_SECRET_KEY";

/// The secret of those who don't care.
const USUAL_SECRET: &str = "testsecret";

/// What to serve, and whom to tell.
pub(crate) struct Service {
    pub(crate) options: Options,
    /// Where clients find the secret, if it isn't to be shown.
    pub(crate) secret_file: Option<PathBuf>,
    pub(crate) port_file: Option<PathBuf>,
    /// Whether to stop when stdin is closed.
    pub(crate) until_eof: bool,
    pub(crate) console: Console,
}

/// Turns flags into what they mean.
pub(crate) fn resolve(flags: Serve) -> Result<Service, Problem> {
    let written = [
        (flags.port_file.as_deref(), "port file"),
        (flags.tls.ca_out.as_deref(), "certificate"),
        (flags.log.as_deref(), "log"),
    ];
    check_distinct(written.into_iter().filter_map(|(path, what)| Some((path?, what))))?;
    let Trouble { link, per_connection, rtt, clock_skew, fault, seed } = flags.trouble;
    let (credential, secret_file) = credential(&flags.access)?;
    let options = Options {
        listen: flags.listen,
        region: flags.access.region,
        credentials: vec![credential],
        anonymous: flags.access.anonymous,
        bodies: bodies(&flags.content),
        buckets: flags.content.bucket,
        page: flags.content.page_size.into(),
        tls: tls(flags.tls)?,
        link: Link { rate: link, connection_rate: per_connection, delay: rtt },
        clock_skew,
        faults: fault,
        seed,
        log: flags.log,
        idle_timeout: flags.idle_timeout,
    };
    let console = Console::new("tt-bench", flags.verbosity);
    Ok(Service { options, secret_file, port_file: flags.port_file, until_eof: flags.until_eof, console })
}

/// The key, and the file of its secret if it came from one.
fn credential(access: &Admission) -> Result<(Credential, Option<PathBuf>), Problem> {
    let Some(path) = &access.secret_key_file else {
        let secret = env::var(SECRET).unwrap_or_else(|_| USUAL_SECRET.to_owned());
        return Ok((Credential::new(&access.access_key, secret), None));
    };
    let text = fs::read_to_string(path).map_err(|e| unusable(path, &e))?;
    // As a shell's $(cat FILE) reads it, which is how clients will.
    let secret = text.trim_end_matches('\n');
    if secret.is_empty() {
        let message = format!("the secret key file {} is empty", path.display());
        return Err(
            Problem::new(ProblemKind::Config, message).hint("write the secret key into it, as its only line")
        );
    }
    Ok((Credential::new(&access.access_key, secret), Some(whole(path)?)))
}

fn bodies(content: &Content) -> Bodies {
    match &content.dir {
        Some(directory) => Bodies::Directory(directory.clone()),
        None if content.discard => Bodies::Discard,
        None => Bodies::Memory,
    }
}

fn tls(flags: Https) -> Result<Option<tt_lab::Tls>, Problem> {
    match (flags.ca_out, flags.cert, flags.key) {
        (Some(ca), _, _) => Ok(Some(tt_lab::Tls::SelfSigned { ca: whole(&ca)? })),
        (None, Some(cert), Some(key)) => Ok(Some(tt_lab::Tls::Files { cert, key })),
        _ => Ok(None),
    }
}

/// The path from the root, which means the same in every shell.
fn whole(path: &Path) -> Result<PathBuf, Problem> {
    absolute(path).map_err(|e| unusable(path, &e))
}

fn unusable(path: &Path, error: &io::Error) -> Problem {
    Problem::new(ProblemKind::Io, format!("can't use {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::Parser as _;
    use jiff::SignedDuration;
    use tt_lab::FaultKind;

    use super::*;
    use crate::cli::{Action, Flags};

    fn service(line: &str) -> Result<Service, String> {
        let flags = Flags::try_parse_from(format!("tt-bench serve {line}").split_whitespace());
        let Action::Serve(serve) = flags.map_err(|e| e.to_string())?.action else { unreachable!() };
        resolve(*serve).map_err(|e| e.to_string())
    }

    #[test]
    fn the_default_is_a_plain_endpoint() {
        let options = service("").unwrap().options;
        assert_eq!(options.listen.to_string(), "127.0.0.1:9000");
        assert_eq!((options.bodies, options.buckets), (Bodies::Memory, vec!["demo".to_owned()]));
        assert_eq!((options.link, options.tls, options.faults), (Link::default(), None, Vec::new()));
    }

    #[test]
    fn flags_mean_what_they_say() {
        let line = "--dir store --bucket one --bucket two --link 3Gbit --per-connection 70MB/s --rtt 30ms --seed 7
                    --fault slow-down:rate=0.5 --fault stall --cert c --key k --idle-timeout 5s --clock-skew -40s --page-size 7";
        let options = service(line).unwrap().options;
        assert_eq!(options.bodies, Bodies::Directory("store".into()));
        assert_eq!(options.buckets, ["one", "two"]);
        let delay = Duration::from_millis(30);
        assert_eq!(options.link, Link { rate: Some(375_000_000), connection_rate: Some(70_000_000), delay });
        assert_eq!(options.clock_skew, SignedDuration::from_secs(-40));
        assert_eq!((options.faults[1].kind, options.seed), (FaultKind::Stall, 7));
        assert_eq!(options.tls, Some(tt_lab::Tls::Files { cert: "c".into(), key: "k".into() }));
        assert_eq!((options.idle_timeout, options.page), (Some(Duration::from_secs(5)), 7));
        assert_eq!(service("--discard").unwrap().options.bodies, Bodies::Discard);
    }

    #[test]
    fn contradictions_are_refused() {
        for line in [
            "--memory --discard",
            "--dir d --memory",
            "--tls",
            "--ca-out f",
            "--tls --ca-out f --cert c --key k",
            "--cert c",
            "--key k",
            "--fault fire",
            "--link 0",
            "--listen here",
            "--secret-key-file /missing",
        ] {
            assert!(service(line).is_err(), "{line}");
        }
    }

    #[test]
    fn a_secret_from_a_file_is_its_only_line() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        fs::write(&path, "hidden\n").unwrap();
        let service = service(&format!("--access-key me --secret-key-file {}", path.display())).unwrap();
        let credential = &service.options.credentials[0];
        assert_eq!((credential.access_key.as_str(), credential.secret_key.as_str()), ("me", "hidden"));
        assert_eq!(service.secret_file, Some(path));
    }
}
