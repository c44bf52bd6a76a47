//! Passwords: which are refused, and how they are hashed so that neither the database nor a flood gives them away.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::available_parallelism;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::platform::http::{Code, Errors, Problem};

/// The fewest characters.
const LENGTH_MIN: usize = 8;
/// The most characters.
const LENGTH_MAX: usize = 256;
/// As OWASP advises: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
/// How many may wait for their password to be hashed.
const QUEUE_MAX: usize = 32;
const SALT_LENGTH: usize = 16;

/// What people choose most: the words, digits and rows of keys that whoever guesses begins with. Letter case and what
/// is added at the end to please a rule are left aside.
const REFUSED: &[&str] = &[
    "password",
    "passwort",
    "passw0rd",
    "p@ssword",
    "p@ssw0rd",
    "iloveyou",
    "princess",
    "sunshine",
    "football",
    "baseball",
    "basketball",
    "superman",
    "batman",
    "starwars",
    "pokemon",
    "trustno",
    "whatever",
    "welcome",
    "letmein",
    "changeme",
    "secret",
    "qwerty",
    "qwertz",
    "azerty",
    "qwertyuiop",
    "qwertzuiop",
    "asdfghjkl",
    "asdfasdf",
    "zxcvbnm",
    "yxcvbnm",
    "qazwsx",
    "qazwsxedc",
    "qweasd",
    "qweasdzxc",
    "abcdefgh",
    "abcdefg",
    "abcd",
    "abc",
    "aaaaaaaa",
    "asdf",
    "qwer",
    "admin",
    "administrator",
    "root",
    "user",
    "test",
    "testtest",
    "guest",
    "default",
    "master",
    "monkey",
    "dragon",
    "shadow",
    "michael",
    "jennifer",
    "charlie",
    "jordan",
    "hunter",
    "ashley",
    "daniel",
    "jessica",
    "michelle",
    "computer",
    "internet",
    "freedom",
    "liverpool",
    "chelsea",
    "arsenal",
    "barcelona",
    "largesse",
    "promotion",
    "promotions",
    "summer",
    "winter",
    "spring",
    "autumn",
    "login",
    "access",
    "company",
    "samsung",
    "google",
    "facebook",
    "killer",
    "cheese",
    "corvette",
    "mercedes",
    "maverick",
    "matrix",
    "mustang",
    "phoenix",
    "pepper",
    "ginger",
    "hello",
    "helloworld",
];

/// Whether a password is one that people choose again and again.
fn is_common(password: &str) -> bool {
    let lower = password.to_lowercase();
    let word = lower.trim_end_matches(|last: char| !last.is_alphabetic());
    let bytes = lower.as_bytes();
    let steps: Vec<i16> = bytes
        .windows(2)
        .filter_map(|pair| Some(i16::from(*pair.last()?) - i16::from(*pair.first()?)))
        .collect();
    // One character over and over, or characters in a row: 11111111, 12345678, abcdefgh, 87654321.
    let is_row = |step: i16| steps.iter().all(|found| *found == step);
    let has_few = lower.chars().collect::<std::collections::BTreeSet<_>>().len() <= 2;
    let digits = lower.bytes().all(|byte| byte.is_ascii_digit());
    let counts_up =
        digits && "01234567890123456789".contains(lower.get(..lower.len().min(10)).unwrap_or("-"));
    is_row(1) || is_row(-1) || has_few || counts_up || REFUSED.contains(&word)
}

/// Says what is wrong with a password that someone chooses.
pub(in crate::access) fn check(errors: &mut Errors, pointer: &str, password: &str, email: Option<&str>) {
    let length = password.chars().count();
    if !(LENGTH_MIN..=LENGTH_MAX).contains(&length) {
        let message = format!("must have {LENGTH_MIN} to {LENGTH_MAX} characters; 15 or more are better");
        errors.report(pointer, "out_of_range", message);
    } else if is_common(password) || email.is_some_and(|email| email.eq_ignore_ascii_case(password)) {
        errors.report(pointer, "too_common", "is among those that are tried first; choose another");
    }
}

/// Hashes passwords, as many at once as there are processors; clones share them.
#[derive(Clone)]
pub struct Passwords(Arc<Hashing>);

struct Hashing {
    argon2: Argon2<'static>,
    free: Arc<Semaphore>,
    inside: Arc<AtomicUsize>,
    most_inside: usize,
}

impl fmt::Debug for Passwords {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Passwords")
    }
}

impl Default for Passwords {
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        // The parameters are constants that the library takes.
        let params = Params::new(MEMORY_KIB, PASSES, 1, None).unwrap_or_default();
        Self(Arc::new(Hashing {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            free: Arc::new(Semaphore::new(cores)),
            inside: Arc::default(),
            most_inside: cores + QUEUE_MAX,
        }))
    }
}

/// Somebody whose password is hashed, or waits to be, until this is dropped.
struct Inside(Arc<AtomicUsize>);

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Passwords {
    /// The hash of a password, with its salt and parameters.
    ///
    /// Errors: too many wait already.
    pub(in crate::access) async fn hash(&self, password: String) -> Result<String, Problem> {
        let argon2 = self.0.argon2.clone();
        let hashed = self.elsewhere(move || {
            let salt: [u8; SALT_LENGTH] = rand::random();
            argon2
                .hash_password_with_salt(password.as_bytes(), &salt)
                .map(|hash: PasswordHash| hash.to_string())
        });
        hashed.await?.map_err(Problem::internal)
    }

    /// Whether a password has this hash. Without a hash it takes as long, and is wrong.
    ///
    /// Errors: too many wait already.
    pub(in crate::access) async fn verify(
        &self,
        password: String,
        hash: Option<String>,
    ) -> Result<bool, Problem> {
        let Some(hash) = hash else { return self.hash(password).await.map(|_| false) };
        let argon2 = self.0.argon2.clone();
        self.elsewhere(move || argon2.verify_password(password.as_bytes(), hash.as_str()).is_ok()).await
    }

    /// Whether a hash was made with other parameters than new ones are.
    pub(in crate::access) fn is_outdated(hash: &str) -> bool {
        !hash.starts_with(&format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p=1$"))
    }

    async fn elsewhere<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let Hashing { free, inside, most_inside, .. } = &*self.0;
        let me = Inside(Arc::clone(inside));
        if inside.fetch_add(1, Ordering::Relaxed) >= *most_inside {
            return Err(Problem::new(Code::Overloaded, "more people sign in than can be answered in time"));
        }
        let permit = Arc::clone(free).acquire_owned().await.map_err(Problem::internal)?;
        // Hashing goes on when nobody waits for it any more, so what it takes is given back by itself.
        let working = tokio::task::spawn_blocking(move || {
            let done = work();
            drop((permit, me));
            done
        });
        working.await.map_err(Problem::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(password: &str) -> Option<&'static str> {
        let mut errors = Errors::default();
        check(&mut errors, "/password", password, Some("ada@example.com"));
        errors.finish().err().map(|problem| problem.errors()[0].code)
    }

    #[test]
    fn length_counts_and_composition_does_not() {
        for fine in ["correct horse battery", "tr0ubador", "ééééèèèè ü", &"long ".repeat(51), "98127364"]
        {
            assert_eq!(fault(fine), None, "{fine}");
        }
        for refused in ["", "short", "1234567", &"x ".repeat(129)] {
            assert_eq!(fault(refused), Some("out_of_range"), "{refused}");
        }
    }

    #[test]
    fn what_is_tried_first_is_refused() {
        let tried = [
            "password",
            "Password1!",
            "PASSW0RD123",
            "12345678",
            "1234567890",
            "87654321",
            "abcdefgh",
            "aaaaaaaa",
            "abababab",
            "qwertyuiop",
            "Welcome2026!",
            "ada@example.com",
            "letmein123",
        ];
        for tried in tried {
            assert_eq!(fault(tried), Some("too_common"), "{tried}");
        }
    }

    #[tokio::test]
    async fn hashes_are_salted_and_tell_their_parameters() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(!Passwords::is_outdated(&hash) && Passwords::is_outdated("$argon2i$v=19$m=8,t=1,p=1$x"));
        assert_ne!(passwords.hash("correct horse".to_owned()).await.unwrap(), hash);
        let is = |password: &str| passwords.verify(password.to_owned(), Some(hash.clone()));
        assert!(is("correct horse").await.unwrap() && !is("correct horsf").await.unwrap());
        assert!(!passwords.verify("correct horse".to_owned(), None).await.unwrap());
    }

    #[tokio::test]
    async fn a_flood_is_sent_away_and_leaves_nothing_behind() {
        let passwords = Passwords::default();
        let most = passwords.0.most_inside;
        let all = (0..most + 20)
            .map(|_| passwords.elsewhere(|| std::thread::sleep(std::time::Duration::from_millis(5))));
        let answers = futures_util::future::join_all(all).await;
        let refused = answers.iter().filter(|answer| answer.is_err()).count();
        assert_eq!(refused, 20);
        assert_eq!(passwords.0.inside.load(Ordering::Relaxed), 0);
        assert!(passwords.elsewhere(|| ()).await.is_ok());
    }
}
