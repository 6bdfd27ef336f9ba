//! What a trace held at one moment, kept apart from the trace.

use crate::read::{Contents, ReadError, Summed};
use crate::{Antichain, AntichainRef, BatchReader, CursorList, TraceError, TraceReader, View};

/// What a [`Snapshot`] holds as of a time.
pub type SnapshotContents<'a, B> = Contents<
    'a,
    CursorList<<B as BatchReader>::Cursor>,
    Summed<<B as BatchReader>::Time, <B as BatchReader>::Algebra>,
>;

/// The contents of a trace at one moment: its batches, shared, and the frontiers between which they can be read.
///
/// The trace goes on as if there were no snapshot: it takes batches, merges them and compacts. The snapshot keeps alive
/// the batches that it holds, and no others. With batches behind an `Arc` it is `Send + Sync`. Cloning one costs a
/// pointer for each batch.
///
/// ```
/// use arrangement::{Antichain, ArcShare, Batcher, OrdValSpine, Pipeline, Trace, trace::Snapshot};
///
/// type Index = OrdValSpine<u64, u64, u64, i64, ArcShare>;
/// let (mut index, mut batcher) = (Index::new(), <Index as Pipeline>::Batcher::new());
/// batcher.push(&mut vec![((1, 10), 0, 1)]);
/// index.insert(batcher.seal::<<Index as Pipeline>::Builder>(Antichain::from_elem(1)));
///
/// let snapshot = Snapshot::through(&index, Antichain::from_elem(1).borrow()).unwrap();
/// let reader = std::thread::spawn(move || {
///     let now = snapshot.view().as_of(&0).unwrap();
///     now.get(&1).map(|(val, count)| (*val, count)).collect::<Vec<_>>()
/// });
/// // The trace goes on meanwhile.
/// batcher.push(&mut vec![((1, 10), 1, -1)]);
/// index.insert(batcher.seal::<<Index as Pipeline>::Builder>(Antichain::from_elem(2)));
/// assert_eq!(reader.join().unwrap(), [(10, 1)]);
/// ```
#[derive(Clone, Debug)]
pub struct Snapshot<B: BatchReader> {
    batches: Vec<B>,
    since: Antichain<B::Time>,
    upper: Antichain<B::Time>,
}

impl<B: BatchReader> Snapshot<B> {
    /// A snapshot of batches that follow each other, whose times are exact at or beyond `since` and end at `upper`.
    pub fn new(batches: Vec<B>, since: Antichain<B::Time>, upper: Antichain<B::Time>) -> Self {
        Snapshot { batches, since, upper }
    }

    /// What a trace holds before `upper`. Costs the number of batches. What the trace does not know yet the snapshot does not
    /// know either: its own `upper` then is that of the trace.
    ///
    /// # Errors
    /// As [`TraceReader::cursor_through`].
    pub fn through<Tr>(trace: &Tr, upper: AntichainRef<'_, B::Time>) -> Result<Self, TraceError>
    where
        Tr: TraceReader<Batch = B, Time = B::Time>,
    {
        let (_, batches) = trace.cursor_through(upper)?;
        let mut known = Antichain::new();
        trace.read_upper(&mut known);
        known.extend(upper.iter().cloned());
        Ok(Self::new(batches, trace.get_logical_compaction().to_owned(), known))
    }

    /// The batches, oldest first, none without updates.
    pub fn batches(&self) -> &Vec<B> {
        &self.batches
    }

    /// The frontier at or beyond which times can be told apart.
    pub fn since(&self) -> &Antichain<B::Time> {
        &self.since
    }

    /// The first times that are not in the snapshot.
    pub fn upper(&self) -> &Antichain<B::Time> {
        &self.upper
    }

    /// A view of the contents, by which they are read: see [`View`]. Costs a few steps for each batch.
    ///
    /// ```
    #[doc = include_str!("read/example.txt")]
    /// assert!(snapshot.view().as_of(&2)?.get("apple").eq([(&4, 1)]));
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    pub fn view(&self) -> View<'_, CursorList<B::Cursor>, B::Algebra> {
        View::new(self.cursor(), &self.batches, self.since.borrow(), self.upper.borrow())
    }

    /// The collection as of a time: short for [`view`](Snapshot::view) and [`View::as_of`].
    ///
    /// ```
    #[doc = include_str!("read/example.txt")]
    /// assert!(snapshot.as_of(&1)?.contains_key("peach"));
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    ///
    /// # Errors
    /// If the time is not at or beyond [`since`](Snapshot::since), or is at or beyond [`upper`](Snapshot::upper).
    pub fn as_of(&self, time: &B::Time) -> Result<SnapshotContents<'_, B>, ReadError<B::Time>> {
        self.view().as_of(time)
    }

    /// A cursor, to be used with [`batches`](Snapshot::batches) as its storage.
    pub fn cursor(&self) -> CursorList<B::Cursor> {
        CursorList::new(self.batches.iter().map(BatchReader::cursor).collect(), &self.batches)
    }
}
