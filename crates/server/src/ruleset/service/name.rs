//! The name of rules: a hash of hashes, so that a change of one promotion costs no look at the others.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use engine::settings::Settings;
use sha2::{Digest as _, Sha256};

use super::snapshot::{self, PromotionRecord};
use crate::platform::http::Problem;

/// A SHA-256.
pub(super) type Hash = [u8; 32];

/// The hashes of which the name of rules is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    /// Of the settings.
    pub(super) settings: Hash,
    /// Of each promotion: its document, id and creation.
    pub(super) promotions: BTreeMap<u64, Hash>,
}

impl Parts {
    /// The parts of these rules.
    pub(super) fn of(settings: &Settings, records: &[PromotionRecord]) -> Result<Self, Problem> {
        let part = |record: &PromotionRecord| Ok::<_, Problem>((record.id, of_promotion(record)?));
        let promotions = records.iter().map(part).collect::<Result<_, _>>()?;
        Ok(Self { settings: of_settings(settings)?, promotions })
    }

    /// The name: SHA-256, in hexadecimal, of the hash of the settings and then, in the order of their ids, of each
    /// promotion's id in eight bytes and its hash.
    pub(super) fn name(&self) -> String {
        let mut whole = Vec::with_capacity(32 + self.promotions.len() * 40);
        whole.extend_from_slice(&self.settings);
        for (id, hash) in &self.promotions {
            whole.extend_from_slice(&id.to_be_bytes());
            whole.extend_from_slice(hash);
        }
        sha256(&whole)
    }
}

/// The hash of settings.
pub(super) fn of_settings(settings: &Settings) -> Result<Hash, Problem> {
    Ok(Sha256::digest(snapshot::settings_text(settings)?).into())
}

/// The hash of a promotion.
pub(super) fn of_promotion(record: &PromotionRecord) -> Result<Hash, Problem> {
    Ok(Sha256::digest(snapshot::promotion_text(record)?).into())
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    let hash: Hash = Sha256::digest(bytes).into();
    hash.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_sha_256_in_hexadecimal() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
