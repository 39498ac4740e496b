//! One process of a pipeline: a tool of ours, or one of the system's.

use std::{
    env,
    ffi::{OsStr, OsString},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A user without rights, whom permissions bind even where tests run as root.
const NOBODY: u32 = 65534;

/// A program, its arguments, and where its environment differs from the scene's.
#[derive(Clone, Debug)]
pub struct Stage {
    pub(crate) program: String,
    pub(crate) args: Vec<OsString>,
    /// `None` takes the variable away.
    pub(crate) env: Vec<(String, Option<OsString>)>,
    pub(crate) user: Option<u32>,
}

/// A program by its name: `tt-…` is the one that was just built, others are found in PATH.
pub fn tool(program: &str) -> Stage {
    Stage { program: program.to_owned(), args: Vec::new(), env: Vec::new(), user: None }
}

/// `tt-plan SOURCE DEST`.
pub fn plan(source: impl AsRef<OsStr>, dest: &str) -> Stage {
    tool("tt-plan").arg(source).arg(dest)
}

/// `tt-push`.
pub fn push() -> Stage {
    tool("tt-push")
}

/// `tt-verify`.
pub fn verify() -> Stage {
    tool("tt-verify")
}

impl Stage {
    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.to_owned(), Some(value.as_ref().to_owned())));
        self
    }

    /// Takes a variable away.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.env.push((name.to_owned(), None));
        self
    }

    /// Runs within another program, which gets these arguments before.
    #[must_use]
    pub fn within(mut self, program: &str, args: &[&str]) -> Self {
        let own = std::mem::replace(&mut self.program, program.to_owned());
        self.args = args.iter().map(OsString::from).chain([own.into()]).chain(self.args).collect();
        self
    }

    /// Runs as a user whom permissions bind, where there is one who can: see [`permissions_bind`].
    #[must_use]
    pub fn unprivileged(mut self) -> Self {
        self.user = (is_root() && permissions_bind()).then_some(NOBODY);
        self
    }

    /// Whether it is one of ours.
    pub(crate) fn is_ours(&self) -> bool {
        self.program.starts_with("tt-")
    }

    /// What to start.
    pub(crate) fn program(&self) -> PathBuf {
        if !self.is_ours() {
            return self.program.clone().into();
        }
        let path = built().join(&self.program);
        assert!(
            path.exists(),
            "{} is not there: run `make test`, which builds the tools first",
            path.display()
        );
        path
    }
}

/// Whether a program that is not ours is there; says so where it is not.
pub fn installed(program: &str) -> bool {
    let there = Command::new(program).stdin(Stdio::null()).output().is_ok();
    if !there {
        eprintln!("SKIPPED: {program} is not installed");
    }
    there
}

/// Whether unprivileged stages are really kept from what they may not read: not where this is root, and the programs lie
/// where nobody else may go.
pub fn permissions_bind() -> bool {
    let open = |directory: &Path| directory.metadata().is_ok_and(|stat| stat.permissions().mode() & 1 == 1);
    !is_root() || built().ancestors().all(open)
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Where cargo puts programs: above the directory of the test's own executable.
pub(crate) fn built() -> PathBuf {
    let test = env::current_exe().unwrap();
    let directory = test.parent().unwrap();
    if directory.ends_with("deps") { directory.parent().unwrap().into() } else { directory.into() }
}

/// PATH, with our tools first: for scripts.
pub(crate) fn with_tools(path: &OsStr) -> OsString {
    let directories = std::iter::once(built()).chain(env::split_paths(path).filter(|p| p != Path::new("")));
    env::join_paths(directories).unwrap()
}
