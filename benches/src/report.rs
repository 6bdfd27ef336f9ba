//! What came of a run: tables to read, lines of JSON, and the files that are kept.

mod json;
mod machine;
mod plots;
mod results;
mod tables;
mod verdict;

pub use json::print as print_json;
pub use machine::lines as origin;
pub use results::write;
pub use tables::all as tables;
pub use verdict::Verdict;

/// Three digits, or all before the point.
fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
