//! What the test suites share: small domains of every type, a second algebra, and the naive model.
#![allow(dead_code, unreachable_pub, reason = "each test target uses a part")]

pub mod domain;
pub mod foreign;
pub mod harness;
pub mod reads;
