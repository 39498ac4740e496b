//! What was done, and what was looked at.

use std::{collections::BTreeMap, fmt, time::Instant};

/// The names of the tools, in the order of the pipe.
pub(crate) const TOOLS: [&str; 3] = ["tt-plan", "tt-push", "tt-verify"];

/// Counts.
pub(crate) struct Account {
    started: Instant,
    /// Processes killed while they ran, by tool.
    kills: [u32; 3],
    /// Servers killed while a pipeline ran.
    pub(crate) restarts: u32,
    /// Runs on slow links, and how often a link was cut while a pipeline ran.
    pub(crate) slow: u32,
    pub(crate) cuts: u32,
    /// Items that were made to fail.
    pub(crate) failures: u32,
    /// Runs that were disturbed while they had many objects to delete, those of them that left some of these, and what runs of
    /// all kinds have deleted.
    pub(crate) deletions: u32,
    pub(crate) undeleted: u32,
    pub(crate) deleted: u64,
    /// Runs that something was done to, and such that were left alone.
    pub(crate) harmed: u32,
    pub(crate) alone: u32,
    /// Exit codes of the last tool, of runs that something was done to.
    pub(crate) codes: BTreeMap<i32, u32>,
    /// Objects that were read back and held against all that their files ever were.
    pub(crate) compared: u64,
    /// Parts of killed uploads that were not sent again.
    pub(crate) resumed: u64,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            kills: [0; 3],
            restarts: 0,
            slow: 0,
            cuts: 0,
            failures: 0,
            deletions: 0,
            undeleted: 0,
            deleted: 0,
            harmed: 0,
            alone: 0,
            codes: BTreeMap::new(),
            compared: 0,
            resumed: 0,
        }
    }
}

impl Account {
    pub(crate) fn kill(&mut self, tool: usize) {
        self.kills[tool] += 1;
    }

    pub(crate) fn killed(&self) -> u32 {
        self.kills.iter().sum()
    }

    /// How far it is.
    pub(crate) fn line(&self) -> String {
        let (killed, seconds) = (self.killed(), self.started.elapsed().as_secs());
        format!(
            "{seconds:>5} s  {killed} kills, {} restarts, {} runs",
            self.restarts,
            self.harmed + self.alone
        )
    }
}

impl fmt::Display for Account {
    /// As docs/RELIABILITY.md has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by_tool: Vec<_> =
            TOOLS.iter().zip(self.kills).map(|(tool, kills)| format!("{tool} {kills}")).collect();
        let codes: Vec<_> = self.codes.iter().map(|(code, count)| format!("{code}: {count}")).collect();
        writeln!(f, "processes killed           {} ({})", self.killed(), by_tool.join(", "))?;
        writeln!(f, "servers killed             {}", self.restarts)?;
        writeln!(f, "runs on slow links         {}, links cut {}", self.slow, self.cuts)?;
        writeln!(f, "items made to fail         {}", self.failures)?;
        writeln!(f, "runs to delete much        {}, broken off {}", self.deletions, self.undeleted)?;
        writeln!(f, "objects deleted            {}", self.deleted)?;
        writeln!(f, "runs harmed, left alone    {}, {}", self.harmed, self.alone)?;
        writeln!(f, "exit codes when harmed     {}", codes.join(", "))?;
        writeln!(f, "objects read back          {}", self.compared)?;
        writeln!(f, "parts gone on with         {}", self.resumed)?;
        let seconds = self.started.elapsed().as_secs();
        writeln!(f, "deleted early 0, touched outside the prefix 0, stopped by another item's failure 0")?;
        write!(f, "lost 0, mixed 0, false success 0, in {seconds} s")
    }
}
