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

/// A secret with the text that it is made of.
pub struct FoundSecret {
    /// The secret.
    pub secret: ServerSecret,
    /// Whether it is that of the file in the folder.
    pub is_file: bool,
    text: String,
}

impl FoundSecret {
    /// The secret that was given, or else that of the file in `folder`; nothing when there is neither.
    pub fn find(given: Option<&str>, folder: &Path) -> Result<Option<Self>, SecretError> {
        if let Some(given) = given.filter(|given| !given.is_empty()) {
            return Self::of(given.to_owned(), false).map(Some);
        }
        let path = folder.join(FILE);
        if path.exists() { Self::read(&path).map(Some) } else { Ok(None) }
    }

    /// The secret in this file.
    pub fn read(path: &Path) -> Result<Self, SecretError> {
        let text =
            fs::read_to_string(path).map_err(|reason| SecretError::File { path: path.to_owned(), reason })?;
        Self::of(text.trim().to_owned(), true)
    }

    /// Makes a secret and its file in `folder`.
    pub fn make(folder: &Path) -> Result<Self, SecretError> {
        let made = Self::of(STANDARD_NO_PAD.encode(rand::random::<[u8; 32]>()), true)?;
        made.write(&folder.join(FILE))?;
        Ok(made)
    }

    fn of(text: String, is_file: bool) -> Result<Self, SecretError> {
        if text.len() < LENGTH_MIN {
            return Err(SecretError::TooShort);
        }
        Ok(Self { secret: ServerSecret::derive(text.as_bytes()), is_file, text })
    }

    /// Writes it to a file, readable by its owner only, whole or not at all.
    pub fn write(&self, path: &Path) -> Result<(), SecretError> {
        let unusable = |reason| SecretError::File { path: path.to_owned(), reason };
        // Blanks at its ends would be lost with the line's end, and it would be another.
        if self.text != self.text.trim() {
            let reason = io::Error::new(io::ErrorKind::InvalidInput, "the secret begins or ends with blanks");
            return Err(unusable(reason));
        }
        write(path, &self.text).map_err(unusable)
    }
}

impl fmt::Debug for FoundSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("FoundSecret([REDACTED])")
    }
}

impl ServerSecret {
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

    /// By what it is known again in a store; it tells nothing else of it.
    pub fn fingerprint(&self, store: StoreId) -> String {
        self.hash("fingerprint", store, "")
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

fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(format!(".{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_made_once_and_read_from_then_on() {
        let folder = tempfile::tempdir().unwrap();
        assert!(FoundSecret::find(None, folder.path()).unwrap().is_none());
        let made = FoundSecret::make(folder.path()).unwrap();
        let found = FoundSecret::find(Some(""), folder.path()).unwrap().unwrap();
        assert!(made.is_file && found.is_file);
        assert_eq!(made.secret.fingerprint(StoreId(1)), found.secret.fingerprint(StoreId(1)));
        assert_ne!(made.secret.fingerprint(StoreId(1)), found.secret.fingerprint(StoreId(2)));
        #[cfg(unix)]
        {
            let mode = fs::metadata(folder.path().join(FILE)).unwrap();
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode.permissions()) & 0o777, 0o600);
        }
        assert!(matches!(FoundSecret::find(Some("short"), folder.path()), Err(SecretError::TooShort)));
    }

    #[test]
    fn a_secret_that_was_given_is_the_same_when_it_is_read_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let text = "a secret that is given is long enough";
        let given = FoundSecret::find(Some(text), folder.path()).unwrap().unwrap();
        let path = folder.path().join("beside/copy.secret.key");
        given.write(&path).unwrap();
        let read = FoundSecret::read(&path).unwrap();
        assert_eq!(read.secret.fingerprint(StoreId(1)), given.secret.fingerprint(StoreId(1)));
        assert!(!given.is_file && !format!("{given:?}").contains(text));
        let blank = FoundSecret::find(Some(&format!(" {text}")), folder.path()).unwrap().unwrap();
        assert!(blank.write(&path).is_err());
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
