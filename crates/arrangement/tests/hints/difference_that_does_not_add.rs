//! A difference that can't be added.

use arrangement::{Arrangement, OrdValSpine};

fn main() {
    let _: Option<Arrangement<OrdValSpine<u64, u64, u64, String>>> = None;
}
