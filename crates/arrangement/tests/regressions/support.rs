//! What all groups use: pipelines spoken to in small numbers, and a few ways to build, merge and read.

use arrangement::trace::{Event, Events, Lattice, LevelSummary, consolidate_updates};
use arrangement::{
    Antichain, Batch, BatchReader, Batcher, Cursor, Description, IntoOwned, Merger, OrdValSpine, Pipeline,
    Progress, Timestamp, Trace, TraceReader,
};
use std::cell::Cell;
use std::fmt::Debug;
use std::rc::Rc;
use std::sync::Arc;

/// An update as key, val, time and difference, key and val being numbers that [`Data`] makes items of.
pub(crate) type Up<T> = (u32, u32, T, i64);
/// The pipeline where the container does not matter.
pub(crate) type Plain = OrdValSpine<u64, u64, u64, i64>;
/// The key column of a pipeline.
pub(crate) type KeyOf<S> = <<S as TraceReader>::Batch as BatchReader>::Key;
/// The val column of a pipeline.
pub(crate) type ValOf<S> = <<S as TraceReader>::Batch as BatchReader>::Val;
type DiffOf<S> = <<S as TraceReader>::Batch as BatchReader>::Diff;

/// A key or val made of a number, in the order of numbers.
pub(crate) trait Data: Ord + Clone + Debug + 'static {
    fn pick(n: u32) -> Self;
    fn number(&self) -> u32;
}

impl Data for u64 {
    fn pick(n: u32) -> Self {
        n as u64
    }
    fn number(&self) -> u32 {
        *self as u32
    }
}

impl Data for () {
    fn pick(_: u32) -> Self {}
    fn number(&self) -> u32 {
        0
    }
}

/// Strings of very different lengths, the first of them empty.
impl Data for String {
    fn pick(n: u32) -> Self {
        if n == 0 { String::new() } else { format!("{n:06}{}", "\0x".repeat(n as usize % 19)) }
    }
    fn number(&self) -> u32 {
        self.get(..6).map_or(0, |digits| digits.parse().expect("strings begin with their number"))
    }
}

/// A pipeline of picked data, counted by `i64`.
pub(crate) trait Store<T: Timestamp + Lattice>: Pipeline<Time = T> + Sized {
    fn key(n: u32) -> <KeyOf<Self> as IntoOwned>::Owned;
    fn val(n: u32) -> <ValOf<Self> as IntoOwned>::Owned;
    /// The number that a val is read back as: 0 where there are no vals.
    fn val_number(n: u32) -> u32;
    fn input(list: &[Up<T>]) -> Self::Input;
    /// All updates from the start.
    fn list<C>(cursor: &mut C, storage: &C::Storage) -> Vec<Up<T>>
    where
        C: Cursor<Key = KeyOf<Self>, Val = ValOf<Self>, Time = T, Diff = DiffOf<Self>>;
    /// The key and val that a cursor is at.
    fn at<C>(cursor: &C, storage: &C::Storage) -> (Option<u32>, Option<u32>)
    where
        C: Cursor<Key = KeyOf<Self>, Val = ValOf<Self>>;

    fn push(batcher: &mut Self::Batcher, list: &[Up<T>]) {
        batcher.push(&mut Self::input(list));
    }
    fn seal(batcher: &mut Self::Batcher, upper: &[T]) -> Self::Batch {
        batcher.seal::<Self::Builder>(frontier(upper))
    }
    /// A batch of updates, all of which lie within the bounds.
    fn batch(list: &[Up<T>], lower: &[T], upper: &[T]) -> Self::Batch {
        let mut batcher = Self::Batcher::new();
        let _ = Self::seal(&mut batcher, lower);
        Self::push(&mut batcher, list);
        let batch = Self::seal(&mut batcher, upper);
        assert!(batcher.frontier().is_empty());
        batch
    }
    fn read(batch: &Self::Batch) -> Vec<Up<T>> {
        Self::list(&mut batch.cursor(), batch)
    }
    /// All updates of a trace, those of one key, val and time summed.
    fn read_trace(&self) -> Vec<Up<T>> {
        let (mut cursor, storage) = self.cursor();
        Self::model(&Self::list(&mut cursor, &storage), &[T::minimum()])
    }
    /// What should be read: advanced and consolidated as naively as can be.
    fn model(list: &[Up<T>], since: &[T]) -> Vec<Up<T>> {
        let advance = |(key, val, time, diff): &Up<T>| {
            let mut time = time.clone();
            time.advance_by(frontier(since).borrow());
            ((*key, Self::val_number(*val)), time, *diff)
        };
        let mut rows: Vec<_> = list.iter().map(advance).collect();
        consolidate_updates(&mut rows);
        rows.into_iter().map(|((key, val), time, diff)| (key, val, time, diff)).collect()
    }
    /// The merge of two batches, cut by `step` units of fuel.
    fn merge(older: &Self::Batch, newer: &Self::Batch, since: &[T], step: usize) -> Self::Batch {
        let mut merger = older.begin_merge(newer, frontier(since).borrow());
        let total = older.len() + newer.len();
        for _ in 0..4 * total + 4 {
            let mut fuel = step;
            if merger.work(older, newer, &mut fuel) == Progress::Done {
                return merger.done();
            }
        }
        panic!("a merge of {total} updates by {step} makes no progress")
    }
}

impl<S, B, K, V, T> Store<T> for S
where
    S: Pipeline<Time = T, Batch = B, Input = Vec<((K, V), T, i64)>>,
    B: Batch<Key: IntoOwned<Owned = K>, Val: IntoOwned<Owned = V>, Time = T, Diff = i64>,
    K: Data,
    V: Data,
    T: Timestamp + Lattice,
{
    fn key(n: u32) -> K {
        K::pick(n)
    }
    fn val(n: u32) -> V {
        V::pick(n)
    }
    fn val_number(n: u32) -> u32 {
        V::pick(n).number()
    }
    fn input(list: &[Up<T>]) -> S::Input {
        list.iter().map(|(k, v, t, d)| ((K::pick(*k), V::pick(*v)), t.clone(), *d)).collect()
    }
    fn list<C>(cursor: &mut C, storage: &C::Storage) -> Vec<Up<T>>
    where
        C: Cursor<Key = B::Key, Val = B::Val, Time = T, Diff = i64>,
    {
        let rows = cursor.to_updates(storage);
        rows.into_iter().map(|((k, v), t, d)| (k.number(), v.number(), t, d)).collect()
    }
    fn at<C>(cursor: &C, storage: &C::Storage) -> (Option<u32>, Option<u32>)
    where
        C: Cursor<Key = B::Key, Val = B::Val>,
    {
        let key = cursor.get_key(storage).map(|key| B::Key::into_owned(key).number());
        let val = cursor.get_val(storage).map(|val| B::Val::into_owned(val).number());
        assert_eq!((key.is_some(), val.is_some()), (cursor.key_valid(storage), cursor.val_valid(storage)));
        (key, val)
    }
}

/// Runs a check on all seven aliases.
macro_rules! every_alias {
    ($check:ident) => {{
        $check::<arrangement::OrdValSpine<String, String, u64, i64>>();
        $check::<arrangement::OrdKeySpine<String, u64, i64>>();
        $check::<arrangement::PreferredSpine<str, str, u64, i64>>();
        #[cfg(feature = "columnation")]
        $check::<arrangement::ColValSpine<String, String, u64, i64>>();
        #[cfg(feature = "columnation")]
        $check::<arrangement::ColKeySpine<String, u64, i64>>();
        #[cfg(feature = "flatcontainer")]
        $check::<arrangement::FlatValSpine<String, String, u64, i64>>();
        #[cfg(feature = "flatcontainer")]
        $check::<arrangement::FlatKeySpine<String, u64, i64>>();
    }};
}

/// Runs a check where the container matters little: on vectors of numbers, and on strings end to end.
macro_rules! two_aliases {
    ($check:ident) => {{
        $check::<crate::support::Plain>();
        $check::<arrangement::PreferredSpine<str, str, u64, i64>>();
    }};
}

/// A frontier.
pub(crate) fn frontier<T: Timestamp>(times: &[T]) -> Antichain<T> {
    times.iter().cloned().collect()
}

/// An empty batch.
pub(crate) fn empty<B: Batch>(lower: &[B::Time], upper: &[B::Time]) -> B {
    B::empty(Description::new(frontier(lower), frontier(upper)))
}

/// Appends a batch up to `upper` that starts where the trace ends.
pub(crate) fn append<T: Timestamp + Lattice, S: Store<T>>(spine: &mut S, list: &[Up<T>], upper: &[T]) {
    let lower = upper_of(spine);
    spine.insert(S::batch(list, &lower, upper));
}

/// Where a trace ends.
pub(crate) fn upper_of<S: Trace>(spine: &S) -> Antichain<S::Time> {
    let mut upper = Antichain::new();
    spine.read_upper(&mut upper);
    upper
}

/// Advances both compaction frontiers.
pub(crate) fn compact<S: Trace>(spine: &mut S, times: &[S::Time]) {
    spine.set_logical_compaction(frontier(times).borrow());
    spine.set_physical_compaction(frontier(times).borrow());
}

/// Works on a trace, by so much at a time, until it has nothing to do.
pub(crate) fn exert_all<S: Trace>(spine: &mut S, effort: usize) {
    spine.set_exert_logic(Arc::new(move |_| Some(effort)));
    for _ in 0..1_000_000 {
        if spine.exert() == Progress::Done {
            return;
        }
    }
    panic!("exerting by {effort} does not come to an end")
}

/// The bounds of all batches, which are checked to meet, from the minimum to where the trace ends.
pub(crate) fn bounds<S: Trace>(spine: &S) -> Vec<Antichain<S::Time>> {
    let mut bounds = vec![Antichain::from_elem(S::Time::minimum())];
    spine.map_batches(|batch| {
        assert_eq!(Some(batch.lower()), bounds.last(), "batches do not meet");
        assert_ne!(batch.lower(), batch.upper());
        bounds.push(batch.upper().clone());
    });
    assert_eq!(bounds.last(), Some(&upper_of(spine)));
    bounds
}

/// The number of batches with updates.
pub(crate) fn batches(levels: &[LevelSummary]) -> usize {
    levels.iter().map(|level| level.batches).sum()
}

/// The text with which something panics.
pub(crate) fn panic_text<X>(body: impl FnOnce() -> X) -> String {
    let payload = match std::panic::catch_unwind(std::panic::AssertUnwindSafe(body)) {
        Ok(_) => panic!("there is no panic"),
        Err(payload) => payload,
    };
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => payload.downcast_ref::<&str>().map_or(String::new(), |text| text.to_string()),
    }
}

/// Numbers in no order.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) % bound as u64) as u32
    }
}

/// What events say is held and merging, to be looked at also when the trace is gone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Balance {
    pub(crate) held: Rc<Cell<isize>>,
    pub(crate) merging: Rc<Cell<isize>>,
}

impl Events for Balance {
    fn event(&mut self, event: Event) {
        let (held, merging) = match event {
            Event::Batch { len } => (len as isize, 0),
            Event::Merged { len, .. } => (len as isize, -1),
            Event::Dropped { len } => (-(len as isize), 0),
            Event::MergeStarted { .. } => (0, 1),
            Event::MergeAbandoned { .. } => (0, -1),
        };
        self.held.set(self.held.get() + held);
        self.merging.set(self.merging.get() + merging);
        assert!(self.held.get() >= 0 && self.merging.get() >= 0);
    }
}

/// Merges what the default policy would, but only when exerted.
#[derive(Debug)]
pub(crate) struct OnlyExerted;

impl arrangement::spine::MergePolicy for OnlyExerted {
    fn choose(&self, levels: &[LevelSummary]) -> Option<usize> {
        arrangement::spine::Geometric::default().choose(levels)
    }
    fn fuel(&self, _: usize, _: usize) -> usize {
        0
    }
}
