//! A snapshot of batches that are shared within a thread, sent to another.

use arrangement::{Arrangement, OrdValSpine, RcShare};

fn main() {
    let index = Arrangement::<OrdValSpine<u64, u64, u64, i64>, RcShare>::new();
    let snapshot = index.snapshot();
    std::thread::spawn(move || drop(snapshot));
}
