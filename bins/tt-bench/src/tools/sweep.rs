//! `--sweep`: settings of tt-push that are tried one against the other.

use std::str::FromStr;

/// The flags of tt-push that a sweep is for.
const NAMES: [&str; 4] = ["concurrency", "part-size", "memory", "checksum"];

/// A flag, and the values that it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sweep {
    pub(crate) name: String,
    pub(crate) values: Vec<String>,
}

impl FromStr for Sweep {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, values) = text.split_once('=').ok_or("it takes NAME=VALUE,VALUE")?;
        if !NAMES.contains(&name) {
            return Err(format!("{name:?} is none of {}", NAMES.join(", ")));
        }
        let values: Vec<_> = values.split(',').map(|value| value.trim().to_owned()).collect();
        if values.iter().any(String::is_empty) {
            return Err("a value is missing".to_owned());
        }
        Ok(Self { name: name.to_owned(), values })
    }
}

/// Each value of each with each of the others. Nothing where there are none.
pub(crate) fn combinations(sweeps: &[Sweep]) -> Vec<Vec<(String, String)>> {
    if sweeps.is_empty() {
        return Vec::new();
    }
    sweeps.iter().fold(vec![Vec::new()], |all, sweep| {
        let with = |one: &Vec<(String, String)>, value: &String| {
            let setting = (sweep.name.clone(), value.clone());
            one.iter().cloned().chain([setting]).collect()
        };
        all.iter().flat_map(|one| sweep.values.iter().map(move |value| with(one, value))).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sweeps_are_read_and_combined() {
        let one: Sweep = "concurrency=8,16".parse().unwrap();
        let two: Sweep = "part-size=8MiB, 64MiB".parse().unwrap();
        let all = combinations(&[one, two]);
        assert_eq!(all.len(), 4);
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(all[1], [pair("concurrency", "8"), pair("part-size", "64MiB")]);
        assert!(combinations(&[]).is_empty());
        for wrong in ["concurrency", "speed=1", "memory=", "memory=1GB,,"] {
            assert!(wrong.parse::<Sweep>().is_err(), "{wrong}");
        }
    }
}
