use super::*;

const RULES: &str = r#"
[[rule]]
match = "*"
storage_class = "STANDARD_IA"
metadata = { Owner = "me", team = "x" }
tags = { a = "1" }

[[rule]]
match = ["/assets/", "*.css"]
cache_control = "max-age=60"
metadata.owner = "you"

[[rule]]
match = "*.tmp"
storage_class = "ONEZONE_IA"
tags = { b = "2" }
bucket_key_enabled = true
sse = "aws:kms"
"#;

fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

#[test]
fn all_rules_that_match_apply_and_later_ones_win() {
    let rules = Rules::parse(RULES).unwrap();
    let plain = rules.of("x/y");
    assert_eq!(plain.storage_class.as_deref(), Some("STANDARD_IA"));
    assert_eq!((plain.cache_control, plain.metadata), (None, pairs([("Owner", "me"), ("team", "x")])));
    for name in ["assets/a/b.tmp", "x/assets/b.css.tmp", "assets/b.css"] {
        let anchored = name.starts_with("assets/");
        assert_eq!(rules.of(name).cache_control.is_some(), anchored, "{name}");
    }
    let both = rules.of("assets/a.tmp");
    assert_eq!(both.storage_class.as_deref(), Some("ONEZONE_IA"));
    assert_eq!((both.sse.as_deref(), both.bucket_key_enabled), (Some("aws:kms"), Some(true)));
    assert_eq!(both.tags, pairs([("a", "1"), ("b", "2")]));
    assert_eq!(both.metadata, pairs([("owner", "you"), ("team", "x")]));
}

#[test]
fn without_rules_there_is_nothing_to_keep() {
    for rules in [Rules::default(), Rules::parse("").unwrap(), Rules::parse("rule = []").unwrap()] {
        assert_eq!(rules.of("a"), Properties::default());
    }
}

#[track_caller]
fn refused(text: &str, line: usize, why: &str) {
    let wrong = Rules::parse(text).unwrap_err();
    assert!(wrong.why.contains(why), "{}", wrong.why);
    assert_eq!(wrong.line(text), line, "{text}: {}", wrong.why);
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    refused("[[rule]]\nmatch =", 2, "");
    refused("\n[[rule]]\nstorage_class = 'X'", 2, "does not say what it matches");
    refused("[[rule]]\nmatch = 'a'\ncolour = 'red'", 3, "no property \"colour\"");
    refused("[[rule]]\nmatch = 'a'\n\nstorage_class = 3", 4, "expected a string");
    refused("[[rule]]\nmatch = 'a'\nmetadata = { a = 1 }", 3, "expected a string");
    refused("[[rule]]\nmatch = 'a'\n[[rule]]\nmatch = ['b',\n'[']", 5, "\"[\" is not a pattern");
    refused("[[rule]]\nmatch = 3", 2, "glob in quotes");
    refused("[[rule]]\nmatch = []", 2, "matches nothing");
    refused("[rule]\nmatch = 'a'", 1, "two brackets");
    refused("rule = [3]", 1, "a rule is a table");
    refused("\nrules = []", 2, "\"rules\" is not known");
    refused("[[rule]]\nmatch = 'a'\nmatch = 'b'", 3, "duplicate key");
}

#[test]
fn what_s3_would_refuse_is_refused_here() {
    for (property, why) in [
        ("sse = 'rot13'", "no encryption"),
        ("sse_kms_key_id = 'x'", "KMS key"),
        ("object_lock_mode = 'GOVERNANCE'", "object lock"),
        ("object_lock_legal_hold = 'yes'", "legal hold"),
        ("expires = 'soon'", "HTTP date"),
        ("acl = 'private'\ngrant_read = 'id=1'", "exclude each other"),
        ("metadata = { 'a b' = 'x' }", "name in the metadata"),
        ("metadata = { a = 'é' }", "printable ASCII"),
        ("metadata = { a = 'x', A = 'y' }", "twice"),
        ("cache_control = \"a\\nb\"", "printable ASCII"),
        ("tags = { '' = 'x' }", "a tag's name"),
    ] {
        refused(&format!("\n[[rule]]\nmatch = 'a'\n{property}\n"), 2, why);
    }
}
