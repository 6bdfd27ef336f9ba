//! What every side of the benches is built from.
//!
//! A [`Kind`](kind::Kind) is one storage kind of one system. The functions of [`work`] do the work of one stage with any
//! kind, and a [`Side`](side::Side) lists, under one name, what a kind or a hand-written limit can do. Figures are read
//! from one [`clock`] and one [`heap`]; what was held or read is summed up as [`contents`], by which sides are checked
//! against each other. [`data`] is the same in every run.

pub mod clock;
pub mod contents;
pub mod data;
pub mod heap;
pub mod kind;
pub mod reading;
pub mod sample;
pub mod side;
pub mod work;
