//! An alias of a backend whose feature is off.

fn main() {
    let _ = arrangement::ColValSpine::<u64, u64, u64, i64>::default();
}
