//! Who asks, and where: profile, credentials, region.

use jiff::{SignedDuration, Timestamp};
use tt_cli::human_duration;
use tt_record::{Problem, ProblemKind};
use tt_store::{Found, Profile, Setup};

use super::finding::{Area, Finding};

const AREA: Area = Area::Credentials;

/// Credentials that last no longer than this won't last for long.
const SOON: SignedDuration = SignedDuration::from_hours(1);

/// How many names of profiles a hint holds.
const NAMES: usize = 10;

/// Looks at all three.
pub(super) fn look(setup: &Setup, now: Timestamp) -> Vec<Finding> {
    vec![profile(&setup.profile), credentials(setup, now), region(setup)]
}

/// What is found where the settings are so wrong that nothing else can be told.
pub(super) fn unusable(problem: Problem) -> Finding {
    AREA.failed("settings", problem)
}

fn profile(profile: &Profile) -> Finding {
    const CHECK: &str = "profile";
    let Profile { name, chosen, all } = profile;
    match all {
        Err(problem) => AREA.failed(CHECK, problem.clone()),
        Ok(_) if profile.exists() => AREA.pass(CHECK, name),
        Ok(_) if !chosen => AREA.pass(CHECK, "none is used"),
        Ok(all) => {
            let names = all.iter().take(NAMES).cloned().collect::<Vec<_>>().join(", ");
            let hint =
                if names.is_empty() { "there are none".to_owned() } else { format!("there are: {names}") };
            AREA.fail(
                CHECK,
                format!("there is no profile {name:?}"),
                format!("correct --profile or AWS_PROFILE; {hint}"),
            )
        }
    }
}

fn credentials(setup: &Setup, now: Timestamp) -> Finding {
    const CHECK: &str = "credentials";
    let Found { origin, expiry } = match &setup.credentials {
        None => return AREA.skip(CHECK, "requests are not to be signed"),
        Some(Err(problem)) if problem.kind == ProblemKind::NoCredentials => {
            let hint = problem.hint.clone().unwrap_or_default();
            return AREA.fail(CHECK, "none were found: neither in the environment nor by a profile", hint);
        }
        Some(Err(problem)) => return AREA.failed(CHECK, problem.clone()),
        Some(Ok(found)) => found,
    };
    let Some(left) = expiry.map(|expiry| expiry.duration_since(now)) else {
        return AREA.pass(CHECK, format!("from {origin}"));
    };
    let what = |when: &str| format!("from {origin}; they {when}");
    if left.is_positive() {
        let when = what(&format!("expire in {}", human_duration(left.unsigned_abs())));
        return if left > SOON {
            AREA.pass(CHECK, when)
        } else {
            AREA.warn(CHECK, when, "get fresh ones before a long run")
        };
    }
    AREA.fail(CHECK, what("have expired"), "get fresh ones, such as with `aws sso login`")
}

fn region(setup: &Setup) -> Finding {
    const CHECK: &str = "region";
    match (&setup.region, &setup.endpoint) {
        (Some(region), None) => AREA.pass(CHECK, region),
        (Some(region), Some(endpoint)) => AREA.pass(CHECK, format!("{region}, at {endpoint}")),
        (None, Some(endpoint)) => {
            AREA.pass(CHECK, format!("none is named; us-east-1 is used, at {endpoint}"))
        }
        (None, None) => AREA.fail(
            CHECK,
            "none is named, and us-east-1 is a guess",
            "name the bucket's region: --region, AWS_REGION, or `region` in the profile",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::finding::Outcome;

    fn setup(expiry: Option<&str>) -> Setup {
        let expiry = expiry.map(|time| time.parse().unwrap());
        Setup {
            profile: Profile { name: "default".into(), chosen: false, all: Ok(vec![]) },
            credentials: Some(Ok(Found { origin: "the environment", expiry })),
            region: Some("eu-west-1".into()),
            endpoint: None,
        }
    }

    fn outcomes(setup: &Setup) -> [Outcome; 3] {
        let now = "2026-11-25T12:00:00Z".parse().unwrap();
        let findings = look(setup, now);
        [findings[0].outcome, findings[1].outcome, findings[2].outcome]
    }

    #[test]
    fn what_is_there_passes_and_what_is_over_fails() {
        use Outcome::{Fail, Pass, Skip, Warn};
        assert_eq!(outcomes(&setup(None)), [Pass, Pass, Pass]);
        assert_eq!(outcomes(&setup(Some("2026-11-25T12:30:00Z")))[1], Warn);
        assert_eq!(outcomes(&setup(Some("2026-11-25T14:30:00Z")))[1], Pass);
        assert_eq!(outcomes(&setup(Some("2026-11-25T11:30:00Z")))[1], Fail);
        let open = Setup { credentials: None, region: None, ..setup(None) };
        assert_eq!(outcomes(&open), [Pass, Skip, Fail]);
        let own = Setup { region: None, endpoint: Some("http://minio".into()), ..setup(None) };
        assert_eq!(outcomes(&own)[2], Pass);
        let wrong = Profile { name: "work".into(), chosen: true, all: Ok(vec!["default".into()]) };
        assert_eq!(outcomes(&Setup { profile: wrong, ..setup(None) })[0], Fail);
    }
}
