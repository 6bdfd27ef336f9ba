//! Items as machine words that order as the items do.

use crate::container::BatchContainer;
pub use arrangement_trace::Words;
use std::any::{Any, TypeId};

/// How a layout turns the items of a column into words, by which its batcher sorts, its batches find keys, and lists of
/// cursors step.
///
/// [`ByContainer`] asks the container, which knows integers, strings, byte strings and common tuples. For a type of
/// your own in a `Vec`, whose order the container can't know, write a type that implements this trait for the columns
/// of keys and of vals, and name it in the layout:
///
/// ```
/// use arrangement_container::{SortWords, Vector, Words};
/// use arrangement_trace::Native;
///
/// #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
/// struct Place { x: u32, y: u32 }
///
/// enum ByPlace {}
/// impl SortWords<Vec<Place>> for ByPlace {
///     fn kind() -> Words { Words::Exact }
///     fn word(place: &Place, _depth: usize) -> u64 {
///         (place.x as u64) << 32 | place.y as u64
///     }
/// }
/// impl SortWords<Vec<u64>> for ByPlace {
///     fn kind() -> Words { Words::Exact }
///     fn word(val: &u64, _depth: usize) -> u64 { *val }
/// }
/// type Places = Vector<((Place, u64), u64, i64), Native, ByPlace>;
/// # fn check<L: arrangement_container::Layout>() {}
/// # check::<Places>();
/// ```
pub trait SortWords<C: BatchContainer>: 'static {
    /// What the words say. A claim of more than holds makes wrong answers.
    fn kind() -> Words;

    /// The word of an item: see [`BatchContainer::word`].
    fn word(item: C::ReadItem<'_>, depth: usize) -> u64;
}

/// The words that the containers themselves know.
#[derive(Copy, Clone, Debug)]
pub enum ByContainer {}

impl<C: BatchContainer> SortWords<C> for ByContainer {
    #[inline(always)]
    fn kind() -> Words {
        C::words()
    }
    #[inline(always)]
    fn word(item: C::ReadItem<'_>, depth: usize) -> u64 {
        C::word(item, depth)
    }
}

/// The eight bytes of a byte string from `depth` on, the first being the most significant, padded by zeros.
#[inline(always)]
pub fn bytes_word(bytes: &[u8], depth: usize) -> u64 {
    match bytes.get(depth..depth + 8) {
        Some(eight) => u64::from_be_bytes(eight.try_into().expect("the slice has eight bytes")),
        None => {
            let mut word = [0; 8];
            let rest = bytes.get(depth..).unwrap_or_default();
            word[..rest.len()].copy_from_slice(rest);
            u64::from_be_bytes(word)
        }
    }
}

/// The number of bytes with which both begin.
pub fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    let eights = a.chunks_exact(8).zip(b.chunks_exact(8)).take_while(|(x, y)| x == y).count() * 8;
    eights + a[eights..].iter().zip(&b[eights..]).take_while(|(x, y)| x == y).count()
}

/// What the words of a type's items say, for the types that `Vec` knows.
#[inline(always)]
pub(crate) fn of_type<T: 'static>() -> Words {
    let is = |types: &[TypeId]| types.contains(&TypeId::of::<T>());
    macro_rules! ids {
        ($($t:ty),*) => { &[$(TypeId::of::<$t>()),*] };
    }
    if is(ids!(u64, i64, u32, i32, usize, isize, u16, i16, u8, i8, bool, char, (), (u32, u32), (i32, i32))) {
        Words::Exact
    } else if is(ids!(String, Vec<u8>, Box<str>, (u64, u64), (i64, i64), (usize, usize))) {
        Words::Lossy
    } else {
        Words::None
    }
}

/// The word of an item of a type that `Vec` knows.
///
/// A blanket container can ask what its type is only this way; which type it is stands fixed when the code is made, so
/// one of the branches remains.
#[inline(always)]
pub(crate) fn of<T: 'static>(item: &T, depth: usize) -> u64 {
    let item: &dyn Any = item;
    macro_rules! unsigned {
        ($($t:ty),*) => { $(if let Some(x) = item.downcast_ref::<$t>() { return *x as u64; })* };
    }
    macro_rules! signed {
        ($($t:ty),*) => { $(if let Some(x) = item.downcast_ref::<$t>() { return flip(*x as i64); })* };
    }
    unsigned!(u64, u32, usize, u16, u8, bool, char);
    signed!(i64, i32, isize, i16, i8);
    if let Some(bytes) = bytes_of(item) {
        bytes_word(bytes, depth)
    } else if let Some(x) = item.downcast_ref::<(u32, u32)>() {
        (x.0 as u64) << 32 | x.1 as u64
    } else if let Some(x) = item.downcast_ref::<(i32, i32)>() {
        ((x.0 as u32 ^ 1 << 31) as u64) << 32 | (x.1 as u32 ^ 1 << 31) as u64
    } else if let Some(x) = item.downcast_ref::<(u64, u64)>() {
        x.0
    } else if let Some(x) = item.downcast_ref::<(i64, i64)>() {
        flip(x.0)
    } else if let Some(x) = item.downcast_ref::<(usize, usize)>() {
        x.0 as u64
    } else {
        0
    }
}

/// The bytes of an item of a type that `Vec` knows to be ordered by them.
#[inline(always)]
pub(crate) fn bytes<T: 'static>(item: &T) -> Option<&[u8]> {
    bytes_of(item)
}

#[inline(always)]
fn bytes_of(item: &dyn Any) -> Option<&[u8]> {
    if let Some(x) = item.downcast_ref::<String>() {
        Some(x.as_bytes())
    } else if let Some(x) = item.downcast_ref::<Vec<u8>>() {
        Some(x)
    } else {
        item.downcast_ref::<Box<str>>().map(|x| x.as_bytes())
    }
}

/// A signed integer as an unsigned one in the same order.
#[inline(always)]
fn flip(x: i64) -> u64 {
    x as u64 ^ 1 << 63
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cmp::Ordering;
    use std::fmt::Debug;

    /// Checks the words of two items against `Ord`, at a depth at which both agree.
    fn check<T: Ord + Debug + Clone + 'static>(a: &T, b: &T) {
        let depth = match (bytes(a), bytes(b)) {
            (Some(a), Some(b)) => common_prefix(a, b),
            _ => 0,
        };
        for depth in [0, depth / 2, depth] {
            let words = of(a, depth).cmp(&of(b, depth));
            match of_type::<T>() {
                Words::None => assert_eq!(words, Ordering::Equal),
                Words::Lossy => {
                    assert!(words == Ordering::Equal || words == a.cmp(b), "{a:?} {b:?} at {depth}")
                }
                Words::Exact => assert_eq!(words, a.cmp(b), "{a:?} {b:?}"),
            }
        }
    }

    macro_rules! words_order_as_items {
        ($($name:ident: $t:ty, $extremes:expr;)*) => {
            $(proptest! {
                #[test]
                fn $name(a in any::<$t>(), b in any::<$t>()) {
                    check(&a, &b);
                    for x in $extremes {
                        check(&a, &x);
                        for y in $extremes {
                            check(&x, &y);
                        }
                    }
                }
            })*
        };
    }
    words_order_as_items! {
        u64s: u64, [0, 1, u64::MAX];
        i64s: i64, [i64::MIN, -1, 0, 1, i64::MAX];
        i32s: i32, [i32::MIN, -1, 0, 1, i32::MAX];
        i8s: i8, [i8::MIN, -1, 0, 1, i8::MAX];
        isizes: isize, [isize::MIN, -1, 0, isize::MAX];
        bools: bool, [false, true];
        chars: char, ['\0', 'a', char::MAX];
        pairs_of_u32: (u32, u32), [(0, u32::MAX), (1, 0), (u32::MAX, u32::MAX)];
        pairs_of_i32: (i32, i32), [(i32::MIN, i32::MAX), (-1, 0), (0, -1), (0, 0), (i32::MAX, i32::MIN)];
        pairs_of_u64: (u64, u64), [(0, u64::MAX), (1, 0)];
        pairs_of_i64: (i64, i64), [(i64::MIN, 3), (-1, 3), (0, -3), (i64::MAX, 0)];
        strings: String, ["", "a", "a\0", "a\0b", "abcdefgh", "abcdefghi", "abcdefgh\0", "\u{10ffff}"].map(String::from);
        byte_strings: Vec<u8>, [vec![], vec![0], vec![0, 0], vec![255; 9], vec![255; 8], vec![1, 0, 0, 0, 0, 0, 0, 0, 0]];
        other: (u8, u16), [(0, 0)];
    }

    #[test]
    fn prefixes_are_counted_in_bytes() {
        for (a, b, n) in
            [("", "", 0), ("a", "", 0), ("abcdefgh1", "abcdefgh2", 8), ("abcdefghij", "abcdefghij", 10)]
        {
            assert_eq!(common_prefix(a.as_bytes(), b.as_bytes()), n);
        }
    }
}
