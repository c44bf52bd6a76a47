//! The kinds of jobs that make and take in codes.

use super::service;
use crate::access::Permission;
use crate::job::Kind;

/// Makes codes.
pub const GENERATE: Kind = Kind {
    name: service::GENERATE_KIND,
    permission: Permission::EditPromotions,
    step: |app, job| Box::pin(service::generate_step(app, job)),
};

/// Takes in codes of a file.
pub const IMPORT: Kind = Kind {
    name: service::IMPORT_KIND,
    permission: Permission::EditPromotions,
    step: |app, job| Box::pin(service::import_step(app, job)),
};
