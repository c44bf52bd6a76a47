//! What rows of a file are, and what their columns hold.

use engine::money::Currency;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::access::Permission;
use crate::activity::Kind;
use crate::catalog::{Brand, Category, Product, Variant};
use crate::customer::{Customer, CustomerGroup, Segment};
use crate::platform::http::sheet::{self, text_of};
use crate::platform::http::{Errors, FieldError, Problem};
use crate::seller::Seller;

/// What rows of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Products, which keep their variants.
    Products,
    /// Variants of products that exist.
    Variants,
    /// Categories.
    Categories,
    /// Brands.
    Brands,
    /// Customers.
    Customers,
    /// Customer groups.
    CustomerGroups,
    /// Segments.
    Segments,
    /// Sellers.
    Sellers,
}

/// A column of a file.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name; what stands before the point, when it holds values by name.
    pub name: &'static str,
    /// What its cells hold.
    holds: Holds,
    /// A cell.
    pub example: &'static str,
    /// Whether no cell may be empty.
    is_required: bool,
}

/// What cells of a column hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Text,
    Integer,
    Flag,
    /// Several, separated by `|`.
    Texts,
    /// Several, separated by `|`.
    Integers,
    /// A text whose name stands behind the column's, after a point.
    TextByName,
}

const fn column(name: &'static str, holds: Holds, example: &'static str) -> Column {
    Column { name, holds, example, is_required: false }
}

const fn needed(name: &'static str, holds: Holds, example: &'static str) -> Column {
    Column { name, holds, example, is_required: true }
}

const PRODUCTS: &[Column] = &[
    needed("id", Holds::Integer, "101"),
    needed("name", Holds::Text, "Alpine boot"),
    column("sku", Holds::Text, "BOOT"),
    column("price", Holds::Text, "25.00"),
    column("list_price", Holds::Text, ""),
    column(SALE_PRICE, Holds::Text, "20.00"),
    column("prices.EUR", Holds::TextByName, "18.00"),
    column("list_prices.EUR", Holds::TextByName, "22.00"),
    column("cost", Holds::Text, "11.50"),
    column("floor_price", Holds::Text, "12.00"),
    column("has_required_modifiers", Holds::Flag, "false"),
    column("brand_id", Holds::Integer, "3"),
    column("seller_id", Holds::Integer, ""),
    column("category_ids", Holds::Integers, "4|9"),
    column("options.Size", Holds::TextByName, ""),
    column("custom_fields.Gender", Holds::TextByName, "Mens"),
    column("gift_card", Holds::Flag, "false"),
];

const VARIANTS: &[Column] = &[
    needed("id", Holds::Integer, "1011"),
    needed(PRODUCT_ID, Holds::Integer, "101"),
    column("sku", Holds::Text, "BOOT-XS"),
    column("price", Holds::Text, "25.00"),
    column("list_price", Holds::Text, ""),
    column(SALE_PRICE, Holds::Text, "20.00"),
    column("prices.EUR", Holds::TextByName, "18.00"),
    column("list_prices.EUR", Holds::TextByName, "22.00"),
    column("options.Size", Holds::TextByName, "XS"),
];

const CATEGORIES: &[Column] = &[
    needed("id", Holds::Integer, "9"),
    needed("name", Holds::Text, "Boots"),
    column("parent_id", Holds::Integer, "4"),
];

const NAMED: &[Column] = &[needed("id", Holds::Integer, "3"), needed("name", Holds::Text, "Northwind")];

const SEGMENTS: &[Column] =
    &[needed("id", Holds::Text, "vip"), needed("name", Holds::Text, "Our best customers")];

const CUSTOMERS: &[Column] = &[
    needed("id", Holds::Integer, "7"),
    column("email", Holds::Text, "a@example.com"),
    column("phone", Holds::Text, "+1 555 0100"),
    column("group_id", Holds::Integer, "3"),
    column("segment_ids", Holds::Texts, "vip|newsletter"),
    column("order_count", Holds::Integer, "2"),
    column("loyalty_tier", Holds::Text, "gold"),
];

const SELLERS: &[Column] = &[
    needed("id", Holds::Integer, "12"),
    needed("business_name", Holds::Text, "Alpine Outfitters"),
    column("email", Holds::Text, "sales@example.com"),
    column("marketing_tools", Holds::Flag, "false"),
];

/// What a variant names its product by.
const PRODUCT_ID: &str = "product_id";
/// What is paid instead of `price`, which then is the list price.
const SALE_PRICE: &str = "sale_price";

/// What cells say of an object, or what is wrong with them.
pub type Object = Result<Map<String, Value>, Vec<FieldError>>;

/// A variant as a row of a file has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct VariantOfProduct {
    pub(super) product_id: i64,
    pub(super) variant: Variant,
}

impl Subject {
    /// Every one.
    pub const ALL: [Self; 8] = [
        Self::Products,
        Self::Variants,
        Self::Categories,
        Self::Brands,
        Self::Customers,
        Self::CustomerGroups,
        Self::Segments,
        Self::Sellers,
    ];

    /// Its name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Products => "products",
            Self::Variants => "variants",
            Self::Categories => "categories",
            Self::Brands => "brands",
            Self::Customers => "customers",
            Self::CustomerGroups => "customer_groups",
            Self::Segments => "segments",
            Self::Sellers => "sellers",
        }
    }

    /// What somebody needs to import it.
    pub fn permission(self) -> Permission {
        match self {
            Self::Products | Self::Variants | Self::Categories | Self::Brands => Permission::ManageProducts,
            Self::Customers | Self::Segments => Permission::ManageCustomers,
            Self::CustomerGroups => Permission::CustomerGroups,
            Self::Sellers => Permission::ManageUsers,
        }
    }

    /// What the activity log calls it.
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Products => Kind::Product,
            Self::Variants => Kind::Variant,
            Self::Categories => Kind::Category,
            Self::Brands => Kind::Brand,
            Self::Customers => Kind::Customer,
            Self::CustomerGroups => Kind::CustomerGroup,
            Self::Segments => Kind::Segment,
            Self::Sellers => Kind::Seller,
        }
    }

    /// The one with this name.
    pub fn named(name: &str) -> Result<Self, Problem> {
        let found = Self::ALL.into_iter().find(|subject| subject.name() == name);
        found.ok_or_else(|| Problem::not_found("import", name))
    }

    /// The columns that its files may have.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Products => PRODUCTS,
            Self::Variants => VARIANTS,
            Self::Categories => CATEGORIES,
            Self::Brands | Self::CustomerGroups => NAMED,
            Self::Customers => CUSTOMERS,
            Self::Segments => SEGMENTS,
            Self::Sellers => SELLERS,
        }
    }

    /// Rows that one step keeps: so many that it takes a tenth of a second or so.
    pub(super) fn rows_in_step(self) -> usize {
        match self {
            Self::Products => 1000,
            Self::Variants => 2500,
            _ => 10_000,
        }
    }

    /// Checks the names of a file's columns. Letter case counts only behind a point.
    pub fn check_head(self, names: Vec<String>) -> Result<Vec<String>, Problem> {
        let names: Vec<String> = names.into_iter().map(|name| in_small_letters(&name)).collect();
        let columns = self.columns();
        let required: Vec<&str> =
            columns.iter().filter(|column| column.is_required).map(|column| column.name).collect();
        let known: Vec<&str> = columns.iter().map(|column| column.name).collect();
        sheet::check_head(&names, &required, |name| self.column(name).is_some(), &known.join(", "))?;
        Ok(names)
    }

    fn column(self, name: &str) -> Option<(&'static Column, &'static str)> {
        self.columns().iter().find_map(|column| match column.holds {
            Holds::TextByName => {
                let field = column.name.split('.').next()?;
                let by_name = name.strip_prefix(field)?.strip_prefix('.')?;
                (!by_name.is_empty()).then_some((column, field))
            }
            _ => (column.name == name).then_some((column, column.name)),
        })
    }

    /// What a row says of an object; an empty cell says nothing.
    pub fn object(self, names: &[String], cells: &[&str]) -> Object {
        let (mut object, mut errors) = (Map::new(), Vec::new());
        for (name, cell) in names.iter().zip(cells) {
            let Some((column, field)) = self.column(name) else { continue };
            let text = text_of(cell.trim()).trim();
            if text.is_empty() {
                if column.is_required {
                    errors.push(FieldError::new(format!("/{name}"), "required", "must not be empty"));
                }
                continue;
            }
            match column.holds.value(text) {
                Err(message) => errors.push(FieldError::new(format!("/{name}"), "type", message)),
                Ok(value) if column.holds == Holds::TextByName => {
                    let by_name = name.get(field.len() + 1..).unwrap_or_default();
                    let values = object.entry(field).or_insert_with(|| Value::Object(Map::new()));
                    if let Some(values) = values.as_object_mut() {
                        values.insert(by_name.to_owned(), value);
                    }
                }
                Ok(value) => {
                    object.insert(field.to_owned(), value);
                }
            }
        }
        put_on_sale(&mut object, &mut errors);
        if !errors.is_empty() {
            return Err(errors);
        }
        if self == Self::Variants {
            let product_id = object.remove(PRODUCT_ID).unwrap_or_default();
            object = Map::from_iter([
                (PRODUCT_ID.to_owned(), product_id),
                ("variant".to_owned(), Value::Object(object)),
            ]);
        }
        Ok(object)
    }

    /// Checks an object alone, as the request that puts it would, and gives its id as text.
    pub(super) fn check(self, object: &Value, currency: Currency) -> Result<String, Vec<FieldError>> {
        match self {
            Self::Products => checked(object, |item: Product, errors| {
                errors.id("/id", item.id);
                item.check("", currency, errors);
                item.id
            }),
            Self::Variants => checked(object, |item: VariantOfProduct, errors| {
                errors.id("/product_id", item.product_id);
                item.variant.check("", currency, errors);
                item.variant.id
            }),
            Self::Categories => checked(object, |item: Category, errors| {
                errors.id("/id", item.id);
                item.check("", errors);
                item.id
            }),
            Self::Brands => checked(object, |item: Brand, errors| {
                errors.id("/id", item.id);
                item.check("", errors);
                item.id
            }),
            Self::Customers => checked(object, |item: Customer, errors| {
                errors.id("/id", item.id);
                item.check("", errors);
                item.id
            }),
            Self::CustomerGroups => checked(object, |item: CustomerGroup, errors| {
                errors.id("/id", item.id);
                item.check("", errors);
                item.id
            }),
            Self::Segments => checked(object, |item: Segment, errors| {
                item.check("", errors);
                item.id
            }),
            Self::Sellers => checked(object, |item: Seller, errors| {
                errors.id("/id", item.id);
                item.check("", errors);
                item.id
            }),
        }
    }
}

fn checked<T: DeserializeOwned, I: ToString>(
    object: &Value,
    check: impl FnOnce(T, &mut Errors) -> I,
) -> Result<String, Vec<FieldError>> {
    let item =
        T::deserialize(object).map_err(|error| vec![FieldError::new("", "type", error.to_string())])?;
    let mut errors = Errors::default();
    let id = check(item, &mut errors).to_string();
    errors.finish().map_err(|problem| problem.errors().to_vec())?;
    Ok(id)
}

/// A price and a sale price are a list price and a price.
fn put_on_sale(object: &mut Map<String, Value>, errors: &mut Vec<FieldError>) {
    let Some(sale_price) = object.remove(SALE_PRICE) else { return };
    let mut refuse = |message: &str| errors.push(FieldError::new("/sale_price", "conflict", message));
    if object.contains_key("list_price") {
        return refuse("needs `list_price` to be empty: on sale, `price` is the list price");
    }
    match object.insert("price".to_owned(), sale_price) {
        Some(price) => {
            object.insert("list_price".to_owned(), price);
        }
        None => refuse("needs `price`, which it is less than"),
    }
}

fn in_small_letters(name: &str) -> String {
    match name.split_once('.') {
        Some((field, by_name)) => format!("{}.{by_name}", field.to_lowercase()),
        None => name.to_lowercase(),
    }
}

impl Holds {
    fn value(self, text: &str) -> Result<Value, String> {
        let texts = || text.split('|').map(str::trim).filter(|text| !text.is_empty());
        match self {
            Self::Text | Self::TextByName => Ok(text.into()),
            Self::Integer => integer(text),
            Self::Flag => flag(text),
            Self::Texts => Ok(texts().collect()),
            Self::Integers => Ok(Value::Array(texts().map(integer).collect::<Result<_, _>>()?)),
        }
    }
}

fn integer(text: &str) -> Result<Value, String> {
    let number: Result<i64, _> = text.parse();
    number.map(Value::from).map_err(|_| format!("must be a whole number, is `{text:.40}`"))
}

fn flag(text: &str) -> Result<Value, String> {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "1" => Ok(true.into()),
        "false" | "no" | "0" => Ok(false.into()),
        _ => Err(format!("must be `true` or `false`, is `{text:.40}`")),
    }
}
