//! What a man page holds besides the flags.

/// A command that works as written, and what it is for.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// What it does, as a sentence.
    pub what: &'static str,
    /// The command line.
    pub command: &'static str,
}

/// The hand-written part of a tool's man page.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// EXAMPLES.
    pub examples: &'static [Example],
    /// SEE ALSO, as `name(section)`.
    pub see_also: &'static [&'static str],
    /// EXIT STATUS, where it is another than that of all tools, by the names of the pages: the tool's, or a subcommand's.
    pub exits: &'static [(&'static str, &'static [(u8, &'static str)])],
}

/// How many examples are enough to begin with.
const FIRST: usize = 3;

impl Page {
    /// The examples in which `start` begins a command, or all if there are none: those of a subcommand.
    pub fn of(&self, start: &str) -> Vec<Example> {
        let begins = |e: &&Example| e.command.lines().any(|line| format!("{line} ").starts_with(start));
        let found: Vec<_> = self.examples.iter().filter(begins).copied().collect();
        if found.is_empty() { self.examples.to_vec() } else { found }
    }

    /// The same, as they close the help of a subcommand.
    pub(crate) fn help(&self, start: &str) -> String {
        listed("Examples", &self.of(start))
    }

    /// What `--help` is made of: what the tool does, how it is called, and the first examples fit onto a screen; flags follow.
    pub(crate) fn template(&self) -> String {
        let (first, more) = self.examples.split_at(FIRST.min(self.examples.len()));
        let short = |e: &Example| format!("  # {}\n  {}\n", e.what, e.command.replace('\n', "\n  "));
        let first: String = first.iter().map(short).collect();
        let more = listed("More examples", more);
        format!("{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{first}\n{{all-args}}\n\n{more}")
    }
}

fn listed(heading: &str, examples: &[Example]) -> String {
    let example = |e: &Example| format!("  {}\n    {}\n", e.what, e.command.replace('\n', "\n    "));
    format!("{heading}:\n{}", examples.iter().map(example).collect::<Vec<_>>().join("\n"))
}

/// Whom a command talks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// Nobody, or those who come to it.
    None,
    /// Web sites.
    Web,
    /// S3.
    S3,
}

/// An environment variable that the tools read.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub what: &'static str,
    /// Which commands read it.
    pub readers: &'static [Network],
}

const fn aws(name: &'static str, what: &'static str) -> Variable {
    Variable { name, what, readers: &[Network::S3] }
}

/// Every environment variable that the tools read, documented once.
pub const VARIABLES: &[Variable] = &[
    aws("AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN", "Credentials."),
    aws("AWS_PROFILE", "Profile in the AWS config files; --profile wins."),
    aws("AWS_REGION, AWS_DEFAULT_REGION", "Region; --region wins."),
    aws("AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE", "Where the AWS config files are [default: ~/.aws]."),
    aws(
        "AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL",
        "Endpoint of an S3-compatible service; --endpoint-url wins.",
    ),
    aws(
        "AWS_CA_BUNDLE, SSL_CERT_FILE",
        "PEM file of further certificate authorities to trust; --ca-bundle wins.",
    ),
    Variable {
        name: "SSL_CERT_FILE",
        what: "PEM file of the certificate authorities to trust, instead of the system's.",
        readers: &[Network::Web],
    },
    Variable {
        name: "HTTPS_PROXY, HTTP_PROXY, NO_PROXY",
        what: "Proxies, and the hosts to reach without one.",
        readers: &[Network::Web, Network::S3],
    },
    aws(
        "AWS_EC2_METADATA_DISABLED",
        "When true, no credentials are looked for at the instance's metadata service.",
    ),
    Variable {
        name: "NO_COLOR",
        what: "When set, no colours on the terminal.",
        readers: &[Network::None, Network::Web, Network::S3],
    },
];
