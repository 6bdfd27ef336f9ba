//! An arrangement of updates instead of a spine.

use arrangement::Arrangement;

fn main() {
    let _: Option<Arrangement<((u64, u64), u64, i64)>> = None;
}
