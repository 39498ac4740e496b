//! Several measurements of the same thing, as one figure and how far they lie apart.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::statistics::{Data, OrderStatistics as _};

/// The middle, and the ends.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// Of nothing there is none.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let values: Vec<_> = values.into_iter().collect();
        let min = values.iter().copied().reduce(f64::min)?;
        let max = values.iter().copied().reduce(f64::max)?;
        Some(Self { median: Data::new(values).median(), min, max })
    }

    /// In another unit.
    pub(crate) fn map(self, unit: impl Fn(f64) -> f64) -> Self {
        let (one, other) = (unit(self.min), unit(self.max));
        Self { median: unit(self.median), min: one.min(other), max: one.max(other) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_has_the_middle_and_the_ends() {
        assert_eq!(Spread::of([]), None);
        assert_eq!(Spread::of([3.0, 1.0, 2.0]), Some(Spread { median: 2.0, min: 1.0, max: 3.0 }));
        assert_eq!(Spread::of([1.0, 4.0]).map(|spread| spread.median), Some(2.5));
        let inverse = Spread { median: 2.0, min: 1.0, max: 4.0 }.map(|value| 1.0 / value);
        assert_eq!(inverse, Spread { median: 0.5, min: 0.25, max: 1.0 });
    }
}
