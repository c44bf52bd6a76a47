//! `docs/performance.md`: a template, and the numbers of one run.

use super::elsewhere::QUOTED;
use super::figures::{count, time, times};
use super::points::{Point, Points};
use super::targets::{self, Target};

const TEMPLATE: &str = include_str!("../templates/performance.md.txt");

const NOT_MEASURED: &str = "not measured in this run";

pub(super) fn write(machine: &str, points: &Points) -> String {
    let memory = points.find("memory", "rule", 10_000).map_or("?".to_owned(), |point| count(point.median));
    let parts = [
        ("machine", machine.to_owned()),
        ("targets", targets::all(points).iter().map(target).collect()),
        ("sparse", side_by_side(points, "sparse")),
        ("fixed", side_by_side(points, "fixed")),
        ("dense", each(points, "dense", "promotions")),
        ("wholesale", each(points, "wholesale", "lines")),
        ("memory", memory),
        ("compile", compile(points)),
        ("reference", side_by_side(points, "reference-1")),
        ("reference10", side_by_side(points, "reference-10")),
        ("elsewhere", elsewhere()),
        ("http", http(points)),
        ("stored", stored(points)),
        ("redemptions", redemptions(points)),
        ("inside", inside(points)),
        ("overload", overload(points)),
        ("codes", codes(points)),
        ("instructions", instructions(points)),
    ];
    parts
        .into_iter()
        .fold(TEMPLATE.to_owned(), |page, (name, text)| page.replace(&format!("{{{name}}}"), text.trim_end()))
}

fn target(target: &Target) -> String {
    let Target { what, asked, found, command } = target;
    let (words, verdict) = match found {
        Some(found) => (found.words.as_str(), if found.is_met { "yes" } else { "**no**" }),
        None => (NOT_MEASURED, "–"),
    };
    format!("| {what} | {asked} | {words} | {verdict} | `{command}` |\n")
}

/// The engine, the naive evaluator and the loop by size, with how many times faster the engine is.
fn side_by_side(points: &Points, curve: &str) -> String {
    let mut table = "| promotions | Largesse p50 | p99 | naive p50 | naive / Largesse | bare loop p50 | \
         Largesse / loop |\n|--:|--:|--:|--:|--:|--:|--:|\n"
        .to_owned();
    for engine in points.of(curve, "engine") {
        let other = |series: &str| points.find(curve, series, engine.size).map(|point| point.median);
        let (naive, bare) = (other("naive"), other("bare"));
        let ratio = |over: Option<u64>, under: Option<u64>| match (over, under) {
            (Some(over), Some(under)) => times(over as f64 / under.max(1) as f64),
            _ => "–".to_owned(),
        };
        table.push_str(&format!(
            "| {} | {} | {} | {} | {} | {} | {} |\n",
            count(engine.size),
            time(engine.median),
            time(engine.slow),
            naive.map_or("–".to_owned(), time),
            ratio(naive, Some(engine.median)),
            bare.map_or("–".to_owned(), time),
            ratio(Some(engine.median), bare),
        ));
    }
    table
}

/// The engine by size, and what one of them costs.
fn each(points: &Points, curve: &str, sizes: &str) -> String {
    let mut table = format!("| {sizes} | p50 | p99 | p50 for each |\n|--:|--:|--:|--:|\n");
    for Point { size, median, slow, .. } in points.of(curve, "engine") {
        let (median, slow, one) = (time(*median), time(*slow), time(median / size));
        table.push_str(&format!("| {} | {median} | {slow} | {one} |\n", count(*size)));
    }
    table
}

fn compile(points: &Points) -> String {
    let mut table = "| promotions of 10 rules | all p50 | p99 | one changed p50 | p99 |\n\
         |--:|--:|--:|--:|--:|\n"
        .to_owned();
    for all in points.of("compile", "compile") {
        let Some(with) = points.find("compile", "with", all.size) else { continue };
        let times = [all.median, all.slow, with.median, with.slow].map(time).join(" | ");
        table.push_str(&format!("| {} | {times} |\n", count(all.size)));
    }
    table
}

fn elsewhere() -> String {
    let mut table = "| engine | 100 promotions | 1,000 | 10,000 | |\n|---|--:|--:|--:|---|\n".to_owned();
    for quoted in &QUOTED {
        let at = |size: u64| {
            let found = quoted.points.iter().find(|(known, _)| *known == size);
            found.map_or("–".to_owned(), |(_, milliseconds)| time((milliseconds * 1e6).round() as u64))
        };
        let (name, note) = (quoted.name, quoted.note);
        table.push_str(&format!("| {name} | {} | {} | {} | {note} |\n", at(100), at(1000), at(10_000)));
    }
    table
}

fn http(points: &Points) -> String {
    let mut table = "| promotions | endpoint | processor time | requests a second and core | p50 | p99 |\n\
         |--:|---|--:|--:|--:|--:|\n"
        .to_owned();
    for (series, name) in [("evaluate", "`POST /v1/evaluate`"), ("echo", "reads and writes the same")] {
        let processor_series = format!("{series}-processor");
        for processor in points.of("http", &processor_series) {
            let Some(latency) = points.find("http", &format!("{series}-latency"), processor.size) else {
                continue;
            };
            let a_second = count(1_000_000_000 / processor.median.max(1));
            let times = [latency.median, latency.slow].map(time).join(" | ");
            let (size, cost) = (count(processor.size), time(processor.median));
            table.push_str(&format!("| {size} | {name} | {cost} | {a_second} | {times} |\n"));
        }
    }
    if points.of("http", "evaluate-processor").next().is_none() { NOT_MEASURED.to_owned() } else { table }
}

fn stored(points: &Points) -> String {
    let mut table =
        "| stored | active | first request | processor time of a request |\n|--:|--:|--:|--:|\n".to_owned();
    for request in points.of("stored", "request") {
        let load = points.find("stored", "load", request.size).map_or("–".to_owned(), |it| time(it.median));
        let (size, cost) = (count(request.size), time(request.median));
        table.push_str(&format!("| {size} | 200 | {load} | {cost} |\n"));
    }
    if points.of("stored", "request").next().is_none() { NOT_MEASURED.to_owned() } else { table }
}

/// What was done in a second, and how long callers waited.
fn redemptions(points: &Points) -> String {
    let mut table = "| what | callers | a second | waited p50 | p99 |\n|---|--:|--:|--:|--:|\n".to_owned();
    let rows = [
        ("a flush of the disk", "flush"),
        ("SQLite, a transaction for each", "sqlite-one-by-one"),
        ("SQLite, at the desk", "sqlite-desk"),
        ("PostgreSQL, a transaction for each, one hot row", "postgres-one-by-one"),
        ("PostgreSQL, at the desk, the same row", "postgres-desk"),
        ("whole orders over HTTP, SQLite", "http-orders"),
    ];
    for (what, series) in rows {
        for point in points.of("redemptions", series) {
            let (median, slow) = (time(point.median), time(point.slow));
            let (callers, done) = (count(point.size), count(point.samples));
            table.push_str(&format!("| {what} | {callers} | {done} | {median} | {slow} |\n"));
        }
    }
    if points.curve("redemptions").next().is_none() { NOT_MEASURED.to_owned() } else { table }
}

/// How much is done, and how long each waits, by how many are inside at once.
fn inside(points: &Points) -> String {
    let mut table = "| inside at once | orders a second | waited p50 | p99 |\n|--:|--:|--:|--:|\n".to_owned();
    for point in points.of("redemptions", "overload-inside") {
        let (median, slow) = (time(point.median), time(point.slow));
        table.push_str(&format!(
            "| {} | {} | {median} | {slow} |\n",
            count(point.size),
            count(point.samples)
        ));
    }
    if points.of("redemptions", "overload-inside").next().is_none() { NOT_MEASURED.to_owned() } else { table }
}

/// What became of orders that came on a schedule.
fn overload(points: &Points) -> String {
    let mut table = "| when | offered a second | placed a second | waited p50 | p99 | sent away a second | told so p50 | p99 | \
         not sent a second |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|\n"
        .to_owned();
    let rows = [
        ("before, half of what can be done", "calm"),
        ("ten times as much", "over"),
        ("a second after it", "after"),
    ];
    for (when, series) in rows {
        let find = |what: &str| {
            let series = format!("overload-{series}{what}");
            points.curve("redemptions").find(|point| point.series == series)
        };
        let Some(placed) = find("") else { return NOT_MEASURED.to_owned() };
        let shed = find("-shed");
        let cells = [
            count(placed.size),
            count(placed.samples),
            time(placed.median),
            time(placed.slow),
            count(shed.map_or(0, |point| point.samples)),
            shed.map_or("–".to_owned(), |point| time(point.median)),
            shed.map_or("–".to_owned(), |point| time(point.slow)),
            count(find("-unsent").map_or(0, |point| point.samples)),
        ];
        table.push_str(&format!("| {when} | {} |\n", cells.join(" | ")));
    }
    table
}

fn codes(points: &Points) -> String {
    let mut table =
        "| codes | made and stored | another writer waits, p99 | exported | lookup p50 | p99 | in another \
         spelling | unknown | mistyped | memory |\n|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"
            .to_owned();
    for made in points.of("codes", "generate") {
        let find = |series: &str| points.find("codes", series, made.size);
        let median = |series: &str| find(series).map_or("–".to_owned(), |point| time(point.median));
        let slow = |series: &str| find(series).map_or("–".to_owned(), |point| time(point.slow));
        let cells = [
            count(made.size),
            time(made.median),
            slow("other-writer"),
            median("export"),
            median("lookup"),
            slow("lookup"),
            median("lookup-loose"),
            median("lookup-unknown"),
            median("lookup-mistyped"),
            find("memory").map_or("–".to_owned(), |bytes| format!("{} MB", bytes.median / 1_000_000)),
        ];
        table.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    if points.of("codes", "generate").next().is_none() { NOT_MEASURED.to_owned() } else { table }
}

fn instructions(points: &Points) -> String {
    let counts = points.curve("instructions");
    counts.map(|point| format!("| `{}` | {} |\n", point.series, count(point.median))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_the_template_is_filled() {
        let page = write("a machine", &Points::default());
        assert!(page.contains("Measured on: a machine."));
        assert!(!page.contains('{') && !page.contains('}'), "{page}");
    }

    #[test]
    fn the_ratio_to_the_naive_evaluator_is_told() {
        let points =
            Points::read("sparse\tengine\t100\t1000\t2000\t9\nsparse\tnaive\t100\t12000\t13000\t9\n");
        let table = side_by_side(&points, "sparse");
        assert!(table.ends_with("| 100 | 1.00 µs | 2.00 µs | 12.0 µs | 12.0x | – | – |\n"), "{table}");
    }
}
