//! Tokens of other systems: whose are taken, and what they may claim.

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use ring::{hmac, rand::SystemRandom};
use serde_json::{Value, json};
use server::access::ActorKind;

use crate::harness::{Answer, Key, TestApp};

const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// A key that signs in these tests, and nowhere else.
const RSA: &[u8] = include_bytes!("tokens/rsa_for_tests.der");

fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Who signs.
enum Signer {
    Hs256(Vec<u8>),
    Rs256(RsaKeyPair),
    Es256(EcdsaKeyPair),
}

impl Signer {
    fn shared() -> Self {
        Self::Hs256(SECRET.as_bytes().to_vec())
    }

    fn rsa() -> Self {
        Self::Rs256(RsaKeyPair::from_pkcs8(RSA).unwrap())
    }

    fn ecdsa() -> Self {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        Self::Es256(
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.as_ref(), &random).unwrap(),
        )
    }

    fn sign(&self, text: &str) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Hs256(secret) => {
                hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), text.as_bytes()).as_ref().to_vec()
            }
            Self::Rs256(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature).unwrap();
                signature
            }
            Self::Es256(key) => key.sign(&random, text.as_bytes()).unwrap().as_ref().to_vec(),
        }
    }

    fn jwk(&self, kid: &str) -> Value {
        match self {
            Self::Hs256(_) => json!({"kty": "oct", "k": base64url(SECRET)}),
            Self::Rs256(key) => json!({
                "kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256",
                "n": base64url(PublicKeyComponents::<Vec<u8>>::from(key.public()).n),
                "e": base64url(PublicKeyComponents::<Vec<u8>>::from(key.public()).e),
            }),
            Self::Es256(key) => {
                let point = key.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "kid": kid,
                    "x": base64url(&point[1..33]), "y": base64url(&point[33..])})
            }
        }
    }

    fn token(&self, header: &Value, claims: &Value) -> String {
        let signed = format!("{}.{}", base64url(header.to_string()), base64url(claims.to_string()));
        format!("{signed}.{}", base64url(self.sign(&signed)))
    }
}

/// Claims that are taken, with these laid over; `null` takes one away.
fn claims(app: &TestApp, changes: Value) -> Value {
    let now = app.clock.now().as_second();
    let mut claims = json!({
        "iss": "https://id.example.com/", "aud": "boots", "sub": "ada", "exp": now + 900, "iat": now,
        "name": "Ada Lovelace", "email": "ada@example.com", "role": "marketer",
    });
    let all = claims.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(all.remove(name)),
            value => drop(all.insert(name.clone(), value.clone())),
        }
    }
    claims
}

async fn settings(app: &TestApp, algorithm: &str, fields: Value) -> Answer {
    let mut body = json!({"issuer": "https://id.example.com/", "audience": "boots", "algorithm": algorithm});
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    app.put("/v1/settings/jwt", body).await
}

async fn get(app: &TestApp, path: &str, token: &str) -> Answer {
    app.send(Method::GET, path, Key::Text(token), None).await
}

/// Has the store take tokens by [`shared`].
pub(crate) async fn take_shared(app: &TestApp) {
    settings(app, "HS256", json!({"secret": SECRET})).await.expect(200);
}

/// A token for this role.
pub(crate) fn shared(app: &TestApp, role: &str, seller: Option<i64>) -> String {
    let claims = claims(app, json!({"role": role, "seller_id": seller}));
    Signer::shared().token(&json!({"alg": "HS256"}), &claims)
}

#[tokio::test]
async fn a_token_may_what_its_role_may_and_its_name_is_the_actor() {
    let app = TestApp::start().await;
    settings(&app, "HS256", json!({"secret": SECRET})).await.expect(200);
    let header = json!({"alg": "HS256", "typ": "JWT"});
    let token = |changes| Signer::shared().token(&header, &claims(&app, changes));
    let marketer = token(json!({}));
    get(&app, "/v1/promotions", &marketer).await.expect(200);
    get(&app, "/v1/orders", &marketer).await.expect_problem(403, "forbidden");
    let viewer = token(json!({"role": null}));
    get(&app, "/v1/promotions", &viewer).await.expect(200);
    let body = Some(json!({}));
    let refused = app.send(Method::POST, "/v1/promotions", Key::Text(&viewer), body.clone()).await;
    refused.expect_problem(403, "forbidden");
    let role = json!({"name": "Buyers", "permissions": ["manage_orders"]});
    app.post("/v1/roles", role).await.expect(201);
    get(&app, "/v1/orders", &token(json!({"role": "Buyers"}))).await.expect(200);
    get(&app, "/v1/orders", &token(json!({"role": "pirate"}))).await.expect_problem(401, "unauthorized");
    let seller = token(json!({"role": "seller", "seller_id": 7}));
    get(&app, "/v1/promotions", &seller).await.expect_problem(403, "forbidden");
    get(&app, "/v1/promotions", &token(json!({"role": "seller"}))).await.expect_problem(401, "unauthorized");
    get(&app, "/v1/promotions", &token(json!({"seller_id": 7}))).await.expect_problem(401, "unauthorized");

    // Who did something stands in the ledger.
    let admin = token(json!({"role": "system_admin"}));
    let request = axum::http::Request::post("/v1/gift-cards")
        .header("authorization", format!("Bearer {admin}"))
        .header("content-type", "application/json")
        .header("idempotency-key", "k1")
        .body(axum::body::Body::from(json!({"amount": "5.00"}).to_string()));
    let card = app.call(request.unwrap()).await.expect(201)["id"].as_i64().unwrap();
    let told = app.get(&format!("/v1/gift-cards/{card}/transactions")).await.expect(200);
    assert!(told.to_string().contains(&format!("{}/ada", ActorKind::Token.name())), "{told}");
}

#[tokio::test]
async fn the_settings_decide_about_the_algorithm_and_the_keys() {
    let app = TestApp::start().await;
    let (rsa, old, new) = (Signer::rsa(), Signer::ecdsa(), Signer::ecdsa());
    let good = claims(&app, json!({}));
    let path = "/v1/promotions";
    let header = |alg: &str, kid: Option<&str>| match kid {
        Some(kid) => json!({"alg": alg, "kid": kid}),
        None => json!({"alg": alg}),
    };
    get(&app, path, &rsa.token(&header("RS256", None), &good)).await.expect_problem(401, "unauthorized");
    let jwk = rsa.jwk("one");
    settings(&app, "RS256", json!({"jwks": {"keys": [jwk]}})).await.expect(200);
    get(&app, path, &rsa.token(&header("RS256", Some("one")), &good)).await.expect(200);
    get(&app, path, &rsa.token(&header("RS256", None), &good)).await.expect(200);

    // By the public key as if it were a secret, by none at all, by another algorithm, by a key of the token's choice.
    let modulus = URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap();
    let confused = Signer::Hs256(modulus);
    let good_token = rsa.token(&header("RS256", Some("one")), &good);
    let (signed, signature) = good_token.rsplit_once('.').unwrap();
    let none =
        |alg: &str| format!("{}.{}.", base64url(header(alg, None).to_string()), base64url(good.to_string()));
    let mut forged = vec![
        confused.token(&header("HS256", Some("one")), &good),
        confused.token(&header("RS256", Some("one")), &good),
        none("none"),
        none("None"),
        none("nOnE"),
        format!("{signed}."),
        format!("{signed}.{signature}.{signature}"),
        signed.to_owned(),
        new.token(&header("ES256", Some("one")), &good),
        format!("{}.{signature}", signed.replacen('.', ".e", 1)),
        format!("{good_token}="),
        "x".repeat(10_000) + ".a.b",
    ];
    for kid in ["../../dev/null", "' OR 1=1 --", "https://evil.example/jwks", "two", &"k".repeat(10_000)] {
        forged.push(rsa.token(&header("RS256", Some(kid)), &good));
    }
    for (name, value) in [
        ("jku", json!("https://evil.example/jwks")),
        ("x5u", json!("https://evil.example/cert")),
        ("jwk", jwk.clone()),
        ("crit", json!(["exp"])),
    ] {
        let mut header = header("RS256", Some("one"));
        header.as_object_mut().unwrap().insert(name.to_owned(), value);
        forged.push(rsa.token(&header, &good));
    }
    for forged in forged {
        get(&app, path, &forged).await.expect_problem(401, "unauthorized");
    }

    // While keys are changed both are known; then only the new one.
    let keys = |keys: Vec<Value>| json!({"jwks": {"keys": keys}});
    settings(&app, "ES256", keys(vec![old.jwk("old"), new.jwk("new")])).await.expect(200);
    get(&app, path, &old.token(&header("ES256", Some("old")), &good)).await.expect(200);
    get(&app, path, &new.token(&header("ES256", Some("new")), &good)).await.expect(200);
    get(&app, path, &old.token(&header("ES256", Some("new")), &good))
        .await
        .expect_problem(401, "unauthorized");
    let signed = format!("{}.{}", base64url(header("ES256", None).to_string()), base64url(good.to_string()));
    let zero = format!("{signed}.{}", base64url([0; 64]));
    get(&app, path, &zero).await.expect_problem(401, "unauthorized");
    settings(&app, "ES256", keys(vec![new.jwk("new")])).await.expect(200);
    get(&app, path, &old.token(&header("ES256", Some("old")), &good))
        .await
        .expect_problem(401, "unauthorized");
    app.delete("/v1/settings/jwt").await.expect(204);
    app.get("/v1/settings/jwt").await.expect_problem(404, "not_found");
    get(&app, path, &new.token(&header("ES256", Some("new")), &good))
        .await
        .expect_problem(401, "unauthorized");
}

#[tokio::test]
async fn a_token_must_say_who_it_is_from_for_whom_and_until_when() {
    let app = TestApp::start().await;
    settings(&app, "HS256", json!({"secret": SECRET})).await.expect(200);
    let now = app.clock.now().as_second();
    let header = json!({"alg": "HS256"});
    let token = |changes| Signer::shared().token(&header, &claims(&app, changes));
    for fine in [
        json!({"exp": now - 29}),
        json!({"exp": now as f64 + 0.5}),
        json!({"nbf": now + 30}),
        json!({"aud": ["others", "boots"]}),
        json!({"role": null, "name": null, "email": null}),
    ] {
        get(&app, "/v1/promotions", &token(fine.clone())).await.expect(200);
    }
    for refused in [
        json!({"exp": now - 30}),
        json!({"exp": null}),
        json!({"exp": "tomorrow"}),
        json!({"exp": 1e300}),
        json!({"nbf": now + 31}),
        json!({"aud": null}),
        json!({"aud": "others"}),
        json!({"aud": []}),
        json!({"iss": null}),
        json!({"iss": "https://evil.example/"}),
        json!({"sub": null}),
        json!({"sub": ""}),
        json!({"name": "a\nb"}),
        json!({"nonce": "n"}),
        json!({"at_hash": "h"}),
    ] {
        let answer = get(&app, "/v1/promotions", &token(refused.clone())).await;
        assert_eq!(answer.status, 401, "{refused}: {answer:?}");
    }
    // The role cannot be changed by who has the token.
    let fine = token(json!({}));
    let parts: Vec<&str> = fine.split('.').collect();
    let more = base64url(claims(&app, json!({"role": "system_admin"})).to_string());
    let edited = format!("{}.{more}.{}", parts[0], parts[2]);
    get(&app, "/v1/orders", &edited).await.expect_problem(401, "unauthorized");
}

#[tokio::test]
async fn a_token_is_for_one_store() {
    let app = TestApp::start().await;
    let (_, foreign) = crate::stores::another(&app).await;
    settings(&app, "HS256", json!({"secret": SECRET})).await.expect(200);
    let theirs = |audience: &str| {
        let body = json!({"issuer": "https://id.example.com/", "audience": audience, "algorithm": "HS256",
            "secret": "another secret of thirty-two bytes"});
        app.send(Method::PUT, "/v1/settings/jwt", Key::Text(&foreign), Some(body))
    };
    theirs("boots").await.expect_problem(409, "audience_taken");
    theirs("hats").await.expect(200);
    let header = json!({"alg": "HS256"});
    app.put("/v1/brands", json!({"items": [{"id": 1, "name": "Northwind"}]})).await.expect(200);
    let admin = json!({"role": "system_admin"});
    let mine = Signer::shared().token(&header, &claims(&app, admin));
    get(&app, "/v1/brands/1", &mine).await.expect(200);
    // Signed by the secret of one store, for the audience of the other.
    let crossed = Signer::shared().token(&header, &claims(&app, json!({"aud": "hats"})));
    get(&app, "/v1/brands/1", &crossed).await.expect_problem(401, "unauthorized");
    let both = Signer::shared().token(&header, &claims(&app, json!({"aud": ["boots", "hats"]})));
    get(&app, "/v1/promotions", &both).await.expect_problem(401, "unauthorized");
    let their_secret = Signer::Hs256(b"another secret of thirty-two bytes".to_vec());
    let hats = their_secret.token(&header, &claims(&app, json!({"aud": "hats", "role": "system_admin"})));
    get(&app, "/v1/brands/1", &hats).await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn settings_that_could_not_check_a_token_are_refused() {
    let app = TestApp::start().await;
    settings(&app, "HS256", json!({})).await.expect_invalid("/secret", "required");
    settings(&app, "HS256", json!({"secret": "short"})).await.expect_invalid("/secret", "out_of_range");
    settings(&app, "RS256", json!({})).await.expect_invalid("/jwks", "required");
    settings(&app, "RS256", json!({"jwks": {"keys": []}})).await.expect_invalid("/jwks", "invalid");
    settings(&app, "ES256", json!({"jwks": {"keys": [Signer::rsa().jwk("a")]}}))
        .await
        .expect_invalid("/jwks", "invalid");
    let private = json!({"jwks": {"keys": [Signer::shared().jwk("a")]}});
    let message = settings(&app, "RS256", private).await.expect_invalid("/jwks", "invalid");
    assert!(message.contains("private key"), "{message}");
    assert_eq!(settings(&app, "none", json!({})).await.status, 422);
    settings(&app, "HS256", json!({"secret": SECRET})).await.expect(200);
    let shown = app.get("/v1/settings/jwt").await.expect(200);
    assert_eq!(shown["algorithm"], "HS256");
    assert!(!shown.to_string().contains(SECRET));
}
