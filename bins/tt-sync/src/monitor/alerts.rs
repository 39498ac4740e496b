//! `tt-sync alerts`: tells somebody, if something is not in order.

use jiff::ZonedDateTime;
use serde::Serialize;
use tt_cli::{Console, Exit, printable};

use super::{
    checks::{Check, State, look},
    notify,
};
use crate::config::{Method, Settings};

/// What is told.
#[derive(Debug, Serialize)]
pub(super) struct Alert {
    /// All of it in one text, which chat programs show.
    pub(super) text: String,
    pub(super) state: State,
    pub(super) host: String,
    pub(super) source: String,
    pub(super) destination: String,
    pub(super) time: String,
    pub(super) checks: Vec<Check>,
}

/// Looks, and tells. The exit code is that of monitors, or 3 if nobody could be told.
pub(crate) fn alerts(settings: &Settings, console: &Console) -> Exit {
    let now = ZonedDateTime::now();
    let checks = look(settings, &now);
    let state = State::of(&checks);
    if state == State::Ok && !settings.alerts.on_success {
        return Exit::from_code(state.exit());
    }
    let alert = Alert::new(settings, state, checks, &now);
    let mut untold = false;
    for method in methods(settings.alerts.method) {
        let told = match method {
            Method::Email => notify::mail(settings, &alert),
            Method::Webhook => notify::webhook(settings, &alert),
            Method::Log | Method::All => notify::log(settings, &alert),
        };
        if let Err(problem) = told {
            untold = true;
            console.error(&problem);
        }
    }
    Exit::from_code(if untold { State::Unknown.exit() } else { state.exit() })
}

fn methods(method: Method) -> Vec<Method> {
    match method {
        Method::All => vec![Method::Log, Method::Email, Method::Webhook],
        one => vec![one],
    }
}

impl Alert {
    fn new(settings: &Settings, state: State, checks: Vec<Check>, now: &ZonedDateTime) -> Self {
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        // Names hold anything, and mail and chat programs show it.
        let plain = |text: &str| printable(text).into_owned();
        let destination = plain(&settings.dest.to_string());
        let checks: Vec<_> =
            checks.into_iter().map(|check| Check { what: plain(&check.what), ..check }).collect();
        let told = checks.iter().filter(|check| check.state != State::Ok || state == State::Ok);
        let told: Vec<_> = told.map(|check| format!("{}: {}", check.name, check.what)).collect();
        let client = settings.client.as_ref().map(|client| format!(" [{client}]")).unwrap_or_default();
        Self {
            text: plain(&format!(
                "{}{client} sync to {destination} on {host}: {}",
                state.word(),
                told.join("; ")
            )),
            state,
            host,
            source: plain(&settings.source.display().to_string()),
            destination,
            time: now.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
            checks,
        }
    }
}
