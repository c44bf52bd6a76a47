//! Tokens of other systems (JWT, RFC 7519): signatures, checked strictly, and what they claim.
//!
//! The algorithm, the keys, the issuer and the audience are those of the store's settings; a token only says which of
//! the keys was used.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use ring::{hmac, signature};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::unauthorized;
use crate::platform::clock::from_milliseconds;
use crate::platform::http::Problem;

/// The longest token.
const LENGTH_MAX: usize = 8192;
/// By how much clocks may differ.
const LEEWAY: SignedDuration = SignedDuration::from_secs(30);
/// The fewest bytes of a secret: as many as the hash has.
pub(in crate::access) const SECRET_MIN: usize = 32;
/// The most keys of a set.
const KEYS_MAX: usize = 100;
/// The longest text of a claim that we keep.
const CLAIM_MAX: usize = 250;
/// Parts of headers by which a token would say how it wants to be checked.
const REFUSED_HEADERS: [&str; 6] = ["crit", "jku", "jwk", "x5u", "x5c", "b64"];
/// Claims that say that a token is for the system that a person signed in to, and not for others.
const OF_ID_TOKENS: [&str; 2] = ["nonce", "at_hash"];

/// How a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::access) enum Algorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// RSA with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
}

/// By what signatures are checked.
#[derive(Clone)]
pub(in crate::access) enum Keys {
    /// A secret that both sides have.
    Secret(Vec<u8>),
    /// A set of public keys.
    Set(Vec<PublicKey>),
}

/// A key of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::access) struct PublicKey {
    kid: Option<String>,
    /// Of RSA the modulus and the exponent, of ECDSA the point and nothing.
    parts: (Vec<u8>, Vec<u8>),
}

/// A token that can be read, and is not checked yet.
#[derive(Debug)]
pub(in crate::access) struct Unchecked<'token> {
    signed: &'token str,
    signature: Vec<u8>,
    algorithm: String,
    kid: Option<String>,
    claims: Claims,
}

/// What a token claims.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::access) struct Claims {
    pub(in crate::access) iss: String,
    pub(in crate::access) sub: String,
    aud: Audience,
    exp: Seconds,
    nbf: Option<Seconds>,
    pub(in crate::access) name: Option<String>,
    pub(in crate::access) email: Option<String>,
    pub(in crate::access) role: Option<String>,
    pub(in crate::access) seller_id: Option<i64>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// An instant in seconds since 1970, which may have a fraction.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Seconds(f64);

impl Seconds {
    fn instant(self) -> Option<Timestamp> {
        const MOST: f64 = 253_402_207_200.0;
        // The range is that of the calendar, so that nothing is cut off.
        #[expect(clippy::cast_possible_truncation, reason = "it was compared with the ends of the calendar")]
        (-MOST..=MOST).contains(&self.0).then(|| from_milliseconds((self.0 * 1000.0) as i64))
    }
}

fn refused(detail: &str) -> Problem {
    unauthorized(format!("the token is refused: {detail}"))
}

impl Algorithm {
    /// Its name in tokens and settings.
    pub(in crate::access) fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }

    /// The algorithm of this name.
    pub(in crate::access) fn parse(name: &str) -> Option<Self> {
        [Self::Hs256, Self::Rs256, Self::Es256].into_iter().find(|algorithm| algorithm.name() == name)
    }
}

/// Whether a bearer looks like a token rather than like a key.
pub(in crate::access) fn looks_like_one(text: &str) -> bool {
    text.matches('.').count() == 2 || text.starts_with("eyJ")
}

/// Reads a token.
///
/// Errors: unauthorized, with what is wrong with its form.
pub(in crate::access) fn read(text: &str) -> Result<Unchecked<'_>, Problem> {
    if text.len() > LENGTH_MAX {
        return Err(refused("it is too long"));
    }
    let (signed, signature) = text.rsplit_once('.').ok_or_else(|| refused("it has no signature"))?;
    let (header, payload) = signed.split_once('.').ok_or_else(|| refused("it has no signature"))?;
    let part = |text: &str, name: &str| {
        URL_SAFE_NO_PAD.decode(text).map_err(|_| refused(&format!("its {name} is not base64url")))
    };
    let header: Value =
        serde_json::from_slice(&part(header, "header")?).map_err(|_| refused("its header is not JSON"))?;
    let Value::Object(header) = header else { return Err(refused("its header is not an object")) };
    if let Some(name) = REFUSED_HEADERS.iter().find(|name| header.contains_key(**name)) {
        return Err(refused(&format!("its header has `{name}`")));
    }
    let text_of = |name: &str| match header.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if text.len() <= CLAIM_MAX => Ok(Some(text.clone())),
        Some(_) => Err(refused(&format!("`{name}` of its header is not a short text"))),
    };
    let algorithm = text_of("alg")?.ok_or_else(|| refused("its header has no `alg`"))?;
    let claims: Claims = serde_json::from_slice(&part(payload, "payload")?)
        .map_err(|_| refused("it must claim `iss`, `sub`, `aud` and `exp`, each of the right type"))?;
    Ok(Unchecked {
        signed,
        signature: part(signature, "signature")?,
        algorithm,
        kid: text_of("kid")?,
        claims,
    })
}

impl Unchecked<'_> {
    /// Who says that they issued it; only for finding by what it is to be checked.
    pub(in crate::access) fn issuer(&self) -> &str {
        &self.claims.iss
    }

    /// For whom it says that it is; only for finding by what it is to be checked.
    pub(in crate::access) fn audiences(&self) -> Vec<String> {
        match &self.claims.aud {
            Audience::One(one) => vec![one.clone()],
            Audience::Several(several) => several.clone(),
        }
    }

    /// What it claims, when it was signed by one of these keys and is good at `now`.
    ///
    /// Errors: unauthorized, with what is wrong.
    pub(in crate::access) fn check(
        self,
        (algorithm, keys): (Algorithm, &Keys),
        now: Timestamp,
    ) -> Result<Claims, Problem> {
        if self.algorithm != algorithm.name() {
            return Err(refused(&format!("the store takes tokens signed by {} only", algorithm.name())));
        }
        if !self.is_signed_by(algorithm, keys) {
            return Err(refused("its signature is not by a key of the store's settings"));
        }
        let claims = self.claims;
        let expires = claims.exp.instant().ok_or_else(|| refused("its `exp` is no instant"))?;
        if expires + LEEWAY <= now {
            return Err(refused("it has expired"));
        }
        if let Some(begins) = claims.nbf {
            let begins = begins.instant().ok_or_else(|| refused("its `nbf` is no instant"))?;
            if begins > now + LEEWAY {
                return Err(refused("it is not valid yet"));
            }
        }
        if let Some(name) = OF_ID_TOKENS.iter().find(|name| claims.others.contains_key(**name)) {
            return Err(refused(&format!("it has `{name}`: it is an ID token, not an access token")));
        }
        let texts = [Some(&claims.sub), claims.name.as_ref(), claims.email.as_ref(), claims.role.as_ref()];
        let is_fit =
            |text: &&String| text.chars().count() <= CLAIM_MAX && !text.chars().any(char::is_control);
        if claims.sub.is_empty() || !texts.iter().flatten().all(is_fit) {
            return Err(refused(
                "`sub`, `name`, `email` and `role` must be short texts, and `sub` not empty",
            ));
        }
        Ok(claims)
    }

    fn is_signed_by(&self, algorithm: Algorithm, keys: &Keys) -> bool {
        let (signed, signature) = (self.signed.as_bytes(), &self.signature);
        match (algorithm, keys) {
            (Algorithm::Hs256, Keys::Secret(secret)) => {
                hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed, signature).is_ok()
            }
            (Algorithm::Rs256 | Algorithm::Es256, Keys::Set(set)) => {
                // A token that names no key may be by any; one that names a key, only by that.
                let named = set.iter().filter(|key| self.kid.is_none() || key.kid == self.kid);
                named.into_iter().any(|key| key.has_signed(algorithm, signed, signature))
            }
            _ => false,
        }
    }
}

impl PublicKey {
    fn has_signed(&self, algorithm: Algorithm, signed: &[u8], by: &[u8]) -> bool {
        let (first, second) = (&self.parts.0, &self.parts.1);
        match algorithm {
            Algorithm::Hs256 => false,
            Algorithm::Rs256 => signature::RsaPublicKeyComponents { n: first, e: second }
                .verify(&signature::RSA_PKCS1_2048_8192_SHA256, signed, by)
                .is_ok(),
            Algorithm::Es256 => {
                let key = signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, first);
                key.verify(signed, by).is_ok()
            }
        }
    }
}

/// A key of a JSON Web Key Set (RFC 7517).
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    used_for: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
    /// A private key has one; those who check signatures must not have it.
    d: Option<Value>,
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Jwk>,
}

/// The keys of a set that can sign by this algorithm.
///
/// Errors: what is wrong with the set.
pub(in crate::access) fn read_set(text: &str, algorithm: Algorithm) -> Result<Vec<PublicKey>, String> {
    let set: Jwks =
        serde_json::from_str(text).map_err(|error| format!("is not a JSON Web Key Set: {error}"))?;
    if set.keys.len() > KEYS_MAX {
        return Err(format!("must have at most {KEYS_MAX} keys"));
    }
    if set.keys.iter().any(|key| key.d.is_some() || key.kty == "oct") {
        return Err("has a private key in it; send the public keys only, and make new ones".to_owned());
    }
    let keys: Vec<PublicKey> = set.keys.into_iter().filter_map(|key| key.public(algorithm)).collect();
    if keys.is_empty() {
        return Err(format!("has no key for {}", algorithm.name()));
    }
    Ok(keys)
}

impl Jwk {
    fn public(self, algorithm: Algorithm) -> Option<PublicKey> {
        let is_for_signatures = self.used_for.is_none_or(|used_for| used_for == "sig");
        let is_for_algorithm = self.alg.is_none_or(|alg| alg == algorithm.name());
        if !is_for_signatures || !is_for_algorithm {
            return None;
        }
        let bytes = |text: Option<String>| URL_SAFE_NO_PAD.decode(text?).ok();
        let parts = match (algorithm, self.kty.as_str(), self.crv.as_deref()) {
            (Algorithm::Rs256, "RSA", None) => (bytes(self.n)?, bytes(self.e)?),
            (Algorithm::Es256, "EC", Some("P-256")) => {
                let (x, y) = (bytes(self.x)?, bytes(self.y)?);
                // An uncompressed point.
                if x.len() != 32 || y.len() != 32 {
                    return None;
                }
                ([&[4], x.as_slice(), y.as_slice()].concat(), Vec::new())
            }
            _ => return None,
        };
        Some(PublicKey { kid: self.kid, parts })
    }
}
