//! Dataflows of arrangements against naive recomputation, on one, two and three workers.

mod arrange;
mod cluster;
mod handles;
mod import;
mod log;
mod operators;
mod publish;
mod support;
mod upsert;
