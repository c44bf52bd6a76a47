//! Codes of a second factor: those that authenticator apps show (RFC 6238), and those that stand in for them.

use ring::hmac;

/// Letters and digits of base 32 (RFC 4648), which apps read secrets in.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// For how many seconds a code is shown.
const PERIOD: i64 = 30;
/// How many periods before and after now a code is taken from: clocks differ.
const SKEW: i64 = 1;
const SECRET_LENGTH: usize = 20;
/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;

/// A new secret, in base 32.
pub(in crate::access) fn new_secret() -> String {
    base32(&rand::random::<[u8; SECRET_LENGTH]>())
}

/// New recovery codes, such as `K7QF2-M9XTC`, each with 50 random bits.
pub(in crate::access) fn new_recovery_codes() -> Vec<String> {
    let code = || {
        let text = base32(&rand::random::<[u8; 10]>());
        let (first, rest) = text.split_at(5);
        format!("{first}-{}", rest.get(..5).unwrap_or_default())
    };
    (0..RECOVERY_CODES).map(|_| code()).collect()
}

/// A recovery code as it is compared: without dashes, spaces and letter case.
pub(in crate::access) fn normal(code: &str) -> String {
    code.chars().filter(|each| each.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// What an app scans: `otpauth://totp/…`.
pub(in crate::access) fn uri(store: &str, email: &str, secret: &str) -> String {
    let (store, email) = (escaped(store), escaped(email));
    format!(
        "otpauth://totp/{store}:{email}?secret={secret}&issuer={store}&algorithm=SHA1&digits=6&period={PERIOD}"
    )
}

/// The period, around the instant `now` in seconds, whose code this is.
pub(in crate::access) fn period_of(secret: &str, code: &str, now: i64) -> Option<i64> {
    let secret = bytes(secret)?;
    let current = now.div_euclid(PERIOD);
    (current - SKEW..=current + SKEW).find(|period| {
        // Six digits are no secret for longer than a minute, and few tries are allowed.
        self::code(&secret, *period) == code.trim()
    })
}

/// The code of a period.
fn code(secret: &[u8], period: i64) -> String {
    // The standard says SHA-1, and apps know nothing else; as a MAC it is not broken.
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &period.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last().copied().unwrap_or(0) & 0xf);
    let four = tag.iter().skip(offset).take(4);
    let number = four.fold(0_u32, |number, byte| number << 8 | u32::from(*byte)) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in bytes {
        bits = bits << 8 | u32::from(*byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            let index = (bits >> count & 0x1f) as usize;
            text.push(ALPHABET.get(index).copied().map_or('A', char::from));
        }
        bits &= (1 << count) - 1;
    }
    text
}

fn bytes(base32: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0_u32);
    for letter in base32.bytes() {
        let value = ALPHABET.iter().position(|known| *known == letter)?;
        bits = bits << 5 | u32::try_from(value).ok()?;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes)
}

/// A text as a part of an address.
fn escaped(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last six of the eight digits of RFC 6238, appendix B.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = base32(b"12345678901234567890");
        assert_eq!(secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        for (now, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(period_of(&secret, code, now), Some(now / 30), "{now}");
            assert_eq!(period_of(&secret, code, now + 30), Some(now / 30), "{now}");
            assert_eq!(period_of(&secret, code, now + 60), None, "{now}");
            assert_eq!(period_of(&secret, code, now - 60), None, "{now}");
        }
    }

    #[test]
    fn secrets_can_be_read_back_and_scanned() {
        let secret = new_secret();
        assert_eq!(bytes(&secret).map(|bytes| base32(&bytes)), Some(secret.clone()));
        assert_eq!(secret.len(), 32);
        assert_eq!(
            uri("Boots & Co", "ada@example.com", "ABC"),
            "otpauth://totp/Boots%20%26%20Co:ada%40example.com?secret=ABC&issuer=Boots%20%26%20Co\
             &algorithm=SHA1&digits=6&period=30"
        );
    }

    #[test]
    fn recovery_codes_differ_and_are_read_in_any_spelling() {
        let codes = new_recovery_codes();
        assert_eq!(codes.iter().collect::<std::collections::BTreeSet<_>>().len(), 10);
        let first = codes.first().unwrap();
        assert_eq!(first.len(), 11);
        assert_eq!(normal(&format!(" {} ", first.to_lowercase().replace('-', " "))), normal(first));
    }
}
