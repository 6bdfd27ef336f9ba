//! A key type that can't be ordered.

use arrangement::{Arrangement, OrdValSpine};

#[derive(Clone, Debug, PartialEq, Eq)]
struct Name(String);

fn main() {
    let _: Option<Arrangement<OrdValSpine<Name, u64, u64, i64>>> = None;
}
