//! Writing the fields of a body that [`crate::Reader`] reads.

/// Appends a byte string: `u32 length`, then the bytes. The frame's own length check bounds it.
pub fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(bytes);
}

/// Appends `u16 count`, then the items; those beyond `limit` are left out.
pub fn put_list<T>(out: &mut Vec<u8>, items: &[T], limit: usize, put: impl Fn(&mut Vec<u8>, &T)) {
    let kept = items.get(..limit).unwrap_or(items);
    out.extend_from_slice(&u16::try_from(kept.len()).unwrap_or(u16::MAX).to_le_bytes());
    for item in kept {
        put(out, item);
    }
}
