//! The kinds of jobs that take in rows of files: one for what is sold, one for who buys.

use super::service::{self, CATALOG_KIND, CUSTOMERS_KIND};
use crate::access::Permission;
use crate::job::Kind;

/// Takes in products, variants, categories, brands and sellers.
pub const CATALOG: Kind = Kind {
    name: CATALOG_KIND,
    permission: Permission::ManageProducts,
    step: |app, job| Box::pin(service::import_step(app, job)),
};

/// Takes in customers, their groups and segments.
pub const CUSTOMERS: Kind = Kind {
    name: CUSTOMERS_KIND,
    permission: Permission::ManageCustomers,
    step: |app, job| Box::pin(service::import_step(app, job)),
};
