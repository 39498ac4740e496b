//! The flags about what S3 keeps with new objects, and the properties that they come to.

use clap::{Args, ValueEnum};
use tt_record::{Problem, ProblemKind, Properties};
use tt_store::{ENCRYPTIONS, LEGAL_HOLDS, LOCK_MODES, check_metadata, check_properties};

use crate::properties::Keep;

/// What S3 keeps with each new object; what a record says of its own wins.
#[derive(Args, Debug)]
#[command(next_help_heading = "What S3 keeps")]
pub(crate) struct Keeps {
    /// Storage class, such as STANDARD_IA or INTELLIGENT_TIERING; a record's own wins, as with all of these [default: the
    /// bucket's, mostly STANDARD].
    #[arg(long, value_name = "CLASS")]
    storage_class: Option<String>,
    /// User metadata. May be repeated; a record's own wins, name by name [default: none].
    #[arg(long, value_name = "NAME=VALUE", value_parser = metadata)]
    metadata: Vec<(String, String)>,
    /// Keep owner, group, permissions and times of the files as metadata, in the forms that rclone, s3fs and AWS DataSync
    /// read [default: only what --metadata and the record say].
    #[arg(long)]
    preserve: bool,
    /// Object tag. May be repeated, up to ten; a record's own wins, name by name [default: none].
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    tag: Vec<(String, String)>,

    /// Content-Type of all objects [default: what the name suggests].
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// Don't guess a Content-Type from the name: S3 then says binary/octet-stream [default: guess].
    #[arg(long)]
    no_guess_mime_type: bool,
    /// Content-Encoding, such as gzip: how the files are encoded already [default: none].
    #[arg(long, value_name = "ENCODING")]
    content_encoding: Option<String>,
    /// Content-Disposition, such as attachment [default: none].
    #[arg(long, value_name = "DISPOSITION")]
    content_disposition: Option<String>,
    /// Content-Language [default: none].
    #[arg(long, value_name = "LANGUAGE")]
    content_language: Option<String>,
    /// Cache-Control, such as max-age=3600 [default: none].
    #[arg(long, value_name = "DIRECTIVES")]
    cache_control: Option<String>,
    /// Expires: an HTTP date, or RFC 3339 such as 2030-12-31T00:00:00Z [default: none].
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
    /// Where a website redirects the key to: another key, or a URL [default: nowhere].
    #[arg(long, value_name = "TARGET")]
    website_redirect: Option<String>,

    /// Canned ACL, such as bucket-owner-full-control; not with --grant [default: private, or what the bucket enforces].
    #[arg(long, value_name = "ACL")]
    acl: Option<String>,
    /// Permission for somebody: read, read-acp, write-acp or full-control, then id=ACCOUNT, uri=GROUP or
    /// emailAddress=ADDRESS. May be repeated [default: none].
    #[arg(long, value_name = "PERMISSION=GRANTEE", value_parser = grant)]
    grant: Vec<(Permission, String)>,

    /// Encryption with keys that AWS keeps [default: the bucket's, mostly AES256].
    #[arg(long, value_name = "ENCRYPTION", value_parser = ENCRYPTIONS)]
    sse: Option<String>,
    /// Key of KMS, with --sse aws:kms or aws:kms:dsse [default: aws/s3].
    #[arg(long, value_name = "KEY")]
    sse_kms_key_id: Option<String>,
    /// Encryption context for KMS, with the same. May be repeated [default: none].
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    sse_kms_context: Vec<(String, String)>,
    /// Use the bucket's key, which saves calls of KMS, with --sse aws:kms [default: as the bucket says].
    #[arg(long)]
    bucket_key: bool,

    /// How objects are locked, with --object-lock-retain-until [default: as the bucket says].
    #[arg(long, value_name = "MODE", value_parser = LOCK_MODES)]
    object_lock_mode: Option<String>,
    /// Until when they are locked: RFC 3339, such as 2030-12-31T00:00:00Z [default: as the bucket says].
    #[arg(long, value_name = "TIME")]
    object_lock_retain_until: Option<String>,
    /// Whether they are locked until somebody lifts that [default: no, or as the bucket says].
    #[arg(long, value_name = "HOLD", value_parser = LEGAL_HOLDS)]
    object_lock_legal_hold: Option<String>,
}

/// What a grant permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Permission {
    Read,
    ReadAcp,
    WriteAcp,
    FullControl,
}

impl Keeps {
    /// What holds for all objects, if S3 can keep all of it with one object.
    pub(crate) fn resolve(self, own_key: bool) -> Result<Keep, Problem> {
        let wrong = |why: String| {
            Problem::new(ProblemKind::Usage, why)
                .hint("tt-push --help tells which flags go together, and what they take")
        };
        if own_key && (self.sse.is_some() || self.bucket_key) {
            return Err(wrong("a key of one's own, --sse-c-key, and --sse exclude each other".to_owned()));
        }
        let (guess, preserve) = (!self.no_guess_mime_type, self.preserve);
        let properties = self.into_properties();
        check_properties(&properties).map_err(wrong)?;
        Ok(Keep { properties, guess, preserve })
    }

    fn into_properties(self) -> Properties {
        Properties {
            grant_read: self.granted(Permission::Read),
            grant_read_acp: self.granted(Permission::ReadAcp),
            grant_write_acp: self.granted(Permission::WriteAcp),
            grant_full_control: self.granted(Permission::FullControl),
            content_type: self.content_type,
            content_encoding: self.content_encoding,
            content_disposition: self.content_disposition,
            content_language: self.content_language,
            cache_control: self.cache_control,
            expires: self.expires,
            storage_class: self.storage_class,
            metadata: self.metadata.into_iter().collect(),
            tags: self.tag.into_iter().collect(),
            acl: self.acl,
            sse: self.sse,
            sse_kms_key_id: self.sse_kms_key_id,
            sse_kms_context: self.sse_kms_context.into_iter().collect(),
            bucket_key_enabled: self.bucket_key.then_some(true),
            website_redirect: self.website_redirect,
            object_lock_mode: self.object_lock_mode,
            object_lock_retain_until: self.object_lock_retain_until,
            object_lock_legal_hold: self.object_lock_legal_hold,
        }
    }

    /// Whom a permission is granted to, as S3 writes it.
    fn granted(&self, permission: Permission) -> Option<String> {
        let of = self.grant.iter().filter(|(granted, _)| *granted == permission);
        let grantees: Vec<_> = of.map(|(_, grantee)| grantee.as_str()).collect();
        (!grantees.is_empty()).then(|| grantees.join(", "))
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("it must be NAME=VALUE")?;
    if name.is_empty() {
        return Err("the name is missing".to_owned());
    }
    Ok((name.to_owned(), value.to_owned()))
}

fn metadata(text: &str) -> Result<(String, String), String> {
    let (name, value) = pair(text)?;
    check_metadata(&name, &value)?;
    Ok((name.to_ascii_lowercase(), value))
}

fn grant(text: &str) -> Result<(Permission, String), String> {
    let (permission, grantee) = pair(text)?;
    let permission = Permission::from_str(&permission, false)
        .map_err(|_| format!("{permission:?} is none of read, read-acp, write-acp and full-control"))?;
    let (kind, name) = pair(&grantee)?;
    if !["id", "uri", "emailAddress"].contains(&kind.as_str()) || name.contains('"') {
        return Err(format!("{grantee:?} is none of id=ACCOUNT, uri=GROUP and emailAddress=ADDRESS"));
    }
    Ok((permission, format!("{kind}=\"{name}\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_checked() {
        assert_eq!(metadata("Owner=a=b"), Ok(("owner".into(), "a=b".into())));
        for wrong in ["owner", "=x", "a b=x", "a=\n", "a=é"] {
            assert!(metadata(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn grants_come_as_s3_writes_them() {
        assert_eq!(grant("read-acp=id=12ab"), Ok((Permission::ReadAcp, "id=\"12ab\"".into())));
        for wrong in ["read", "write=id=1", "read=1", "read=name=x", "read=id=\"x\""] {
            assert!(grant(wrong).is_err(), "{wrong:?}");
        }
    }
}
