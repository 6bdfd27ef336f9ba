//! What are batcher, batch, spine and cursor, when there is no handle over them?
//!
//! A batcher sorts updates and seals them into batches; a spine keeps and merges batches; a cursor steps through those of
//! a spine as if they were one. The handle does no more than keep them in step.

use arrangement::{Antichain, Batcher, Cursor, OrdValSpine, Pipeline, Trace, TraceReader};

type Index = OrdValSpine<String, u64, u64, i64>; // keys, vals, times, differences

fn main() {
    let mut batcher = <Index as Pipeline>::Batcher::new();
    let price = |name: &str, price, time, diff| ((name.to_string(), price), time, diff);
    batcher.push(&mut vec![price("apple", 3, 0, 1), price("pear", 5, 0, 1)]);
    batcher.push(&mut vec![price("apple", 3, 1, -1), price("apple", 4, 1, 1)]);

    let mut index = Index::new();
    index.insert(batcher.seal::<<Index as Pipeline>::Builder>(Antichain::from_elem(2)));
    // Nobody will cut the spine before 2, so that it may merge what comes before.
    index.set_physical_compaction(Antichain::from_elem(2).borrow());

    let (mut cursor, batches) = index.cursor();
    cursor.seek_key_owned(&batches, &"apple".to_string());
    let mut updates = Vec::new();
    while let Some(price) = cursor.get_val(&batches) {
        cursor.map_times(&batches, |time, diff| updates.push((*price, *time, *diff)));
        cursor.step_val(&batches);
    }
    println!("{updates:?}");
    assert_eq!(updates, [(3, 0, 1), (3, 1, -1), (4, 1, 1)]);
}
