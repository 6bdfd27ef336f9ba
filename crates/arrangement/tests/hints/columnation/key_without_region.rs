//! A key type without a columnation region.

use arrangement::{Arrangement, ColValSpine};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Name(String);

fn main() {
    let _: Option<Arrangement<ColValSpine<Name, u64, u64, i64>>> = None;
}
