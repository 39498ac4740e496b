//! Configuration files as shells read them, without a shell: lines of `export NAME="value"`, of which nothing is ever run.
//!
//! A value may refer to the environment and to earlier lines, `$NAME`, `${NAME}` and `${NAME:-default}`. What would need a shell
//! is refused with its line: commands, substitutions, arithmetic. A value ends on the line on which it begins.

use brush_parser::{
    ParserOptions, Token, tokenize_str,
    word::{Parameter, ParameterExpr, ParameterTestType, TildeExpr, WordPiece, WordPieceWithSource, parse},
};

/// A line that gives a variable its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The variable.
    pub name: String,
    /// Its value, with all references replaced.
    pub value: String,
    /// Counted from 1.
    pub line: usize,
}

/// Why a file can't be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// Counted from 1.
    pub line: usize,
    /// The variable, where it is known.
    pub name: Option<String>,
    /// What is wrong there.
    pub why: String,
}

/// All assignments of a file, in order. `environment` knows the variables that are set already: they win over the file, also
/// where it refers to them.
pub fn read_config(
    text: &str,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Vec<Assignment>, BadLine> {
    let mut assignments: Vec<Assignment> = Vec::new();
    for (line, text) in logical_lines(text) {
        let bad = |why: String| BadLine { line, name: None, why };
        if let Some(why) = loses_itself(&text) {
            return Err(bad(why.to_owned()));
        }
        let tokens = tokenize_str(&text).map_err(|e| bad(unfinished(&e)))?;
        let mut before = None;
        for word in words(&tokens).map_err(bad)? {
            // The word itself is not shown: it may be a part of a secret.
            let (name, value) = assignment(word).ok_or_else(|| BadLine {
                name: before.map(str::to_owned),
                ..bad(before.map_or(NO_SETTING, |_| LOOSE).to_owned())
            })?;
            before = Some(name);
            let known = |name: &str| {
                let earlier = || assignments.iter().rfind(|earlier| earlier.name == name);
                environment(name).or_else(|| earlier().map(|earlier| earlier.value.clone()))
            };
            let value =
                expanded(value, &known).map_err(|why| BadLine { name: Some(name.into()), ..bad(why) })?;
            assignments.push(Assignment { name: name.into(), value, line });
        }
    }
    Ok(assignments)
}

const NO_SETTING: &str = "it is no setting: only lines such as export NAME=\"value\" are read";

const LOOSE: &str = "what follows its value is no setting: no blank may follow the equals sign, and a value with blanks in it needs \
                     quotation marks";

/// What a line has in which the parser could lose itself. All of it needs a shell, and is refused anyway.
fn loses_itself(line: &str) -> Option<&'static str> {
    let inner = ["${", "$(", "`"].into_iter().filter_map(|start| line.find(start)).min();
    // They take memory without end.
    if inner.is_some_and(|inner| line[inner..].contains("<<")) || line.matches("<<").count() > 1 {
        return Some("<< within ${…} or a command, or more than one, needs a shell");
    }
    // It panics where the number is none of 64 bits.
    let is_place = |rest: &str| {
        let number = rest.trim_start_matches(['+', '-']);
        number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len()) > 9
    };
    if line.split('~').skip(1).any(is_place) {
        return Some("a place in the stack of directories, ~N, needs a shell");
    }
    // Each takes twenty times as long as the one before.
    let is_name = |c: char| c == '_' || c.is_ascii_alphanumeric();
    let is_element =
        |rest: &&str| rest.trim_start_matches(['!', '#']).trim_start_matches(is_name).starts_with('[');
    let elements = line.split("${").skip(1).filter(is_element).count();
    (elements > 2).then_some("elements of arrays need a shell")
}

/// Lines, those that end in a backslash together with the next, each with the number of its first.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut continued = false;
    for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        match lines.last_mut().filter(|_| continued) {
            Some((_, last)) => last.push_str(line),
            None => lines.push((number, line.to_owned())),
        }
        let Some((_, last)) = lines.last_mut() else { continue };
        continued = last.ends_with('\\') && !last.trim_start().starts_with('#');
        if continued {
            last.pop();
        }
    }
    lines
}

/// The words of a line, without the keywords before them and the comment behind.
fn words(tokens: &[Token]) -> Result<Vec<&str>, String> {
    let (mut words, mut at_start) = (Vec::new(), true);
    for token in tokens {
        match token {
            Token::Operator(operator, _) if operator == ";" => at_start = true,
            Token::Operator(operator, _) => return Err(format!("{operator:?} needs a shell")),
            Token::Word(word, _) if at_start && matches!(word.as_str(), "export" | "readonly") => {
                at_start = false;
            }
            Token::Word(word, _) => {
                at_start = false;
                words.push(word.as_str());
            }
        }
    }
    Ok(words)
}

/// `NAME=value`.
fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let fits = |c: char| c == '_' || c.is_ascii_alphanumeric();
    let is_name =
        !name.is_empty() && name.chars().all(fits) && !name.starts_with(|c: char| c.is_ascii_digit());
    is_name.then_some((name, value))
}

/// Why a line can't be split into words.
fn unfinished(error: &brush_parser::TokenizerError) -> String {
    use brush_parser::TokenizerError as E;
    match error {
        E::UnterminatedSingleQuote(_) | E::UnterminatedDoubleQuote(_) | E::UnterminatedAnsiCQuote(_) => {
            "a quotation mark is not closed on this line".to_owned()
        }
        E::UnterminatedBackquote(_) | E::UnterminatedCommandSubstitution => SUBSTITUTION.to_owned(),
        // What others hold is a part of the line.
        _ => "it is not finished".to_owned(),
    }
}

const SUBSTITUTION: &str = "a command would have to be run, which is never done: write down what it gives";

/// A value with its quotes taken off and its references replaced.
fn expanded(value: &str, known: &impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let pieces = parse(value, &ParserOptions::default())
        .map_err(|_| "its value can't be read; put it into quotation marks".to_owned())?;
    joined(&pieces, known, false)
}

fn joined(
    pieces: &[WordPieceWithSource],
    known: &impl Fn(&str) -> Option<String>,
    quoted: bool,
) -> Result<String, String> {
    pieces.iter().map(|piece| plain(&piece.piece, known, quoted)).collect()
}

fn plain(piece: &WordPiece, known: &impl Fn(&str) -> Option<String>, quoted: bool) -> Result<String, String> {
    match piece {
        WordPiece::Text(text) | WordPiece::SingleQuotedText(text) => Ok(text.clone()),
        WordPiece::DoubleQuotedSequence(pieces) => joined(pieces, known, true),
        WordPiece::EscapeSequence(sequence) => Ok(unescaped(sequence, quoted)),
        WordPiece::TildeExpansion(TildeExpr::Home) => Ok(known("HOME").unwrap_or_default()),
        WordPiece::ParameterExpansion(expression) => parameter(expression, known),
        WordPiece::CommandSubstitution(_) | WordPiece::BackquotedCommandSubstitution(_) => {
            Err(SUBSTITUTION.to_owned())
        }
        WordPiece::ArithmeticExpression(_) => Err("it is computed, which needs a shell".to_owned()),
        _ => Err("it is written in a way that needs a shell".to_owned()),
    }
}

/// Between double quotes a backslash stands for itself, but before what is special there.
fn unescaped(sequence: &str, quoted: bool) -> String {
    let escaped = sequence.strip_prefix('\\').unwrap_or(sequence);
    let special = escaped.starts_with(['"', '\\', '$', '`']);
    if quoted && !special { sequence.to_owned() } else { escaped.to_owned() }
}

fn parameter(expression: &ParameterExpr, known: &impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let named =
        |parameter: &Parameter| match parameter {
            Parameter::Named(name) => Ok(known(name)),
            _ => Err("a parameter such as $1 or $@ needs a shell; a dollar sign stands for itself in '…'"
                .to_owned()),
        };
    match expression {
        ParameterExpr::Parameter { parameter, indirect: false } => Ok(named(parameter)?.unwrap_or_default()),
        ParameterExpr::UseDefaultValues { parameter, indirect: false, test_type, default_value } => {
            let set = named(parameter)?.filter(|value| !counts_as_unset(value, test_type));
            set.map_or_else(|| expanded(default_value.as_deref().unwrap_or_default(), known), Ok)
        }
        ParameterExpr::UseAlternativeValue { parameter, indirect: false, test_type, alternative_value } => {
            match named(parameter)?.filter(|value| !counts_as_unset(value, test_type)) {
                Some(_) => expanded(alternative_value.as_deref().unwrap_or_default(), known),
                None => Ok(String::new()),
            }
        }
        _ => {
            Err("it refers to a variable in a way that needs a shell; ${NAME} and ${NAME:-default} are known"
                .to_owned())
        }
    }
}

/// Whether a variable with that value counts as one that is not set.
fn counts_as_unset(value: &str, test: &ParameterTestType) -> bool {
    value.is_empty() && matches!(test, ParameterTestType::UnsetOrNull)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(name: &str) -> Option<String> {
        match name {
            "HOME" => Some("/home/me".into()),
            "SET" => Some("outside".into()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    fn value(text: &str) -> Result<String, BadLine> {
        read_config(text, environment).map(|all| all.last().unwrap().value.clone())
    }

    #[test]
    fn values_are_what_a_shell_makes_of_them() {
        for (text, expected) in [
            ("export A=\"b c\"", "b c"),
            ("A=b # comment", "b"),
            ("A='$HOME'", "$HOME"),
            ("A=\"$HOME/x\"", "/home/me/x"),
            ("A=~/x", "/home/me/x"),
            ("A=\"~/x\"", "~/x"),
            ("A=${HOME}x", "/home/mex"),
            ("A=\"${NOT:-b}\"", "b"),
            ("A=\"${EMPTY:-b}\"", "b"),
            ("A=\"${EMPTY-b}\"", ""),
            ("A=\"${SET:-b}\"", "outside"),
            ("A=\"${NOT:-${HOME}/d}\"", "/home/me/d"),
            ("A=\"${SET:+yes}\"", "yes"),
            ("A=$NOT", ""),
            ("A=a\\ b", "a b"),
            ("A=\"a\\\"b\\x\"", "a\"b\\x"),
            ("A=\"a#b\"", "a#b"),
            ("A=a'b'\"c\"", "abc"),
            ("A='<<b'", "<<b"),
            ("A=", ""),
            ("A=1; export B=\"2\"", "2"),
            ("export A=1 B=2", "2"),
            ("A=\"one\"\nB=\"${A}/b\"", "one/b"),
            ("SET=inside\nB=\"${SET}\"", "outside"),
            ("A=1\nA=2\nB=$A", "2"),
            ("A=a\\\nb", "ab"),
            ("\u{feff}A=1\r\nB=\"2\"\r\n", "2"),
            ("# A=\"\nB=2", "2"),
            ("A=\"*.tmp .git/*\"", "*.tmp .git/*"),
            ("A=\"a=b\"", "a=b"),
            ("A=\"ü 1\"", "ü 1"),
        ] {
            assert_eq!(value(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_needs_a_shell_is_refused_with_its_line() {
        for (text, line, name, why) in [
            ("A=1\nB=\"$(date)\"", 2, Some("B"), "a command would have to be run"),
            ("A=`date`", 1, Some("A"), "a command would have to be run"),
            ("A=\"${B:-$(date)}\"", 1, Some("A"), "a command would have to be run"),
            ("A=$((1+1))", 1, Some("A"), "computed"),
            ("\nA=\"b\nB=\"c\"", 2, None, "not closed on this line"),
            ("A='b", 1, None, "not closed on this line"),
            ("mkdir -p x", 1, None, "it is no setting"),
            ("export A= b", 1, Some("A"), "what follows its value is no setting"),
            ("A=1 B C=2", 1, Some("A"), "what follows its value is no setting"),
            ("if true; then A=1; fi", 1, None, "is no setting"),
            ("A=1 && B=2", 1, None, "needs a shell"),
            ("A=${B", 1, None, "it is not finished"),
            ("A=$1", 1, Some("A"), "needs a shell"),
            ("A=${B/x/y}", 1, Some("A"), "needs a shell"),
            ("A=$'b'", 1, Some("A"), "needs a shell"),
            ("1A=b", 1, None, "is no setting"),
            // Found by fuzzing: one took all memory, one hours, and one panicked.
            ("+A={$a<<<<<<\t<<\r\r\r\r<<\t<<2LL", 1, None, "or more than one, needs a shell"),
            ("A=${L[${L[${L[${L[${L[${L[${L[${L[x}}}}}}}}", 1, None, "arrays need a shell"),
            ("A=${L[0]}", 1, Some("A"), "needs a shell"),
            ("A=~99999999999999999999", 1, None, "~N, needs a shell"),
            ("A=~-99999999999999999999", 1, None, "~N, needs a shell"),
            ("A=~1", 1, Some("A"), "needs a shell"),
            ("A=${<&&=${8&&<<<<<<<<\r\r\r\r<<<<<<x} ", 1, None, "<< within ${…}"),
        ] {
            let bad = read_config(text, environment).unwrap_err();
            assert_eq!((bad.line, bad.name.as_deref()), (line, name), "{text}: {bad:?}");
            assert!(bad.why.contains(why), "{text}: {bad:?}");
        }
    }
}
