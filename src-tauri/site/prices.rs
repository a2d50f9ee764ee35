//! What a month of the whole hub costs by a profile's list of prices: an estimate, said to be one. It asks nobody.

use serde::Deserialize;

/// Prices of one region, as they were on a day.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Prices {
    pub region: String,
    /// When they were looked up, in words: `June 2025`.
    pub date: String,
    pub parts: Vec<Part>,
}

/// A part of the bill.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Part {
    pub what: String,
    /// How it is reckoned, in words: `$0.10 an hour`.
    pub rate: String,
    /// What an hour of it costs, in dollars, for those hours of a month; where none are given, for all of them.
    pub hour: f64,
    pub hours: Option<f64>,
    /// What a month of it costs besides.
    pub month: f64,
    /// Each environment has its own.
    pub each: bool,
}

impl Part {
    /// Dollars a month.
    pub fn monthly(&self, environments: usize) -> f64 {
        let times = if self.each { environments } else { 1 };
        (self.hour * self.hours.unwrap_or(HOURS) + self.month) * times as f64
    }
}

/// The hours of a month, as AWS reckons.
const HOURS: f64 = 730.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_costs_its_hours_and_its_month_in_each_environment_that_has_it() {
        let part = Part { hour: 0.1, month: 2.0, ..Part::default() };
        assert!((part.monthly(2) - 75.0).abs() < 0.001);
        let part = Part { hour: 0.1, hours: Some(20.0), each: true, ..Part::default() };
        assert!((part.monthly(2) - 4.0).abs() < 0.001);
    }
}
