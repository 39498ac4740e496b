//! HTTPS, with an authority made for the occasion.

use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use http::Method;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};
use tt_lab::{Options, Tls, make_certificates};

use super::client::Lab;

async fn lab(tls: Tls) -> Lab {
    Lab::with(Options { tls: Some(tls), ..Options::default() }).await
}

/// Connects under one of the endpoint's names, trusting the authority in `ca`.
async fn connect(lab: &Lab, name: &'static str, ca: &Path) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(ca).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let socket = TcpStream::connect(lab.endpoint.addr()).await.unwrap();
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(name).unwrap(), socket).await
}

#[tokio::test]
async fn clients_that_trust_the_authority_get_in() {
    let directory = tempfile::tempdir().unwrap();
    let ca = directory.path().join("ca.pem");
    let lab = lab(Tls::SelfSigned { ca: ca.clone() }).await;
    assert!(lab.endpoint.url().starts_with("https://127.0.0.1:"));
    for name in ["localhost", "127.0.0.1"] {
        let stream = connect(&lab, name, &ca).await.unwrap();
        let put = lab.object(Method::PUT, "key").header("x-amz-checksum-crc32", "y/Q5Jg==").body("123456789");
        let put = put.send_over(stream).await.unwrap();
        assert_eq!(put.status, 200);
    }
    let got = lab
        .object(Method::GET, "key")
        .send_over(connect(&lab, "localhost", &ca).await.unwrap())
        .await
        .unwrap();
    assert_eq!(got.body, "123456789");
    connect(&lab, "example.com", &ca).await.unwrap_err();
}

#[tokio::test]
async fn certificates_may_be_brought_along_and_may_be_stale() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let now = SystemTime::now();
    let hour = Duration::from_hours(1);
    for (until, fits) in [(now + hour, true), (now - hour, false)] {
        let made = make_certificates(now - 2 * hour, until).unwrap();
        let ca = file("ca", &made.ca);
        let lab = lab(Tls::Files { cert: file("cert", &made.cert), key: file("key", &made.key) }).await;
        assert_eq!(connect(&lab, "localhost", &ca).await.is_ok(), fits);
    }
}

#[tokio::test]
async fn a_client_without_tls_gets_nowhere() {
    let directory = tempfile::tempdir().unwrap();
    let ca = directory.path().join("ca.pem");
    let lab = lab(Tls::SelfSigned { ca: ca.clone() }).await;
    lab.bucket(Method::GET).try_send().await.unwrap_err();
    connect(&lab, "localhost", &ca).await.unwrap();
}
