//! What may be done in a store, one name each: the one list of which everything about permissions is made.

use std::fmt;

use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Declares [`Permission`], and in [`may`] the type of each, by which handlers say what their callers need.
macro_rules! permissions {
    ($($name:ident, $wire:literal, $text:literal;)+) => {
        /// Something that may be done in a store.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        // The schema does not see names that come through this macro.
        #[schema(rename_all = "snake_case")]
        pub enum Permission {
            $(#[doc = $text] #[serde(rename = $wire)] $name,)+
        }

        impl Permission {
            /// Every permission.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// Its name in requests, answers and problems.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $wire,)+ }
            }

            /// What it allows.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }

        pub mod may {
            //! Permissions as types: `May<EditPromotions>` is a caller who has that one.

            use std::fmt;

            use super::{Needed, Permission};

            $(
                #[doc = $text]
                #[derive(Clone, Copy, Debug, PartialEq, Eq)]
                pub struct $name;

                impl Needed for $name {
                    const PERMISSION: Permission = Permission::$name;
                }

                /// Its name, as the documentation of operations tells it.
                impl fmt::Display for $name {
                    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                        formatter.write_str($wire)
                    }
                }
            )+
        }
    };
}

permissions! {
    ManagePromotions, "manage_promotions", "See promotions, their codes and what became of them.";
    EditPromotions, "edit_promotions", "Change promotions, and make, change and delete their codes.";
    AddPromotions, "add_promotions", "Make promotions.";
    DeletePromotions, "delete_promotions", "Delete promotions.";
    ManageChannels, "manage_channels", "See and change the channels of the store.";
    ManageSettings, "manage_settings", "See and change the settings of the store.";
    ManagePayments, "manage_payments", "See and change how customers pay.";
    ManageOrders, "manage_orders", "Place, see, change, cancel and refund orders, and reserve for carts.";
    ManageShipping, "manage_shipping", "See and change how orders are shipped.";
    ManageCustomers, "manage_customers", "See and change customers.";
    CustomerGroups, "customer_groups", "See and change customer groups.";
    ManageProducts, "manage_products", "See and change products, their categories and brands.";
    ProductOptions, "product_options", "See and change the options of products.";
    ManageGiftCards, "manage_gift_cards", "Issue, see, change and void gift cards, and adjust store credit.";
    ManageCampaigns, "manage_campaigns", "See, change and send campaigns.";
    ManageContent, "manage_content", "See and change banners and what else pages show.";
    ViewAnalytics, "view_analytics", "See what promotions and campaigns earned.";
    ManageUsers, "manage_users", "Invite users, give them roles, and make and revoke API keys.";
}

/// The type of a permission; see [`may`].
pub trait Needed: Send + Sync + 'static {
    /// The permission.
    const PERMISSION: Permission;
}

impl fmt::Display for Permission {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A set of permissions; in JSON a list of their names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Permissions(u32);

impl Permissions {
    /// No permission at all.
    pub const NONE: Self = Self(0);
    /// Every permission.
    pub const ALL: Self = Self::of(Permission::ALL);

    /// These permissions.
    pub const fn of(permissions: &[Permission]) -> Self {
        let mut bits = 0;
        let mut rest = permissions;
        while let [first, others @ ..] = rest {
            bits |= 1 << *first as u32;
            rest = others;
        }
        Self(bits)
    }

    /// Whether it holds this one.
    pub const fn has(self, permission: Permission) -> bool {
        self.0 & 1 << permission as u32 != 0
    }

    /// Those of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that are not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether it holds none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that it holds, in the order of [`Permission::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.has(*permission))
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        permissions.into_iter().fold(Self::NONE, |all, next| Self(all.0 | Self::of(&[next]).0))
    }
}

/// The names, such as `edit_promotions, add_promotions`.
impl fmt::Display for Permissions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.iter().map(Permission::name).collect();
        formatter.write_str(&names.join(", "))
    }
}

impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Permissions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Permissions;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a list of permissions")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<Permissions, A::Error> {
                let mut all = Permissions::NONE;
                while let Some(next) = names.next_element::<Permission>()? {
                    if all.has(next) {
                        return Err(de::Error::custom(format_args!("`{next}` stands twice")));
                    }
                    all = all.into_iter().chain([next]).collect();
                }
                Ok(all)
            }
        }
        deserializer.deserialize_seq(Names)
    }
}

impl IntoIterator for Permissions {
    type Item = Permission;
    type IntoIter = std::vec::IntoIter<Permission>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter().collect::<Vec<_>>().into_iter()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_permission_has_a_name_of_its_own_and_fits_into_a_set() {
        let names: BTreeSet<&str> = Permission::ALL.iter().map(|permission| permission.name()).collect();
        assert_eq!(names.len(), Permission::ALL.len());
        assert_eq!(Permissions::ALL.iter().count(), Permission::ALL.len());
        for permission in Permission::ALL {
            assert!(!Permissions::NONE.has(*permission) && Permissions::ALL.has(*permission));
            assert!(permission.text().ends_with('.'), "{permission}");
        }
    }

    #[test]
    fn a_set_is_a_list_of_names_in_json() {
        let set = Permissions::of(&[Permission::ManageUsers, Permission::EditPromotions]);
        let json = serde_json::to_string(&set).unwrap();
        assert_eq!(json, r#"["edit_promotions","manage_users"]"#);
        assert_eq!(serde_json::from_str::<Permissions>(&json).unwrap(), set);
        assert_eq!(set.without(Permissions::of(&[Permission::ManageUsers])).to_string(), "edit_promotions");
        for refused in [r#"["fly"]"#, r#"["manage_users","manage_users"]"#, "\"manage_users\"", "[1]"] {
            assert!(serde_json::from_str::<Permissions>(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn types_and_values_name_the_same_permission() {
        assert_eq!(may::EditPromotions::PERMISSION, Permission::EditPromotions);
        assert_eq!(may::EditPromotions.to_string(), Permission::EditPromotions.name());
    }
}
