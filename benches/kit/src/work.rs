//! The work of each stage, done with any storage kind. Which data it is done with is the business of the cases.

pub mod ingest;
pub mod memory;
pub mod merge;
pub mod reading;
pub mod spine;
pub mod upkeep;
