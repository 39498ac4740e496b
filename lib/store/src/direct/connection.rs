//! One connection, driven by whoever has a request on it: no task of its own, so no wake-ups between two.

use std::{
    error::Error,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, StatusCode, Uri, response::Parts};
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::client::conn::http1;
use hyper_rustls::MaybeHttpsStream;
use tokio::time::Instant;
use tower_service::Service as _;

use crate::http::{
    Bandwidth, Connector, Counted, IDLE, LONGEST_ANSWER, MOST_HEADERS, Pulse, Steps, Traffic, Transport,
};
use crate::payload::{Payload, Taking, Unreadable};

type Stream = MaybeHttpsStream<Counted>;

/// An answer's headers and its whole body: a page of a listing; of an upload a few hundred bytes where there is an error,
/// nothing where there is none.
pub(crate) type Whole = (Parts, Bytes);

/// Takes the bytes of an answer as they come.
pub(crate) struct Sink<'s> {
    /// What the answer has to be for that.
    pub(crate) expected: StatusCode,
    pub(crate) portion: Portion<'s>,
}

/// Bytes that were asked for, of which there are so many.
pub(crate) struct Portion<'s> {
    length: u64,
    left: u64,
    take: &'s mut (dyn FnMut(&[u8]) + Send),
}

impl<'s> Portion<'s> {
    /// `length` bytes, which `take` gets as they come.
    pub(crate) fn new(length: u64, take: &'s mut (dyn FnMut(&[u8]) + Send)) -> Self {
        Self { length, left: length, take }
    }

    /// Hands on what has come. If that is more than was asked for, the first so many are taken, and it is an error.
    pub(crate) fn hand_on(&mut self, bytes: &[u8]) -> Result<(), Transport> {
        let taken = usize::try_from(self.left).map_or(bytes.len(), |left| left.min(bytes.len()));
        (self.take)(&bytes[..taken]);
        self.left -= taken as u64;
        if taken == bytes.len() { Ok(()) } else { Err(Transport::TooLong(self.length)) }
    }
}

/// Whether a service was seen whose answers have more headers than hyper takes by itself (100).
static MANY_HEADERS: AtomicBool = AtomicBool::new(false);

/// An open connection.
pub(super) struct Connection {
    sender: http1::SendRequest<Body>,
    driver: Option<Box<http1::Connection<Stream, Body>>>,
    traffic: Arc<Traffic>,
    idle_since: Instant,
}

impl Connection {
    /// Opens a connection to the host in `uri`.
    pub(super) async fn open(connector: &Connector, uri: Uri) -> Result<Self, Transport> {
        let stream = connector.clone().call(uri).await.map_err(|e| Transport::unreachable(&*e))?;
        let traffic = Arc::clone(traffic(&stream));
        let mut builder = http1::Builder::new();
        if MANY_HEADERS.load(Relaxed) {
            builder.max_headers(MOST_HEADERS);
        }
        let (sender, driver) = builder.handshake(stream).await.map_err(|e| Transport::broken(&e))?;
        Ok(Self { sender, driver: Some(Box::new(driver)), traffic, idle_since: Instant::now() })
    }

    /// Whether it was left alone for so long that S3 might be closing it.
    pub(super) fn is_stale(&self) -> bool {
        self.idle_since.elapsed() > IDLE
    }

    /// Whether a request may be sent: it is open, and not stale.
    pub(super) async fn is_ready(&mut self) -> bool {
        if self.is_stale() {
            return false;
        }
        let Self { sender, driver, .. } = self;
        drive(driver, sender.ready()).await.is_ok()
    }

    /// Whether it can be used again at once. Not so where the answer came before the request was sent to its end: the
    /// next request would have to push the rest out first.
    pub(super) async fn is_free(&mut self) -> bool {
        let Self { sender, driver, .. } = self;
        let ready = drive(driver, poll_fn(|cx| Poll::Ready(sender.poll_ready(cx)))).await;
        matches!(ready, Poll::Ready(Ok(())))
    }

    /// Sends a request, and waits for the whole answer. With a `sink` the body of what is
    /// expected goes there, and that of another success nowhere.
    pub(super) async fn exchange(
        &mut self,
        request: Request<Body>,
        pulse: &Pulse,
        sink: Option<Sink<'_>>,
    ) -> Result<Whole, Transport> {
        let Self { sender, driver, traffic, .. } = self;
        pulse.goes_over(traffic);
        let exchange = async {
            let answer = sender.send_request(request).await.map_err(|e| not_answered(&e))?;
            let (parts, body) = answer.into_parts();
            if body.is_end_stream() {
                return Ok((parts, Bytes::new()));
            }
            let mut body = body.map_frame(|frame| {
                pulse.moved(frame.data_ref().map_or(0, Bytes::len));
                frame
            });
            let Some(mut sink) = sink.filter(|_| parts.status.is_success()) else {
                let body = Limited::new(body, LONGEST_ANSWER).collect().await.map_err(|e| broken_off(&*e))?;
                return Ok((parts, body.to_bytes()));
            };
            while parts.status == sink.expected
                && let Some(frame) = body.frame().await
            {
                let frame = frame.map_err(|e| Transport::broken(&e))?;
                if let Some(data) = frame.data_ref() {
                    sink.portion.hand_on(data)?;
                }
            }
            Ok((parts, Bytes::new()))
        };
        let whole = drive(driver, exchange).await;
        self.idle_since = Instant::now();
        whole
    }
}

/// The account of what moves on it.
fn traffic(stream: &Stream) -> &Arc<Traffic> {
    match stream {
        MaybeHttpsStream::Http(stream) => stream.traffic(),
        MaybeHttpsStream::Https(stream) => stream.inner().get_ref().0.inner().traffic(),
    }
}

/// Why there is no answer. Where that can't be read, there may be too many headers, and the next connection takes more: room
/// for all of them each time would cost every answer.
fn not_answered(error: &hyper::Error) -> Transport {
    if error.is_parse() {
        MANY_HEADERS.store(true, Relaxed);
    }
    Transport::broken(error)
}

/// Why the body of an answer is not whole.
fn broken_off(error: &(dyn Error + Send + Sync + 'static)) -> Transport {
    if error.is::<LengthLimitError>() {
        Transport::TooLong(LONGEST_ANSWER as u64)
    } else {
        Transport::broken(error)
    }
}

/// Does `work`, and what the connection has to do meanwhile.
async fn drive<F: Future>(driver: &mut Option<Box<http1::Connection<Stream, Body>>>, work: F) -> F::Output {
    let mut work = pin!(work);
    poll_fn(|cx| {
        if let Some(connection) = driver
            && Pin::new(connection.as_mut()).poll(cx).is_ready()
        {
            // It is over; the work learns of it by itself.
            *driver = None;
        }
        work.as_mut().poll(cx)
    })
    .await
}

/// A request's body, handed over in steps that show whether it moves.
pub(super) struct Body {
    rest: Taking,
    steps: Steps,
    pulse: Pulse,
}

impl Body {
    /// A body, whose way shows in `pulse`.
    pub(super) fn new(payload: Payload, bandwidth: Option<Bandwidth>, pulse: Pulse) -> Self {
        Self { rest: Taking::new(payload), steps: Steps::new(bandwidth), pulse }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Unreadable;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Unreadable>>> {
        let Self { rest, steps, pulse } = &mut *self;
        let taken = match rest.poll_reading(cx) {
            Some(read) => read,
            None => match usize::try_from(rest.length()).unwrap_or(usize::MAX) {
                0 => return Poll::Ready(None),
                left => match steps.poll(cx, left) {
                    Poll::Ready(step) => rest.poll_take(cx, step),
                    Poll::Pending => {
                        // It waits for the bandwidth that it may have.
                        pulse.beat();
                        return Poll::Pending;
                    }
                },
            },
        };
        let bytes = ready!(taken)?;
        pulse.handed_over(bytes.len());
        if rest.length() == 0 {
            pulse.sent();
        }
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.length() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.length())
    }
}
