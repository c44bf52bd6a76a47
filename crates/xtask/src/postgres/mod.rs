//! A PostgreSQL server of its own for one run of the tests or measurements.

mod account;
mod binaries;
mod cluster;
mod keeper;

pub(crate) use cluster::{Cluster, Durability};

use crate::debian;
use crate::step::Progress;
use binaries::Binaries;

/// Finds PostgreSQL, installs it when we may, and starts a server which ends with the value.
///
/// Errors: what is missing, or what PostgreSQL said.
pub(crate) fn start(progress: &Progress<'_>, durability: Durability) -> Result<Cluster, String> {
    let binaries = match Binaries::find() {
        Some(found) => found,
        None => {
            debian::install_postgres(progress)?;
            Binaries::find().ok_or("PostgreSQL was installed, but no folder has its `initdb` and `pg_ctl`")?
        }
    };
    progress.show(&format!("starting PostgreSQL {}", binaries.version()));
    Cluster::start(&binaries, durability)
}
