//! Codes of gift cards: 16 random symbols that nobody can guess, and one by which a mistyped code is noticed.

use std::fmt;

/// Crockford's symbols: the digits and letters without I, L, O and U, which are mistaken for others.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Random symbols of a code: 80 bits.
const RANDOM: usize = 16;
/// Symbols between two dashes.
const GROUP: usize = 4;

/// The code of a gift card in its normal form: 17 symbols, the last of which follows from the others.
///
/// `Debug` does not show it: whoever has it has the money.
#[derive(Clone, PartialEq, Eq)]
pub struct CardCode(String);

/// Why a text is no code of a gift card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeError {
    /// It has another character than letters, digits, spaces and dashes, or a `U`.
    Character,
    /// It does not have 17 symbols.
    Length,
    /// The last symbol does not follow from the others: it was mistyped.
    Mistyped,
}

impl fmt::Display for CodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Character => "has a character that no code has",
            Self::Length => "must have 17 letters and digits",
            Self::Mistyped => "is mistyped somewhere",
        })
    }
}

impl CardCode {
    /// A code from 16 throws of a die with 32 sides, numbered from 0; pass a cryptographically secure one.
    ///
    /// ```
    /// let code = engine::gift_card::CardCode::generate(&mut || 7);
    /// assert_eq!(code.display().len(), 21);
    /// assert_eq!(engine::gift_card::CardCode::parse(&code.display().to_lowercase()), Ok(code));
    /// ```
    pub fn generate(die: &mut dyn FnMut() -> u8) -> Self {
        let mut values: Vec<u8> = (0..RANDOM).map(|_| die() % 32).collect();
        values.push(check_value(&values));
        Self(values.into_iter().map(symbol).collect())
    }

    /// The code that a person wrote: letter case, spaces and dashes do not matter, and O reads as 0, I and L as 1.
    ///
    /// Errors: see [`CodeError`].
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let mut values = Vec::with_capacity(RANDOM + 1);
        for character in text.chars().filter(|character| *character != '-' && !character.is_whitespace()) {
            // A text of any length is read no further than a code goes.
            if values.len() > RANDOM {
                return Err(CodeError::Length);
            }
            values.push(value(character).ok_or(CodeError::Character)?);
        }
        let (check, random) = values.split_last().ok_or(CodeError::Length)?;
        if random.len() != RANDOM {
            Err(CodeError::Length)
        } else if check_value(random) == *check {
            Ok(Self(values.into_iter().map(symbol).collect()))
        } else {
            Err(CodeError::Mistyped)
        }
    }

    /// The 17 symbols without dashes: what is hashed and compared.
    pub fn normal(&self) -> &str {
        &self.0
    }

    /// As people read it: `XXXX-XXXX-XXXX-XXXX-C`.
    pub fn display(&self) -> String {
        let mut shown = String::with_capacity(RANDOM + RANDOM / GROUP + 1);
        for (position, symbol) in self.0.chars().enumerate() {
            if position > 0 && position % GROUP == 0 {
                shown.push('-');
            }
            shown.push(symbol);
        }
        shown
    }

    /// The last four of its symbols, by which people tell their cards apart.
    pub fn last_four(&self) -> &str {
        self.0.get(RANDOM + 1 - 4..).unwrap_or_default()
    }
}

impl fmt::Debug for CardCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CardCode([REDACTED])")
    }
}

/// A sum over the field of 32 elements in which every place has its own weight: it differs for any two codes that
/// differ in one symbol, and for any two of which one has two symbols swapped.
fn check_value(values: &[u8]) -> u8 {
    values.iter().fold(0, |sum, value| {
        let mixed = sum ^ value;
        // Times x, modulo x^5 + x^2 + 1.
        let doubled = mixed << 1;
        if doubled & 0b10_0000 == 0 { doubled } else { doubled ^ 0b10_0101 }
    })
}

fn symbol(value: u8) -> char {
    ALPHABET.get(usize::from(value)).copied().map_or('0', char::from)
}

fn value(character: char) -> Option<u8> {
    let upper = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let place = ALPHABET.iter().position(|symbol| char::from(*symbol) == upper)?;
    u8::try_from(place).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dice() -> impl FnMut() -> u8 {
        let mut state: u64 = 7;
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 59) as u8
        }
    }

    #[test]
    fn a_code_is_known_however_it_is_written() {
        let code = CardCode::generate(&mut dice());
        let shown = code.display();
        let spaced = format!("  {}", shown.replace('-', " ").to_lowercase());
        let mistaken = shown.replace('0', "o").replace('1', "l");
        for written in [&shown, &spaced, &mistaken, code.normal()] {
            assert_eq!(CardCode::parse(written), Ok(code.clone()), "{written}");
        }
        assert!(shown.replace('-', "").ends_with(code.last_four()));
        assert!(!format!("{code:?}").contains(code.last_four()));
    }

    #[test]
    fn every_wrong_symbol_and_every_swap_of_two_neighbours_is_noticed() {
        let mut dice = dice();
        for _ in 0..50 {
            let code = CardCode::generate(&mut dice);
            let symbols: Vec<char> = code.normal().chars().collect();
            for place in 0..symbols.len() {
                for other in ALPHABET.iter().map(|symbol| char::from(*symbol)) {
                    let mut wrong = symbols.clone();
                    wrong[place] = other;
                    let text: String = wrong.into_iter().collect();
                    let expected =
                        if other == symbols[place] { Ok(code.clone()) } else { Err(CodeError::Mistyped) };
                    assert_eq!(CardCode::parse(&text), expected);
                }
                if place > 0 && symbols[place] != symbols[place - 1] {
                    let mut swapped = symbols.clone();
                    swapped.swap(place, place - 1);
                    let text: String = swapped.into_iter().collect();
                    assert_eq!(CardCode::parse(&text), Err(CodeError::Mistyped));
                }
            }
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let code = CardCode::generate(&mut dice()).display();
        assert_eq!(CardCode::parse(""), Err(CodeError::Length));
        assert_eq!(CardCode::parse(&format!("{code}0")), Err(CodeError::Length));
        assert_eq!(CardCode::parse(&"0".repeat(100_000)), Err(CodeError::Length));
        for text in ["U234", "ＡＢＣＤ", "💸", "AB_C"] {
            assert_eq!(CardCode::parse(text), Err(CodeError::Character), "{text}");
        }
    }
}
