//! What a part of a document declares about its fields: the source of schema, form and docs.

/// One field that a condition, action or matcher reads.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name in JSON.
    pub name: &'static str,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether it must be given.
    pub is_required: bool,
    /// What it means, for the API's documentation and as the hint beside its form field.
    pub doc: &'static str,
}

/// What a field holds; decides its JSON schema and the form control that edits it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// True or false, with its default.
    Flag(bool),
    /// An integer of at least this.
    Count(u64),
    /// A decimal string in the promotion's currency.
    Money,
    /// A percentage or an amount: `{"percentage_amount":"10"}` or `{"fixed_amount":"5.00"}`.
    Discount,
    /// Free text.
    Text,
    /// A list of texts.
    Texts,
    /// The id of one product.
    Product,
    /// The id of one variant.
    Variant,
    /// A list of ids of what the field is named after.
    Ids,
    /// A tree that chooses products.
    Items,
    /// One of these words; the first is the default.
    Choice(&'static [&'static str]),
    /// The parts of a bundle: what each is, and how many units of it.
    Parts,
    /// `"*"` or a list of shipping zone ids.
    Zones,
}

impl Field {
    /// A field that must be given.
    pub const fn required(name: &'static str, kind: FieldKind, doc: &'static str) -> Self {
        Self { name, kind, is_required: true, doc }
    }

    /// A field that may be left out.
    pub const fn optional(name: &'static str, kind: FieldKind, doc: &'static str) -> Self {
        Self { name, kind, is_required: false, doc }
    }
}
