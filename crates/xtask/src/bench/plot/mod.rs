//! Line charts on logarithmic axes, as SVG that is read in light and in dark.

mod axis;

use std::cmp::Ordering;
use std::fmt::Write as _;

use super::figures;
use axis::Axis;

const WIDTH: f64 = 800.0;
const HEIGHT: f64 = 460.0;
const LEFT: f64 = 76.0;
const RIGHT: f64 = 610.0;
const TOP: f64 = 78.0;
const BOTTOM: f64 = 398.0;
/// What two names at the ends of lines keep apart.
const NAME_HEIGHT: f64 = 17.0;

const STYLE: &str = include_str!("style.css");

/// Times over sizes.
#[derive(Debug)]
pub(super) struct Chart<'a> {
    pub(super) title: &'a str,
    /// Said below the title, and to those who do not see the chart.
    pub(super) description: &'a str,
    /// What the sizes are.
    pub(super) sizes: &'a str,
    pub(super) lines: Vec<Line>,
}

/// One series.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) name: String,
    /// A class of the style sheet.
    pub(super) class: &'static str,
    pub(super) points: Vec<Mark>,
}

/// A point of a line. Times in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) size: f64,
    pub(super) time: f64,
    /// How far up a whisker goes.
    pub(super) slow: Option<f64>,
}

impl Chart<'_> {
    pub(super) fn svg(&self) -> String {
        let marks = || self.lines.iter().flat_map(|line| &line.points);
        let x = Axis::over(marks().map(|mark| mark.size), LEFT, RIGHT);
        let times = marks().flat_map(|mark| [mark.time, mark.slow.unwrap_or(mark.time)]);
        let y = Axis::over(times, BOTTOM, TOP);
        let mut svg = self.head();
        svg.push_str(&grid(x, y));
        let _ = writeln!(
            svg,
            r#"<text class="label" x="{}" y="{}" text-anchor="middle">{}</text>"#,
            (LEFT + RIGHT) / 2.0,
            BOTTOM + 44.0,
            escape(self.sizes)
        );
        for line in &self.lines {
            svg.push_str(&line.draw(x, y));
        }
        svg.push_str(&self.names(x, y));
        svg.push_str("</svg>\n");
        svg
    }

    fn head(&self) -> String {
        let (title, description) = (escape(self.title), escape(self.description));
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="title description">
<title id="title">{title}</title>
<desc id="description">{description}</desc>
<style>
{STYLE}</style>
<rect class="ground" x="0.5" y="0.5" width="{}" height="{}" rx="8"/>
<text class="title" x="24" y="34">{title}</text>
<text class="label" x="24" y="56">{description}</text>
"#,
            WIDTH - 1.0,
            HEIGHT - 1.0
        )
    }

    /// Each name beside the end of its line, moved down where it would cover another.
    fn names(&self, x: Axis, y: Axis) -> String {
        let mut names: Vec<(f64, f64, &Line)> = self
            .lines
            .iter()
            .filter_map(|line| line.points.last().map(|mark| (x.place(mark.size), y.place(mark.time), line)))
            .collect();
        names
            .sort_by(|one, other| (one.0, one.1).partial_cmp(&(other.0, other.1)).unwrap_or(Ordering::Equal));
        let mut last = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        let mut text = String::new();
        for (right, height, line) in names {
            let is_below = (right - last.0).abs() < 1.0;
            let height = if is_below { height.max(last.1 + NAME_HEIGHT) } else { height };
            last = (right, height);
            let (class, name) = (line.class, escape(&line.name));
            let (at, baseline) = (right + 14.0, height + 4.0);
            let _ =
                writeln!(text, r#"<text class="name {class}" x="{at:.1}" y="{baseline:.1}">{name}</text>"#);
        }
        text
    }
}

impl Line {
    fn draw(&self, x: Axis, y: Axis) -> String {
        let class = self.class;
        let mut svg = String::new();
        let places: Vec<(f64, f64)> =
            self.points.iter().map(|mark| (x.place(mark.size), y.place(mark.time))).collect();
        let path: Vec<String> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(svg, r#"<polyline class="line {class}" points="{}"/>"#, path.join(" "));
        for (mark, (at, median)) in self.points.iter().zip(places) {
            if let Some(slow) = mark.slow {
                let slow = y.place(slow);
                let _ = writeln!(
                    svg,
                    r#"<path class="line whisker {class}" d="M{at:.1},{median:.1}V{slow:.1}m-4,0h8"/>"#
                );
            }
            let words = format!(
                "{}: {} at {}",
                escape(&self.name),
                figures::time(mark.time as u64),
                figures::count(mark.size as u64)
            );
            let _ = writeln!(
                svg,
                r#"<circle class="mark {class}" cx="{at:.1}" cy="{median:.1}" r="3.5"><title>{words}</title></circle>"#
            );
        }
        svg
    }
}

fn grid(x: Axis, y: Axis) -> String {
    let mut svg = String::new();
    for tick in x.ticks() {
        let (at, class) = (x.place(tick.value), if tick.is_decade { "grid" } else { "grid faint" });
        let _ = writeln!(svg, r#"<path class="{class}" d="M{at:.1},{TOP}V{BOTTOM}"/>"#);
        if tick.is_decade {
            let (words, below) = (figures::count(tick.value as u64), BOTTOM + 20.0);
            let _ = writeln!(
                svg,
                r#"<text class="label" x="{at:.1}" y="{below}" text-anchor="middle">{words}</text>"#
            );
        }
    }
    for tick in y.ticks() {
        let (at, class) = (y.place(tick.value), if tick.is_decade { "grid" } else { "grid faint" });
        let _ = writeln!(svg, r#"<path class="{class}" d="M{LEFT},{at:.1}H{RIGHT}"/>"#);
        if tick.is_decade {
            let (words, before) = (round_time(tick.value), LEFT - 10.0);
            let _ = writeln!(
                svg,
                r#"<text class="label" x="{before}" y="{:.1}" text-anchor="end">{words}</text>"#,
                at + 4.0
            );
        }
    }
    svg
}

/// A power of ten nanoseconds without digits that say nothing: `10 ms`.
fn round_time(nanoseconds: f64) -> String {
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")];
    let (size, unit) =
        units.into_iter().find(|(size, _)| nanoseconds * 1.000_1 >= *size).unwrap_or((1.0, "ns"));
    format!("{:.0} {unit}", nanoseconds / size)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, time: f64) -> Line {
        let mark = |size: f64| Mark { size, time: time * size, slow: Some(time * size * 2.0) };
        Line { name: name.to_owned(), class: "first", points: vec![mark(10.0), mark(1000.0)] }
    }

    #[test]
    fn a_chart_says_what_it_shows_and_names_lie_apart() {
        let lines = vec![line("ours & theirs", 5000.0), line("bare", 5001.0)];
        let chart = Chart { title: "Time < size", description: "It grows.", sizes: "promotions", lines };
        let svg = chart.svg();
        assert!(
            svg.contains("<title id=\"title\">Time &lt; size</title>") && svg.contains("ours &amp; theirs")
        );
        let heights: Vec<f64> = svg
            .lines()
            .filter(|line| line.contains("class=\"name"))
            .filter_map(|line| line.split("y=\"").nth(1)?.split('"').next()?.parse().ok())
            .collect();
        assert!((heights[1] - heights[0] - NAME_HEIGHT).abs() < 0.11, "{heights:?}");
    }

    #[test]
    fn decades_are_written_round() {
        assert_eq!([1.0, 1e4, 1e6, 1e10].map(round_time), ["1 ns", "10 µs", "1 ms", "10 s"]);
    }
}
