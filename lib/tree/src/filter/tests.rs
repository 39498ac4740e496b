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

#[test]
fn the_sieve_agrees_with_the_whole_path() {
    let filter = filter(&["-*", "+/a/**", "-b/", "+*.x", "-c"]);
    for path in ["a", "a/b", "a/b/d", "a/b/d.x", "a/c/d.x", "q/d.x", "q/d", "a/q/r"] {
        let names: Vec<&str> = path.split('/').collect();
        let (file, above) = names.split_last().unwrap();
        let (mut prefix, mut matched) = (String::new(), Some(Matched::default()));
        for name in above {
            matched = matched.and_then(|m| Sieve::new(&filter, &prefix, m).keeps(name.as_bytes(), true));
            prefix = [&prefix, *name, "/"].concat();
        }
        let kept = matched.and_then(|m| Sieve::new(&filter, &prefix, m).keeps(file.as_bytes(), false));
        assert_eq!(kept.is_none(), filter.excludes(path), "{path}");
    }
}
