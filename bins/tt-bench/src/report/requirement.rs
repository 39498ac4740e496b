//! `--require`: what has to hold, so that a comparison can be a check.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Sample, Spread, Task};

/// `TOOL:OTHER>=N`: uploading with the first takes at most an Nth of the time that the other takes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Requirement {
    tool: String,
    other: String,
    times: f64,
}

/// Whether it holds with one data set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Judgement {
    /// What was required.
    pub(crate) requirement: String,
    pub(crate) data: String,
    /// How many times as fast the one was as the other, turn by turn; none where one of them was not measured.
    pub(crate) times: Option<Spread>,
    /// Whether the median is at least what was required.
    pub(crate) met: bool,
}

impl FromStr for Requirement {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (tools, times) = text.split_once(">=").ok_or("it takes TOOL:OTHER>=N, such as tt:aws>=3")?;
        let (tool, other) = tools.split_once(':').ok_or("it takes two tools, such as tt:aws")?;
        let times = times.trim().parse::<f64>().ok().filter(|times| times.is_finite() && *times > 0.0);
        let times = times.ok_or("what comes after >= is a number of times, such as 3")?;
        Ok(Self { tool: tool.trim().to_owned(), other: other.trim().to_owned(), times })
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}>={}", self.tool, self.other, self.times)
    }
}

impl Requirement {
    /// That of the original comparison: three times as fast as the AWS CLI as it is.
    pub(crate) fn usual() -> Self {
        Self { tool: "tt".to_owned(), other: "aws".to_owned(), times: 3.0 }
    }

    /// The tools that it is about.
    pub(crate) fn tools(&self) -> [&str; 2] {
        [&self.tool, &self.other]
    }

    /// Judges the uploads of one data set.
    pub(crate) fn judge(&self, data: &str, samples: &[Sample]) -> Judgement {
        let of = |tool| samples.iter().filter(move |sample| sample.is_of(data, tool, Task::Upload));
        let pairs = of(&self.tool).filter_map(|one| {
            let other = of(&self.other).find(|other| other.round == one.round)?;
            Some(other.wall_seconds / one.wall_seconds.max(1e-9))
        });
        let times = Spread::of(pairs);
        Judgement {
            requirement: self.to_string(),
            data: data.to_owned(),
            times,
            met: times.is_some_and(|times| times.median >= self.times),
        }
    }
}

impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { requirement, data, times, met } = self;
        let verdict = if *met { "met" } else { "NOT met" };
        write!(f, "{requirement} is {verdict} with {data}: ")?;
        match times {
            Some(Spread { median, min, max }) => {
                write!(f, "{median:.2} times as fast, from {min:.2} to {max:.2}")
            }
            None => f.write_str("not both were measured"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::summary::tests::sample, *};

    #[test]
    fn requirements_are_read_as_they_are_written() {
        assert_eq!("tt:aws>=3".parse(), Ok(Requirement::usual()));
        assert_eq!(
            "tt:s5cmd-tuned >= 1.5".parse::<Requirement>().unwrap().to_string(),
            "tt:s5cmd-tuned>=1.5"
        );
        for wrong in
            ["tt", "tt:aws", "tt>=3", "tt:aws>=", "tt:aws>=0", "tt:aws>=-1", "tt:aws>=inf", "tt:aws>3"]
        {
            assert!(wrong.parse::<Requirement>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_median_of_the_pairs_counts() {
        let samples: Vec<_> = [(1, 1.0, 2.0), (2, 1.0, 5.0), (3, 2.0, 6.0)]
            .into_iter()
            .flat_map(|(round, tt, aws)| {
                [sample("tt", Task::Upload, round, tt), sample("aws", Task::Upload, round, aws)]
            })
            .collect();
        let judged = Requirement::usual().judge("set", &samples);
        assert!(
            judged.met && judged.to_string().contains("3.00 times as fast, from 2.00 to 5.00"),
            "{judged}"
        );
        assert!(!"tt:aws>=3.5".parse::<Requirement>().unwrap().judge("set", &samples).met);
        assert!(!"tt:rclone>=1".parse::<Requirement>().unwrap().judge("set", &samples).met);
    }
}
