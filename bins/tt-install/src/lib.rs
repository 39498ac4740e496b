//! `tt-install`: s5cmd on this machine in one command, and a check that all is ready.
//!
//! [`install`] fetches, proves and places s5cmd; [`check`] looks at what uploads need. Both run programs of others ([`tt_programs`]), and ask
//! an [`s5cmd`] for its version. Unlike the other tools' stdout, this one's is no stream of records: it says what was done or
//! found.

mod check;
mod cli;
mod install;
mod s5cmd;

use clap::{ArgMatches, Command, CommandFactory as _, FromArgMatches as _};
use tt_cli::{Example, Exit, Page};
use tt_record::{Problem, ProblemKind};

use self::cli::{Action, Flags};

/// The name of the tool.
const TOOL: &str = "tt-install";

/// The hand-written part of the man page.
pub const PAGE: Page = Page {
    examples: &[
        Example { what: "The latest s5cmd, where programs usually are.", command: "tt-install" },
        Example {
            what: "A certain version, in a certain directory, and nothing but the release on GitHub.",
            command: "tt-install 2.3.0 --dir ~/bin --from github",
        },
        Example {
            what: "Behind a proxy, with a certificate authority of one's own, from a mirror.",
            command: "HTTPS_PROXY=http://proxy:3128 SSL_CERT_FILE=/etc/ssl/corp.pem \\\n\
                      tt-install --base-url https://mirror.example.org/github",
        },
        Example {
            what: "Without a network, from an archive that somebody brought.",
            command: "tt-install --archive s5cmd_2.3.0_Linux-64bit.tar.gz \\\n  \
                      --sha256 de0fdbfa3aceae55e069ba81a0fc17b2026567637603734a387b2fca06c299b4",
        },
        Example { what: "Away with it.", command: "tt-install --uninstall" },
        Example {
            what: "Is all ready for tonight's delivery?",
            command: "tt-install check --bucket s3://delivery/incoming/ --write",
        },
    ],
    see_also: &["tt-plan(1)", "tt-push(1)", "tt-verify(1)", "tt-sync(1)", "tt-bench(1)"],
    exits: &[("tt-install", &install::EXITS), ("tt-install-check", &check::EXITS)],
};

/// The command line.
pub fn command() -> Command {
    tt_cli::finish(Flags::command(), &PAGE)
}

/// Runs the tool.
pub fn run(matches: &ArgMatches) -> Result<Exit, Problem> {
    let flags =
        Flags::from_arg_matches(matches).map_err(|e| Problem::new(ProblemKind::Usage, e.to_string()))?;
    match flags.action {
        Some(Action::Check(flags)) => check::check(&flags),
        None => install::run(&flags.install),
    }
}
