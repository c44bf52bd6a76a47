//! The kind of job that takes in the rows of a file.

use super::service;
use crate::job::Kind;

/// Takes in the rows of a file.
pub const IMPORT: Kind =
    Kind { name: service::KIND, step: |app, job| Box::pin(service::import_step(app, job)) };
