//! What compiled rules keep in memory: `cargo bench -p testkit --bench memory`.
//!
//! Prints a line for every size: `memory`, the series, the number of rules, bytes kept for each, twice, and 1: the form
//! in which times are printed.

use testkit::workload::{self, shapes};

/// Knows how many bytes are in use at any time.
#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const RULES_OF_A_PROMOTION: usize = 10;

fn main() {
    let _profiler = dhat::Profiler::builder().testing().trim_backtraces(Some(1)).build();
    for promotions in [100, 1000] {
        let documents = shapes::sparse(promotions).documents();
        let before = dhat::HeapStats::get().curr_bytes;
        let ruleset = workload::compile(&documents);
        let kept = dhat::HeapStats::get().curr_bytes - before;
        let rules = ruleset.len() * RULES_OF_A_PROMOTION;
        let each = kept / rules;
        println!("memory\trule\t{rules}\t{each}\t{each}\t1");
    }
}
