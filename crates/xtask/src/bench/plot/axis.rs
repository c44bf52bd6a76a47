//! A logarithmic axis: where values stand on it, and where its lines are drawn.

#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    /// Powers of ten.
    low: f64,
    high: f64,
    /// Where these stand, in pixels.
    start: f64,
    end: f64,
}

/// A line of the grid.
#[derive(Debug, PartialEq)]
pub(super) struct Tick {
    pub(super) value: f64,
    pub(super) is_decade: bool,
}

impl Axis {
    /// Over whole decades that hold all values; one decade at least.
    pub(super) fn over(values: impl Iterator<Item = f64> + Clone, start: f64, end: f64) -> Self {
        let logarithms = values.filter(|value| *value > 0.0).map(f64::log10);
        let low = logarithms.clone().fold(f64::INFINITY, f64::min).floor();
        let low = if low.is_finite() { low } else { 0.0 };
        let high = logarithms.fold(low + 1.0, f64::max).ceil();
        Self { low, high, start, end }
    }

    pub(super) fn place(self, value: f64) -> f64 {
        let part = (value.log10() - self.low) / (self.high - self.low);
        self.start + part * (self.end - self.start)
    }

    /// The decades, and faint lines between them.
    pub(super) fn ticks(self) -> Vec<Tick> {
        let decades = self.low as i32..=self.high as i32;
        let tick = |decade: i32, factor: u32| Tick {
            value: 10f64.powi(decade) * f64::from(factor),
            is_decade: factor == 1,
        };
        let within = |tick: &Tick| tick.value <= 10f64.powf(self.high) * 1.000_1;
        decades.flat_map(|decade| [1, 2, 5].map(|factor| tick(decade, factor))).filter(within).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_spans_whole_decades() {
        let axis = Axis::over([30.0, 4000.0].into_iter(), 0.0, 300.0);
        assert_eq!([axis.place(10.0), axis.place(100.0), axis.place(10_000.0)], [0.0, 100.0, 300.0]);
        let ticks = axis.ticks();
        assert_eq!(ticks.iter().filter(|tick| tick.is_decade).count(), 4);
        assert_eq!(ticks.last(), Some(&Tick { value: 10_000.0, is_decade: true }));
    }
}
