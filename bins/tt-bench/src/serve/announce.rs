//! What a new endpoint tells others: lines for a shell on stdout, and a file with the address.

use std::{
    io::{self, Write as _},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
};

use tt_cli::Outfile;
use tt_lab::{Options, Tls};
use tt_record::Problem;

/// How clients reach an endpoint.
pub(crate) struct Access<'a> {
    pub(crate) address: SocketAddr,
    pub(crate) options: &'a Options,
    /// Where clients find the secret, if it isn't to be shown.
    pub(crate) secret_file: Option<&'a Path>,
}

impl Access<'_> {
    /// Prints the lines for a shell, and sees that they arrive.
    pub(crate) fn print(&self) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(self.lines().as_bytes())?;
        stdout.flush()
    }

    fn lines(&self) -> String {
        let Options { region, credentials, buckets, tls, .. } = self.options;
        let (access_key, secret) = credentials
            .first()
            .map(|credential| (credential.access_key.as_str(), credential.secret_key.as_str()))
            .unwrap_or_default();
        let secret = match self.secret_file {
            Some(path) => format!("\"$(cat {})\"", quote(&path.to_string_lossy())),
            None => quote(secret),
        };
        let url = self.url();
        let noun = if buckets.len() == 1 { "bucket" } else { "buckets" };
        let mut lines = vec![
            format!(
                "# S3 at {url}, with {noun} {}. Paste these lines into another shell; Ctrl-C stops it here.",
                buckets.join(", ")
            ),
            format!("export AWS_ENDPOINT_URL={}", quote(&url)),
            // s5cmd knows this name only.
            format!("export S3_ENDPOINT_URL={}", quote(&url)),
            format!("export AWS_ACCESS_KEY_ID={}", quote(access_key)),
            format!("export AWS_SECRET_ACCESS_KEY={secret}"),
            // botocore knows the second name only.
            format!("export AWS_REGION={0} AWS_DEFAULT_REGION={0}", quote(region)),
        ];
        if let Some(Tls::SelfSigned { ca }) = tls {
            lines.push(format!("export AWS_CA_BUNDLE={}", quote(&ca.to_string_lossy())));
        }
        // These would win over the lines above, or go along with keys that aren't theirs.
        lines.push("unset AWS_SESSION_TOKEN AWS_ENDPOINT_URL_S3".to_owned());
        lines.join("\n") + "\n"
    }

    fn url(&self) -> String {
        let scheme = if self.options.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", reachable(self.address))
    }
}

/// An address that a client can connect to: "any" is none.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// A word that a shell takes as it is.
fn quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Writes the address into a file. Whoever sees the file sees all of it.
pub(crate) fn publish(path: &Path, address: SocketAddr) -> Result<(), Problem> {
    let mut file = Outfile::create(path, "address")?;
    file.write(|out| writeln!(out, "{}", reachable(address)));
    file.finish()
}

#[cfg(test)]
mod tests {
    use tt_lab::Credential;

    use super::*;

    #[test]
    fn a_shell_reads_what_was_meant() {
        let options = Options {
            credentials: vec![Credential::new("it's", "")],
            tls: Some(Tls::SelfSigned { ca: "/tmp/a b.pem".into() }),
            buckets: vec!["one".to_owned(), "two".to_owned()],
            ..Options::default()
        };
        let address = "0.0.0.0:9000".parse().unwrap();
        let lines = Access { address, options: &options, secret_file: None }.lines();
        let lines: Vec<_> = lines.lines().collect();
        assert!(
            lines[0].starts_with("# S3 at https://127.0.0.1:9000, with buckets one, two."),
            "{}",
            lines[0]
        );
        assert_eq!(
            lines[1..],
            [
                "export AWS_ENDPOINT_URL=https://127.0.0.1:9000",
                "export S3_ENDPOINT_URL=https://127.0.0.1:9000",
                r"export AWS_ACCESS_KEY_ID='it'\''s'",
                "export AWS_SECRET_ACCESS_KEY=''",
                "export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1",
                "export AWS_CA_BUNDLE='/tmp/a b.pem'",
                "unset AWS_SESSION_TOKEN AWS_ENDPOINT_URL_S3",
            ]
        );
    }

    #[test]
    fn a_secret_from_a_file_is_not_shown() {
        let options = Options { credentials: vec![Credential::new("a", "hidden")], ..Options::default() };
        let address = "[::]:1".parse().unwrap();
        let lines = Access { address, options: &options, secret_file: Some(Path::new("/s")) }.lines();
        assert!(lines.contains("export AWS_SECRET_ACCESS_KEY=\"$(cat /s)\"\n"), "{lines}");
        assert!(lines.contains("http://[::1]:1") && !lines.contains("hidden"), "{lines}");
    }
}
