//! Why a return cannot be.

use std::fmt;

/// What is wrong with a return. The line or gift is named by its id or key.
///
/// ```
/// use engine::returns::Refused;
/// let refused = Refused::TooMany { line: "1".into(), asked: 3, left: 2 };
/// assert_eq!(refused.to_string(), "only 2 units of line `1` are left to return, not 3");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It returns nothing: no line, no shipping, no gift.
    Nothing,
    /// The order has no such line.
    UnknownLine(String),
    /// The line stands in the return twice.
    LineTwice(String),
    /// No unit of the line is returned.
    ZeroUnits(String),
    /// More units of the line are returned than are left.
    TooMany {
        /// The line.
        line: String,
        /// How many units are asked for.
        asked: u32,
        /// How many are left.
        left: u32,
    },
    /// The order has no such gift, or it was given back before.
    UnknownGift(String),
    /// More was refunded before than was paid.
    RefundedTooMuch,
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => formatter.write_str("returns nothing: name a line, a gift or shipping"),
            Self::UnknownLine(line) => write!(formatter, "the order has no line `{line}`"),
            Self::LineTwice(line) => write!(formatter, "line `{line}` stands here twice; add up its units"),
            Self::ZeroUnits(line) => write!(formatter, "at least one unit of line `{line}` must be returned"),
            Self::TooMany { line, asked, left } => {
                write!(formatter, "only {left} units of line `{line}` are left to return, not {asked}")
            }
            Self::RefundedTooMuch => {
                formatter.write_str("earlier returns cannot have refunded more than was paid")
            }
            Self::UnknownGift(key) => {
                write!(formatter, "the order has no gift `{key}` that is still to be given back")
            }
        }
    }
}

impl std::error::Error for Refused {}
