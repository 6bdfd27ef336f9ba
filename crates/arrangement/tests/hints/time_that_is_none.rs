//! A time that is no timestamp.

use arrangement::{Arrangement, OrdValSpine};

fn main() {
    let _: Option<Arrangement<OrdValSpine<u64, u64, f64, i64>>> = None;
}
