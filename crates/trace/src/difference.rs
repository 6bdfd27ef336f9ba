//! Differences: what updates add up to.

/// Whether a difference changes nothing.
pub trait IsZero {
    /// Whether adding `self` changes nothing. Updates with such a difference are dropped.
    fn is_zero(&self) -> bool;
}

/// A difference that can be added to, in any order and grouping.
///
/// A semigroup need not have a zero, nor negation: see [`Present`] and [`Max`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a difference: it can't be added to",
    note = "differences are integers, `Present`, `Min`, `Max`, tuples of differences, or types that implement \
            `Semigroup` and `IsZero`"
)]
pub trait Semigroup<Rhs: ?Sized = Self>: Clone + IsZero {
    /// Adds `rhs` to `self`.
    fn plus_equals(&mut self, rhs: &Rhs);
}

/// A semigroup with a zero.
pub trait Monoid: Semigroup {
    /// The difference that changes nothing.
    fn zero() -> Self;
}

/// A monoid in which each difference can be taken back.
pub trait Abelian: Monoid {
    /// Replaces `self` by what sums with it to zero.
    fn negate(&mut self);
}

/// Multiplication of differences, distributing over their addition: what a join does with them.
pub trait Multiply<Rhs = Self> {
    /// The type of the product.
    type Output;
    /// The product.
    fn multiply(self, rhs: &Rhs) -> Self::Output;
}

macro_rules! integers {
    ($($t:ty)*) => {
        $(
            impl IsZero for $t {
                #[inline]
                fn is_zero(&self) -> bool {
                    *self == 0
                }
            }
            /// Addition wraps, as the machine's does, in every build: sums stay right modulo the width however they
            /// are grouped.
            impl Semigroup for $t {
                #[inline]
                fn plus_equals(&mut self, rhs: &Self) {
                    *self = self.wrapping_add(*rhs);
                }
            }
            impl Monoid for $t {
                #[inline]
                fn zero() -> Self {
                    0
                }
            }
            impl Multiply for $t {
                type Output = Self;
                #[inline]
                fn multiply(self, rhs: &Self) -> Self {
                    self.wrapping_mul(*rhs)
                }
            }
            impl Multiply<Present> for $t {
                type Output = Self;
                fn multiply(self, _: &Present) -> Self {
                    self
                }
            }
        )*
    };
}
integers!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);

macro_rules! signed {
    ($($t:ty)*) => {
        $(impl Abelian for $t {
            #[inline]
            fn negate(&mut self) {
                *self = self.wrapping_neg();
            }
        })*
    };
}
signed!(i8 i16 i32 i64 i128 isize);

macro_rules! tuples {
    ($(($($name:ident $index:tt),*))*) => {
        $(
            impl<$($name: IsZero),*> IsZero for ($($name,)*) {
                #[inline]
                fn is_zero(&self) -> bool {
                    true $(&& self.$index.is_zero())*
                }
            }
            impl<$($name: Semigroup),*> Semigroup for ($($name,)*) {
                #[inline]
                fn plus_equals(&mut self, _rhs: &Self) {
                    $(self.$index.plus_equals(&_rhs.$index);)*
                }
            }
            impl<$($name: Monoid),*> Monoid for ($($name,)*) {
                #[inline]
                fn zero() -> Self {
                    ($($name::zero(),)*)
                }
            }
            impl<$($name: Abelian),*> Abelian for ($($name,)*) {
                #[inline]
                fn negate(&mut self) {
                    $(self.$index.negate();)*
                }
            }
            impl<Rhs, $($name: Multiply<Rhs>),*> Multiply<Rhs> for ($($name,)*) {
                type Output = ($($name::Output,)*);
                fn multiply(self, _rhs: &Rhs) -> Self::Output {
                    ($(self.$index.multiply(_rhs),)*)
                }
            }
        )*
    };
}
tuples! { (A 0) (A 0, B 1) (A 0, B 1, C 2) (A 0, B 1, C 2, D 3) }

/// The unit difference: something is there, however often it was said. It has no zero and can't be taken back.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Present;

impl IsZero for Present {
    #[inline]
    fn is_zero(&self) -> bool {
        false
    }
}
impl Semigroup for Present {
    #[inline]
    fn plus_equals(&mut self, _: &Self) {}
}
impl<R> Multiply<R> for Present
where
    R: Clone,
{
    type Output = R;
    #[inline]
    fn multiply(self, rhs: &R) -> R {
        rhs.clone()
    }
}

macro_rules! extreme {
    ($name:ident, $keep:ident, $doc:literal) => {
        #[doc = $doc]
        ///
        /// It has no zero and can't be taken back.
        #[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name<T>(pub T);
        impl<T> IsZero for $name<T> {
            #[inline]
            fn is_zero(&self) -> bool {
                false
            }
        }
        impl<T: Ord + Clone> Semigroup for $name<T> {
            #[inline]
            fn plus_equals(&mut self, rhs: &Self) {
                if rhs.0.$keep(&self.0) {
                    self.0.clone_from(&rhs.0);
                }
            }
        }
    };
}
extreme!(Min, lt, "A difference whose sum is the least that was added.");
extreme!(Max, gt, "A difference whose sum is the greatest that was added.");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tuples_add_and_negate_by_component() {
        let mut d = (1i64, -2i32);
        d.plus_equals(&(2, 2));
        assert_eq!(d, (3, 0));
        assert!(!d.is_zero());
        d.negate();
        assert_eq!(d, (-3, 0));
        assert!(<(i64, i32)>::zero().is_zero());
        assert_eq!((2i64, 3i64).multiply(&5i64), (10, 15));
    }

    #[test]
    fn extremes_keep_the_extreme() {
        let mut low = Min(4);
        low.plus_equals(&Min(7));
        low.plus_equals(&Min(2));
        assert_eq!(low, Min(2));
        let mut high = Max("b");
        high.plus_equals(&Max("a"));
        assert_eq!(high, Max("b"));
        assert!(!high.is_zero() && !Present.is_zero());
        assert_eq!(Present.multiply(&3i64), 3);
    }

    #[test]
    fn integers_wrap() {
        let mut d = i8::MAX;
        d.plus_equals(&1);
        d.plus_equals(&i8::MAX);
        d.plus_equals(&1);
        assert!(d.is_zero());
    }
}
