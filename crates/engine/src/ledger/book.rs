//! The accounts that a batch of postings concerns, and deciding them in order.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Account, Change, Posting, Refusal};

/// Accounts by id, as they are after the postings so far.
#[derive(Clone, Debug, Default)]
pub struct Book {
    accounts: BTreeMap<i64, Account>,
}

/// Which of a list of postings was refused, and why; none of them was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its place in the list, from 0.
    pub position: usize,
    /// Why.
    pub refusal: Refusal,
}

impl Book {
    /// The account with this id.
    pub fn get(&self, id: i64) -> Option<&Account> {
        self.accounts.get(&id)
    }

    /// Every account, in order of the ids.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }

    /// Puts an account in, in the place of one with the same id.
    pub fn insert(&mut self, account: Account) {
        self.accounts.insert(account.id, account);
    }

    /// Applies these postings in their order: all of them, or none.
    ///
    /// Errors: the first that is refused.
    ///
    /// ```
    /// use engine::ledger::{Account, Book, Funding, Operation, Posting, Refusal};
    /// use engine::money::{Currency, Minor};
    /// let (usd, now) = (Currency::parse("USD").unwrap(), jiff::Timestamp::UNIX_EPOCH);
    /// let mut book = Book::default();
    /// book.insert(Account::empty(1, usd, Funding::Sold, None));
    /// let posting = |operation, cents| Posting { account: 1, operation, amount: Minor::new(cents), currency: usd };
    /// book.apply(&[posting(Operation::Issue, 5000), posting(Operation::Redeem, 3000)], now).unwrap();
    /// assert_eq!(book.get(1).unwrap().balance, Minor::new(2000));
    /// let refused = book.apply(&[posting(Operation::Redeem, 3000)], now).unwrap_err();
    /// assert_eq!(refused.refusal, Refusal::InsufficientBalance { available: Minor::new(2000) });
    /// ```
    pub fn apply(&mut self, postings: &[Posting], now: Timestamp) -> Result<Vec<Change>, Refused> {
        let mut changes = Vec::with_capacity(postings.len());
        // What accounts were before, the oldest last to be put back.
        let mut before: Vec<Account> = Vec::with_capacity(postings.len());
        for (position, posting) in postings.iter().enumerate() {
            let account = self.accounts.get_mut(&posting.account);
            let was = account.as_deref().cloned();
            let applied =
                account.ok_or(Refusal::UnknownAccount).and_then(|account| posting.apply(account, now));
            match applied {
                Ok(change) => {
                    before.extend(was);
                    changes.push(change);
                }
                Err(refusal) => {
                    before.into_iter().rev().for_each(|account| self.insert(account));
                    return Err(Refused { position, refusal });
                }
            }
        }
        Ok(changes)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Funding, Operation};
    use super::*;
    use crate::money::{Currency, Minor};

    fn usd() -> Currency {
        Currency::parse("USD").unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn posting(account: i64, operation: Operation, minor: i64) -> Posting {
        Posting { account, operation, amount: Minor::new(minor), currency: usd() }
    }

    /// Two cards of 100.00; the second expires at second 10.
    fn book() -> Book {
        let mut book = Book::default();
        book.insert(Account::empty(1, usd(), Funding::Sold, None));
        book.insert(Account::empty(2, usd(), Funding::Sold, Some(at(10))));
        let issue = |account| posting(account, Operation::Issue, 10_000);
        book.apply(&[issue(1), issue(2)], at(0)).unwrap();
        book
    }

    fn refusal(book: &mut Book, postings: &[Posting], now: i64) -> Refusal {
        book.apply(postings, at(now)).unwrap_err().refusal
    }

    #[test]
    fn a_refused_posting_undoes_those_before_it() {
        let mut book = book();
        let before = format!("{book:?}");
        let postings = [
            posting(1, Operation::Redeem, 500),
            posting(1, Operation::Hold, 500),
            posting(2, Operation::Redeem, 10_001),
        ];
        let refused = book.apply(&postings, at(1)).unwrap_err();
        let available = Minor::new(10_000);
        assert_eq!(refused, Refused { position: 2, refusal: Refusal::InsufficientBalance { available } });
        assert_eq!(format!("{book:?}"), before);
        assert_eq!(refusal(&mut book, &[posting(3, Operation::Redeem, 1)], 1), Refusal::UnknownAccount);
    }

    #[test]
    fn a_hold_is_honoured_after_the_expiry_and_only_what_is_not_held_expires() {
        let mut book = book();
        book.apply(&[posting(2, Operation::Hold, 3_000)], at(9)).unwrap();
        assert_eq!(refusal(&mut book, &[posting(2, Operation::Expire, 0)], 9), Refusal::NotExpired);
        for operation in [Operation::Hold, Operation::Redeem, Operation::Adjust, Operation::Load] {
            assert_eq!(refusal(&mut book, &[posting(2, operation, 1)], 10), Refusal::Expired);
        }
        let expired = book.apply(&[posting(2, Operation::Expire, 0)], at(10)).unwrap();
        assert_eq!(expired, [Change { added: Minor::new(-7_000), balance: Minor::new(3_000) }]);
        let capture = Operation::Capture { hold: Minor::new(3_000) };
        book.apply(&[posting(2, capture, 2_500)], at(11)).unwrap();
        let account = book.get(2).unwrap();
        assert_eq!((account.balance, account.held), (Minor::new(500), Minor::ZERO));
    }

    #[test]
    fn nothing_is_taken_after_a_voiding_and_what_was_held_need_not_be_released() {
        let mut book = book();
        book.apply(&[posting(1, Operation::Hold, 3_000)], at(1)).unwrap();
        let voided = book.apply(&[posting(1, Operation::Void, 0)], at(2)).unwrap();
        assert_eq!(voided, [Change { added: Minor::new(-10_000), balance: Minor::ZERO }]);
        let capture = Operation::Capture { hold: Minor::new(3_000) };
        let refund = Operation::Refund { left: Minor::new(3_000) };
        for operation in [capture, refund, Operation::Redeem, Operation::Void, Operation::Load] {
            assert_eq!(refusal(&mut book, &[posting(1, operation, 1)], 3), Refusal::Voided);
        }
        book.apply(&[posting(1, Operation::Release, 3_000)], at(3)).unwrap();
        assert_eq!(book.get(1).unwrap().held, Minor::ZERO);
    }

    #[test]
    fn what_is_held_cannot_be_taken_otherwise() {
        let mut book = book();
        book.apply(&[posting(1, Operation::Hold, 9_000)], at(1)).unwrap();
        let available = Minor::new(1_000);
        for (operation, minor) in [(Operation::Redeem, 1_001), (Operation::Adjust, -1_001)] {
            let expected = Refusal::InsufficientBalance { available };
            assert_eq!(refusal(&mut book, &[posting(1, operation, minor)], 1), expected);
        }
        let hold = Minor::new(500);
        let too_much = posting(1, Operation::Capture { hold }, 501);
        assert_eq!(refusal(&mut book, &[too_much], 1), Refusal::ExceedsHold { hold });
        let held = Minor::new(9_000);
        let never_held = posting(1, Operation::Capture { hold: Minor::new(9_001) }, 1);
        assert_eq!(refusal(&mut book, &[never_held], 1), Refusal::NotHeld { held });
        assert_eq!(
            refusal(&mut book, &[posting(1, Operation::Release, 9_001)], 1),
            Refusal::NotHeld { held }
        );
    }

    #[test]
    fn amounts_and_currencies_must_fit() {
        let mut book = book();
        for (operation, minor) in [(Operation::Redeem, 0), (Operation::Load, -1), (Operation::Adjust, 0)] {
            assert_eq!(refusal(&mut book, &[posting(1, operation, minor)], 1), Refusal::NotPositive);
        }
        let euro = Currency::parse("EUR").unwrap();
        let foreign = Posting { currency: euro, ..posting(1, Operation::Redeem, 1) };
        assert_eq!(refusal(&mut book, &[foreign], 1), Refusal::CurrencyMismatch { account: usd() });
        let most = Minor::MAX.get();
        assert_eq!(refusal(&mut book, &[posting(1, Operation::Load, most)], 1), Refusal::TooLarge);
        let left = Minor::new(5);
        let refund = posting(1, Operation::Refund { left }, 6);
        assert_eq!(refusal(&mut book, &[refund], 1), Refusal::ExceedsCaptured { left });
    }
}
