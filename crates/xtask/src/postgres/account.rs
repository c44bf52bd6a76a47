//! The user that PostgreSQL runs as, for it refuses to run as root.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::{env, fs, io};

use crate::debian;

/// The user who started us, or a humbler one when that is root.
#[derive(Clone, Copy)]
pub(super) enum Account {
    Own,
    Other { user: u32, group: u32 },
}

impl Account {
    /// Errors: we are root, and there is neither `postgres` nor `nobody`.
    pub(super) fn choose() -> Result<Self, String> {
        if !debian::is_root() {
            return Ok(Self::Own);
        }
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| Self::find(&users, name))
            .ok_or_else(|| "PostgreSQL does not run as root: add a user `postgres`".to_owned())
    }

    /// A line of the list of users is `name:password:user:group:…`.
    fn find(users: &str, name: &str) -> Option<Self> {
        let mut line = users
            .lines()
            .map(|line| line.split(':'))
            .find_map(|mut line| (line.next() == Some(name)).then_some(line))?;
        let (user, group) = (line.nth(1)?.parse().ok()?, line.next()?.parse().ok()?);
        Some(Self::Other { user, group })
    }

    /// A program run as this user, in a folder that the user can enter, without settings for other servers.
    pub(super) fn command(self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder);
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
            command.env_remove(name);
        }
        if let Self::Other { user, group } = self {
            command.uid(user).gid(group);
        }
        command
    }

    /// The numbers of another user and group than our own.
    pub(super) fn ids(self) -> Option<String> {
        match self {
            Self::Own => None,
            Self::Other { user, group } => Some(format!("{user}:{group}")),
        }
    }

    pub(super) fn give(self, path: &Path) -> io::Result<()> {
        match self {
            Self::Own => Ok(()),
            Self::Other { user, group } => chown(path, Some(user), Some(group)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_their_whole_name() {
        let users =
            "root:x:0:0:root:/root:/bin/bash\npostgres2:x:7:8::/:/bin/sh\npostgres:x:101:104:PostgreSQL\n";
        let found = Account::find(users, "postgres");
        assert!(matches!(found, Some(Account::Other { user: 101, group: 104 })));
        assert!(Account::find(users, "nobody").is_none());
    }
}
