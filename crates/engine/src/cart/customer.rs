//! Who is buying, as far as promotions ask.

/// The id that stands for guests and for customers in no group.
pub const NO_GROUP: u64 = 0;

/// What is known of a signed-in customer.
#[derive(Clone, Debug, Default)]
pub struct Customer {
    /// The customer's id; `None` for a guest who gave some facts.
    pub id: Option<u64>,
    /// The customer's e-mail address, by which guests are known too.
    pub email: Option<String>,
    /// The customer's telephone number, by which limits per customer know guests too.
    pub phone: Option<String>,
    /// The customer's group; `None` is no group.
    pub group: Option<u64>,
    /// The segments the customer is in.
    pub segments: Vec<String>,
    /// Completed orders, not counting the cart being priced.
    pub order_count: u64,
    /// The tier in the loyalty programme.
    pub loyalty_tier: Option<String>,
}
