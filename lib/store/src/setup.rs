//! What flags, environment and AWS config files come to, before any request is made.

use std::{env, time::SystemTime};

use aws_config::profile;
use aws_credential_types::{
    Credentials, credential_feature::AwsCredentialFeature as Feature, provider::ProvideCredentials as _,
};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};
use jiff::Timestamp;
use tt_record::{Problem, ProblemKind, redacted};

use crate::{
    S3Options, Tuning,
    connect::{check_endpoint, no_provider, not_provided},
    http::{Connections, connector},
};

/// Who asks, and where. Holds no secrets.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The profile.
    pub profile: Profile,
    /// The credentials; none for requests that are not signed.
    pub credentials: Option<Result<Found, Problem>>,
    /// The region that is named somewhere.
    pub region: Option<String>,
    /// The endpoint that is named somewhere; none for AWS.
    pub endpoint: Option<String>,
}

/// A profile in the AWS config files.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Whether somebody chose it, by a flag or a variable.
    pub chosen: bool,
    /// The names of all that there are, in order; or why the files can't be read.
    pub all: Result<Vec<String>, Problem>,
}

impl Profile {
    /// Whether there is one of that name.
    pub fn exists(&self) -> bool {
        self.all.as_ref().is_ok_and(|all| all.contains(&self.name))
    }
}

/// Credentials that were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where they are from, in words.
    pub origin: &'static str,
    /// When they expire, if they do.
    pub expiry: Option<Timestamp>,
}

impl S3Options {
    /// Finds out what they come to. Fails where no request could be made with it, whatever the credentials.
    pub async fn setup(&self, tuning: &Tuning) -> Result<Setup, Problem> {
        let connections = Connections::unpooled(connector(&self.trust())?, self, tuning);
        let shared = self.read(&connections).await;
        check_endpoint(&shared)?;
        let credentials = match shared.credentials_provider() {
            _ if self.no_sign_request => None,
            None => Some(Err(no_provider())),
            Some(provider) => Some(match provider.provide_credentials().await {
                Ok(credentials) => Ok(Found::of(&credentials)),
                Err(e) => Err(not_provided(&e, self.profile.as_deref())),
            }),
        };
        let of_s3 = env::var("AWS_ENDPOINT_URL_S3").ok().filter(|url| !url.is_empty());
        Ok(Setup {
            profile: self.profile().await,
            credentials,
            region: shared.region().map(ToString::to_string),
            endpoint: self.endpoint_url.clone().or(of_s3).or(shared.endpoint_url().map(str::to_owned)),
        })
    }

    async fn profile(&self) -> Profile {
        let from_env = || env::var("AWS_PROFILE").ok().filter(|name| !name.is_empty());
        let chosen = self.profile.clone().or_else(from_env);
        let files = EnvConfigFiles::default();
        let all = profile::load(&Fs::real(), &Env::real(), &files, None).await;
        let all = all.map_err(|e| {
            let why = std::error::Error::source(&e).map_or_else(|| e.to_string(), ToString::to_string);
            Problem::new(
                ProblemKind::Config,
                format!("the AWS config files can't be read: {}", redacted(&why)),
            )
            .hint("correct ~/.aws/config or ~/.aws/credentials")
        });
        Profile {
            chosen: chosen.is_some(),
            name: chosen.unwrap_or_else(|| "default".to_owned()),
            all: all.map(|all| {
                let mut names: Vec<_> = all.profiles().map(str::to_owned).collect();
                names.sort();
                names
            }),
        }
    }
}

impl Found {
    fn of(credentials: &Credentials) -> Self {
        let features = credentials.get_property::<Vec<Feature>>().map(Vec::as_slice).unwrap_or_default();
        Self {
            origin: origin(features),
            expiry: credentials.expiry().and_then(|expiry: SystemTime| Timestamp::try_from(expiry).ok()),
        }
    }
}

/// Where credentials are from, by what the SDK did to get them. What is said of the way there says more than that a profile
/// names it.
fn origin(features: &[Feature]) -> &'static str {
    let of = |feature: &Feature| {
        Some(match feature {
            Feature::CredentialsEnvVars => "the environment",
            Feature::CredentialsSso | Feature::CredentialsProfileSso => "IAM Identity Center (SSO)",
            Feature::CredentialsLogin | Feature::CredentialsProfileLogin => "`aws login`",
            Feature::CredentialsProcess | Feature::CredentialsProfileProcess => {
                "a program that the profile names"
            }
            Feature::CredentialsImds => "the instance's metadata service",
            Feature::CredentialsHttp => "the container's credentials service",
            Feature::CredentialsEnvVarsStsWebIdToken
            | Feature::CredentialsProfileStsWebIdToken
            | Feature::CredentialsStsAssumeRoleWebId => "a web identity token",
            Feature::CredentialsStsAssumeRole => "a role that is assumed",
            _ => return None,
        })
    };
    let profile = features.iter().any(|feature| matches!(feature, Feature::CredentialsProfile));
    features.iter().rev().find_map(of).unwrap_or(if profile {
        "the profile"
    } else {
        "the SDK's usual chain"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_credentials_says_more_than_the_profile() {
        assert_eq!(origin(&[Feature::CredentialsProfile]), "the profile");
        assert_eq!(
            origin(&[Feature::CredentialsSso, Feature::CredentialsProfile]),
            "IAM Identity Center (SSO)"
        );
        assert_eq!(origin(&[Feature::CredentialsEnvVars]), "the environment");
        assert_eq!(origin(&[]), "the SDK's usual chain");
    }

    #[test]
    fn a_profile_exists_where_the_files_have_it() {
        let profile = |all| Profile { name: "work".into(), chosen: true, all };
        assert!(profile(Ok(vec!["default".into(), "work".into()])).exists());
        assert!(!profile(Ok(vec![])).exists());
        assert!(!profile(Err(Problem::new(ProblemKind::Config, "no"))).exists());
    }
}
