//! What may become of a promotion: which status follows which.

use super::Status;

/// Why a promotion cannot get a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusRefused {
    /// It is archived, which is for good.
    IsArchived,
    /// It was active or paused: what carts may have been priced by is no draft any more.
    WasPublished,
}

impl Status {
    /// Whether a promotion that has this status may get another, or keep its own.
    ///
    /// ```text
    /// draft ──▶ active ◀──▶ paused        any ──▶ archived
    ///   └───────────────────▶┘
    /// ```
    ///
    /// Errors: why not.
    pub fn may_become(self, next: Self) -> Result<(), StatusRefused> {
        match (self, next) {
            (Self::Archived, _) => Err(StatusRefused::IsArchived),
            (Self::Active | Self::Paused, Self::Draft) => Err(StatusRefused::WasPublished),
            (Self::Draft | Self::Active | Self::Paused, _) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Status::{self, Active, Archived, Draft, Paused};
    use super::StatusRefused::{self, IsArchived, WasPublished};

    #[test]
    fn every_pair_of_statuses_is_allowed_or_refused_for_one_reason() {
        let table: [(Status, [Result<(), StatusRefused>; 4]); 4] = [
            // To draft, active, paused, archived.
            (Draft, [Ok(()); 4]),
            (Active, [Err(WasPublished), Ok(()), Ok(()), Ok(())]),
            (Paused, [Err(WasPublished), Ok(()), Ok(()), Ok(())]),
            (Archived, [Err(IsArchived); 4]),
        ];
        for (from, expected) in table {
            assert_eq!(Status::ALL.map(|to| from.may_become(to)), expected, "{from:?}");
        }
    }
}
