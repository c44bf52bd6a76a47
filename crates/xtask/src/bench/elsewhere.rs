//! Times of other engines, as they were measured elsewhere: two cores, the same workload, the median per cart.

/// A series that is quoted. Nothing here was measured by us in this run.
pub(super) struct Quoted {
    pub(super) name: &'static str,
    /// Promotions of one rule each, and milliseconds.
    pub(super) points: &'static [(u64, f64)],
    /// What else is known of it.
    pub(super) note: &'static str,
}

pub(super) const QUOTED: [Quoted; 5] = [
    Quoted {
        name: "Node framework A",
        points: &[(100, 22.0), (1000, 66.0), (10_000, 1728.0)],
        note: "a commerce framework with PostgreSQL",
    },
    Quoted {
        name: "Node framework B",
        points: &[(100, 39.0), (1000, 388.0), (10_000, 4357.0)],
        note: "another",
    },
    Quoted {
        name: "Python framework",
        points: &[(100, 1110.0), (1000, 10_000.0)],
        note: "a commerce framework; over 10 s at 1,000 promotions, drawn as 10 s",
    },
    Quoted {
        name: "Rust rule engine",
        points: &[(100, 0.1), (1000, 0.6), (10_000, 7.1)],
        note: "conditions only, no prices; 51 ms with 10,000 promotions of 10 rules",
    },
    Quoted {
        name: "JavaScript loop",
        points: &[(100, 0.0045), (1000, 0.028), (10_000, 0.26)],
        note: "conditions only, no prices; 2.4 ms with 10,000 promotions of 10 rules",
    },
];
