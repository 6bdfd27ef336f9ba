//! The spines of differential dataflow 0.13, the last release with columnation and flatcontainer.

use bench_kit::contents::{Contents, Sums};
use bench_kit::data::{Row, Shown};
use bench_kit::kind::{Kind, Order};
use bench_kit::reading::{copied, plain, text};
use bench_kit::sample::Camp::Peer;
use bench_kit::side::{Side, Sides};
use differential_dataflow::trace::cursor::{CursorList, IntoOwned};
use differential_dataflow::trace::implementations::ord_neu::{
    ColKeySpine, ColValSpine, FlatValSpineDefault, OrdValSpine,
};
use differential_dataflow::trace::{
    Batch, BatchReader, Batcher, Builder, Cursor, Merger, Trace, TraceReader,
};
use std::rc::Rc;
use timely::communication::message::RefOrMut;
use timely::dataflow::operators::generic::OperatorInfo;
use timely::progress::Antichain;

type KeyRef<'a, C> = <C as Cursor>::Key<'a>;
type ValRef<'a, C> = <C as Cursor>::Val<'a>;

bench_kit::cursor_reading!(|time| time.into_owned(), |diff| diff.into_owned());

fn frontier(time: u64) -> Antichain<u64> {
    Antichain::from_elem(time)
}

macro_rules! kind {
    ($(#[$doc:meta])* $name:ident, $Key:ty, $Val:ty, $Spine:ty, $show:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name;

        impl Kind for $name {
            type Key = $Key;
            type Val = $Val;
            type Batcher = <$Spine as Trace>::Batcher;
            type Batch = <$Spine as TraceReader>::Batch;
            type Spine = $Spine;

            fn batcher() -> Self::Batcher {
                Batcher::new(None, 0)
            }
            #[inline(never)]
            fn push(batcher: &mut Self::Batcher, rows: &mut Vec<Row<$Key, $Val>>) {
                batcher.push_container(RefOrMut::Mut(rows));
            }
            #[inline(never)]
            fn seal(batcher: &mut Self::Batcher, upper: u64) -> Self::Batch {
                batcher.seal::<<$Spine as Trace>::Builder>(frontier(upper))
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
                    let mut left = fuel as isize;
                    merger.work(one, two, &mut left);
                    stopped();
                    if left > 0 {
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
            fn spine() -> Self::Spine {
                Trace::new(OperatorInfo::new(0, 0, Rc::from([])), None, None)
            }
            fn insert(spine: &mut Self::Spine, batch: Option<Self::Batch>, lower: u64, upper: u64) {
                let empty = || {
                    let builder = <$Spine as Trace>::Builder::new();
                    builder.done(frontier(lower), frontier(upper), frontier(0))
                };
                spine.insert(batch.unwrap_or_else(empty));
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
                spine.map_batches(|batch| batches.push(batch.clone()));
                batches.retain(|batch| !batch.is_empty());
                batches
            }
        }
    };
}

type Flat<K, V> = FlatValSpineDefault<K, V, u64, i64, Vec<Row<K, V>>>;

kind!(
    /// Pairs of numbers in columnation's regions.
    ColPair, u64, u64, ColValSpine<u64, u64, u64, i64>, plain
);
kind!(
    /// Pairs of numbers in flatcontainer's regions.
    FlatPair, u64, u64, Flat<u64, u64>, copied
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
    /// Numbers alone, in columnation's regions.
    ColKey, u64, (), ColKeySpine<u64, u64, i64>, plain
);
kind!(
    /// Strings alone, in columnation's regions.
    ColTextKey, String, (), ColKeySpine<String, u64, i64>, plain
);

/// All of these: columnation and flatcontainer. Its vectors are those of a later release's default, and take part only in
/// the making of batches of strings, where they were found to be the best peer.
pub fn sides() -> Sides {
    Sides {
        pairs: vec![Side::of::<ColPair>("dd013 col", Peer), Side::of::<FlatPair>("dd013 flat", Peer)],
        keys: vec![Side::making::<ColKey>("dd013 col", Peer)],
        texts: vec![
            Side::making::<OrdText>("dd013 ord", Peer),
            Side::of::<ColText>("dd013 col", Peer),
            Side::of::<FlatText>("dd013 flat", Peer),
        ],
        text_keys: vec![Side::making::<ColTextKey>("dd013 col", Peer)],
        places: vec![],
        documents: vec![],
    }
}
