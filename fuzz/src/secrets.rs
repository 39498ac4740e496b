//! Secrets at places where people and programs put them, with anything around them: none may come out again.

use tokio::runtime::Builder;
use tt_record::{Problem, ProblemKind, keep_secret, redacted, shown_url, site};
use tt_store::{S3Options, Tuning};

/// A secret that nothing else looks like. No name of a setting has such characters.
const SECRET: &str = "N33/DLE+5ecret";

/// The same where white space would end it.
const IN_A_URL: [&str; 4] = ["N33/DLE+5ecret", "N33 DLE+5ecret", "N33#DLE?5ecret", "@N33:DLE+5ecret"];

/// What of them must not be seen.
const PART: &str = "DLE+5ecret";

/// Feeds a secret to whatever shows foreign text, between the two halves of `data`, and searches all that comes out.
pub fn secrets(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let middle = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
    let (before, after) = text.split_at(middle);
    known(before, after);
    urls(before, after);
    settings(&text, before, after);
    named(before, after);
}

#[track_caller]
fn search(shown: &str, given: &str) {
    assert!(!shown.contains(PART), "{given:?} comes out as {shown:?}");
}

/// A secret that the process knows may stand anywhere.
fn known(before: &str, after: &str) {
    const KNOWN: &str = "kn0wn-DLE+5ecret";
    keep_secret(KNOWN);
    let given = format!("{before}{KNOWN}{after}");
    let problem = Problem::new(ProblemKind::Other, given.as_str()).hint(given.as_str()).context(&given);
    search(&problem.message, &given);
    search(&problem.hint.unwrap_or_default(), &given);
    search(&redacted(&given), &given);
}

/// URLs of which the password is the secret, written as wrongly as can be.
fn urls(before: &str, after: &str) {
    // To set up a client takes a hundred times as long as all else here: one of them for each input.
    let (mut number, chosen) = (0, before.len() + after.len());
    for secret in IN_A_URL {
        for given in [
            format!("http://{before}:{secret}{after}@host:1"),
            format!("{before}//user:{secret}@{after}"),
            format!("http:/user:{secret}@host{after}"),
            format!("http://host/?{before}{secret}"),
        ] {
            search(&shown_url(&given), &given);
            search(&site(&given), &given);
            if chosen % 16 == number {
                search(&endpoint(&given), &given);
            }
            number += 1;
        }
    }
    // In the middle of a text it ends with the line at the latest.
    let line =
        |text: &str| text.replace(['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'], " ");
    let (before, after) = (line(before), line(after));
    let given = format!("{before} http://user:{SECRET}@host {after}");
    search(&Problem::new(ProblemKind::Other, given.as_str()).message, &given);
    search(&redacted(&given), &given);
}

/// What is said of an endpoint.
fn endpoint(url: &str) -> String {
    let options = S3Options { endpoint_url: Some(url.to_owned()), ..S3Options::default() };
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    match runtime.block_on(options.setup(&Tuning::new(std::sync::Arc::new(|_, _| {})))) {
        Ok(setup) => format!("{setup:?}"),
        Err(problem) => format!("{problem:?}"),
    }
}

/// A configuration file with the secret where values are, and where they are not.
fn settings(text: &str, before: &str, after: &str) {
    for given in [
        format!("{text}\nexport AWS_SECRET_ACCESS_KEY= {SECRET}\n{text}"),
        format!("{before}{SECRET}{after}"),
        format!("AWS_SECRET_ACCESS_KEY={before}{SECRET}{after}"),
        format!("AWS_SECRET_ACCESS_KEY: {SECRET}{text}"),
    ] {
        if let Err(bad) = tt_sync::read_config(&given, |_| None) {
            search(&format!("{bad:?}"), &given);
        }
    }
}

/// What other programs print, with the name of the secret before it.
fn named(before: &str, after: &str) {
    for given in [
        format!("{before} AWS_SECRET_ACCESS_KEY={SECRET} {after}"),
        format!("{before}\n{{\"SecretAccessKey\": \"{SECRET}\"{after}"),
        format!("{before}\n<SecretAccessKey>{SECRET}</SecretAccessKey>{after}"),
        format!("{before}\nAuthorization: AWS4-HMAC-SHA256 Signature={SECRET}{after}"),
        format!("{before}\npassword: {SECRET}{after}"),
    ] {
        search(&redacted(&given), &given);
    }
}
