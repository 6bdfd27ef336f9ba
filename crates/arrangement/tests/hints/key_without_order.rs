//! A key type that can't be ordered.

use arrangement::{Arrangement, OrdValSpine};

#[derive(Clone, Debug, PartialEq, Eq)]
struct Name(String);

fn main() {
    let mut index = Arrangement::<OrdValSpine<Name, u64, u64, i64>>::new();
    index.insert(Name("ann".to_owned()), 1, 0).unwrap();
}
