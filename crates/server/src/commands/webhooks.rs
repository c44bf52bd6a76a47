//! `largesse webhooks`: for those who write receivers, and for those who operate them.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Misuse;
use crate::platform::egress::{Egress, Outgoing};
use crate::platform::terminal::{Tone, toned};
use crate::webhook::service::sign;

/// How often is asked for new messages.
const PERIOD: Duration = Duration::from_millis(500);
/// The longest answer of a server that is read.
const ANSWER_MAX: usize = 64 * 1024 * 1024;

/// Listen to what happens, try endpoints out, and have messages sent again
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  largesse webhooks listen --forward http://localhost:3000/hooks
  largesse webhooks trigger order.placed
  largesse webhooks replay --since 2026-03-01T00:00:00Z --webhook 1")]
pub(super) struct Arguments {
    /// Where the server is
    #[arg(long, env = "LARGESSE_URL", default_value = "http://127.0.0.1:8080", global = true)]
    url: String,

    /// A secret key with the permission `manage_settings`
    #[arg(
        long,
        env = "LARGESSE_KEY",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true,
        global = true
    )]
    key: String,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print what happens from now on, and forward it to a server of yours, signed, until ctrl-c
    Listen {
        /// Where to forward messages to, such as `http://localhost:3000/hooks`
        #[arg(long, value_name = "URL")]
        forward: Option<String>,

        /// Which events; all unless told
        #[arg(long, value_delimiter = ',', default_value = "*", value_name = "EVENT,…")]
        events: Vec<String>,
    },
    /// Send an example of an event to an endpoint
    Trigger {
        /// The event, such as `order.placed`
        event: String,

        /// The endpoint; not needed when there is only one
        #[arg(long, value_name = "ID")]
        webhook: Option<i64>,
    },
    /// Send everything to an endpoint again that happened since an instant
    Replay {
        /// The instant, such as `2026-03-01T00:00:00Z`
        #[arg(long, value_name = "INSTANT")]
        since: Timestamp,

        /// The endpoint; not needed when there is only one
        #[arg(long, value_name = "ID")]
        webhook: Option<i64>,
    },
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { url, key, command } = arguments;
    if key.is_empty() {
        return Err(Misuse("give a secret key by LARGESSE_KEY or --key".to_owned()).into());
    }
    // Whoever calls this chose the addresses.
    let api = Api { egress: Egress::open(), url: url.trim_end_matches('/').to_owned(), key };
    match command {
        Command::Listen { forward, events } => listen(&api, forward.as_deref(), &events).await,
        Command::Trigger { event, webhook } => trigger(&api, &event, webhook).await,
        Command::Replay { since, webhook } => replay(&api, since, webhook).await,
    }
}

/// The server, asked with a key.
struct Api {
    egress: Egress,
    url: String,
    key: String,
}

impl Api {
    /// Asks, and gives what is answered.
    ///
    /// Errors: what the server says is wrong.
    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let mut headers = HeaderMap::new();
        let key = HeaderValue::from_str(&format!("Bearer {}", self.key)).context("the key is no key")?;
        headers.insert(AUTHORIZATION, key);
        if body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let body = body.map_or(String::new(), |body| body.to_string());
        let outgoing = Outgoing { method, url: format!("{}{path}", self.url), headers, body };
        let reply = self.egress.send(outgoing, ANSWER_MAX).await;
        let reply = reply.with_context(|| format!("{} does not answer", self.url))?;
        let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        if !(200..300).contains(&reply.status) {
            let detail = answer.get("detail").and_then(Value::as_str).unwrap_or_default();
            bail!("{} answered {path} with {}: {detail}", self.url, reply.status);
        }
        Ok(answer)
    }

    /// The endpoint that was named, or the only one.
    async fn webhook(&self, named: Option<i64>) -> anyhow::Result<i64> {
        if let Some(id) = named {
            return Ok(id);
        }
        let answer = self.ask(Method::GET, "/v1/webhooks", None).await?;
        let ids = answer.get("data").and_then(Value::as_array).into_iter().flatten();
        let ids: Vec<i64> = ids.filter_map(|it| it.get("id")?.as_i64()).collect();
        match ids.as_slice() {
            [id] => Ok(*id),
            [] => Err(Misuse("the store has no webhook; make one at `POST /v1/webhooks`".to_owned()).into()),
            ids => {
                Err(Misuse(format!("the store has several webhooks; choose with --webhook: {ids:?}")).into())
            }
        }
    }
}

async fn trigger(api: &Api, event: &str, webhook: Option<i64>) -> anyhow::Result<()> {
    let id = api.webhook(webhook).await?;
    let sent =
        api.ask(Method::POST, &format!("/v1/webhooks/{id}/test"), Some(json!({"event": event}))).await?;
    println!("An example of `{event}` is on its way to webhook {id}, as delivery {}.", field(&sent, "id"));
    Ok(())
}

async fn replay(api: &Api, since: Timestamp, webhook: Option<i64>) -> anyhow::Result<()> {
    let id = api.webhook(webhook).await?;
    let path = format!("/v1/webhooks/{id}/replay");
    let answer = api.ask(Method::POST, &path, Some(json!({"since": since.to_string()}))).await?;
    println!("{} messages are on their way to webhook {id} again.", field(&answer, "replayed"));
    if let Some(more) = answer.get("more_since").and_then(Value::as_str) {
        println!("There are more: largesse webhooks replay --since {more} --webhook {id}");
    }
    Ok(())
}

async fn listen(api: &Api, forward: Option<&str>, events: &[String]) -> anyhow::Result<()> {
    let new = json!({"events": events, "description": "largesse webhooks listen"});
    let made = api.ask(Method::POST, "/v1/webhooks", Some(new)).await?;
    let (id, secret) = (field(&made, "id"), made.get("secret").and_then(Value::as_str).unwrap_or_default());
    println!("Listening to {}; ctrl-c ends it.", events.join(", "));
    println!("Messages are signed with {secret}");
    let heard = tokio::select! {
        heard = follow(api, &id, secret, forward) => heard,
        _ = tokio::signal::ctrl_c() => Ok(()),
    };
    api.ask(Method::DELETE, &format!("/v1/webhooks/{id}"), None).await?;
    heard
}

/// Prints and forwards messages, one after the other, for ever.
async fn follow(api: &Api, id: &str, secret: &str, forward: Option<&str>) -> anyhow::Result<()> {
    let mut after = 0;
    loop {
        let path = format!("/v1/webhooks/{id}/messages?after_id={after}");
        let answer = api.ask(Method::GET, &path, None).await?;
        let messages = answer.get("data").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for message in messages {
            let payload = message.get("payload").and_then(Value::as_str).unwrap_or_default();
            let told: Value = serde_json::from_str(payload).unwrap_or_default();
            let (at, event) = (field(&told, "timestamp"), field(&told, "type"));
            let outcome = match forward {
                None => toned(Tone::Muted, payload),
                Some(url) => pass_on(api, url, secret, &field(message, "message_id"), payload).await,
            };
            println!("{at}  {}  {outcome}", toned(Tone::Bold, &event));
            after = message.get("id").and_then(Value::as_i64).unwrap_or(after);
        }
        if messages.is_empty() {
            tokio::time::sleep(PERIOD).await;
        }
    }
}

/// Forwards a message as the server would send it, and tells how that went.
async fn pass_on(api: &Api, url: &str, secret: &str, id: &str, payload: &str) -> String {
    let seconds = Timestamp::now().as_second();
    let signature = sign(secret, id, seconds, payload).unwrap_or_default();
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let values =
        [("webhook-id", id), ("webhook-timestamp", &seconds.to_string()), ("webhook-signature", &signature)];
    for (name, value) in values {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    let begun = Instant::now();
    let (url, body) = (url.to_owned(), payload.to_owned());
    match api.egress.send(Outgoing { method: Method::POST, url, headers, body }, 1024).await {
        Ok(reply) => {
            let tone = if (200..300).contains(&reply.status) { Tone::Good } else { Tone::Bad };
            toned(tone, &format!("{} in {} ms", reply.status, begun.elapsed().as_millis()))
        }
        Err(error) => toned(Tone::Bad, &error.to_string()),
    }
}

/// A field as text.
fn field(value: &Value, name: &str) -> String {
    match value.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}
