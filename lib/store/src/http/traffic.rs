//! What moves on a connection, as the system sees it: bytes that its socket has taken, and, on Linux, bytes that the other end
//! has not acknowledged yet. A socket takes hundreds of kilobytes at once, and on a slow link these are on their way for longer
//! than any time limit, with no other sign of life.

use std::{
    io::{self, IoSlice},
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::{
    client::legacy::connect::{Connected, Connection},
    rt::TokioIo,
};
use tokio::net::TcpStream;

/// The account of one connection.
#[derive(Debug)]
pub(crate) struct Traffic {
    /// None where the system does not tell.
    ends: Option<(SocketAddr, SocketAddr)>,
    /// Bytes that the socket has taken so far.
    written: AtomicU64,
}

impl Traffic {
    /// How many bytes the socket has taken so far.
    pub(crate) fn written(&self) -> u64 {
        self.written.load(Relaxed)
    }

    /// How many of them the other end has not acknowledged; `None` where that can't be known. Looked up for all connections of
    /// the process at once, at most about once a second.
    pub(crate) fn unacknowledged(&self) -> Option<u64> {
        queues::of(self.ends?)
    }
}

/// A connection whose traffic is counted.
pub(crate) struct Counted {
    stream: TokioIo<TcpStream>,
    traffic: Arc<Traffic>,
}

impl Counted {
    pub(super) fn new(stream: TokioIo<TcpStream>) -> Self {
        let inner = stream.inner();
        let ends = inner.local_addr().ok().zip(inner.peer_addr().ok());
        Self { stream, traffic: Arc::new(Traffic { ends, written: AtomicU64::new(0) }) }
    }

    /// The account.
    pub(crate) fn traffic(&self) -> &Arc<Traffic> {
        &self.traffic
    }

    fn count(&self, written: usize) -> usize {
        self.traffic.written.fetch_add(written as u64, Relaxed);
        written
    }
}

impl Connection for Counted {
    fn connected(&self) -> Connected {
        self.stream.connected()
    }
}

impl Read for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl Write for Counted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))?;
        Poll::Ready(Ok(self.count(written)))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, slices))?;
        Poll::Ready(Ok(self.count(written)))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The queues of bytes that were sent and not acknowledged, by the two ends of each connection.
#[cfg(target_os = "linux")]
mod queues {
    use std::{
        collections::HashMap,
        net::SocketAddr,
        sync::{LazyLock, Mutex, PoisonError},
        time::{Duration, Instant},
    };

    use procfs::net::{TcpNetEntry, tcp, tcp6};

    /// How long what was looked up is of use.
    const FRESH: Duration = Duration::from_millis(900);

    /// Looking takes no more than this share of the time, where a machine has very many connections.
    const SHARE: u32 = 20;

    type Ends = (SocketAddr, SocketAddr);

    #[derive(Default)]
    struct Known {
        queues: HashMap<Ends, u64>,
        until: Option<Instant>,
    }

    static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);

    pub(super) fn of(ends: Ends) -> Option<u64> {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if known.until.is_none_or(|until| now >= until) {
            known.queues =
                [tcp(), tcp6()].into_iter().flatten().flatten().map(|entry| queue(&entry)).collect();
            known.until = Some(now + FRESH.max(now.elapsed() * SHARE));
        }
        known.queues.get(&ends).copied()
    }

    fn queue(entry: &TcpNetEntry) -> (Ends, u64) {
        ((entry.local_address, entry.remote_address), entry.tx_queue.into())
    }
}

#[cfg(not(target_os = "linux"))]
mod queues {
    use std::net::SocketAddr;

    /// No library asks other systems.
    pub(super) fn of(_: (SocketAddr, SocketAddr)) -> Option<u64> {
        None
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    use super::*;

    #[tokio::test]
    async fn what_is_not_acknowledged_shows() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut far, _) = listener.accept().await.unwrap();
        let (mut sent, chunk) = (0, vec![0; 64 << 10]);
        while let Ok(written) = near.try_write(&chunk) {
            sent += written as u64;
        }
        let traffic = Counted::new(TokioIo::new(near));
        let mut read = Vec::new();
        if cfg!(target_os = "linux") {
            let waiting = traffic.traffic().unacknowledged().unwrap();
            assert!(waiting > 0 && waiting <= sent, "{waiting} of {sent}");
        }
        drop(traffic);
        far.read_to_end(&mut read).await.unwrap();
        assert_eq!(read.len() as u64, sent);
        far.shutdown().await.unwrap();
    }
}
