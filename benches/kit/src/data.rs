//! Data that is the same in every run.

use std::fmt::Debug;
use std::rc::Rc;

/// An update as it is pushed: `((key, val), time, diff)`.
pub type Row<K, V> = ((K, V), u64, i64);

/// Updates that several sides share.
pub type Rows<K, V> = Rc<Vec<Row<K, V>>>;

/// The finalizer of SplitMix64: a bijection that looks random.
#[inline(always)]
pub fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A key or a val.
pub trait Datum: Ord + Clone + Debug + 'static {
    /// The datum of a number; different ones for different numbers, but for `()`.
    fn make(number: u64) -> Self;

    /// The bytes of its content, without the words of any container.
    fn content(&self) -> usize;

    /// A hash that is the same in every run.
    fn stable_hash(&self) -> u64;
}

/// The form in which some storage shows a `T`.
pub trait Shown<T> {
    /// Whether this is the `T`.
    fn is(&self, owned: &T) -> bool;

    /// The hash of the `T`, see [`Datum::stable_hash`].
    fn stable_hash(&self) -> u64;
}

impl<T: Datum> Shown<T> for &T {
    #[inline(always)]
    fn is(&self, owned: &T) -> bool {
        *self == owned
    }
    fn stable_hash(&self) -> u64 {
        T::stable_hash(self)
    }
}

impl Datum for u64 {
    fn make(number: u64) -> Self {
        number
    }
    fn content(&self) -> usize {
        8
    }
    fn stable_hash(&self) -> u64 {
        mix(*self)
    }
}

impl Shown<u64> for u64 {
    #[inline(always)]
    fn is(&self, owned: &u64) -> bool {
        self == owned
    }
    fn stable_hash(&self) -> u64 {
        mix(*self)
    }
}

impl Datum for () {
    fn make(_: u64) -> Self {}
    fn content(&self) -> usize {
        0
    }
    fn stable_hash(&self) -> u64 {
        0
    }
}

impl Shown<()> for () {
    fn is(&self, _: &()) -> bool {
        true
    }
    fn stable_hash(&self) -> u64 {
        0
    }
}

/// 21 to 37 bytes: one of eight prefixes, so that each is shared by an eighth of all, and sixteen hexadecimal digits.
impl Datum for String {
    fn make(number: u64) -> Self {
        const PREFIXES: [&str; 8] = [
            "user/",
            "order/2024/",
            "account/eu-west/",
            "account/us-east/prod/",
            "item/sku/",
            "session/",
            "device/sensor/t1/",
            "invoice/2023/q4/",
        ];
        format!("{}{:016x}", PREFIXES[(mix(number) & 7) as usize], number)
    }
    fn content(&self) -> usize {
        self.len()
    }
    fn stable_hash(&self) -> u64 {
        hash_bytes(self.as_bytes())
    }
}

impl Shown<String> for &str {
    #[inline(always)]
    fn is(&self, owned: &String) -> bool {
        self == owned
    }
    fn stable_hash(&self) -> u64 {
        hash_bytes(self.as_bytes())
    }
}

impl Shown<String> for &[u8] {
    #[inline(always)]
    fn is(&self, owned: &String) -> bool {
        *self == owned.as_bytes()
    }
    fn stable_hash(&self) -> u64 {
        hash_bytes(self)
    }
}

fn hash_bytes(bytes: &[u8]) -> u64 {
    bytes.chunks(8).fold(bytes.len() as u64, |hash, chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        mix(hash ^ u64::from_le_bytes(word))
    })
}

/// A user's small key, of which storage knows no more than its `Ord`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    row: u32,
    column: u32,
}

impl Datum for Place {
    fn make(number: u64) -> Self {
        Place { row: (number >> 32) as u32, column: number as u32 }
    }
    fn content(&self) -> usize {
        8
    }
    fn stable_hash(&self) -> u64 {
        mix((self.row as u64) << 32 | self.column as u64)
    }
}

/// A user's key with parts on the heap.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Document {
    title: String,
    place: (u32, u32),
    tags: Vec<u16>,
}

impl Datum for Document {
    fn make(number: u64) -> Self {
        let tags = (0..number % 4).map(|tag| (number >> (16 * tag)) as u16).collect();
        Document { title: String::make(number), place: (number as u32 % 100, 7), tags }
    }
    fn content(&self) -> usize {
        self.title.len() + 8 + 2 * self.tags.len()
    }
    fn stable_hash(&self) -> u64 {
        let hash = mix(self.title.stable_hash() ^ self.place.0 as u64);
        self.tags.iter().fold(hash, |hash, tag| mix(hash ^ *tag as u64))
    }
}

/// What the updates look like. All have the diff 1, and no two are equal.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Keys of 64 random bits, one val each, one time.
    Unique,
    /// As `Unique`, but every other key has only the lowest 27 bits.
    Skewed,
    /// A random number of vals for each of `n / 10` keys, ten on average; one time.
    Graph,
    /// `n / 100` pairs of key and val, each at a hundred times.
    History,
}

impl Shape {
    /// The key of the `i`-th of `n` updates; those from `n` on don't occur in `Unique` and `Skewed` data.
    fn key(self, n: u64, i: u64) -> u64 {
        match self {
            Shape::Unique => mix(i),
            Shape::Skewed if i.is_multiple_of(2) => mix(i),
            // An odd factor permutes the numbers of so many bits.
            Shape::Skewed => (i / 2).wrapping_mul(0x9e37_79b9_7f4a_7c15) & ((1 << 27) - 1),
            Shape::Graph => mix(i) % (n / 10).max(1),
            Shape::History => mix(i % (n / 100).max(1)),
        }
    }

    /// The `i`-th of `n` updates.
    pub fn row<K: Datum, V: Datum>(self, n: usize, i: usize) -> Row<K, V> {
        let (n, i) = (n as u64, i as u64);
        let pairs = (n / 100).max(1);
        let (val, time) = match self {
            Shape::Unique | Shape::Skewed => (i, 0),
            // Vals in no order, of which no two are equal.
            Shape::Graph => (permuted(n, i), 0),
            Shape::History => (i % pairs, i / pairs),
        };
        ((K::make(self.key(n, i)), V::make(val)), time, 1)
    }

    /// All `n` updates, in no order.
    pub fn rows<K: Datum, V: Datum>(self, n: usize) -> Vec<Row<K, V>> {
        (0..n).map(|i| self.row(n, i)).collect()
    }

    /// `m` keys that occur among `n` updates, in no order and some repeatedly, or as many that don't.
    pub fn probes<K: Datum>(self, n: usize, m: usize, found: bool) -> Vec<K> {
        let from = if found { 0 } else { n as u64 };
        let number = |i: usize| from + mix(i as u64 ^ (7 << 50)) % n as u64;
        (0..m).map(|i| K::make(self.key(n as u64, number(i)))).collect()
    }
}

/// A permutation of `0..n`, without order to the eye.
fn permuted(n: u64, i: u64) -> u64 {
    let mask = n.next_power_of_two() - 1;
    let step = |x: u64| (x.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x55) & mask;
    let mut x = step(i);
    while x >= n {
        x = step(x);
    }
    x
}

/// Sorts updates.
pub fn sorted<K: Datum, V: Datum>(mut rows: Vec<Row<K, V>>) -> Vec<Row<K, V>> {
    rows.sort_unstable();
    rows
}

/// Deals updates out to `layers` sets, each half as large as the one before, as in a spine at rest. Those of the `i`-th
/// set are at time `i`.
pub fn layers<K: Datum, V: Datum>(shape: Shape, n: usize, layers: usize) -> Vec<Rows<K, V>> {
    let mut sets: Vec<Vec<Row<K, V>>> = vec![Vec::new(); layers];
    for i in 0..n {
        // One draw in 2^(j+1) has j zeros at its end; the few with more than there are layers join the first.
        let zeros = (mix(i as u64 ^ (3 << 45)) | 1 << 63).trailing_zeros() as usize;
        let layer = if zeros < layers { zeros } else { 0 };
        let (data, _, diff) = shape.row(n, i);
        sets[layer].push((data, layer as u64, diff));
    }
    sets.into_iter().map(Rc::new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_rows_are_equal() {
        for shape in [Shape::Unique, Shape::Skewed, Shape::Graph, Shape::History] {
            let mut rows = sorted(shape.rows::<u64, u64>(10_000));
            rows.dedup();
            assert_eq!(rows.len(), 10_000, "{shape:?}");
        }
    }

    #[test]
    fn probes_are_found_or_not() {
        for shape in [Shape::Unique, Shape::Skewed] {
            let rows = sorted(shape.rows::<String, u64>(5_000));
            for found in [false, true] {
                for key in shape.probes::<String>(5_000, 1_000, found) {
                    assert_eq!(rows.binary_search_by(|row| row.0.0.cmp(&key)).is_ok(), found, "{shape:?}");
                }
            }
        }
    }

    #[test]
    fn forms_have_one_hash() {
        let text = String::make(12_345);
        let hashes = [Shown::stable_hash(&&text), text.as_str().stable_hash(), text.as_bytes().stable_hash()];
        assert_eq!(hashes, [Datum::stable_hash(&text); 3]);
    }

    #[test]
    fn layers_hold_all_rows() {
        let sets = layers::<u64, u64>(Shape::Unique, 10_000, 8);
        assert_eq!(sets.iter().map(|set| set.len()).sum::<usize>(), 10_000);
        assert!(sets.windows(2).all(|pair| pair[0].len() > pair[1].len()));
    }
}
