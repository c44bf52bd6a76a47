//! One word per thing: synonyms of the glossary's words are refused in names and documentation.

use super::unfinished::outside_backticks;
use super::{File, Finding};

const GLOSSARY: &str = "docs/glossary.md";
const HEADING: &str = "Refused synonyms";
/// What holds as long as there is no glossary.
const DEFAULT: [(&str, &str); 3] =
    [("promo", "promotion"), ("voucher", "coupon"), ("usage_count", "current_uses")];
/// Names that others gave to things.
const PROPER_NAMES: [&str; 1] = ["promo performance"];

pub(super) struct Glossary {
    synonyms: Vec<Synonym>,
    problem: Option<Finding>,
}

struct Synonym {
    word: String,
    /// The word in [`spell_out`]'s form.
    spelled: String,
    /// What to write instead.
    instead: String,
}

impl Glossary {
    /// The table in `docs/glossary.md`: lines of the form ``- `word` → `word` `` below its heading.
    pub(super) fn of(files: &[File]) -> Self {
        let Some(file) = files.iter().find(|file| file.path == GLOSSARY) else {
            let default = DEFAULT.iter().map(|(word, instead)| Synonym::new(word, instead));
            return Self { synonyms: default.collect(), problem: None };
        };
        let synonyms: Vec<Synonym> = table(&file.text).filter_map(Synonym::read).collect();
        let message = format!("has no lines \"- `word` → `word`\" below a heading \"{HEADING}\": add them");
        let problem = synonyms.is_empty().then(|| file.finding(1, message));
        Self { synonyms, problem }
    }

    pub(super) fn problems(&self) -> Vec<Finding> {
        self.problem.iter().cloned().collect()
    }

    pub(super) fn check(&self, file: &File) -> Vec<Finding> {
        match (&file.rust, file.ending()) {
            _ if file.path == GLOSSARY => Vec::new(),
            (Some(rust), _) => {
                let mut findings = self.check_text(file, &rust.code);
                findings.extend(self.check_text(file, &rust.comments));
                findings
            }
            (None, "md") => self.check_text(file, &outside_backticks(&file.text)),
            (None, "sql" | "graphql") => self.check_text(file, &file.text),
            _ => Vec::new(),
        }
    }

    fn check_text(&self, file: &File, text: &str) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (line, text) in (1..).zip(text.lines()) {
            let mut words = spell_out(text);
            for name in PROPER_NAMES {
                words = words.replace(&format!(" {name} "), " | ");
            }
            for Synonym { word, spelled, instead } in &self.synonyms {
                if words.contains(&format!(" {spelled} ")) || words.contains(&format!(" {spelled}s ")) {
                    findings.push(
                        file.finding(line, format!("`{word}` is refused by the glossary: say `{instead}`")),
                    );
                }
            }
        }
        findings
    }
}

impl Synonym {
    fn new(word: &str, instead: &str) -> Self {
        let spelled = spell_out(word).trim().to_owned();
        Self { word: word.to_owned(), spelled, instead: instead.to_owned() }
    }

    fn read(line: &str) -> Option<Self> {
        let mut quoted = line.trim().strip_prefix("- ")?.split('`').skip(1).step_by(2);
        let (word, instead) = (quoted.next()?, quoted.next()?);
        line.contains('→').then(|| Self::new(word, instead))
    }
}

/// The lines below the heading, down to the next.
fn table(text: &str) -> impl Iterator<Item = &str> {
    let is_heading = |line: &&str| line.starts_with('#');
    text.lines()
        .skip_while(move |line| !(is_heading(line) && line.trim_matches(['#', ' ']) == HEADING))
        .skip(1)
        .take_while(move |line| !is_heading(line))
}

/// The words of a line in small letters, each between spaces, whatever joined them: `usage_count`,
/// `usageCount` and `usage count` are all ` usage count `. A bar stands where something else separates them.
fn spell_out(line: &str) -> String {
    let mut words = String::from(" ");
    let mut characters = line.chars().peekable();
    let mut last = ' ';
    while let Some(each) = characters.next() {
        if each.is_alphanumeric() {
            let begins_hump = each.is_uppercase()
                && (last.is_lowercase()
                    || last.is_ascii_digit()
                    || last.is_uppercase() && characters.peek().is_some_and(|next| next.is_lowercase()));
            if begins_hump {
                words.push(' ');
            }
            words.extend(each.to_lowercase());
        } else if !words.ends_with(' ') {
            words.push(' ');
        }
        if !each.is_alphanumeric() && !"_- ".contains(each) {
            words.push_str("| ");
        }
        last = each;
    }
    words.push(' ');
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let files = [File::new(path, text)];
        let mut findings = Glossary::of(&files).check(&files[0]);
        findings.sort();
        findings.into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn synonyms_are_found_however_they_are_joined() {
        let text = "fn promo_id() {}\nstruct PromoList;\nlet usageCount = x.usage_count;\n/// A Voucher.\nvouchers\n";
        assert_eq!(lines("a.rs", text), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn other_words_data_and_proper_names_are_left_alone() {
        let text = "fn promotion() {}\nlet code = \"PROMO10\"; // as in Promo Performance\nusage(count)\n";
        assert_eq!(lines("a.rs", text), [] as [usize; 0]);
        assert_eq!(lines("a.md", "Others say `voucher`.\nA voucher.\n"), [2]);
        assert_eq!(lines("a.json", "voucher"), [] as [usize; 0]);
    }

    #[test]
    fn the_glossary_of_the_repository_decides() {
        let glossary = "# Glossary\n- `promo` → `no`\n## Refused synonyms\n\n- `basket` → `cart`\n## More\n";
        let files = [File::new(GLOSSARY, glossary), File::new("a.sql", "basket\npromo\n")];
        let glossary = Glossary::of(&files);
        assert_eq!(glossary.problems(), []);
        let findings = glossary.check(&files[1]);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].message, "`basket` is refused by the glossary: say `cart`");
    }

    #[test]
    fn a_glossary_without_the_table_is_noticed() {
        assert_eq!(Glossary::of(&[File::new(GLOSSARY, "# Glossary\n")]).problems().len(), 1);
    }
}
