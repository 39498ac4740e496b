//! The ways to tell somebody: a log, a mail, a request to a site.

use std::{
    io::Write as _,
    process::{Command, Stdio},
    time::Duration,
};

use tt_programs::{find, first_of};
use tt_record::{Problem, ProblemKind, redacted, site};

use super::{alerts::Alert, checks::State};
use crate::{
    config::Settings,
    log::{Level, Log, Loudness},
};

/// How long a site may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where sendmail is, if not in PATH: cron's is short.
const SENDMAIL: [&str; 2] = ["/usr/sbin/sendmail", "/usr/lib/sendmail"];

/// Writes a line to alerts.log, and to stdout.
pub(super) fn log(settings: &Settings, alert: &Alert) -> Result<(), Problem> {
    let mut log = Log::open(&settings.logs_dir, "alerts.log", settings.debug, Loudness::All)?;
    let level = match alert.state {
        State::Ok => Level::Info,
        State::Warning => Level::Warn,
        State::Critical | State::Unknown => Level::Error,
    };
    log.line(level, &alert.text);
    Ok(())
}

/// Sends a mail.
pub(super) fn mail(settings: &Settings, alert: &Alert) -> Result<(), Problem> {
    let to = settings.alerts.email.as_ref().ok_or_else(|| unset("ALERT_EMAIL", "mails"))?;
    let failed = |why: String| {
        Problem::new(ProblemKind::Other, format!("no mail could be sent to {to}: {why}"))
            .hint("see whether this machine has a sendmail, and what its log says")
    };
    let mut child =
        Command::new(find("sendmail").or_else(|| first_of(&SENDMAIL)).unwrap_or_else(|| "sendmail".into()))
            .args(["-t", "-i"])
            .stdin(Stdio::piped())
            .spawn()
            .map_err(|e| failed(e.to_string()))?;
    let checks =
        alert.checks.iter().map(|check| format!("{:9} {}: {}\n", check.state.word(), check.name, check.what));
    let message = format!(
        "To: {}\nSubject: {}\nContent-Type: text/plain; charset=utf-8\n\n{}\n\nSource: {}\nDestination: {}\nTime: {}\n\n{}",
        header(to),
        header(&alert.text),
        alert.text,
        alert.source,
        alert.destination,
        alert.time,
        checks.collect::<String>()
    );
    let written = child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(message.as_bytes()));
    let status = child.wait().map_err(|e| failed(e.to_string()))?;
    written.map_err(|e| failed(e.to_string()))?;
    if status.success() { Ok(()) } else { Err(failed(status.to_string())) }
}

/// Posts JSON to a site.
pub(super) fn webhook(settings: &Settings, alert: &Alert) -> Result<(), Problem> {
    let url = settings.alerts.webhook.as_ref().ok_or_else(|| unset("ALERT_WEBHOOK_URL", "requests"))?;
    let failed = |why: String| {
        // Its path is often what others must not know.
        Problem::new(ProblemKind::Unreachable, format!("{} was not told: {}", site(url), redacted(&why)))
            .hint("check ALERT_WEBHOOK_URL, the network and HTTPS_PROXY")
    };
    let body = serde_json::to_string(alert).map_err(|e| failed(e.to_string()))?;
    let request = tt_web::agent(concat!("tt-sync/", env!("CARGO_PKG_VERSION"))).post(url);
    let request =
        request.header("content-type", "application/json").config().timeout_global(Some(PATIENCE)).build();
    let status = request.send(body).map_err(|e| failed(e.to_string()))?.status();
    if status.is_success() { Ok(()) } else { Err(failed(format!("it answers {status}"))) }
}

/// A text in a header of a mail, which is one line of ASCII.
fn header(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect()
}

fn unset(name: &str, what: &str) -> Problem {
    Problem::new(ProblemKind::Config, format!("{name} is not set, and NOTIFICATION_METHOD wants {what}"))
        .hint("set it, or choose another NOTIFICATION_METHOD: log, email, webhook or all")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_one_line() {
        assert_eq!(header("a\nBcc: x é"), "a?Bcc: x ?");
    }
}
