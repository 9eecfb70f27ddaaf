//! Medians, quartiles and geometric means.

use serde::Serialize;

/// A median with the quartiles around it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    pub median: f64,
    pub low: f64,
    pub high: f64,
}

impl Spread {
    pub fn of(values: &[f64]) -> Option<Spread> {
        Some(Spread {
            median: quantile(values, 0.5)?,
            low: quantile(values, 0.25)?,
            high: quantile(values, 0.75)?,
        })
    }

    pub fn scaled(self, factor: f64) -> Spread {
        Spread { median: self.median * factor, low: self.low * factor, high: self.high * factor }
    }

    /// Half the distance between the quartiles.
    pub fn half_range(&self) -> f64 {
        (self.high - self.low) / 2.0
    }
}

pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// Between two values, the point on the line that joins them.
fn quantile(values: &[f64], part: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = part * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    Some(below + (above - below) * at.fract())
}

/// Nothing for no values, and for values that have no logarithm.
pub fn geomean(values: &[f64]) -> Option<f64> {
    if values.is_empty() || values.iter().any(|value| !value.is_finite() || *value <= 0.0) {
        return None;
    }
    Some((values.iter().map(|value| value.ln()).sum::<f64>() / values.len() as f64).exp())
}

/// The geometric mean of several programs' medians.
pub fn mean_of_medians(programs: &[Vec<f64>]) -> Option<f64> {
    geomean(&programs.iter().map(|values| median(values)).collect::<Option<Vec<f64>>>()?)
}

/// Draws of the bootstrap, and of them those beyond each end of the interval.
const DRAWS: usize = 4000;
const BEYOND: usize = DRAWS / 40;

/// Where [`mean_of_medians`] lies in 95 % of the cases, if each program's values are drawn anew from those there are (the
/// bootstrap, Efron 1979). The same values give the same interval.
pub fn interval(programs: &[Vec<f64>]) -> Option<[f64; 2]> {
    let mut seed = 1u64;
    let mut draw = |bound: usize| {
        // An LCG of Knuth's; its upper bits are good enough here.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((seed >> 33) as usize * bound) >> 31
    };
    let mut means = Vec::with_capacity(DRAWS);
    for _ in 0..DRAWS {
        let mut again =
            |values: &Vec<f64>| values.iter().map(|_| values[draw(values.len())]).collect();
        means.push(mean_of_medians(&programs.iter().map(&mut again).collect::<Vec<_>>())?);
    }
    means.sort_by(f64::total_cmp);
    Some([means[BEYOND], means[DRAWS - 1 - BEYOND]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_quartiles() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        let spread = Spread::of(&[5.0, 1.0, 4.0, 2.0, 3.0]).unwrap();
        assert_eq!(spread, Spread { median: 3.0, low: 2.0, high: 4.0 });
        assert_eq!(spread.half_range(), 1.0);
        assert_eq!(spread.scaled(2.0).high, 8.0);
        assert_eq!(Spread::of(&[1.0, 2.0]).unwrap().low, 1.25);
    }

    #[test]
    fn an_interval_is_around_the_mean_and_as_wide_as_the_values_differ() {
        let programs = |step: f64| -> Vec<Vec<f64>> {
            let values = (0..15).map(|at| 1.0 + step * f64::from(at - 7));
            vec![values.collect(); 4]
        };
        assert_eq!(interval(&programs(0.0)), Some([1.0, 1.0]));
        let [[low, high], [lower, higher]] =
            [0.01, 0.02].map(|step| interval(&programs(step)).unwrap());
        assert!(lower < low && low < 1.0 && 1.0 < high && high < higher, "{low} {high}");
        assert_eq!(interval(&[]), None);
        assert_eq!(interval(&[vec![]]), None);
    }

    #[test]
    fn geometric_means() {
        assert_eq!(geomean(&[]), None);
        assert_eq!(geomean(&[1.0, 0.0]), None);
        assert_eq!(geomean(&[1.0, f64::NAN]), None);
        assert!((geomean(&[0.5, 2.0]).unwrap() - 1.0).abs() < 1e-12);
        assert!((geomean(&[1.0, 8.0, 27.0]).unwrap() - 6.0).abs() < 1e-12);
    }
}
