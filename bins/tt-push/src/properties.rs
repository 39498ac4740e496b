//! What S3 keeps with a new object: what its record says, else the flags, else what its name suggests.

use std::path::Path;

use tt_record::Properties;

/// The properties of the object that `path` becomes.
pub(crate) fn resolve(record: Properties, flags: &Properties, path: &Path) -> Properties {
    let mut properties = record.or(flags);
    if properties.content_type.is_none() {
        properties.content_type = mime_guess::from_path(path).first_raw().map(str::to_owned);
    }
    properties
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_guessed_from_the_name_unless_it_is_given() {
        let guessed =
            |name: &str| resolve(Properties::default(), &Properties::default(), Path::new(name)).content_type;
        assert_eq!(guessed("/a/b.html").as_deref(), Some("text/html"));
        assert_eq!(guessed("/a/b.PNG").as_deref(), Some("image/png"));
        assert_eq!(guessed("/a/b"), None);
        let given = Properties { content_type: Some("x/y".into()), ..Properties::default() };
        let resolved = resolve(given, &Properties::default(), Path::new("/a/b.html"));
        assert_eq!(resolved.content_type.as_deref(), Some("x/y"));
    }
}
