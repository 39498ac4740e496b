//! A slower network than the one at hand: connections that take and give bytes at a limited rate.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep_until},
};

use crate::options::Link;

/// How much passes at once: little enough to be smooth, and enough to be cheap.
const GULP: usize = 64 * 1024;

/// How far a connection that fell behind may catch up.
const SLACK: Duration = Duration::from_millis(5);

/// A rate that is shared by all who hold it.
#[derive(Clone, Debug)]
struct Rate {
    bytes_per_second: u64,
    /// When all that has passed would have passed at the rate.
    paid: Arc<Mutex<Instant>>,
}

impl Rate {
    fn new(bytes_per_second: u64) -> Self {
        Self { bytes_per_second: bytes_per_second.max(1), paid: Arc::new(Mutex::new(Instant::now())) }
    }

    /// Counts `bytes` that passed. Says when the next may.
    fn spend(&self, bytes: usize) -> Instant {
        let nanos = u128::from(bytes as u64) * 1_000_000_000 / u128::from(self.bytes_per_second);
        let cost = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        let now = Instant::now();
        let mut paid = self.paid.lock().unwrap_or_else(PoisonError::into_inner);
        *paid = (*paid).max(now.checked_sub(SLACK).unwrap_or(now)) + cost;
        *paid
    }
}

/// The rates that all connections share, one for each direction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shared {
    link: Link,
    received: Option<Rate>,
    sent: Option<Rate>,
}

impl Shared {
    pub(crate) fn new(link: Link) -> Self {
        Self { link, received: link.rate.map(Rate::new), sent: link.rate.map(Rate::new) }
    }

    /// Puts a connection on the link.
    pub(crate) fn connect(&self, socket: TcpStream, reset: Arc<AtomicBool>) -> Connection {
        let own = || self.link.connection_rate.map(Rate::new);
        Connection {
            socket,
            received: Pace::new([self.received.clone(), own()]),
            sent: Pace::new([self.sent.clone(), own()]),
            reset,
        }
    }
}

/// One direction of a connection.
struct Pace {
    rates: Vec<Rate>,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Pace {
    fn new(rates: [Option<Rate>; 2]) -> Self {
        Self { rates: rates.into_iter().flatten().collect(), pause: None }
    }

    /// Whether bytes may pass.
    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        Poll::Ready(())
    }

    fn spend(&mut self, bytes: usize) {
        let until = self.rates.iter().map(|rate| rate.spend(bytes)).max();
        self.pause = until.filter(|until| *until > Instant::now()).map(|until| Box::pin(sleep_until(until)));
    }
}

/// A connection on the link.
pub(crate) struct Connection {
    socket: TcpStream,
    received: Pace,
    sent: Pace,
    /// Whether to end it with a reset.
    reset: Arc<AtomicBool>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Relaxed) {
            // Without lingering, closing a socket resets it. If that fails, it closes in the ordinary way.
            let _ = self.socket.set_zero_linger();
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.received.rates.is_empty() {
            return Pin::new(&mut this.socket).poll_read(cx, buffer);
        }
        ready!(this.received.poll_open(cx));
        let mut gulp = ReadBuf::new(buffer.initialize_unfilled_to(buffer.remaining().min(GULP)));
        ready!(Pin::new(&mut this.socket).poll_read(cx, &mut gulp))?;
        let count = gulp.filled().len();
        buffer.advance(count);
        this.received.spend(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.sent.poll_open(cx));
        let gulp = if this.sent.rates.is_empty() { bytes } else { &bytes[..bytes.len().min(GULP)] };
        let count = ready!(Pin::new(&mut this.socket).poll_write(cx, gulp))?;
        this.sent.spend(count);
        Poll::Ready(Ok(count))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.sent.rates.is_empty() {
            return Pin::new(&mut this.socket).poll_write_vectored(cx, slices);
        }
        let first = slices.iter().find(|slice| !slice.is_empty()).map_or(&[][..], |slice| slice);
        Pin::new(this).poll_write(cx, first)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    use super::*;

    async fn seconds_for(bytes: usize, link: Link) -> f64 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let sender = tokio::spawn(async move {
            let mut socket = TcpStream::connect(address).await.unwrap();
            socket.write_all(&vec![7; bytes]).await.unwrap();
        });
        let (socket, _) = listener.accept().await.unwrap();
        let mut connection = Shared::new(link).connect(socket, Arc::default());
        let started = Instant::now();
        let mut received = Vec::new();
        connection.read_to_end(&mut received).await.unwrap();
        sender.await.unwrap();
        assert_eq!(received, vec![7; bytes]);
        started.elapsed().as_secs_f64()
    }

    #[tokio::test]
    async fn the_slower_rate_counts() {
        let slow = Some(10_000_000);
        let fast = Some(1_000_000_000);
        for (rate, connection_rate) in [(slow, None), (None, slow), (slow, fast), (fast, slow)] {
            let link = Link { rate, connection_rate, delay: Duration::ZERO };
            let seconds = seconds_for(2_000_000, link).await;
            assert!((0.15..1.0).contains(&seconds), "{seconds} s with {link:?}");
        }
    }
}
