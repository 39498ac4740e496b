//! Bodies on their way: handed to the connection in steps, so that it shows whether they move.

use std::{
    error::Error,
    future::Future as _,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Limited;
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep};

use super::{
    Transport,
    pulse::{Motion, Pulse},
    shape::Steps,
};

type BoxError = Box<dyn Error + Send + Sync>;

/// A request's body.
pub(super) struct Sending {
    body: SdkBody,
    /// What was taken from the body, and not handed over yet.
    rest: Bytes,
    steps: Steps,
    pulse: Pulse,
}

impl Sending {
    pub(super) fn new(body: SdkBody, steps: Steps, pulse: Pulse) -> Self {
        Self { body, rest: Bytes::new(), steps, pulse }
    }
}

impl Body for Sending {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.pulse.beat();
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                end => return Poll::Ready(end),
            }
        }
        let rest = self.rest.len();
        let step = ready!(self.steps.poll(cx, rest));
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(step)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        // Asked before the first frame, when nothing is taken out yet.
        self.body.size_hint()
    }
}

/// An answer's body, given up once hardly anything came for `limit`, or if it has more than `longest` bytes.
pub(super) fn receiving(body: Incoming, limit: Duration, longest: usize) -> SdkBody {
    if body.is_end_stream() {
        return SdkBody::empty();
    }
    let receiving = Receiving { body, limit, motion: Motion::starting(), patience: Box::pin(sleep(limit)) };
    SdkBody::from_body_1_x(Limited::new(receiving, longest))
}

struct Receiving {
    body: Incoming,
    limit: Duration,
    motion: Motion,
    patience: Pin<Box<Sleep>>,
}

impl Body for Receiving {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            let bytes =
                frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()).map_or(0, Bytes::len);
            self.motion.moved(bytes as u64);
            let deadline = self.motion.last() + self.limit;
            self.patience.as_mut().reset(deadline);
            if frame.is_none() || deadline > Instant::now() {
                return Poll::Ready(
                    frame.map(|frame| frame.map_err(|e| Transport::Broken(e.to_string()).into())),
                );
            }
        }
        ready!(self.patience.as_mut().poll(cx));
        Poll::Ready(Some(Err(Transport::Silent(self.limit).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
