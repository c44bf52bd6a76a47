//! An API key's text: how it is made, recognised, and kept only as a hash.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::access::Kind;

impl Kind {
    /// How its keys begin.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Secret => "sk_",
            Self::Publishable => "pk_",
        }
    }
}

/// The text of a key. It is shown once, when it is made, and never printed by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// What stands in a link or a cookie: 256 random bits, shown once, kept as a hash, and never printed by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A new one.
    pub(in crate::access) fn generate() -> Self {
        Self(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()))
    }

    /// The text, for showing it to whom it is for.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub(in crate::access) fn hash(&self) -> Hash {
        hash(&self.0)
    }

    /// The hash of a text that may be one.
    pub(in crate::access) fn hash_of(text: &str) -> Hash {
        hash(text)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(…)")
    }
}

/// SHA-256 of a key. No salt and no slow hash: the key has 256 random bits, which cannot be guessed.
pub(in crate::access) type Hash = [u8; 32];

impl Secret {
    /// A new key.
    pub fn generate(kind: Kind) -> Self {
        Self::beginning(kind.prefix())
    }

    /// A new key that begins so.
    pub(in crate::access) fn beginning(prefix: &str) -> Self {
        Self(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())))
    }

    /// The text, for showing it to whoever asked for the key.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub(in crate::access) fn hash(&self) -> Hash {
        hash(&self.0)
    }

    /// By which people tell their keys apart.
    pub(in crate::access) fn last_four(&self) -> String {
        self.0.chars().skip(self.0.len().saturating_sub(4)).collect()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

pub(in crate::access) fn hash(text: &str) -> Hash {
    Sha256::digest(text.as_bytes()).into()
}

/// The hash as the database holds it.
pub(in crate::access) fn hexadecimal(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_differ_and_say_what_they_are() {
        let (secret, publishable) = (Secret::generate(Kind::Secret), Secret::generate(Kind::Publishable));
        assert!(secret.reveal().starts_with("sk_") && publishable.reveal().starts_with("pk_"));
        assert_eq!(secret.reveal().len(), 46);
        assert_ne!(secret, Secret::generate(Kind::Secret));
        assert!(secret.reveal().ends_with(&secret.last_four()));
        assert!(!format!("{secret:?}").contains(secret.reveal()));
    }

    #[test]
    fn the_hash_is_sha_256_in_hexadecimal() {
        assert!(hexadecimal(&hash("abc")).starts_with("ba7816bf8f01cfea"));
    }
}
