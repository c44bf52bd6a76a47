//! Shoppers who order from the real binary, and remember what they were told.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::{Server, run, text};

/// How a request ended.
#[derive(Clone, Debug)]
pub(crate) enum Ending {
    /// With this status.
    Answered(u16, Value),
    /// Nobody knows whether it happened.
    Unknown,
}

/// A shop with one coupon promotion, on the embedded database or another.
pub(crate) struct Shop {
    pub(crate) folder: TempDir,
    /// Another database than the embedded one.
    database: Option<String>,
    authorization: String,
}

/// What shoppers were told, by the name of the order.
pub(crate) type Told = BTreeMap<String, Ending>;

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false);
    config.timeout_global(Some(Duration::from_secs(30))).build().into()
}

impl Shop {
    /// Makes it, and stops the server again.
    pub(crate) fn open() -> Self {
        Self::open_on(None)
    }

    /// The same, on the database with this URL.
    pub(crate) fn open_on(database: Option<String>) -> Self {
        let mut shop = Self { folder: TempDir::new().unwrap(), database, authorization: String::new() };
        let server = shop.start();
        let key = server.greeting.split_whitespace().find(|word| word.starts_with("sk_")).unwrap();
        shop.authorization = format!("Bearer {key}");
        let rule = json!({"action": {"cart_value": {"discount": {"percentage_amount": "10"}}}});
        let promotion = json!({"name": "Ten", "redemption_type": "COUPON", "coupon_type": "SINGLE",
                               "rules": [rule], "max_uses": 1_000_000});
        shop.must(&server, "/v1/promotions", promotion);
        shop.must(&server, "/v1/promotions/1/codes", json!({"code": "TEN"}));
        server.stop();
        shop
    }

    /// Starts a server on it.
    pub(crate) fn start(&self) -> Server {
        let database = self.database.as_ref().map(|url| ("DATABASE_URL", Path::new(url)));
        Server::start_quietly(self.path(), database.as_slice())
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn must(&self, server: &Server, path: &str, body: Value) {
        let ending = self.client(server).post(path, "", &body);
        assert!(matches!(ending, Ending::Answered(201, _)), "{ending:?}");
    }

    pub(crate) fn client(&self, server: &Server) -> Client {
        Client { agent: agent(), address: server.address.clone(), authorization: self.authorization.clone() }
    }

    /// The orders that there are, by their names.
    pub(crate) fn orders(&self, server: &Server) -> BTreeMap<String, Value> {
        let client = self.client(server);
        let (mut orders, mut after) = (BTreeMap::new(), String::new());
        loop {
            let page = client.get(&format!("/v1/orders?limit=250{after}"));
            for order in page["data"].as_array().unwrap() {
                let name = order["reference"].as_str().unwrap().to_owned();
                assert!(orders.insert(name, order.clone()).is_none(), "placed twice: {order}");
            }
            match page["next_cursor"].as_str() {
                Some(cursor) => after = format!("&after={cursor}"),
                None => return orders,
            }
        }
    }

    /// How often the promotion says that it was used.
    pub(crate) fn uses(&self, server: &Server) -> u64 {
        self.client(server).get("/v1/promotions/1")["current_uses"].as_u64().unwrap()
    }

    /// Nothing may be wrong with the database.
    pub(crate) fn must_be_sound(&self) {
        let database = self.database.iter().flat_map(|url| ["--database-url", url.as_str()]);
        let words: Vec<&str> = ["doctor", "--verify"].into_iter().chain(database).collect();
        let looked = run(self.path(), &words);
        assert!(looked.status.success(), "{}{}", text(&looked.stdout), text(&looked.stderr));
    }
}

/// A way to the server.
pub(crate) struct Client {
    agent: ureq::Agent,
    address: String,
    authorization: String,
}

impl Client {
    pub(crate) fn post(&self, path: &str, key: &str, body: &Value) -> Ending {
        let request = self.agent.post(format!("{}{path}", self.address));
        let request = request.header("authorization", &self.authorization);
        let request = if key.is_empty() { request } else { request.header("idempotency-key", key) };
        let Ok(mut answer) = request.send_json(body) else { return Ending::Unknown };
        match answer.body_mut().read_json() {
            Ok(body) => Ending::Answered(answer.status().as_u16(), body),
            Err(_) => Ending::Unknown,
        }
    }

    /// Asks, whatever comes of it.
    pub(crate) fn look(&self, path: &str) -> Ending {
        let request = self.agent.get(format!("{}{path}", self.address));
        let Ok(mut answer) = request.header("authorization", &self.authorization).call() else {
            return Ending::Unknown;
        };
        let status = answer.status().as_u16();
        answer.body_mut().read_json().map_or(Ending::Unknown, |body| Ending::Answered(status, body))
    }

    fn get(&self, path: &str) -> Value {
        match self.look(path) {
            Ending::Answered(200, body) => body,
            other => panic!("{path}: {other:?}"),
        }
    }

    /// Orders under this name, which is its key too.
    pub(crate) fn order(&self, name: &str) -> Ending {
        let line = json!({"id": "1", "product_id": 1, "quantity": 2, "price": "50.00", "category_ids": [],
                          "brand_id": 1, "options": {}, "custom_fields": {}, "gift_card": false});
        let cart = json!({"id": name, "currency": "USD", "codes": ["TEN"], "lines": [line]});
        self.post("/v1/orders", name, &json!({"cart": cart, "reference": name}))
    }
}

/// Shoppers who go on ordering.
pub(crate) struct Crowd {
    is_over: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    shoppers: Vec<JoinHandle<Told>>,
}

impl Crowd {
    /// So many shoppers at once, each ordering again and again.
    pub(crate) fn enter(shop: &Shop, server: &Server, name: &str, shoppers: usize) -> Self {
        let (is_over, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let shopper = |number: usize| {
            let (client, is_over) = (shop.client(server), Arc::clone(&is_over));
            let answered = Arc::clone(&answered);
            let name = format!("{name}-{number}");
            spawn(move || {
                let mut told = Told::new();
                while !is_over.load(Ordering::Relaxed) {
                    let name = format!("{name}-{}", told.len());
                    let ending = client.order(&name);
                    let is_last = matches!(ending, Ending::Unknown);
                    told.insert(name, ending);
                    answered.fetch_add(usize::from(!is_last), Ordering::Relaxed);
                    if is_last {
                        break;
                    }
                }
                told
            })
        };
        Self { shoppers: (0..shoppers).map(shopper).collect(), is_over, answered }
    }

    /// Lets them order until so many more were answered, however slow the machine is.
    pub(crate) fn wait_for(&self, more: usize) {
        let (from, started) = (self.answered.load(Ordering::Relaxed), Instant::now());
        while self.answered.load(Ordering::Relaxed) < from + more {
            assert!(started.elapsed() < Duration::from_secs(60), "nobody is served");
            sleep(Duration::from_millis(1));
        }
    }

    /// Sends them home, and asks what they were told.
    pub(crate) fn leave(self) -> Told {
        self.is_over.store(true, Ordering::Relaxed);
        self.shoppers.into_iter().flat_map(|shopper| shopper.join().unwrap()).collect()
    }
}

/// The names of orders that were told to be placed.
pub(crate) fn placed(told: &Told) -> Vec<&String> {
    told.iter()
        .filter(|(_, ending)| matches!(ending, Ending::Answered(201, _)))
        .map(|(name, _)| name)
        .collect()
}
