//! GF(2^8) with the polynomial x^8 + x^4 + x^3 + x + 1 (0x11B), without tables: what is looked up and what is branched on
//! never depends on a secret.

use std::hint::black_box;
use zeroize::Zeroizing;

/// Bytes of a value that is shared: each is a polynomial of its own.
pub(crate) const VALUE_BYTES: usize = 32;

/// The value of each polynomial at one point.
pub(crate) type Value = Zeroizing<[u8; VALUE_BYTES]>;

/// All ones for 1, zero for 0. The bit is hidden from the optimiser, which could make a branch of it.
fn mask(bit: u8) -> u8 {
    0_u8.wrapping_sub(black_box(bit))
}

/// The product.
pub(crate) fn multiply(a: u8, b: u8) -> u8 {
    let (mut a, mut b, mut product) = (a, b, 0);
    for _ in 0..8 {
        product ^= a & mask(b & 1);
        a = (a << 1) ^ (0x1b & mask(a >> 7));
        b >>= 1;
    }
    product
}

/// The inverse: a^254. That of zero is zero.
pub(crate) fn invert(a: u8) -> u8 {
    let (mut square, mut inverse) = (a, 1);
    for _ in 0..7 {
        square = multiply(square, square);
        inverse = multiply(inverse, square);
    }
    inverse
}

/// The polynomials with these constants, and with these coefficients of x, x^2 and so on, at `x`.
pub(crate) fn evaluate(constant: &[u8; VALUE_BYTES], coefficients: &[Value], x: u8) -> Value {
    let mut value = Zeroizing::new([0; VALUE_BYTES]);
    let highest_first = coefficients.iter().rev().map(|coefficient| &**coefficient).chain([constant]);
    for coefficient in highest_first {
        for (byte, addend) in value.iter_mut().zip(coefficient) {
            *byte = multiply(*byte, x) ^ addend;
        }
    }
    value
}

/// The polynomials of least degree through these points, at `x` (Lagrange). The points' x differ.
pub(crate) fn interpolate(points: &[(u8, &[u8; VALUE_BYTES])], x: u8) -> Value {
    let mut value = Zeroizing::new([0; VALUE_BYTES]);
    for (own, bytes) in points {
        let (mut above, mut below) = (1, 1);
        for (other, _) in points.iter().filter(|(other, _)| other != own) {
            above = multiply(above, x ^ other);
            below = multiply(below, own ^ other);
        }
        let weight = multiply(above, invert(below));
        for (sum, byte) in value.iter_mut().zip(*bytes) {
            *sum ^= multiply(*byte, weight);
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same product by polynomial division, for comparison.
    fn slow_product(a: u8, b: u8) -> u8 {
        let product =
            (0..8).filter(|bit| (b >> bit) & 1 == 1).fold(0_u16, |sum, bit| sum ^ (u16::from(a) << bit));
        let reduce =
            |rest: u16, bit: u32| if (rest >> bit) & 1 == 1 { rest ^ (0x11b_u16 << (bit - 8)) } else { rest };
        (8..=14).rev().fold(product, reduce) as u8
    }

    #[test]
    fn every_product_is_that_of_the_polynomials() {
        for (a, b) in (0..=255).flat_map(|a| (0..=255).map(move |b| (a, b))) {
            assert_eq!(multiply(a, b), slow_product(a, b), "{a} {b}");
        }
        // FIPS 197, section 4.2.
        assert_eq!(multiply(0x57, 0x83), 0xc1);
    }

    #[test]
    fn every_inverse_is_one() {
        assert_eq!(invert(0), 0);
        for a in 1..=255 {
            assert_eq!(multiply(a, invert(a)), 1, "{a}");
        }
    }

    proptest! {
        #[test]
        fn points_of_a_polynomial_give_it_back_everywhere(
            constant in any::<[u8; 32]>(),
            coefficients in any::<[[u8; 32]; 3]>(),
            xs in prop::collection::hash_set(1u8..=255, 4),
            at in any::<u8>(),
        ) {
            let coefficients = coefficients.map(Zeroizing::new);
            let values: Vec<Value> = xs.iter().map(|x| evaluate(&constant, &coefficients, *x)).collect();
            let points: Vec<_> = xs.iter().copied().zip(values.iter().map(|value| &**value)).collect();
            prop_assert_eq!(*interpolate(&points, 0), constant);
            prop_assert_eq!(*interpolate(&points, at), *evaluate(&constant, &coefficients, at));
        }
    }
}
