//! What came of a run: tables to read, or lines of JSON.

mod json;
mod tables;
mod verdict;

pub use json::print as print_json;
pub use tables::print as print_tables;
pub use verdict::Verdict;
