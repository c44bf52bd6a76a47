//! Reservations in the graph.

use crate::graphql::{Part, mutation, query};

/// What redemption adds to the graph.
pub(crate) fn part() -> Part {
    Part {
        operations: vec![
            query("reservation", "getReservation"),
            mutation("reservationCreate", "reserve"),
            mutation("reservationRenew", "renewReservation"),
            mutation("reservationRelease", "releaseReservation"),
        ],
        ..Part::default()
    }
}
