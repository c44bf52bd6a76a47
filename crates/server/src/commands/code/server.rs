//! The server that promotions are read from and sent to, over its REST interface.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use engine::money::{Currency, Rate};
use engine::promotion::{Named, Names};
use engine::settings::Settings;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};
use ureq::http::{Method, Request};

use super::folder::{Code, slug};
use crate::catalog::service::Asked;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Objects in one page.
const PAGE: usize = 250;

/// Which server, and who asks.
#[derive(Args, Clone, Debug)]
pub(super) struct ServerArguments {
    /// Where the server is
    #[arg(long, env = "LARGESSE_URL", default_value = "http://127.0.0.1:8080", value_name = "URL")]
    url: String,

    /// A secret key of the store
    #[arg(long, env = "LARGESSE_KEY", hide_env_values = true, value_name = "KEY")]
    key: String,
}

/// A server, as one of its stores.
#[derive(Debug)]
pub struct Server {
    agent: ureq::Agent,
    url: String,
    key: String,
}

/// A promotion as the server has it.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its id.
    pub id: u64,
    /// The name by which it stays the same; made of its name when it has none of its own.
    pub key: String,
    /// Its document in normal form, with the key when it has one of its own.
    pub document: Map<String, Value>,
    /// Counts its changes.
    pub revision: u64,
    /// When it was made.
    pub created: Timestamp,
    /// Its shared codes; none of a promotion whose codes are made in bulk.
    pub codes: Vec<StoredCode>,
}

/// A code as the server has it.
#[derive(Clone, Debug)]
pub struct StoredCode {
    /// Its id.
    pub id: u64,
    /// What is known of it.
    pub code: Code,
}

/// Fields of a promotion's answer that are no part of its document.
const BESIDE_THE_DOCUMENT: [&str; 8] =
    ["id", "summary", "state", "current_uses", "created_from", "revision", "created_at", "updated_at"];

impl ServerArguments {
    /// The server.
    pub(super) fn server(&self) -> Server {
        Server::new(&self.url, &self.key)
    }
}

impl Server {
    /// The server at this address, asked with a secret key of a store.
    pub fn new(url: &str, key: &str) -> Self {
        let config = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false);
        let agent = ureq::Agent::new_with_config(config.build());
        Self { agent, url: url.trim_end_matches('/').to_owned(), key: key.to_owned() }
    }

    /// Where it is.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// What it answers.
    ///
    /// Errors: it cannot be reached, or says no; with its own words.
    pub(super) fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        revision: Option<u64>,
    ) -> anyhow::Result<Value> {
        let (status, answer) = self.send(method, path, body, revision)?;
        if (200..300).contains(&status) {
            return Ok(answer);
        }
        bail!("{}", refusal(status, &answer))
    }

    fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        revision: Option<u64>,
    ) -> anyhow::Result<(u16, Value)> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("authorization", format!("Bearer {}", self.key));
        if let Some(revision) = revision {
            request = request.header("if-match", format!("\"{revision}\""));
        }
        let answer = match body {
            Some(body) => {
                let request = request.header("content-type", "application/json");
                self.agent.run(request.body(body.to_string())?)
            }
            None => self.agent.run(request.body(())?),
        };
        let answer = answer.with_context(|| format!("cannot reach {}", self.url))?;
        let status = answer.status().as_u16();
        let text = answer.into_body().read_to_string().with_context(|| format!("{path} was not answered"))?;
        let answer = match text.as_str() {
            "" => Value::Null,
            text => serde_json::from_str(text)
                .with_context(|| format!("{}{path} is no largesse server: it answered no JSON", self.url))?,
        };
        Ok((status, answer))
    }

    pub(super) fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.ask(Method::GET, path, None, None)
    }

    /// An object, if there is one there.
    fn find(&self, path: &str) -> anyhow::Result<Option<Value>> {
        match self.send(Method::GET, path, None, None)? {
            (404, _) => Ok(None),
            (200, answer) => Ok(Some(answer)),
            (status, answer) => bail!("{}", refusal(status, &answer)),
        }
    }

    /// All objects of a list.
    fn all(&self, path: &str) -> anyhow::Result<Vec<Value>> {
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let mut page = self.get(&format!("{path}?limit={PAGE}{after}"))?;
            if let Some(Value::Array(data)) = page.get_mut("data").map(Value::take) {
                all.extend(data);
            }
            match page.get("next_cursor").and_then(Value::as_str) {
                Some(cursor) => after = format!("&after={cursor}"),
                None => return Ok(all),
            }
        }
    }

    /// By what the store prices.
    pub(super) fn settings(&self) -> anyhow::Result<Settings> {
        let answer = self.get("/v1/settings")?;
        read_settings(&answer).context("the settings of the store cannot be read")
    }

    /// All promotions that are not archived, in the order of their ids.
    pub(super) fn promotions(&self) -> anyhow::Result<Vec<Stored>> {
        let answers = self.all("/v1/promotions")?;
        let mut stored: Vec<Stored> = answers.into_iter().map(read_promotion).collect::<Result<_, _>>()?;
        name_nameless(&mut stored);
        for promotion in &mut stored {
            if is_with(&promotion.document, "coupon_type", "SINGLE") {
                let codes = self.all(&format!("/v1/promotions/{}/codes", promotion.id))?;
                promotion.codes = codes.iter().map(read_code).collect::<Result<_, _>>()?;
            }
        }
        Ok(stored)
    }

    /// How many codes a promotion has.
    pub(super) fn code_count(&self, promotion: u64) -> anyhow::Result<u64> {
        let answer = self.get(&format!("/v1/promotions/{promotion}/codes/count"))?;
        answer.get("count").and_then(Value::as_u64).context("the server told no number of codes")
    }

    /// The promotion that a code unlocks.
    pub(super) fn promotion_of(&self, code: &str) -> anyhow::Result<Option<u64>> {
        let code: String = code.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let found = self.get(&format!("/v1/promotions?code={code}"))?;
        Ok(found.pointer("/data/0/id").and_then(Value::as_u64))
    }

    /// The names that sentences ask for, as far as the store has told them.
    pub(super) fn names(&self, asked: &Asked) -> anyhow::Result<LearnedNames> {
        let mut names = BTreeMap::new();
        for (named, id) in asked.things() {
            let (folder, field) = match named {
                Named::Product => ("products", "name"),
                Named::Category => ("categories", "name"),
                Named::Brand => ("brands", "name"),
                Named::Seller => ("sellers", "business_name"),
                Named::CustomerGroup => ("customer-groups", "name"),
                Named::Variant | Named::Channel | Named::ShippingZone => continue,
            };
            let found = self.find(&format!("/v1/{folder}/{id}"))?;
            let name = found.as_ref().and_then(|found| found.get(field)).and_then(Value::as_str);
            names.extend(name.map(|name| ((named, id), name.to_owned())));
        }
        Ok(LearnedNames(names))
    }
}

/// Names that a server told.
#[derive(Debug, Default)]
pub(super) struct LearnedNames(BTreeMap<(Named, u64), String>);

impl Names for LearnedNames {
    fn name(&self, named: Named, id: u64) -> Option<&str> {
        self.0.get(&(named, id)).map(String::as_str)
    }
}

/// Why a server says no, in its own words.
fn refusal(status: u16, answer: &Value) -> String {
    let detail = answer.get("detail").and_then(Value::as_str).unwrap_or("no reason given");
    let mut text = format!("the server says {status}: {detail}");
    let errors = answer.get("errors").and_then(Value::as_array).filter(|errors| errors.len() > 1);
    for error in errors.into_iter().flatten() {
        let word = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
        text.push_str(&format!("\n  {} {}", word("pointer"), word("message")));
    }
    text
}

/// Whether a field has this text.
pub(super) fn is_with(document: &Map<String, Value>, field: &str, text: &str) -> bool {
    document.get(field).and_then(Value::as_str) == Some(text)
}

fn read_promotion(answer: Value) -> anyhow::Result<Stored> {
    let Value::Object(mut document) = answer else { bail!("a promotion of the server is no object") };
    let mut beside: BTreeMap<&str, Value> = BTreeMap::new();
    for name in BESIDE_THE_DOCUMENT {
        beside.extend(document.shift_remove(name).map(|value| (name, value)));
    }
    let number = |name: &str| {
        beside.get(name).and_then(Value::as_u64).with_context(|| format!("a promotion has no `{name}`"))
    };
    let created = beside.get("created_at").and_then(Value::as_str).unwrap_or_default();
    Ok(Stored {
        id: number("id")?,
        key: document.get("key").and_then(Value::as_str).unwrap_or_default().to_owned(),
        revision: number("revision")?,
        created: created.parse().with_context(|| format!("`{created}` is no instant"))?,
        document,
        codes: Vec::new(),
    })
}

/// Gives a key made of the name to each that has none, with the id behind it when it would not be the only one.
fn name_nameless(stored: &mut [Stored]) {
    let name =
        |stored: &Stored| slug(stored.document.get("name").and_then(Value::as_str).unwrap_or_default());
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for it in stored.iter() {
        let key = if it.key.is_empty() { name(it) } else { it.key.clone() };
        *counts.entry(key).or_default() += 1;
    }
    for it in stored.iter_mut().filter(|it| it.key.is_empty()) {
        let key = name(it);
        it.key = if counts.get(&key) == Some(&1) { key } else { format!("{key}-{}", it.id) };
    }
}

fn read_code(answer: &Value) -> anyhow::Result<StoredCode> {
    let number = |name: &str| answer.get(name).and_then(Value::as_u64).context("a code cannot be read");
    let instant = |name: &str| answer.get(name).and_then(Value::as_str).map(str::parse).transpose();
    let code = Code {
        code: answer.get("code").and_then(Value::as_str).context("a code cannot be read")?.to_owned(),
        max_uses: number("max_uses")?,
        max_uses_per_customer: number("max_uses_per_customer")?,
        starts_at: instant("starts_at")?,
        ends_at: instant("ends_at")?,
    };
    Ok(StoredCode { id: number("id")?, code })
}

fn read_settings(answer: &Value) -> anyhow::Result<Settings> {
    let text = |name: &str| answer.get(name).and_then(Value::as_str);
    let flag = |name: &str| answer.get(name).and_then(Value::as_bool).with_context(|| format!("no `{name}`"));
    let rate =
        |name: &str| text(name).map(Rate::parse).transpose().map_err(|error| anyhow!("`{name}`: {error}"));
    let currency = text("currency").and_then(Currency::parse).context("no currency")?;
    let zone = TimeZone::get(text("time_zone").context("no time zone")?)?;
    let coupons = answer.get("number_of_coupons_allowed_at_checkout").and_then(Value::as_u64);
    let new = Settings::new(currency, zone);
    Ok(Settings {
        coupons_allowed: coupons.and_then(|count| count.try_into().ok()).unwrap_or(new.coupons_allowed),
        applies_to_overridden_price: flag("promotions_apply_on_products_with_custom_product_price")?,
        triggered_by_zero_price: flag("promotions_triggered_by_products_with_zero_product_price")?,
        applies_to_original_price: flag("promotions_applied_on_original_product_price")?,
        rounds_price: text("percentage_rounding") == Some("PRICE"),
        country: text("country_code").map(str::to_owned),
        maximum_discount: rate("maximum_discount_percentage")?,
        minimum_margin: rate("minimum_margin_percentage")?,
        worst_case: rate("worst_case_percentage")?.unwrap_or(new.worst_case),
        ..new
    })
}
