//! Of which promotions an evaluation tells the outcome.

/// Of which promotions an evaluation tells the outcome. What a cart costs never depends on it, only the work: what
/// is not told need not be looked at when nothing in the cart concerns it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Told<'a> {
    /// Of those that applied, those that lost to another that stands, and those of which a code was entered.
    #[default]
    Matching,
    /// The same, and of those with these ids, whatever became of them.
    These(&'a [u64]),
    /// Of every promotion of the ruleset: work for each of them.
    All,
}

impl Told<'_> {
    /// Whether the outcome of this promotion is told whatever it is.
    pub(crate) fn names(self, promotion: u64) -> bool {
        match self {
            Self::Matching => false,
            Self::These(ids) => ids.contains(&promotion),
            Self::All => true,
        }
    }
}
