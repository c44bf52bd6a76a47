//! What is to become of one account, and what it comes to.

use jiff::Timestamp;

use super::{Account, Funding, Refusal};
use crate::money::{Currency, Minor};

/// What is done to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// The first money on it.
    Issue,
    /// More money on it.
    Load,
    /// Takes money for an order at once.
    Redeem,
    /// Takes money for an order that was held before: a hold is honoured even when the account has expired since.
    Capture {
        /// What the hold has; what of it is not captured is released. Minor units.
        hold: Minor,
    },
    /// Gives back what an order took.
    Refund {
        /// What the order took from this account and has not got back yet. Minor units.
        left: Minor,
    },
    /// Takes everything, holds included, for ever. The posting's amount does not matter.
    Void,
    /// Takes everything that is not held, after its time. The posting's amount does not matter.
    Expire,
    /// Gives back what expired.
    Reinstate,
    /// Adds, or takes away when the amount is below zero.
    Adjust,
    /// Keeps money for an order under way; makes no entries.
    Hold,
    /// Lets held money go; makes no entries. On a voided account there is nothing left to let go, which is fine.
    Release,
}

/// The other side of the entries of a posting: where money on an account comes from or goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContraAccount {
    /// What buyers paid for cards.
    Clearing,
    /// What the store spends on giving money away.
    PromotionExpense,
    /// What orders were paid with.
    OrderTender,
    /// What was given back for orders.
    Refunds,
    /// What was voided.
    Voided,
    /// What expired: the store's gain.
    Breakage,
    /// What staff corrected.
    Adjustment,
}

impl ContraAccount {
    /// Every one of them.
    pub const ALL: [Self; 7] = [
        Self::Clearing,
        Self::PromotionExpense,
        Self::OrderTender,
        Self::Refunds,
        Self::Voided,
        Self::Breakage,
        Self::Adjustment,
    ];

    /// The name in tables and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clearing => "clearing",
            Self::PromotionExpense => "promotion_expense",
            Self::OrderTender => "order_tender",
            Self::Refunds => "refunds",
            Self::Voided => "voided",
            Self::Breakage => "breakage",
            Self::Adjustment => "adjustment",
        }
    }
}

impl Operation {
    /// The name of what it leaves in the ledger; a capture is a redemption. `None` for what makes no entries.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Issue => Some("issue"),
            Self::Load => Some("load"),
            Self::Redeem | Self::Capture { .. } => Some("redeem"),
            Self::Refund { .. } => Some("refund"),
            Self::Void => Some("void"),
            Self::Expire | Self::Reinstate => Some("expire"),
            Self::Adjust => Some("adjust"),
            Self::Hold | Self::Release => None,
        }
    }

    /// The other side of its entries.
    pub fn contra_account(self, funding: Funding) -> Option<ContraAccount> {
        contra_account(self.name()?, funding)
    }
}

/// The other side of the entries of what stands in the ledger under this name; `None` for an unknown name.
///
/// ```
/// use engine::ledger::{ContraAccount, Funding, contra_account};
/// assert_eq!(contra_account("issue", Funding::Sold), Some(ContraAccount::Clearing));
/// ```
pub fn contra_account(name: &str, funding: Funding) -> Option<ContraAccount> {
    Some(match (name, funding) {
        ("issue" | "load", Funding::Sold) => ContraAccount::Clearing,
        ("issue" | "load", Funding::Promotional) => ContraAccount::PromotionExpense,
        ("redeem", _) => ContraAccount::OrderTender,
        ("refund", _) => ContraAccount::Refunds,
        ("void", _) => ContraAccount::Voided,
        ("expire", _) => ContraAccount::Breakage,
        ("adjust", _) => ContraAccount::Adjustment,
        _ => return None,
    })
}

/// What is to become of one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The account's id.
    pub account: i64,
    /// What is done.
    pub operation: Operation,
    /// How much. Minor units, above zero; below zero only to adjust downwards.
    pub amount: Minor,
    /// The currency in which the amount is meant.
    pub currency: Currency,
}

/// What a posting came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it added to the balance, below zero for what it took: the account's entry. Minor units.
    pub added: Minor,
    /// The balance after it. Minor units.
    pub balance: Minor,
}

impl Posting {
    /// Decides the posting on its account and carries it out.
    ///
    /// Errors: the first rule that it breaks; the account is then as it was.
    pub(super) fn apply(&self, account: &mut Account, now: Timestamp) -> Result<Change, Refusal> {
        self.check(account, now)?;
        let amount = self.amount;
        let (added, newly_held) = match self.operation {
            Operation::Issue | Operation::Load | Operation::Refund { .. } | Operation::Reinstate => {
                (amount, Minor::ZERO)
            }
            Operation::Adjust => (amount, Minor::ZERO),
            Operation::Redeem => (Minor::ZERO - amount, Minor::ZERO),
            Operation::Capture { hold } => (Minor::ZERO - amount, Minor::ZERO - hold),
            Operation::Void => (Minor::ZERO - account.balance, Minor::ZERO - account.held),
            Operation::Expire => (Minor::ZERO - account.available(), Minor::ZERO),
            Operation::Hold => (Minor::ZERO, amount),
            Operation::Release => (Minor::ZERO, Minor::ZERO - amount.min(account.held)),
        };
        let balance = account.balance.get().checked_add(added.get()).map(Minor::new);
        let balance = balance.filter(|balance| *balance <= Minor::MAX).ok_or(Refusal::TooLarge)?;
        account.balance = balance;
        account.held += newly_held;
        account.is_voided |= self.operation == Operation::Void;
        Ok(Change { added, balance })
    }

    fn check(&self, account: &Account, now: Timestamp) -> Result<(), Refusal> {
        let amount = self.amount;
        if self.currency != account.currency {
            return Err(Refusal::CurrencyMismatch { account: account.currency });
        }
        let has_own_amount = matches!(self.operation, Operation::Void | Operation::Expire);
        let is_signed = self.operation == Operation::Adjust;
        if !has_own_amount && (amount.is_zero() || (amount < Minor::ZERO && !is_signed)) {
            return Err(Refusal::NotPositive);
        }
        // What was to be let go went with the voiding.
        if account.is_voided {
            return if self.operation == Operation::Release { Ok(()) } else { Err(Refusal::Voided) };
        }
        match self.operation {
            Operation::Issue | Operation::Load => account.check_usable(now),
            Operation::Void => Ok(()),
            Operation::Reinstate => account.check_usable(now),
            Operation::Redeem | Operation::Hold => {
                account.check_usable(now)?;
                available(account, amount)
            }
            Operation::Adjust => {
                account.check_usable(now)?;
                available(account, Minor::ZERO - amount)
            }
            Operation::Capture { hold } if amount > hold => Err(Refusal::ExceedsHold { hold }),
            Operation::Capture { hold } => held(account, hold),
            Operation::Release => held(account, amount),
            Operation::Refund { left } => {
                // Also to one that expired: it is the holder's, and the store decides whether to extend it.
                if account.is_voided {
                    return Err(Refusal::Voided);
                }
                if amount > left { Err(Refusal::ExceedsCaptured { left }) } else { Ok(()) }
            }
            Operation::Expire if account.is_expired(now) => Ok(()),
            Operation::Expire => Err(Refusal::NotExpired),
        }
    }
}

fn available(account: &Account, amount: Minor) -> Result<(), Refusal> {
    let available = account.available();
    if amount > available { Err(Refusal::InsufficientBalance { available }) } else { Ok(()) }
}

fn held(account: &Account, amount: Minor) -> Result<(), Refusal> {
    let held = account.held;
    if amount > held { Err(Refusal::NotHeld { held }) } else { Ok(()) }
}
