//! When a promotion runs. What time it is always arrives as an argument.

mod schedule;
mod window;

pub use schedule::{Schedule, WEEKDAYS};
pub use window::Window;
