//! Chunks: updates in columns, on their way from a batcher to a builder.

use crate::container::BatchContainer;
use crate::layout::Layout;
use arrangement_trace::Sizes;
use std::any::Any;
use std::fmt;
use std::ops::Range;
use timely::container::PushInto;

/// Whether this build checks the order of what builders and batchers are given: debug builds do, and others with the
/// feature `validate`.
pub const fn is_validating() -> bool {
    cfg!(any(debug_assertions, feature = "validate"))
}

/// A column that is one repeated value while it can be.
///
/// Times and differences of neighbouring updates are mostly equal; while all are, they are stored once.
#[derive(Clone, Debug)]
pub enum Repeated<T> {
    /// So many times the same value; none if there is no value.
    One(Option<T>, usize),
    /// Any values.
    Many(Vec<T>),
}

impl<T> Default for Repeated<T> {
    fn default() -> Self {
        Repeated::One(None, 0)
    }
}

impl<T: Clone + PartialEq> Repeated<T> {
    /// The number of values.
    pub fn len(&self) -> usize {
        match self {
            Repeated::One(_, len) => *len,
            Repeated::Many(values) => values.len(),
        }
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value that all are equal to, if that is known.
    pub fn one(&self) -> Option<&T> {
        match self {
            Repeated::One(value, _) => value.as_ref(),
            Repeated::Many(_) => None,
        }
    }

    /// The value at a position.
    ///
    /// # Panics
    /// If the position is not below the length.
    #[inline(always)]
    pub fn get(&self, index: usize) -> &T {
        match self {
            Repeated::One(Some(value), len) if index < *len => value,
            Repeated::One(_, len) => panic!("index {index} of a column of {len}"),
            Repeated::Many(values) => &values[index],
        }
    }

    /// Appends a value.
    #[inline(always)]
    pub fn push(&mut self, value: T) {
        match self {
            Repeated::One(Some(one), len) if *one == value => *len += 1,
            Repeated::Many(values) => values.push(value),
            _ => self.push_other(value),
        }
    }

    #[inline(never)]
    fn push_other(&mut self, value: T) {
        match self {
            Repeated::One(one @ None, len) => (*one, *len) = (Some(value), 1),
            _ => self.many().push(value),
        }
    }

    /// Stores each value by itself.
    pub fn many(&mut self) -> &mut Vec<T> {
        if let Repeated::One(one, len) = self {
            let values = one.take().map_or(Vec::new(), |one| vec![one; *len]);
            *self = Repeated::Many(values);
        }
        match self {
            Repeated::Many(values) => values,
            Repeated::One(..) => unreachable!("just replaced"),
        }
    }

    /// Appends a range of another column.
    pub fn extend_from_range(&mut self, source: &Self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        match (&mut *self, source) {
            (Repeated::Many(values), Repeated::Many(from)) => values.extend_from_slice(&from[range]),
            (Repeated::One(Some(one), len), Repeated::One(Some(other), _)) if one == other => {
                *len += range.len()
            }
            (Repeated::One(one @ None, len), Repeated::One(Some(other), _)) => {
                (*one, *len) = (Some(other.clone()), range.len());
            }
            (_, Repeated::One(Some(other), _)) => {
                let values = self.many();
                values.resize(values.len() + range.len(), other.clone());
            }
            (Repeated::One(..), Repeated::Many(from)) => self.extend(from[range].iter()),
            (_, Repeated::One(None, _)) => unreachable!("a range of an empty column is empty"),
        }
    }

    /// Appends values, whose number is known.
    pub fn extend<'a>(&mut self, values: impl ExactSizeIterator<Item = &'a T> + Clone)
    where
        T: 'a,
    {
        if let Repeated::One(one, len) = self {
            // Equal values keep the column one value.
            let Some(value) = one.as_ref().or_else(|| values.clone().next()) else { return };
            // Not stopping at the first that differs needs no branch a value, and then the column is many for good.
            if values.clone().fold(true, |same, other| same & (other == value)) {
                *self = Repeated::One(Some(value.clone()), *len + values.len());
                return;
            }
        }
        self.many().extend(values.cloned());
    }

    /// Appends the values of another column at some positions, in that order.
    pub fn gather(&mut self, source: &Self, positions: &[u32]) {
        match source {
            Repeated::One(..) => self.extend_from_range(source, 0..positions.len()),
            Repeated::Many(values) => self.extend(positions.iter().map(|&at| &values[at as usize])),
        }
    }

    /// Removes all values. What was allocated for many is given back.
    pub fn clear(&mut self) {
        *self = Repeated::default();
    }

    fn sizes(&self) -> Sizes {
        match self {
            Repeated::One(_, len) => Sizes { records: *len, ..Sizes::default() },
            Repeated::Many(values) => Sizes::of_vec(values),
        }
    }
}

/// Updates in columns, a row being the same position in each.
///
/// A [`Chunk`] is sorted by key, val and time, with no two rows alike in all three and no difference of zero; the
/// batcher also stages unsorted rows. [`BuilderInput`] hands them to a builder in bulk.
pub struct Columns<K, V, T, R> {
    /// The key of each row.
    pub keys: K,
    /// The val of each row.
    pub vals: V,
    /// The time of each row.
    pub times: Repeated<T>,
    /// The difference of each row.
    pub diffs: Repeated<R>,
}

/// The columns of a layout, holding a sorted, consolidated run of updates.
pub type Chunk<L> = Columns<<L as Layout>::Key, <L as Layout>::Val, <L as Layout>::Time, <L as Layout>::Diff>;

impl<K: Default, V: Default, T, R> Default for Columns<K, V, T, R> {
    fn default() -> Self {
        Columns {
            keys: K::default(),
            vals: V::default(),
            times: Repeated::default(),
            diffs: Repeated::default(),
        }
    }
}

impl<K: BatchContainer, V, T, R> fmt::Debug for Columns<K, V, T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Columns({} updates)", self.keys.len())
    }
}

impl<K, V, T, R> Columns<K, V, T, R>
where
    K: BatchContainer,
    V: BatchContainer,
    T: Ord + Clone + fmt::Debug,
    R: Ord + Clone,
{
    /// Columns with room for so many rows, as far as that can be known from their number.
    pub fn with_capacity(rows: usize) -> Self {
        Columns { keys: K::with_capacity(rows), vals: V::with_capacity(rows), ..Self::default() }
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes all rows, keeping the buffers of keys and vals.
    pub fn clear(&mut self) {
        self.keys.clear();
        self.vals.clear();
        self.times.clear();
        self.diffs.clear();
    }

    /// Appends a row.
    pub fn push(&mut self, key: K::ReadItem<'_>, val: V::ReadItem<'_>, time: T, diff: R) {
        self.keys.push(key);
        self.vals.push(val);
        self.times.push(time);
        self.diffs.push(diff);
    }

    /// Appends a range of rows of other columns.
    pub fn extend_from_range(&mut self, source: &Self, range: Range<usize>) {
        self.times.extend_from_range(&source.times, range.clone());
        self.diffs.extend_from_range(&source.diffs, range.clone());
        self.keys.extend_from_range(&source.keys, range.clone());
        self.vals.extend_from_range(&source.vals, range);
    }

    /// Appends the rows at some positions of other columns, in that order.
    pub fn gather(&mut self, source: &Self, rows: &[u32]) {
        self.times.gather(&source.times, rows);
        self.diffs.gather(&source.diffs, rows);
        self.keys.gather(&source.keys, &source.keys, (0, 0), rows);
        self.vals.gather(&source.vals, &source.vals, (0, 0), rows);
    }

    /// Moves the rows of `source` at some positions, no two of which are the same, to the end of these columns, in that
    /// order. The others are dropped, and `source` is left empty.
    pub fn take_ordered(&mut self, source: &mut Self, order: &[u32]) {
        self.times.gather(&source.times, order);
        self.diffs.gather(&source.diffs, order);
        self.keys.take_ordered(&mut source.keys, order);
        self.vals.take_ordered(&mut source.vals, order);
        source.clear();
    }

    /// Orders two rows by key, val and time.
    #[inline]
    pub fn compare(&self, a: usize, b: usize) -> std::cmp::Ordering {
        self.compare_data(a, b).then_with(|| match &self.times {
            Repeated::One(..) => std::cmp::Ordering::Equal,
            Repeated::Many(times) => times[a].cmp(&times[b]),
        })
    }

    /// Orders two rows by key and val.
    #[inline]
    pub fn compare_data(&self, a: usize, b: usize) -> std::cmp::Ordering {
        let keys = self.keys.index(a).cmp(&self.keys.index(b));
        keys.then_with(|| self.vals.index(a).cmp(&self.vals.index(b)))
    }

    /// Checks that the columns are a chunk, and tells whether each key is greater than the one before, so that no two
    /// rows have the same. Reads vals and times only where keys repeat.
    ///
    /// # Errors
    /// The first row that is out of order, or alike the row before, or of difference zero.
    pub fn check(&self, is_zero: impl Fn(&R) -> bool) -> Result<bool, usize> {
        if self.is_empty() {
            return Ok(true);
        }
        let zero = match &self.diffs {
            Repeated::One(diff, _) => diff.as_ref().is_some_and(&is_zero).then_some(0),
            Repeated::Many(diffs) => diffs.iter().position(is_zero),
        };
        let distinct = self.keys.is_strictly_ascending();
        let unordered = match distinct {
            true => None,
            false => (1..self.len()).find(|&row| self.compare(row - 1, row).is_ge()),
        };
        match (zero, unordered) {
            (None, None) => Ok(distinct),
            (zero, unordered) => Err(zero.unwrap_or(usize::MAX).min(unordered.unwrap_or(usize::MAX))),
        }
    }

    /// A row as text, for messages.
    pub fn describe(&self, row: usize) -> String {
        let key = K::into_owned(self.keys.index(row));
        let val = V::into_owned(self.vals.index(row));
        format!("(({key:?}, {val:?}), {:?})", self.times.get(row))
    }

    /// The size; `records` counts the rows.
    pub fn sizes(&self) -> Sizes {
        self.keys.sizes().with(self.vals.sizes()).with(self.times.sizes()).with(self.diffs.sizes())
    }
}

/// A container of updates that can be moved into columns of keys `KC`, vals `VC`, times and differences: what a batcher
/// takes, and, if sorted and consolidated, what a builder takes.
///
/// Implemented by [`Columns`] itself, which costs nothing; by `Vec<((K, V), T, R)>` for any `K` and `V` that the columns
/// take; and by the input of the flat layout. Write it for a container of your own. [`InputFor`] is the same trait by
/// the name of a layout.
pub trait BuilderInput<KC, VC, T, R>: Default + 'static {
    /// The number of updates.
    fn updates_len(&self) -> usize;

    /// Moves all updates to the end of the columns, in order. Whenever those have `room` rows, calls `full`, which
    /// empties them. The container is left empty.
    fn drain_into(
        &mut self,
        columns: &mut Columns<KC, VC, T, R>,
        room: usize,
        full: &mut dyn FnMut(&mut Columns<KC, VC, T, R>),
    );
}

/// [`BuilderInput`] for the columns of a layout.
pub trait InputFor<L: Layout>: BuilderInput<L::Key, L::Val, L::Time, L::Diff> {}

impl<L: Layout, I: BuilderInput<L::Key, L::Val, L::Time, L::Diff>> InputFor<L> for I {}

impl<K, V, KC, VC, T, R> BuilderInput<KC, VC, T, R> for Vec<((K, V), T, R)>
where
    K: 'static,
    V: 'static,
    KC: BatchContainer + PushInto<K>,
    VC: BatchContainer + PushInto<V>,
    T: Ord + Clone + fmt::Debug + 'static,
    R: Ord + Clone + 'static,
{
    fn updates_len(&self) -> usize {
        self.len()
    }
    fn drain_into(
        &mut self,
        columns: &mut Columns<KC, VC, T, R>,
        room: usize,
        full: &mut dyn FnMut(&mut Columns<KC, VC, T, R>),
    ) {
        let mut rows = self.drain(..);
        while rows.len() > 0 {
            let count = rows.len().min(room.saturating_sub(columns.len()).max(1));
            // Times and differences are mostly alike, which is told faster of all at once.
            columns.times.extend(rows.as_slice()[..count].iter().map(|row| &row.1));
            columns.diffs.extend(rows.as_slice()[..count].iter().map(|row| &row.2));
            move_data(rows.by_ref().take(count).map(|row| row.0), &mut columns.keys, &mut columns.vals);
            if columns.len() >= room {
                full(columns);
            }
        }
    }
}

/// Moves keys and vals to the end of their columns.
#[inline]
fn move_data<K: 'static, V: 'static, KC, VC>(data: impl Iterator<Item = (K, V)>, keys: &mut KC, vals: &mut VC)
where
    KC: BatchContainer + PushInto<K>,
    VC: BatchContainer + PushInto<V>,
{
    let (any_keys, any_vals): (&mut dyn Any, &mut dyn Any) = (keys, vals);
    match (any_keys.downcast_mut::<Vec<K>>(), any_vals.downcast_mut::<Vec<V>>()) {
        // Two vectors make room for all at once. That they are vectors stands fixed when the code is made.
        (Some(keys), Some(vals)) => {
            let mut columns = (std::mem::take(keys), std::mem::take(vals));
            columns.extend(data);
            (*keys, *vals) = columns;
        }
        _ => data.for_each(|(key, val)| {
            keys.push_into(key);
            vals.push_into(val);
        }),
    }
}

impl<KC, VC, T, R> BuilderInput<KC, VC, T, R> for Columns<KC, VC, T, R>
where
    KC: BatchContainer,
    VC: BatchContainer,
    T: Ord + Clone + fmt::Debug + 'static,
    R: Ord + Clone + 'static,
{
    fn updates_len(&self) -> usize {
        self.len()
    }
    fn drain_into(
        &mut self,
        columns: &mut Columns<KC, VC, T, R>,
        room: usize,
        full: &mut dyn FnMut(&mut Columns<KC, VC, T, R>),
    ) {
        if columns.is_empty() {
            std::mem::swap(self, columns);
        } else {
            columns.times.extend_from_range(&self.times, 0..self.len());
            columns.diffs.extend_from_range(&self.diffs, 0..self.len());
            columns.keys.append(&mut self.keys);
            columns.vals.append(&mut self.vals);
            self.clear();
        }
        if columns.len() >= room {
            full(columns);
        }
    }
}
