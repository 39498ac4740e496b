//! Whom to trust.

use std::{path::PathBuf, sync::Arc};

use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
};
use tt_record::{Problem, ProblemKind};

/// Whose certificates are believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// The platform's authorities, and those in a PEM file if there is one.
    Authorities(Option<PathBuf>),
    /// Everybody's.
    Anybody,
}

impl Trust {
    /// Whether TLS keeps attackers out who are between here and a service.
    pub(crate) fn verifies(&self) -> bool {
        *self != Self::Anybody
    }

    /// What TLS connections are made with.
    pub(super) fn client_config(&self) -> Result<ClientConfig, Problem> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|e| Problem::new(ProblemKind::Bug, format!("TLS can't be set up: {e}")))?;
        Ok(match self {
            Self::Authorities(bundle) => {
                config.with_root_certificates(roots(bundle.as_ref())?).with_no_client_auth()
            }
            Self::Anybody => config
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Gullible(provider)))
                .with_no_client_auth(),
        })
    }
}

fn roots(bundle: Option<&PathBuf>) -> Result<RootCertStore, Problem> {
    let mut roots = RootCertStore::empty();
    // Some of the platform's certificates may be unreadable: what is missing shows when a connection needs it.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = bundle {
        let unusable = |why: String| {
            Problem::new(ProblemKind::Config, format!("can't use the CA bundle {}: {why}", path.display()))
                .hint("--ca-bundle and AWS_CA_BUNDLE name a PEM file of certificates")
        };
        let certificates = CertificateDer::pem_file_iter(path)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|e| unusable(e.to_string()))?;
        if certificates.is_empty() {
            return Err(unusable("it holds no certificate".into()));
        }
        for certificate in certificates {
            roots.add(certificate).map_err(|e| unusable(e.to_string()))?;
        }
    }
    Ok(roots)
}

/// Believes any certificate, for those who asked for that. Signatures are still checked, so the peer has at least the
/// key of the certificate that it shows.
#[derive(Debug)]
struct Gullible(Arc<CryptoProvider>);

impl ServerCertVerifier for Gullible {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
