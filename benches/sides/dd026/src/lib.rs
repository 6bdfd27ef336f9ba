//! The spines of differential dataflow 0.26, its newest release.

use bench_kit::contents::{Contents, Sums};
use bench_kit::data::{Document, Place, Row, Shown};
use bench_kit::kind::{Kind, Order};
use bench_kit::reading::plain;
use bench_kit::sample::Camp::Peer;
use bench_kit::side::{Side, Sides};
use differential_dataflow::batcher::merge::chunker::ContainerChunker;
use differential_dataflow::batcher::{Batcher, Extract};
use differential_dataflow::columnar::trace::ColChunk;
use differential_dataflow::trace::chunk::vec::{ChunkBatcher as VecBatcher, VecChunk};
use differential_dataflow::trace::chunk::{ChunkBatch, ChunkBatcher};
use differential_dataflow::trace::cursor::cursor_list;
use differential_dataflow::trace::implementations::Vector;
use differential_dataflow::trace::implementations::ord_neu::{
    OrdKeyBatch, OrdKeyBatcher, OrdValBatch, OrdValBatcher,
};
use differential_dataflow::trace::implementations::spine_fueled::{Merger, Spine, SpineBatch};
use differential_dataflow::trace::{Cursor, Description, Navigable, Span, Trace, TraceReader};
use std::rc::Rc;
use timely::dataflow::operators::generic::OperatorInfo;
use timely::progress::Antichain;

type KeyRef<'a, C> = <C as Cursor>::Key<'a>;
type ValRef<'a, C> = <C as Cursor>::Val<'a>;

bench_kit::cursor_reading!(|time| C::owned_time(time), |diff| C::owned_diff(diff));

/// A string as columnar's containers show it.
fn bytes(item: &String) -> &[u8] {
    item.as_bytes()
}

fn frontier(time: u64) -> Antichain<u64> {
    Antichain::from_elem(time)
}

macro_rules! kind {
    ($(#[$doc:meta])* $name:ident, $Key:ty, $Val:ty, $Batch:ty, $Batcher:ty, $show:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name;

        impl Kind for $name {
            type Key = $Key;
            type Val = $Val;
            type Batcher = $Batcher;
            type Batch = Rc<$Batch>;
            type Spine = Spine<Rc<$Batch>>;

            fn batcher() -> Self::Batcher {
                <$Batcher>::new(None, 0)
            }
            #[inline(never)]
            fn push(batcher: &mut Self::Batcher, rows: &mut Vec<Row<$Key, $Val>>) {
                batcher.insert(rows);
            }
            #[inline(never)]
            fn seal(batcher: &mut Self::Batcher, upper: u64) -> Self::Batch {
                Rc::new(batcher.extract(frontier(upper).borrow()).0.expect("there are updates to seal"))
            }
            fn len(batch: &Self::Batch) -> usize {
                SpineBatch::len(batch)
            }
            fn merge_by(
                one: &Self::Batch,
                two: &Self::Batch,
                since: u64,
                fuel: usize,
                mut stopped: impl FnMut(),
            ) -> Self::Batch {
                let since = frontier(since);
                let mut merger = <<$Batch as SpineBatch>::Merger as Merger<$Batch>>::new(one, two, since.borrow());
                stopped();
                loop {
                    let mut left = fuel as isize;
                    merger.work(one, two, &mut left);
                    stopped();
                    if left > 0 {
                        return Rc::new(merger.done().expect("some updates don't cancel"));
                    }
                }
            }
            fn scan(batches: &[Self::Batch]) -> Sums {
                if let [batch] = batches {
                    return scan(batch.cursor(), batch);
                }
                let (cursor, storage) = cursor_list(batches.to_vec());
                scan(cursor, &storage)
            }
            fn contents(batches: &[Self::Batch]) -> Contents {
                let (cursor, storage) = cursor_list(batches.to_vec());
                contents::<_, $Key, $Val>(cursor, &storage)
            }
            fn seek(batches: &[Self::Batch], keys: &[$Key], order: Order) -> Sums {
                if let [batch] = batches {
                    return seek(batch.cursor(), batch, keys, order, $show);
                }
                let (cursor, storage) = cursor_list(batches.to_vec());
                seek(cursor, &storage, keys, order, $show)
            }
            fn spine() -> Self::Spine {
                Trace::new(OperatorInfo::new(0, 0, Rc::from([])), None, None)
            }
            fn insert(spine: &mut Self::Spine, batch: Option<Self::Batch>, lower: u64, upper: u64) {
                let description = Description::new(frontier(lower), frontier(upper), frontier(0));
                spine.insert(Span::new(description, batch));
            }
            fn compact_logically(spine: &mut Self::Spine, since: u64) {
                spine.set_logical_compaction(frontier(since).borrow());
            }
            fn compact_physically(spine: &mut Self::Spine, upper: u64) {
                spine.set_physical_compaction(frontier(upper).borrow());
            }
            fn exert(spine: &mut Self::Spine) {
                spine.exert();
            }
            fn batches(spine: &mut Self::Spine) -> Vec<Self::Batch> {
                let mut batches = Vec::new();
                spine.map_spans(|span| batches.extend(span.inner.clone()));
                batches
            }
        }
    };
}

type OrdBatch<K, V> = OrdValBatch<Vector<Row<K, V>>>;
type VecBatch<K, V> = ChunkBatch<VecChunk<K, V, u64, i64>>;
type Col<K, V> = ColChunk<(K, V, u64, i64)>;
type ColBatcher<K, V> = ChunkBatcher<ContainerChunker<Col<K, V>>, Col<K, V>>;

kind!(
    /// Pairs of numbers in vectors.
    OrdPair, u64, u64, OrdBatch<u64, u64>, OrdValBatcher<u64, u64, u64, i64>, plain
);
kind!(
    /// Pairs of numbers in chunks of rows.
    VecPair, u64, u64, VecBatch<u64, u64>, VecBatcher<u64, u64, u64, i64>, plain
);
kind!(
    /// Pairs of numbers in chunks of columns.
    ColumnarPair, u64, u64, ChunkBatch<Col<u64, u64>>, ColBatcher<u64, u64>, plain
);
kind!(
    /// Pairs of strings in vectors.
    OrdText, String, String, OrdBatch<String, String>, OrdValBatcher<String, String, u64, i64>, plain
);
kind!(
    /// Pairs of strings in chunks of rows.
    VecText, String, String, VecBatch<String, String>, VecBatcher<String, String, u64, i64>, plain
);
kind!(
    /// Pairs of strings in chunks of columns.
    ColumnarText, String, String, ChunkBatch<Col<String, String>>, ColBatcher<String, String>, bytes
);
kind!(
    /// Numbers alone, in vectors.
    OrdKey, u64, (), OrdKeyBatch<Vector<Row<u64, ()>>>, OrdKeyBatcher<u64, u64, i64>, plain
);
kind!(
    /// Numbers alone, in chunks of rows.
    VecKey, u64, (), VecBatch<u64, ()>, VecBatcher<u64, (), u64, i64>, plain
);
kind!(
    /// Numbers alone, in chunks of columns.
    ColumnarKey, u64, (), ChunkBatch<Col<u64, ()>>, ColBatcher<u64, ()>, plain
);
kind!(
    /// Strings alone, in vectors.
    OrdTextKey, String, (), OrdKeyBatch<Vector<Row<String, ()>>>, OrdKeyBatcher<String, u64, i64>, plain
);
kind!(
    /// Strings alone, in chunks of rows.
    VecTextKey, String, (), VecBatch<String, ()>, VecBatcher<String, (), u64, i64>, plain
);
kind!(
    /// Strings alone, in chunks of columns.
    ColumnarTextKey, String, (), ChunkBatch<Col<String, ()>>, ColBatcher<String, ()>, bytes
);
kind!(
    /// A user's small keys, in vectors.
    OrdPlace, Place, u64, OrdBatch<Place, u64>, OrdValBatcher<Place, u64, u64, i64>, plain
);
kind!(
    /// A user's small keys, in chunks of rows.
    VecPlace, Place, u64, VecBatch<Place, u64>, VecBatcher<Place, u64, u64, i64>, plain
);
kind!(
    /// A user's keys with parts on the heap, in vectors.
    OrdDocument, Document, u64, OrdBatch<Document, u64>, OrdValBatcher<Document, u64, u64, i64>, plain
);
kind!(
    /// A user's keys with parts on the heap, in chunks of rows.
    VecDocument, Document, u64, VecBatch<Document, u64>, VecBatcher<Document, u64, u64, i64>, plain
);

/// All of these: `OrdVal`, the default, and chunks of rows and of columns.
pub fn sides() -> Sides {
    Sides {
        pairs: vec![
            Side::of_all::<OrdPair>("dd026 ord", Peer),
            Side::of_all::<VecPair>("dd026 vec", Peer),
            Side::of::<ColumnarPair>("dd026 col", Peer),
        ],
        keys: vec![
            Side::making::<OrdKey>("dd026 ord", Peer),
            Side::making::<VecKey>("dd026 vec", Peer),
            Side::making::<ColumnarKey>("dd026 col", Peer),
        ],
        texts: vec![
            Side::of::<OrdText>("dd026 ord", Peer),
            Side::of::<VecText>("dd026 vec", Peer),
            Side::of::<ColumnarText>("dd026 col", Peer),
        ],
        text_keys: vec![
            Side::making::<OrdTextKey>("dd026 ord", Peer),
            Side::making::<VecTextKey>("dd026 vec", Peer),
            Side::making::<ColumnarTextKey>("dd026 col", Peer),
        ],
        places: vec![
            Side::making::<OrdPlace>("dd026 ord", Peer),
            Side::making::<VecPlace>("dd026 vec", Peer),
        ],
        documents: vec![
            Side::making::<OrdDocument>("dd026 ord", Peer),
            Side::making::<VecDocument>("dd026 vec", Peer),
        ],
    }
}
