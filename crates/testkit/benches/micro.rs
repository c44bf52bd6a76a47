//! The hot paths of the engine, each alone: `cargo bench -p testkit --bench micro`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a program that only measures"
)]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use engine::coupon;
use engine::document::Context;
use engine::money::{Minor, Rate, allocate};
use engine::promotion::{self, Facts};
use testkit::workload::{self, Workload, reference, shapes, translate};

const ONE_SECOND: Duration = Duration::from_secs(1);

fn money(criterion: &mut Criterion) {
    let rate = Rate::parse("12.5").unwrap();
    criterion.bench_function("money/percentage", |bencher| {
        bencher.iter(|| black_box(rate).of(black_box(Minor::new(123_456))));
    });
    let weights: Vec<Minor> = (1..=20).map(|weight| Minor::new(weight * 999)).collect();
    criterion.bench_function("money/allocate over 20 lines", |bencher| {
        bencher.iter(|| allocate(black_box(Minor::new(12_345)), black_box(&weights)));
    });
}

fn documents(criterion: &mut Criterion) {
    criterion.bench_function("coupon/normal form of a code", |bencher| {
        bencher.iter(|| coupon::normalise(black_box("spring-2026-äöü")));
    });
    let context = Context { default_currency: translate::currency(), now: workload::now() };
    let document = translate::document(&shapes::one_more());
    criterion.bench_function("promotion/parse, 10 rules", |bencher| {
        bencher.iter(|| promotion::parse(black_box(&document), &context));
    });
}

fn evaluations(criterion: &mut Criterion) {
    let mut bench = |name: &str, workload: &Workload| {
        let (ruleset, carts) = (workload.ruleset(), workload.engine_carts());
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| workload::evaluate(&ruleset, black_box(&carts[0]), &Facts::default()));
        });
    };
    bench("evaluate/no promotion", &Workload { promotions: Vec::new(), ..reference::workload(10, 1) });
    bench("evaluate/20 that match of 20", &shapes::fixed(20));
    bench("evaluate/20 that match of 1,000", &shapes::fixed(1000));
    bench("evaluate/100 that all match", &shapes::dense(100));
    bench("evaluate/50 lines of 20 units, buy two get one", &shapes::wholesale(50));
}

criterion_group! {
    name = hot_paths;
    config = Criterion::default().sample_size(20).warm_up_time(ONE_SECOND).measurement_time(ONE_SECOND * 2);
    targets = money, documents, evaluations
}
criterion_main!(hot_paths);
