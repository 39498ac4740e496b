//! Web sites other than S3: who is trusted, and which way leads there.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use ureq::{
    Agent,
    tls::{Certificate, RootCerts, TlsConfig, TlsProvider},
};

/// An agent that calls itself by this name and version, with the proxies of the environment, and the certificate authorities
/// of the system or of `SSL_CERT_FILE`. An answer is an answer, whatever its status.
pub fn agent(name_and_version: &'static str) -> Agent {
    let roots = rustls_native_certs::load_native_certs().certs;
    let roots: Vec<_> = roots.iter().map(|root| Certificate::from_der(root).to_owned()).collect();
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
        .root_certs(RootCerts::new_with_certs(&roots));
    let config = Agent::config_builder()
        .tls_config(tls.build())
        .http_status_as_error(false)
        .max_redirects_will_error(true)
        .user_agent(name_and_version);
    config.build().into()
}

/// Whether what is at a URL can be exchanged on the way. On this machine nobody is in between.
pub fn is_bare(url: &str) -> bool {
    let host = url.strip_prefix("http://").map(|rest| rest.rsplit_once('@').map_or(rest, |(_, host)| host));
    let local = |host: &str| ["127.", "localhost", "[::1]"].iter().any(|start| host.starts_with(start));
    host.is_some_and(|host| !local(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_encrypted_is_bare_unless_it_is_local() {
        let urls = [
            "http://mirror.example",
            "https://mirror.example",
            "http://127.0.0.1:8080",
            "http://me:x@localhost",
        ];
        assert_eq!(urls.map(is_bare), [true, false, false, false]);
    }
}
