//! What one order or reservation has of one promotion, as it is stored.

use engine::money::{Currency, Minor};
use engine::promotion::{GivenBack, Limits};
use engine::redemption::{Claim, CodeLimits, Setting, Take};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::super::store::RedemptionRow;
use crate::platform::http::Problem;

/// What is counted of one promotion, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The promotion.
    pub promotion: u64,
    /// The code's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
    /// 1, or 0 when another order of the same group has the use.
    pub uses: i64,
    /// What it took off, in minor units.
    pub spent: i64,
    /// The currency of that.
    pub currency: String,
    /// The channel; 0 for carts that name none.
    pub channel: u64,
    /// The day in the store's zone.
    pub day: Date,
    /// By what the customer is known, hashed where it is personal.
    pub identities: Vec<String>,
    /// The slot of its counters.
    pub slot: i64,
    /// When it is given back: letters of its ends.
    pub given_back_on: String,
}

/// Why something is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The order was cancelled.
    Cancelled,
    /// The reservation expired or was given up.
    Expired,
    /// All of it was refunded.
    Refunded,
    /// A part of it was refunded.
    PartlyRefunded,
}

impl End {
    fn letter(self) -> char {
        match self {
            Self::Cancelled => 'c',
            Self::Expired => 'e',
            Self::Refunded => 'r',
            Self::PartlyRefunded => 'p',
        }
    }
}

/// The letters of those ends at which uses are given back.
pub(super) fn letters(given_back: GivenBack) -> String {
    let GivenBack { on_cancel, on_expiry, on_full_refund, on_partial_refund } = given_back;
    let ends = [
        (on_cancel, End::Cancelled),
        (on_expiry, End::Expired),
        (on_full_refund, End::Refunded),
        (on_partial_refund, End::PartlyRefunded),
    ];
    ends.into_iter().filter(|(is_given_back, _)| *is_given_back).map(|(_, end)| end.letter()).collect()
}

impl Record {
    /// Whether it is given back when what has it ends like this.
    pub(super) fn is_given_back_on(&self, end: End) -> bool {
        self.given_back_on.contains(end.letter())
    }

    /// Its part of every counter.
    pub(super) fn parts(&self) -> Result<Vec<Take>, Problem> {
        let currency = Currency::parse(&self.currency).ok_or_else(|| {
            Problem::internal(format!("`{}` is no currency of a redemption", self.currency))
        })?;
        let claim = Claim { promotion: self.promotion, code: None, spent: Minor::new(self.spent) };
        let code = self.code.map(|code| CodeLimits { code, ..CodeLimits::default() });
        let setting =
            Setting { currency, channel: self.channel, day: self.day, identities: self.identities.clone() };
        Ok(claim.takes(self.uses, &Limits::default(), code.as_ref(), &setting))
    }

    /// As a row.
    pub(super) fn row(&self, id: i64, made_by: MadeBy<'_>, now: i64) -> RedemptionRow {
        RedemptionRow {
            id,
            promotion_id: i64::try_from(self.promotion).unwrap_or(0),
            code_id: self.code,
            order_id: made_by.order,
            reservation_id: made_by.reservation,
            group_key: made_by.group.map(str::to_owned),
            uses: self.uses,
            spent: self.spent,
            currency: self.currency.clone(),
            channel_id: i64::try_from(self.channel).unwrap_or(0),
            day: self.day.to_string(),
            identities: self.identities.join(" "),
            slot: self.slot,
            given_back_on: self.given_back_on.clone(),
            created_at: now,
        }
    }

    /// The row read back.
    pub(super) fn of(row: &RedemptionRow) -> Result<Self, Problem> {
        Ok(Self {
            promotion: row.promotion_id.unsigned_abs(),
            code: row.code_id,
            uses: row.uses,
            spent: row.spent,
            currency: row.currency.clone(),
            channel: row.channel_id.unsigned_abs(),
            day: row.day.parse().map_err(Problem::internal)?,
            identities: row.identities.split_whitespace().map(str::to_owned).collect(),
            slot: row.slot,
            given_back_on: row.given_back_on.clone(),
        })
    }
}

/// What a redemption belongs to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct MadeBy<'a> {
    pub(super) order: Option<i64>,
    pub(super) reservation: Option<i64>,
    pub(super) group: Option<&'a str>,
}
