//! How large a part is.

use std::fmt;
use std::ops::{Add, AddAssign};

/// The size of one part: what it holds and what it takes.
///
/// ```
/// use arrangement_trace::Sizes;
///
/// let sizes = Sizes { records: 3, bytes_used: 24, bytes_reserved: 32, allocations: 1 };
/// assert_eq!(sizes.to_string(), "3 records, 24 bytes used, 32 reserved, allocations: 1");
/// ```
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Records held: items of a column, updates of a batch.
    pub records: usize,
    /// Heap bytes in use.
    pub bytes_used: usize,
    /// Heap bytes taken from the allocator, used or not.
    pub bytes_reserved: usize,
    /// Allocations.
    pub allocations: usize,
}

impl Sizes {
    /// The size of a vector's buffer, not counting what its items own elsewhere.
    pub fn of_vec<T>(vec: &Vec<T>) -> Self {
        Self::of_buffer(vec.len(), size_of::<T>(), vec.capacity())
    }

    /// The size of one buffer of `len` used and `capacity` reserved slots of `width` bytes.
    pub fn of_buffer(len: usize, width: usize, capacity: usize) -> Self {
        // A vector of zero-sized items claims an endless capacity and allocates nothing.
        let reserved = if width == 0 { 0 } else { capacity * width };
        Sizes {
            records: len,
            bytes_used: len * width,
            bytes_reserved: reserved,
            allocations: (reserved > 0) as usize,
        }
    }

    /// Adds the bytes and allocations of a further buffer that belongs to the same records.
    #[must_use]
    pub fn with(mut self, other: Sizes) -> Self {
        self.bytes_used += other.bytes_used;
        self.bytes_reserved += other.bytes_reserved;
        self.allocations += other.allocations;
        self
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sizes { records, bytes_used, bytes_reserved, allocations } = self;
        write!(
            f,
            "{records} records, {bytes_used} bytes used, {bytes_reserved} reserved, allocations: {allocations}"
        )
    }
}

impl Add for Sizes {
    type Output = Sizes;
    fn add(self, other: Sizes) -> Sizes {
        Sizes { records: self.records + other.records, ..self.with(other) }
    }
}

impl AddAssign for Sizes {
    fn add_assign(&mut self, other: Sizes) {
        *self = *self + other;
    }
}

/// Takes away a part that was added.
impl std::iter::Sum for Sizes {
    fn sum<I: Iterator<Item = Sizes>>(iter: I) -> Sizes {
        iter.fold(Sizes::default(), Add::add)
    }
}

/// The sizes of a batch, or of several, by part.
///
/// `records` of each part are its items: keys, distinct `(key, val)` pairs, updates.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct PartSizes {
    /// The keys.
    pub keys: Sizes,
    /// The vals and the offsets that lead from keys to them.
    pub vals: Sizes,
    /// The times and differences, and the offsets that lead to them.
    pub updates: Sizes,
}

impl PartSizes {
    /// All parts together; `records` counts updates.
    pub fn total(&self) -> Sizes {
        self.updates.with(self.keys).with(self.vals)
    }
}

impl Add for PartSizes {
    type Output = PartSizes;
    fn add(self, other: PartSizes) -> PartSizes {
        PartSizes {
            keys: self.keys + other.keys,
            vals: self.vals + other.vals,
            updates: self.updates + other.updates,
        }
    }
}

impl AddAssign for PartSizes {
    fn add_assign(&mut self, other: PartSizes) {
        *self = *self + other;
    }
}

/// Takes away a batch that was added.
impl std::iter::Sum for PartSizes {
    fn sum<I: Iterator<Item = PartSizes>>(iter: I) -> PartSizes {
        iter.fold(PartSizes::default(), Add::add)
    }
}
