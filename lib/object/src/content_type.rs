//! The Content-Type that a name suggests.

use std::path::Path;

/// What the extension suggests, if it suggests anything.
pub fn content_type(path: &Path) -> Option<String> {
    mime_guess::from_path(path).first_raw().map(str::to_owned)
}

/// Whether an object's Content-Type is the one that is wanted. One that is wanted without parameters, such as the charset,
/// says nothing of them.
pub fn is_type(wanted: &str, found: Option<&str>) -> bool {
    let found = found.unwrap_or_default();
    let bare = found.split(';').next().unwrap_or_default().trim();
    found == wanted || bare.eq_ignore_ascii_case(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_tell() {
        let guessed = |name: &str| content_type(Path::new(name));
        assert_eq!(guessed("/a/b.html").as_deref(), Some("text/html"));
        assert_eq!(guessed("/a/b.PNG").as_deref(), Some("image/png"));
        assert_eq!(guessed("/a/b"), None);
    }

    #[test]
    fn a_type_without_a_charset_leaves_it_open() {
        assert!(is_type("text/html", Some("Text/HTML; charset=utf-8")));
        assert!(!is_type("text/html", Some("text/plain")) && !is_type("text/html", None));
        assert!(!is_type("text/html; charset=utf-8", Some("text/html")));
        assert!(is_type("text/html; charset=utf-8", Some("text/html; charset=utf-8")));
    }
}
