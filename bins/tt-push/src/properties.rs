//! What S3 keeps with a new object: what its record says, else the flags, else what the file suggests.

use std::path::Path;

use tt_object::{content_type, preserved};
use tt_record::Properties;
use tt_tree::SourceFile;

/// What holds for all objects.
#[derive(Clone, Debug)]
pub(crate) struct Keep {
    /// What an object gets where its record says nothing.
    pub(crate) properties: Properties,
    /// Guess a Content-Type from the name.
    pub(crate) guess: bool,
    /// Keep the file's attributes in the metadata.
    pub(crate) preserve: bool,
}

impl Keep {
    /// The properties of the object that `file` becomes.
    pub(crate) fn resolve(&self, record: Properties, file: &SourceFile) -> Properties {
        let mut properties = record.or(&self.properties);
        if self.preserve {
            properties = properties.or(&preserved(file.attributes()));
        }
        if self.guess { typed(properties, file.path()) } else { properties }
    }
}

fn typed(mut properties: Properties, path: &Path) -> Properties {
    if properties.content_type.is_none() {
        properties.content_type = content_type(path);
    }
    properties
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_guessed_from_the_name_unless_it_is_given() {
        let of = |properties| typed(properties, Path::new("/a/b.html")).content_type;
        assert_eq!(of(Properties::default()).as_deref(), Some("text/html"));
        let given = Properties { content_type: Some("x/y".into()), ..Properties::default() };
        assert_eq!(of(given).as_deref(), Some("x/y"));
    }
}
