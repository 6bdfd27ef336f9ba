//! An arrangement of updates instead of a spine.

use arrangement::Arrangement;

fn main() {
    let _ = Arrangement::<((u64, u64), u64, i64)>::new();
}
