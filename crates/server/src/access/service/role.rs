//! Roles: permissions that are given together, under a name.

use super::permission::Permission::{self, *};
use super::permission::Permissions;

/// A role that every store has. Its own roles stand beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BuiltIn {
    /// Its name in requests and answers.
    pub name: &'static str,
    /// What people read.
    pub title: &'static str,
    /// What it allows.
    pub permissions: Permissions,
}

const PROMOTIONS: [Permission; 4] = [ManagePromotions, EditPromotions, AddPromotions, DeletePromotions];

/// The roles that every store has.
pub const BUILT_IN: [BuiltIn; 5] = [
    BuiltIn { name: SYSTEM_ADMIN, title: "System Admin", permissions: Permissions::ALL },
    BuiltIn {
        name: "marketer",
        title: "Marketer",
        permissions: Permissions::of(&PROMOTIONS).and(Permissions::of(&[
            ManageCampaigns,
            ManageContent,
            ViewAnalytics,
        ])),
    },
    BuiltIn {
        name: "support",
        title: "Support",
        permissions: Permissions::of(&[ManagePromotions, ManageOrders, ManageCustomers, ManageGiftCards]),
    },
    BuiltIn {
        name: VIEWER,
        title: "Viewer",
        permissions: Permissions::of(&[ManagePromotions, ViewAnalytics]),
    },
    BuiltIn {
        name: SELLER,
        title: "Seller",
        permissions: Permissions::of(&PROMOTIONS).and(Permissions::of(&[ViewAnalytics])),
    },
];

/// The role that may do everything.
pub const SYSTEM_ADMIN: &str = "system_admin";
/// The role of those of whom nothing else is said.
pub const VIEWER: &str = "viewer";
/// The role of those who see and change only what is their own.
pub const SELLER: &str = "seller";

/// The role of this name that every store has.
pub fn built_in(name: &str) -> Option<BuiltIn> {
    BUILT_IN.into_iter().find(|role| role.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_have_names_of_their_own_and_only_one_may_do_everything() {
        for (position, role) in BUILT_IN.iter().enumerate() {
            assert_eq!(BUILT_IN.iter().position(|other| other.name == role.name), Some(position));
            assert_eq!(role.permissions == Permissions::ALL, role.name == SYSTEM_ADMIN);
        }
        assert_eq!(built_in(VIEWER).map(|role| role.title), Some("Viewer"));
        assert_eq!(built_in("pirate"), None);
    }
}
