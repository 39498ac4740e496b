//! What of foreign text may be shown: secrets are left out of it.
//!
//! Every message of a [`Problem`](crate::Problem) goes through [`without_secrets`], which changes nothing that is a path or a
//! key. Whatever other programs, libraries and services say goes through [`redacted`], which rather leaves out too much.

use std::{
    borrow::Cow,
    sync::{PoisonError, RwLock},
};

/// What stands where a secret was.
const GONE: &str = "…";

/// Secrets that are shorter would be found by chance.
const SHORTEST: usize = 8;

/// Parts of names, in lower case, whose values are secrets.
const NAMES: [&str; 10] = [
    "secret",
    "passw",
    "passphrase",
    "token",
    "signature",
    "apikey",
    "api_key",
    "api-key",
    "accesskey",
    "authorization",
];

/// Beginnings of the codes of errors that have such a part.
const CODES: [&str; 6] =
    ["invalid", "expired", "missing", "unrecognized", "malformed", "signaturedoesnotmatch"];

/// Secrets that this process knows.
static KNOWN: RwLock<Vec<String>> = RwLock::new(Vec::new());

/// From now on this secret is left out of all messages, wherever it stands.
pub fn keep_secret(secret: &str) {
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    if secret.len() >= SHORTEST && !known.iter().any(|known| known == secret) {
        known.push(secret.to_owned());
    }
}

/// A text without the secrets that this process knows, and without what stands before the host in URLs.
pub fn without_secrets(text: &str) -> Cow<'_, str> {
    let unknown = without_known(text);
    if !unknown.contains(":/") {
        return unknown;
    }
    match without_userinfo(&unknown) {
        Some(bare) => Cow::Owned(bare),
        None => unknown,
    }
}

/// A text that something else than these tools wrote, without what could be a secret in it: also values of which the name says
/// that they are, and what stands before an `@`.
pub fn redacted(text: &str) -> String {
    let text = without_secrets(text);
    let bare = text.split_inclusive(char::is_whitespace).map(without_password).collect::<String>();
    without_named(&bare)
}

/// A URL that may be wrong in any way, as it may be shown: where it leads, but for names, passwords and all that could be one.
pub fn shown_url(url: &str) -> String {
    let url = url.trim();
    let (scheme, rest) = split_scheme(url);
    if let Some((before, host)) = rest.rsplit_once('@') {
        // Of a query nobody knows what in it is a host.
        let is_host = is_site(host) && !before.contains(['?', '#']);
        return if is_host { format!("{scheme}{GONE}@{host}") } else { format!("{scheme}{GONE}") };
    }
    if is_site(rest) { url.to_owned() } else { format!("{scheme}{GONE}") }
}

/// Where a URL leads, without what may be a secret in its path: `https://host/…`.
pub fn site(url: &str) -> String {
    let shown = shown_url(url);
    let (scheme, rest) = split_scheme(&shown);
    match rest.find('/') {
        Some(end) => format!("{scheme}{}/{GONE}", &rest[..end]),
        None => shown,
    }
}

/// The scheme with all that ends it, and what follows.
fn split_scheme(url: &str) -> (&str, &str) {
    let end = url.find(|c: char| !is_of_scheme(c)).unwrap_or(0);
    match url[end..].strip_prefix(':').filter(|rest| rest.starts_with('/')) {
        Some(rest) => {
            let rest = rest.trim_start_matches('/');
            url.split_at(url.len() - rest.len())
        }
        None => ("", url),
    }
}

fn is_of_scheme(c: char) -> bool {
    c.is_ascii_alphanumeric() || "+-.".contains(c)
}

/// Whether this is a host, perhaps with a port and a path, and surely nothing else.
fn is_site(text: &str) -> bool {
    let (authority, path) = text.split_at(text.find('/').unwrap_or(text.len()));
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => (address, port.strip_prefix(':').unwrap_or(port)),
        None => authority.split_once(':').unwrap_or((authority, "")),
    };
    let of_host = |c: char| c.is_ascii_alphanumeric() || "-._:%".contains(c);
    let of_path = |c: char| c.is_ascii_graphic() && !"?#@\"'`<>".contains(c);
    host.chars().all(of_host) && port.bytes().all(|b| b.is_ascii_digit()) && path.chars().all(of_path)
}

/// Whether the name of a setting says that its value is a secret.
pub fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_place = ["file", "path", "dir"].iter().any(|end| name.ends_with(end));
    !is_place && NAMES.iter().any(|part| name.contains(part))
}

fn without_known(text: &str) -> Cow<'_, str> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    known
        .iter()
        .filter(|secret| text.contains(secret.as_str()))
        .fold(Cow::Borrowed(text), |text, secret| Cow::Owned(text.replace(secret.as_str(), GONE)))
}

/// The text, if URLs in it have something before their host. Those of S3 have none: they hold names of objects.
fn without_userinfo(text: &str) -> Option<String> {
    let mut shown: Option<String> = None;
    let mut rest = text;
    while let Some(colon) = rest.find(":/") {
        let before = &rest[..colon];
        let scheme = &before[before.rfind(|c| !is_of_scheme(c)).map_or(0, |at| at + width(before, at))..];
        let after = rest[colon + 1..].trim_start_matches('/');
        let start = rest.len() - after.len();
        let secret = if scheme.is_empty() || scheme.eq_ignore_ascii_case("s3") { 0 } else { userinfo(after) };
        if secret > 0 {
            let shown = shown.get_or_insert_with(|| text[..text.len() - rest.len()].to_owned());
            shown.push_str(&rest[..start]);
            shown.push_str(GONE);
        } else if let Some(shown) = &mut shown {
            shown.push_str(&rest[..start]);
        }
        rest = &after[secret..];
    }
    shown.map(|shown| shown + rest)
}

fn width(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(0, char::len_utf8)
}

/// How much of what follows the slashes of a URL is a name and a password.
fn userinfo(after: &str) -> usize {
    let word =
        &after[..after.find(|c: char| c.is_whitespace() || "\"'`<>".contains(c)).unwrap_or(after.len())];
    if let Some(at) = word.rfind('@') {
        return at;
    }
    // A password may hold anything, but a port is a number.
    let authority = &word[..word.find(['/', '?', '#']).unwrap_or(word.len())];
    if is_site(authority.trim_end_matches([':', ',', '.', ';', ')', '…'])) {
        return 0;
    }
    let line = &after[..after.find('\n').unwrap_or(after.len())];
    let url = &line[..line.find("://").unwrap_or(line.len())];
    url.rfind('@').or_else(|| authority.contains(':').then_some(word.len())).unwrap_or(0)
}

/// A word without what stands between a colon and an `@`. It may be that of a URL whose beginning is wrong.
fn without_password(word: &str) -> Cow<'_, str> {
    if word.contains("s3://") {
        return Cow::Borrowed(word);
    }
    match word.rsplit_once('@').and_then(|(before, host)| Some((before.split_once(':')?.0, host))) {
        Some((name, host)) => Cow::Owned(format!("{name}:{GONE}@{host}")),
        None => Cow::Borrowed(word),
    }
}

/// The text without the values of what is named as a secret: `NAME=value`, `"name": "value"`, `Name: value`, `<Name>value`.
fn without_named(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(found) = NAMES.iter().filter_map(|name| lower[at..].find(name)).min() {
        let (start, end) = name_around(&lower, at + found);
        let is_code = CODES.iter().any(|code| lower[start..end].starts_with(code));
        let value = if is_code { None } else { value_after(&lower[start..end], &text[end..]) };
        let (from, to) = value.map_or((end, end), |(from, to)| (end + from, end + to));
        shown.push_str(&text[at..from]);
        if to > from {
            shown.push_str(GONE);
        }
        at = to;
    }
    shown + &text[at..]
}

/// Where the name begins and ends that `inside` is in.
fn name_around(text: &str, inside: usize) -> (usize, usize) {
    let of_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let start = text[..inside].rfind(|c| !of_name(c)).map_or(0, |at| at + width(text, at));
    let end = text[inside..].find(|c| !of_name(c)).map_or(text.len(), |length| inside + length);
    (start, end)
}

/// Where the value begins and ends of a name that was just read, if it has one, in the text that follows.
fn value_after(name: &str, text: &str) -> Option<(usize, usize)> {
    let of = |rest: &str| text.len() - rest.len();
    let is_quote = |c: char| "\"'`".contains(c);
    let rest = text.trim_start_matches(is_quote).trim_start_matches([' ', '\t']);
    let rest = match rest.strip_prefix([':', '=']) {
        Some(rest) => rest.trim_start_matches(['=', '>']).trim_start_matches([' ', '\t']),
        None => rest.strip_prefix('>')?,
    };
    let is_prose = text.trim_start_matches([' ', '\t']).starts_with(':');
    // Of several words all are left out: of a header the first is a scheme.
    let takes_all = ["passw", "passphrase", "authorization"].iter().any(|part| name.contains(part));
    let (start, ends): (_, fn(char) -> bool) = match rest.chars().next()? {
        '"' => (1, |c| c == '"'),
        '\'' => (1, |c| c == '\''),
        _ if text.starts_with('>') => (0, |c| c == '<'),
        _ if is_prose && takes_all => (0, |c| c == '\n' || c == '\r'),
        _ => (0, |c| c.is_whitespace() || ",;&\"'`<>})]".contains(c)),
    };
    let value = &rest[start..];
    let end = value.find(ends).unwrap_or(value.len());
    // A word after a colon is a part of a sentence, unless it looks like nothing else than a secret.
    let is_word =
        |word: &str| word.len() < 16 && word.trim_end_matches(['.', ',']).chars().all(char::is_alphabetic);
    // What ends like a name is one.
    let is_name = start == 0 && !takes_all && names_what_follows(&value[..end]);
    if is_name || is_prose && start == 0 && !takes_all && is_word(&value[..end]) {
        return None;
    }
    Some((of(value), of(value) + end))
}

/// Whether a word is the name of a secret that follows it.
fn names_what_follows(word: &str) -> bool {
    let Some(name) = word.strip_suffix([':', '=']) else { return false };
    let of_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let lower = name.to_ascii_lowercase();
    name.chars().all(of_name) && NAMES.iter().any(|part| lower.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_shown_without_what_could_be_a_password() {
        for (url, shown) in [
            ("https://me:secret@host:1/simple/", "https://…@host:1/simple/"),
            ("https://host/a", "https://host/a"),
            ("localhost:9000", "localhost:9000"),
            ("http://[::1]:9000/a", "http://[::1]:9000/a"),
            ("http://me:pass@word@host", "http://…@host"),
            ("http://me:p/NEEDLE@host:1", "http://…@host:1"),
            ("http://me:p#NEEDLE@host:1", "http://…"),
            ("http:/me:NEEDLE@host:1", "http:/…@host:1"),
            ("http//me:NEEDLE@host:1", "…@host:1"),
            ("http://me:NEE DLE@host ", "http://…@host"),
            ("http://me:NEEDLE", "http://…"),
            ("http://host?token=NEEDLE", "http://…"),
            ("http://me:x@host/?NEEDLE", "http://…"),
            ("", ""),
        ] {
            assert_eq!(shown_url(url), shown, "{url}");
        }
        assert_eq!(site("https://hooks.example/services/T0/B0/secret"), "https://hooks.example/…");
        assert_eq!(site("https://hooks.example"), "https://hooks.example");
        assert_eq!(site("https://hooks.example?t=secret"), "https://…");
    }

    #[test]
    fn messages_lose_passwords_and_keep_names() {
        for (text, shown) in [
            ("the proxy http://me:NEEDLE@host:1 is away", "the proxy http://…@host:1 is away"),
            ("the proxy http://me:NEE DLE@host is away", "the proxy http://…@host is away"),
            ("http://a:1 and http://me:NEEDLE@b, and http://c", "http://a:1 and http://…@b, and http://c"),
            ("\"http://me:NEEDLE\" is none", "\"http://…\" is none"),
            ("https://host:8080: refused by admin@host", "https://host:8080: refused by admin@host"),
            ("can't open /data/a:b@c/token=1", "can't open /data/a:b@c/token=1"),
            ("can't upload s3://bucket/a:b@c", "can't upload s3://bucket/a:b@c"),
            ("line 7:/ is ü:/x", "line 7:/ is ü:/x"),
        ] {
            assert_eq!(without_secrets(text), shown);
        }
    }

    #[test]
    fn what_others_say_loses_more() {
        for (text, shown) in [
            ("http//me:NEEDLE@host is none", "http//me:…@host is none"),
            ("{\"SecretAccessKey\": \"NEE\\DLE\", \"a\": 1}", "{\"SecretAccessKey\": \"…\", \"a\": 1}"),
            ("AWS_SECRET_ACCESS_KEY=NEEDLE was set", "AWS_SECRET_ACCESS_KEY=… was set"),
            ("?X-Amz-Signature=NEEDLE&x=1", "?X-Amz-Signature=…&x=1"),
            ("Authorization: Bearer NEEDLE\nx", "Authorization: …\nx"),
            ("my password: correct horse", "my password: …"),
            ("no token: log in again, the token: a1b2", "no token: log in again, the token: …"),
            ("<SessionToken>NEEDLE</SessionToken>", "<SessionToken>…</SessionToken>"),
            ("ExpiredToken: the token has expired", "ExpiredToken: the token has expired"),
            ("the secret access key is wrong", "the secret access key is wrong"),
            ("token: password: NEEDLE", "token: password: …"),
            ("ü TOKEN='NEEDLE' ü", "ü TOKEN='…' ü"),
        ] {
            assert_eq!(redacted(text), shown);
        }
    }

    #[test]
    fn a_known_secret_is_left_out_wherever_it_stands() {
        keep_secret("known/needle+1");
        keep_secret("short");
        assert_eq!(without_secrets("aknown/needle+1b known/needle+1 short"), "a…b … short");
    }
}
