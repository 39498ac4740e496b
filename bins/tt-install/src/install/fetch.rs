//! HTTP: small texts, files, and where a URL leads. Time limits, trying again, and the meaning of answers.

use std::{
    fs::File,
    io::{Read, Seek as _, Write as _},
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    thread,
    time::{Duration, Instant},
};

use backon::{BlockingRetryable as _, ExponentialBuilder};
use jiff::{Timestamp, ToSpan as _};
use tt_cli::{Console, Interrupt, Progress};
use tt_record::{Problem, ProblemKind, shown_url};
use tt_sum::{Algorithm, Hasher, Sum};
use ureq::{
    Agent, Body,
    http::{HeaderMap, Response, StatusCode, header},
};

/// How often is looked whether the user wants to stop.
const TICK: Duration = Duration::from_millis(50);

/// How much of a body is taken at a time.
const CHUNK: usize = 64 << 10;

/// The largest text that is believed.
const LONGEST_TEXT: u64 = 16 << 20;

/// The largest file.
const LARGEST_FILE: u64 = 256 << 20;

/// How often something is tried that may pass.
const RETRIES: usize = 2;

/// Fetches.
pub(crate) struct Fetcher {
    agent: Agent,
    /// How long a server may say nothing.
    silence: Duration,
    console: Console,
    interrupt: Interrupt,
}

/// A part of an answer, as it comes from the thread that waits for it.
enum Piece {
    Head(StatusCode, Box<HeaderMap>),
    Bytes(Vec<u8>),
    Failed(Box<ureq::Error>),
}

/// What is done with a body.
type Take<'a> = &'a mut dyn FnMut(&[u8]) -> Result<(), Problem>;

impl Fetcher {
    /// One that gives up servers that are silent for so long.
    pub(crate) fn new(silence: Duration, console: Console, interrupt: Interrupt) -> Self {
        let agent = tt_web::agent(concat!("tt-install/", env!("CARGO_PKG_VERSION")));
        Self { agent, silence, console, interrupt }
    }

    /// Where a URL redirects to. None if it doesn't.
    pub(crate) fn redirection(&self, url: &str) -> Result<Option<String>, Problem> {
        self.patiently(|| {
            let mut answer = self.begin(url, "*/*", 0);
            let headers = answer.head()?;
            let location = headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
            Ok(location.map(str::to_owned))
        })
    }

    /// The text at a URL.
    pub(crate) fn text(&self, url: &str, accept: &str) -> Result<String, Problem> {
        let bytes = self.patiently(|| {
            let mut bytes = Vec::new();
            let mut answer = self.begin(url, accept, 10);
            answer.head()?;
            answer.body(LONGEST_TEXT, &mut |chunk| {
                bytes.extend_from_slice(chunk);
                Ok(())
            })?;
            Ok(bytes)
        })?;
        String::from_utf8(bytes).map_err(|_| refused(url, "the answer is no text"))
    }

    /// Writes what is at a URL into a file, and gives its SHA-256.
    pub(crate) fn file(&self, url: &str, mut file: &File) -> Result<Sum, Problem> {
        let mut progress = None;
        self.patiently(|| {
            let unwritten = |e: std::io::Error| {
                Problem::new(ProblemKind::Io, format!("{} can't be stored: {e}", shown_url(url)))
                    .hint("check the space where s5cmd is to go; nothing was changed")
            };
            file.set_len(0).and_then(|()| file.rewind()).map_err(unwritten)?;
            let mut hasher = Hasher::new(Algorithm::Sha256);
            let mut answer = self.begin(url, "*/*", 10);
            let headers = answer.head()?;
            let progress = progress.get_or_insert_with(|| self.progress(length(&headers).unwrap_or(0)));
            progress.take_back(progress.bytes_done());
            let _under_way = progress.request();
            answer.body(LARGEST_FILE, &mut |chunk| {
                hasher.update(chunk);
                progress.moved(chunk.len() as u64);
                file.write_all(chunk).map_err(unwritten)
            })?;
            progress.file_done();
            Ok(hasher.finish())
        })
    }

    /// Shows how far one file of that length is.
    fn progress(&self, length: u64) -> Progress {
        let progress = Progress::start(&self.console, "fetched");
        progress.expect(1, length);
        progress.all_known();
        progress
    }

    /// Tries again what may pass, a few times.
    fn patiently<T>(&self, attempt: impl FnMut() -> Result<T, Problem>) -> Result<T, Problem> {
        let delays = ExponentialBuilder::new()
            .with_min_delay(Duration::from_millis(500))
            .with_jitter()
            .with_max_times(RETRIES);
        attempt
            .retry(delays)
            .when(|problem: &Problem| matches!(problem.kind, ProblemKind::Server | ProblemKind::Unreachable))
            .notify(self.console.retry_note())
            .call()
    }

    /// Asks for a URL. What comes of it can be waited for without being bound to it.
    fn begin<'a>(&'a self, url: &'a str, accept: &str, redirects: u32) -> Answer<'a> {
        let request = self
            .agent
            .get(url)
            .header(header::ACCEPT, accept)
            .config()
            // A redirection must not lead out of what is encrypted.
            .https_only(url.starts_with("https:"))
            .max_redirects(redirects)
            .max_redirects_will_error(redirects > 0)
            .build();
        let (pieces, receiver) = sync_channel(4);
        thread::spawn(move || relay(request.call(), &pieces));
        Answer { fetcher: self, url, pieces: receiver, heard: Instant::now() }
    }
}

/// Hands on an answer as it comes, until nobody wants it any more.
fn relay(answer: Result<Response<Body>, ureq::Error>, pieces: &SyncSender<Piece>) {
    let response = match answer {
        Ok(response) => response,
        Err(error) => return drop(pieces.send(Piece::Failed(Box::new(error)))),
    };
    let (head, mut body) = response.into_parts();
    let mut wanted = pieces.send(Piece::Head(head.status, Box::new(head.headers))).is_ok();
    let mut reader = body.as_reader();
    while wanted {
        let mut chunk = vec![0; CHUNK];
        let piece = match reader.read(&mut chunk) {
            Ok(0) => return,
            Ok(length) => {
                chunk.truncate(length);
                Piece::Bytes(chunk)
            }
            Err(error) => {
                return drop(pieces.send(Piece::Failed(Box::new(ureq::Error::Io(error)))));
            }
        };
        wanted = pieces.send(piece).is_ok();
    }
}

/// An answer while it comes.
struct Answer<'a> {
    fetcher: &'a Fetcher,
    url: &'a str,
    pieces: Receiver<Piece>,
    heard: Instant,
}

impl Answer<'_> {
    /// The headers of an answer that is what was asked for.
    fn head(&mut self) -> Result<HeaderMap, Problem> {
        match self.next()? {
            Some(Piece::Head(status, headers)) if status.is_success() || status.is_redirection() => {
                Ok(*headers)
            }
            Some(Piece::Head(status, headers)) => Err(of_status(self.url, status, &headers)),
            _ => Err(Problem::new(
                ProblemKind::Bug,
                format!("{} gave no answer and no error", shown_url(self.url)),
            )),
        }
    }

    /// All bytes, up to the end.
    fn body(&mut self, most: u64, take: Take<'_>) -> Result<(), Problem> {
        let mut came = 0;
        while let Some(piece) = self.next()? {
            let Piece::Bytes(bytes) = piece else { continue };
            came += bytes.len() as u64;
            if came > most {
                return Err(refused(self.url, "the answer is longer than it can be"));
            }
            take(&bytes)?;
        }
        Ok(())
    }

    /// The next piece. None at the end.
    fn next(&mut self) -> Result<Option<Piece>, Problem> {
        let Fetcher { silence, interrupt, .. } = self.fetcher;
        loop {
            match self.pieces.recv_timeout(TICK) {
                Ok(Piece::Failed(error)) => return Err(of_error(self.url, &error)),
                Ok(piece) => {
                    self.heard = Instant::now();
                    return Ok(Some(piece));
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) if interrupt.raised() => {
                    return Err(Problem::new(
                        ProblemKind::Interrupted,
                        "stopped by a signal; nothing was changed",
                    ));
                }
                Err(RecvTimeoutError::Timeout) if self.heard.elapsed() > *silence => {
                    let message =
                        format!("{} said nothing for {} s", shown_url(self.url), silence.as_secs_f32());
                    return Err(Problem::new(ProblemKind::Timeout, message)
                        .hint("try again later, or wait longer: --timeout"));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn refused(url: &str, why: &str) -> Problem {
    Problem::new(ProblemKind::Refused, format!("{} can't be used: {why}", shown_url(url)))
}

/// What an answer means that is not what was asked for.
fn of_status(url: &str, status: StatusCode, headers: &HeaderMap) -> Problem {
    let problem = |kind, what: String| Problem::new(kind, format!("{}: {what}", shown_url(url)));
    let limited = matches!(status, StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS);
    match until(headers, Timestamp::now()) {
        Some(until) if limited => {
            problem(ProblemKind::Throttled, format!("the server limits how often is asked, until {until}"))
                .hint("try again then, or take it from elsewhere: --from")
        }
        _ if status == StatusCode::TOO_MANY_REQUESTS => {
            problem(ProblemKind::Throttled, "the server limits how often is asked".to_owned())
                .hint("try again later, or take it from elsewhere: --from")
        }
        _ if matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE) => {
            problem(ProblemKind::NoSource, format!("there is no such thing ({status})"))
                .hint("check the version, and the URL of the mirror if you gave one")
        }
        _ if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
            problem(ProblemKind::AccessDenied, format!("the server refuses to give it ({status})"))
                .hint("check the URL of the mirror, and what it demands")
        }
        _ if status.is_server_error() => {
            problem(ProblemKind::Server, format!("the server failed ({status})"))
                .hint("try again later, or take it from elsewhere: --from")
        }
        _ => problem(ProblemKind::Refused, format!("an answer that means nothing here ({status})"))
            .hint("check the URL of the mirror if you gave one"),
    }
}

/// When a limit on requests is lifted, as the headers say: an instant, or in so many seconds.
fn until(headers: &HeaderMap, now: Timestamp) -> Option<Timestamp> {
    let number = |name| -> Option<i64> { headers.get(name)?.to_str().ok()?.parse().ok() };
    if let Some(seconds) = number("retry-after") {
        return now.checked_add(seconds.seconds()).ok()?.round(jiff::Unit::Second).ok();
    }
    if number("x-ratelimit-remaining") == Some(0) {
        return Timestamp::from_second(number("x-ratelimit-reset")?).ok();
    }
    None
}

/// What it means that there is no whole answer.
fn of_error(url: &str, error: &ureq::Error) -> Problem {
    let problem = |kind, what: String| Problem::new(kind, format!("can't fetch {}: {what}", shown_url(url)));
    match error {
        _ if error.to_string().contains("certificate") => {
            problem(ProblemKind::Unreachable, error.to_string())
                .hint("if a proxy opens connections here, name its authority: SSL_CERT_FILE=FILE")
        }
        ureq::Error::RequireHttpsOnly(_) => {
            problem(ProblemKind::Refused, "it leads from https to plain http".to_owned())
                .hint("check the URL of the mirror")
        }
        ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::InvalidProxyUrl => {
            problem(ProblemKind::Config, error.to_string()).hint("check the URL, and those of the proxies")
        }
        ureq::Error::TooManyRedirects | ureq::Error::RedirectFailed | ureq::Error::BodyExceedsLimit(_) => {
            problem(ProblemKind::Refused, error.to_string()).hint("check the URL of the mirror")
        }
        _ => problem(ProblemKind::Unreachable, error.to_string())
            .hint("check the network, HTTPS_PROXY and NO_PROXY, or name a mirror: --base-url, --pypi-url"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        all.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn meaning(status: u16, all: &[(&'static str, &str)]) -> Problem {
        of_status("https://h/x", StatusCode::from_u16(status).unwrap(), &headers(all))
    }

    #[test]
    fn answers_have_a_meaning() {
        for (status, kind) in [
            (404, ProblemKind::NoSource),
            (403, ProblemKind::AccessDenied),
            (429, ProblemKind::Throttled),
            (502, ProblemKind::Server),
            (418, ProblemKind::Refused),
        ] {
            assert_eq!(meaning(status, &[]).kind, kind, "{status}");
        }
        let limits = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1790000000")];
        let limited = meaning(403, &limits);
        assert_eq!(limited.kind, ProblemKind::Throttled);
        assert!(limited.message.contains("until 2026-09-21T14:13:20Z"), "{limited}");
        let left = [("x-ratelimit-remaining", "7"), ("x-ratelimit-reset", "1790000000")];
        assert_eq!(meaning(403, &left).kind, ProblemKind::AccessDenied);
    }

    #[test]
    fn limits_are_lifted_at_an_instant() {
        let now = "2026-11-25T12:00:00.4Z".parse().unwrap();
        let lifted = until(&headers(&[("retry-after", "90")]), now).unwrap();
        assert_eq!(lifted.to_string(), "2026-11-25T12:01:30Z");
        assert_eq!(until(&headers(&[("retry-after", "soon")]), now), None);
    }
}
