//! The charts of the page, each from the points of one curve.

use super::elsewhere::QUOTED;
use super::plot::{Chart, Line, Mark};
use super::points::Points;

/// A file beside the page, and what is drawn in it.
pub(super) struct Drawing {
    pub(super) file: &'static str,
    pub(super) svg: String,
}

pub(super) fn all(points: &Points) -> Vec<Drawing> {
    vec![
        draw("reference.svg", &reference(points)),
        draw("sparse.svg", &sparse(points)),
        draw("fixed.svg", &fixed(points)),
        draw("dense.svg", &dense(points)),
        draw("wholesale.svg", &wholesale(points)),
        draw("compile.svg", &compile(points)),
    ]
}

fn draw(file: &'static str, chart: &Chart<'_>) -> Drawing {
    Drawing { file, svg: chart.svg() }
}

fn reference(points: &Points) -> Chart<'_> {
    let mut lines = three(points, "reference-1");
    for (quoted, class) in QUOTED.iter().zip(["quoted", "quoted2", "quoted3", "quoted4", "quoted5"]) {
        let mark = |(size, milliseconds): &(u64, f64)| Mark {
            size: *size as f64,
            time: milliseconds * 1e6,
            slow: None,
        };
        let points = quoted.points.iter().map(mark).collect();
        lines.push(Line { name: quoted.name.to_owned(), class, points });
    }
    Chart {
        title: "“Buy q of a category, get p % off”: time per cart of 20 lines",
        description: "One core. Solid: this run, whiskers to the 99th percentile. Dashed: measured elsewhere.",
        sizes: "promotions of one rule each",
        lines,
    }
}

fn sparse(points: &Points) -> Chart<'_> {
    Chart {
        title: "A big shop: 5 % of the promotions are about something in the cart",
        description: "Ten rules each, a cart of 20 lines, one core. Whiskers go to the 99th percentile.",
        sizes: "promotions of ten rules each",
        lines: three(points, "sparse"),
    }
}

fn fixed(points: &Points) -> Chart<'_> {
    Chart {
        title: "20 promotions match, however many there are",
        description: "A cart of 20 lines, one core. Whiskers go to the 99th percentile.",
        sizes: "promotions",
        lines: three(points, "fixed"),
    }
}

fn dense(points: &Points) -> Chart<'_> {
    Chart {
        title: "All promotions match, and each takes something off",
        description: "A cart of 20 lines, one core. Dotted: as if each cost what it costs among 100.",
        sizes: "promotions that all apply",
        lines: with_guide(points, "dense"),
    }
}

fn wholesale(points: &Points) -> Chart<'_> {
    Chart {
        title: "Buy two, get the third at half price, as often as it fits",
        description: "20 units in each line, one core. Dotted: as if each line cost what it costs among 5.",
        sizes: "lines of the cart",
        lines: with_guide(points, "wholesale"),
    }
}

fn compile(points: &Points) -> Chart<'_> {
    let lines = vec![
        line(points, "compile", "compile", "all anew", "first"),
        line(points, "compile", "with", "one changed", "second"),
    ];
    Chart {
        title: "From stored documents to a ruleset, and one promotion changed in it",
        description: "One core. Whiskers go to the 99th percentile.",
        sizes: "promotions of ten rules each",
        lines,
    }
}

/// The engine, the naive evaluator and the loop, side by side.
fn three(points: &Points, curve: &str) -> Vec<Line> {
    vec![
        line(points, curve, "engine", "Largesse", "first"),
        line(points, curve, "naive", "our naive evaluator", "second"),
        line(points, curve, "bare", "bare loop in Rust", "third"),
    ]
}

/// The engine, and its first point drawn on in proportion.
fn with_guide(points: &Points, curve: &str) -> Vec<Line> {
    let engine = line(points, curve, "engine", "Largesse", "first");
    let first = engine.points.first().copied();
    let proportional = |mark: &Mark| {
        first.map(|first| Mark { size: mark.size, time: first.time * mark.size / first.size, slow: None })
    };
    let guide = engine.points.iter().filter_map(proportional).collect();
    vec![engine, Line { name: "in proportion".to_owned(), class: "guide", points: guide }]
}

fn line(points: &Points, curve: &str, series: &str, name: &str, class: &'static str) -> Line {
    let points = points.of(curve, series).map(|point| Mark {
        size: point.size as f64,
        time: point.median as f64,
        slow: Some(point.slow as f64),
    });
    Line { name: name.to_owned(), class, points: points.collect() }
}
