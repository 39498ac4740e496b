//! The endpoint as a whole: listening, connections, and the end.

use std::{
    net::SocketAddr,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use s3s::{
    config::{S3Config, StaticConfigProvider},
    service::S3ServiceBuilder,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};
use tokio_rustls::TlsAcceptor;

use crate::{
    LabError, Options, Stats,
    auth::Keys,
    clock::Clock,
    front::{Front, Wire},
    inject::Injector,
    link::Shared,
    log::Log,
    s3::{Joining, Lab},
    store::Store,
    tls,
};

/// A running endpoint. Dropping it stops it too, a little later.
#[derive(Debug)]
pub struct Endpoint {
    address: SocketAddr,
    secure: bool,
    log: Arc<Log>,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

/// What each new connection is given.
#[derive(Clone)]
struct Reception {
    front: Arc<Front>,
    link: Shared,
    tls: Option<TlsAcceptor>,
    idle_timeout: Option<Duration>,
}

impl Endpoint {
    /// Starts an endpoint on the caller's runtime.
    pub async fn start(options: Options) -> Result<Self, LabError> {
        let store = open_store(&options)?;
        let log = open_log(&options)?;
        let tls = options.tls.as_ref().map(tls::acceptor).transpose()?;
        let secure = tls.is_some();
        let listener = TcpListener::bind(options.listen).await.map_err(LabError::Listen)?;
        let address = listener.local_addr().map_err(LabError::Listen)?;
        let reception = Reception {
            link: Shared::new(options.link),
            tls,
            idle_timeout: options.idle_timeout,
            front: Arc::new(front(store, Arc::clone(&log), options)),
        };
        let (stop, stopped) = watch::channel(false);
        let accepting = tokio::spawn(accept(listener, reception, stopped));
        Ok(Self { address, secure, log, stop, accepting })
    }

    /// Where it listens.
    pub const fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Its URL, for clients.
    pub fn url(&self) -> String {
        format!("{}://{}", if self.secure { "https" } else { "http" }, self.address)
    }

    /// What it did so far.
    pub fn stats(&self) -> Stats {
        self.log.stats()
    }

    /// Stops: connections are closed as they are, and bodies under way leave nothing behind.
    pub async fn shutdown(self) -> Stats {
        // Nobody listens any more only if it has stopped already; a panic in there has been reported by the runtime.
        let _ = self.stop.send(true);
        let _ = self.accepting.await;
        self.log.stats()
    }
}

fn open_store(options: &Options) -> Result<Arc<Store>, LabError> {
    let store = Store::open(&options.bodies).map_err(|e| match &options.bodies {
        crate::Bodies::Directory(directory) => LabError::Store(directory.clone(), e),
        crate::Bodies::Memory | crate::Bodies::Discard => LabError::Store("memory".into(), e),
    })?;
    for bucket in &options.buckets {
        if !s3s::path::check_bucket_name(bucket) {
            return Err(LabError::Bucket(bucket.clone(), "S3 does not take this name".to_owned()));
        }
        store.create_bucket(bucket).map_err(|e| LabError::Bucket(bucket.clone(), e.to_string()))?;
    }
    Ok(Arc::new(store))
}

fn open_log(options: &Options) -> Result<Arc<Log>, LabError> {
    Log::open(options.log.as_deref())
        .map(Arc::new)
        .map_err(|e| LabError::Log(options.log.clone().unwrap_or_default(), e))
}

fn front(store: Arc<Store>, log: Arc<Log>, options: Options) -> Front {
    let keys = Keys::new(&options);
    let lab = Lab::new(store, options.region.clone(), options.page);
    let mut builder = S3ServiceBuilder::new(lab.clone());
    builder.set_route(Joining::new(lab, keys.clone()));
    // Whether the time of a request is the right one is judged by our own clock, which may be wrong on purpose.
    let mut config = S3Config::default();
    config.presigned_url_max_skew_time_secs = u32::MAX;
    builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
    builder.set_auth(keys.clone());
    builder.set_access(keys);
    Front {
        service: builder.build(),
        region: options.region,
        delay: options.link.delay,
        clock: Clock(options.clock_skew),
        injector: Injector::new(options.faults, options.seed),
        log,
        ids: AtomicU64::new(1),
    }
}

async fn accept(listener: TcpListener, reception: Reception, mut stopped: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stopped.changed() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((socket, _)) => {
                    connections.spawn(reception.clone().receive(socket));
                }
                // Out of descriptors, mostly: connections that end give some back.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
        }
    }
    connections.shutdown().await;
}

impl Reception {
    async fn receive(self, socket: TcpStream) {
        self.front.log.connected();
        // Without it answers wait for more to come; a socket that refuses is closed already.
        let _ = socket.set_nodelay(true);
        let wire = Arc::new(Wire::new());
        let connection = self.link.connect(socket, Arc::clone(&wire.reset));
        match &self.tls {
            None => self.serve(connection, wire).await,
            Some(tls) => {
                // A client that does not trust the certificate leaves here.
                if let Ok(stream) = tls.accept(connection).await {
                    self.serve(stream, wire).await;
                }
            }
        }
    }

    async fn serve(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, wire: Arc<Wire>) {
        let service = service_fn(|request| self.front.answer(&wire, request));
        let mut connection =
            std::pin::pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        if let Some(limit) = self.idle_timeout {
            tokio::select! {
                _ = connection.as_mut() => return,
                () = wire.idle_for(limit) => connection.as_mut().graceful_shutdown(),
            }
        }
        // How a connection ends is the client's business, or a fault's.
        let _ = connection.await;
    }
}
