//! The server's secret: what codes are hashed and sealed with, so that the database alone gives none of them away.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;

use super::ids::StoreId;

/// The file beside the embedded database that holds a secret made at the first start.
pub const FILE: &str = "secret.key";
/// The fewest characters of a secret that is given: as many as 32 random bytes have in base64, less padding.
const LENGTH_MIN: usize = 32;

/// The secret of this server and of all its nodes; clones share it. It is never printed.
#[derive(Clone)]
pub struct ServerSecret(Arc<Keys>);

struct Keys {
    hashing: hmac::Key,
    /// `None` only if the library refused a key of the right length.
    sealing: Option<LessSafeKey>,
}

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The one that was given would be easy to guess.
    #[error(
        "LARGESSE_SECRET has fewer than {LENGTH_MIN} characters; make one with `openssl rand -base64 32`"
    )]
    TooShort,
    /// Its file cannot be read or made.
    #[error("`{}` cannot be used: {reason}; check its permissions, or set LARGESSE_SECRET", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
}

impl ServerSecret {
    /// The secret that was given, or else that of the file in `folder`, which is made if it is missing; and whether
    /// it is the file's.
    pub fn load(given: Option<&str>, folder: &Path) -> Result<(Self, bool), SecretError> {
        if let Some(given) = given.filter(|given| !given.is_empty()) {
            if given.len() < LENGTH_MIN {
                return Err(SecretError::TooShort);
            }
            return Ok((Self::derive(given.as_bytes()), false));
        }
        let path = folder.join(FILE);
        let text = read_or_make(folder, &path).map_err(|reason| SecretError::File { path, reason })?;
        if text.trim().len() < LENGTH_MIN {
            return Err(SecretError::TooShort);
        }
        Ok((Self::derive(text.trim().as_bytes()), true))
    }

    /// A secret that is forgotten with the process: for tests and demonstrations.
    pub fn random() -> Self {
        Self::derive(&rand::random::<[u8; 32]>())
    }

    /// Derives a key for each purpose as HKDF-SHA-256 does (RFC 5869), which for 32 bytes is two HMACs.
    fn derive(secret: &[u8]) -> Self {
        let extracted = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"largesse"), secret);
        let root = hmac::Key::new(hmac::HMAC_SHA256, extracted.as_ref());
        let key = |purpose: &[u8]| hmac::sign(&root, &[purpose, &[1]].concat());
        let hashing = hmac::Key::new(hmac::HMAC_SHA256, key(b"hashing codes").as_ref());
        let sealing = UnboundKey::new(&CHACHA20_POLY1305, key(b"sealing codes").as_ref());
        Self(Arc::new(Keys { hashing, sealing: sealing.ok().map(LessSafeKey::new) }))
    }

    /// The keyed hash of a text in hexadecimal: the same for the same `purpose` and store, and telling nothing to who
    /// lacks the secret.
    pub fn hash(&self, purpose: &str, store: StoreId, text: &str) -> String {
        let mut context = hmac::Context::with_key(&self.0.hashing);
        context.update(purpose.as_bytes());
        context.update(&[0]);
        context.update(&store.0.to_be_bytes());
        context.update(text.as_bytes());
        context.sign().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Encrypts a text such that only [`ServerSecret::open`] with the same `place` reads it.
    pub fn seal(&self, place: &str, text: &str) -> Option<String> {
        // 96 random bits: a store would have to seal billions of codes before two meet.
        let nonce: [u8; NONCE_LEN] = rand::random();
        let mut sealed = text.as_bytes().to_vec();
        let (nonce_used, place) = (Nonce::assume_unique_for_key(nonce), Aad::from(place.as_bytes()));
        self.0.sealing.as_ref()?.seal_in_place_append_tag(nonce_used, place, &mut sealed).ok()?;
        let mut all = nonce.to_vec();
        all.append(&mut sealed);
        Some(STANDARD_NO_PAD.encode(all))
    }

    /// Decrypts what was sealed for this place; `None` when it was not, or with another secret.
    pub fn open(&self, place: &str, sealed: &str) -> Option<String> {
        let all = STANDARD_NO_PAD.decode(sealed).ok()?;
        let (nonce, rest) = all.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut rest = rest.to_vec();
        let opened =
            self.0.sealing.as_ref()?.open_in_place(nonce, Aad::from(place.as_bytes()), &mut rest).ok()?;
        String::from_utf8(opened.to_vec()).ok()
    }
}

impl fmt::Debug for ServerSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ServerSecret([REDACTED])")
    }
}

fn read_or_make(folder: &Path, path: &Path) -> io::Result<String> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(folder, path),
        read => read,
    }
}

/// Makes the file, readable by its owner only, whole or not at all.
fn make(folder: &Path, path: &Path) -> io::Result<String> {
    fs::create_dir_all(folder)?;
    let text = STANDARD_NO_PAD.encode(rand::random::<[u8; 32]>());
    let unfinished = folder.join(format!("{FILE}.{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_made_once_and_read_from_then_on() {
        let folder = tempfile::tempdir().unwrap();
        let (first, is_file) = ServerSecret::load(None, folder.path()).unwrap();
        assert!(is_file);
        let (second, _) = ServerSecret::load(Some(""), folder.path()).unwrap();
        assert_eq!(first.hash("code", StoreId(1), "A"), second.hash("code", StoreId(1), "A"));
        #[cfg(unix)]
        {
            let mode = fs::metadata(folder.path().join(FILE)).unwrap();
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode.permissions()) & 0o777, 0o600);
        }
        assert!(matches!(ServerSecret::load(Some("short"), folder.path()), Err(SecretError::TooShort)));
    }

    #[test]
    fn hashes_differ_by_secret_purpose_and_store() {
        let (one, other) = (ServerSecret::random(), ServerSecret::random());
        let hashes = [
            one.hash("code", StoreId(1), "A"),
            other.hash("code", StoreId(1), "A"),
            one.hash("pin", StoreId(1), "A"),
            one.hash("code", StoreId(2), "A"),
            one.hash("code", StoreId(1), "B"),
        ];
        let distinct: std::collections::BTreeSet<&String> = hashes.iter().collect();
        assert_eq!((distinct.len(), hashes[0].len()), (5, 64));
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_only_and_never_looks_the_same() {
        let secret = ServerSecret::random();
        let sealed = secret.seal("card/1", "the code").unwrap();
        assert_eq!(secret.open("card/1", &sealed).as_deref(), Some("the code"));
        assert_eq!(secret.open("card/2", &sealed), None);
        assert_eq!(ServerSecret::random().open("card/1", &sealed), None);
        assert_eq!(secret.open("card/1", "nonsense"), None);
        assert_ne!(secret.seal("card/1", "the code").unwrap(), sealed);
        assert_eq!(format!("{secret:?}"), "ServerSecret([REDACTED])");
    }
}
