//! Debian packages that the tests need and a fresh machine lacks.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::command::run_quietly;
use crate::step::Progress;

/// Read by the PostgreSQL packages while they are installed.
const CLUSTER_SETTINGS: &str = "/etc/postgresql-common/createcluster.d";

pub(crate) fn is_root() -> bool {
    run_quietly(Command::new("id").arg("-u")).output.trim() == "0"
}

pub(crate) fn may_install() -> bool {
    run_quietly(Command::new("apt-get").arg("--version")).success && is_root()
}

/// Installs packages when we may.
///
/// Errors: what to install by hand, or what apt-get said.
pub(crate) fn install(packages: &[&str], progress: &Progress<'_>) -> Result<(), String> {
    let names = packages.join(" ");
    if !may_install() {
        return Err(format!(
            "{names} is missing: run `sudo apt-get install {names}`, or what does the same here"
        ));
    }
    progress.show(&format!("installing {names}"));
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        progress.run(command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    // Stale lists may still do, so only the installation decides.
    let update = apt(&["update"]);
    let install = apt(&[&["install", "-y", "--no-install-recommends"], packages].concat());
    install
        .or_output()
        .map(|_| ())
        .map_err(|output| format!("apt-get could not install {names}:\n{}{output}", update.output))
}

/// Installs a package that is welcome and not needed; tells whether it could.
pub(crate) fn try_install(package: &str) -> bool {
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        run_quietly(command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive")).success
    };
    may_install() && {
        // Stale lists may still do.
        apt(&["update"]);
        apt(&["install", "-y", "--no-install-recommends", package])
    }
}

/// Installs PostgreSQL without the cluster of the whole machine that Debian would create: nobody asked.
///
/// Errors: as [`install`].
pub(crate) fn install_postgres(progress: &Progress<'_>) -> Result<(), String> {
    let folder = Path::new(CLUSTER_SETTINGS);
    let settings = folder.join("largesse-tests.conf");
    let is_new = !folder.exists();
    let is_written = is_root()
        && fs::create_dir_all(folder).is_ok()
        && fs::write(&settings, "create_main_cluster = false\n").is_ok();
    let installed = install(&["postgresql"], progress);
    // It was for this installation only. Should it stay, the machine merely creates no cluster later.
    if is_written {
        let _ = fs::remove_file(&settings);
    }
    if is_written && is_new {
        let _ = fs::remove_dir(folder);
    }
    installed
}
