//! How long requests took, in percentiles.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::measure::Histograms;

/// The percentiles that are told.
const PERCENTILES: [f64; 8] = [10.0, 25.0, 50.0, 75.0, 90.0, 99.0, 99.9, 100.0];

/// Those that tables have.
const IN_TABLES: [f64; 5] = [50.0, 90.0, 99.0, 99.9, 100.0];

/// One kind of request of one tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Latency {
    pub(crate) data: String,
    pub(crate) tool: String,
    /// S3's name of it.
    pub(crate) operation: String,
    /// How many there were in all runs.
    pub(crate) count: u64,
    pub(crate) percentiles: Vec<Percentile>,
}

/// The time within which that many requests had their answer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Percentile {
    /// Of all requests, from 0 to 100.
    pub(crate) share: f64,
    /// As measured, from handing the request to a connection to its answer.
    pub(crate) seconds: f64,
    /// As somebody would have seen it who asks at the usual distance, whatever became of the request before: one that takes
    /// long delays others, which are counted with the time that they would have waited (coordinated omission).
    pub(crate) seconds_corrected: f64,
}

/// Describes what was counted.
pub(crate) fn describe(data: &str, tool: &str, histograms: &Histograms) -> Vec<Latency> {
    let of = |(operation, histogram): (&String, &hdrhistogram::Histogram<u64>)| {
        // Each of the requests that are under way at once is followed by the next: the usual distance is the usual time.
        let corrected = histogram.clone_correct(histogram.value_at_quantile(0.5));
        let percentile = |percentile: f64| Percentile {
            share: percentile,
            seconds: seconds(histogram.value_at_percentile(percentile)),
            seconds_corrected: seconds(corrected.value_at_percentile(percentile)),
        };
        Latency {
            data: data.to_owned(),
            tool: tool.to_owned(),
            operation: operation.clone(),
            count: histogram.len(),
            percentiles: PERCENTILES.map(percentile).to_vec(),
        }
    };
    histograms.iter().map(of).collect()
}

impl Latency {
    /// What tables have of it, in milliseconds.
    pub(crate) fn cells(&self) -> Vec<String> {
        let ms = |seconds: f64| super::figures::three_digits(seconds * 1e3);
        let cell = |one: &Percentile| format!("{} ({})", ms(one.seconds), ms(one.seconds_corrected));
        IN_TABLES.iter().filter_map(|percentile| self.at(*percentile).map(cell)).collect()
    }

    fn at(&self, percentile: f64) -> Option<&Percentile> {
        self.percentiles.iter().find(|one| (one.share - percentile).abs() < 1e-6)
    }
}

fn seconds(micros: u64) -> f64 {
    super::number(micros) / 1e6
}

#[cfg(test)]
mod tests {
    use hdrhistogram::Histogram;

    use super::*;

    #[test]
    fn one_that_stalls_weighs_as_much_as_what_it_delayed() {
        let mut histogram = Histogram::<u64>::new(3).unwrap();
        histogram.record_n(10_000, 999).unwrap();
        histogram.record(10_000_000).unwrap();
        let described = describe("plan", "tt", &Histograms::from([("PutObject".to_owned(), histogram)]));
        let [put] = &described[..] else { panic!() };
        assert_eq!((put.count, put.percentiles.len()), (1000, PERCENTILES.len()));
        let at = put.at(90.0).unwrap();
        assert!((at.seconds - 0.01).abs() < 1e-4, "{at:?}");
        assert!(at.seconds_corrected > 5.0, "{at:?}");
    }
}
