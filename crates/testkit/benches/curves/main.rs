//! How the time of an evaluation grows with what it is given.
//!
//! `cargo bench -p testkit --bench curves -- [curve…] [--series <name>] [--size <n>] [--seconds <budget of a point>]`
//! prints a line for every point: curve, series, size, median and 99th percentile in nanoseconds, number of samples.
//! One thread; a sample is one cart, or one ruleset.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a measurement that fails has said why")]

mod sample;

use std::time::Duration;

use engine::promotion::Facts;
use sample::Samples;
use testkit::oracle;
use testkit::workload::{self, Workload, bare, reference, shapes, translate};

const ENGINE: &str = "engine";
const BARE: &str = "bare";
const NAIVE: &str = "naive";
const COMPILE: &str = "compile";
const WITH: &str = "with";

type Curve = (&'static str, fn(&Measure<'_>));

const CURVES: [Curve; 7] = [
    ("reference-1", |measure| measure.all_engines(&[10, 100, 1000, 10_000], |n| reference::workload(n, 1))),
    ("reference-10", |measure| measure.all_engines(&[10, 100, 1000, 10_000], |n| reference::workload(n, 10))),
    ("sparse", |measure| measure.all_engines(&[100, 1000, 10_000], shapes::sparse)),
    ("fixed", |measure| measure.all_engines(&[100, 300, 1000, 3000, 10_000], shapes::fixed)),
    ("dense", |measure| measure.only_ours(&[100, 300, 1000, 3000, 10_000], shapes::dense)),
    ("wholesale", |measure| measure.only_ours(&[5, 50, 150, 500], shapes::wholesale)),
    ("compile", |measure| [100, 1000, 10_000].into_iter().for_each(|size| measure.compile(size))),
];

/// What was asked for; all when left out.
struct Asked {
    curves: Vec<String>,
    series: Option<String>,
    size: Option<u32>,
    /// For each point.
    budget: Duration,
}

/// The measurements of one curve.
struct Measure<'a> {
    curve: &'static str,
    asked: &'a Asked,
}

impl Measure<'_> {
    /// Times a point if it was asked for, and prints it.
    fn point<I, O>(&self, series: &str, size: u32, inputs: &[I], work: impl FnMut(&I) -> O) {
        let Samples { count, median, slow } = Samples::take(self.asked.budget, inputs, work);
        let [median, slow] = [median, slow].map(|time| time.as_nanos());
        println!("{}\t{series}\t{size}\t{median}\t{slow}\t{count}", self.curve);
    }

    /// Whether it was asked for.
    fn wants(&self, series: &str, size: u32) -> bool {
        self.asked.series.as_ref().is_none_or(|asked| asked == series)
            && self.asked.size.is_none_or(|asked| asked == size)
    }

    fn all_engines(&self, sizes: &[u32], make: impl Fn(u32) -> Workload) {
        for size in sizes {
            let workload = make(*size);
            self.engine(*size, &workload);
            self.bare_loop(*size, &workload);
            self.naive(*size, &workload);
        }
    }

    fn only_ours(&self, sizes: &[u32], make: impl Fn(u32) -> Workload) {
        sizes.iter().for_each(|size| self.engine(*size, &make(*size)));
    }

    fn engine(&self, size: u32, workload: &Workload) {
        if self.wants(ENGINE, size) {
            let (ruleset, facts) = (workload.ruleset(), Facts::default());
            let evaluate = |cart: &_| workload::evaluate(&ruleset, cart, &facts);
            self.point(ENGINE, size, &workload.engine_carts(), evaluate);
        }
    }

    fn bare_loop(&self, size: u32, workload: &Workload) {
        if self.wants(BARE, size) {
            let qualifying = |cart: &_| bare::qualifying(&workload.promotions, cart);
            self.point(BARE, size, &workload.carts, qualifying);
        }
    }

    fn naive(&self, size: u32, workload: &Workload) {
        if self.wants(NAIVE, size) {
            let (offers, facts, settings) = (workload.offers(), Facts::default(), workload::settings());
            let evaluate = |cart: &_| oracle::evaluate(&settings, &offers, cart, &facts, workload::now());
            self.point(NAIVE, size, &workload.engine_carts(), evaluate);
        }
    }

    /// All promotions anew, and one of them changed.
    fn compile(&self, size: u32) {
        let documents = shapes::sparse(size).documents();
        if self.wants(COMPILE, size) {
            self.point(COMPILE, size, &[&documents], |documents| workload::compile(documents));
        }
        if self.wants(WITH, size) {
            let ruleset = workload::compile(&documents);
            let changed = translate::document(&shapes::one_more());
            let with = |id: &u64| ruleset.with(&workload::definition(*id, &changed)).unwrap();
            self.point(WITH, size, &(1..=u64::from(size)).collect::<Vec<_>>(), with);
        }
    }
}

impl Asked {
    fn read(words: impl Iterator<Item = String>) -> Self {
        let mut asked = Self { curves: Vec::new(), series: None, size: None, budget: Duration::from_secs(1) };
        let mut words = words.filter(|word| word != "--bench");
        while let Some(word) = words.next() {
            match word.as_str() {
                "--series" => asked.series = words.next(),
                "--size" => asked.size = words.next().map(|size| size.parse().unwrap()),
                "--seconds" => {
                    asked.budget = Duration::from_secs_f64(words.next().unwrap().parse().unwrap());
                }
                _ => asked.curves.push(word),
            }
        }
        asked
    }
}

fn main() {
    let asked = Asked::read(std::env::args().skip(1));
    for (curve, measure) in CURVES {
        if asked.curves.is_empty() || asked.curves.iter().any(|asked| asked == curve) {
            measure(&Measure { curve, asked: &asked });
        }
    }
}
