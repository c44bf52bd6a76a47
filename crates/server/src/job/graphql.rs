//! Jobs in the graph.

use crate::graphql::{Part, list, mutation, query};

/// What jobs add to the graph.
pub(crate) fn part() -> Part {
    Part {
        operations: vec![
            query("job", "getJob"),
            list("jobs", "listJobs", "Job"),
            mutation("jobPause", "pauseJob"),
            mutation("jobResume", "resumeJob"),
            mutation("jobCancel", "cancelJob"),
        ],
        ..Part::default()
    }
}
