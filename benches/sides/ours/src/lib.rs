//! The spines of this workspace, each by its alias in the facade.

use arrangement::trace::{CursorKeyRef, CursorValRef};
use arrangement::{
    Antichain, Batch, BatchReader, Batcher, ColKeySpine, ColValSpine, Cursor, CursorList, Description,
    FlatKeySpine, FlatValSpine, Merger, OrdKeySpine, OrdValSpine, Pipeline, PreferredSpine, Progress, Trace,
    TraceReader,
};
use bench_kit::contents::{Contents, Sums};
use bench_kit::data::{Document, Place, Row, Shown};
use bench_kit::kind::{Kind, Order};
use bench_kit::reading::{copied, plain, text};
use bench_kit::sample::Camp::Ours;
use bench_kit::side::{Side, Sides};

type KeyRef<'a, C> = CursorKeyRef<'a, C>;
type ValRef<'a, C> = CursorValRef<'a, C>;

bench_kit::cursor_reading!(|time| *time, |diff| *diff);

fn frontier(time: u64) -> Antichain<u64> {
    Antichain::from_elem(time)
}

/// Visits all updates in bulk.
fn visit<C: Cursor<Time = u64, Diff = i64>>(mut cursor: C, storage: &C::Storage) -> Sums {
    let mut sums = Sums::default();
    cursor.visit(storage, |_, _, _, diff| {
        sums.count += 1;
        sums.diffs += diff;
    });
    sums
}

/// Finds keys, many at once.
fn probe<'a, C: Cursor<Time = u64, Diff = i64>>(
    mut cursor: C,
    storage: &C::Storage,
    keys: impl Iterator<Item = KeyRef<'a, C>>,
) -> Sums {
    let mut sums = Sums::default();
    cursor.find_keys(storage, keys, |_, cursor| {
        sums.count += 1;
        while cursor.val_valid(storage) {
            cursor.map_times(storage, |_, diff| sums.diffs += diff);
            cursor.step_val(storage);
        }
    });
    sums
}

macro_rules! kind {
    ($(#[$doc:meta])* $name:ident, $Key:ty, $Val:ty, $Spine:ty, $show:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name;

        impl Kind for $name {
            type Key = $Key;
            type Val = $Val;
            type Batcher = <$Spine as Pipeline>::Batcher;
            type Batch = <$Spine as TraceReader>::Batch;
            type Spine = $Spine;

            fn batcher() -> Self::Batcher {
                Batcher::new()
            }
            #[inline(never)]
            fn push(batcher: &mut Self::Batcher, rows: &mut Vec<Row<$Key, $Val>>) {
                batcher.push(rows);
            }
            #[inline(never)]
            fn seal(batcher: &mut Self::Batcher, upper: u64) -> Self::Batch {
                batcher.seal::<<$Spine as Pipeline>::Builder>(frontier(upper))
            }
            fn len(batch: &Self::Batch) -> usize {
                batch.len()
            }
            fn merge_by(
                one: &Self::Batch,
                two: &Self::Batch,
                since: u64,
                fuel: usize,
                mut stopped: impl FnMut(),
            ) -> Self::Batch {
                let mut merger = one.begin_merge(two, frontier(since).borrow());
                stopped();
                loop {
                    let progress = merger.work(one, two, &mut fuel.clone());
                    stopped();
                    if progress == Progress::Done {
                        return merger.done();
                    }
                }
            }
            fn scan(batches: &[Self::Batch]) -> Sums {
                if let [batch] = batches {
                    return scan(batch.cursor(), batch);
                }
                let storage = batches.to_vec();
                let cursors = storage.iter().map(BatchReader::cursor).collect();
                scan(CursorList::new(cursors, &storage), &storage)
            }
            fn visit(batches: &[Self::Batch]) -> Sums {
                if let [batch] = batches {
                    return visit(batch.cursor(), batch);
                }
                let storage = batches.to_vec();
                let cursors = storage.iter().map(BatchReader::cursor).collect();
                visit(CursorList::new(cursors, &storage), &storage)
            }
            fn contents(batches: &[Self::Batch]) -> Contents {
                let storage = batches.to_vec();
                let cursors = storage.iter().map(BatchReader::cursor).collect();
                contents::<_, $Key, $Val>(CursorList::new(cursors, &storage), &storage)
            }
            fn seek(batches: &[Self::Batch], keys: &[$Key], order: Order) -> Sums {
                if let [batch] = batches {
                    return seek(batch.cursor(), batch, keys, order, $show);
                }
                let storage = batches.to_vec();
                let cursors = storage.iter().map(BatchReader::cursor).collect();
                seek(CursorList::new(cursors, &storage), &storage, keys, order, $show)
            }
            fn probe(batches: &[Self::Batch], keys: &[$Key]) -> Sums {
                if let [batch] = batches {
                    return probe(batch.cursor(), batch, keys.iter().map($show));
                }
                let storage = batches.to_vec();
                let cursors = storage.iter().map(BatchReader::cursor).collect();
                probe(CursorList::new(cursors, &storage), &storage, keys.iter().map($show))
            }
            fn spine() -> Self::Spine {
                Trace::new()
            }
            fn insert(spine: &mut Self::Spine, batch: Option<Self::Batch>, lower: u64, upper: u64) {
                spine.insert(batch.unwrap_or_else(|| {
                    Batch::empty(Description::new(frontier(lower), frontier(upper)))
                }));
            }
            fn compact_logically(spine: &mut Self::Spine, since: u64) {
                spine.set_logical_compaction(frontier(since).borrow());
            }
            fn compact_physically(spine: &mut Self::Spine, upper: u64) {
                spine.set_physical_compaction(frontier(upper).borrow());
            }
            fn exert(spine: &mut Self::Spine) {
                let _: Progress = spine.exert();
            }
            fn batches(spine: &mut Self::Spine) -> Vec<Self::Batch> {
                let mut batches = Vec::new();
                spine.map_batches(|batch| batches.push(batch.clone()));
                batches.retain(|batch| !batch.is_empty());
                batches
            }
        }
    };
}

type Flat<K, V> = FlatValSpine<K, V, u64, i64, Vec<Row<K, V>>>;
type FlatKeys<K> = FlatKeySpine<K, u64, i64, Vec<Row<K, ()>>>;

kind!(
    /// Pairs of numbers in vectors.
    OrdPair, u64, u64, OrdValSpine<u64, u64, u64, i64>, plain
);
kind!(
    /// Pairs of numbers in columnation's regions.
    ColPair, u64, u64, ColValSpine<u64, u64, u64, i64>, plain
);
kind!(
    /// Pairs of numbers in flatcontainer's regions.
    FlatPair, u64, u64, Flat<u64, u64>, copied
);
kind!(
    /// Pairs of numbers in the containers they prefer.
    PreferredPair, u64, u64, PreferredSpine<u64, u64, u64, i64>, plain
);
kind!(
    /// Pairs of strings in vectors.
    OrdText, String, String, OrdValSpine<String, String, u64, i64>, plain
);
kind!(
    /// Pairs of strings in columnation's regions.
    ColText, String, String, ColValSpine<String, String, u64, i64>, plain
);
kind!(
    /// Pairs of strings in flatcontainer's regions.
    FlatText, String, String, Flat<String, String>, text
);
kind!(
    /// Pairs of strings in the containers they prefer: bytes and ends.
    PreferredText, String, String, PreferredSpine<str, str, u64, i64>, text
);
kind!(
    /// Numbers alone, in vectors.
    OrdKey, u64, (), OrdKeySpine<u64, u64, i64>, plain
);
kind!(
    /// Numbers alone, in columnation's regions.
    ColKey, u64, (), ColKeySpine<u64, u64, i64>, plain
);
kind!(
    /// Numbers alone, in flatcontainer's regions.
    FlatKey, u64, (), FlatKeys<u64>, copied
);
kind!(
    /// Numbers alone, in the containers they prefer.
    PreferredKey, u64, (), PreferredSpine<u64, (), u64, i64>, plain
);
kind!(
    /// Strings alone, in vectors.
    OrdTextKey, String, (), OrdKeySpine<String, u64, i64>, plain
);
kind!(
    /// Strings alone, in columnation's regions.
    ColTextKey, String, (), ColKeySpine<String, u64, i64>, plain
);
kind!(
    /// Strings alone, in flatcontainer's regions.
    FlatTextKey, String, (), FlatKeys<String>, text
);
kind!(
    /// Strings alone, in the containers they prefer: bytes and ends.
    PreferredTextKey, String, (), PreferredSpine<str, (), u64, i64>, text
);
kind!(
    /// A user's small keys.
    OrdPlace, Place, u64, OrdValSpine<Place, u64, u64, i64>, plain
);
kind!(
    /// A user's keys with parts on the heap.
    OrdDocument, Document, u64, OrdValSpine<Document, u64, u64, i64>, plain
);

/// All of these. Users' types are in none but vectors, the backend that asks nothing of them.
pub fn sides() -> Sides {
    Sides {
        pairs: vec![
            Side::of_all::<OrdPair>("ord", Ours),
            Side::of_all::<ColPair>("col", Ours),
            Side::of_all::<FlatPair>("flat", Ours),
            Side::of_all::<PreferredPair>("preferred", Ours),
        ],
        keys: vec![
            Side::making::<OrdKey>("ord", Ours),
            Side::making::<ColKey>("col", Ours),
            Side::making::<FlatKey>("flat", Ours),
            Side::making::<PreferredKey>("preferred", Ours),
        ],
        texts: vec![
            Side::of::<OrdText>("ord", Ours),
            Side::of::<ColText>("col", Ours),
            Side::of::<FlatText>("flat", Ours),
            Side::of::<PreferredText>("preferred", Ours),
        ],
        text_keys: vec![
            Side::making::<OrdTextKey>("ord", Ours),
            Side::making::<ColTextKey>("col", Ours),
            Side::making::<FlatTextKey>("flat", Ours),
            Side::making::<PreferredTextKey>("preferred", Ours),
        ],
        places: vec![Side::making::<OrdPlace>("ord", Ours)],
        documents: vec![Side::making::<OrdDocument>("ord", Ours)],
    }
}
