//! `--older-than`, of unfinished uploads and of objects: ages go by the service's clock, and what began in the future is not old.

use jiff::{SignedDuration, Timestamp, fmt::rfc2822::DateTimePrinter};
use tt_tests::{Reply, Scene, Site, plan, push};

/// A service whose clock is so far ahead, with one unfinished upload that was begun so long ago; nothing, if it does not tell.
fn service(ahead: SignedDuration, age: Option<SignedDuration>) -> Site {
    Site::speaking(move |head| {
        let now = Timestamp::now() + ahead;
        let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&now).unwrap();
        if head.starts_with("DELETE") {
            return Reply::of(204, &[("date", &date)], "");
        }
        let initiated = age.map_or(String::new(), |age| format!("<Initiated>{:.3}</Initiated>", now - age));
        let upload = format!("<Upload><Key>k</Key><UploadId>id</UploadId>{initiated}</Upload>");
        let body = format!(
            "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>{upload}</ListMultipartUploadsResult>"
        );
        Reply::with(&[("date", &date)], body)
    })
}

#[test]
fn ages_go_by_the_clock_of_the_service() {
    let scene = Scene::new();
    let hours = SignedDuration::from_hours;
    for ahead in [0, 48, -48] {
        for (age, old) in [
            (Some(hours(0)), false),
            (Some(hours(23)), false),
            (Some(hours(25)), true),
            // It lies in the future by the service's own clock, too.
            (Some(hours(-48)), false),
            (None, false),
        ] {
            let site = service(hours(ahead), age);
            let stage = push().args(["--abort-uploads", "s3://bucket/", "--endpoint-url", site.url()]);
            let outcome = scene.run(stage.clone().args(["--older-than", "1d", "--yes"])).expect(0);
            let aborted = outcome.records().count("aborted");
            assert_eq!(aborted, usize::from(old), "{ahead} {age:?} {outcome}");
            let all = scene.run(stage).expect(0).records().count("unfinished");
            assert_eq!(all, 1, "without an age, all are listed");
        }
    }
}

#[test]
fn the_age_of_an_object_goes_by_the_clock_of_the_service_too() {
    let hours = SignedDuration::from_hours;
    for (ahead, age, old) in [(0, 1, false), (-48, 1, false), (48, 30, true), (-48, 30, true)] {
        let site = Site::speaking(move |_| {
            let now = Timestamp::now() + hours(ahead);
            let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&now).unwrap();
            let written = now - hours(age);
            let object = format!(
                "<Contents><Key>p/x</Key><LastModified>{written:.3}</LastModified><Size>2</Size></Contents>"
            );
            Reply::with(&[("date", &date)], format!("<ListBucketResult>{object}</ListBucketResult>"))
        });
        let scene = Scene::new();
        scene.tree("data").file("kept", "x");
        let flags = ["--delete", "--max-delete", "100%", "--older-than", "1d", "--allow-empty-source"];
        let outcome =
            scene.run(plan("data", "s3://bucket/p/").args(flags).args(["--endpoint-url", site.url()]));
        assert_eq!(outcome.expect(0).records().count("delete"), usize::from(old), "{ahead} {age}");
    }
}
