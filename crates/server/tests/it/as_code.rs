//! Promotions as code: the real binary, a folder, and a server.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::{Value, json};
use server::commands::code::{Folder, Plan, Server as Remote};
use tempfile::TempDir;

use crate::process::{Server, run, text};

/// A server with its key, and a folder.
struct Shop {
    server: Server,
    key: String,
    home: TempDir,
}

impl Shop {
    fn start() -> Self {
        let home = TempDir::new().unwrap();
        let server = Server::start_quietly(home.path(), &[]);
        let key = server.greeting.split_whitespace().find(|word| word.starts_with("sk_")).unwrap().to_owned();
        Self { server, key, home }
    }

    fn folder(&self) -> PathBuf {
        self.home.path().join("shop")
    }

    /// A command about the folder and the server.
    fn run(&self, arguments: &[&str]) -> Output {
        let folder = self.folder();
        let mut all = vec![arguments[0], folder.to_str().unwrap()];
        all.extend(&arguments[1..]);
        all.extend(["--url", &self.server.address, "--key", &self.key]);
        run(self.home.path(), &all)
    }

    #[track_caller]
    fn expect(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{said}");
        said
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> Value {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.server.address))
            .header("authorization", format!("Bearer {}", self.key))
            .header("content-type", "application/json")
            .body(body.to_string())
            .unwrap();
        let mut answer = ureq::run(request).unwrap();
        answer.body_mut().read_json().unwrap()
    }

    fn create(&self, document: &Value) -> u64 {
        self.send("POST", "/v1/promotions", document)["id"].as_u64().unwrap()
    }

    fn get(&self, path: &str) -> Value {
        let request = ureq::get(format!("{}{path}", self.server.address));
        let mut answer = request.header("authorization", format!("Bearer {}", self.key)).call().unwrap();
        answer.body_mut().read_json().unwrap()
    }

    fn read(&self, file: &str) -> Value {
        serde_json::from_slice(&fs::read(self.folder().join(file)).unwrap()).unwrap()
    }

    fn write(&self, file: &str, value: &Value) {
        let path = self.folder().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, value.to_string()).unwrap();
    }

    /// Changes a file.
    fn edit(&self, file: &str, change: impl FnOnce(&mut Value)) {
        let mut value = self.read(file);
        change(&mut value);
        self.write(file, &value);
    }
}

fn percent_off(name: &str, percent: &str) -> Value {
    json!({
        "name": name, "redemption_type": "AUTOMATIC",
        "rules": [{"action": {"cart_value": {"discount": {"percentage_amount": percent}}}}],
    })
}

fn with_code(name: &str, coupon_type: &str) -> Value {
    let mut document = percent_off(name, "5");
    document["redemption_type"] = json!("COUPON");
    document["coupon_type"] = json!(coupon_type);
    document
}

fn cart(codes: Value) -> Value {
    let lines = json!([{"id": "1", "product_id": 1, "quantity": 1, "price": "100.00"}]);
    json!({"cart": {"currency": "USD", "codes": codes, "lines": lines}})
}

#[test]
fn export_then_apply_is_no_change_whatever_the_promotions_are() {
    let shop = Shop::start();
    shop.create(&percent_off("Boots week", "20"));
    let mut keyed = percent_off("Boots week", "10");
    keyed["key"] = json!("second week");
    keyed["description"] = json!("Twice");
    shop.create(&keyed);
    let single = shop.create(&with_code("Welcome", "SINGLE"));
    shop.send(
        "POST",
        &format!("/v1/promotions/{single}/codes"),
        &json!({"code": "HELLO", "max_uses": 7, "ends_at": "2099-01-01T00:00:00Z"}),
    );
    let bulk = shop.create(&with_code("Black Friday", "BULK"));
    shop.send("POST", &format!("/v1/promotions/{bulk}/codes"), &json!({"count": 3}));
    let said = shop.expect(0, &["export"]);
    assert!(said.contains("4 promotions") && said.contains("4 files written"), "{said}");
    let keys = ["boots-week", "boots-week-2", "welcome", "black-friday"]
        .map(|file| shop.read(&format!("promotions/{file}.json"))["key"].clone());
    assert_eq!(keys, ["boots-week", "second week", "welcome", "black-friday"]);
    let welcome = shop.read("promotions/welcome.json");
    assert_eq!(
        welcome["codes"],
        json!([{"code": "HELLO", "max_uses": 7, "max_uses_per_customer": 0, "ends_at": "2099-01-01T00:00:00Z"}])
    );
    let black_friday = shop.read("promotions/black-friday.json");
    assert_eq!((&black_friday["bulk_codes"], &black_friday["codes"]), (&json!(3), &Value::Null));

    let said = shop.expect(0, &["plan"]);
    assert!(said.contains("0 new, 0 changed, 0 not in the folder, 4 as they are"), "{said}");
    assert!(shop.expect(0, &["apply", "--yes"]).contains("nothing to do"));
    assert!(shop.expect(0, &["plan", "--prune"]).contains("4 as they are"));
    assert!(shop.expect(0, &["export"]).contains("0 files written"));
    let output = run(shop.home.path(), &["validate", shop.folder().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn what_files_say_is_planned_in_words_with_its_effect_on_carts_and_then_done() {
    let shop = Shop::start();
    let boots = shop.create(&percent_off("Boots week", "20"));
    let welcome = shop.create(&with_code("Welcome", "SINGLE"));
    shop.send("POST", &format!("/v1/promotions/{welcome}/codes"), &json!({"code": "HELLO"}));
    shop.expect(0, &["export"]);
    // A rename, an edit, limits of a code and a new one, a new promotion.
    shop.edit("promotions/boots-week.json", |file| {
        file["name"] = json!("Boots fortnight");
        file["rules"][0]["action"]["cart_value"]["discount"]["percentage_amount"] = json!("25");
    });
    shop.edit("promotions/welcome.json", |file| {
        file["codes"] = json!([{"code": "hello", "max_uses": 9}, {"code": "HI"}]);
    });
    let mut summer = with_code("Summer", "SINGLE");
    summer["key"] = json!("summer");
    summer["codes"] = json!([{"code": "SUN"}]);
    shop.write("promotions/summer.json", &summer);
    shop.write("carts/plain.json", &cart(json!([])));
    shop.write("carts/summer.json", &cart(json!(["SUN"])));
    let said = shop.expect(2, &["plan"]);
    for words in [
        "+ Summer  summer",
        "~ Boots fortnight  boots-week",
        "- Everyone gets 20 % off the order",
        "+ Everyone gets 25 % off the order",
        "/rules/0/action/cart_value/discount/percentage_amount  \"20\" → \"25\"",
        "code hello: 0 uses, 0 per customer → 9 uses, 0 per customer",
        "+ code HI",
        "80.00 → 75.00 USD",
        "Boots fortnight gives 25.00 instead of 20.00",
        "80.00 → 71.25 USD",
        "Summer now gives 3.75",
        "1 new, 2 changed, 0 not in the folder, 0 as they are",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(shop.get(&format!("/v1/promotions/{boots}"))["name"], "Boots week", "a plan changes nothing");
    let refused = shop.expect(2, &["apply"]);
    assert!(refused.contains("add `--yes`"), "{refused}");
    let said = shop.expect(0, &["apply", "--yes"]);
    assert!(said.contains("boots-week changed") && said.contains("summer made"), "{said}");
    let changed = shop.get(&format!("/v1/promotions/{boots}"));
    assert_eq!((&changed["name"], &changed["key"]), (&json!("Boots fortnight"), &json!("boots-week")));
    let codes = shop.get(&format!("/v1/promotions/{welcome}/codes"));
    assert_eq!((&codes["data"][0]["max_uses"], &codes["data"][1]["code"]), (&json!(9), &json!("HI")));
    let priced = shop.send("POST", "/v1/evaluate", &cart(json!(["SUN"])));
    assert_eq!(priced["totals"]["total"], "71.25", "as it was foretold");
    assert!(shop.expect(0, &["plan"]).contains("3 as they are"));
}

#[test]
fn what_the_folder_does_not_have_stays_unless_it_is_pruned() {
    let shop = Shop::start();
    let old = shop.create(&percent_off("Old", "20"));
    let welcome = shop.create(&with_code("Welcome", "SINGLE"));
    shop.send("POST", &format!("/v1/promotions/{welcome}/codes"), &json!({"code": "HELLO"}));
    shop.expect(0, &["export"]);
    fs::remove_file(shop.folder().join("promotions/old.json")).unwrap();
    shop.edit("promotions/welcome.json", |file| file["codes"] = json!([]));
    shop.write("carts/hello.json", &cart(json!(["HELLO"])));
    let said = shop.expect(0, &["plan"]);
    assert!(said.contains("- Old  old") && said.contains("stays: `--prune` would archive it"), "{said}");
    assert!(said.contains("code HELLO stays") && said.contains("76.00 → 76.00 USD"), "{said}");
    shop.expect(0, &["apply", "--yes"]);
    let said = shop.expect(2, &["plan", "--prune"]);
    assert!(
        said.contains("76.00 → 100.00 USD")
            && said.contains("Welcome no longer gives 4.00")
            && said.contains("Old no longer gives 20.00"),
        "{said}"
    );
    shop.expect(0, &["apply", "--yes", "--prune"]);
    assert_eq!(shop.get(&format!("/v1/promotions/{old}"))["status"], "archived");
    assert_eq!(shop.get(&format!("/v1/promotions/{welcome}/codes/count"))["count"], 0);
    // Its key is free again.
    let mut again = percent_off("Old again", "20");
    again["key"] = json!("old");
    shop.write("promotions/old.json", &again);
    shop.expect(2, &["plan"]);
    assert!(shop.expect(0, &["apply", "--yes"]).contains("old made"));
}

#[test]
fn what_someone_else_changed_in_between_stays_and_the_rest_is_told() {
    let shop = Shop::start();
    let ids = ["A", "B", "C"].map(|name| shop.create(&percent_off(name, "20")));
    shop.expect(0, &["export"]);
    for file in ["a", "b", "c"] {
        shop.edit(&format!("promotions/{file}.json"), |it| it["priority"] = json!(7));
    }
    let remote = Remote::new(&shop.server.address, &shop.key);
    let plan = Plan::of(&remote, &shop.folder(), false).unwrap();
    shop.send("PATCH", &format!("/v1/promotions/{}", ids[1]), &json!({"priority": 3}));
    let error = plan.perform(&remote).unwrap_err().to_string();
    let lines: Vec<&str> = error.lines().collect();
    assert!(
        lines[0].starts_with("b changed: the server says 412: the promotion is at revision 2"),
        "{error}"
    );
    assert_eq!(lines[1..], ["done before it: a changed", "not done: c changed"]);
    let priorities = ids.map(|id| shop.get(&format!("/v1/promotions/{id}"))["priority"].clone());
    assert_eq!(priorities, [json!(7), json!(3), json!(0)]);
    assert!(Folder::read(Path::new("/nowhere")).is_err());
}

#[test]
fn every_problem_of_a_folder_is_told_with_its_file_and_place_without_a_server() {
    let shop = Shop::start();
    let mut bad = percent_off("Bad", "200");
    bad["key"] = json!("bad");
    bad["colour"] = json!("red");
    shop.write("promotions/bad.json", &bad);
    shop.write("promotions/keyless.json", &percent_off("Keyless", "20"));
    let mut single = with_code("One", "SINGLE");
    single["key"] = json!("one");
    single["codes"] = json!([{"code": "SAVE"}, {"code": "10%"}]);
    shop.write("promotions/one.json", &single);
    single["key"] = json!("other");
    single["codes"] = json!([{"code": "save"}]);
    shop.write("promotions/other.json", &single);
    shop.write("promotions/same.json", &single);
    single["key"] = json!("late");
    single["codes"] = Value::Null;
    single["start_date"] = json!("2020-01-01T00:00:00Z");
    single["end_date"] = json!("2020-01-02T00:00:00Z");
    shop.write("promotions/late.json", &single);
    fs::write(shop.folder().join("promotions/twice.json"), r#"{"key": "a", "key": "b"}"#).unwrap();
    shop.write(
        "carts/priceless.json",
        &json!({"cart": {"currency": "USD", "lines": [{"id": "1", "product_id": 1, "quantity": 1}]}}),
    );
    shop.write("carts/odd.json", &json!({"cart": {"currency": "USD", "lines": [], "gift": true}}));
    let folder = shop.folder();
    let output = run(shop.home.path(), &["validate", folder.to_str().unwrap()]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for place in [
        "promotions/bad.json /colour",
        "promotions/bad.json /rules/0/action/cart_value/discount/percentage_amount",
        "promotions/keyless.json /key",
        "promotions/one.json /codes/1/code",
        "promotions/other.json /codes/0/code",
        "promotions/same.json /key",
        "promotions/twice.json",
        "carts/priceless.json /cart/lines/0/price",
        "carts/odd.json /cart/gift",
    ] {
        assert!(said.contains(&format!("✗ {place}\n")), "{place}: {said}");
    }
    assert!(said.contains("! promotions/late.json") && said.contains("[already_ended]"), "{said}");
    let refused = shop.expect(1, &["plan"]);
    assert!(refused.contains("✗ promotions/bad.json /colour"), "{refused}");
    // What only the store can know.
    let folder = shop.folder().join("promotions");
    fs::remove_dir_all(&folder).unwrap();
    fs::remove_dir_all(shop.folder().join("carts")).unwrap();
    shop.create(&percent_off("Fixed", "20"));
    shop.expect(0, &["export"]);
    shop.edit("promotions/fixed.json", |file| file["redemption_type"] = json!("COUPON"));
    let refused = shop.expect(1, &["plan"]);
    assert!(refused.contains("promotions/fixed.json /redemption_type\n    cannot change"), "{refused}");
    let unknown = run(shop.home.path(), &["plan", "shop", "--url", "http://127.0.0.1:1", "--key", "sk_x"]);
    assert_eq!(unknown.status.code(), Some(1));
}

#[test]
fn an_export_of_bigcommerce_becomes_a_folder_and_what_is_lost_is_listed() {
    let shop = Shop::start();
    let mut good = with_code("Spring", "SINGLE");
    good["id"] = json!(12);
    good["status"] = json!("DISABLED");
    good["current_uses"] = json!(4);
    good["max_uses"] = json!(10);
    good["codes"] =
        json!([{"id": 3, "code": "SPRING", "max_uses": 5, "max_uses_per_customer": 1, "current_uses": 0}]);
    let mut odd = percent_off("Odd", "20");
    odd["status"] = json!("ENABLED");
    odd["moon_phase"] = json!("full");
    odd["rules"][0]["condition"] = json!({"cart": {"minimum_spend": "5", "weather": "rain"}});
    let mut broken = percent_off("Broken", "200");
    broken["status"] = json!("ENABLED");
    let export = json!({"data": [good, odd, with_code("Bare", "SINGLE"), broken], "meta": {}});
    let file = shop.home.path().join("export.json");
    fs::write(&file, export.to_string()).unwrap();
    let folder = shop.folder();
    let arguments = ["import", file.to_str().unwrap(), folder.to_str().unwrap(), "--from", "bigcommerce"];
    let output = run(shop.home.path(), &arguments);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "one is left out: {said}");
    for words in [
        "3 promotions are in",
        "/data/0/current_uses",
        "/data/1/moon_phase",
        "/data/1/rules/0/condition/cart/weather",
        "/data/2/codes",
        "/data/3/rules/0/action/cart_value/discount/percentage_amount",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(shop.read("promotions/spring.json")["status"], "paused");
    let odd = shop.read("promotions/odd.json");
    assert_eq!((&odd["status"], &odd["moon_phase"]), (&json!("draft"), &Value::Null));
    let said = shop.expect(0, &["apply", "--yes"]);
    assert!(said.contains("spring made") && said.contains("odd made"), "{said}");
    let made = shop.get("/v1/promotions?promotion_key=spring");
    let id = &made["data"][0]["id"];
    assert_eq!(shop.get(&format!("/v1/promotions/{id}/codes"))["data"][0]["code"], "SPRING");
    assert!(shop.expect(0, &["plan"]).contains("3 as they are"));
}
