//! A folder of promotions and test carts: read with everything that is wrong with it, and written.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use engine::coupon::normalise;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::evaluation::rest::EvaluateRequest;
use crate::platform::http::{Problem, read_document, read_json};

/// The folder in the folder that holds promotions.
pub(super) const PROMOTIONS: &str = "promotions";
/// The folder in the folder that holds test carts.
const CARTS: &str = "carts";
/// What is written beside the document of a promotion whose codes are made in bulk: how many there are.
pub(super) const BULK_CODES: &str = "bulk_codes";

/// Something that is wrong with a file.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// The file, from the folder on.
    pub file: String,
    /// Where in it, as a JSON pointer; empty for the file as a whole.
    pub pointer: String,
    /// What is wrong and how to mend it.
    pub message: String,
}

/// What a folder holds, as far as it can be read.
#[derive(Debug, Default)]
pub struct Folder {
    /// Its promotions, by key.
    pub promotions: BTreeMap<String, PromotionFile>,
    /// Its test carts, in the order of their names.
    pub carts: Vec<CartFile>,
    /// What could not be read, and why.
    pub troubles: Vec<Trouble>,
}

/// A promotion as its file says it.
#[derive(Clone, Debug)]
pub struct PromotionFile {
    /// The file, from the folder on.
    pub file: String,
    /// The document, with its key, without its codes.
    pub document: Map<String, Value>,
    /// Its codes; `None` when the file does not say.
    pub codes: Option<Vec<Code>>,
}

/// A shared code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// The code.
    pub code: String,
    /// How often it may be used; 0 is without limit.
    #[serde(default)]
    pub max_uses: u64,
    /// How often one customer may use it; 0 is without limit.
    #[serde(default)]
    pub max_uses_per_customer: u64,
    /// From when on it can be used, beside its promotion's own time: RFC 3339; always when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Timestamp>,
    /// From when on it cannot be used: RFC 3339; never when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
}

/// A test cart.
#[derive(Clone, Debug)]
pub struct CartFile {
    /// The file, from the folder on.
    pub file: String,
    /// What would be sent to `POST /v1/evaluate`.
    pub request: EvaluateRequest,
}

impl Folder {
    /// Reads all of a folder.
    ///
    /// Errors: the folder cannot be read. What is wrong with its files is among the troubles.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        fs::metadata(path).with_context(|| format!("cannot read the folder {}", path.display()))?;
        let mut folder = Self::default();
        for (file, bytes) in files(path, PROMOTIONS)? {
            if let Err(trouble) = folder.take_promotion(&file, &bytes) {
                folder.troubles.extend(trouble);
            }
        }
        folder.check_codes();
        for (file, bytes) in files(path, CARTS)? {
            match read_json::<EvaluateRequest>(&bytes) {
                Ok(request) => folder.carts.push(CartFile { file, request }),
                Err(problem) => folder.troubles.extend(troubles(&file, &problem)),
            }
        }
        Ok(folder)
    }

    fn take_promotion(&mut self, file: &str, bytes: &[u8]) -> Result<(), Vec<Trouble>> {
        let document = read_document(bytes).map_err(|problem| troubles(file, &problem))?;
        let trouble = |pointer: &str, message: &str| {
            vec![Trouble { file: file.to_owned(), pointer: pointer.to_owned(), message: message.to_owned() }]
        };
        let Value::Object(mut document) = document else {
            return Err(trouble("", "must be an object: a promotion's document"));
        };
        let Some(key) = document.get("key").and_then(Value::as_str).map(str::to_owned) else {
            let message = "is required: the name by which it stays the same promotion when it is renamed";
            return Err(trouble("/key", message));
        };
        if document.get("status").and_then(Value::as_str) == Some("archived") {
            let message = "an archived promotion cannot be made or changed: take the file away and `--prune`";
            return Err(trouble("/status", message));
        }
        document.remove(BULK_CODES);
        let codes = match document.remove("codes").filter(|codes| !codes.is_null()) {
            None => None,
            Some(codes) => Some(serde_json::from_value(codes).map_err(|error| {
                trouble("/codes", &format!("must be a list of codes with their limits: {error}"))
            })?),
        };
        if let Some(other) = self.promotions.get(&key) {
            return Err(trouble("/key", &format!("`{key}` is the key of {} already", other.file)));
        }
        self.promotions.insert(key, PromotionFile { file: file.to_owned(), document, codes });
        Ok(())
    }

    /// Codes that cannot be codes, or that two promotions have.
    fn check_codes(&mut self) {
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        for promotion in self.promotions.values() {
            for (index, code) in promotion.codes.iter().flatten().enumerate() {
                let message = match normalise(&code.code) {
                    Err(error) => error.to_string(),
                    Ok(normal) => match seen.insert(normal, promotion.file.clone()) {
                        Some(file) => format!("`{}` stands in {file} already", code.code),
                        None => continue,
                    },
                };
                let (file, pointer) = (promotion.file.clone(), format!("/codes/{index}/code"));
                self.troubles.push(Trouble { file, pointer, message });
            }
        }
    }
}

/// What a problem says of a file.
pub(super) fn troubles(file: &str, problem: &Problem) -> Vec<Trouble> {
    let file = || file.to_owned();
    if problem.errors().is_empty() {
        return vec![Trouble { file: file(), pointer: String::new(), message: problem.detail().to_owned() }];
    }
    let errors = problem.errors().iter();
    let trouble = errors.map(|error| Trouble {
        file: file(),
        pointer: error.pointer.clone(),
        message: error.message.clone(),
    });
    trouble.collect()
}

/// The JSON files of a folder in the folder, by name; none when it is not there.
fn files(folder: &Path, inner: &str) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let path = folder.join(inner);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(&path).with_context(|| format!("cannot read {}", path.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "json") {
            paths.push(path);
        }
    }
    paths.sort();
    let read = |path: PathBuf| {
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Ok((format!("{inner}/{name}"), bytes))
    };
    paths.into_iter().map(read).collect()
}

/// Writes promotions into a folder: each in the file that has its key, or in a new one named after it. Gives how many
/// files were written, and those that hold other promotions.
pub(super) fn write(
    path: &Path,
    promotions: &[(String, Map<String, Value>)],
) -> anyhow::Result<(usize, Vec<String>)> {
    let folder = path.join(PROMOTIONS);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let before = Folder::read(path)?;
    let mut taken: BTreeSet<String> = before.promotions.values().map(|it| it.file.clone()).collect();
    taken.extend(before.troubles.iter().map(|trouble| trouble.file.clone()));
    let (mut written, mut others) = (0, taken.clone());
    for (key, document) in promotions {
        let file = match before.promotions.get(key) {
            Some(known) => known.file.clone(),
            None => new_file(document, &mut taken),
        };
        others.remove(&file);
        let mut text = serde_json::to_string_pretty(document)?;
        text.push('\n');
        let path = path.join(&file);
        if fs::read(&path).ok().as_deref() != Some(text.as_bytes()) {
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
            written += 1;
        }
    }
    Ok((written, others.into_iter().filter(|file| file.starts_with(PROMOTIONS)).collect()))
}

/// A file that no other promotion is in, after the promotion's name.
fn new_file(document: &Map<String, Value>, taken: &mut BTreeSet<String>) -> String {
    let name = slug(document.get("name").and_then(Value::as_str).unwrap_or_default());
    let numbers = std::iter::once(String::new()).chain((2..).map(|number: u32| format!("-{number}")));
    let files = numbers.map(|number| format!("{PROMOTIONS}/{name}{number}.json"));
    let file = files.into_iter().find(|file| !taken.contains(file)).unwrap_or_default();
    taken.insert(file.clone());
    file
}

/// A name as files and keys have it: small letters and digits, with dashes between words.
pub(super) fn slug(name: &str) -> String {
    const LENGTH_MAX: usize = 60;
    let letter =
        |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { ' ' };
    let words: String = name.chars().map(letter).collect();
    let mut slug = words.split_whitespace().collect::<Vec<_>>().join("-");
    slug.truncate(LENGTH_MAX);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "promotion".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_names_of_files() {
        assert_eq!(slug("20 % off Boots, this weekend!"), "20-off-boots-this-weekend");
        assert_eq!(slug("ÄÖ"), "promotion");
        assert_eq!(slug(&"a".repeat(100)).len(), 60);
    }

    #[test]
    fn files_of_one_name_are_told_apart() {
        let document = Map::from_iter([("name".to_owned(), "Boots".into())]);
        let mut taken = BTreeSet::new();
        let files: Vec<String> = (0..3).map(|_| new_file(&document, &mut taken)).collect();
        assert_eq!(files, ["promotions/boots.json", "promotions/boots-2.json", "promotions/boots-3.json"]);
    }
}
