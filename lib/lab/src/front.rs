//! What every request passes before and after the S3 operations themselves: faults, the check of the region, the delay of
//! the link, the log, and the last touch on the answer.

use std::{
    convert::Infallible,
    fmt,
    future::pending,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use http::{HeaderValue, Method, Request, Response, StatusCode, header, request::Parts};
use hyper::body::Incoming;
use s3s::{Body, service::S3Service};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::{
    answer::{Refusal, finish, identify},
    clock::Clock,
    fault::FaultKind,
    inject::Injector,
    intake::Intake,
    log::{Entry, Log},
    request::Asked,
};

/// How long a refused request's body is read on, so that the client gets to see the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// How much of a body a stalling endpoint reads.
const TASTE: u64 = 16 * 1024;

/// What all connections share.
pub(crate) struct Front {
    pub(crate) service: S3Service,
    pub(crate) region: String,
    pub(crate) delay: Duration,
    pub(crate) clock: Clock,
    pub(crate) injector: Injector,
    pub(crate) log: Arc<Log>,
    pub(crate) ids: AtomicU64,
}

/// What is to be known of one connection.
pub(crate) struct Wire {
    /// Whether it is to end with a reset.
    pub(crate) reset: Arc<AtomicBool>,
    /// Since when it has no request under way; none while it has one.
    idle_since: Mutex<Option<Instant>>,
}

impl Wire {
    pub(crate) fn new() -> Self {
        Self { reset: Arc::default(), idle_since: Mutex::new(Some(Instant::now())) }
    }

    fn set_idle(&self, since: Option<Instant>) {
        *self.idle_since.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }

    /// Waits until there was no request for `limit`.
    pub(crate) async fn idle_for(&self, limit: Duration) {
        loop {
            let since = *self.idle_since.lock().unwrap_or_else(PoisonError::into_inner);
            let deadline = since.unwrap_or_else(Instant::now) + limit;
            if since.is_some() && deadline <= Instant::now() {
                return;
            }
            sleep_until(deadline).await;
        }
    }
}

/// The connection is to be closed without an answer.
#[derive(Debug)]
pub(crate) struct Dropped;

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is closed without an answer")
    }
}

impl std::error::Error for Dropped {}

/// The fault that strikes an operation, among the extensions of its request.
#[derive(Clone, Copy)]
pub(crate) struct Struck(pub(crate) FaultKind);

/// A request under way.
struct Call {
    asked: Asked,
    method: Method,
    id: String,
    began: Instant,
    intake: Intake,
    /// The client waits to be asked for the body: reading what nobody wants would have it sent in vain.
    waits: bool,
    fault: Option<FaultKind>,
}

impl Front {
    /// Answers a request.
    pub(crate) async fn answer(
        &self,
        wire: &Wire,
        request: Request<Incoming>,
    ) -> Result<Response<Body>, Dropped> {
        wire.set_idle(None);
        let (parts, body) = request.into_parts();
        let asked = Asked::of(&parts);
        let call = Call {
            fault: self.injector.strike(&asked),
            asked,
            method: parts.method.clone(),
            id: format!("{:016X}", self.ids.fetch_add(1, Ordering::Relaxed)),
            began: Instant::now(),
            intake: Intake::new(body),
            waits: parts.headers.contains_key(header::EXPECT),
        };
        let answer = self.act(wire, &call, parts).await;
        wire.set_idle(Some(Instant::now()));
        answer
    }

    async fn act(&self, wire: &Wire, call: &Call, parts: Parts) -> Result<Response<Body>, Dropped> {
        let refuse = |status, code, message| Refusal::new(status, code, message);
        let unavailable = StatusCode::SERVICE_UNAVAILABLE;
        let refusal = match call.fault {
            None
            | Some(
                FaultKind::Late { .. }
                | FaultKind::DropAnswer
                | FaultKind::Disorder
                | FaultKind::IgnoreStartAfter
                | FaultKind::NoChecksums
                | FaultKind::NoParts
                | FaultKind::Neither,
            ) => return self.work(call, parts).await,
            Some(FaultKind::Reset) => return self.reset(wire, call, &parts).await,
            Some(FaultKind::Stall) => match self.hang(call, TASTE).await {},
            Some(FaultKind::Silence) => match self.hang(call, u64::MAX).await {},
            Some(FaultKind::SlowDown { retry_after }) => {
                let refusal = refuse(unavailable, "SlowDown", "injected: please reduce your request rate");
                match retry_after {
                    Some(seconds) => refusal.with(header::RETRY_AFTER, HeaderValue::from(seconds)),
                    None => refusal,
                }
            }
            Some(FaultKind::Unavailable) => {
                refuse(unavailable, "ServiceUnavailable", "injected: try again later")
            }
            Some(FaultKind::InternalError) => {
                refuse(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", "injected: try again")
            }
            Some(FaultKind::ErrorIn200) => refuse(StatusCode::OK, "InternalError", "injected: try again"),
            Some(FaultKind::AccessDenied) => {
                refuse(StatusCode::FORBIDDEN, "AccessDenied", "injected: not allowed")
            }
            Some(FaultKind::ExpiredToken) => {
                refuse(StatusCode::BAD_REQUEST, "ExpiredToken", "injected: the security token has expired")
            }
        };
        Ok(self.refuse(call, refusal).await)
    }

    /// Lets the S3 operation do its work.
    async fn work(&self, call: &Call, mut parts: Parts) -> Result<Response<Body>, Dropped> {
        if !self.clock.accepts(&parts.headers) {
            return Ok(self.refuse(call, Refusal::wrong_clock()).await);
        }
        if let Some(given) = call.asked.region.as_deref().filter(|given| *given != self.region) {
            return Ok(self.refuse(call, Refusal::wrong_region(given, &self.region)).await);
        }
        // Some faults are the operation's own to commit.
        if let Some(fault) = call.fault {
            parts.extensions.insert(Struck(fault));
        }
        let request = Request::from_parts(parts, Body::http_body(call.intake.clone()));
        let response = self.service.call(request).await.map_err(|_| Dropped)?;
        let (response, code) = finish(response, &call.id, &call.method, call.asked.operation).await;
        match call.fault {
            Some(FaultKind::DropAnswer) => {
                self.note(call, None, None);
                return Err(Dropped);
            }
            Some(FaultKind::Late { by }) => tokio::time::sleep(by).await,
            _ => {}
        }
        Ok(self.send(call, response, code.as_deref()).await)
    }

    async fn refuse(&self, call: &Call, refusal: Refusal) -> Response<Body> {
        let code = refusal.code.clone();
        self.send(call, refusal.response(&call.id, &call.method), Some(&code)).await
    }

    async fn send(&self, call: &Call, mut response: Response<Body>, code: Option<&str>) -> Response<Body> {
        if call.waits && call.intake.bytes() == 0 {
            // The client was not asked for the body, so neither side knows whether it will come. Some clients also take
            // the next answer on this connection for something else.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        } else {
            // A client that sends too slowly for this gets to see a closed connection.
            let _ = timeout(PATIENCE, call.intake.read_to(u64::MAX)).await;
        }
        identify(&mut response, &call.id);
        self.clock.date(response.headers_mut());
        if !self.delay.is_zero() {
            sleep(self.delay).await;
        }
        self.note(call, Some(response.status()), code);
        response
    }

    /// Resets the connection in the middle of the body.
    async fn reset(&self, wire: &Wire, call: &Call, parts: &Parts) -> Result<Response<Body>, Dropped> {
        let length = parts.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
        call.intake.read_to(length.and_then(|length| length.parse::<u64>().ok()).unwrap_or(0) / 2).await;
        self.note(call, None, None);
        wire.reset.store(true, Ordering::Relaxed);
        Err(Dropped)
    }

    /// Reads some of the body, then does nothing any more.
    async fn hang(&self, call: &Call, bytes: u64) -> Infallible {
        call.intake.read_to(bytes).await;
        self.note(call, None, None);
        pending().await
    }

    fn note(&self, call: &Call, status: Option<StatusCode>, code: Option<&str>) {
        let asked = &call.asked;
        self.log.add(Entry {
            time: String::new(),
            op: asked.operation,
            bucket: asked.bucket.as_deref(),
            key: asked.key.as_deref(),
            part: asked.part,
            upload_id: asked.upload_id.as_deref(),
            status: status.map(|status| status.as_u16()),
            code,
            bytes_in: call.intake.bytes(),
            seconds: (call.began.elapsed().as_secs_f64() * 1e6).round() / 1e6,
            fault: call.fault.map(FaultKind::name),
        });
    }
}
