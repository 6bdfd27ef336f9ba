//! What a selection of updates comes to, by key and val: the collection, or a range of its keys.

use super::keys::{Counts, Keys};
use super::lookup::Lookup;
use super::probe::{Prefix, Probe};
use super::rows::Rows;
use super::selection::{Selection, Summed};
use super::vals::Vals;
use super::walk::Walk;
use crate::{Algebra, Cursor, CursorKey, CursorKeyRef, IntoOwned};
use std::ops::{Bound, RangeBounds};

/// What is read by a [`View`](crate::View): for each `(key, val)` pair what the [`Selection`] `S` says that its updates come
/// to. Where that is nothing, neither the val nor a key with no other val is shown.
///
/// [`range`](Contents::range) and [`prefix`](Contents::prefix) give the contents of fewer keys. What the other methods
/// return borrows from what is read, not from the contents, and has a cursor of its own: to make one costs as much as to
/// copy a cursor, which is a few steps for each batch.
///
/// As of time 2 of the updates below, `apple` costs 4, `pear` 5 or, twice, 6, and `plum` 7; there was a `peach`, but no
/// longer:
///
/// ```
#[doc = include_str!("example.txt")]
/// let now = snapshot.view().as_of(&2)?;
/// assert!(now.keys().eq(["apple", "pear", "plum"]));
/// let backwards: Vec<_> = now.prefix("p").rows().rev().map(|(name, price, count)| (name.as_str(), *price, count)).collect();
/// assert_eq!(backwards, [("plum", 7, 1), ("pear", 6, 2), ("pear", 5, 1)]);
/// assert!(now.get("apple").eq([(&4, 1)]));
/// assert!(snapshot.view().as_of(&0)?.get("apple").eq([(&3, 1)]));
/// # Ok::<(), arrangement::trace::ReadError<u64>>(())
/// ```
pub struct Contents<'a, C: Cursor, S> {
    walk: Walk<'a, C>,
    selection: S,
}

impl<C: Cursor + Clone, S: Clone> Clone for Contents<'_, C, S> {
    fn clone(&self) -> Self {
        Contents { walk: self.walk.clone(), selection: self.selection.clone() }
    }
}

impl<C: Cursor, S: std::fmt::Debug> std::fmt::Debug for Contents<'_, C, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Contents").field(&self.selection).finish()
    }
}

impl<'a, C, S> Contents<'a, C, S>
where
    C: Cursor + Clone,
    S: Selection<C::Time, C::Diff>,
{
    /// All keys from where a cursor is.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// use arrangement::trace::{Contents, Summed};
    ///
    /// // Updates of time 1 alone, whatever the frontiers of the snapshot.
    /// let (cursor, batches) = (snapshot.cursor(), snapshot.batches());
    /// let contents: Contents<_, Summed<u64>> = Contents::new(cursor, batches, Summed::between(0, 1));
    /// assert!(contents.get("apple").eq([(&3, -1), (&4, 1)]));
    /// ```
    pub fn new(cursor: C, storage: &'a C::Storage, selection: S) -> Self {
        Contents { walk: Walk::new(cursor, storage), selection }
    }

    /// The contents of the keys in a range. An empty or inverted range has none. Costs a seek for each bound.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// let now = snapshot.view().as_of(&2)?;
    /// assert!(now.range("b".."plum").keys().eq(["pear"]));
    /// assert!(now.range("pear"..).keys().rev().eq(["plum", "pear"]));
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    #[must_use]
    pub fn range<Q, B>(&self, range: B) -> Self
    where
        Q: Probe<CursorKey<C>> + ?Sized,
        B: RangeBounds<Q>,
    {
        let mut walk = self.walk.clone();
        let mut beyond = walk.front.clone();
        let end = match range.end_bound() {
            Bound::Included(key) => {
                seek_beyond(&mut beyond, walk.storage, C::Key::borrow_as(&key.probe()));
                beyond.get_key(walk.storage)
            }
            Bound::Excluded(key) => {
                beyond.seek_key(walk.storage, C::Key::borrow_as(&key.probe()));
                beyond.get_key(walk.storage)
            }
            Bound::Unbounded => None,
        };
        match range.start_bound() {
            Bound::Included(key) => walk.front.seek_key(walk.storage, C::Key::borrow_as(&key.probe())),
            Bound::Excluded(key) => {
                seek_beyond(&mut walk.front, walk.storage, C::Key::borrow_as(&key.probe()))
            }
            Bound::Unbounded => {}
        }
        walk.end_before(end);
        Contents { walk, selection: self.selection.clone() }
    }

    /// The contents of the keys that begin with a prefix. Costs two seeks.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// let now = snapshot.view().as_of(&2)?;
    /// assert!(now.prefix("pe").keys().eq(["pear"]));
    /// assert_eq!(now.prefix("p").keys().next_back().unwrap(), "plum");
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    #[must_use]
    pub fn prefix<P>(&self, prefix: &P) -> Self
    where
        P: Probe<CursorKey<C>> + ?Sized,
        C::Key: Prefix<P>,
    {
        let mut walk = self.walk.clone();
        walk.front.seek_key(walk.storage, C::Key::borrow_as(&prefix.probe()));
        let mut beyond = walk.front.clone();
        beyond.skip_keys_while(walk.storage, |key| C::Key::starts_with(key, prefix));
        let end = beyond.get_key(walk.storage);
        walk.end_before(end);
        Contents { walk, selection: self.selection.clone() }
    }

    /// The keys, in order, from either end.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// let now = snapshot.view().as_of(&2)?;
    /// assert!(now.keys().eq(["apple", "pear", "plum"]));
    /// assert_eq!(now.keys().count(), 3);
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    pub fn keys(&self) -> Keys<'a, C, S> {
        Keys { walk: self.walk.clone(), selection: self.selection.clone() }
    }

    /// The keys, each with the number of its vals, from either end.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// let now = snapshot.view().as_of(&2)?;
    /// let counts: Vec<usize> = now.counts().map(|(_, vals)| vals).collect();
    /// assert_eq!(counts, [1, 2, 1]);
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    pub fn counts(&self) -> Counts<'a, C, S> {
        Counts { walk: self.walk.clone(), selection: self.selection.clone() }
    }

    /// All keys and vals, in order, each with what its updates come to, from either end. They can be read in parts: see
    /// [`Rows`].
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// let then = snapshot.view().as_of(&0)?;
    /// let rows: Vec<String> = then.rows().map(|(name, price, count)| format!("{count} {name} {price}")).collect();
    /// assert_eq!(rows, ["1 apple 3", "1 peach 9", "1 pear 5"]);
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    pub fn rows(&self) -> Rows<'a, C, S> {
        Rows::new(self.walk.clone(), self.selection.clone())
    }

    /// Whether nothing is there. Costs no more than the pairs that come to nothing.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// assert!(snapshot.view().as_of(&2)?.prefix("x").is_empty());
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.first_key().is_none()
    }

    /// The first key. Costs no more than the pairs before it that come to nothing.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// assert_eq!(snapshot.view().as_of(&2)?.first_key().unwrap(), "apple");
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    pub fn first_key(&self) -> Option<CursorKeyRef<'a, C>> {
        self.keys().next()
    }

    /// The last key. Costs no more than the pairs after it that come to nothing.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// assert_eq!(snapshot.view().as_of(&2)?.last_key().unwrap(), "plum");
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    pub fn last_key(&self) -> Option<CursorKeyRef<'a, C>> {
        self.keys().next_back()
    }

    /// The key that `n` others come before. Costs as many steps: which keys are shown is known only by looking.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// let now = snapshot.view().as_of(&2)?;
    /// assert_eq!(now.nth_key(1).unwrap(), "pear");
    /// assert_eq!(now.nth_key(3), None);
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    pub fn nth_key(&self, n: usize) -> Option<CursorKeyRef<'a, C>> {
        self.keys().nth(n)
    }

    /// The first key not less than another. Costs a seek.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// let now = snapshot.view().as_of(&2)?;
    /// assert_eq!(now.key_not_less("peach").unwrap(), "pear");
    /// assert_eq!(now.key_not_less("z"), None);
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    pub fn key_not_less<Q>(&self, key: &Q) -> Option<CursorKeyRef<'a, C>>
    where
        Q: Probe<CursorKey<C>> + ?Sized,
    {
        self.range::<Q, _>((Bound::Included(key), Bound::Unbounded)).first_key()
    }

    /// The last key not greater than another. Costs a seek.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// let now = snapshot.view().as_of(&2)?;
    /// assert_eq!(now.key_not_greater("peach").unwrap(), "apple");
    /// assert_eq!(now.key_not_greater("a"), None);
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    pub fn key_not_greater<Q>(&self, key: &Q) -> Option<CursorKeyRef<'a, C>>
    where
        Q: Probe<CursorKey<C>> + ?Sized,
    {
        self.range::<Q, _>((Bound::Unbounded, Bound::Included(key))).last_key()
    }

    /// Whether a key is there. Costs a seek, and a look at its vals up to the first that is shown.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// assert!(snapshot.view().as_of(&1)?.contains_key("peach"));
    /// assert!(!snapshot.view().as_of(&2)?.contains_key("peach"));
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        Q: Probe<CursorKey<C>> + ?Sized,
    {
        self.get(key).next().is_some()
    }

    /// The vals of a key, none if it is not there. Costs a seek. For many keys [`lookup`](Contents::lookup) is faster.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// let now = snapshot.view().as_of(&2)?;
    /// assert!(now.get("pear").eq([(&5, 1), (&6, 2)]));
    /// assert!(now.get(&"peach".to_string()).next().is_none());
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    pub fn get<Q>(&self, key: &Q) -> Vals<'a, C, S>
    where
        Q: Probe<CursorKey<C>> + ?Sized,
    {
        self.get_ref(C::Key::borrow_as(&key.probe()))
    }

    /// As [`get`](Contents::get), by the key as it is read, of which no owned form is made.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// let (now, then) = (snapshot.view().as_of(&2)?, snapshot.view().as_of(&1)?);
    /// for key in now.keys() {
    ///     println!("{key} at {:?}, before at {:?}", now.get_ref(key).next(), then.get_ref(key).next());
    /// }
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    pub fn get_ref(&self, key: CursorKeyRef<'_, C>) -> Vals<'a, C, S> {
        Vals::new(self.find(key), self.walk.storage, self.selection.clone())
    }

    /// Looks up many keys, in any order: for each val of each, the index of the key, the val and what there is. Keys that
    /// are not there are left out.
    ///
    /// Several keys are on their way at once, so that their waits for memory overlap: cheaper than one after the other.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// let now = snapshot.view().as_of(&2)?;
    /// let found: Vec<_> = now.lookup(["plum", "nut", "apple"]).collect();
    /// assert_eq!(found, [(0, &7, 1), (2, &4, 1)]);
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    pub fn lookup<'q, Q, I>(&self, keys: I) -> Lookup<'a, C, S, I::IntoIter>
    where
        Q: Probe<CursorKey<C>> + ?Sized + 'q,
        I: IntoIterator<Item = &'q Q>,
    {
        Lookup::new(self.walk.clone(), self.selection.clone(), keys.into_iter())
    }

    /// A cursor at a key, if it is in the range.
    fn find(&self, key: CursorKeyRef<'_, C>) -> Option<C> {
        if !self.walk.contains(key) {
            return None;
        }
        let mut cursor = self.walk.front.clone();
        cursor.find_key(self.walk.storage, key).then_some(cursor)
    }
}

impl<'a, C, A> Contents<'a, C, Summed<C::Time, A>>
where
    C: Cursor<Diff: Clone> + Clone,
    A: Algebra<C::Time, C::Diff>,
{
    /// The sum of the differences of all vals of a key, `None` if it is zero or there are none. Costs a seek, and reads the
    /// updates of the key without stepping from val to val.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// let now = snapshot.view().as_of(&2)?;
    /// assert_eq!(now.weight("pear"), Some(3));
    /// assert_eq!(now.weight("peach"), None);
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    pub fn weight<Q>(&self, key: &Q) -> Option<C::Diff>
    where
        Q: Probe<CursorKey<C>> + ?Sized,
    {
        let mut cursor = self.find(C::Key::borrow_as(&key.probe()))?;
        let mut sum = None;
        cursor.visit_key(self.walk.storage, |_, time, diff| self.selection.add(&mut sum, time, diff));
        sum.filter(|sum| !A::is_zero(sum))
    }
}

/// Moves forward to the first key greater than `key`.
fn seek_beyond<C: Cursor>(cursor: &mut C, storage: &C::Storage, key: CursorKeyRef<'_, C>) {
    cursor.seek_key(storage, C::Key::reborrow(key));
    if cursor.get_key(storage).is_some_and(|at| C::Key::reborrow(at) == C::Key::reborrow(key)) {
        cursor.step_key(storage);
    }
}
