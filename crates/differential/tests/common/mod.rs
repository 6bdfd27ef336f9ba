//! What the tests share: layouts by one name each, random streams, and outputs gathered from all workers.

pub(crate) mod layouts;
pub(crate) mod streams;
