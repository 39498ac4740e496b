//! The way to a host: straight, or through the proxy that the environment names.

use std::{
    error::Error,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::Uri;
use hyper_util::{
    client::{
        legacy::connect::{HttpConnector, proxy::Tunnel},
        proxy::matcher::{Intercept, Matcher},
    },
    rt::TokioIo,
};
use tokio::net::TcpStream;
use tower_service::Service;

use super::{
    resolve::{AT_ONCE, Resolver},
    traffic::Counted,
};

/// How long a connection may take to come about, over all addresses of a family that are tried: the system divides it evenly.
const CONNECT: Duration = Duration::from_secs(5 * AT_ONCE as u64);

/// How many bytes may wait in the system: enough for the fastest line, and gone in a minute at 5 kB/s.
#[cfg(any(target_os = "android", target_os = "linux"))]
const UNSENT: u32 = 256 << 10;

const KEEP_ALIVE: Duration = Duration::from_secs(30);

type Tcp = HttpConnector<Resolver>;
type BoxError = Box<dyn Error + Send + Sync>;

/// Opens connections. HTTPS_PROXY, HTTP_PROXY and NO_PROXY mean what they mean to curl, but that plain HTTP too is sent
/// through a tunnel (CONNECT).
#[derive(Clone)]
pub(crate) struct Route {
    tcp: Tcp,
    proxies: Arc<Matcher>,
}

impl Route {
    pub(super) fn from_env() -> Self {
        let mut tcp = Tcp::new_with_resolver(Resolver::system());
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT));
        tcp.set_keepalive(Some(KEEP_ALIVE));
        Self { tcp, proxies: Arc::new(proxies()) }
    }
}

impl Service<Uri> for Route {
    type Response = Counted;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let mut tcp = self.tcp.clone();
        match self.proxies.intercept(&to) {
            None => Box::pin(async move { Ok(prompt(tcp.call(to).await?)) }),
            Some(proxy) => Box::pin(async move { Ok(prompt(through(proxy, tcp, to).await?)) }),
        }
    }
}

/// Lets a connection take no more than it is about to send. The system would take megabytes, and on a slow link nothing would be
/// seen to move until most of them are gone.
fn prompt(stream: TokioIo<TcpStream>) -> Counted {
    #[cfg(any(target_os = "android", target_os = "linux"))]
    // Where that is not to be had, a slow line only needs more patience.
    let _ = socket2::SockRef::from(stream.inner()).set_tcp_notsent_lowat(UNSENT);
    Counted::new(stream)
}

/// The proxies that the environment names. An asterisk in NO_PROXY means addresses, too, which the matcher takes it not to.
fn proxies() -> Matcher {
    let excepted = |name| std::env::var(name).ok().filter(|hosts| !hosts.is_empty());
    match excepted("NO_PROXY").or_else(|| excepted("no_proxy")) {
        Some(hosts) if hosts.trim() == "*" => Matcher::builder().build(),
        _ => Matcher::from_env(),
    }
}

async fn through(proxy: Intercept, tcp: Tcp, to: Uri) -> Result<TokioIo<TcpStream>, BoxError> {
    let uri = proxy.uri();
    if uri.scheme_str() != Some("http") {
        return Err(format!(
            "the proxy {} is not reached over plain HTTP, which is all that works",
            host(uri)
        )
        .into());
    }
    let mut tunnel = Tunnel::new(uri.clone(), tcp);
    if let Some(auth) = proxy.basic_auth() {
        tunnel = tunnel.with_auth(auth.clone());
    }
    tunnel.call(to).await.map_err(|e| format!("the proxy {}: {e}", host(uri)).into())
}

/// A proxy's host, without the password that may stand before it.
fn host(uri: &Uri) -> &str {
    uri.host().unwrap_or_default()
}
