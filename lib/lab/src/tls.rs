//! Certificates: an authority and a server certificate for this machine, and what rustls makes of them.

use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use tokio_rustls::TlsAcceptor;

use crate::{LabError, options::Tls};

/// The names that the server certificate is for.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// How long a certificate is valid that an endpoint makes for itself.
const VALID: Duration = Duration::from_hours(30 * 24);

/// A server certificate for localhost, 127.0.0.1 and ::1, and the authority that signed it, all in PEM.
#[derive(Clone, Debug)]
pub struct Certificates {
    /// The authority, for clients to trust.
    pub ca: String,
    /// The server's certificate.
    pub cert: String,
    /// Its private key.
    pub key: String,
}

/// Makes an authority and a server certificate that is valid within a window; one in the past makes an expired one. The
/// authority itself is always valid.
pub fn make_certificates(from: SystemTime, until: SystemTime) -> Result<Certificates, LabError> {
    let wrong = |e: rcgen::Error| LabError::Tls(e.to_string());
    let authority = authority().map_err(wrong)?;
    let ca = authority.1.pem();
    let mut params = CertificateParams::new(NAMES.map(str::to_owned)).map_err(wrong)?;
    params.distinguished_name.push(DnType::CommonName, "tt-lab endpoint");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.not_before = from.into();
    params.not_after = until.into();
    let key = KeyPair::generate().map_err(wrong)?;
    let cert = params.signed_by(&key, &authority.0).map_err(wrong)?;
    Ok(Certificates { ca, cert: cert.pem(), key: key.serialize_pem() })
}

fn authority() -> Result<(Issuer<'static, KeyPair>, rcgen::Certificate), rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, "tt-lab authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = (SystemTime::now() - VALID).into();
    params.not_after = (SystemTime::now() + VALID).into();
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    Ok((Issuer::new(params, key), certificate))
}

/// What accepts TLS connections as `tls` says. Writes the file that it promises.
pub(crate) fn acceptor(tls: &Tls) -> Result<TlsAcceptor, LabError> {
    let (cert, key) = match tls {
        Tls::SelfSigned { ca } => {
            let now = SystemTime::now();
            // A little into the past, for clients whose clock is a little late.
            let made = make_certificates(now - Duration::from_hours(1), now + VALID)?;
            fs::write(ca, &made.ca).map_err(|e| unusable(ca, e))?;
            (made.cert.into_bytes(), made.key.into_bytes())
        }
        Tls::Files { cert, key } => {
            (fs::read(cert).map_err(|e| unusable(cert, e))?, fs::read(key).map_err(|e| unusable(key, e))?)
        }
    };
    server(&cert, &key).map_err(LabError::Tls)
}

fn server(cert: &[u8], key: &[u8]) -> Result<TlsAcceptor, String> {
    let chain = CertificateDer::pem_slice_iter(cert)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| format!("the certificate is not PEM: {e}"))?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|e| format!("the private key is not PEM: {e}"))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|e| e.to_string())?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn unusable(path: &Path, error: impl std::fmt::Display) -> LabError {
    LabError::Tls(format!("{}: {error}", path.display()))
}
