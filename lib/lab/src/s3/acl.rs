//! Canned ACLs: kept with the object, and told as the grants they stand for.

use http::HeaderMap;
use s3s::{
    S3Request, S3Response, S3Result,
    dto::{GetObjectAclInput, GetObjectAclOutput, Grant, Grantee, Owner, Permission, Type},
};

use super::{Answer, Lab, OWNER, headers::text};
use crate::fail::invalid_argument;

const EVERYBODY: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
const EVERY_ACCOUNT: &str = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";

const CANNED: [&str; 7] = [
    "private",
    "public-read",
    "public-read-write",
    "aws-exec-read",
    "authenticated-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
];

/// The canned ACL that a request names, unless it is the usual one.
pub(super) fn canned(headers: &HeaderMap) -> S3Result<Option<String>> {
    match text(headers, "x-amz-acl") {
        Some(acl) if !CANNED.contains(&acl) => {
            Err(invalid_argument(format!("there is no canned ACL {acl:?}")))
        }
        acl => Ok(acl.filter(|acl| *acl != "private").map(str::to_owned)),
    }
}

pub(super) async fn get(lab: &Lab, request: S3Request<GetObjectAclInput>) -> Answer<GetObjectAclOutput> {
    let object = lab.store.find(&request.input.bucket, &request.input.key).await?.object;
    let read = Permission::READ;
    let mut grants = vec![owner_grant()];
    match object.properties.acl.as_deref() {
        Some("public-read") => grants.push(group_grant(EVERYBODY, read)),
        Some("public-read-write") => {
            grants.push(group_grant(EVERYBODY, read));
            grants.push(group_grant(EVERYBODY, Permission::WRITE));
        }
        Some("authenticated-read") => grants.push(group_grant(EVERY_ACCOUNT, read)),
        // The bucket's owner is the object's, and machine images are none of this endpoint's business.
        _ => {}
    }
    let owner = Owner { display_name: None, id: Some(OWNER.to_owned()) };
    Ok(S3Response::new(GetObjectAclOutput {
        grants: Some(grants),
        owner: Some(owner),
        request_charged: None,
    }))
}

fn owner_grant() -> Grant {
    let grantee = Grantee {
        display_name: None,
        email_address: None,
        id: Some(OWNER.to_owned()),
        type_: Type::from_static(Type::CANONICAL_USER),
        uri: None,
    };
    Grant { grantee: Some(grantee), permission: Some(Permission::from_static(Permission::FULL_CONTROL)) }
}

fn group_grant(uri: &str, permission: &'static str) -> Grant {
    let grantee = Grantee {
        display_name: None,
        email_address: None,
        id: None,
        type_: Type::from_static(Type::GROUP),
        uri: Some(uri.to_owned()),
    };
    Grant { grantee: Some(grantee), permission: Some(Permission::from_static(permission)) }
}
