//! A number given where a key is text.

use arrangement::{Arrangement, OrdValSpine};

fn main() {
    let mut index = Arrangement::<OrdValSpine<String, u64, u64, i64>>::new();
    index.insert(5, 1, 0).unwrap();
}
