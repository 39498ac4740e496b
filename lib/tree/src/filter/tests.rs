use proptest::prelude::*;
use tt_record::ProblemKind;

use super::*;

/// `-` excludes, `+` includes.
fn filter(rules: &[&str]) -> Filter {
    let rule = |text: &&str| Rule { include: text.starts_with('+'), pattern: text[1..].into() };
    Filter::new(rules.iter().map(rule)).unwrap()
}

#[track_caller]
fn check_rules(rules: &[&str], kept: &[&str], left_out: &[&str]) {
    let filter = filter(rules);
    for path in kept {
        assert!(!filter.excludes(path), "{rules:?} must keep {path:?}");
    }
    for path in left_out {
        assert!(filter.excludes(path), "{rules:?} must leave out {path:?}");
    }
}

#[test]
fn without_rules_all_comes_through() {
    let filter = Filter::default();
    assert!(!filter.excludes("a/b") && !filter.excludes_tree("a"));
}

#[test]
fn the_last_match_decides() {
    check_rules(&["-*", "+*.jpg"], &["b.jpg", "a/b.jpg"], &["b.txt", "a/b", "jpg"]);
    check_rules(&["+*.jpg", "-*"], &[], &["b.jpg", "a"]);
    check_rules(&["-*.log", "+keep/", "-*.bad"], &["keep/a.log", "a"], &["a.log", "keep/a.bad", "keep.log"]);
    check_rules(&["-a/", "+a/b/"], &["a/b/c", "a/b/c/d"], &["a/c", "a/b"]);
}

#[test]
fn a_leading_slash_anchors() {
    check_rules(&["-/logs"], &["a/logs", "logs2"], &["logs", "logs/x", "logs/x/y"]);
    check_rules(&["-logs"], &["logs2", "xlogs"], &["logs", "a/logs", "a/logs/x/y"]);
    check_rules(&["-/*.txt"], &["a/b.txt", "a"], &["b.txt", "b.txt/below"]);
    check_rules(&["-logs/*.txt"], &["a.txt", "logs/x/a.txt"], &["logs/a.txt", "x/logs/a.txt"]);
    check_rules(&["-/**/x"], &["xy"], &["x", "a/x", "a/b/x"]);
}

#[test]
fn below_is_not_the_file_of_that_name() {
    for pattern in ["-logs/", "-logs/*", "-logs/**", "-logs/**/*", "-**/logs/*", "-logs/**/**"] {
        check_rules(&[pattern], &["logs", "a/logs", "logs2/x"], &["logs/x", "logs/x/y", "a/logs/x"]);
        assert!(filter(&[pattern]).excludes_tree("a/logs"), "{pattern}");
    }
    check_rules(&["-a/*/"], &["a/x"], &["a/x/y"]);
    check_rules(&["-/a/*/*"], &["a/x", "b/a/x/y"], &["a/x/y", "a/x/y/z"]);
    check_rules(&["-**/"], &["x"], &["a/x", "a/b/x"]);
}

#[test]
fn everything_is_everything() {
    for pattern in ["-*", "-**", "-/*", "-/**", "-/", "-**/*", "-/**/*"] {
        check_rules(&[pattern], &[], &["a", "a/b", ".a", "new\nline", "é", "a/\u{1f600}/.b"]);
        assert!(filter(&[pattern]).excludes_tree("a"), "{pattern}");
    }
    assert!(filter(&["-*"]).excludes(b"a/\xff\n"));
}

#[test]
fn wildcards_keep_to_one_name() {
    check_rules(&["-/a*z"], &["a/z", "b/az"], &["az", "abz", "a.z"]);
    check_rules(&["-/a?z"], &["a/z", "az", "abcz"], &["abz"]);
    check_rules(&["-/a[!b]z"], &["a/z", "abz"], &["acz"]);
    check_rules(&["-/a/**/z"], &["a/bz"], &["a/z", "a/b/z", "a/b/c/z"]);
    check_rules(&["-*.{tmp,bak}"], &["a.txt"], &["a.tmp", "b/a.bak"]);
    check_rules(&["-a{,.gz}"], &["a.g"], &["a", "a.gz"]);
    check_rules(&[r"-\*", r"-[[]x"], &["a"], &["*", "[x"]);
    check_rules(&["-Ä*"], &["A\u{308}b", "äb"], &["Äb"]);
    check_rules(&["-*."], &["a", "a.b"], &["a.", "..."]);
}

#[test]
fn a_tree_is_pruned_only_where_nothing_comes_back() {
    assert!(filter(&["-a/"]).excludes_tree("a"));
    assert!(filter(&["+*.jpg", "-a/"]).excludes_tree("x/a"));
    assert!(!filter(&["-a/", "+*.jpg"]).excludes_tree("a"));
    assert!(!filter(&["-*.jpg"]).excludes_tree("a"));
    assert!(filter(&["-a/", "+b", "-*"]).excludes_tree("a/b"));
}

#[test]
fn bad_patterns_are_quoted_with_the_reason() {
    for pattern in ["a[b", "{a", "a}", "[z-a]", "a\\", "", "[ä]"] {
        let problem = Filter::new([Rule::exclude(pattern)]).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Usage);
        assert!(problem.message.starts_with(&format!("{pattern:?} is not a pattern: ")), "{problem}");
        assert!(problem.hint.is_some());
    }
    assert!(Filter::new([Rule::include(r"\[ä"), Rule::include("[a]ä")]).is_ok());
}

/// What the walk makes of a path: a directory that is left out is not entered.
fn sieved_out(filter: &Filter, path: &str) -> bool {
    let (mut prefix, mut above) = (String::new(), Matched::default());
    for (at, _) in path.match_indices('/') {
        let name = &path[prefix.len()..at];
        let Some(matched) = Sieve::new(filter, &prefix, above).keeps(name.as_bytes(), true) else {
            return true;
        };
        (prefix, above) = (path[..=at].to_owned(), matched);
    }
    let name = &path[prefix.len()..];
    Sieve::new(filter, &prefix, above).keeps(name.as_bytes(), false).is_none()
}

#[test]
fn the_sieve_agrees_with_the_whole_path() {
    let filter = filter(&["-*", "+/a/**", "-b/", "+*.x", "-c"]);
    for path in ["a", "a/b", "a/b/d", "a/b/d.x", "a/c/d.x", "q/d.x", "q/d", "a/q/r"] {
        assert_eq!(sieved_out(&filter, path), filter.excludes(path), "{path}");
    }
}

/// One rule of few letters, so that many match: a sign, maybe an anchor, names of wildcards, maybe an end.
fn any_rule() -> impl Strategy<Value = String> {
    const NAME: &str = r"(a|b|é|\.|\*|\*\*|\?|\[ab\]|\[!a\]|\{a,b\.\}|\{,a\}b|\\\*){1,3}";
    let names = prop::collection::vec(NAME, 1..4).prop_map(|names| names.join("/"));
    ("[+-]", "/?", names, "(/|/\\*|/\\*\\*)?")
        .prop_map(|(sign, anchor, names, end)| sign + &anchor + &names + &end)
}

fn any_path() -> impl Strategy<Value = String> {
    prop::collection::vec("[ab.é*]{1,3}", 1..5).prop_map(|names| names.join("/"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn the_sieve_agrees_for_all_rules_and_paths(
        rules in prop::collection::vec(any_rule(), 0..5),
        paths in prop::collection::vec(any_path(), 1..20),
    ) {
        let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
        let filter = filter(&rules);
        for path in paths {
            prop_assert_eq!(sieved_out(&filter, &path), filter.excludes(&path), "{} by {:?}", path, rules);
            let below = format!("{path}/x");
            prop_assert!(!filter.excludes_tree(&path) || filter.excludes(&below), "{} by {:?}", below, rules);
        }
    }
}
