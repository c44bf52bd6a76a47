//! What benchmarks print: lines of curve, series, size, median, 99th percentile and number of samples.

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) curve: String,
    pub(super) series: String,
    pub(super) size: u64,
    /// Nanoseconds, where the series does not say otherwise.
    pub(super) median: u64,
    pub(super) slow: u64,
    pub(super) samples: u64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Points(Vec<Point>);

impl Points {
    /// Those among the lines of an output.
    pub(super) fn read(output: &str) -> Self {
        Self(output.lines().filter_map(Point::read).collect())
    }

    pub(super) fn add(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As they are read.
    pub(super) fn text(&self) -> String {
        self.0.iter().map(|point| point.line() + "\n").collect()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Point> {
        self.0.iter()
    }

    pub(super) fn curve<'a>(&'a self, curve: &'a str) -> impl Iterator<Item = &'a Point> {
        self.0.iter().filter(move |point| point.curve == curve)
    }

    pub(super) fn find(&self, curve: &str, series: &str, size: u64) -> Option<&Point> {
        let is_it = |point: &&Point| point.curve == curve && point.series == series && point.size == size;
        self.0.iter().find(is_it)
    }

    /// A series, in the order measured.
    pub(super) fn of<'a>(&'a self, curve: &'a str, series: &'a str) -> impl Iterator<Item = &'a Point> {
        self.curve(curve).filter(move |point| point.series == series)
    }
}

impl Point {
    fn read(line: &str) -> Option<Self> {
        let mut parts = line.split('\t');
        let (curve, series) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        let mut number = || parts.next()?.trim().parse().ok();
        let (size, median, slow, samples) = (number()?, number()?, number()?, number()?);
        Some(Self { curve, series, size, median, slow, samples })
    }

    fn line(&self) -> String {
        let Self { curve, series, size, median, slow, samples } = self;
        format!("{curve}\t{series}\t{size}\t{median}\t{slow}\t{samples}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_found_among_what_cargo_prints() {
        let line = "dense\tengine\t300\t1580233\t1655646\t315";
        let output = format!("   Compiling engine v0.1.0\n{line}\n     Running benches/curves/main.rs\n");
        let points = Points::read(&output);
        assert_eq!(points.text(), format!("{line}\n"));
        assert_eq!(points.find("dense", "engine", 300).map(|point| point.slow), Some(1_655_646));
        assert_eq!(points.find("dense", "engine", 100), None);
    }
}
