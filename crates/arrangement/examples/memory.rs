//! When is memory freed, and how much is there?
//!
//! What `compact_to` gives up goes when batches merge, with later updates or by `exert`. A snapshot keeps the batches it
//! was taken of until it is dropped. Sizes are kept as the arrangement works, so that asking costs little.

use arrangement::{Arrangement, OrdValSpine, Progress};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut index = Arrangement::<OrdValSpine<u64, u64, u64, i64>>::new();
    index.extend((0..10_000).map(|key| ((key, key * key), 0, 1)))?;
    println!("not sealed: {} updates, {} bytes", index.unsealed_len(), index.sizes().batcher.bytes_used);
    index.advance_to(1)?;
    println!("{}", index.sizes());

    // All of it goes again. History needs the deletions, so that this takes more, not less.
    index.extend((0..10_000).map(|key| ((key, key * key), 1, -1)))?;
    index.advance_to(2)?;
    println!("{index}");
    assert_eq!(index.sizes().total().records, 20_000);

    let snapshot = index.snapshot();
    index.compact_to(2)?;
    while index.exert() == Progress::Working {}
    println!("{index}");
    assert_eq!(index.sizes().total().bytes_used, 0);

    // The snapshot is as it was. Its memory goes with it.
    assert_eq!(snapshot.view().as_of(&0)?.keys().count(), 10_000);
    drop(snapshot);
    Ok(())
}
