//! Before requests are made that cost money: how many, and whether they may.

use std::io::{self, BufRead as _, BufReader, Write as _};

use tt_cli::{human_bytes, stdin};
use tt_record::{Problem, ProblemKind};

use super::request::{Destination, Request};
use crate::{data::DataSet, place::Place};

/// Asks, unless it was said before. Nothing has to be asked where everything stays on this machine.
pub(super) fn ask(request: &Request, place: &Place, data: &[DataSet], tools: usize) -> Result<(), Problem> {
    let (Place::Remote(remote), Destination::Bucket { agreed: false, .. }) = (place, &request.destination)
    else {
        return Ok(());
    };
    let refused =
        |message: String| Err(Problem::new(ProblemKind::Usage, message).hint("give --yes to agree"));
    let cost = Cost::of(request, data, tools);
    let question = format!("{cost} go to {}, and are removed again. Go on? [y/N] ", remote.prefix());
    if !stdin().is_terminal() {
        return refused(format!("{cost} would go to {}, and nobody can be asked", remote.prefix()));
    }
    let mut answer = String::new();
    let mut stderr = io::stderr().lock();
    let asked = write!(stderr, "{question}").and_then(|()| stderr.flush());
    asked
        .and_then(|()| BufReader::new(stdin()).read_line(&mut answer))
        .map_err(|e| Problem::new(ProblemKind::Io, format!("there is no answer: {e}")))?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        return Ok(());
    }
    Err(Problem::new(ProblemKind::Usage, "nothing was measured, as was asked for"))
}

/// What the run sends.
struct Cost {
    bytes: u64,
    requests: u64,
}

impl Cost {
    fn of(request: &Request, data: &[DataSet], tools: usize) -> Self {
        let turns = u64::from(request.runs + request.warmup) * u64::try_from(tools).unwrap_or(u64::MAX);
        let sum = |of: fn(&DataSet) -> u64| data.iter().map(of).sum::<u64>();
        // Each file is sent in one request or some, asked for to be proved, and deleted with others.
        let requests = sum(|set| set.bodies + set.files + set.files.div_ceil(1000) * 4 + 3);
        Self { bytes: turns.saturating_mul(sum(|set| set.bytes)), requests: turns.saturating_mul(requests) }
    }
}

impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "about {} requests and {}", self.requests, human_bytes(self.bytes))
    }
}
