//! By what customers are known, so that a guest and an account with the same address are one.

use unicode_normalization::UnicodeNormalization as _;

/// What a cart says of who is buying.
#[derive(Clone, Copy, Debug, Default)]
pub struct Contact<'a> {
    /// The customer's id.
    pub id: Option<u64>,
    /// The customer's e-mail address.
    pub email: Option<&'a str>,
    /// The customer's telephone number.
    pub phone: Option<&'a str>,
}

/// Everything by which a customer is known, in normal form: a limit per customer counts each of them by itself, so
/// whoever comes back with one of them is the same customer.
///
/// E-mail addresses are compared without letter case and outer blanks; what stands behind a `+` counts. Telephone
/// numbers are their digits, with `+` where they begin with `+` or `00`. A guest who gives nothing is nobody in
/// particular: then nothing is answered.
///
/// ```
/// use engine::redemption::{Contact, identities};
/// let contact = Contact { id: Some(7), email: Some(" Ada@Example.com"), phone: Some("00 49 (30) 123") };
/// assert_eq!(identities(&contact), ["id:7", "email:ada@example.com", "phone:+4930123"]);
/// ```
pub fn identities(contact: &Contact<'_>) -> Vec<String> {
    let id = contact.id.map(|id| format!("id:{id}"));
    let email = contact.email.map(|email| email.trim().nfkc().collect::<String>().to_lowercase());
    let email = email.filter(|email| !email.is_empty()).map(|email| format!("email:{email}"));
    let phone = contact.phone.and_then(normal_phone).map(|phone| format!("phone:{phone}"));
    id.into_iter().chain(email).chain(phone).collect()
}

fn normal_phone(text: &str) -> Option<String> {
    let text = text.trim();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let international = match digits.strip_prefix("00") {
        Some(rest) => Some(rest.to_owned()),
        None => text.starts_with('+').then(|| digits.clone()),
    };
    match international {
        Some(digits) if !digits.is_empty() => Some(format!("+{digits}")),
        _ => Some(digits).filter(|digits| !digits.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_email(email: &str) -> Vec<String> {
        identities(&Contact { email: Some(email), ..Contact::default() })
    }

    #[test]
    fn an_address_is_the_same_in_any_letter_case_but_its_tag_counts() {
        assert_eq!(of_email("a@x.com"), of_email(" A@X.com "));
        assert_eq!(of_email("a@x.com"), of_email("ａ@x.com"));
        assert_ne!(of_email("a@x.com"), of_email("a+1@x.com"));
    }

    #[test]
    fn nothing_is_nobody() {
        let blank = Contact { id: None, email: Some("  "), phone: Some("()") };
        assert!(identities(&blank).is_empty());
    }
}
