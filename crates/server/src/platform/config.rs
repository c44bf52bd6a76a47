//! What can be configured, by flag or environment; every command takes the groups it needs.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args;

use super::db::{Location, LocationError, Options};

/// Where the data is.
#[derive(Args, Clone, Debug)]
pub struct DatabaseArguments {
    /// Folder of the embedded database; made if it is missing
    #[arg(long, env = "LARGESSE_DATA_DIR", default_value = "./data", value_name = "FOLDER")]
    pub data_dir: PathBuf,

    /// Another database: `postgres://user:password@host/database`, or `sqlite:PATH`
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,

    /// Most connections to a PostgreSQL server
    #[arg(long, env = "LARGESSE_DATABASE_CONNECTIONS", default_value_t = 16, value_name = "NUMBER",
        value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub database_connections: u32,
}

/// Where the server listens.
#[derive(Args, Clone, Debug)]
pub struct ListenArguments {
    /// Address to listen on; `0.0.0.0` for every network
    #[arg(long, env = "LARGESSE_HOST", default_value = "127.0.0.1", value_name = "ADDRESS")]
    pub host: IpAddr,

    /// Port to listen on; 0 for any free one
    #[arg(long, env = "LARGESSE_PORT", default_value_t = 8080)]
    pub port: u16,
}

/// How much is logged.
#[derive(Args, Clone, Debug)]
pub struct LogArguments {
    /// `error`, `warn`, `info`, `debug`, or levels by module such as `info,server::platform::db=debug`
    #[arg(long = "log", env = "LARGESSE_LOG", default_value = "info", value_name = "FILTER", global = true)]
    pub filter: String,
}

impl DatabaseArguments {
    /// The database that they name: the URL's, or else the file in the folder.
    pub fn options(&self) -> Result<Options, LocationError> {
        let location = match self.database_url.as_deref().filter(|url| !url.is_empty()) {
            Some(url) => url.parse()?,
            None => Location::Sqlite(self.data_dir.join("largesse.db")),
        };
        Ok(Options { location, connections: self.database_connections })
    }
}
