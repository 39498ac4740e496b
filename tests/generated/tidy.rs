//! roff as mandoc wants it: short lines, nothing twice, no breaks that something else makes anyway. What is shown stays the same.

use textwrap::{Options, WordSeparator, WordSplitter};

/// Where lines of text end, in columns.
const WIDTH: usize = 78;

/// The same where letters beyond ASCII are among them: mandoc counts eight for each.
const NARROW: usize = 60;

/// The same page, tidied.
pub(crate) fn tidy(page: &str) -> String {
    let lines: Vec<_> = page.lines().map(str::trim_end).collect();
    let (mut tidied, mut literal) = (Vec::new(), false);
    for (n, line) in lines.iter().enumerate() {
        match *line {
            ".EX" => literal = true,
            ".EE" => literal = false,
            ".br" if beside_space(&lines, n) => continue,
            line if line.contains(".ds Aq") && lines[..n].contains(&line) => continue,
            _ => {}
        }
        if literal || line.starts_with(['.', '\'']) {
            tidied.push((*line).to_owned());
        } else {
            tidied.extend(filled(line));
        }
    }
    tidied.join("\n") + "\n"
}

/// Whether the line before or behind it is an empty one, which breaks by itself.
fn beside_space(lines: &[&str], n: usize) -> bool {
    [n.checked_sub(1), Some(n + 1)].into_iter().flatten().any(|m| matches!(lines.get(m), Some(&("" | ".sp"))))
}

/// A paragraph's text in several lines. A line that begins with a dot or an apostrophe would be a request.
fn filled(line: &str) -> Vec<String> {
    let options = Options::new(if line.is_ascii() { WIDTH } else { NARROW })
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation);
    let safe =
        |line: &str| if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line.to_owned() };
    textwrap::wrap(line, options).iter().map(|line| safe(line)).collect()
}

#[test]
fn lines_are_short_and_code_is_left_alone() {
    let long = "word ".repeat(30);
    let page = format!(".PP\n{long}.x\n.EX\n{long}\n.EE\n.br\n.sp\n");
    let tidied = tidy(&page);
    assert!(tidied.contains(&format!(".EX\n{}\n.EE\n.sp\n", long.trim_end())), "{tidied}");
    assert!(tidied.lines().take(3).all(|line| line.len() <= WIDTH), "{tidied}");
    assert_eq!(filled(&format!("{} .x", "a".repeat(77)))[1], "\\&.x");
}
