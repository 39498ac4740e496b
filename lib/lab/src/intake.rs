//! The body of a request, shared between what handles the request and what watches over it: the latter counts the bytes,
//! and reads the rest that a refusal left, without which the client might never see the answer.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

/// The body of a request.
#[derive(Clone)]
pub(crate) struct Intake(Arc<Mutex<State>>);

struct State {
    body: Incoming,
    bytes: u64,
}

impl Intake {
    pub(crate) fn new(body: Incoming) -> Self {
        Self(Arc::new(Mutex::new(State { body, bytes: 0 })))
    }

    /// How many bytes came so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }

    /// Reads on until at least `bytes` came in all, or the body ended.
    pub(crate) async fn read_to(&self, bytes: u64) {
        let mut body = self.clone();
        while self.bytes() < bytes {
            let Some(Ok(_)) = body.frame().await else { return };
        }
    }
}

impl Body for Intake {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let frame = ready!(Pin::new(&mut state.body).poll_frame(cx));
        if let Some(Ok(frame)) = &frame {
            state.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).body.size_hint()
    }
}
