//! Memory: the heap that batches hold, fresh from the batcher and merged from two.

use crate::data::Rows;
use crate::heap;
use crate::kind::Kind;
use crate::sample::{Figure, Runner, Sample};
use crate::work::merge;

/// Rows of one batch, and the same in two halves.
#[derive(Clone, Debug)]
pub struct Load<K, V> {
    /// All of them, before `upper`.
    pub rows: Rows<K, V>,
    /// A time after all rows.
    pub upper: u64,
    /// The halves, which may be of other times.
    pub halves: merge::Load<K, V>,
}

/// Makes a batch of all rows, and one merged from two halves.
pub fn runner<T: Kind>(load: Load<T::Key, T::Val>) -> Runner<'static> {
    Box::new(move |check| {
        let base = heap::live();
        let fresh = T::seal_rows(&mut T::batcher(), &load.rows, load.upper);
        let held = (heap::live() - base) as f64 / T::len(&fresh) as f64;
        let checksum = check.then(|| T::contents(&[fresh]).timed());

        let merge::Load { one, two, uppers, since } = &load.halves;
        let mut batcher = T::batcher();
        let one = T::seal_rows(&mut batcher, one, uppers[0]);
        let two = T::seal_rows(&mut batcher, two, uppers[1]);
        drop(batcher);
        let base = heap::live();
        let merged = T::merge(&one, &two, *since);
        let merged = (heap::live() - base) as f64 / T::len(&merged) as f64;
        Sample { figures: vec![(Figure::Held, held), (Figure::Merged, merged)], checksum }
    })
}
