//! What can be configured, by flag or environment; every command takes the groups it needs.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args;

use super::db::{Location, LocationError, Options};
use super::http::address::Network;

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

    /// Address by which people reach this server, such as `https://promotions.example.com`, for links
    #[arg(long, env = "LARGESSE_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,

    /// Networks of proxies whose `X-Forwarded-For` says who calls, such as `10.0.0.0/8`
    #[arg(long, env = "LARGESSE_TRUSTED_PROXIES", value_delimiter = ',', value_name = "NETWORK,…")]
    pub trusted_proxies: Vec<Network>,
}

/// How mail is sent.
#[derive(Args, Clone, Debug)]
pub struct MailArguments {
    /// Server that mail is sent by: `smtps://user:password@host:465`, or `smtp://host:25`; without one, mail waits
    #[arg(long, env = "SMTP_URL", value_name = "URL", hide_env_values = true)]
    pub smtp_url: Option<String>,

    /// Address that mail is sent from
    #[arg(long, env = "MAIL_FROM", value_name = "ADDRESS")]
    pub mail_from: Option<String>,
}

/// The secret that the environment gives: not a flag, because others on the machine see those.
pub fn given_secret() -> Option<String> {
    std::env::var("LARGESSE_SECRET").ok()
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
