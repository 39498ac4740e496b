//! The Content-Type that a name suggests.

use std::path::Path;

/// What the extension suggests, if it suggests anything.
pub fn content_type(path: &Path) -> Option<String> {
    mime_guess::from_path(path).first_raw().map(str::to_owned)
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
}
