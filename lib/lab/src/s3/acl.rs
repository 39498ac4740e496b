//! Canned ACLs and grants: kept with the object, and told as the grants that they are or stand for.

use std::collections::BTreeMap;

use http::HeaderMap;
use s3s::{
    S3Request, S3Response, S3Result,
    dto::{GetObjectAclInput, GetObjectAclOutput, Grant, Grantee, Owner, Permission, Type},
};

use super::{Answer, Lab, OWNER, headers::text};
use crate::fail::{invalid_argument, invalid_request};

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

/// The headers that grant, and what.
const GRANTS: [(&str, &str); 4] = [
    ("x-amz-grant-read", Permission::READ),
    ("x-amz-grant-read-acp", Permission::READ_ACP),
    ("x-amz-grant-write-acp", Permission::WRITE_ACP),
    ("x-amz-grant-full-control", Permission::FULL_CONTROL),
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

/// The grants that a request names, by S3's name of the permission.
pub(super) fn grants(headers: &HeaderMap) -> S3Result<BTreeMap<String, String>> {
    let given = GRANTS.iter().filter_map(|(name, permission)| Some((*permission, text(headers, name)?)));
    let given: BTreeMap<_, _> =
        given.map(|(permission, grantees)| (permission.to_owned(), grantees.to_owned())).collect();
    if !given.is_empty() && headers.contains_key("x-amz-acl") {
        return Err(invalid_request("a request names a canned ACL or grants, not both"));
    }
    given.values().try_for_each(|grantees| parse(grantees).map(|_| ()))?;
    Ok(given)
}

/// Reads `id="…", uri="…", emailAddress="…"`; the quotes may be missing.
fn parse(grantees: &str) -> S3Result<Vec<Grantee>> {
    let one = |text: &str| {
        let (kind, name) = text.trim().split_once('=')?;
        let name = Some(name.trim_matches('"').to_owned()).filter(|name| !name.is_empty());
        let nobody = Grantee {
            display_name: None,
            email_address: None,
            id: None,
            type_: Type::from_static(Type::CANONICAL_USER),
            uri: None,
        };
        let (user, group) = (nobody.clone(), Type::from_static(Type::GROUP));
        match (kind, name?) {
            ("id", id) => Some(Grantee { id: Some(id), ..user }),
            ("uri", uri) => Some(Grantee { uri: Some(uri), type_: group, ..nobody }),
            ("emailAddress", address) => Some(Grantee { email_address: Some(address), ..user }),
            _ => None,
        }
    };
    let grantees: Option<Vec<_>> = grantees.split(',').map(one).collect();
    grantees.ok_or_else(|| invalid_argument("a grantee is id=, uri= or emailAddress= and a name in quotes"))
}

pub(super) async fn get(lab: &Lab, request: S3Request<GetObjectAclInput>) -> Answer<GetObjectAclOutput> {
    let object = lab.store.find(&request.input.bucket, &request.input.key).await?.object;
    let read = Permission::READ;
    // Where grants are named, the owner has only what they give.
    let mut grants = if object.properties.grants.is_empty() { vec![owner_grant()] } else { Vec::new() };
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
    for (permission, grantees) in &object.properties.grants {
        let permission = Some(Permission::from(permission.clone()));
        let named = parse(grantees)?.into_iter().map(Some);
        grants.extend(named.map(|grantee| Grant { grantee, permission: permission.clone() }));
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
